//! One view over all provenance: who built it, from which source, how it was started.
//!
//! SLSA fixes where the builder, the build type and the dependencies stand. Where source, ref, event and inputs
//! stand is each build type's own affair, and a *dialect* (`dialect/`, one small file each) knows it. The view
//! of an unknown build type has what the specification fixes, and nothing else: what is not known must not be
//! guessed, and an expectation on it refuses.

mod dialect;
mod forgeable;
mod source;

use serde_json::{Map, Value};
use slsa_predicates::predicate::{provenance_v01, provenance_v1, provenance_v02};
use slsa_predicates::{Predicate, PredicateError, ResourceDescriptor, Statement, Timestamp};

pub(crate) use forgeable::unbacked_claim;
pub use source::{Source, SourceError};

/// What a provenance says, whichever version of the predicate and whichever build type it is of.
///
/// Everything here is what the *signer* says. Whether the signer may be believed is decided by the identity of
/// the signer, and by comparing these fields with the signer's certificate.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Provenance {
    /// The predicate's type.
    pub predicate_type: String,
    /// Who built: `builder.id`.
    pub builder_id: String,
    /// What the parameters mean: `buildType`, in v0.1 the recipe's type.
    pub build_type: String,
    /// The name of the dialect that was read, or `None` for a build type that none knows.
    pub dialect: Option<&'static str>,
    /// The source that was built.
    pub source: Option<Source>,
    /// The workflow or build file that was started, where it stands, and at which ref.
    pub workflow: Option<Workflow>,
    /// The event that started the build.
    pub event: Option<String>,
    /// The branch that was built: of a tag, the branch that the tag was made on, where that is recorded.
    pub branch: Option<String>,
    /// The inputs with which the workflow was started.
    pub inputs: Map<String, Value>,
    /// The variables of the repository that the build could read.
    pub vars: Map<String, Value>,
    /// All external parameters as they stand: v1 `externalParameters`, v0.2 `invocation.parameters`, v0.1
    /// the recipe's arguments.
    pub external_parameters: Map<String, Value>,
    /// The repository's number.
    pub repository_id: Option<String>,
    /// The number of the repository's owner.
    pub repository_owner_id: Option<String>,
    /// The run.
    pub run: Run,
    /// `github-hosted` or `self-hosted`, where it is recorded.
    pub runner_environment: Option<String>,
    /// What was fetched for the build: `resolvedDependencies` or `materials`.
    pub dependencies: Vec<ResourceDescriptor>,
    /// When the build began.
    pub started_on: Option<Timestamp>,
    /// When the build ended.
    pub finished_on: Option<Timestamp>,
}

/// A workflow or build file.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Workflow {
    /// The repository that it stands in, as a URL without suffix.
    pub repository: String,
    /// Its path in the repository.
    pub path: String,
    /// The git ref at which it was started, where it is recorded.
    pub git_ref: Option<String>,
}

/// A run of a build.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Run {
    /// The run's number.
    pub id: Option<String>,
    /// Which attempt of the run it is.
    pub attempt: Option<String>,
    /// The invocation as it stands in the predicate: a URL in v1.
    pub invocation_id: Option<String>,
}

/// Why there is no view of a statement.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvenanceError {
    /// The predicate is not provenance.
    #[error("predicate type {found} is not provenance")]
    NotProvenance {
        /// The predicate's type.
        found: String,
    },
    /// The predicate does not follow its own specification.
    #[error(transparent)]
    Predicate(#[from] PredicateError),
    /// The predicate names its source in a way that cannot be read.
    #[error("field {field}: {source}")]
    Source {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        source: SourceError,
    },
    /// A field of the build type is not of the type that it should be.
    #[error("field {field} of build type {build_type} is not {expected}")]
    Field {
        /// The build type.
        build_type: String,
        /// The field.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

impl ProvenanceError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> crate::Code {
        match self {
            Self::NotProvenance { .. } => crate::Code::NotProvenance,
            Self::Predicate(_) | Self::Source { .. } | Self::Field { .. } => crate::Code::ProvenanceMalformed,
        }
    }
}

impl Provenance {
    /// Returns the external parameters that the dialect does not know: all of them where there is none.
    ///
    /// The specification demands that a verifier refuses what it does not recognise
    /// (<https://slsa.dev/spec/v1.1/verifying-artifacts#step-2-check-expectations>).
    pub fn unrecognised_parameters(&self) -> impl Iterator<Item = &str> {
        let unknown = |name: &&str| !dialect::knows_parameter(self.dialect, name);
        self.external_parameters
            .keys()
            .map(String::as_str)
            .filter(unknown)
    }

    /// Reads the view of a statement.
    ///
    /// # Errors
    /// [`ProvenanceError`]: a statement that is no provenance, or that contradicts its own build type.
    pub fn read(statement: &Statement) -> Result<Self, ProvenanceError> {
        let mut view = match statement.predicate()? {
            Predicate::ProvenanceV1(predicate) => {
                let mut view = Self::of_v1(&predicate);
                dialect::v1(&predicate, &mut view)?;
                view
            }
            Predicate::ProvenanceV02(predicate) => {
                let mut view = Self::of_v02(&predicate);
                dialect::v02(&predicate, &mut view)?;
                view
            }
            Predicate::ProvenanceV01(predicate) => {
                let mut view = Self::of_v01(&predicate);
                dialect::v01(&predicate, &mut view)?;
                view
            }
            _ => {
                return Err(ProvenanceError::NotProvenance {
                    found: statement.predicate_type().to_owned(),
                });
            }
        };
        statement.predicate_type().clone_into(&mut view.predicate_type);
        Ok(view)
    }

    /// What the specification itself fixes of provenance v1.
    fn of_v1(predicate: &provenance_v1::Provenance) -> Self {
        let (definition, run) = (&predicate.build_definition, &predicate.run_details);
        Self {
            dependencies: definition.resolved_dependencies.clone(),
            external_parameters: definition.external_parameters.clone(),
            run: Run {
                invocation_id: run.metadata.invocation_id.clone(),
                ..Run::default()
            },
            started_on: run.metadata.started_on.clone(),
            finished_on: run.metadata.finished_on.clone(),
            ..Self::new(&run.builder.id, &definition.build_type)
        }
    }

    fn of_v02(predicate: &provenance_v02::Provenance) -> Self {
        let metadata = &predicate.metadata;
        Self {
            dependencies: predicate.materials.clone(),
            external_parameters: predicate.invocation.parameters.clone(),
            run: Run {
                invocation_id: metadata.build_invocation_id.clone(),
                ..Run::default()
            },
            started_on: metadata.build_started_on.clone(),
            finished_on: metadata.build_finished_on.clone(),
            ..Self::new(&predicate.builder.id, &predicate.build_type)
        }
    }

    fn of_v01(predicate: &provenance_v01::Provenance) -> Self {
        let metadata = &predicate.metadata;
        let recipe = predicate.recipe.as_ref();
        Self {
            dependencies: predicate.materials.clone(),
            external_parameters: recipe.map(|recipe| recipe.arguments.clone()).unwrap_or_default(),
            run: Run {
                invocation_id: metadata.build_invocation_id.clone(),
                ..Run::default()
            },
            started_on: metadata.build_started_on.clone(),
            finished_on: metadata.build_finished_on.clone(),
            ..Self::new(
                &predicate.builder.id,
                recipe.map_or("", |recipe| &recipe.recipe_type),
            )
        }
    }

    fn new(builder_id: &str, build_type: &str) -> Self {
        Self {
            predicate_type: String::new(),
            builder_id: builder_id.to_owned(),
            build_type: build_type.to_owned(),
            dialect: None,
            source: None,
            workflow: None,
            event: None,
            branch: None,
            inputs: Map::new(),
            vars: Map::new(),
            external_parameters: Map::new(),
            repository_id: None,
            repository_owner_id: None,
            run: Run::default(),
            runner_environment: None,
            dependencies: Vec::new(),
            started_on: None,
            finished_on: None,
        }
    }
}

/// Splits a run's URL, `…/actions/runs/<id>/attempts/<n>`.
pub(crate) fn run_of_url(url: &str) -> Option<(String, String)> {
    let (_, run) = url.split_once("/actions/runs/")?;
    let (id, attempt) = run.split_once("/attempts/")?;
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (number(id) && number(attempt)).then(|| (id.to_owned(), attempt.to_owned()))
}

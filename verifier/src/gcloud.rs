//! What Google Cloud Build writes around its provenance, held against what was signed.
//!
//! The rules are those of slsa-verifier (`verifiers/internal/gcb`).

mod key_names;
mod text;

use serde_json::Value;
use slsa_predicates::predicate::{provenance_v01, provenance_v1};
use slsa_predicates::{DigestAlgorithm, Predicate};

use crate::attestation::Content;
use crate::code::Code;
use crate::parse::{GcloudImage, GcloudProvenance};
use crate::statement::{VerifiedSigner, VerifiedStatement};

pub use key_names::key_name;
pub(crate) use key_names::signs_payload;

const WORKER: &str = "https://cloudbuild.googleapis.com/GoogleHostedWorker";
const WORKER_0_2: &str = "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.2";
const WORKER_0_3: &str = "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3";
const RECIPES_0_3: [&str; 2] = [
    "https://cloudbuild.googleapis.com/CloudBuildYaml@",
    "https://cloudbuild.googleapis.com/CloudBuildSteps@",
];
const ARGUMENTS: &str = "type.googleapis.com/google.devtools.cloudbuild.v1.Build";
const BUILD_TYPE: &str = "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1";

/// Why what Google wrote around a provenance, or the provenance itself, is not Google Cloud Build's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GcloudMismatch {
    /// What was verified is none of this provenance's attestations.
    #[error("the verified statement is not that of this provenance")]
    OtherProvenance,
    /// The note is no build.
    #[error("the note is of kind {}, expected BUILD", shown(.found))]
    Kind {
        /// The kind, if there is one.
        found: Option<String>,
    },
    /// The artifact was not verified by SHA-256, by which images are known.
    #[error("the artifact was not verified by its sha256 digest")]
    NotSha256,
    /// A field that nobody signed names another artifact.
    #[error("{field} is {}, expected {expected}", shown(.found))]
    Digest {
        /// The field.
        field: &'static str,
        /// What it says, if it is there.
        found: Option<String>,
        /// The artifact's digest.
        expected: String,
    },
    /// The readable text says something else than what was signed.
    #[error("{field} differs from what was signed, first at {at:?}")]
    Text {
        /// The text's field.
        field: &'static str,
        /// The first place that differs, as a JSON pointer (RFC 6901) into the statement. Empty for the whole.
        at: String,
    },
    /// The predicate is no provenance of a version that Google Cloud Build writes.
    #[error("predicate type {found} is none of Google Cloud Build's")]
    PredicateType {
        /// The type.
        found: String,
    },
    /// The predicate is malformed.
    #[error("predicate: {detail}")]
    Predicate {
        /// What is wrong.
        detail: String,
    },
    /// The key signs provenance of another version, or is none of Google Cloud Build's.
    #[error("key {key} does not sign predicates of type {predicate_type}")]
    Key {
        /// The key's name.
        key: String,
        /// The predicate's type.
        predicate_type: String,
    },
    /// The builder is none of Google Cloud Build's for this version of the predicate.
    #[error("builder {found} is none of Google Cloud Build's")]
    Builder {
        /// The builder's identifier.
        found: String,
    },
    /// The recipe is none of the builder's.
    #[error("recipe type {} is none of {builder}", shown(.found))]
    Recipe {
        /// The builder's identifier.
        builder: String,
        /// The recipe's type, if there is one.
        found: Option<String>,
    },
    /// The recipe's arguments are not a build of Google Cloud Build.
    #[error("recipe arguments are of type {}, expected {ARGUMENTS}", shown(.found))]
    Arguments {
        /// Their `@type`, if there is one.
        found: Option<String>,
    },
    /// The build type is not Google Cloud Build's.
    #[error("build type {found}, expected {BUILD_TYPE}")]
    BuildType {
        /// The build type.
        found: String,
    },
}

impl GcloudMismatch {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::OtherProvenance | Self::Kind { .. } | Self::NotSha256 | Self::Digest { .. } => {
                Code::GcloudMetadata
            }
            Self::Text { .. } => Code::GcloudTextDiffers,
            Self::PredicateType { .. }
            | Self::Predicate { .. }
            | Self::Key { .. }
            | Self::Builder { .. }
            | Self::Recipe { .. }
            | Self::Arguments { .. }
            | Self::BuildType { .. } => Code::GcloudRecipe,
        }
    }
}

fn shown(text: &Option<String>) -> &str {
    text.as_deref().unwrap_or("(none)")
}

/// Holds what Google wrote around a provenance against the statement that was verified, and the statement
/// against what Google Cloud Build writes.
///
/// `provenance` is the one whose attestation was verified. Where the key was given a name, it must be one of
/// [`key_name`]'s, and one that signs this version of provenance.
///
/// # Errors
/// The first [`GcloudMismatch`].
pub fn check(
    image: &GcloudImage,
    provenance: &GcloudProvenance,
    verified: &VerifiedStatement,
) -> Result<(), GcloudMismatch> {
    let same = |item: &crate::ParsedItem| {
        item.result.as_ref().is_ok_and(|attestation| {
            matches!(&attestation.content,
                Content::Envelope(envelope) if envelope.payload == verified.payload())
        })
    };
    if !provenance.signatures.iter().any(same) {
        return Err(GcloudMismatch::OtherProvenance);
    }
    metadata(image, provenance, verified)?;
    for text in &provenance.texts {
        if let Err(at) = text::compare(&text.json, verified.payload(), &image.json) {
            let field = text.field;
            return Err(GcloudMismatch::Text { field, at });
        }
    }
    build(verified)
}

fn metadata(
    image: &GcloudImage,
    provenance: &GcloudProvenance,
    verified: &VerifiedStatement,
) -> Result<(), GcloudMismatch> {
    if provenance.kind.as_deref() != Some("BUILD") {
        let found = provenance.kind.clone();
        return Err(GcloudMismatch::Kind { found });
    }
    let mut digests = verified.subject().digests.iter();
    let digest = digests
        .find(|digest| digest.algorithm() == DigestAlgorithm::Sha256)
        .ok_or(GcloudMismatch::NotSha256)?
        .to_string();
    let behind = format!("@{digest}");
    let agrees = |field, found: &Option<String>, agrees: &dyn Fn(&str) -> bool| {
        if found.as_deref().is_some_and(agrees) {
            return Ok(());
        }
        let (found, expected) = (found.clone(), digest.clone());
        Err(GcloudMismatch::Digest {
            field,
            found,
            expected,
        })
    };
    let ends = |text: &str| text.ends_with(&behind);
    agrees("resourceUri", &provenance.resource_uri, &ends)?;
    agrees("image_summary.digest", &image.digest, &|text| text == digest)?;
    let qualified = &image.fully_qualified_digest;
    agrees("image_summary.fully_qualified_digest", qualified, &ends)
}

/// Holds the statement against what Google Cloud Build writes.
fn build(verified: &VerifiedStatement) -> Result<(), GcloudMismatch> {
    let statement = verified.statement();
    let predicate_type = statement.predicate_type();
    if let VerifiedSigner::Key { name: Some(key), .. } = verified.signature().signer()
        && !key_names::signs_predicate(key, predicate_type)
    {
        let (key, predicate_type) = (key.clone(), predicate_type.to_owned());
        return Err(GcloudMismatch::Key { key, predicate_type });
    }
    let predicate = statement.predicate().map_err(|error| GcloudMismatch::Predicate {
        detail: error.to_string(),
    })?;
    match predicate {
        Predicate::ProvenanceV01(predicate) => build_v01(&predicate),
        Predicate::ProvenanceV1(predicate) => build_v1(&predicate),
        _ => {
            let found = predicate_type.to_owned();
            Err(GcloudMismatch::PredicateType { found })
        }
    }
}

fn build_v01(predicate: &provenance_v01::Provenance) -> Result<(), GcloudMismatch> {
    let builder = predicate.builder.id.as_str();
    let recipe = predicate.recipe.as_ref();
    let recipe_type = recipe.map(|recipe| recipe.recipe_type.as_str());
    let fits = match builder {
        WORKER_0_2 => recipe_type == Some(builder),
        // The recipe's own version is left open, as slsa-verifier leaves it.
        WORKER_0_3 => {
            recipe_type.is_some_and(|found| RECIPES_0_3.iter().any(|recipe| found.starts_with(recipe)))
        }
        _ => {
            let found = builder.to_owned();
            return Err(GcloudMismatch::Builder { found });
        }
    };
    if !fits {
        let (builder, found) = (builder.to_owned(), recipe_type.map(ToOwned::to_owned));
        return Err(GcloudMismatch::Recipe { builder, found });
    }
    let arguments = recipe.and_then(|recipe| recipe.arguments.get("@type"));
    match arguments.and_then(Value::as_str) {
        Some(ARGUMENTS) => Ok(()),
        found => {
            let found = found.map(ToOwned::to_owned);
            Err(GcloudMismatch::Arguments { found })
        }
    }
}

fn build_v1(predicate: &provenance_v1::Provenance) -> Result<(), GcloudMismatch> {
    let builder = predicate.run_details.builder.id.as_str();
    if builder != WORKER {
        let found = builder.to_owned();
        return Err(GcloudMismatch::Builder { found });
    }
    let build_type = predicate.build_definition.build_type.as_str();
    if build_type != BUILD_TYPE {
        let found = build_type.to_owned();
        return Err(GcloudMismatch::BuildType { found });
    }
    Ok(())
}

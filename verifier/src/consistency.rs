//! Whether a provenance agrees with the certificate of its signer.
//!
//! Both describe the same run: the predicate in the words of whoever wrote it, the certificate in those of the
//! identity provider, which the build cannot alter. Where both speak, they must say the same; where the build
//! job itself wrote the predicate, only the certificate can be believed.

use std::fmt;

use crate::certificate::{CertificateIdentity, FulcioExtensions};
use crate::code::Code;
use crate::provenance::Provenance;

/// The issuer of GitHub Actions' tokens. Enterprises may have their own below it, with their name behind a
/// slash.
const GITHUB_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A field in which predicate and certificate speak of the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SharedField {
    /// The repository whose workflow was started (extensions 1.12 and 1.5).
    WorkflowRepository,
    /// The repository that was built (the same extensions).
    SourceRepository,
    /// The ref at which the workflow was started (1.14 and 1.6).
    WorkflowRef,
    /// The ref that was built (the same extensions).
    SourceRef,
    /// The commit (1.13 and 1.3).
    Commit,
    /// The event (1.20 and 1.2).
    Event,
    /// The workflow's path (1.18).
    WorkflowPath,
    /// The repository's number (1.15).
    RepositoryId,
    /// The owner's number (1.17).
    RepositoryOwnerId,
    /// The run's number (1.21).
    RunId,
    /// The run's attempt (1.21).
    RunAttempt,
    /// The kind of runner (1.11).
    RunnerEnvironment,
}

impl SharedField {
    /// Returns the field's name in the project's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WorkflowRepository => "workflow-repository",
            Self::SourceRepository => "source-repository",
            Self::WorkflowRef => "workflow-ref",
            Self::SourceRef => "source-ref",
            Self::Commit => "commit",
            Self::Event => "event",
            Self::WorkflowPath => "workflow-path",
            Self::RepositoryId => "repository-id",
            Self::RepositoryOwnerId => "repository-owner-id",
            Self::RunId => "run-id",
            Self::RunAttempt => "run-attempt",
            Self::RunnerEnvironment => "runner-environment",
        }
    }
}

impl Disagreement {
    /// Returns the stable code of this disagreement: each field has its own.
    #[must_use]
    pub fn code(&self) -> Code {
        match self.field {
            SharedField::WorkflowRepository => Code::WorkflowRepositoryDisagrees,
            SharedField::SourceRepository => Code::SourceRepositoryDisagrees,
            SharedField::WorkflowRef => Code::WorkflowRefDisagrees,
            SharedField::SourceRef => Code::SourceRefDisagrees,
            SharedField::Commit => Code::CommitDisagrees,
            SharedField::Event => Code::EventDisagrees,
            SharedField::WorkflowPath => Code::WorkflowPathDisagrees,
            SharedField::RepositoryId => Code::RepositoryIdDisagrees,
            SharedField::RepositoryOwnerId => Code::RepositoryOwnerIdDisagrees,
            SharedField::RunId => Code::RunIdDisagrees,
            SharedField::RunAttempt => Code::RunAttemptDisagrees,
            SharedField::RunnerEnvironment => Code::RunnerEnvironmentDisagrees,
        }
    }
}

impl fmt::Display for SharedField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A field in which predicate and certificate differ.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[error("provenance and certificate disagree on {field}: {predicate} against {certificate}")]
pub struct Disagreement {
    /// The field.
    pub field: SharedField,
    /// What the predicate says.
    pub predicate: String,
    /// What the certificate says.
    pub certificate: String,
}

/// Says whether GitHub Actions issued the signer's identity, so that its extensions describe a workflow run.
#[must_use]
pub fn is_github_identity(identity: &CertificateIdentity) -> bool {
    let enterprise = |issuer: &str| {
        issuer
            .strip_prefix(GITHUB_ISSUER)
            .is_some_and(|rest| rest.starts_with('/'))
    };
    identity
        .issuer
        .as_deref()
        .is_some_and(|issuer| issuer == GITHUB_ISSUER || enterprise(issuer))
}

/// Compares a provenance with the certificate of its signer, where both speak, and returns the fields in which
/// they agree. Certificates of people, and those that say nothing of a run, share no field.
///
/// The current extensions mean the same for whichever provider issued the token, so GitHub's servers in companies
/// and other providers are compared alike. Those before them (1.2 to 1.6) are of github.com alone.
///
/// # Errors
/// The first [`Disagreement`], in the order of [`SharedField`].
pub fn compare(
    provenance: &Provenance,
    identity: &CertificateIdentity,
) -> Result<Vec<SharedField>, Disagreement> {
    let claims = Claims::read(&identity.extensions, is_github_identity(identity));
    let (workflow, source) = (provenance.workflow.as_ref(), provenance.source.as_ref());
    // A delegated build may have been told to fetch another commit, and then names no ref. What was started
    // is compared above it.
    let other_commit = provenance.dialect == Some("slsa-github-generator-delegator")
        && source.is_some_and(|source| source.git_ref.is_none());
    let commit = source
        .and_then(|source| source.commit.as_deref())
        .filter(|_| !other_commit);
    let fields = [
        (
            SharedField::WorkflowRepository,
            workflow.map(|workflow| workflow.repository.as_str()),
            &claims.repository,
        ),
        (
            SharedField::SourceRepository,
            source.map(|source| source.repository.as_str()),
            &claims.repository,
        ),
        (
            SharedField::WorkflowRef,
            workflow.and_then(|workflow| workflow.git_ref.as_deref()),
            &claims.git_ref,
        ),
        (
            SharedField::SourceRef,
            source.and_then(|source| source.git_ref.as_deref()),
            &claims.git_ref,
        ),
        (SharedField::Commit, commit, &claims.commit),
        (SharedField::Event, provenance.event.as_deref(), &claims.event),
        (
            SharedField::WorkflowPath,
            workflow.map(|workflow| workflow.path.as_str()),
            &claims.workflow_path,
        ),
        (
            SharedField::RepositoryId,
            provenance.repository_id.as_deref(),
            &claims.repository_id,
        ),
        (
            SharedField::RepositoryOwnerId,
            provenance.repository_owner_id.as_deref(),
            &claims.owner_id,
        ),
        (SharedField::RunId, provenance.run.id.as_deref(), &claims.run_id),
        (
            SharedField::RunAttempt,
            provenance.run.attempt.as_deref(),
            &claims.run_attempt,
        ),
        (
            SharedField::RunnerEnvironment,
            provenance.runner_environment.as_deref(),
            &claims.runner_environment,
        ),
    ];
    let mut agreed = Vec::new();
    for (field, predicate, certificate) in fields {
        let (Some(predicate), Some(certificate)) = (predicate, certificate) else {
            continue;
        };
        if predicate != certificate {
            let (predicate, certificate) = (predicate.to_owned(), certificate.clone());
            return Err(Disagreement {
                field,
                predicate,
                certificate,
            });
        }
        agreed.push(field);
    }
    Ok(agreed)
}

/// What a certificate of GitHub Actions says of the run, from the current extensions or, in old certificates,
/// from those before them.
struct Claims {
    repository: Option<String>,
    git_ref: Option<String>,
    commit: Option<String>,
    event: Option<String>,
    workflow_path: Option<String>,
    repository_id: Option<String>,
    owner_id: Option<String>,
    run_id: Option<String>,
    run_attempt: Option<String>,
    runner_environment: Option<String>,
}

impl Claims {
    fn read(extensions: &FulcioExtensions, github: bool) -> Self {
        let either = |new: &Option<String>, old: &Option<String>| {
            new.clone().or_else(|| old.clone().filter(|_| github))
        };
        let old_repository = extensions.github_workflow_repository.as_ref().filter(|_| github);
        let repository = extensions
            .source_repository_uri
            .clone()
            .or_else(|| old_repository.map(|repository| format!("https://github.com/{repository}")));
        let workflow_path = extensions
            .build_config_uri
            .as_deref()
            .zip(repository.as_deref())
            .and_then(|(uri, repository)| uri.strip_prefix(repository)?.strip_prefix('/'))
            .and_then(|rest| rest.split_once('@'))
            .map(|(path, _)| path.to_owned());
        let run = extensions
            .run_invocation_uri
            .as_deref()
            .and_then(crate::provenance::run_of_url);
        let (run_id, run_attempt) = run.unzip();
        Self {
            git_ref: either(&extensions.source_repository_ref, &extensions.github_workflow_ref),
            commit: either(
                &extensions.source_repository_digest,
                &extensions.github_workflow_sha,
            ),
            event: either(&extensions.build_trigger, &extensions.github_workflow_trigger),
            repository_id: extensions.source_repository_identifier.clone(),
            owner_id: extensions.source_repository_owner_identifier.clone(),
            runner_environment: extensions.runner_environment.clone(),
            repository,
            workflow_path,
            run_id,
            run_attempt,
        }
    }
}

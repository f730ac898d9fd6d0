//! What went wrong, in words, with what to do about it and the exit code.

use std::io;
use std::path::{Path, PathBuf};

use slsa_predicates::StatementError;
use slsa_verifier::TrustRootError;

use crate::context::{ContextError, EventError, SignerWorkflowError};
use crate::http::HttpError;
use crate::oidc::IssuerError;
use crate::predicate::PredicateInputError;
use crate::runner::RunnerError;
use crate::sign::{KeyFileError, ServicesError, SignError};
use crate::store::{GitHubStoreError, LinesError, StoreError};
use crate::subjects::SubjectsError;
use crate::token::TokenSourceError;

/// Why nothing was attested.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("{0}")]
    Context(#[from] ContextError),
    #[error("{0}")]
    TokenSource(#[from] TokenSourceError),
    #[error("{0}")]
    Issuer(#[from] IssuerError),
    #[error("{0}")]
    SignerWorkflow(#[from] SignerWorkflowError),
    #[error("{0}")]
    Event(#[from] EventError),
    #[error("{0}")]
    Subjects(#[from] SubjectsError),
    #[error("{0}")]
    Predicate(#[from] PredicateInputError),
    #[error("the statement cannot be made: {0}")]
    Statement(#[from] StatementError),
    #[error("{0}")]
    Http(#[from] HttpError),
    #[error("{0}")]
    Services(#[from] ServicesError),
    #[error("trust root: {0}")]
    TrustRoot(#[from] TrustRootError),
    #[error("{0}")]
    Sign(#[from] SignError),
    #[error("{0}")]
    KeyFile(#[from] KeyFileError),
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("{0}")]
    Lines(#[from] LinesError),
    #[error("{0}")]
    GitHubStore(#[from] GitHubStoreError),
    #[error("{0}")]
    Runner(#[from] RunnerError),
    #[error("{}: {kind}", path.display())]
    File { path: PathBuf, kind: io::ErrorKind },
    #[error("{}: larger than {limit} bytes", path.display())]
    FileTooLarge { path: PathBuf, limit: usize },
    #[error("{option}: {detail}")]
    Option { option: &'static str, detail: String },
    #[error("{name} is not set")]
    Variable { name: String },
    #[cfg(feature = "sandbox")]
    #[error("the sandbox: {0}")]
    Sandbox(#[from] slsa_sandbox::ServerError),
    #[error("cannot write the report: {0}")]
    Report(#[from] io::Error),
}

/// The table of exit codes, which is that of `slsa-verify`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Attested.
    Done,
    /// Not attested: a file, the network, a service.
    Undecided,
    /// The call or the configuration is wrong.
    Usage,
    /// Somebody's answer, or the token, is not authentic.
    NotAuthentic,
    /// A rule forbids to attest this run.
    Refused,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Done => 0,
            Self::Undecided => 1,
            Self::Usage => 2,
            Self::NotAuthentic => 10,
            Self::Refused => 11,
        }
    }
}

impl Failure {
    pub(crate) fn file(path: &Path, error: &io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            kind: error.kind(),
        }
    }

    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Context(error) => error.code(),
            Self::TokenSource(error) => error.code(),
            Self::Issuer(error) => error.code(),
            Self::SignerWorkflow(_) => "signer-workflow",
            Self::Event(error) => error.code(),
            Self::Subjects(_) => "subjects",
            Self::Predicate(_) => "predicate",
            Self::Statement(_) => "statement",
            Self::Http(error) => error.code(),
            Self::Services(error) => error.code(),
            Self::TrustRoot(error) => error.code().as_str(),
            Self::Sign(error) => error.code(),
            Self::KeyFile(error) => error.code(),
            Self::Store(_) | Self::Lines(_) => "store",
            Self::GitHubStore(error) => error.code(),
            Self::Runner(_) => "runner-file",
            Self::File { .. } | Self::FileTooLarge { .. } => "file",
            Self::Option { .. } | Self::Variable { .. } => "usage",
            #[cfg(feature = "sandbox")]
            Self::Sandbox(_) => "sandbox",
            Self::Report(_) => "report",
        }
    }

    pub(crate) fn exit(&self) -> Exit {
        match self {
            Self::Context(error) => match error {
                ContextError::Source(_) | ContextError::Discovery(_) => Exit::Undecided,
                ContextError::Token(_) => Exit::NotAuthentic,
                _ => Exit::Refused,
            },
            Self::Sign(
                SignError::OwnBundle(_) | SignError::Certificate(_) | SignError::TimestampAnswer { .. },
            ) => Exit::NotAuthentic,
            Self::Issuer(_)
            | Self::SignerWorkflow(_)
            | Self::Subjects(_)
            | Self::Predicate(_)
            | Self::Statement(_)
            | Self::Services(_)
            | Self::TrustRoot(_)
            | Self::KeyFile(_)
            | Self::Option { .. }
            | Self::Variable { .. } => Exit::Usage,
            _ => Exit::Undecided,
        }
    }

    /// Returns what to do about it, where that can be said.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        Some(match self {
            Self::TokenSource(_) | Self::Context(ContextError::Source(_)) => {
                "give the job `permissions: id-token: write`, or name a token with --token-variable or --token-file; to try it out, use --sandbox"
            }
            Self::Context(ContextError::Event { .. }) => {
                "what the event means for provenance is not settled; if you know it, allow it with --allow-event"
            }
            Self::Context(ContextError::Runner { .. }) => {
                "an earlier job may still run there; if it cannot, use --allow-self-hosted (verifiers will see it)"
            }
            Self::Context(ContextError::PublicLog { .. }) => {
                "use --instance github, which logs nothing, or --allow-public-log to publish the repository's name"
            }
            Self::Context(ContextError::Signer { .. } | ContextError::SignerRef { .. }) => {
                "call the workflow by `uses: OWNER/NAME/.github/workflows/FILE@` and a release's tag or its commit"
            }
            Self::Context(ContextError::Discovery(_)) => {
                "the issuer's keys are needed before anything is signed; try again"
            }
            Self::Context(ContextError::Token(_)) => {
                "nothing was signed; if the issuer is not github.com, name it with --github or --gitlab"
            }
            Self::Sign(SignError::Service { .. }) => {
                "nothing was stored; try again, and if it stays, look at https://status.sigstore.dev or your instance"
            }
            Self::Sign(SignError::Certificate(_)) => {
                "nothing was signed: certificate and token are of different runs"
            }
            Self::Sign(
                SignError::OwnBundle(_) | SignError::TimestampAnswer { .. } | SignError::Answer { .. },
            ) => "nothing was stored: a service's answer is not what the trust root vouches for",
            Self::KeyFile(KeyFileError::NotEncrypted { .. }) => {
                "encrypt it: openssl pkcs8 -topk8 -v2 aes-256-cbc -in KEY -out KEY.enc"
            }
            Self::KeyFile(KeyFileError::Password) => {
                "the password is taken from the variable that --key-password-variable names"
            }
            Self::Store(_) => "to replace a file that is there, use --overwrite",
            Self::GitHubStore(_) => {
                "give the job `permissions: attestations: write`; the bundle was written to its file"
            }
            Self::Subjects(SubjectsError::NoSources) => {
                "name files, or use --checksums, --subject, --image or --oci-layout"
            }
            _ => return None,
        })
    }
}

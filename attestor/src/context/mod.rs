//! The run that is attested: what a verified token says of it, and whether it is one that may be.
//!
//! ```text
//! TokenSource ─ one token ─→ verified by the issuer's keys ─→ Claims ─ ContextRules ─→ Context
//! ```
//!
//! One token serves the predicate and the certificate, so that the two cannot be about different runs.

mod event;
mod rules;
#[cfg(test)]
mod tests;

use jiff::Timestamp;

use crate::claims::Claims;
use crate::http::Http;
use crate::oidc::{DiscoveryError, Issuer, Jwks, OidcError, discover, verify_token};
use crate::token::{IdentityToken, TokenSource, TokenSourceError};

pub use event::{EventError, EventPayload, ExternalInputs, Isolation};
pub use rules::{ContextRules, LogVisibility, RunnerRule, SignerWorkflow, SignerWorkflowError};

/// The audience of the token: what Fulcio expects.
pub const AUDIENCE: &str = "sigstore";

/// A run that may be attested.
#[derive(Debug)]
pub struct Context {
    claims: Claims,
    token: IdentityToken,
}

/// Why a run is not attested.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ContextError {
    /// There is no token.
    #[error(transparent)]
    Source(#[from] TokenSourceError),
    /// The issuer's keys are not known.
    #[error(transparent)]
    Discovery(#[from] DiscoveryError),
    /// The token is not believed.
    #[error(transparent)]
    Token(#[from] OidcError),
    /// What started the run is not among the events whose meaning is known, and was not allowed by name.
    #[error("the run was started by {found}, which is not allowed; allowed are {}", allowed.join(", "))]
    Event {
        /// The event, or GitLab's `pipeline_source`.
        found: String,
        /// Those that are allowed, sorted.
        allowed: Vec<String>,
    },
    /// The runner is not the provider's own, so an earlier job may still be there.
    #[error("the runner is {found}")]
    Runner {
        /// `runner_environment`.
        found: String,
    },
    /// The name of a repository that is not public would stand in a public log for ever.
    #[error("{repository} is {visibility}, and the log is public")]
    PublicLog {
        /// The repository or project.
        repository: String,
        /// Its visibility.
        visibility: String,
    },
    /// The job is not of the workflow that should sign.
    #[error("the job is of {found}, not of {expected}")]
    Signer {
        /// The workflow, without a ref.
        expected: String,
        /// The workflow of the job with its ref.
        found: String,
    },
    /// The workflow that signs is at a ref that can move.
    #[error("the workflow is at {found}, neither a tag vX.Y.Z nor its commit")]
    SignerRef {
        /// The ref.
        found: String,
    },
}

impl ContextError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Source(error) => error.code(),
            Self::Discovery(error) => error.code(),
            Self::Token(error) => error.code(),
            Self::Event { .. } => "context-event",
            Self::Runner { .. } => "context-runner",
            Self::PublicLog { .. } => "context-public-log",
            Self::Signer { .. } => "context-signer",
            Self::SignerRef { .. } => "context-signer-ref",
        }
    }
}

impl Context {
    /// Gets one token, verifies it with the issuer's keys, and judges the run.
    ///
    /// The clock is asked after the token has come.
    ///
    /// # Errors
    /// [`ContextError`].
    pub fn establish(
        http: &Http,
        source: &TokenSource,
        issuer: &Issuer,
        rules: &ContextRules,
        log: LogVisibility,
        clock: &dyn Fn() -> Timestamp,
    ) -> Result<Self, ContextError> {
        let token = source.token(http, AUDIENCE)?;
        let jwks = discover(http, issuer)?;
        Self::of_token(token, issuer, &jwks, rules, log, clock())
    }

    /// Judges the run of a token that is there already, with keys that are.
    ///
    /// # Errors
    /// [`ContextError`], but for source and discovery.
    pub fn of_token(
        token: IdentityToken,
        issuer: &Issuer,
        jwks: &Jwks,
        rules: &ContextRules,
        log: LogVisibility,
        now: Timestamp,
    ) -> Result<Self, ContextError> {
        let claims = verify_token(&token, issuer, AUDIENCE, jwks, now)?;
        rules.check(&claims, log)?;
        Ok(Self { claims, token })
    }

    /// Returns what the token says.
    #[must_use]
    pub fn claims(&self) -> &Claims {
        &self.claims
    }

    /// Returns the token, for the certificate.
    #[must_use]
    pub fn token(&self) -> &IdentityToken {
        &self.token
    }
}

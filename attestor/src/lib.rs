//! Writes and signs SLSA provenance and other in-toto attestations.
//!
//! ```text
//! environment ─ Context ─→ claims of a verified token
//! files, digests ─ Subjects ─→ names and digests          ─→ Statement ─ Signer ─→ Bundle ─ verified ─→ Store
//! ```

mod claims;
mod context;
mod http;
mod oidc;
mod token;

pub use claims::{Claims, GitHubClaims, GitLabClaims, WorkflowRef};
pub use context::{
    AUDIENCE, Context, ContextError, ContextRules, EventError, EventPayload, ExternalInputs, Isolation,
    LogVisibility, RunnerRule, SignerWorkflow, SignerWorkflowError,
};
pub use http::{
    DOCUMENT_LIMIT, Http, HttpError, HttpLimits, HttpOptions, Idempotent, Pacing, Place, Request, Response,
    Retry, Secret, SystemPacing,
};
pub use oidc::{DiscoveryError, Issuer, IssuerError, IssuerKind, Jwks, OidcError, discover, verify_token};
pub use token::{
    Environment, IdentityToken, TOKEN_LIMIT, TokenError, TokenHost, TokenSource, TokenSourceError,
};

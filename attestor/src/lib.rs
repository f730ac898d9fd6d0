//! Writes and signs SLSA provenance and other in-toto attestations.
//!
//! ```text
//! environment ─ Context ─→ claims of a verified token ─→ predicate ┐
//! files, digests ─ subjects ─→ names and digests ──────────────────┴→ Statement ─ Signer ─→ SignedBundle ─→ store
//! ```
//!
//! # Start here
//! [`Context`] says of which run, and whether it may be attested; [`subjects::collect`] what came out of it;
//! [`predicate`] what is said; [`Signer`] has it signed, logged and timestamped, and verifies the result before anybody
//! sees it; [`store`] keeps it.
//!
//! # Where things stand
//! - `token`, `oidc/`, `claims`: one identity token, verified → [`Claims`]
//! - `context/`: the rules for runs, and what the event hands to them → [`Context`]
//! - `subjects/`: files, lists of checksums, images → subjects
//! - `predicate/`: provenance from claims, and other predicates from files → [`predicate::NewPredicate`]
//! - `sign/`: certificate authority, log and timestamps, and our own verifier behind them → [`SignedBundle`]
//! - `store/`: files written whole or not at all, and GitHub's API
//! - `runner/`: what GitHub's runner reads: outputs, summary, masks
//! - `http/`: the one way out
//! - `cli/`: the binary

mod claims;
#[doc(hidden)]
pub mod cli;
mod context;
mod http;
mod oidc;
pub mod predicate;
pub mod runner;
mod sign;
pub mod store;
pub mod subjects;
mod token;

// The public interface is:

// - who asks, and in which run
pub use claims::{Claims, GitHubClaims, GitLabClaims, WorkflowRef};
pub use context::{
    AUDIENCE, Context, ContextError, ContextRules, EventError, EventPayload, ExternalInputs, Isolation,
    LogVisibility, RunnerRule, SignerWorkflow, SignerWorkflowError,
};
pub use oidc::{DiscoveryError, Issuer, IssuerError, IssuerKind, Jwks, OidcError, discover, verify_token};
pub use token::{
    Environment, IdentityToken, TOKEN_LIMIT, TokenError, TokenHost, TokenSource, TokenSourceError,
};

// - signing
pub use sign::{
    CertificateField, Certified, Disagreement, KeyFile, KeyFileError, LogService, LogVersion, ServiceName,
    Services, ServicesError, SignError, SignedArtifact, SignedBundle, Signer, sign_with_key,
};

// - the way out
pub use http::{
    DOCUMENT_LIMIT, Http, HttpError, HttpLimits, HttpOptions, Idempotent, Pacing, Place, Request, Response,
    Retry, Secret, SystemPacing,
};

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
mod runner;
mod sign;
mod store;
mod subjects;
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

// - what is attested
pub use subjects::{
    Checksum, ChecksumsError, ImageFault, LayoutFault, LineFault, MAX_CHECKSUMS_BASE64_BYTES,
    MAX_CHECKSUMS_BYTES, MAX_CHECKSUMS_LINES, MAX_ENTRIES, MAX_LAYOUT_MANIFESTS, MAX_NAME_ACROSS_JOBS,
    MAX_NAME_BYTES, MAX_SUBJECTS, MAX_SUBJECTS_PER_STATEMENT, NameFault, OpenFault, Origin, Progress,
    SubjectNames, SubjectOptions, SubjectSource, SubjectsError, batches, collect,
};

// - signing
pub use sign::{
    CertificateField, Certified, Disagreement, KeyFile, KeyFileError, LogService, LogVersion, ServiceName,
    Services, ServicesError, SignError, SignedBundle, Signer, sign_with_key,
};

// - where it goes
pub use runner::{
    Delimiter, MAX_KEY_BYTES, MAX_OUTPUT_BYTES, MAX_SUMMARY_BYTES, RunnerError, Source, StepSummary,
    append_outputs, mask,
};
pub use store::{
    BundleName, LinesError, MAX_FILE_NAME_BYTES, MAX_LINES_BYTES, Overwrite, StoreError, json_lines,
    write_atomically,
};

// - the way out
pub use http::{
    DOCUMENT_LIMIT, Http, HttpError, HttpLimits, HttpOptions, Idempotent, Pacing, Place, Request, Response,
    Retry, Secret, SystemPacing,
};

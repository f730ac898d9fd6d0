//! Writes and signs SLSA provenance and other in-toto attestations.
//!
//! ```text
//! environment ─ Context ─→ claims of a verified token
//! files, digests ─ Subjects ─→ names and digests          ─→ Statement ─ Signer ─→ Bundle ─ verified ─→ Store
//! ```

mod claims;

// The public interface is:

// - who started the build
pub use claims::{Claims, GitHubClaims, GitLabClaims};

// - what is attested
pub mod subjects;

// - where results go
pub mod store;

// - what the runner of a workflow is told
pub mod runner;

//! Writes and signs SLSA provenance and other in-toto attestations.
//!
//! ```text
//! environment ─ Context ─→ claims of a verified token
//! files, digests ─ Subjects ─→ names and digests          ─→ Statement ─ Signer ─→ Bundle ─ verified ─→ Store
//! ```

mod claims;
pub mod predicate;

pub use claims::{Claims, GitHubClaims, GitLabClaims};

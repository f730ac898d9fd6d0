//! in-toto statements and typed predicates, as data.
//!
//! An attestation is a signed [`Statement`]: *subjects*, which are artifacts named by their digests, and a
//! *predicate*, which is what is said of them, such as how they were built. This crate reads and writes
//! statements and the predicates of common types. It does no I/O, asks no clock and checks no signature: what it
//! gives back is as trustworthy as the bytes that went in.
//!
//! ```text
//! bytes ─ Statement::parse(bytes, limits) ─→ Statement ─ predicate() ─→ Predicate::ProvenanceV1(…)
//!            json::check: one meaning, bounded cost            typed when asked for
//! ```
//!
//! ```
//! use slsa_predicates::{DigestAlgorithm, Predicate, Statement, StatementLimits};
//!
//! let payload = br#"{
//!     "_type": "https://in-toto.io/Statement/v1",
//!     "subject": [{
//!         "name": "tool.tar.gz",
//!         "digest": {"sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}
//!     }],
//!     "predicateType": "https://slsa.dev/provenance/v1",
//!     "predicate": {
//!         "buildDefinition": {"buildType": "https://example.com/make", "externalParameters": {"target": "all"}},
//!         "runDetails": {"builder": {"id": "https://example.com/builder"}}
//!     }
//! }"#;
//!
//! let statement = Statement::parse(payload, &StatementLimits::default())?;
//! for subject in statement.subjects() {
//!     assert!(subject.digest().get(DigestAlgorithm::Sha256).is_some());
//! }
//! let Predicate::ProvenanceV1(provenance) = statement.predicate()? else { return Ok(()) };
//! assert_eq!(provenance.run_details.builder.id, "https://example.com/builder");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it refuses: duplicate keys anywhere, for they give signed bytes two meanings; digests of the wrong
//! length, case or alphabet; statements without subjects, subjects without digests; and whatever goes beyond
//! [`StatementLimits`]. What it keeps: fields that it does not know, and the predicate's text as it was signed.

#![forbid(unsafe_code)]

mod digest;
mod fields;
mod raw_json;
mod resource_descriptor;
mod shown;
mod statement;
mod subject;
mod timestamp;

// The public interface is:

// - statements
pub use statement::{Statement, StatementError, StatementLimits, StatementType};
pub use subject::Subject;

// - what they say
pub mod predicate;
pub use predicate::{Predicate, PredicateError};

// - the fields that they have in common
pub use digest::{Digest, DigestAlgorithm, DigestError, DigestSet, MAX_DIGESTS};
pub use raw_json::RawJson;
pub use resource_descriptor::ResourceDescriptor;
pub use timestamp::{Timestamp, TimestampError};

// - JSON that an adversary may have written, also for what envelops a statement
pub mod json;

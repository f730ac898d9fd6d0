//! Decides whether an artifact may be admitted: verifies SLSA provenance and other in-toto attestations,
//! offline, without clock, network or global state.
//!
//! ```text
//! bytes ─ parse(bytes, limits) ──────────────→ Attestation        read, not believed
//!       ─ Verifier::verify(&it, &artifact, now) → VerifiedStatement  signed, logged, in time, about the artifact
//!       ─ IdentityRule::check(certificate) ──→                    by whom it should be
//! ```
//!
//! # Start here
//! [`parse`] reads whatever an attestation comes in; [`Verifier`] verifies it under [`TrustRoot`]s;
//! [`IdentityRule`] says who may have signed. [`inspect`] shows what an attestation claims, unverified.
//!
//! # Where things stand
//! - `parse/`: bundles, envelopes, registries' answers, OCI layouts → [`Attestation`]
//! - `trust/`: `trusted_root.json`, and the roots that are built in → [`TrustRoot`]
//! - `engine/`: the proof that signature, certificate, log entry and time belong together → [`Evidence`]
//! - `subject`: whether a statement is about the artifact → [`SubjectMatch`]
//! - `gcloud`: what Google Cloud Build writes around its provenance → [`check_gcloud`]
//! - `provenance/`: one view over all predicate versions and build types → [`Provenance`]
//! - `verify`: the way through all of them → [`VerifiedStatement`]
//! - `code`, `error`: every reason to refuse, with its stable name → [`Code`], [`Error`]

mod artifact;
mod attestation;
mod builder;
mod certificate;
mod check;
#[cfg(feature = "cli")]
#[doc(hidden)]
pub mod cli;
mod code;
mod consistency;
mod der;
mod engine;
mod error;
mod evidence;
mod expect;
mod gcloud;
mod hash;
mod identity;
mod inspect;
mod key;
mod limits;
mod npm;
mod parse;
mod policy;
mod provenance;
mod statement;
mod subject;
mod summary;
#[cfg(test)]
mod testing;
mod trust;
mod verify;

// The public interface is:

// - reading
pub use attestation::{Attestation, Form};
pub use limits::{Limit, Limits};
pub use parse::{
    BlobStore, GcloudImage, GcloudItem, GcloudProvenance, GcloudText, ImageAttestations, Parsed, ParsedItem,
    parse, parse_gcloud, read_oci_layout,
};

// - the artifact
pub use artifact::Artifact;
pub use hash::{Hasher, USUAL_ALGORITHMS, hash_reader, is_computable};
pub use verify::algorithms_for;

// - whom to trust
pub use identity::{IdentityRule, RuleError, TextRule};
pub use key::{KeyError, PublicKey};
pub use trust::{EmbeddedRoot, TrustDomain, TrustRoot, TrustRootError, TrustedParty};

// - verifying
pub use engine::Engine;
pub use verify::{Verifier, VerifierBuilder};

// - what was verified
pub use certificate::{CertificateIdentity, FulcioExtensions, SubjectAlternativeName};
pub use evidence::{Evidence, LogProof, TimeSource, VerifiedLogEntry, VerifiedTime};
pub use statement::{SignedStatement, Verified, VerifiedSignature, VerifiedSigner, VerifiedStatement};
pub use subject::{SubjectMatch, SubjectMismatch};

// - what provenance says
pub use consistency::{Disagreement, SharedField, compare as compare_with_certificate, is_github_identity};
pub use provenance::{Provenance, ProvenanceError, Run, Source, SourceError, Workflow};

// - what is expected of it
pub use builder::{
    AllowedRef, BuildLevel, BuildLevelError, BuilderKind, BuilderRule, BuilderRuleError, BuildersError,
    TrustedBuilder, TrustedBuilders,
};
pub use check::{Check, Checked, Witness};
pub use expect::{
    Evaluation, Expectations, MatchedBuilder, Repository, RepositoryError, SignerRule, VersionError,
    VersionedTag,
};

pub use npm::{Package, PackageRule, RegistryKeysError, registry_keys, registry_keys_from};
pub use policy::{
    Attempt, Authenticated, Condition, ConditionError, Judged, Language, NamePattern, NamePatternError,
    Policy, PolicyError, Quantifier, Requirement, RequirementVerdict, Rule, StatementExpectations, Subject,
    TrustedRootName, Verdict,
};
pub use summary::SummaryExpectations;
// - what Google wrote around it
pub use gcloud::{GcloudMismatch, check as check_gcloud, key_name as gcloud_key_name};

// - what was not, and why
pub use certificate::CertificateError;
pub use code::{Code, Outcome};
pub use engine::native::{CheckpointError, EntryField, SctError, TimestampError};
pub use error::{Error, NotAsExpected, NotAuthentic, ReadError, Undecided};

// - what is only claimed
pub use certificate::read_certificate;
pub use inspect::{ClaimedContent, ClaimedLogEntry, Inspection, inspect};

// - the crates whose types stand in this interface
pub use jiff::Timestamp;
pub use slsa_predicates as predicates;

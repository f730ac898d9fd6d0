//! Why something was not accepted: enums with the facts in their fields. The command line adds the advice.

use jiff::Timestamp;
use slsa_predicates::StatementError;
use slsa_predicates::json::JsonError;

use crate::certificate::CertificateError;
use crate::code::{Code, Outcome};
use crate::consistency::Disagreement;
use crate::engine::native::{CheckpointError, EntryField, SctError, TimestampError};
use crate::gcloud::GcloudMismatch;
use crate::limits::Limit;
use crate::subject::SubjectMismatch;

/// Why an attestation was not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The attestation could not be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The evidence does not hold.
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
    /// The evidence holds, and it is not what was asked for.
    #[error(transparent)]
    NotAsExpected(#[from] NotAsExpected),
    /// Something that the decision needs is missing.
    #[error(transparent)]
    Undecided(#[from] Undecided),
}

impl Error {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Read(error) => error.code(),
            Self::NotAuthentic(error) => error.code(),
            Self::NotAsExpected(error) => error.code(),
            Self::Undecided(error) => error.code(),
        }
    }

    /// Returns what this error means for the artifact.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.code().outcome()
    }
}

/// Why an attestation could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The JSON is malformed, ambiguous or too deep.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// Something is larger than its limit.
    #[error("{found} {limit}, at most {max} are allowed")]
    Limit {
        /// What is limited.
        limit: Limit,
        /// How much was found, or the first number beyond the limit where counting stopped there.
        found: usize,
        /// How much is allowed.
        max: usize,
    },
    /// The bundle's `mediaType` is absent or none that is known.
    #[error("unknown bundle media type {}", .found.as_deref().unwrap_or("(none)"))]
    MediaType {
        /// The media type, if there is one.
        found: Option<String>,
    },
    /// A field that must be there is not.
    #[error("field {field} is missing")]
    MissingField {
        /// The field, as a path.
        field: &'static str,
    },
    /// A field must not be there, because of another one or of the bundle's version.
    #[error("field {field} does not belong here: {because}")]
    UnexpectedField {
        /// The field, as a path.
        field: &'static str,
        /// What excludes it.
        because: &'static str,
    },
    /// A field is not the base64, the number or the name that it should be.
    #[error("field {field} is not {expected}")]
    FieldValue {
        /// The field, as a path.
        field: &'static str,
        /// What it should be.
        expected: &'static str,
    },
    /// An envelope must hold one signature, so that payload, certificate, log and time all speak of the same
    /// one.
    #[error("{found} signatures in the envelope, exactly one is allowed")]
    SignatureCount {
        /// How many there are.
        found: usize,
    },
    /// The certificate is malformed.
    #[error("certificate: {0}")]
    Certificate(#[from] CertificateError),
    /// The payload is not an in-toto statement.
    #[error("statement: {0}")]
    Statement(#[from] StatementError),
    /// The payload's type is not in-toto's.
    #[error("payload type {found:?} is not an in-toto statement")]
    PayloadType {
        /// The type, at most its first 128 characters.
        found: String,
    },
    /// The OCI layout is not sound.
    #[error("oci layout: {reason} {digest}")]
    OciLayout {
        /// What is wrong.
        reason: &'static str,
        /// The digest of the blob in question, as written.
        digest: String,
    },
    /// The input holds nothing that is an attestation.
    #[error("no attestation in the input")]
    NoAttestation,
}

impl ReadError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Json(_) => Code::JsonInvalid,
            Self::Limit { .. } => Code::LimitExceeded,
            Self::MediaType { .. } => Code::BundleMediaType,
            Self::MissingField { .. } | Self::UnexpectedField { .. } => Code::BundleShape,
            Self::FieldValue { .. } => Code::BundleEncoding,
            Self::SignatureCount { .. } => Code::SignatureCount,
            Self::Certificate(_) => Code::CertificateMalformed,
            Self::Statement(_) => Code::StatementMalformed,
            Self::PayloadType { .. } => Code::PayloadType,
            Self::OciLayout { .. } => Code::OciLayout,
            Self::NoAttestation => Code::NoAttestation,
        }
    }
}

/// Why the evidence does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAuthentic {
    /// No authority of the trust root issued the certificate for signing code.
    #[error("certificate was not issued by a trusted authority (its issuer: {issuer})")]
    CertificateUntrusted {
        /// The issuer's name, as the certificate claims.
        issuer: String,
    },
    /// The certificate's key is for other things than signatures (RFC 5280, section 4.2.1.3).
    #[error("certificate is not for signatures, as its key usage says")]
    CertificateKeyUsage,
    /// The signing time is outside the validity of the certificate or of its authority.
    #[error("signed at {time}, outside the validity of {of} ({not_before} to {})", until(.not_after))]
    CertificateExpired {
        /// Whose validity it is.
        of: &'static str,
        /// The authenticated time of signing.
        time: Timestamp,
        /// The first moment of validity.
        not_before: Timestamp,
        /// The last moment of validity, if there is one.
        not_after: Option<Timestamp>,
    },
    /// The certificate carries no valid timestamp of a trusted certificate transparency log.
    #[error("certificate transparency: {0}")]
    CertificateTimestamp(#[from] SctError),
    /// The signature does not fit the content and the key.
    #[error("signature does not verify")]
    Signature,
    /// The key's algorithm is not supported.
    #[error("key algorithm {algorithm} is not supported")]
    KeyUnsupported {
        /// The algorithm's object identifier or name.
        algorithm: String,
    },
    /// The signing time is outside the key's validity.
    #[error("signed at {time}, outside the validity of the key ({} to {})", from(.not_before), until(.not_after))]
    KeyExpired {
        /// The authenticated time of signing.
        time: Timestamp,
        /// The first moment of validity, if there is one.
        not_before: Option<Timestamp>,
        /// The last moment of validity, if there is one.
        not_after: Option<Timestamp>,
    },
    /// The trust root demands a transparency log entry, and there is none.
    #[error("no transparency log entry")]
    LogEntryMissing,
    /// The entry is in a log that the trust root does not name.
    #[error("transparency log {log_id} is not in the trust root")]
    LogUnknown {
        /// The log's identifier in hex.
        log_id: String,
    },
    /// The entry's kind is unknown, or cannot stand for this kind of content.
    #[error("log entry {log_index} is of kind {kind} {version}, which does not fit the content")]
    LogEntryKind {
        /// The entry's index.
        log_index: u64,
        /// The entry's kind.
        kind: String,
        /// The kind's version.
        version: String,
    },
    /// The entry's body is not what its kind demands.
    #[error("log entry {log_index} is malformed: {field}")]
    LogEntryMalformed {
        /// The entry's index.
        log_index: u64,
        /// The part that cannot be read.
        field: EntryField,
    },
    /// The entry speaks of something else (CVE-2022-36056, CVE-2026-22703).
    #[error("log entry {log_index} is about another {field}")]
    LogEntryMismatch {
        /// The entry's index.
        log_index: u64,
        /// The part that differs.
        field: EntryField,
    },
    /// The entry comes without an inclusion proof.
    #[error("log entry {log_index} has no inclusion proof")]
    LogProofMissing {
        /// The entry's index.
        log_index: u64,
    },
    /// The inclusion proof does not lead to the log's root.
    #[error("inclusion proof of log entry {log_index} does not lead to the root of the log")]
    LogProof {
        /// The entry's index.
        log_index: u64,
    },
    /// The checkpoint is malformed, or the entry's log did not sign it.
    #[error("checkpoint of log entry {log_index}: {reason}")]
    LogCheckpoint {
        /// The entry's index.
        log_index: u64,
        /// What is wrong.
        reason: CheckpointError,
    },
    /// The log's promise does not verify.
    #[error("promise (signed entry timestamp) of log entry {log_index} does not verify")]
    LogPromise {
        /// The entry's index.
        log_index: u64,
    },
    /// The entry was logged outside the validity of the log's key.
    #[error("log entry {log_index} is of {time}, outside the validity of the log's key")]
    LogKeyExpired {
        /// The entry's index.
        log_index: u64,
        /// The time in question.
        time: Timestamp,
    },
    /// The log's time lies in the future.
    #[error("log entry {log_index} is of {time}, later than now ({now})")]
    LogTimeFuture {
        /// The entry's index.
        log_index: u64,
        /// The promised time.
        time: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// A signed timestamp does not verify under any authority of the trust root.
    #[error("signed timestamp {index} does not verify: {reason}")]
    Timestamp {
        /// Its place in the bundle, from 0.
        index: usize,
        /// What is wrong with it.
        reason: TimestampError,
    },
    /// A signed timestamp lies outside the validity of the authority that signed it.
    #[error("signed timestamp {index} is of {time}, outside the validity of its authority")]
    TimestampAuthorityExpired {
        /// Its place in the bundle, from 0.
        index: usize,
        /// The signed time.
        time: Timestamp,
    },
    /// Nothing authenticates the time of signing.
    #[error("no authenticated time of signing: neither a log's promise nor a signed timestamp")]
    TimeMissing,
    /// The statement is about another artifact.
    #[error(transparent)]
    Subject(#[from] SubjectMismatch),
    /// The library engine refused.
    #[error("second engine: {detail}")]
    EngineRefused {
        /// What it said.
        detail: String,
    },
}

impl NotAuthentic {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::CertificateUntrusted { .. } | Self::CertificateKeyUsage => Code::CertificateUntrusted,
            Self::CertificateExpired { .. } => Code::CertificateExpired,
            Self::CertificateTimestamp(_) => Code::CertificateTimestamp,
            Self::Signature => Code::SignatureInvalid,
            Self::KeyUnsupported { .. } => Code::KeyUnsupported,
            Self::KeyExpired { .. } => Code::KeyExpired,
            Self::LogEntryMissing => Code::LogEntryMissing,
            Self::LogUnknown { .. } => Code::LogUnknown,
            Self::LogEntryKind { .. } => Code::LogEntryKind,
            Self::LogEntryMalformed { .. } => Code::LogEntryMalformed,
            Self::LogEntryMismatch { .. } => Code::LogEntryMismatch,
            Self::LogProofMissing { .. } => Code::LogProofMissing,
            Self::LogProof { .. } => Code::LogProofInvalid,
            Self::LogCheckpoint { .. } => Code::LogCheckpointInvalid,
            Self::LogPromise { .. } => Code::LogPromiseInvalid,
            Self::LogKeyExpired { .. } => Code::LogKeyExpired,
            Self::LogTimeFuture { .. } => Code::LogTimeFuture,
            Self::Timestamp { .. } => Code::TimestampInvalid,
            Self::TimestampAuthorityExpired { .. } => Code::TimestampAuthorityExpired,
            Self::TimeMissing => Code::TimeMissing,
            Self::Subject(_) => Code::SubjectMismatch,
            Self::EngineRefused { .. } => Code::EngineRefused,
        }
    }
}

/// Why an authentic attestation is not the one that was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotAsExpected {
    /// The signer is another one.
    #[error("signed by {found}, expected {expected}")]
    Identity {
        /// The rule.
        expected: String,
        /// The certificate's subject alternative name, or the key's name.
        found: String,
    },
    /// Another issuer vouched for the signer.
    #[error("identity issued by {found}, expected {expected}")]
    Issuer {
        /// The rule.
        expected: String,
        /// The certificate's issuer extension, empty for a key.
        found: String,
    },
    /// The provenance contradicts the certificate of its signer.
    #[error(transparent)]
    Disagreement(#[from] Disagreement),
    /// What Google wrote around the provenance does not fit it.
    #[error(transparent)]
    Gcloud(#[from] GcloudMismatch),
    /// There is no statement to look at.
    #[error("this signs the artifact itself and holds no statement")]
    NotAStatement,
}

impl NotAsExpected {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::Identity { .. } => Code::IdentityMismatch,
            Self::Issuer { .. } => Code::IssuerMismatch,
            Self::Disagreement(error) => error.code(),
            Self::Gcloud(error) => error.code(),
            Self::NotAStatement => Code::NotAStatement,
        }
    }
}

/// What is missing for a decision.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Undecided {
    /// An envelope without log entry or timestamp: when its short-lived certificate signed cannot be known.
    #[error("no signing time: the envelope carries neither a log entry nor a signed timestamp")]
    NoSigningTime,
    /// The envelope names no certificate, and no key was given.
    #[error("a public key is needed{}", .hint.as_ref().map(|h| format!(" (hint: {h})")).unwrap_or_default())]
    KeyRequired {
        /// The bundle's hint or the signature's key id.
        hint: Option<String>,
    },
    /// The artifact's digest is needed in another algorithm.
    #[error("the artifact's {algorithm} digest is needed")]
    DigestRequired {
        /// The algorithm.
        algorithm: String,
    },
    /// The signature can only be checked over the artifact's bytes, not over a digest.
    #[error("the artifact's bytes are needed: its signature is not over a digest")]
    BytesRequired,
    /// The chosen engine has no way to express this evidence.
    #[error("the engine cannot verify {what}")]
    EngineUnsupported {
        /// What it cannot.
        what: &'static str,
    },
}

impl Undecided {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        match self {
            Self::NoSigningTime => Code::NoSigningTime,
            Self::KeyRequired { .. } => Code::KeyRequired,
            Self::DigestRequired { .. } | Self::BytesRequired => Code::DigestRequired,
            Self::EngineUnsupported { .. } => Code::EngineUnsupported,
        }
    }
}

fn until(time: &Option<Timestamp>) -> String {
    time.map_or_else(|| "no end".to_owned(), |time| time.to_string())
}

fn from(time: &Option<Timestamp>) -> String {
    time.map_or_else(|| "ever".to_owned(), |time| time.to_string())
}

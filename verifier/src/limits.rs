//! What an adversary may make us do: every size, count and depth that comes from outside, in one place.

use std::fmt;

use slsa_predicates::StatementLimits;
use slsa_predicates::json::JsonLimits;

/// The limits within which attestations are read and verified.
///
/// Each is checked before the step whose cost it bounds. The defaults suit a command line; a server that
/// answers many callers at once will want [`Limits::for_server`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of one input file or stream: 32 MiB, twice the largest payload, which base64 makes a third
    /// longer.
    pub input_bytes: usize,
    /// Bytes of a decoded payload: 16 MiB, as `actions/attest` allows for a predicate.
    pub payload_bytes: usize,
    /// Attestations in one input: 1024, as many as subjects in a statement.
    pub attestations: usize,
    /// Lines in one input of JSON Lines: 100,000, whether they hold attestations or anything else.
    pub lines: usize,
    /// Transparency log entries in one bundle: 32, as in sigstore-go (CVE-2024-45395).
    pub log_entries: usize,
    /// RFC 3161 timestamps in one bundle: 32, as in sigstore-go and sigstore-python.
    pub timestamps: usize,
    /// Hashes in an inclusion proof: 64, the height of a tree whose size is a 64-bit number.
    pub proof_hashes: usize,
    /// Bytes of a checkpoint: 16 KiB, room for sixteen witnesses.
    pub checkpoint_bytes: usize,
    /// Bytes of a log entry's canonicalized body: 256 KiB. Rekor itself stores at most 100 KiB.
    pub log_body_bytes: usize,
    /// Certificates in a chain: 10.
    pub certificates: usize,
    /// Bytes of one certificate: 16 KiB.
    pub certificate_bytes: usize,
    /// Bytes of one timestamp: 64 KiB.
    pub timestamp_bytes: usize,
    /// Certificates that one timestamp carries: 16. Each is parsed before a path is sought.
    pub timestamp_certificates: usize,
    /// Elements side by side in one element of a timestamp: 64. Who decodes a set sorts it, by insertion; the widest of a
    /// real one, the attributes of its signer, has five.
    pub timestamp_elements: usize,
    /// Levels of nested DER in a certificate or a timestamp: 32. A certificate has nine.
    pub der_depth: usize,
    /// Bytes of one signature: 8 KiB, which holds the largest of ML-DSA.
    pub signature_bytes: usize,
    /// Signatures of one provenance in what `gcloud` prints: 10. Each becomes an attestation of its own, with a
    /// copy of the payload.
    pub signatures: usize,
    /// Subjects of a statement: 1024, as in sigstore-go and `actions/attest`.
    pub subjects: usize,
    /// Digests of one subject: 32, as in sigstore-go.
    pub digests: usize,
    /// Bytes of a subject's name or URI: 4 KiB.
    pub name_bytes: usize,
    /// Depth of nested JSON: 64. `serde_json` itself stops at 128.
    pub json_depth: usize,
    /// Keys of all JSON objects that are open at one time: 100,000. This bounds the memory of the check for
    /// duplicate keys.
    pub json_open_members: usize,
    /// JSON values in what envelops a statement: 1,000,000. A bundle has a few dozen, and a registry's answer
    /// may list [`Limits::attestations`] of them.
    pub json_values: usize,
    /// JSON values in a predicate that is read into types: 100,000.
    pub predicate_values: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            input_bytes: 32 << 20,
            payload_bytes: 16 << 20,
            attestations: 1024,
            lines: 100_000,
            log_entries: 32,
            timestamps: 32,
            proof_hashes: 64,
            checkpoint_bytes: 16 << 10,
            log_body_bytes: 256 << 10,
            certificates: 10,
            certificate_bytes: 16 << 10,
            timestamp_bytes: 64 << 10,
            timestamp_certificates: 16,
            timestamp_elements: 64,
            der_depth: 32,
            signature_bytes: 8 << 10,
            signatures: 10,
            subjects: 1024,
            digests: 32,
            name_bytes: 4 << 10,
            json_depth: 64,
            json_open_members: 100_000,
            json_values: 1_000_000,
            predicate_values: 100_000,
        }
    }
}

impl Limits {
    /// Returns limits for a server: 8 MiB of input and 30 attestations, the rest as by default.
    #[must_use]
    pub fn for_server() -> Self {
        Self {
            input_bytes: 8 << 20,
            attestations: 30,
            ..Self::default()
        }
    }

    /// Limits on the JSON of a bundle, an envelope or a list of them.
    pub(crate) fn json(&self) -> JsonLimits {
        JsonLimits {
            depth: self.json_depth,
            open_members: self.json_open_members,
            values: self.json_values,
        }
    }

    pub(crate) fn statement(&self) -> StatementLimits {
        StatementLimits {
            // A bill of materials may have more values, and is never built.
            json: JsonLimits {
                values: usize::MAX,
                ..self.json()
            },
            subjects: self.subjects,
            digests: self.digests,
            name_bytes: self.name_bytes,
            predicate_values: self.predicate_values,
            ..StatementLimits::default()
        }
    }
}

/// Names one of the [`Limits`] in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::input_bytes`]
    InputBytes,
    /// [`Limits::payload_bytes`]
    PayloadBytes,
    /// [`Limits::attestations`]
    Attestations,
    /// [`Limits::lines`]
    Lines,
    /// [`Limits::log_entries`]
    LogEntries,
    /// [`Limits::timestamps`]
    Timestamps,
    /// [`Limits::proof_hashes`]
    ProofHashes,
    /// [`Limits::checkpoint_bytes`]
    CheckpointBytes,
    /// [`Limits::log_body_bytes`]
    LogBodyBytes,
    /// [`Limits::certificates`]
    Certificates,
    /// [`Limits::certificate_bytes`]
    CertificateBytes,
    /// [`Limits::timestamp_bytes`]
    TimestampBytes,
    /// [`Limits::timestamp_certificates`]
    TimestampCertificates,
    /// [`Limits::timestamp_elements`]
    TimestampElements,
    /// [`Limits::der_depth`]
    DerDepth,
    /// [`Limits::signature_bytes`]
    SignatureBytes,
    /// [`Limits::signatures`]
    Signatures,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InputBytes => "bytes of input",
            Self::PayloadBytes => "bytes of payload",
            Self::Attestations => "attestations in one input",
            Self::Lines => "lines",
            Self::LogEntries => "transparency log entries",
            Self::Timestamps => "signed timestamps",
            Self::ProofHashes => "hashes in an inclusion proof",
            Self::CheckpointBytes => "bytes of checkpoint",
            Self::LogBodyBytes => "bytes of log entry body",
            Self::Certificates => "certificates in a chain",
            Self::CertificateBytes => "bytes of certificate",
            Self::TimestampBytes => "bytes of signed timestamp",
            Self::TimestampCertificates => "certificates in a signed timestamp",
            Self::TimestampElements => "elements side by side in a signed timestamp",
            Self::DerDepth => "levels of nested DER",
            Self::SignatureBytes => "bytes of signature",
            Self::Signatures => "signatures of one provenance",
        })
    }
}

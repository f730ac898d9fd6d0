//! What an attestation *claims*, unverified: for people who want to see what they have in hand.

use slsa_predicates::{Statement, StatementLimits};

use crate::attestation::{Attestation, Content, Form, KeyMaterial};
use crate::certificate::{self, CertificateIdentity};
use crate::error::ReadError;

/// What an attestation claims. None of it has been verified.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Inspection {
    /// The format in which the attestation came.
    pub form: Form,
    /// Who the certificate says that its holder is, or why it cannot be read. `None` without certificate.
    pub certificate: Option<Result<CertificateIdentity, ReadError>>,
    /// The bundle's name of a key, or the signature's key id.
    pub key_hint: Option<String>,
    /// The log entries.
    pub log_entries: Vec<ClaimedLogEntry>,
    /// How many signed timestamps there are.
    pub timestamps: usize,
    /// What was signed.
    pub content: ClaimedContent,
}

/// A log entry, unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClaimedLogEntry {
    /// The log's identifier in hex.
    pub log_id: String,
    /// The entry's index.
    pub log_index: u64,
    /// The entry's kind and version.
    pub kind: String,
    /// The claimed time in seconds since 1970.
    pub integrated_time: Option<i64>,
    /// Whether there is a promise.
    pub has_promise: bool,
    /// Whether there is an inclusion proof.
    pub has_proof: bool,
}

/// What was signed, unverified.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ClaimedContent {
    /// The artifact itself.
    Message,
    /// An envelope.
    #[non_exhaustive]
    Envelope {
        /// The payload's type, in-toto's or any other.
        payload_type: String,
        /// The payload.
        payload: Vec<u8>,
        /// The payload as a statement, if it is one.
        statement: Box<Result<Statement, ReadError>>,
    },
}

/// Shows what an attestation claims. Verifies nothing.
#[must_use]
pub fn inspect(attestation: &Attestation) -> Inspection {
    let certificate = match &attestation.key {
        KeyMaterial::Certificate { leaf } => Some(
            certificate::from_der(leaf)
                .and_then(|certificate| CertificateIdentity::read(&certificate))
                .map_err(ReadError::from),
        ),
        _ => None,
    };
    let mut key_hint = match &attestation.key {
        KeyMaterial::PublicKey { hint } => Some(hint.clone()),
        _ => None,
    };
    let content = match &attestation.content {
        Content::Message(_) => ClaimedContent::Message,
        Content::Envelope(envelope) => {
            key_hint = key_hint.or_else(|| envelope.keyid.clone());
            let statement = Statement::parse(&envelope.payload, &StatementLimits::default());
            ClaimedContent::Envelope {
                payload_type: envelope.payload_type.clone(),
                payload: envelope.payload.clone(),
                statement: Box::new(statement.map_err(ReadError::from)),
            }
        }
    };
    let log_entries = attestation.log_entries.iter().map(|entry| ClaimedLogEntry {
        log_id: hex::encode(entry.log_id),
        log_index: entry.log_index,
        kind: format!("{} {}", entry.kind, entry.version),
        integrated_time: entry.integrated_time,
        has_promise: entry.promise.is_some(),
        has_proof: entry.proof.is_some(),
    });
    Inspection {
        form: attestation.form,
        certificate,
        key_hint: key_hint.filter(|hint| !hint.is_empty()),
        log_entries: log_entries.collect(),
        timestamps: attestation.timestamps.len(),
        content,
    }
}

//! What a transparency log keeps of a signature: the kinds of entries, in their one canonical form (RFC 8785).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::certificate::{certificate_pem, public_key_pem};
use crate::error::SandboxError;

/// The key that verifies a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verifier {
    /// In a certificate (DER).
    Certificate(Vec<u8>),
    /// Alone, as SubjectPublicKeyInfo (DER).
    PublicKey(Vec<u8>),
}

/// A DSSE envelope with one signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the format")]
pub struct Envelope {
    /// `payloadType`.
    pub payload_type: String,
    /// `payload`, decoded.
    pub payload: Vec<u8>,
    /// The signature over the pre-authentication encoding.
    pub signature: Vec<u8>,
}

impl Envelope {
    /// Returns what the signature is over (<https://github.com/secure-systems-lab/dsse/blob/v1.0.0/protocol.md>).
    #[must_use]
    pub fn signed_bytes(payload_type: &str, payload: &[u8]) -> Vec<u8> {
        let mut bytes =
            format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
        bytes.extend(payload);
        bytes
    }

    /// Returns the envelope as JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::json!({
            "payload": STANDARD.encode(&self.payload),
            "payloadType": self.payload_type,
            "signatures": [{ "sig": STANDARD.encode(&self.signature) }],
        })
        .to_string()
    }
}

/// The kinds of entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryKind {
    /// `hashedrekord` 0.0.1: a signature over a file of this SHA-256.
    HashedRekordV001,
    /// `dsse` 0.0.1.
    DsseV001,
    /// `intoto` 0.0.2.
    IntotoV002,
    /// `hashedrekord` 0.0.2, of Rekor v2, also for envelopes.
    HashedRekordV002,
}

impl EntryKind {
    /// Returns kind and version, as `kindVersion` has them.
    #[must_use]
    pub fn name_and_version(self) -> (&'static str, &'static str) {
        match self {
            Self::HashedRekordV001 => ("hashedrekord", "0.0.1"),
            Self::DsseV001 => ("dsse", "0.0.1"),
            Self::IntotoV002 => ("intoto", "0.0.2"),
            Self::HashedRekordV002 => ("hashedrekord", "0.0.2"),
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<S> {
    api_version: &'static str,
    kind: &'static str,
    spec: S,
}

impl<S: Serialize> Body<S> {
    fn of(kind: EntryKind, spec: S) -> Result<Vec<u8>, SandboxError> {
        let (kind, api_version) = kind.name_and_version();
        Ok(serde_json::to_vec(&Self {
            api_version,
            kind,
            spec,
        })?)
    }
}

// The fields below stand in the order of their names, which makes the text canonical.

#[derive(Serialize)]
struct HashValue {
    algorithm: &'static str,
    value: String,
}

impl HashValue {
    fn of(digest: &[u8]) -> Self {
        Self {
            algorithm: "sha256",
            value: hex::encode(digest),
        }
    }
}

/// Returns the body of a `hashedrekord` 0.0.1 entry.
pub(crate) fn hashed_rekord_v001(
    digest: &[u8],
    signature: &[u8],
    verifier: &Verifier,
) -> Result<Vec<u8>, SandboxError> {
    #[derive(Serialize)]
    struct Spec {
        data: Data,
        signature: Signature,
    }
    #[derive(Serialize)]
    struct Data {
        hash: HashValue,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Signature {
        content: String,
        public_key: Content,
    }
    #[derive(Serialize)]
    struct Content {
        content: String,
    }
    Body::of(
        EntryKind::HashedRekordV001,
        Spec {
            data: Data {
                hash: HashValue::of(digest),
            },
            signature: Signature {
                content: STANDARD.encode(signature),
                public_key: Content {
                    content: pem_in_base64(verifier)?,
                },
            },
        },
    )
}

/// Returns the body of a `dsse` 0.0.1 entry. The envelope's text is as it was sent: its hash is logged.
pub(crate) fn dsse_v001(
    text: &str,
    envelope: &Envelope,
    verifier: &Verifier,
) -> Result<Vec<u8>, SandboxError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec {
        envelope_hash: HashValue,
        payload_hash: HashValue,
        signatures: [Signature; 1],
    }
    #[derive(Serialize)]
    struct Signature {
        signature: String,
        verifier: String,
    }
    Body::of(
        EntryKind::DsseV001,
        Spec {
            envelope_hash: HashValue::of(&Sha256::digest(text)),
            payload_hash: HashValue::of(&Sha256::digest(&envelope.payload)),
            signatures: [Signature {
                signature: STANDARD.encode(&envelope.signature),
                verifier: pem_in_base64(verifier)?,
            }],
        },
    )
}

/// Returns the body of an `intoto` 0.0.2 entry, which has the signature in base64 twice.
pub(crate) fn intoto_v002(
    text: &str,
    envelope: &Envelope,
    verifier: &Verifier,
) -> Result<Vec<u8>, SandboxError> {
    #[derive(Serialize)]
    struct Spec<'a> {
        content: Content<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Content<'a> {
        envelope: LoggedEnvelope<'a>,
        hash: HashValue,
        payload_hash: HashValue,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct LoggedEnvelope<'a> {
        payload_type: &'a str,
        signatures: [Signature; 1],
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Signature {
        public_key: String,
        sig: String,
    }
    Body::of(
        EntryKind::IntotoV002,
        Spec {
            content: Content {
                envelope: LoggedEnvelope {
                    payload_type: &envelope.payload_type,
                    signatures: [Signature {
                        public_key: pem_in_base64(verifier)?,
                        sig: STANDARD.encode(STANDARD.encode(&envelope.signature)),
                    }],
                },
                hash: HashValue::of(&Sha256::digest(text)),
                payload_hash: HashValue::of(&Sha256::digest(&envelope.payload)),
            },
        },
    )
}

/// Returns the body of a `hashedrekord` 0.0.2 entry.
pub(crate) fn hashed_rekord_v002(
    digest: &[u8],
    signature: &[u8],
    verifier: &Verifier,
    key_details: &str,
) -> Result<Vec<u8>, SandboxError> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Spec<'a> {
        hashed_rekord_v002: Rekord<'a>,
    }
    #[derive(Serialize)]
    struct Rekord<'a> {
        data: Data,
        signature: Signature<'a>,
    }
    #[derive(Serialize)]
    struct Data {
        algorithm: &'static str,
        digest: String,
    }
    #[derive(Serialize)]
    struct Signature<'a> {
        content: String,
        verifier: LoggedVerifier<'a>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct LoggedVerifier<'a> {
        key_details: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        public_key: Option<Raw>,
        #[serde(skip_serializing_if = "Option::is_none")]
        x509_certificate: Option<Raw>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Raw {
        raw_bytes: String,
    }
    let raw = |der: &[u8]| {
        Some(Raw {
            raw_bytes: STANDARD.encode(der),
        })
    };
    let (public_key, x509_certificate) = match verifier {
        Verifier::PublicKey(der) => (raw(der), None),
        Verifier::Certificate(der) => (None, raw(der)),
    };
    Body::of(
        EntryKind::HashedRekordV002,
        Spec {
            hashed_rekord_v002: Rekord {
                data: Data {
                    algorithm: "SHA2_256",
                    digest: STANDARD.encode(digest),
                },
                signature: Signature {
                    content: STANDARD.encode(signature),
                    verifier: LoggedVerifier {
                        key_details,
                        public_key,
                        x509_certificate,
                    },
                },
            },
        },
    )
}

fn pem_in_base64(verifier: &Verifier) -> Result<String, SandboxError> {
    let pem = match verifier {
        Verifier::Certificate(der) => certificate_pem(der)?,
        Verifier::PublicKey(der) => public_key_pem(der)?,
    };
    Ok(STANDARD.encode(pem))
}

//! What a log entry is about: its body must name this signature, this certificate or key, and this content.
//!
//! The entry alone proves only that *something* was logged. Every client that forgot one of these comparisons
//! had to publish an advisory for it (CVE-2022-23649, CVE-2022-36056, CVE-2024-53267, CVE-2026-22703).

use std::borrow::Cow;
use std::fmt;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::Value;
use slsa_predicates::json::{self, JsonLimits};

use crate::attestation::{Content, Envelope, HashAlgorithm, LogEntry, MessageSignature};
use crate::engine::Question;
use crate::error::{Error, NotAuthentic, Undecided};
use crate::hash::sha256;
use crate::key::VerificationKey;

/// A part of a log entry's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum EntryField {
    /// The body as a whole.
    Body,
    /// Its `kind` and `apiVersion`, against those that the bundle claims.
    Kind,
    /// The signature.
    Signature,
    /// The certificate or public key.
    Verifier,
    /// The digest of the artifact or of what is signed.
    Digest,
    /// The digest of the payload.
    PayloadHash,
    /// The digest of the envelope.
    EnvelopeHash,
    /// The envelope's payload type.
    PayloadType,
}

impl fmt::Display for EntryField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Body => "body",
            Self::Kind => "kind",
            Self::Signature => "signature",
            Self::Verifier => "certificate or key",
            Self::Digest => "digest",
            Self::PayloadHash => "payload hash",
            Self::EnvelopeHash => "envelope hash",
            Self::PayloadType => "payload type",
        })
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a, T> {
    #[serde(borrow)]
    api_version: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    spec: T,
}

#[derive(Deserialize)]
struct Hash<'a> {
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    #[serde(borrow)]
    value: Cow<'a, str>,
}

#[derive(Deserialize)]
struct HashedRekord1<'a> {
    #[serde(borrow)]
    data: HashedRekord1Data<'a>,
    #[serde(borrow)]
    signature: HashedRekord1Signature<'a>,
}

#[derive(Deserialize)]
struct HashedRekord1Data<'a> {
    #[serde(borrow)]
    hash: Hash<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashedRekord1Signature<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
    #[serde(borrow)]
    public_key: HashedRekord1Key<'a>,
}

#[derive(Deserialize)]
struct HashedRekord1Key<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
}

#[derive(Deserialize)]
struct HashedRekord2<'a> {
    #[serde(borrow, rename = "hashedRekordV002")]
    record: HashedRekord2Record<'a>,
}

#[derive(Deserialize)]
struct HashedRekord2Record<'a> {
    #[serde(borrow)]
    data: HashedRekord2Data<'a>,
    #[serde(borrow)]
    signature: HashedRekord2Signature<'a>,
}

#[derive(Deserialize)]
struct HashedRekord2Data<'a> {
    #[serde(borrow)]
    algorithm: Cow<'a, str>,
    #[serde(borrow)]
    digest: Cow<'a, str>,
}

#[derive(Deserialize)]
struct HashedRekord2Signature<'a> {
    #[serde(borrow)]
    content: Cow<'a, str>,
    #[serde(borrow)]
    verifier: HashedRekord2Verifier<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct HashedRekord2Verifier<'a> {
    #[serde(borrow)]
    x509_certificate: Option<RawBytes<'a>>,
    #[serde(borrow)]
    public_key: Option<RawBytes<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RawBytes<'a> {
    #[serde(borrow)]
    raw_bytes: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Dsse1<'a> {
    #[serde(borrow)]
    payload_hash: Hash<'a>,
    #[serde(borrow)]
    signatures: Vec<Dsse1Signature<'a>>,
}

#[derive(Deserialize)]
struct Dsse1Signature<'a> {
    #[serde(borrow)]
    signature: Cow<'a, str>,
    #[serde(borrow)]
    verifier: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intoto1<'a> {
    #[serde(borrow)]
    content: Intoto1Content<'a>,
    #[serde(borrow)]
    public_key: Cow<'a, str>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intoto1Content<'a> {
    #[serde(borrow)]
    hash: Hash<'a>,
    #[serde(borrow)]
    payload_hash: Hash<'a>,
}

#[derive(Deserialize)]
struct Intoto2<'a> {
    #[serde(borrow)]
    content: Intoto2Content<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intoto2Content<'a> {
    #[serde(borrow)]
    envelope: Intoto2Envelope<'a>,
    #[serde(borrow)]
    payload_hash: Hash<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intoto2Envelope<'a> {
    #[serde(borrow)]
    payload_type: Cow<'a, str>,
    #[serde(borrow)]
    signatures: Vec<Intoto2Signature<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Intoto2Signature<'a> {
    #[serde(borrow)]
    sig: Cow<'a, str>,
    #[serde(borrow)]
    public_key: Cow<'a, str>,
}

/// Sees to it that the entry is about this signature. `verifier` is the DER of the certificate, or of the
/// public key where there is none.
pub(super) fn bind(
    entry: &LogEntry,
    question: &Question<'_>,
    key: &VerificationKey,
    verifier: &[u8],
) -> Result<(), Error> {
    let entry = Entry { entry, verifier };
    match (
        &question.attestation.content,
        entry.entry.kind.as_str(),
        entry.entry.version.as_str(),
    ) {
        (Content::Message(message), "hashedrekord", "0.0.1") => entry.hashedrekord_1(message, question),
        (Content::Message(message), "hashedrekord", "0.0.2") => {
            let algorithm = key.usual_hash();
            let logged = question.artifact.digest(algorithm.digest_algorithm());
            let logged = logged.and_then(|digest| hex::decode(digest.value()).ok());
            let missing = Undecided::DigestRequired {
                algorithm: algorithm.digest_algorithm().to_string(),
            };
            entry.hashedrekord_2(algorithm, &logged.ok_or(missing)?, &message.signature)
        }
        (Content::Envelope(envelope), "hashedrekord", "0.0.2") => {
            let algorithm = key.usual_hash();
            let encoding = envelope.pre_authentication_encoding();
            let logged = digest::digest(algorithm.implementation(), &encoding);
            entry.hashedrekord_2(algorithm, logged.as_ref(), &envelope.signature)
        }
        (Content::Envelope(envelope), "dsse", "0.0.1") => entry.dsse_1(envelope),
        (Content::Envelope(envelope), "intoto", "0.0.1") => entry.intoto_1(envelope),
        (Content::Envelope(envelope), "intoto", "0.0.2") => entry.intoto_2(envelope),
        (_, kind, version) => {
            let (log_index, kind, version) = (entry.entry.log_index, kind.to_owned(), version.to_owned());
            Err(NotAuthentic::LogEntryKind {
                log_index,
                kind,
                version,
            }
            .into())
        }
    }
}

struct Entry<'a> {
    entry: &'a LogEntry,
    verifier: &'a [u8],
}

impl<'a> Entry<'a> {
    fn hashedrekord_1(&self, message: &MessageSignature, question: &Question<'_>) -> Result<(), Error> {
        let spec: HashedRekord1<'_> = self.spec()?;
        let algorithm = match &*spec.data.hash.algorithm {
            "sha256" => HashAlgorithm::Sha2_256,
            "sha384" => HashAlgorithm::Sha2_384,
            "sha512" => HashAlgorithm::Sha2_512,
            _ => return Err(self.malformed(EntryField::Digest)),
        };
        let algorithm = algorithm.digest_algorithm();
        let digest = question.artifact.digest(algorithm);
        let digest = digest.ok_or(Undecided::DigestRequired {
            algorithm: algorithm.to_string(),
        })?;
        self.same(EntryField::Digest, spec.data.hash.value == digest.value())?;
        self.same_bytes(EntryField::Signature, &spec.signature.content, &message.signature)?;
        self.same_verifier(&spec.signature.public_key.content)
    }

    fn hashedrekord_2(&self, algorithm: HashAlgorithm, digest: &[u8], signature: &[u8]) -> Result<(), Error> {
        let HashedRekord2 { record } = self.spec()?;
        let logged = match &*record.data.algorithm {
            "SHA2_256" => HashAlgorithm::Sha2_256,
            "SHA2_384" => HashAlgorithm::Sha2_384,
            "SHA2_512" => HashAlgorithm::Sha2_512,
            _ => return Err(self.malformed(EntryField::Digest)),
        };
        self.same(EntryField::Digest, logged == algorithm)?;
        self.same_bytes(EntryField::Digest, &record.data.digest, digest)?;
        self.same_bytes(EntryField::Signature, &record.signature.content, signature)?;
        let verifier = match (
            &record.signature.verifier.x509_certificate,
            &record.signature.verifier.public_key,
        ) {
            (Some(verifier), None) | (None, Some(verifier)) => &verifier.raw_bytes,
            _ => return Err(self.malformed(EntryField::Verifier)),
        };
        self.same_bytes(EntryField::Verifier, verifier, self.verifier)
    }

    /// The entry's `envelopeHash` is over the JSON that was submitted, which a bundle does not keep. Payload,
    /// signature and verifier are all that it covers.
    fn dsse_1(&self, envelope: &Envelope) -> Result<(), Error> {
        let spec: Dsse1<'_> = self.spec()?;
        self.same_hash(
            EntryField::PayloadHash,
            &spec.payload_hash,
            &sha256(&envelope.payload),
        )?;
        let [logged] = spec.signatures.as_slice() else {
            return Err(self.mismatch(EntryField::Signature));
        };
        self.same_bytes(EntryField::Signature, &logged.signature, &envelope.signature)?;
        self.same_verifier(&logged.verifier)
    }

    /// This kind keeps no signature, only the hash of the envelope's JSON. So it can stand for an envelope
    /// that travels as that very JSON, and for no other.
    fn intoto_1(&self, envelope: &Envelope) -> Result<(), Error> {
        let spec: Intoto1<'_> = self.spec()?;
        let Some(json) = &envelope.sha256 else {
            return Err(self.mismatch(EntryField::EnvelopeHash));
        };
        self.same_hash(EntryField::EnvelopeHash, &spec.content.hash, json)?;
        self.same_hash(
            EntryField::PayloadHash,
            &spec.content.payload_hash,
            &sha256(&envelope.payload),
        )?;
        self.same_verifier(&spec.public_key)
    }

    fn intoto_2(&self, envelope: &Envelope) -> Result<(), Error> {
        let Intoto2 { content } = self.spec()?;
        self.same_hash(
            EntryField::PayloadHash,
            &content.payload_hash,
            &sha256(&envelope.payload),
        )?;
        self.same(
            EntryField::PayloadType,
            content.envelope.payload_type == envelope.payload_type,
        )?;
        let [logged] = content.envelope.signatures.as_slice() else {
            return Err(self.mismatch(EntryField::Signature));
        };
        // The envelope's own base64 was encoded once more when the entry was made.
        let once = self.decode(EntryField::Signature, &logged.sig)?;
        let once = String::from_utf8(once).map_err(|_| self.malformed(EntryField::Signature))?;
        self.same_bytes(EntryField::Signature, &once, &envelope.signature)?;
        self.same_verifier(&logged.public_key)
    }

    /// Reads the body, and compares the kind that it names with the one that the bundle claims for it.
    fn spec<T: Deserialize<'a>>(&self) -> Result<T, Error> {
        let malformed = |_| self.malformed(EntryField::Body);
        let body: Body<'a, T> =
            json::from_slice(&self.entry.body, &JsonLimits::default()).map_err(malformed)?;
        // Rekor logs the canonical form (RFC 8785) and no other, since its v0.4.0 of 2021.
        let value: Value =
            serde_json::from_slice(&self.entry.body).map_err(|_| self.malformed(EntryField::Body))?;
        let canonical =
            serde_json_canonicalizer::to_vec(&value).map_err(|_| self.malformed(EntryField::Body))?;
        if canonical != self.entry.body {
            return Err(self.malformed(EntryField::Body));
        }
        self.same(
            EntryField::Kind,
            body.kind == self.entry.kind && body.api_version == self.entry.version,
        )?;
        Ok(body.spec)
    }

    fn same_hash(&self, field: EntryField, logged: &Hash<'_>, digest: &[u8; 32]) -> Result<(), Error> {
        self.same(
            field,
            logged.algorithm == "sha256" && logged.value == hex::encode(digest),
        )
    }

    fn same_bytes(&self, field: EntryField, logged: &str, bytes: &[u8]) -> Result<(), Error> {
        self.same(field, self.decode(field, logged)? == bytes)
    }

    /// Compares the base64 of a PEM certificate or public key.
    fn same_verifier(&self, logged: &str) -> Result<(), Error> {
        let malformed = || self.malformed(EntryField::Verifier);
        let pem = String::from_utf8(self.decode(EntryField::Verifier, logged)?).map_err(|_| malformed())?;
        let pem = pem.trim();
        let body = ["CERTIFICATE", "PUBLIC KEY"].into_iter().find_map(|label| {
            pem.strip_prefix(&format!("-----BEGIN {label}-----"))?
                .strip_suffix(&format!("-----END {label}-----"))
        });
        let body: String = body.ok_or_else(malformed)?.split_ascii_whitespace().collect();
        let der = STANDARD.decode(body).map_err(|_| malformed())?;
        self.same(EntryField::Verifier, der == self.verifier)
    }

    fn decode(&self, field: EntryField, text: &str) -> Result<Vec<u8>, Error> {
        STANDARD.decode(text).map_err(|_| self.malformed(field))
    }

    fn same(&self, field: EntryField, same: bool) -> Result<(), Error> {
        if same { Ok(()) } else { Err(self.mismatch(field)) }
    }

    fn mismatch(&self, field: EntryField) -> Error {
        NotAuthentic::LogEntryMismatch {
            log_index: self.entry.log_index,
            field,
        }
        .into()
    }

    fn malformed(&self, field: EntryField) -> Error {
        NotAuthentic::LogEntryMalformed {
            log_index: self.entry.log_index,
            field,
        }
        .into()
    }
}

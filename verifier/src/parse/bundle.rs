//! Sigstore bundles, media type versions 0.1 to 0.3
//! (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>).
//!
//! ProtoJSON gives one message several spellings. What is read here is: lowerCamelCase and snake_case names,
//! but never both of one field; 64-bit numbers as strings or numbers; enumerations as names or numbers;
//! unknown fields are ignored; of a `oneof` exactly one arm.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::base64::{decode, decode_sha256};
use super::bounded;
use crate::attestation::{
    Attestation, Content, Form, HashAlgorithm, InclusionProof, KeyMaterial, LogEntry, MessageSignature,
};
use crate::error::ReadError;
use crate::limits::{Limit, Limits};
use crate::parse::envelope::{self, WireEnvelope};

/// What every Sigstore bundle's media type begins with.
pub(crate) const MEDIA_TYPE_PREFIX: &str = "application/vnd.dev.sigstore.bundle";

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBundle<'a> {
    #[serde(borrow, alias = "media_type")]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "verification_material")]
    verification_material: Option<WireMaterial<'a>>,
    #[serde(borrow, alias = "message_signature")]
    message_signature: Option<WireMessageSignature<'a>>,
    #[serde(borrow, alias = "dsse_envelope")]
    dsse_envelope: Option<WireEnvelope<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMaterial<'a> {
    #[serde(borrow)]
    certificate: Option<WireCertificate<'a>>,
    #[serde(borrow, alias = "x509_certificate_chain")]
    x509_certificate_chain: Option<WireChain<'a>>,
    #[serde(borrow, alias = "public_key")]
    public_key: Option<WirePublicKey<'a>>,
    #[serde(borrow, alias = "tlog_entries")]
    tlog_entries: Option<&'a RawValue>,
    #[serde(borrow, alias = "timestamp_verification_data")]
    timestamp_verification_data: Option<WireTimestamps<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireCertificate<'a> {
    #[serde(borrow, alias = "raw_bytes")]
    raw_bytes: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct WireChain<'a> {
    #[serde(borrow)]
    certificates: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WirePublicKey<'a> {
    #[serde(borrow)]
    hint: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTimestamps<'a> {
    #[serde(borrow, alias = "rfc3161_timestamps")]
    rfc3161_timestamps: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireTimestamp<'a> {
    #[serde(borrow, alias = "signed_timestamp")]
    signed_timestamp: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireMessageSignature<'a> {
    #[serde(borrow, alias = "message_digest")]
    message_digest: Option<WireMessageDigest<'a>>,
    #[serde(borrow)]
    signature: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct WireMessageDigest<'a> {
    #[serde(borrow)]
    algorithm: Option<WireHashAlgorithm<'a>>,
    #[serde(borrow)]
    digest: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WireHashAlgorithm<'a> {
    #[serde(borrow)]
    Name(Cow<'a, str>),
    Number(u32),
}

/// A 64-bit number, which ProtoJSON writes as a string.
#[derive(Deserialize)]
#[serde(untagged)]
enum WireInt<'a> {
    Number(i64),
    #[serde(borrow)]
    Text(Cow<'a, str>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEntry<'a> {
    #[serde(borrow, alias = "log_index")]
    log_index: Option<WireInt<'a>>,
    #[serde(borrow, alias = "log_id")]
    log_id: Option<WireLogId<'a>>,
    #[serde(borrow, alias = "kind_version")]
    kind_version: Option<WireKindVersion<'a>>,
    #[serde(borrow, alias = "integrated_time")]
    integrated_time: Option<WireInt<'a>>,
    #[serde(borrow, alias = "inclusion_promise")]
    inclusion_promise: Option<WirePromise<'a>>,
    #[serde(borrow, alias = "inclusion_proof")]
    inclusion_proof: Option<WireProof<'a>>,
    #[serde(borrow, alias = "canonicalized_body")]
    canonicalized_body: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireLogId<'a> {
    #[serde(borrow, alias = "key_id")]
    key_id: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct WireKindVersion<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WirePromise<'a> {
    #[serde(borrow, alias = "signed_entry_timestamp")]
    signed_entry_timestamp: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProof<'a> {
    #[serde(borrow, alias = "log_index")]
    log_index: Option<WireInt<'a>>,
    #[serde(borrow, alias = "root_hash")]
    root_hash: Option<Cow<'a, str>>,
    #[serde(borrow, alias = "tree_size")]
    tree_size: Option<WireInt<'a>>,
    #[serde(borrow)]
    hashes: Option<&'a RawValue>,
    #[serde(borrow)]
    checkpoint: Option<WireCheckpoint<'a>>,
}

#[derive(Deserialize)]
struct WireCheckpoint<'a> {
    #[serde(borrow)]
    envelope: Option<Cow<'a, str>>,
}

/// Reads one bundle. Duplicate keys and depth have been checked over the whole input before.
pub(crate) fn read(json: &[u8], limits: &Limits) -> Result<Attestation, ReadError> {
    let wire: WireBundle<'_> = super::typed(json)?;
    let media_type = wire.media_type.as_deref();
    let Some(form) = media_type.and_then(form_of) else {
        let found = media_type.map(|text| text.chars().take(128).collect());
        return Err(ReadError::MediaType { found });
    };
    let material = wire.verification_material.ok_or(ReadError::MissingField {
        field: "verificationMaterial",
    })?;
    let content = match (wire.dsse_envelope, wire.message_signature) {
        (Some(envelope), None) => Content::Envelope(envelope::convert(envelope, limits)?),
        (None, Some(message)) => Content::Message(message_signature(message, limits)?),
        (Some(_), Some(_)) => {
            return Err(ReadError::UnexpectedField {
                field: "messageSignature",
                because: "the bundle holds dsseEnvelope",
            });
        }
        (None, None) => {
            return Err(ReadError::MissingField {
                field: "dsseEnvelope or messageSignature",
            });
        }
    };
    let key = key_material(&material, form, limits)?;
    let log_entries = match material.tlog_entries {
        None => Vec::new(),
        Some(raw) => bounded::<WireEntry<'_>>(raw, Limit::LogEntries, limits.log_entries)?
            .into_iter()
            .map(|entry| log_entry(entry, limits))
            .collect::<Result<_, _>>()?,
    };
    let timestamps = match material
        .timestamp_verification_data
        .and_then(|data| data.rfc3161_timestamps)
    {
        None => Vec::new(),
        Some(raw) => bounded::<WireTimestamp<'_>>(raw, Limit::Timestamps, limits.timestamps)?
            .into_iter()
            .map(|timestamp| {
                let field = "rfc3161Timestamps.signedTimestamp";
                let text = timestamp
                    .signed_timestamp
                    .ok_or(ReadError::MissingField { field })?;
                let token = decode(field, &text, Limit::TimestampBytes, limits.timestamp_bytes)?;
                crate::der::check_timestamp(&token, limits).map(|()| token)
            })
            .collect::<Result<_, _>>()?,
    };
    Ok(Attestation {
        form,
        content,
        key,
        log_entries,
        timestamps,
    })
}

fn form_of(media_type: &str) -> Option<Form> {
    match media_type {
        "application/vnd.dev.sigstore.bundle+json;version=0.1" => Some(Form::BundleV0_1),
        "application/vnd.dev.sigstore.bundle+json;version=0.2" => Some(Form::BundleV0_2),
        "application/vnd.dev.sigstore.bundle+json;version=0.3"
        | "application/vnd.dev.sigstore.bundle.v0.3+json" => Some(Form::BundleV0_3),
        _ => None,
    }
}

fn key_material(material: &WireMaterial<'_>, form: Form, limits: &Limits) -> Result<KeyMaterial, ReadError> {
    match (
        &material.certificate,
        &material.x509_certificate_chain,
        &material.public_key,
    ) {
        (Some(certificate), None, None) => Ok(KeyMaterial::Certificate {
            leaf: der(certificate, limits)?,
        }),
        // From 0.3 on a bundle carries the leaf alone, so that nobody is led to trust the rest of the chain.
        (None, Some(_), None) if form == Form::BundleV0_3 => Err(ReadError::UnexpectedField {
            field: "x509CertificateChain",
            because: "bundles of version 0.3 carry one certificate",
        }),
        (None, Some(chain), None) => {
            let field = "x509CertificateChain.certificates";
            let raw = chain.certificates.ok_or(ReadError::MissingField { field })?;
            let chain = bounded::<WireCertificate<'_>>(raw, Limit::Certificates, limits.certificates)?;
            let chain = chain
                .iter()
                .map(|certificate| der(certificate, limits))
                .collect::<Result<Vec<_>, _>>()?;
            if !crate::certificate::is_ordered_chain(&chain)? {
                let because = "each certificate of a chain must be followed by its issuer";
                return Err(ReadError::UnexpectedField { field, because });
            }
            let leaf = chain
                .into_iter()
                .next()
                .ok_or(ReadError::MissingField { field })?;
            Ok(KeyMaterial::Certificate { leaf })
        }
        (None, None, Some(key)) => {
            let hint = key.hint.as_deref().unwrap_or_default().to_owned();
            if hint.len() > limits.name_bytes {
                return Err(ReadError::FieldValue {
                    field: "publicKey.hint",
                    expected: "a short text",
                });
            }
            Ok(KeyMaterial::PublicKey { hint })
        }
        (None, None, None) => Err(ReadError::MissingField {
            field: "certificate, x509CertificateChain or publicKey",
        }),
        _ => Err(ReadError::UnexpectedField {
            field: "verificationMaterial",
            because: "it holds more than one of certificate, x509CertificateChain and publicKey",
        }),
    }
}

fn der(certificate: &WireCertificate<'_>, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let field = "certificate.rawBytes";
    let text = certificate
        .raw_bytes
        .as_deref()
        .ok_or(ReadError::MissingField { field })?;
    let certificate = decode(field, text, Limit::CertificateBytes, limits.certificate_bytes)?;
    crate::der::check_depth(&certificate, limits).map(|()| certificate)
}

fn message_signature(wire: WireMessageSignature<'_>, limits: &Limits) -> Result<MessageSignature, ReadError> {
    let field = "messageSignature.signature";
    let signature = wire.signature.ok_or(ReadError::MissingField { field })?;
    let signature = decode(field, &signature, Limit::SignatureBytes, limits.signature_bytes)?;
    let digest = match wire.message_digest {
        None => None,
        Some(WireMessageDigest {
            algorithm: Some(algorithm),
            digest: Some(digest),
        }) => {
            let field = "messageSignature.messageDigest.digest";
            Some((
                hash_algorithm(&algorithm)?,
                decode(field, &digest, Limit::SignatureBytes, 64)?,
            ))
        }
        Some(_) => {
            return Err(ReadError::MissingField {
                field: "messageSignature.messageDigest",
            });
        }
    };
    Ok(MessageSignature { digest, signature })
}

fn hash_algorithm(wire: &WireHashAlgorithm<'_>) -> Result<HashAlgorithm, ReadError> {
    match wire {
        WireHashAlgorithm::Name(name) if name == "SHA2_256" => Ok(HashAlgorithm::Sha2_256),
        WireHashAlgorithm::Name(name) if name == "SHA2_384" => Ok(HashAlgorithm::Sha2_384),
        WireHashAlgorithm::Name(name) if name == "SHA2_512" => Ok(HashAlgorithm::Sha2_512),
        WireHashAlgorithm::Number(1) => Ok(HashAlgorithm::Sha2_256),
        WireHashAlgorithm::Number(2) => Ok(HashAlgorithm::Sha2_384),
        WireHashAlgorithm::Number(3) => Ok(HashAlgorithm::Sha2_512),
        _ => Err(ReadError::FieldValue {
            field: "messageSignature.messageDigest.algorithm",
            expected: "SHA2_256, SHA2_384 or SHA2_512",
        }),
    }
}

fn log_entry(wire: WireEntry<'_>, limits: &Limits) -> Result<LogEntry, ReadError> {
    let field = "tlogEntries.canonicalizedBody";
    let body = wire.canonicalized_body.ok_or(ReadError::MissingField { field })?;
    let body = decode(field, &body, Limit::LogBodyBytes, limits.log_body_bytes)?;
    let field = "tlogEntries.logId.keyId";
    let log_id = wire
        .log_id
        .and_then(|id| id.key_id)
        .ok_or(ReadError::MissingField { field })?;
    let log_id = decode_sha256(field, &log_id)?;
    let missing = ReadError::MissingField {
        field: "tlogEntries.kindVersion",
    };
    let Some(WireKindVersion {
        kind: Some(kind),
        version: Some(version),
    }) = wire.kind_version
    else {
        return Err(missing);
    };
    if kind.len() > 64 || version.len() > 64 {
        return Err(ReadError::FieldValue {
            field: "tlogEntries.kindVersion",
            expected: "a short name",
        });
    }
    let promise = match wire.inclusion_promise {
        None => None,
        Some(promise) => {
            let field = "tlogEntries.inclusionPromise.signedEntryTimestamp";
            let text = promise
                .signed_entry_timestamp
                .ok_or(ReadError::MissingField { field })?;
            Some(decode(
                field,
                &text,
                Limit::SignatureBytes,
                limits.signature_bytes,
            )?)
        }
    };
    let integrated_time = match wire.integrated_time {
        None => None,
        Some(value) => match int("tlogEntries.integratedTime", &value)? {
            // Rekor v2 has no integrated time; ProtoJSON may write the absent number as 0.
            0 => None,
            seconds => Some(i64::try_from(seconds).map_err(|_| ReadError::FieldValue {
                field: "tlogEntries.integratedTime",
                expected: NUMBER,
            })?),
        },
    };
    Ok(LogEntry {
        log_index: wire
            .log_index
            .map_or(Ok(0), |value| int("tlogEntries.logIndex", &value))?,
        log_id,
        kind: kind.into_owned(),
        version: version.into_owned(),
        integrated_time,
        promise,
        proof: wire
            .inclusion_proof
            .map(|proof| inclusion_proof(proof, limits))
            .transpose()?,
        body,
    })
}

fn inclusion_proof(wire: WireProof<'_>, limits: &Limits) -> Result<InclusionProof, ReadError> {
    let field = "tlogEntries.inclusionProof.checkpoint.envelope";
    let checkpoint = wire.checkpoint.and_then(|checkpoint| checkpoint.envelope);
    let checkpoint = checkpoint.ok_or(ReadError::MissingField { field })?;
    if checkpoint.len() > limits.checkpoint_bytes {
        let (found, max) = (checkpoint.len(), limits.checkpoint_bytes);
        return Err(ReadError::Limit {
            limit: Limit::CheckpointBytes,
            found,
            max,
        });
    }
    let hashes = match wire.hashes {
        None => Vec::new(),
        Some(raw) => bounded::<Cow<'_, str>>(raw, Limit::ProofHashes, limits.proof_hashes)?
            .iter()
            .map(|hash| decode_sha256("tlogEntries.inclusionProof.hashes", hash))
            .collect::<Result<_, _>>()?,
    };
    let root_hash = match wire.root_hash {
        None => Vec::new(),
        Some(text) => decode(
            "tlogEntries.inclusionProof.rootHash",
            &text,
            Limit::SignatureBytes,
            limits.signature_bytes,
        )?,
    };
    let number = |field, value: Option<WireInt<'_>>| value.map_or(Ok(0), |value| int(field, &value));
    Ok(InclusionProof {
        log_index: number("tlogEntries.inclusionProof.logIndex", wire.log_index)?,
        tree_size: number("tlogEntries.inclusionProof.treeSize", wire.tree_size)?,
        root_hash,
        hashes,
        checkpoint: checkpoint.into_owned(),
    })
}

const NUMBER: &str = "a non-negative 64-bit number";

/// Reads a non-negative `int64` in its one decimal form.
fn int(field: &'static str, wire: &WireInt<'_>) -> Result<u64, ReadError> {
    let number = match wire {
        WireInt::Number(number) => Some(*number),
        WireInt::Text(text) => text
            .parse::<i64>()
            .ok()
            .filter(|number| number.to_string() == *text),
    };
    number
        .and_then(|number| u64::try_from(number).ok())
        .ok_or(ReadError::FieldValue {
            field,
            expected: NUMBER,
        })
}

//! Attestations of an image inside an OCI layout
//! (<https://github.com/opencontainers/image-spec/blob/main/image-layout.md>): cosign's `.att` image, whose
//! layers are envelopes with certificate and log entry in their annotations, and Sigstore bundles attached as
//! referrers.
//!
//! A layout is content-addressed, and its directory is not trusted to keep that promise: each blob's digest is
//! computed again. Which attestation is about which image is decided by the subjects of the statements alone.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::value::RawValue;
use slsa_predicates::json;

use super::base64::{decode, decode_sha256};
use super::{ParsedItem, bounded, bundle, envelope, typed};
use crate::attestation::{Attestation, Content, Form, KeyMaterial, LogEntry};
use crate::error::ReadError;
use crate::hash::sha256;
use crate::limits::{Limit, Limits};

/// Bytes of an image's index or manifest: 4 MiB, as in the distribution specification and notation.
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// Manifests and layers looked at in one layout: 128, for 100 attestations and what belongs to the image.
const MAX_DESCRIPTORS: usize = 128;

/// Where an OCI layout's bytes come from.
pub trait BlobStore {
    /// Returns `index.json`, or at most one byte more than `max` of it.
    fn index(&self, max: usize) -> Option<Vec<u8>>;
    /// Returns the blob `blobs/sha256/<hex>`, or at most one byte more than `max` of it; `None` where there
    /// is none.
    fn blob(&self, sha256: &str, max: usize) -> Option<Vec<u8>>;
}

/// What an OCI layout holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ImageAttestations {
    /// The attestations, in the order of the layout.
    pub items: Vec<ParsedItem>,
    /// The digests (`sha256:…`) of the manifests and indexes that the layout lists as images.
    pub images: Vec<String>,
}

#[derive(Deserialize)]
struct Index<'a> {
    #[serde(borrow)]
    manifests: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Descriptor<'a> {
    #[serde(borrow)]
    media_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    digest: Cow<'a, str>,
    #[serde(borrow)]
    artifact_type: Option<Cow<'a, str>>,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Manifest<'a> {
    #[serde(borrow)]
    artifact_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    layers: Option<&'a RawValue>,
}

/// The annotation `dev.sigstore.cosign/bundle`: Rekor's answer, as cosign keeps it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct RekorBundle<'a> {
    #[serde(borrow)]
    signed_entry_timestamp: Cow<'a, str>,
    #[serde(borrow)]
    payload: RekorPayload<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RekorPayload<'a> {
    #[serde(borrow)]
    body: Cow<'a, str>,
    integrated_time: i64,
    log_index: u64,
    #[serde(borrow, rename = "logID")]
    log_id: Cow<'a, str>,
}

/// Reads every attestation of an OCI layout.
///
/// # Errors
/// [`ReadError::OciLayout`] for a layout without index or with a blob that is not what its digest says;
/// [`ReadError::Limit`]; [`ReadError::NoAttestation`]. A broken attestation among several is an error of its
/// [`ParsedItem`] alone.
pub fn read_oci_layout(store: &dyn BlobStore, limits: &Limits) -> Result<ImageAttestations, ReadError> {
    let missing = || ReadError::OciLayout {
        reason: "missing or too large",
        digest: "index.json".to_owned(),
    };
    let index = store
        .index(MAX_MANIFEST_BYTES)
        .filter(|bytes| bytes.len() <= MAX_MANIFEST_BYTES);
    let index = index.ok_or_else(missing)?;
    json::check(&index, &limits.json())?;
    let index: Index<'_> = typed(&index)?;
    let manifests = index
        .manifests
        .ok_or(ReadError::MissingField { field: "manifests" })?;
    let manifests = bounded::<Descriptor<'_>>(manifests, Limit::Attestations, MAX_DESCRIPTORS)?;
    // All layers together may be as large as one input, however many manifests name the same blob.
    let mut budget = limits.input_bytes;
    let mut found = ImageAttestations {
        items: Vec::new(),
        images: Vec::new(),
    };
    for descriptor in &manifests {
        let blob = checked_blob(store, &descriptor.digest, MAX_MANIFEST_BYTES)?;
        json::check(&blob, &limits.json())?;
        let manifest: Manifest<'_> = typed(&blob)?;
        let artifact_type = manifest
            .artifact_type
            .as_deref()
            .or(descriptor.artifact_type.as_deref());
        let is_referrer = artifact_type.is_some_and(|kind| kind.starts_with(bundle::MEDIA_TYPE_PREFIX));
        if !is_referrer && !is_cosign_attachment(descriptor) {
            found.images.push(descriptor.digest.to_string());
            continue;
        }
        let Some(layers) = manifest.layers else { continue };
        for layer in bounded::<Descriptor<'_>>(layers, Limit::Attestations, MAX_DESCRIPTORS)? {
            let position = found.items.len().saturating_add(1);
            if position > limits.attestations {
                let (limit, max) = (Limit::Attestations, limits.attestations);
                return Err(ReadError::Limit {
                    limit,
                    found: position,
                    max,
                });
            }
            found.items.push(ParsedItem {
                position,
                result: read_layer(store, &layer, is_referrer, &mut budget, limits),
            });
        }
    }
    if found.items.is_empty() {
        Err(ReadError::NoAttestation)
    } else {
        Ok(found)
    }
}

fn is_cosign_attachment(descriptor: &Descriptor<'_>) -> bool {
    let annotation = |name: &str| descriptor.annotations.get(name).map(String::as_str);
    annotation("kind") == Some("dev.cosignproject.cosign/atts")
        || annotation("org.opencontainers.image.ref.name").is_some_and(|name| name.ends_with(".att"))
}

fn read_layer(
    store: &dyn BlobStore,
    layer: &Descriptor<'_>,
    is_bundle: bool,
    budget: &mut usize,
    limits: &Limits,
) -> Result<Attestation, ReadError> {
    let blob = checked_blob(store, &layer.digest, *budget)?;
    *budget = budget.saturating_sub(blob.len());
    json::check(&blob, &limits.json())?;
    if is_bundle
        || layer
            .media_type
            .as_deref()
            .is_some_and(|kind| kind.starts_with(bundle::MEDIA_TYPE_PREFIX))
    {
        return bundle::read(&blob, limits);
    }
    let mut attestation = envelope::read(&blob, limits)?;
    let annotation = |name: &str| layer.annotations.get(name).filter(|value| !value.is_empty());
    let Some(certificate) = annotation("dev.sigstore.cosign/certificate") else {
        return Ok(attestation);
    };
    let field = "dev.sigstore.cosign/certificate";
    attestation.key = KeyMaterial::Certificate {
        leaf: envelope::leaf_of_pem(field, certificate, limits)?,
    };
    if let Some(rekor) = annotation("dev.sigstore.cosign/bundle") {
        attestation.form = Form::CosignAttachment;
        attestation.log_entries = vec![rekor_entry(rekor, limits)?];
    }
    if let Some(timestamp) = annotation("dev.sigstore.cosign/rfc3161timestamp") {
        attestation.form = Form::CosignAttachment;
        attestation.timestamps = vec![rfc3161_timestamp(timestamp, limits)?];
    }
    if let Content::Envelope(envelope) = &mut attestation.content {
        envelope.sha256 = Some(sha256(&blob));
    }
    Ok(attestation)
}

fn rfc3161_timestamp(json: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "PascalCase")]
    struct Timestamp<'a> {
        #[serde(borrow, rename = "SignedRFC3161Timestamp")]
        signed: Cow<'a, str>,
    }

    json::check(json.as_bytes(), &limits.json())?;
    let timestamp: Timestamp<'_> = typed(json.as_bytes())?;
    let field = "dev.sigstore.cosign/rfc3161timestamp";
    let token = decode(
        field,
        &timestamp.signed,
        Limit::TimestampBytes,
        limits.timestamp_bytes,
    )?;
    crate::der::check_timestamp(&token, limits).map(|()| token)
}

/// Reads the entry whose body says itself what kind it is of.
fn rekor_entry(json: &str, limits: &Limits) -> Result<LogEntry, ReadError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Kind<'a> {
        #[serde(borrow)]
        kind: Cow<'a, str>,
        #[serde(borrow)]
        api_version: Cow<'a, str>,
    }

    const FIELD: &str = "dev.sigstore.cosign/bundle";
    json::check(json.as_bytes(), &limits.json())?;
    let rekor: RekorBundle<'_> = typed(json.as_bytes())?;
    let body = decode(
        FIELD,
        &rekor.payload.body,
        Limit::LogBodyBytes,
        limits.log_body_bytes,
    )?;
    json::check(&body, &limits.json())?;
    let Kind { kind, api_version } = typed(&body)?;
    let (kind, version) = (kind.into_owned(), api_version.into_owned());
    let log_id = hex::decode(&*rekor.payload.log_id)
        .ok()
        .and_then(|id| <[u8; 32]>::try_from(id).ok());
    let log_id = match log_id {
        Some(id) => id,
        None => decode_sha256(FIELD, &rekor.payload.log_id)?,
    };
    let promise = decode(
        FIELD,
        &rekor.signed_entry_timestamp,
        Limit::SignatureBytes,
        limits.signature_bytes,
    )?;
    Ok(LogEntry {
        log_index: rekor.payload.log_index,
        log_id,
        kind,
        version,
        integrated_time: Some(rekor.payload.integrated_time),
        promise: Some(promise),
        proof: None,
        body,
    })
}

/// Reads a blob, and computes its digest again.
fn checked_blob(store: &dyn BlobStore, digest: &str, max: usize) -> Result<Vec<u8>, ReadError> {
    let refusal = |reason| ReadError::OciLayout {
        reason,
        digest: digest.chars().take(80).collect(),
    };
    let hex = digest.strip_prefix("sha256:").filter(|hex| is_sha256_hex(hex));
    let hex = hex.ok_or_else(|| refusal("not a sha256 digest:"))?;
    let blob = store.blob(hex, max).ok_or_else(|| refusal("no blob"))?;
    if blob.len() > max {
        return Err(ReadError::Limit {
            limit: Limit::InputBytes,
            found: blob.len(),
            max,
        });
    }
    if hex::encode(sha256(&blob)) != hex {
        return Err(refusal("other bytes than the digest says:"));
    }
    Ok(blob)
}

/// A name that is safe as the last part of a path.
fn is_sha256_hex(hex: &str) -> bool {
    hex.len() == 64 && hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

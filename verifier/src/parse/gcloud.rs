//! What `gcloud artifacts docker images describe --format json --show-provenance` prints of an image.
//!
//! It is an answer of Google's Container Analysis: a summary of the image, and beside each provenance some
//! fields and a readable text that nobody signed. Only the envelopes are signed. What the rest must agree with
//! is for [`check_gcloud`](crate::check_gcloud) to say.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;
use slsa_predicates::json::{self, JsonLimits};

use super::{ParsedItem, bounded, envelope, typed};
use crate::attestation::{Attestation, Content, Envelope, Form, KeyMaterial, SignedOver};
use crate::error::ReadError;
use crate::limits::{Limit, Limits};

/// What `gcloud` prints of an image. Nothing of it is believed yet.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcloudImage {
    /// The image's digest (`image_summary.digest`), such as `sha256:e3b0c442…`.
    pub digest: Option<String>,
    /// The image's name with its digest (`image_summary.fully_qualified_digest`).
    pub fully_qualified_digest: Option<String>,
    /// The provenances, in their order: read, or with the reason why they could not be.
    pub provenances: Vec<GcloudItem>,
    /// The limits under which the texts are compared.
    pub(crate) json: JsonLimits,
}

/// One provenance of an image, or why it could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcloudItem {
    /// Its place in the list, from 1.
    pub position: usize,
    /// The provenance.
    pub result: Result<GcloudProvenance, ReadError>,
}

/// A provenance, and what Google wrote beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcloudProvenance {
    /// The kind of the note, `BUILD` for provenance. Not signed.
    pub kind: Option<String>,
    /// The image that the note is about, as a URI with its digest. Not signed.
    pub resource_uri: Option<String>,
    /// The statement as readable text, in each form that is there. Not signed.
    pub texts: Vec<GcloudText>,
    /// One attestation for each signature, in their order: all of the same payload.
    pub signatures: Vec<ParsedItem>,
}

/// A statement as readable text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GcloudText {
    /// The field that it stands in.
    pub field: &'static str,
    /// Its JSON, exactly as it was printed.
    pub json: String,
}

#[derive(Deserialize)]
struct WireImage<'a> {
    #[serde(borrow)]
    image_summary: Option<WireSummary<'a>>,
    #[serde(borrow)]
    provenance_summary: Option<WireProvenances<'a>>,
}

#[derive(Deserialize)]
struct WireSummary<'a> {
    #[serde(borrow)]
    digest: Option<Cow<'a, str>>,
    #[serde(borrow)]
    fully_qualified_digest: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct WireProvenances<'a> {
    #[serde(borrow)]
    provenance: Option<&'a RawValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireProvenance<'a> {
    #[serde(borrow)]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resource_uri: Option<Cow<'a, str>>,
    #[serde(borrow)]
    build: Option<WireBuild<'a>>,
    #[serde(borrow)]
    envelope: Option<WireEnvelope<'a>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireBuild<'a> {
    #[serde(borrow)]
    intoto_statement: Option<&'a RawValue>,
    #[serde(borrow)]
    in_toto_slsa_provenance_v1: Option<&'a RawValue>,
}

/// As in [`envelope`], but for what `gcloud` never prints: the other spelling, and a certificate.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireEnvelope<'a> {
    #[serde(borrow)]
    payload_type: Option<Cow<'a, str>>,
    #[serde(borrow)]
    payload: Option<Cow<'a, str>>,
    #[serde(borrow)]
    signatures: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct WireSignature<'a> {
    #[serde(borrow)]
    sig: Option<Cow<'a, str>>,
    #[serde(borrow)]
    keyid: Option<Cow<'a, str>>,
}

/// Reads what `gcloud artifacts docker images describe --format json --show-provenance` printed.
///
/// Envelopes whose key id is one of Google's regional keys are verified over their payload alone, as those keys
/// sign it; see [`gcloud_key_name`](crate::gcloud_key_name).
///
/// # Errors
/// [`ReadError::Limit`] for an input beyond its limits; [`ReadError::Json`] where it is not JSON of this shape,
/// or repeats a key; [`ReadError::NoAttestation`] where it lists no provenance. A broken provenance or signature
/// among several is an error of its own item alone.
pub fn parse_gcloud(bytes: &[u8], limits: &Limits) -> Result<GcloudImage, ReadError> {
    if bytes.len() > limits.input_bytes {
        let (limit, found, max) = (Limit::InputBytes, bytes.len(), limits.input_bytes);
        return Err(ReadError::Limit { limit, found, max });
    }
    json::check(bytes, &limits.json())?;
    let wire: WireImage<'_> = typed(bytes)?;
    let (digest, fully_qualified_digest) = wire.image_summary.map_or((None, None), |summary| {
        (summary.digest, summary.fully_qualified_digest)
    });
    let list = wire.provenance_summary.and_then(|summary| summary.provenance);
    let list = list.ok_or(ReadError::NoAttestation)?;
    let list = bounded::<&RawValue>(list, Limit::Attestations, limits.attestations)?;
    if list.is_empty() {
        return Err(ReadError::NoAttestation);
    }
    let mut provenances = Vec::new();
    let mut attestations = 0_usize;
    for (index, raw) in list.into_iter().enumerate() {
        let result = provenance(raw, limits);
        let signatures = result.as_ref().map_or(0, |read| read.signatures.len());
        attestations = attestations.saturating_add(signatures);
        if attestations > limits.attestations {
            let (limit, found, max) = (Limit::Attestations, attestations, limits.attestations);
            return Err(ReadError::Limit { limit, found, max });
        }
        let position = index.saturating_add(1);
        provenances.push(GcloudItem { position, result });
    }
    Ok(GcloudImage {
        digest: short("image_summary.digest", digest, limits)?,
        fully_qualified_digest: short(
            "image_summary.fully_qualified_digest",
            fully_qualified_digest,
            limits,
        )?,
        provenances,
        json: limits.json(),
    })
}

fn provenance(raw: &RawValue, limits: &Limits) -> Result<GcloudProvenance, ReadError> {
    let wire: WireProvenance<'_> = typed(raw.get().as_bytes())?;
    let mut texts = Vec::new();
    if let Some(build) = wire.build {
        for (field, raw) in [
            ("build.intotoStatement", build.intoto_statement),
            ("build.inTotoSlsaProvenanceV1", build.in_toto_slsa_provenance_v1),
        ] {
            texts.extend(raw.map(|raw| GcloudText {
                field,
                json: raw.get().to_owned(),
            }));
        }
    }
    let envelope = wire
        .envelope
        .ok_or(ReadError::MissingField { field: "envelope" })?;
    Ok(GcloudProvenance {
        kind: short("kind", wire.kind, limits)?,
        resource_uri: short("resourceUri", wire.resource_uri, limits)?,
        texts,
        signatures: signatures(envelope, limits)?,
    })
}

/// Makes an attestation of each signature.
fn signatures(wire: WireEnvelope<'_>, limits: &Limits) -> Result<Vec<ParsedItem>, ReadError> {
    let field = "envelope.signatures";
    let list = wire.signatures.ok_or(ReadError::MissingField { field })?;
    let list = bounded::<&RawValue>(list, Limit::Signatures, limits.signatures)?;
    if list.is_empty() {
        return Err(ReadError::MissingField { field });
    }
    let payload_type = envelope::payload_type(wire.payload_type, limits)?;
    let payload = envelope::payload(wire.payload, limits)?;
    let items = list.into_iter().enumerate().map(|(index, raw)| {
        let result = typed::<WireSignature<'_>>(raw.get().as_bytes())
            .and_then(|wire| envelope::sig_and_keyid(wire.sig, wire.keyid, limits))
            .map(|(signature, keyid)| {
                let envelope = Envelope {
                    payload_type: payload_type.clone(),
                    payload: payload.clone(),
                    signature,
                    signed_over: signed_over(keyid.as_deref()),
                    keyid,
                    sha256: None,
                };
                Attestation {
                    form: Form::Envelope,
                    content: Content::Envelope(envelope),
                    key: KeyMaterial::None,
                    log_entries: Vec::new(),
                    timestamps: Vec::new(),
                }
            });
        let position = index.saturating_add(1);
        ParsedItem { position, result }
    });
    Ok(items.collect())
}

fn signed_over(keyid: Option<&str>) -> SignedOver {
    if keyid.is_some_and(crate::gcloud::signs_payload) {
        SignedOver::Payload
    } else {
        SignedOver::PreAuthenticationEncoding
    }
}

fn short(
    field: &'static str,
    text: Option<Cow<'_, str>>,
    limits: &Limits,
) -> Result<Option<String>, ReadError> {
    match text {
        Some(text) if text.len() > limits.name_bytes => {
            let expected = "a short text";
            Err(ReadError::FieldValue { field, expected })
        }
        text => Ok(text.map(Cow::into_owned)),
    }
}

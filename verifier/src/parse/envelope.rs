//! DSSE envelopes (<https://github.com/secure-systems-lab/dsse/blob/master/envelope.md>), alone or in a bundle.

use std::borrow::Cow;

use base64::Engine as _;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::base64::decode;
use super::bounded;
use crate::attestation::{Attestation, Content, Envelope, Form, KeyMaterial, SignedOver};
use crate::error::ReadError;
use crate::limits::{Limit, Limits};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WireEnvelope<'a> {
    #[serde(borrow, alias = "payload_type")]
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
    /// PEM of the signer's certificate: slsa-github-generator's addition.
    #[serde(borrow)]
    cert: Option<Cow<'a, str>>,
}

/// Reads an envelope that stands alone. Its certificate, if it has one, is the signature's `cert`.
pub(crate) fn read(json: &[u8], limits: &Limits) -> Result<Attestation, ReadError> {
    let wire: WireEnvelope<'_> = super::typed(json)?;
    let (mut envelope, certificate) = convert_with_certificate(wire, limits)?;
    envelope.sha256 = Some(crate::hash::sha256(json));
    let key = match certificate {
        None => KeyMaterial::None,
        Some(pem) => KeyMaterial::Certificate {
            leaf: leaf_of_pem("signatures.cert", &pem, limits)?,
        },
    };
    Ok(Attestation {
        form: Form::Envelope,
        content: Content::Envelope(envelope),
        key,
        log_entries: Vec::new(),
        timestamps: Vec::new(),
    })
}

/// Takes over the envelope of a bundle, whose certificate stands elsewhere.
pub(crate) fn convert(wire: WireEnvelope<'_>, limits: &Limits) -> Result<Envelope, ReadError> {
    convert_with_certificate(wire, limits).map(|(envelope, _)| envelope)
}

fn convert_with_certificate<'a>(
    wire: WireEnvelope<'a>,
    limits: &Limits,
) -> Result<(Envelope, Option<Cow<'a, str>>), ReadError> {
    let payload_type = payload_type(wire.payload_type, limits)?;
    let raw = wire
        .signatures
        .ok_or(ReadError::MissingField { field: "signatures" })?;
    let signatures = bounded::<WireSignature<'_>>(raw, Limit::Certificates, limits.certificates)?;
    let found = signatures.len();
    let Ok([signature]) = <[WireSignature<'_>; 1]>::try_from(signatures) else {
        return Err(ReadError::SignatureCount { found });
    };
    let (sig, keyid) = sig_and_keyid(signature.sig, signature.keyid, limits)?;
    let envelope = Envelope {
        payload_type,
        payload: payload(wire.payload, limits)?,
        signature: sig,
        keyid,
        signed_over: SignedOver::PreAuthenticationEncoding,
        sha256: None,
    };
    Ok((envelope, signature.cert.filter(|cert| !cert.is_empty())))
}

/// Takes over an envelope's payload type.
pub(super) fn payload_type(text: Option<Cow<'_, str>>, limits: &Limits) -> Result<String, ReadError> {
    let field = "payloadType";
    let text = text.ok_or(ReadError::MissingField { field })?;
    if text.len() > limits.name_bytes {
        let expected = "a short name";
        return Err(ReadError::FieldValue { field, expected });
    }
    Ok(text.into_owned())
}

/// Decodes an envelope's payload.
pub(super) fn payload(text: Option<Cow<'_, str>>, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    let field = "payload";
    let text = text.ok_or(ReadError::MissingField { field })?;
    decode(field, &text, Limit::PayloadBytes, limits.payload_bytes)
}

/// Decodes a signature, and takes over the name of its key. An empty name is none.
pub(super) fn sig_and_keyid(
    sig: Option<Cow<'_, str>>,
    keyid: Option<Cow<'_, str>>,
    limits: &Limits,
) -> Result<(Vec<u8>, Option<String>), ReadError> {
    let field = "signatures.sig";
    let sig = sig.ok_or(ReadError::MissingField { field })?;
    let sig = decode(field, &sig, Limit::SignatureBytes, limits.signature_bytes)?;
    let keyid = keyid.filter(|keyid| !keyid.is_empty());
    if keyid
        .as_ref()
        .is_some_and(|keyid| keyid.len() > limits.name_bytes)
    {
        return Err(ReadError::FieldValue {
            field: "signatures.keyid",
            expected: "a short text",
        });
    }
    Ok((sig, keyid.map(Cow::into_owned)))
}

/// Returns the DER of the first certificate in a PEM text.
pub(crate) fn leaf_of_pem(field: &'static str, pem: &str, limits: &Limits) -> Result<Vec<u8>, ReadError> {
    // A PEM text is a third longer than its DER, and a chain may follow the leaf.
    let max = limits
        .certificate_bytes
        .saturating_mul(2)
        .saturating_mul(limits.certificates);
    if pem.len() > max {
        return Err(ReadError::Limit {
            limit: Limit::CertificateBytes,
            found: pem.len(),
            max,
        });
    }
    let body = pem
        .split_once("-----BEGIN CERTIFICATE-----")
        .and_then(|(_, rest)| rest.split_once("-----END CERTIFICATE-----"))
        .map(|(body, _)| body.split_ascii_whitespace().collect::<String>())
        .ok_or(ReadError::FieldValue {
            field,
            expected: "a PEM certificate",
        })?;
    let der = base64::engine::general_purpose::STANDARD
        .decode(body)
        .map_err(|_| ReadError::FieldValue {
            field,
            expected: "a PEM certificate",
        })?;
    if der.len() > limits.certificate_bytes {
        let max = limits.certificate_bytes;
        return Err(ReadError::Limit {
            limit: Limit::CertificateBytes,
            found: der.len(),
            max,
        });
    }
    crate::der::check_depth(&der, limits)?;
    Ok(der)
}

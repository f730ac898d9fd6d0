//! `trusted_root.json` and `signing_config.json`: whom to believe, and where to ask
//! (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::error::SandboxError;
use crate::key::Key;

/// The beginning of all validity in the sandbox.
const START: &str = "2025-01-01T00:00:00Z";

/// Returns an authority of certificates, or of timestamps.
pub(crate) fn authority(name: &str, uri: &str, chain: &[Vec<u8>]) -> Value {
    let certificates: Vec<Value> = chain
        .iter()
        .map(|der| json!({ "rawBytes": STANDARD.encode(der) }))
        .collect();
    json!({
        "subject": { "organization": crate::sandbox::ORGANISATION, "commonName": name },
        "uri": uri,
        "certChain": { "certificates": certificates },
        "validFor": { "start": START },
    })
}

/// Returns a log.
pub(crate) fn log(url: &str, key: &Key, id: &[u8; 32]) -> Result<Value, SandboxError> {
    Ok(json!({
        "baseUrl": url,
        "hashAlgorithm": "SHA2_256",
        "publicKey": {
            "rawBytes": STANDARD.encode(key.spki()?),
            "keyDetails": key.details(),
            "validFor": { "start": START },
        },
        "logId": { "keyId": STANDARD.encode(id) },
    }))
}

/// Returns a trust root of these parts.
pub(crate) fn trusted_root(
    logs: &[Value],
    authorities: &[Value],
    ct_logs: &[Value],
    tsas: &[Value],
) -> Value {
    json!({
        "mediaType": "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
        "tlogs": logs,
        "certificateAuthorities": authorities,
        "ctlogs": ct_logs,
        "timestampAuthorities": tsas,
    })
}

/// Returns a signing configuration of services at these URLs; a log with its version.
pub(crate) fn signing_config(issuer: &str, fulcio: &str, log: Option<(&str, u32)>, tsa: &str) -> Value {
    let service = |url: &str, version: u32| {
        json!({
            "url": url,
            "majorApiVersion": version,
            "validFor": { "start": START },
            "operator": crate::sandbox::ORGANISATION,
        })
    };
    json!({
        "mediaType": "application/vnd.dev.sigstore.signingconfig.v0.2+json",
        "caUrls": [service(fulcio, 1)],
        "oidcUrls": [service(issuer, 1)],
        "rekorTlogUrls": log.iter().map(|(url, version)| service(url, *version)).collect::<Vec<_>>(),
        "rekorTlogConfig": { "selector": "ANY" },
        "tsaUrls": [service(tsa, 1)],
        "tsaConfig": { "selector": "ANY" },
    })
}

//! What `gcloud` prints of an image, made up.

#![allow(dead_code, reason = "each test file uses a part of it")]

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};

pub(crate) fn digest() -> String {
    format!("sha256:{}", "1".repeat(64))
}

pub(crate) fn envelope(payload: &[u8], signatures: &[(&str, Vec<u8>)]) -> Value {
    let signatures: Vec<Value> = signatures
        .iter()
        .map(|(keyid, sig)| json!({ "keyid": keyid, "sig": URL_SAFE.encode(sig) }))
        .collect();
    json!({ "payloadType": "application/vnd.in-toto+json", "payload": STANDARD.encode(payload), "signatures": signatures })
}

pub(crate) fn image(provenances: &[Value]) -> Value {
    let name = format!("https://host/name@{}", digest());
    let listed: Vec<Value> = provenances
        .iter()
        .map(|envelope| json!({ "kind": "BUILD", "resourceUri": name, "envelope": envelope }))
        .collect();
    json!({
        "image_summary": { "digest": digest(), "fully_qualified_digest": name },
        "provenance_summary": { "provenance": listed },
    })
}

//! Rekor v1: entries are promised, proven, and found again
//! (<https://github.com/sigstore/rekor/blob/main/openapi.yaml>).

use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Refusal, Shared, base64, text};
use crate::certificate::{public_key_pem, read_pem};
use crate::entry::{EntryKind, Envelope, Verifier};
use crate::error::SandboxError;
use crate::fault::{Fault, Service};
use crate::log::{EARLIER_ENTRIES, LogEntry};

/// Bytes of an entry: 32 MiB, for an envelope with a payload of 16 MiB.
const MAX_ENTRY_BYTES: usize = 32 << 20;

/// Returns the routes.
pub(crate) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/api/v1/log/entries", post(create).get(by_index))
        .route("/api/v1/log/entries/{uuid}", get(by_uuid))
        .route("/api/v1/log/entries/retrieve", post(retrieve))
        .route("/api/v1/index/retrieve", post(search))
        .route("/api/v1/log", get(log))
        .route("/api/v1/log/publicKey", get(public_key))
        .layer(DefaultBodyLimit::max(MAX_ENTRY_BYTES))
        .layer(shared.faults.layer(Service::Rekor))
        .with_state(shared.clone())
}

async fn create(State(shared): State<Shared>, Json(proposed): Json<Value>) -> Result<Response, Refusal> {
    let sandbox = &shared.sandbox;
    if shared.commits(Service::Rekor, &Fault::OtherEntry) {
        // An honest entry of somebody else's signature.
        return Ok(created(&super::rekor_v2::somebody_elses(
            sandbox,
            EntryKind::DsseV001,
        )?));
    }
    let size = sandbox.rekor_v1().tree().size();
    let mut entry = append(&shared, &proposed)?;
    if entry.tree_index < size {
        let location = format!("/api/v1/log/entries/{}", entry.uuid());
        let message = "an equivalent entry already exists in the transparency log with UUID";
        let body = json!({ "code": 409, "message": format!("{message} {}", entry.uuid()) });
        return Ok((StatusCode::CONFLICT, [(LOCATION, location)], Json(body)).into_response());
    }
    if shared.commits(Service::Rekor, &Fault::WrongSignature)
        && let Some(last) = entry.promise.as_mut().and_then(|promise| promise.last_mut())
    {
        *last ^= 1;
    }
    Ok(created(&entry))
}

fn created(entry: &LogEntry) -> Response {
    let location = format!("/api/v1/log/entries/{}", entry.uuid());
    (
        StatusCode::CREATED,
        [(LOCATION, location)],
        Json(entry.to_rekor_v1_json()),
    )
        .into_response()
}

/// Appends what was proposed; the proposals differ from the entries that they become.
fn append(shared: &Shared, proposed: &Value) -> Result<LogEntry, SandboxError> {
    match (
        text(proposed, "/kind", "kind")?,
        text(proposed, "/apiVersion", "apiVersion")?,
    ) {
        ("hashedrekord", "0.0.1") => {
            let digest = text(proposed, "/spec/data/hash/value", "hash")?;
            let digest = hex::decode(digest).map_err(|_| SandboxError::Malformed { what: "hash" })?;
            let signature = base64(proposed, "/spec/signature/content", "signature")?;
            let verifier = verifier(&base64(
                proposed,
                "/spec/signature/publicKey/content",
                "publicKey",
            )?)?;
            let kind = EntryKind::HashedRekordV001;
            shared.sandbox.log_digest(kind, &digest, &signature, &verifier)
        }
        ("dsse", "0.0.1") => {
            let sent = text(proposed, "/spec/proposedContent/envelope", "envelope")?;
            let key = base64(proposed, "/spec/proposedContent/verifiers/0", "verifier")?;
            let envelope = envelope(&serde_json::from_str(sent)?)?;
            let verifier = verifier(&key)?;
            shared
                .sandbox
                .log_envelope(EntryKind::DsseV001, sent, &envelope, &verifier)
        }
        ("intoto", "0.0.2") => {
            let sent = proposed
                .pointer("/spec/content/envelope")
                .ok_or(SandboxError::Malformed { what: "envelope" })?;
            let key = base64(sent, "/signatures/0/publicKey", "publicKey")?;
            // In this kind, payload and signature are in base64 twice.
            let twice = |pointer, what| {
                STANDARD
                    .decode(base64(sent, pointer, what)?)
                    .map_err(|_| SandboxError::Malformed { what })
            };
            let envelope = Envelope {
                payload_type: text(sent, "/payloadType", "payloadType")?.to_owned(),
                payload: twice("/payload", "payload")?,
                signature: twice("/signatures/0/sig", "sig")?,
            };
            let verifier = verifier(&key)?;
            let text = envelope.to_json();
            shared
                .sandbox
                .log_envelope(EntryKind::IntotoV002, &text, &envelope, &verifier)
        }
        _ => Err(SandboxError::Malformed { what: "kind" }),
    }
}

/// Reads an envelope that stands in JSON.
pub(super) fn envelope(json: &Value) -> Result<Envelope, SandboxError> {
    Ok(Envelope {
        payload_type: text(json, "/payloadType", "payloadType")?.to_owned(),
        payload: base64(json, "/payload", "payload")?,
        signature: base64(json, "/signatures/0/sig", "sig")?,
    })
}

/// Reads the PEM of a certificate or a public key.
fn verifier(pem: &[u8]) -> Result<Verifier, SandboxError> {
    let (label, der) = read_pem(pem)?;
    match label.as_str() {
        "CERTIFICATE" => Ok(Verifier::Certificate(der)),
        "PUBLIC KEY" => Ok(Verifier::PublicKey(der)),
        _ => Err(SandboxError::PublicKey),
    }
}

#[derive(Deserialize)]
struct ByIndex {
    #[serde(rename = "logIndex")]
    log_index: u64,
}

async fn by_index(
    State(shared): State<Shared>,
    Query(query): Query<ByIndex>,
) -> Result<Json<Value>, Refusal> {
    let log = shared.sandbox.rekor_v1();
    let index = query.log_index.checked_sub(EARLIER_ENTRIES);
    let entry = index.and_then(|index| log.get(index).transpose()).transpose()?;
    Ok(Json(
        entry
            .ok_or_else(|| Refusal::not_found("entry"))?
            .to_rekor_v1_json(),
    ))
}

async fn by_uuid(State(shared): State<Shared>, Path(uuid): Path<String>) -> Result<Json<Value>, Refusal> {
    let log = shared.sandbox.rekor_v1();
    // Some clients leave out the tree's number.
    let entry = log.find(|entry| uuid.ends_with(&entry.leaf_hash()))?;
    let entry = entry.into_iter().next();
    Ok(Json(
        entry
            .ok_or_else(|| Refusal::not_found("entry"))?
            .to_rekor_v1_json(),
    ))
}

/// Finds entries by index or identifier; proposals to search by are not taken here.
async fn retrieve(State(shared): State<Shared>, Json(query): Json<Value>) -> Result<Json<Value>, Refusal> {
    let log = shared.sandbox.rekor_v1();
    let list = |key: &str| {
        query
            .get(key)
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default()
    };
    let (indices, uuids) = (list("logIndexes"), list("entryUUIDs"));
    let found = log.find(|entry| {
        let uuid = |wanted: &Value| {
            wanted
                .as_str()
                .is_some_and(|uuid| uuid.ends_with(&entry.leaf_hash()))
        };
        indices
            .iter()
            .any(|index| index.as_u64() == Some(entry.log_index))
            || uuids.iter().any(uuid)
    })?;
    Ok(Json(found.iter().map(LogEntry::to_rekor_v1_json).collect()))
}

/// Finds the identifiers of entries by a SHA-256 that stands in them.
async fn search(State(shared): State<Shared>, Json(query): Json<Value>) -> Result<Json<Value>, Refusal> {
    let hash = text(&query, "/hash", "hash")?
        .trim_start_matches("sha256:")
        .to_owned();
    let found = shared.sandbox.rekor_v1().find(|entry| {
        let body = String::from_utf8_lossy(&entry.body);
        !hash.is_empty() && body.contains(&hash)
    })?;
    Ok(Json(found.iter().map(LogEntry::uuid).collect()))
}

async fn log(State(shared): State<Shared>) -> Result<Json<Value>, Refusal> {
    let log = shared.sandbox.rekor_v1();
    Ok(Json(json!({
        "rootHash": log.tree().root().to_hex(),
        "signedTreeHead": log.checkpoint()?,
        "treeID": crate::log::TREE_ID.to_string(),
        "treeSize": log.tree().size(),
        "inactiveShards": [],
    })))
}

async fn public_key(State(shared): State<Shared>) -> Result<Response, Refusal> {
    let pem = public_key_pem(&shared.sandbox.rekor_v1().signer.key.spki()?)?;
    Ok(([(CONTENT_TYPE, "application/x-pem-file")], pem).into_response())
}

//! Rekor v2: entries are appended and proven at once, and the log is read in tiles
//! (<https://github.com/sigstore/rekor-tiles>, <https://c2sp.org/tlog-tiles>).

use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::StatusCode;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::Value;
use sigstore_merkle::hash_children;
use sigstore_types::Sha256Hash;

use super::{Refusal, Shared, base64};
use crate::entry::{EntryKind, Envelope, Verifier};
use crate::error::SandboxError;
use crate::fault::{Fault, Service};
use crate::identity::Identity;
use crate::key::Key;
use crate::log::LogEntry;
use crate::sandbox::{Instance, Sandbox};

/// Bytes of an entry: 32 MiB, for an envelope with a payload of 16 MiB.
const MAX_ENTRY_BYTES: usize = 32 << 20;
/// Hashes in a full tile.
const TILE_WIDTH: usize = 256;

/// Returns the routes.
pub(crate) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/api/v2/log/entries", post(create))
        .route("/api/v2/checkpoint", get(checkpoint))
        .route("/api/v2/tile/{level}/{*index}", get(tile))
        .layer(DefaultBodyLimit::max(MAX_ENTRY_BYTES))
        .layer(shared.faults.layer(Service::Rekor))
        .with_state(shared.clone())
}

async fn create(
    State(shared): State<Shared>,
    Json(request): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let sandbox = &shared.sandbox;
    let entry = if shared.commits(Service::Rekor, &Fault::OtherEntry) {
        somebody_elses(sandbox, EntryKind::HashedRekordV002)?
    } else {
        append(sandbox, &request)?
    };
    let mut entry = entry.to_bundle_json();
    if shared.commits(Service::Rekor, &Fault::WrongSignature)
        && let Some(checkpoint) = entry.pointer_mut("/inclusionProof/checkpoint/envelope")
    {
        // Another log's signature.
        let stranger = Sandbox::new("a stranger", sandbox.clock())?;
        *checkpoint = somebody_elses(&stranger, EntryKind::HashedRekordV002)?
            .checkpoint
            .into();
    }
    Ok((StatusCode::CREATED, Json(entry)))
}

fn append(sandbox: &Sandbox, request: &Value) -> Result<LogEntry, SandboxError> {
    let request = request
        .get("hashedRekordRequestV002")
        .ok_or(SandboxError::Malformed {
            what: "hashedRekordRequestV002",
        })?;
    let digest = base64(request, "/digest", "digest")?;
    let signature = base64(request, "/signature/content", "signature")?;
    let verifier = match base64(
        request,
        "/signature/verifier/x509Certificate/rawBytes",
        "certificate",
    ) {
        Ok(der) => Verifier::Certificate(der),
        Err(_) => Verifier::PublicKey(base64(
            request,
            "/signature/verifier/publicKey/rawBytes",
            "publicKey",
        )?),
    };
    sandbox.log_digest(EntryKind::HashedRekordV002, &digest, &signature, &verifier)
}

/// Logs a signature of somebody else, and returns its entry: honest, but not the one that was asked for.
pub(super) fn somebody_elses(sandbox: &Sandbox, kind: EntryKind) -> Result<LogEntry, SandboxError> {
    let key = Key::P256(sandbox.seed().p256("somebody else"));
    let identity = Identity::email("somebody@example.com", "https://example.com");
    let certificate = sandbox.issue(Instance::Public, &key.spki()?, &identity)?;
    let (payload_type, payload) = ("text/plain".to_owned(), b"something else".to_vec());
    let envelope = Envelope {
        signature: key.sign(&Envelope::signed_bytes(&payload_type, &payload)),
        payload_type,
        payload,
    };
    sandbox.log_envelope(
        kind,
        &envelope.to_json(),
        &envelope,
        &Verifier::Certificate(certificate),
    )
}

async fn checkpoint(State(shared): State<Shared>) -> Result<String, Refusal> {
    Ok(shared.sandbox.rekor_v2().checkpoint()?)
}

/// Returns a tile of hashes, or for the level `entries` the entries themselves, each with its length in two bytes.
async fn tile(
    State(shared): State<Shared>,
    Path((level, index)): Path<(String, String)>,
) -> Result<impl IntoResponse, Refusal> {
    let (index, width) = tile_index(&index).ok_or_else(|| Refusal::not_found("tile"))?;
    let from = index.saturating_mul(TILE_WIDTH);
    let log = shared.sandbox.rekor_v2();
    let mut bytes = Vec::new();
    if level == "entries" {
        let entries = log.bodies().skip(from).take(width);
        for entry in entries {
            let length = u16::try_from(entry.len()).map_err(|_| Refusal::not_found("tile"))?;
            bytes.extend(length.to_be_bytes());
            bytes.extend(entry);
        }
    } else {
        let level: u32 = level.parse().map_err(|_| Refusal::not_found("tile"))?;
        let hashes = hashes_at(log.tree().leaves(), level);
        let tile = hashes.iter().skip(from).take(width);
        bytes.extend(tile.flat_map(|hash| *hash.as_bytes()));
    }
    if bytes.is_empty() {
        return Err(Refusal::not_found("tile"));
    }
    Ok(bytes)
}

/// The hashes at the bottom of a level's tiles: of complete subtrees alone.
fn hashes_at(leaves: &[Sha256Hash], level: u32) -> Vec<Sha256Hash> {
    let mut hashes = leaves.to_vec();
    // Eight levels of the tree are one level of tiles.
    for _ in 0..level.min(8).saturating_mul(8) {
        hashes = hashes
            .chunks_exact(2)
            .filter_map(|pair| match pair {
                [left, right] => Some(hash_children(left, right)),
                _ => None,
            })
            .collect();
    }
    hashes
}

/// Reads `x001/x234/067` or `x001/x234/067.p/8`: the index, and the width.
fn tile_index(path: &str) -> Option<(usize, usize)> {
    let (path, width) = match path.split_once(".p/") {
        Some((path, width)) => (
            path,
            width
                .parse()
                .ok()
                .filter(|width| (1..TILE_WIDTH).contains(width))?,
        ),
        None => (path, TILE_WIDTH),
    };
    let mut index = 0_usize;
    let parts: Vec<&str> = path.split('/').collect();
    let last = parts.len().checked_sub(1)?;
    for (place, part) in parts.iter().enumerate() {
        let digits = if place < last {
            part.strip_prefix('x')?
        } else {
            part
        };
        if digits.len() != 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    Some((index, width))
}

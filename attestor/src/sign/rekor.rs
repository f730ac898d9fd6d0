//! Having a signature logged: an envelope's in Rekor v1 as `dsse`, any other, and all in Rekor v2, as `hashedrekord` over
//! what is signed.

use aws_lc_rs::digest::{SHA256, digest};
use sigstore_rekor::{DsseEntry, HashedRekord, HashedRekordV2, LogEntry, RekorV2KeyDetails};
use sigstore_types::{
    DerCertificate, DsseEnvelope, KindVersion, Sha256Hash, SignatureBytes, TransparencyLogEntry,
};
use std::collections::BTreeMap;

use super::error::{ServiceName, SignError, of};
use super::services::{LogService, LogVersion};
use crate::http::{Http, Request, Response};

/// Rekor answers with the entry and its proof: room for an entry whose certificate is the largest that we read.
const MAX_ANSWER_BYTES: usize = 4 << 20;

const JSON: &str = "application/json";

/// Has the envelope logged. Whether the log's proof is one is found out when the bundle is verified.
pub(super) fn log_envelope(
    http: &Http,
    log: &LogService,
    envelope: &DsseEnvelope,
    certificate: &DerCertificate,
) -> Result<TransparencyLogEntry, SignError> {
    match log.version {
        LogVersion::V1 => {
            let entry = DsseEntry::new(envelope, certificate).map_err(|_| SignError::Encoding)?;
            in_v1(http, &log.url, &entry, KindVersion::DsseV001)
        }
        LogVersion::V2 => in_v2(
            http,
            &log.url,
            &sha256(&envelope.pae())?,
            &envelope.signature.sig,
            certificate,
        ),
    }
}

/// Has a signature over an artifact of this SHA-256 logged, as [`log_envelope`] an envelope's.
pub(super) fn log_message(
    http: &Http,
    log: &LogService,
    hash: &Sha256Hash,
    signature: &SignatureBytes,
    certificate: &DerCertificate,
) -> Result<TransparencyLogEntry, SignError> {
    match log.version {
        LogVersion::V1 => {
            let entry = HashedRekord::new(hash, signature, certificate);
            in_v1(http, &log.url, &entry, KindVersion::HashedRekordV001)
        }
        LogVersion::V2 => in_v2(http, &log.url, hash, signature, certificate),
    }
}

/// Returns the SHA-256 of bytes.
pub(super) fn sha256(bytes: &[u8]) -> Result<Sha256Hash, SignError> {
    <[u8; 32]>::try_from(digest(&SHA256, bytes).as_ref())
        .map(Sha256Hash::new)
        .map_err(|_| SignError::Encoding)
}

fn in_v1(
    http: &Http,
    url: &str,
    entry: &impl serde::Serialize,
    kind: KindVersion,
) -> Result<TransparencyLogEntry, SignError> {
    // Sent again, it is not logged again: the log says where the first one is.
    let request = post(&format!("{url}/api/v1/log/entries"), entry)?
        .idempotent()
        .answer_on(409);
    let mut response = send(http, request)?;
    if response.status() == 409 {
        response = send(
            http,
            Request::get(&earlier(url, &response)?).map_err(of(ServiceName::Rekor))?,
        )?;
    }
    let mut entries: BTreeMap<String, LogEntry> = response.json().map_err(of(ServiceName::Rekor))?;
    let (_, entry) = entries.pop_first().ok_or(answer("entry"))?;
    entry.to_bundle_entry(kind).map_err(|_| answer("entry"))
}

/// Returns where the log says that the entry is: a path on itself, and nowhere else.
fn earlier(url: &str, response: &Response) -> Result<String, SignError> {
    let path = response
        .header("location")
        .filter(|path| path.starts_with("/api/v1/log/entries/"))
        .ok_or(answer("location of the entry"))?;
    Ok(format!("{url}{path}"))
}

fn in_v2(
    http: &Http,
    url: &str,
    hash: &Sha256Hash,
    signature: &SignatureBytes,
    certificate: &DerCertificate,
) -> Result<TransparencyLogEntry, SignError> {
    let entry = HashedRekordV2::new_with_certificate(
        hash,
        signature,
        certificate,
        RekorV2KeyDetails::PkixEcdsaP256Sha256,
    );
    // Sent again, it would be logged again.
    let response = send(http, post(&format!("{url}/api/v2/log/entries"), &entry)?)?;
    response.json().map_err(of(ServiceName::Rekor))
}

fn post(url: &str, entry: &impl serde::Serialize) -> Result<Request, SignError> {
    let body = serde_json::to_vec(entry).map_err(|_| SignError::Encoding)?;
    let request = Request::post(url, body, JSON).map_err(of(ServiceName::Rekor))?;
    Ok(request.accept(JSON).limit(MAX_ANSWER_BYTES))
}

fn send(http: &Http, request: Request) -> Result<Response, SignError> {
    http.send(request).map_err(of(ServiceName::Rekor))
}

fn answer(field: &'static str) -> SignError {
    SignError::Answer {
        service: ServiceName::Rekor,
        field,
    }
}

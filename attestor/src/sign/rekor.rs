//! Having an envelope logged: in Rekor v1 as `dsse`, in Rekor v2 as `hashedrekord` over what is signed.

use aws_lc_rs::digest::{SHA256, digest};
use sigstore_rekor::{DsseEntry, HashedRekordV2, LogEntry, RekorV2KeyDetails};
use sigstore_types::{DerCertificate, DsseEnvelope, KindVersion, Sha256Hash, TransparencyLogEntry};
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
        LogVersion::V1 => in_v1(http, &log.url, envelope, certificate),
        LogVersion::V2 => in_v2(http, &log.url, envelope, certificate),
    }
}

fn in_v1(
    http: &Http,
    url: &str,
    envelope: &DsseEnvelope,
    certificate: &DerCertificate,
) -> Result<TransparencyLogEntry, SignError> {
    let entry = DsseEntry::new(envelope, certificate).map_err(|_| SignError::Encoding)?;
    // Sent again, it is not logged again: the log says where the first one is.
    let request = post(&format!("{url}/api/v1/log/entries"), &entry)?
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
    entry
        .to_bundle_entry(KindVersion::DsseV001)
        .map_err(|_| answer("entry"))
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
    envelope: &DsseEnvelope,
    certificate: &DerCertificate,
) -> Result<TransparencyLogEntry, SignError> {
    let hash = digest(&SHA256, &envelope.pae());
    let hash = <[u8; 32]>::try_from(hash.as_ref()).map_err(|_| SignError::Encoding)?;
    let entry = HashedRekordV2::new_with_certificate(
        &Sha256Hash::new(hash),
        &envelope.signature.sig,
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

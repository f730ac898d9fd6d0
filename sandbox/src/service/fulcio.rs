//! Fulcio v2: certificates for those who have a token and a key
//! (<https://github.com/sigstore/fulcio/blob/main/fulcio.proto>).

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Map, Value, json};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::request::CertReq;

use super::authorization::credentials;
use super::{Refusal, Shared, base64, text};
use crate::certificate::{certificate_pem, read_pem};
use crate::error::SandboxError;
use crate::fault::{Fault, Service};
use crate::identity::Identity;
use crate::key::PublicKey;
use crate::oidc::OidcIssuer;
use crate::sandbox::Instance;

/// The audience of tokens for Sigstore.
const AUDIENCE: &str = "sigstore";

#[derive(Clone)]
struct Fulcio {
    shared: Shared,
    issuer: OidcIssuer,
    /// Where the repositories are, in the URLs of certificates.
    server_url: String,
}

/// Returns the routes of an instance.
pub(crate) fn router(shared: &Shared, issuer: &OidcIssuer, server_url: &str) -> Router {
    let fulcio = Fulcio {
        shared: shared.clone(),
        issuer: issuer.clone(),
        server_url: server_url.to_owned(),
    };
    Router::new()
        .route("/api/v2/signingCert", post(signing_certificate))
        .route("/api/v2/trustBundle", get(trust_bundle))
        .route("/api/v2/configuration", get(configuration))
        .layer(shared.faults.layer(Service::Fulcio))
        .with_state(fulcio)
}

async fn signing_certificate(
    State(fulcio): State<Fulcio>,
    headers: HeaderMap,
    Json(request): Json<Value>,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let token = token(&headers, &request)?;
    let sandbox = &fulcio.shared.sandbox;
    let claims = fulcio
        .issuer
        .verify_token(token, AUDIENCE, sandbox.now())
        .map_err(|error| Refusal::new(StatusCode::UNAUTHORIZED, error.to_string()))?;
    let spki = proven_key(&request, &claims)?;
    let mut identity = Identity::from_claims(&claims, &fulcio.server_url)?;
    if fulcio.shared.commits(Service::Fulcio, &Fault::OtherIdentity) {
        identity = Identity::from_claims(&of_another(claims), &fulcio.server_url)?;
    }
    let instance = fulcio.shared.instance;
    let mut leaf = sandbox.issue(instance, &spki, &identity)?;
    if fulcio.shared.commits(Service::Fulcio, &Fault::WrongSignature) {
        flip_last_bit(&mut leaf);
    }
    let chain = std::iter::once(leaf)
        .chain(sandbox.issuer_chain(instance))
        .map(|der| certificate_pem(&der))
        .collect::<Result<Vec<_>, _>>()?;
    let kind = match instance {
        Instance::Public => "signedCertificateEmbeddedSct",
        Instance::Private => "signedCertificateDetachedSct",
    };
    let answer = json!({ kind: { "chain": { "certificates": chain } } });
    Ok((StatusCode::CREATED, Json(answer)))
}

/// The token stands in the request, or, as sigstore-python sends it, in the header.
fn token<'a>(headers: &'a HeaderMap, request: &'a Value) -> Result<&'a str, Refusal> {
    request
        .pointer("/credentials/oidcIdentityToken")
        .and_then(Value::as_str)
        .or_else(|| credentials(headers, &["Bearer"]))
        .ok_or_else(|| Refusal::new(StatusCode::UNAUTHORIZED, "no identity token"))
}

/// Returns the public key (SubjectPublicKeyInfo) that the request is for, whose owner has shown to have the private one:
/// by a request for a certificate (PKCS #10), or by a signature over the token's subject.
fn proven_key(request: &Value, claims: &Map<String, Value>) -> Result<Vec<u8>, SandboxError> {
    if request.get("certificateSigningRequest").is_some() {
        let pem = base64(request, "/certificateSigningRequest", "certificateSigningRequest")?;
        let (_, der) = read_pem(&pem)?;
        let request = CertReq::from_der(&der)?;
        let spki = request.info.public_key.to_der()?;
        PublicKey::from_spki(&spki)?.verify(&request.info.to_der()?, request.signature.raw_bytes())?;
        return Ok(spki);
    }
    let pem = text(request, "/publicKeyRequest/publicKey/content", "publicKey")?;
    let (_, spki) = read_pem(pem.as_bytes())?;
    let proof = base64(
        request,
        "/publicKeyRequest/proofOfPossession",
        "proofOfPossession",
    )?;
    let subject = claims
        .get("email")
        .or_else(|| claims.get("sub"))
        .and_then(Value::as_str)
        .ok_or(SandboxError::MissingClaim { claim: "sub" })?;
    PublicKey::from_spki(&spki)?.verify(subject.as_bytes(), &proof)?;
    Ok(spki)
}

/// The claims of a run of somebody else's repository.
fn of_another(mut claims: Map<String, Value>) -> Map<String, Value> {
    for (claim, value) in [("repository", "somebody/else"), ("repository_id", "666")] {
        if let Some(found) = claims.get_mut(claim) {
            *found = value.into();
        }
    }
    claims
}

/// Makes a signature at the end of something wrong.
fn flip_last_bit(der: &mut [u8]) {
    if let Some(last) = der.last_mut() {
        *last ^= 1;
    }
}

async fn trust_bundle(State(fulcio): State<Fulcio>) -> Result<Json<Value>, Refusal> {
    let chain = fulcio.shared.sandbox.issuer_chain(fulcio.shared.instance);
    let chain = chain
        .iter()
        .map(|der| certificate_pem(der))
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Json(json!({ "chains": [{ "certificates": chain }] })))
}

async fn configuration(State(fulcio): State<Fulcio>) -> Json<Value> {
    Json(json!({ "issuers": [{
        "issuerUrl": fulcio.issuer.url(),
        "audience": AUDIENCE,
        "challengeClaim": "sub",
        "issuerType": "ci-provider",
    }] }))
}

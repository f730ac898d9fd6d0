//! Asking Fulcio for a certificate
//! (<https://github.com/sigstore/fulcio/blob/main/fulcio.proto>, `CreateSigningCertificate`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Serialize};
use sigstore_types::{DerCertificate, DerPublicKey};
use zeroize::Zeroizing;

use super::error::{ServiceName, SignError, of};
use super::key::SigningKey;
use crate::http::{Http, Request};
use crate::token::IdentityToken;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Ask<'a> {
    credentials: Credentials<'a>,
    public_key_request: PublicKeyRequest,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Credentials<'a> {
    oidc_identity_token: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PublicKeyRequest {
    public_key: PublicKey,
    proof_of_possession: String,
}

#[derive(Serialize)]
struct PublicKey {
    content: String,
}

/// Fulcio says whether the certificate carries its promise itself, as it does where there is a certificate log.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    signed_certificate_embedded_sct: Option<Signed>,
    signed_certificate_detached_sct: Option<Signed>,
}

#[derive(Deserialize)]
struct Signed {
    chain: Chain,
}

#[derive(Deserialize)]
struct Chain {
    certificates: Vec<String>,
}

/// Asks for a certificate for the key. The proof that we have the key is a signature over the token's subject.
pub(super) fn certificate(
    http: &Http,
    fulcio: &str,
    token: &IdentityToken,
    subject: &str,
    key: &SigningKey,
) -> Result<DerCertificate, SignError> {
    let ask = Ask {
        credentials: Credentials {
            oidc_identity_token: token.expose(),
        },
        public_key_request: PublicKeyRequest {
            public_key: PublicKey {
                content: DerPublicKey::new(key.public_key()?).to_pem(),
            },
            proof_of_possession: STANDARD.encode(key.sign(subject.as_bytes())?),
        },
    };
    let body = Zeroizing::new(serde_json::to_vec(&ask).map_err(|_| SignError::Encoding)?);
    let url = format!("{fulcio}/api/v2/signingCert");
    let request = Request::post(&url, body.to_vec(), "application/json").map_err(of(ServiceName::Fulcio))?;
    // A second certificate for the same key does no harm, nobody keeps the first.
    let answer: Answer = http
        .send(request.accept("application/json").idempotent())
        .and_then(|response| response.json())
        .map_err(of(ServiceName::Fulcio))?;
    answer
        .signed_certificate_embedded_sct
        .or(answer.signed_certificate_detached_sct)
        .and_then(|signed| signed.chain.certificates.into_iter().next())
        .and_then(|pem| DerCertificate::from_pem(&pem).ok())
        .ok_or(SignError::Answer {
            service: ServiceName::Fulcio,
            field: "certificate",
        })
}

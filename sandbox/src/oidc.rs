//! The issuer of identity tokens: who may ask for a certificate, and for which run.
//!
//! Sources: OpenID Connect Discovery 1.0, RFC 7515 (JWS), RFC 7517 (JWK), RFC 7518 (ES256), RFC 7519 (JWT).

mod forgery;
mod service;
#[cfg(test)]
mod tests;
mod verify;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Run, Seed};

pub use forgery::TokenForgery;
pub use service::OidcService;
pub use verify::TokenError;

/// An issuer of identity tokens, with the one key that it signs them with.
#[derive(Clone)]
pub struct OidcIssuer {
    url: String,
    address: String,
    key: SigningKey,
    /// The key that forgeries are signed with.
    other_key: SigningKey,
}

impl OidcIssuer {
    /// Makes the issuer with this URL, which is where its [`OidcService`] is reached. Its key comes from the seed.
    #[must_use]
    pub fn new(seed: &Seed, url: impl Into<String>) -> Self {
        let url = url.into();
        Self {
            address: url.clone(),
            url,
            key: seed.p256("oidc"),
            other_key: seed.p256("oidc forger"),
        }
    }

    /// Stands in for the issuer with this URL: tokens name it, and the keys are still where they were.
    #[must_use]
    pub fn standing_in_for(self, url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            ..self
        }
    }

    /// Returns the issuer's URL, as tokens and certificates name it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the URL at which it is reached.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Returns the discovery document, which stands at `/.well-known/openid-configuration`.
    #[must_use]
    pub fn discovery(&self) -> Value {
        json!({
            "issuer": self.url,
            "jwks_uri": format!("{}/.well-known/jwks", self.address),
            "subject_types_supported": ["public", "pairwise"],
            "response_types_supported": ["id_token"],
            "claims_supported": [
                "sub", "aud", "exp", "iat", "iss", "jti", "nbf", "ref", "sha", "repository", "repository_id",
                "repository_owner", "repository_owner_id", "repository_visibility", "run_id", "run_number",
                "run_attempt", "check_run_id", "actor", "actor_id", "workflow", "workflow_ref", "workflow_sha",
                "head_ref", "base_ref", "event_name", "ref_type", "ref_protected", "environment", "enterprise",
                "enterprise_id", "job_workflow_ref", "job_workflow_sha", "runner_environment",
            ],
            "id_token_signing_alg_values_supported": ["ES256"],
            "scopes_supported": ["openid"],
        })
    }

    /// Returns the key set, which stands at `/.well-known/jwks`.
    #[must_use]
    pub fn jwks(&self) -> Value {
        let (x, y) = coordinates(&self.key);
        json!({ "keys": [{
            "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self.key_id(), "use": "sig", "alg": "ES256",
        }] })
    }

    /// Returns the token of this run for this audience. The same arguments give the same bytes.
    #[must_use]
    pub fn token(&self, run: &Run, audience: &str, now: Timestamp) -> String {
        self.signed(run.claims(&self.url, audience, now), &self.key)
    }

    /// Returns the thumbprint of the key, as in RFC 7638: members in alphabetical order, no white space.
    fn key_id(&self) -> String {
        let (x, y) = coordinates(&self.key);
        let canonical = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        encoded(Sha256::digest(canonical))
    }

    fn header(&self, algorithm: &str) -> Value {
        json!({ "alg": algorithm, "kid": self.key_id(), "typ": "JWT" })
    }

    fn signed(&self, claims: Map<String, Value>, key: &SigningKey) -> String {
        let input = signing_input(&self.header("ES256"), claims);
        let signature: Signature = key.sign(input.as_bytes());
        format!("{input}.{}", encoded(signature.to_bytes()))
    }
}

impl std::fmt::Debug for OidcIssuer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcIssuer")
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

fn signing_input(header: &Value, claims: Map<String, Value>) -> String {
    let header = encoded(header.to_string());
    format!("{header}.{}", encoded(Value::Object(claims).to_string()))
}

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn coordinates(key: &SigningKey) -> (String, String) {
    let point = key.verifying_key().to_encoded_point(false);
    let text = |coordinate: Option<&_>| coordinate.map(encoded).unwrap_or_default();
    (text(point.x()), text(point.y()))
}

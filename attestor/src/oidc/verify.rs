//! The way from a token to claims that can be believed.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Map, Value};
use slsa_predicates::json::{self, JsonLimits};
use zeroize::Zeroizing;

use super::payload::Payload;
use super::{Issuer, IssuerKind, Jwks, OidcError, github, gitlab, jwks};
use crate::claims::Claims;
use crate::http::excerpt;
use crate::token::{IdentityToken, Parts};

/// How far the issuer's clock may be ahead. Clocks that are set by NTP differ by less than a second.
const LEEWAY: SignedDuration = SignedDuration::from_secs(5);
/// Header parameters that bring or name a key, or change what the rest means (RFC 7515, section 4.1; RFC 7516; RFC
/// 7797). `x5t`, the thumbprint that GitHub sends, does neither.
const REFUSED: [&str; 7] = ["jwk", "jku", "x5u", "x5c", "crit", "zip", "b64"];

/// Verifies a token: signature, issuer, audience, time, and the form of every claim that is read.
///
/// # Errors
/// [`OidcError`], that of the first step that fails.
pub fn verify_token(
    token: &IdentityToken,
    issuer: &Issuer,
    audience: &str,
    jwks: &Jwks,
    now: Timestamp,
) -> Result<Claims, OidcError> {
    let parts = token.parts()?;
    // 1. What the header says, which only chooses among what is allowed.
    let header = object("header", parts.header)?;
    let (algorithm, kid) = algorithm_and_key(&header)?;
    // 2. The issuer's own key, of the kind that the algorithm needs.
    let key = jwks.key(kid, algorithm)?;
    // 3. The signature; nothing of the payload is looked at before.
    check_signature(&parts, algorithm, &key, kid)?;
    // 4. By whom, for whom.
    let payload = Payload::new(object("payload", parts.payload)?);
    payload.expect_issuer(issuer.url())?;
    payload.expect_audience(audience)?;
    // 5. When.
    let times = payload.times()?;
    if now >= times.expires_at {
        let expired_at = times.expires_at;
        return Err(OidcError::Expired { expired_at, now });
    }
    let latest = now.saturating_add(LEEWAY).unwrap_or(now);
    if let Some(valid_from) = times.valid_from.filter(|from| *from > latest) {
        return Err(OidcError::NotYetValid { valid_from, now });
    }
    if times.issued_at > latest {
        let issued_at = times.issued_at;
        return Err(OidcError::IssuedLater { issued_at, now });
    }
    // 6. What.
    match issuer.kind() {
        IssuerKind::GitHub => github::claims(&payload, &times, issuer).map(|c| Claims::GitHub(Box::new(c))),
        IssuerKind::GitLab => gitlab::claims(&payload, &times, issuer).map(|c| Claims::GitLab(Box::new(c))),
    }
}

fn algorithm_and_key(header: &Map<String, Value>) -> Result<(Algorithm, &str), OidcError> {
    let algorithm = match header.get("alg").and_then(Value::as_str) {
        Some("RS256") => Algorithm::RS256,
        Some("ES256") => Algorithm::ES256,
        found => {
            return Err(OidcError::Algorithm {
                found: excerpt(found.unwrap_or_default(), 64),
            });
        }
    };
    if let Some(name) = REFUSED.into_iter().find(|name| header.contains_key(*name)) {
        return Err(OidcError::Header { name });
    }
    let kid = header
        .get("kid")
        .and_then(Value::as_str)
        .filter(|kid| !kid.is_empty());
    Ok((algorithm, kid.ok_or(OidcError::NoKeyId)?))
}

fn check_signature(
    parts: &Parts<'_>,
    algorithm: Algorithm,
    key: &DecodingKey,
    kid: &str,
) -> Result<(), OidcError> {
    let signature = base64url(parts.signature).ok_or(OidcError::Base64 { part: "signature" })?;
    // The provider by name and not the process's: another crate may have set that one, or none.
    let verifier = (DEFAULT_PROVIDER.verifier_factory)(&algorithm, key).map_err(|_| OidcError::KeyKind {
        kid: excerpt(kid, 64),
        algorithm: jwks::name(algorithm),
    })?;
    verifier
        .verify(parts.signed.as_bytes(), &signature)
        .map_err(|_| OidcError::Signature {
            kid: excerpt(kid, 64),
        })
}

fn object(part: &'static str, text: &str) -> Result<Map<String, Value>, OidcError> {
    let bytes = Zeroizing::new(base64url(text).ok_or(OidcError::Base64 { part })?);
    json::from_slice(&bytes, &JsonLimits::default()).map_err(|error| OidcError::of_json(part, &error))
}

/// Decodes base64url without padding; of the spellings of one value, only one is accepted.
pub(super) fn base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

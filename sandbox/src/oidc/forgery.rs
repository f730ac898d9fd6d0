//! Tokens that must be refused, each one step from a good one.

use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::SigningKey;
use p256::pkcs8::{EncodePublicKey as _, LineEnding};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{OidcIssuer, encoded, signing_input};
use crate::Run;

/// What is wrong with a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenForgery {
    /// Algorithm `none`, and no signature (RFC 8725, section 2.1).
    NoAlgorithm,
    /// HS256, with the public key in PEM for a secret (RFC 8725, section 2.1).
    PublicKeyAsSecret,
    /// Another key's signature under the issuer's key id.
    OtherKey,
    /// For an audience that begins with the asked one.
    OtherAudience,
    /// From an issuer whose URL begins with this one's.
    OtherIssuer,
    /// Issued a day ago.
    Expired,
    /// Issued a day from now.
    NotYetValid,
    /// `exp` as a text, which CVE-2026-25537 took for no `exp` at all.
    ExpiryAsText,
    /// `exp` as a list with the right number.
    ExpiryAsList,
    /// No `exp`.
    NoExpiry,
    /// `nbf` that is null.
    NotBeforeNull,
}

impl TokenForgery {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::NoAlgorithm,
        Self::PublicKeyAsSecret,
        Self::OtherKey,
        Self::OtherAudience,
        Self::OtherIssuer,
        Self::Expired,
        Self::NotYetValid,
        Self::ExpiryAsText,
        Self::ExpiryAsList,
        Self::NoExpiry,
        Self::NotBeforeNull,
    ];
}

impl OidcIssuer {
    /// Returns a token that differs in one thing from what [`token`](Self::token) gives.
    #[must_use]
    pub fn forged(&self, run: &Run, audience: &str, now: Timestamp, forgery: TokenForgery) -> String {
        let day = SignedDuration::from_hours(24);
        let claims = || run.claims(&self.url, audience, now);
        let of = |claims| self.signed(claims, &self.key);
        match forgery {
            TokenForgery::NoAlgorithm => format!("{}.", signing_input(&self.header("none"), claims())),
            TokenForgery::PublicKeyAsSecret => {
                let input = signing_input(&self.header("HS256"), claims());
                let secret = public_key_pem(&self.key);
                format!(
                    "{input}.{}",
                    encoded(hmac_sha256(secret.as_bytes(), input.as_bytes()))
                )
            }
            TokenForgery::OtherKey => self.signed(claims(), &self.other_key),
            TokenForgery::OtherAudience => of(run.claims(&self.url, &format!("{audience}.evil"), now)),
            TokenForgery::OtherIssuer => of(run.claims(&format!("{}.evil", self.url), audience, now)),
            TokenForgery::Expired => self.token(run, audience, now.checked_sub(day).unwrap_or(now)),
            TokenForgery::NotYetValid => self.token(run, audience, now.checked_add(day).unwrap_or(now)),
            TokenForgery::ExpiryAsText => of(with(claims(), "exp", json!("9999999999"))),
            TokenForgery::ExpiryAsList => {
                let mut claims = claims();
                let expiry = claims.remove("exp");
                of(with(claims, "exp", json!([expiry])))
            }
            TokenForgery::NoExpiry => {
                let mut claims = claims();
                claims.remove("exp");
                of(claims)
            }
            TokenForgery::NotBeforeNull => of(with(claims(), "nbf", Value::Null)),
        }
    }
}

fn with(mut claims: Map<String, Value>, name: &str, value: Value) -> Map<String, Value> {
    claims.insert(name.to_owned(), value);
    claims
}

pub(super) fn public_key_pem(key: &SigningKey) -> String {
    let key = p256::PublicKey::from(key.verifying_key());
    key.to_public_key_pem(LineEnding::LF).unwrap_or_default()
}

/// HMAC as in RFC 2104. Written out, for it serves but the one forgery.
pub(super) fn hmac_sha256(secret: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = if secret.len() > BLOCK {
        Sha256::digest(secret).to_vec()
    } else {
        secret.to_vec()
    };
    block.resize(BLOCK, 0);
    let padded = |pad: u8| -> Vec<u8> { block.iter().map(|byte| byte ^ pad).collect() };
    let inner = Sha256::digest([&padded(0x36), message].concat());
    Sha256::digest([padded(0x5c), inner.to_vec()].concat()).into()
}

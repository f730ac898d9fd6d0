//! Reading a token back, as the certificate authority does: signature first, then what it says.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use p256::ecdsa::signature::Verifier as _;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::{Map, Value};
use slsa_predicates::json::{self, JsonLimits};

use super::OidcIssuer;

/// Bytes of a token: 16 KiB, eight times what GitHub's have.
const MAX_BYTES: usize = 16 << 10;
/// Limits on the JSON in it: claims are flat, but for lists.
const JSON: JsonLimits = JsonLimits {
    depth: 8,
    open_members: 1000,
    values: 1000,
};

/// Why a token is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// It is larger than a token can be.
    #[error("a token of {found} bytes, at most {MAX_BYTES} are allowed")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// It is not header, payload and signature, each in base64url and the first two JSON objects.
    #[error("the token's {part} cannot be read")]
    Malformed {
        /// The first part that cannot be read.
        part: &'static str,
    },
    /// It is signed by another algorithm than the issuer's.
    #[error("the token's algorithm is {found:?}, not ES256")]
    Algorithm {
        /// What its header says.
        found: String,
    },
    /// It is signed by a key that the issuer does not have.
    #[error("the issuer has no key {found:?}")]
    Key {
        /// What its header says.
        found: String,
    },
    /// Its signature is not the issuer's.
    #[error("the token's signature is not the issuer's")]
    Signature,
    /// A claim is missing, or is not of the type that it must have.
    #[error("the token's {name} is missing or of the wrong type")]
    Claim {
        /// The claim.
        name: &'static str,
    },
    /// Another issuer's token.
    #[error("the token is from {found:?}")]
    Issuer {
        /// The issuer.
        found: String,
    },
    /// A token for somebody else.
    #[error("the token is for {found:?}")]
    Audience {
        /// The audience.
        found: String,
    },
    /// The token is no longer good.
    #[error("the token expired at {at}")]
    Expired {
        /// Its end, in seconds since 1970.
        at: i64,
    },
    /// The token is not yet good.
    #[error("the token is not valid before {from}")]
    NotYetValid {
        /// Its beginning, in seconds since 1970.
        from: i64,
    },
}

impl OidcIssuer {
    /// Returns the claims of a token that this issuer signed for this audience, and that is good now.
    ///
    /// # Errors
    /// Each [`TokenError`].
    pub fn verify_token(
        &self,
        token: &str,
        audience: &str,
        now: Timestamp,
    ) -> Result<Map<String, Value>, TokenError> {
        // 1. Three parts, no more.
        if token.len() > MAX_BYTES {
            return Err(TokenError::TooLarge { found: token.len() });
        }
        let (input, signature) = token
            .rsplit_once('.')
            .ok_or(TokenError::Malformed { part: "signature" })?;
        let (header, payload) = input
            .split_once('.')
            .ok_or(TokenError::Malformed { part: "payload" })?;

        // 2. The issuer's algorithm and key, whatever else the header offers.
        let header = object(header, "header")?;
        let named = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
        if named("alg") != "ES256" {
            return Err(TokenError::Algorithm {
                found: named("alg").to_owned(),
            });
        }
        if named("kid") != self.key_id() {
            return Err(TokenError::Key {
                found: named("kid").to_owned(),
            });
        }

        // 3. The signature, over the bytes as they came.
        let signature = decoded(signature, "signature")?;
        let signature = Signature::from_slice(&signature).map_err(|_| TokenError::Signature)?;
        VerifyingKey::from(&self.key)
            .verify(input.as_bytes(), &signature)
            .map_err(|_| TokenError::Signature)?;

        // 4. From whom, for whom, and when. No leeway: both clocks are the sandbox's.
        let claims = object(payload, "payload")?;
        let issuer = text(&claims, "iss")?;
        if issuer != self.url {
            return Err(TokenError::Issuer {
                found: issuer.to_owned(),
            });
        }
        let found = text(&claims, "aud")?;
        if found != audience {
            return Err(TokenError::Audience {
                found: found.to_owned(),
            });
        }
        let now = now.as_second();
        time(&claims, "iat")?;
        let from = time(&claims, "nbf")?;
        let until = time(&claims, "exp")?;
        if now < from {
            return Err(TokenError::NotYetValid { from });
        }
        if until <= now {
            return Err(TokenError::Expired { at: until });
        }
        Ok(claims)
    }
}

fn decoded(text: &str, part: &'static str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| TokenError::Malformed { part })
}

fn object(text: &str, part: &'static str) -> Result<Map<String, Value>, TokenError> {
    let bytes = decoded(text, part)?;
    json::from_slice(&bytes, &JSON).map_err(|_| TokenError::Malformed { part })
}

fn text<'a>(claims: &'a Map<String, Value>, name: &'static str) -> Result<&'a str, TokenError> {
    let value = claims.get(name).and_then(Value::as_str);
    value.ok_or(TokenError::Claim { name })
}

/// A time is a whole number, and there: what is of another type must not count as absent (CVE-2026-25537).
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<i64, TokenError> {
    let value = claims.get(name).and_then(Value::as_i64);
    value.ok_or(TokenError::Claim { name })
}

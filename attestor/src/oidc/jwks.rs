//! The keys of an issuer (RFC 7517), as far as they can verify its tokens.

use jsonwebtoken::{Algorithm, DecodingKey};
use serde::Deserialize;
use slsa_predicates::json::{self, JsonLimits};

use super::OidcError;
use super::verify::base64url;
use crate::http::{DOCUMENT_LIMIT, excerpt};

/// Keys of one issuer: 64. GitHub has about five.
const MAX_KEYS: usize = 64;

/// The keys of an issuer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Jwk>,
}

/// A key. What is not read here, such as a certificate for it, is not relied on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Jwk {
    kid: Option<String>,
    kty: String,
    #[serde(rename = "use")]
    key_use: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
    crv: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl Jwks {
    /// Reads a set of keys.
    ///
    /// # Errors
    /// [`OidcError::Json`], [`OidcError::DuplicateKey`] and [`OidcError::KeySet`].
    pub fn parse(bytes: &[u8]) -> Result<Self, OidcError> {
        if bytes.len() > DOCUMENT_LIMIT {
            return Err(OidcError::KeySet {
                detail: "more than 256 KiB",
            });
        }
        let document: Document = json::from_slice(bytes, &JsonLimits::default())
            .map_err(|error| OidcError::of_json("key set", &error))?;
        let keys = document.keys;
        if keys.len() > MAX_KEYS {
            return Err(OidcError::KeySet {
                detail: "more than 64 keys",
            });
        }
        for (i, key) in keys.iter().enumerate() {
            if key.kid.is_some() && keys.iter().skip(i.saturating_add(1)).any(|k| k.kid == key.kid) {
                return Err(OidcError::KeySet {
                    detail: "two keys have the same name",
                });
            }
        }
        Ok(Self { keys })
    }

    /// Returns the key of this name, if it is one for this algorithm.
    pub(super) fn key(&self, kid: &str, algorithm: Algorithm) -> Result<DecodingKey, OidcError> {
        let key = self.keys.iter().find(|key| key.kid.as_deref() == Some(kid));
        let key = key.ok_or_else(|| OidcError::UnknownKey {
            kid: excerpt(kid, 64),
        })?;
        key.for_algorithm(algorithm).ok_or_else(|| OidcError::KeyKind {
            kid: excerpt(kid, 64),
            algorithm: name(algorithm),
        })
    }
}

impl Jwk {
    fn for_algorithm(&self, algorithm: Algorithm) -> Option<DecodingKey> {
        // Both are optional; where they stand, they bind.
        let is = |field: &Option<String>, expected| field.as_deref().is_none_or(|found| found == expected);
        if !is(&self.key_use, "sig") || !is(&self.alg, name(algorithm)) {
            return None;
        }
        match (algorithm, self.kty.as_str()) {
            (Algorithm::RS256, "RSA") => {
                // The modulus has 2048 to 8192 bits, or verifying fails.
                let (n, e) = (base64url(self.n.as_ref()?)?, base64url(self.e.as_ref()?)?);
                Some(DecodingKey::from_rsa_raw_components(&n, &e))
            }
            (Algorithm::ES256, "EC") if self.crv.as_deref() == Some("P-256") => {
                let (x, y) = (self.x.as_ref()?, self.y.as_ref()?);
                // Of full length both: zeros at the front must not be left out (RFC 7518, section 6.2.1.2).
                let full = [x, y]
                    .into_iter()
                    .all(|c| base64url(c).is_some_and(|c| c.len() == 32));
                full.then(|| DecodingKey::from_ec_components(x, y).ok())?
            }
            _ => None,
        }
    }
}

pub(super) fn name(algorithm: Algorithm) -> &'static str {
    match algorithm {
        Algorithm::RS256 => "RS256",
        Algorithm::ES256 => "ES256",
        _ => "",
    }
}

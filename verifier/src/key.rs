//! Public keys: what kind they are, and whether a signature fits.

use std::borrow::Cow;

use aws_lc_rs::digest::{self, Digest as ComputedDigest};
use aws_lc_rs::signature::{self, ParsedPublicKey, VerificationAlgorithm};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::Deserialize;
use x509_parser::prelude::FromDer;
use x509_parser::public_key::RSAPublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::attestation::HashAlgorithm;

/// A public key that the caller trusts, for attestations that no certificate speaks for.
#[derive(Debug, Clone)]
pub struct PublicKey {
    /// DER of the `SubjectPublicKeyInfo`.
    spki: Vec<u8>,
    key: VerificationKey,
    name: Option<String>,
    valid_from: Option<Timestamp>,
    valid_until: Option<Timestamp>,
}

/// Why a key cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// It is neither a PEM public key, a JWK nor the DER of one.
    #[error("not a public key in PEM or JWK")]
    Malformed,
    /// Its algorithm or size is none that signatures are verified with.
    #[error("key algorithm {algorithm} is not supported")]
    Unsupported {
        /// The algorithm's object identifier or JWK name.
        algorithm: String,
    },
    /// It is an RSA key too short to be safe (NIST SP 800-131A), or too long to be checked in good time.
    #[error("an RSA key of {bits} bits, 2048 to 8192 are allowed")]
    RsaSize {
        /// Its length.
        bits: usize,
    },
}

impl KeyError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> crate::Code {
        crate::Code::KeyInvalid
    }
}

impl PublicKey {
    /// Reads a key from PEM (`BEGIN PUBLIC KEY`) or from a JWK (RFC 7517).
    ///
    /// # Errors
    /// [`KeyError`], also for private keys and certificates, which are none of the two.
    pub fn parse(bytes: &[u8]) -> Result<Self, KeyError> {
        let text = std::str::from_utf8(bytes)
            .map_err(|_| KeyError::Malformed)?
            .trim();
        if text.starts_with('{') {
            Self::from_jwk(text)
        } else {
            Self::from_pem(text)
        }
    }

    /// Reads a key from the DER of a `SubjectPublicKeyInfo`.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn from_spki(der: &[u8]) -> Result<Self, KeyError> {
        let Ok(([], info)) = SubjectPublicKeyInfo::from_der(der) else {
            return Err(KeyError::Malformed);
        };
        Ok(Self {
            spki: der.to_vec(),
            key: VerificationKey::new(&info)?,
            name: None,
            valid_from: None,
            valid_until: None,
        })
    }

    /// Gives the key the name by which envelopes call it.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Limits the key to signatures of a time. Signatures whose time nothing authenticates are refused then.
    #[must_use]
    pub fn with_validity(mut self, from: Option<Timestamp>, until: Option<Timestamp>) -> Self {
        (self.valid_from, self.valid_until) = (from, until);
        self
    }

    /// Returns the key's name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns the SHA-256 of the key's `SubjectPublicKeyInfo` in hex: what identifies it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(crate::hash::sha256(&self.spki))
    }

    pub(crate) fn spki(&self) -> &[u8] {
        &self.spki
    }

    pub(crate) fn key(&self) -> &VerificationKey {
        &self.key
    }

    pub(crate) fn validity(&self) -> (Option<Timestamp>, Option<Timestamp>) {
        (self.valid_from, self.valid_until)
    }

    fn from_pem(text: &str) -> Result<Self, KeyError> {
        let body = text
            .strip_prefix("-----BEGIN PUBLIC KEY-----")
            .and_then(|rest| rest.strip_suffix("-----END PUBLIC KEY-----"))
            .ok_or(KeyError::Malformed)?;
        let body: String = body.split_ascii_whitespace().collect();
        Self::from_spki(&STANDARD.decode(body).map_err(|_| KeyError::Malformed)?)
    }

    fn from_jwk(text: &str) -> Result<Self, KeyError> {
        #[derive(Deserialize)]
        struct Jwk {
            kty: String,
            crv: Option<String>,
            x: Option<String>,
            y: Option<String>,
            n: Option<String>,
            e: Option<String>,
            /// The private half, which has no business here.
            d: Option<serde::de::IgnoredAny>,
        }

        let jwk: Jwk = slsa_predicates::json::from_slice(text.as_bytes(), &Default::default())
            .map_err(|_| KeyError::Malformed)?;
        if jwk.d.is_some() {
            return Err(KeyError::Malformed);
        }
        let decode = |value: Option<String>| {
            value
                .and_then(|value| URL_SAFE_NO_PAD.decode(value).ok())
                .ok_or(KeyError::Malformed)
        };
        let coordinate = |value: Option<String>, length: usize| {
            decode(value).and_then(|bytes| {
                if bytes.len() == length {
                    Ok(bytes)
                } else {
                    Err(KeyError::Malformed)
                }
            })
        };
        // The `SubjectPublicKeyInfo` of each kind of key but for the key itself.
        let (prefix, parts): (&[u8], Vec<Vec<u8>>) = match (jwk.kty.as_str(), jwk.crv.as_deref()) {
            ("EC", Some("P-256")) => (
                b"\x30\x59\x30\x13\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x08\x2a\x86\x48\xce\x3d\x03\x01\x07\
                  \x03\x42\x00\x04",
                vec![coordinate(jwk.x, 32)?, coordinate(jwk.y, 32)?],
            ),
            ("EC", Some("P-384")) => (
                b"\x30\x76\x30\x10\x06\x07\x2a\x86\x48\xce\x3d\x02\x01\x06\x05\x2b\x81\x04\x00\x22\
                  \x03\x62\x00\x04",
                vec![coordinate(jwk.x, 48)?, coordinate(jwk.y, 48)?],
            ),
            ("OKP", Some("Ed25519")) => {
                (b"\x30\x2a\x30\x05\x06\x03\x2b\x65\x70\x03\x21\x00", vec![coordinate(jwk.x, 32)?])
            }
            ("RSA", _) => {
                use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
                let components =
                    aws_lc_rs::rsa::PublicKeyComponents { n: decode(jwk.n)?, e: decode(jwk.e)? };
                let key: aws_lc_rs::rsa::PublicEncryptingKey =
                    components.try_into().map_err(|_| KeyError::Malformed)?;
                let der: PublicKeyX509Der<'_> = key.as_der().map_err(|_| KeyError::Malformed)?;
                return Self::from_spki(der.as_ref());
            }
            (kty, crv) => {
                let algorithm = format!("{kty} {}", crv.unwrap_or_default());
                return Err(KeyError::Unsupported { algorithm: algorithm.trim_end().to_owned() });
            }
        };
        Self::from_spki(&[prefix.to_vec(), parts.concat()].concat())
    }
}

/// A parsed key, ready to verify with.
#[derive(Debug, Clone)]
pub(crate) struct VerificationKey {
    kind: Kind,
    /// The key, parsed for signatures over its usual hash.
    usual: ParsedPublicKey,
    /// The key as its `SubjectPublicKeyInfo` holds it, for signatures over another hash.
    bits: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    EcdsaP256,
    EcdsaP384,
    EcdsaP521,
    Rsa,
    Ed25519,
}

impl VerificationKey {
    /// Recognises the key's kind, and refuses weak ones: RSA below 2048 bits, curves below P-256.
    pub(crate) fn new(info: &SubjectPublicKeyInfo<'_>) -> Result<Self, KeyError> {
        let oid = info.algorithm.algorithm.to_id_string();
        let curve = info
            .algorithm
            .parameters
            .as_ref()
            .and_then(|any| any.as_oid().ok());
        let kind = match (oid.as_str(), curve.map(|oid| oid.to_id_string()).as_deref()) {
            ("1.2.840.10045.2.1", Some("1.2.840.10045.3.1.7")) => Kind::EcdsaP256,
            ("1.2.840.10045.2.1", Some("1.3.132.0.34")) => Kind::EcdsaP384,
            ("1.2.840.10045.2.1", Some("1.3.132.0.35")) => Kind::EcdsaP521,
            ("1.2.840.113549.1.1.1", _) => Kind::Rsa,
            ("1.3.101.112", _) => Kind::Ed25519,
            (oid, curve) => {
                let algorithm = curve.map_or_else(|| oid.to_owned(), |curve| format!("{oid} {curve}"));
                return Err(KeyError::Unsupported { algorithm });
            }
        };
        if kind == Kind::Rsa {
            check_rsa_size(&info.subject_public_key.data)?;
        }
        let bits = info.subject_public_key.data.to_vec();
        let algorithm = kind.algorithm(kind.usual_hash());
        let usual = ParsedPublicKey::new(algorithm, &bits).map_err(|_| KeyError::Malformed)?;
        Ok(Self { kind, usual, bits })
    }

    /// Takes over an RSA key in PKCS #1.
    pub(crate) fn from_pkcs1(der: &[u8]) -> Option<Self> {
        check_rsa_size(der).ok()?;
        let usual = ParsedPublicKey::new(Kind::Rsa.algorithm(HashAlgorithm::Sha2_256), der).ok()?;
        Some(Self {
            kind: Kind::Rsa,
            usual,
            bits: der.to_vec(),
        })
    }

    /// The hash that this key's signatures are over unless said otherwise.
    pub(crate) fn usual_hash(&self) -> HashAlgorithm {
        self.kind.usual_hash()
    }

    /// Says whether this key signs bytes and not their digest.
    pub(crate) fn signs_bytes(&self) -> bool {
        self.kind == Kind::Ed25519
    }

    /// Verifies a signature over bytes with the key's usual hash.
    #[must_use]
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.verifies_with(self.usual_hash(), message, signature)
    }

    /// Verifies an ECDSA signature that is written as r and s, one behind the other and each of the curve's
    /// length (IEEE P1363), with the key's usual hash. Other keys have no such form.
    #[must_use]
    pub(crate) fn verifies_bare(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithm: &'static dyn VerificationAlgorithm = match self.kind {
            Kind::EcdsaP256 => &signature::ECDSA_P256_SHA256_FIXED,
            Kind::EcdsaP384 => &signature::ECDSA_P384_SHA384_FIXED,
            Kind::EcdsaP521 => &signature::ECDSA_P521_SHA512_FIXED,
            Kind::Rsa | Kind::Ed25519 => return false,
        };
        ParsedPublicKey::new(algorithm, &self.bits)
            .is_ok_and(|key| key.verify_sig(message, signature).is_ok())
    }

    /// Verifies a signature over bytes with a hash of the caller's choice.
    #[must_use]
    pub(crate) fn verifies_with(&self, hash: HashAlgorithm, message: &[u8], signature: &[u8]) -> bool {
        self.under(hash)
            .is_some_and(|key| key.verify_sig(message, signature).is_ok())
    }

    /// Verifies a signature over bytes of which only the digest is known.
    #[must_use]
    pub(crate) fn verifies_digest(&self, hash: HashAlgorithm, value: &[u8], signature: &[u8]) -> bool {
        if self.signs_bytes() {
            return false;
        }
        let Ok(digest) = ComputedDigest::import_less_safe(value, hash.implementation()) else {
            return false;
        };
        self.under(hash)
            .is_some_and(|key| key.verify_digest_sig(&digest, signature).is_ok())
    }

    fn under(&self, hash: HashAlgorithm) -> Option<Cow<'_, ParsedPublicKey>> {
        if hash == self.usual_hash() || self.signs_bytes() {
            return Some(Cow::Borrowed(&self.usual));
        }
        ParsedPublicKey::new(self.kind.algorithm(hash), &self.bits)
            .ok()
            .map(Cow::Owned)
    }
}

/// Refuses RSA keys (PKCS #1) outside the sizes that signatures are verified with, before one is used.
fn check_rsa_size(pkcs1: &[u8]) -> Result<(), KeyError> {
    let (_, key) = RSAPublicKey::from_der(pkcs1).map_err(|_| KeyError::Malformed)?;
    let significant = key.modulus.iter().position(|byte| *byte != 0).unwrap_or(0);
    let modulus = key.modulus.get(significant..).unwrap_or_default();
    let unused = modulus.first().map_or(0, |byte| byte.leading_zeros());
    let bits = modulus
        .len()
        .saturating_mul(8)
        .saturating_sub(usize::try_from(unused).unwrap_or(0));
    if (2048..=8192).contains(&bits) {
        Ok(())
    } else {
        Err(KeyError::RsaSize { bits })
    }
}

impl Kind {
    fn usual_hash(self) -> HashAlgorithm {
        match self {
            Self::EcdsaP256 | Self::Rsa | Self::Ed25519 => HashAlgorithm::Sha2_256,
            Self::EcdsaP384 => HashAlgorithm::Sha2_384,
            Self::EcdsaP521 => HashAlgorithm::Sha2_512,
        }
    }

    fn algorithm(self, hash: HashAlgorithm) -> &'static dyn VerificationAlgorithm {
        use HashAlgorithm::{Sha2_256, Sha2_384, Sha2_512};
        match (self, hash) {
            (Self::EcdsaP256, Sha2_256) => &signature::ECDSA_P256_SHA256_ASN1,
            (Self::EcdsaP256, Sha2_384) => &signature::ECDSA_P256_SHA384_ASN1,
            (Self::EcdsaP256, Sha2_512) => &signature::ECDSA_P256_SHA512_ASN1,
            (Self::EcdsaP384, Sha2_256) => &signature::ECDSA_P384_SHA256_ASN1,
            (Self::EcdsaP384, Sha2_384) => &signature::ECDSA_P384_SHA384_ASN1,
            (Self::EcdsaP384, Sha2_512) => &signature::ECDSA_P384_SHA512_ASN1,
            (Self::EcdsaP521, Sha2_256) => &signature::ECDSA_P521_SHA256_ASN1,
            (Self::EcdsaP521, Sha2_384) => &signature::ECDSA_P521_SHA384_ASN1,
            (Self::EcdsaP521, Sha2_512) => &signature::ECDSA_P521_SHA512_ASN1,
            (Self::Rsa, Sha2_256) => &signature::RSA_PKCS1_2048_8192_SHA256,
            (Self::Rsa, Sha2_384) => &signature::RSA_PKCS1_2048_8192_SHA384,
            (Self::Rsa, Sha2_512) => &signature::RSA_PKCS1_2048_8192_SHA512,
            (Self::Ed25519, _) => &signature::ED25519,
        }
    }
}

impl HashAlgorithm {
    pub(crate) fn implementation(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha2_256 => &digest::SHA256,
            Self::Sha2_384 => &digest::SHA384,
            Self::Sha2_512 => &digest::SHA512,
        }
    }

    pub(crate) fn digest_algorithm(self) -> slsa_predicates::DigestAlgorithm {
        match self {
            Self::Sha2_256 => slsa_predicates::DigestAlgorithm::Sha256,
            Self::Sha2_384 => slsa_predicates::DigestAlgorithm::Sha384,
            Self::Sha2_512 => slsa_predicates::DigestAlgorithm::Sha512,
        }
    }
}

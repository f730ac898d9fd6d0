//! The kinds of keys that Sigstore's services sign with.

use ed25519_dalek::Signer as _;
use p256::pkcs8::EncodePublicKey as _;
use sha2::{Digest as _, Sha256};
use x509_cert::der::asn1::{Null, ObjectIdentifier};
use x509_cert::der::{Any, Decode as _, Encode as _};
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};

use crate::error::SandboxError;

const ECDSA_WITH_SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");
const ECDSA_WITH_SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");

/// A private key whose signatures over the same bytes are the same.
#[derive(Clone)]
pub(crate) enum Key {
    /// ECDSA on P-256 with SHA-256.
    P256(p256::ecdsa::SigningKey),
    /// ECDSA on P-384 with SHA-384.
    P384(p384::ecdsa::SigningKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::SigningKey),
}

impl Key {
    /// Returns the public key as SubjectPublicKeyInfo in DER.
    pub(crate) fn spki(&self) -> Result<Vec<u8>, SandboxError> {
        let document = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
        };
        let document = document.map_err(|_| SandboxError::PublicKey)?;
        Ok(document.as_bytes().to_vec())
    }

    /// Returns the SHA-256 of the public key: a log's identifier (RFC 6962, section 3.2).
    pub(crate) fn id(&self) -> Result<[u8; 32], SandboxError> {
        Ok(Sha256::digest(self.spki()?).into())
    }

    /// Signs bytes; ECDSA signatures are in DER.
    pub(crate) fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::P256(key) => {
                let signature: p256::ecdsa::Signature = key.sign(bytes);
                signature.to_der().as_bytes().to_vec()
            }
            Self::P384(key) => {
                let signature: p384::ecdsa::Signature = key.sign(bytes);
                signature.to_der().as_bytes().to_vec()
            }
            Self::Ed25519(key) => key.sign(bytes).to_bytes().to_vec(),
        }
    }

    /// Returns the signature algorithm, as certificates and CMS name it.
    pub(crate) fn algorithm(&self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::P256(_) => ECDSA_WITH_SHA256,
            Self::P384(_) => ECDSA_WITH_SHA384,
            Self::Ed25519(_) => ED25519,
        };
        AlgorithmIdentifierOwned {
            oid,
            parameters: None,
        }
    }

    /// Returns the digest algorithm that goes with it, as CMS names it.
    pub(crate) fn digest_algorithm(&self) -> AlgorithmIdentifierOwned {
        let oid = match self {
            Self::P384(_) => SHA384,
            Self::P256(_) | Self::Ed25519(_) => SHA256,
        };
        AlgorithmIdentifierOwned {
            oid,
            parameters: Some(Any::from(Null)),
        }
    }

    /// Returns the digest of bytes by that algorithm.
    pub(crate) fn digest(&self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::P384(_) => sha2::Sha384::digest(bytes).to_vec(),
            Self::P256(_) | Self::Ed25519(_) => Sha256::digest(bytes).to_vec(),
        }
    }

    /// Returns the name of the key's kind in `trusted_root.json`.
    pub(crate) fn details(&self) -> &'static str {
        match self {
            Self::P256(_) => "PKIX_ECDSA_P256_SHA_256",
            Self::P384(_) => "PKIX_ECDSA_P384_SHA_384",
            Self::Ed25519(_) => "PKIX_ED25519",
        }
    }
}

/// Someone else's public key.
#[derive(Debug, Clone)]
pub(crate) enum PublicKey {
    /// ECDSA on P-256 with SHA-256.
    P256(p256::ecdsa::VerifyingKey),
    /// ECDSA on P-384 with SHA-384.
    P384(p384::ecdsa::VerifyingKey),
    /// Ed25519.
    Ed25519(ed25519_dalek::VerifyingKey),
}

impl PublicKey {
    /// Reads a SubjectPublicKeyInfo.
    pub(crate) fn from_spki(spki: &[u8]) -> Result<Self, SandboxError> {
        let info = SubjectPublicKeyInfoOwned::from_der(spki)?;
        let curve = info
            .algorithm
            .parameters
            .as_ref()
            .and_then(|curve| curve.decode_as::<ObjectIdentifier>().ok());
        let key = info.subject_public_key.raw_bytes();
        match (info.algorithm.oid, curve) {
            (_, Some(P256)) => p256::ecdsa::VerifyingKey::from_sec1_bytes(key)
                .map(Self::P256)
                .map_err(|_| SandboxError::PublicKey),
            (_, Some(P384)) => p384::ecdsa::VerifyingKey::from_sec1_bytes(key)
                .map(Self::P384)
                .map_err(|_| SandboxError::PublicKey),
            (ED25519, None) => <[u8; 32]>::try_from(key)
                .ok()
                .and_then(|key| ed25519_dalek::VerifyingKey::from_bytes(&key).ok())
                .map(Self::Ed25519)
                .ok_or(SandboxError::PublicKey),
            _ => Err(SandboxError::PublicKey),
        }
    }

    /// Reads the key of a certificate (DER).
    pub(crate) fn from_certificate(der: &[u8]) -> Result<Self, SandboxError> {
        let certificate = x509_cert::Certificate::from_der(der)?;
        Self::from_spki(&certificate.tbs_certificate.subject_public_key_info.to_der()?)
    }

    /// Checks a signature over bytes.
    pub(crate) fn verify(&self, bytes: &[u8], signature: &[u8]) -> Result<(), SandboxError> {
        use ed25519_dalek::Verifier as _;
        let verified = match self {
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify(bytes, &signature)),
            Self::P384(key) => p384::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify(bytes, &signature)),
            Self::Ed25519(key) => ed25519_dalek::Signature::from_slice(signature)
                .and_then(|signature| key.verify(bytes, &signature)),
        };
        verified.map_err(|_| SandboxError::Signature)
    }

    /// Checks a signature over bytes of which only the SHA-256 is known: of P-256 keys, as all clients use.
    pub(crate) fn verify_sha256(&self, digest: &[u8], signature: &[u8]) -> Result<(), SandboxError> {
        use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
        match self {
            Self::P256(key) => p256::ecdsa::Signature::from_der(signature)
                .and_then(|signature| key.verify_prehash(digest, &signature))
                .map_err(|_| SandboxError::Signature),
            Self::P384(_) | Self::Ed25519(_) => Err(SandboxError::PublicKey),
        }
    }
}

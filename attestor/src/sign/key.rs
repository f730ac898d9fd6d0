//! Keys: one made for a run and forgotten with it, or one kept in a file.

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::encoding::{AsDer as _, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _};
use pkcs8::der::pem::PemLabel as _;
use pkcs8::{EncryptedPrivateKeyInfo, SecretDocument};

use super::error::SignError;

/// An ECDSA key on P-256, which is what every client and log of Sigstore knows.
pub(super) struct SigningKey(EcdsaKeyPair);

impl SigningKey {
    /// Makes a key, in memory alone.
    pub(super) fn generate() -> Result<Self, SignError> {
        EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING)
            .map(Self)
            .map_err(|_| SignError::Key)
    }

    /// Signs bytes; the signature is in DER.
    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0
            .sign(&SystemRandom::new(), bytes)
            .map(|signature| signature.as_ref().to_vec())
            .map_err(|_| SignError::Key)
    }

    /// Returns the SubjectPublicKeyInfo in DER.
    pub(super) fn public_key(&self) -> Result<Vec<u8>, SignError> {
        let der: PublicKeyX509Der<'_> = self.0.public_key().as_der().map_err(|_| SignError::Key)?;
        Ok(der.as_ref().to_vec())
    }
}

/// A key of one's own from a file, for where there is no network.
pub struct KeyFile(SigningKey);

/// Why a key file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// It is larger than a key is.
    #[error("a key file of {found} bytes, at most {max} are allowed")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// It is not PEM.
    #[error("not a private key in PEM")]
    NotPem,
    /// It lies there for everybody to read.
    #[error("the key is not encrypted (PEM label {label:?})")]
    NotEncrypted {
        /// What it says it is.
        label: String,
    },
    /// The password does not open it.
    #[error("the password does not open the key")]
    Password,
    /// It is another kind of key than ECDSA on P-256.
    #[error("not an ECDSA key on P-256")]
    Kind,
}

impl KeyFileError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "key-file"
    }
}

impl KeyFile {
    /// Bytes of a key file: an encrypted PKCS #8 key has some 400.
    pub const MAX_BYTES: usize = 16 << 10;

    /// Opens an encrypted PKCS #8 key in PEM (RFC 5958), as `openssl pkcs8 -topk8` writes it.
    ///
    /// # Errors
    /// [`KeyFileError`]. A key that is not encrypted is refused.
    pub fn open(pem: &[u8], password: &[u8]) -> Result<Self, KeyFileError> {
        if pem.len() > Self::MAX_BYTES {
            let (found, max) = (pem.len(), Self::MAX_BYTES);
            return Err(KeyFileError::TooLarge { found, max });
        }
        let text = std::str::from_utf8(pem).map_err(|_| KeyFileError::NotPem)?;
        let (label, document) = SecretDocument::from_pem(text).map_err(|_| KeyFileError::NotPem)?;
        if label != EncryptedPrivateKeyInfo::PEM_LABEL {
            let label = label.chars().take(64).collect();
            return Err(KeyFileError::NotEncrypted { label });
        }
        let encrypted =
            EncryptedPrivateKeyInfo::try_from(document.as_bytes()).map_err(|_| KeyFileError::NotPem)?;
        let key = encrypted.decrypt(password).map_err(|_| KeyFileError::Password)?;
        EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, key.as_bytes())
            .map(|key| Self(SigningKey(key)))
            .map_err(|_| KeyFileError::Kind)
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        self.0.sign(bytes)
    }

    /// Returns the SubjectPublicKeyInfo in DER, which verifiers need.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn public_key(&self) -> Result<Vec<u8>, SignError> {
        self.0.public_key()
    }

    /// Returns the SHA-256 of the public key in hex, which the bundle has as hint.
    ///
    /// # Errors
    /// [`SignError::Key`].
    pub fn fingerprint(&self) -> Result<String, SignError> {
        Ok(hex::encode(digest(&SHA256, &self.public_key()?)))
    }
}

impl std::fmt::Debug for KeyFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyFile(..)")
    }
}

#[cfg(test)]
mod tests {
    use pkcs8::pkcs5::pbes2::Parameters;
    use pkcs8::{LineEnding, PrivateKeyInfo};

    use super::*;

    /// An encrypted key, as `openssl pkcs8 -topk8` would write it, and the same one unencrypted.
    fn key_files() -> (String, String) {
        let document =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &SystemRandom::new()).unwrap();
        let info = PrivateKeyInfo::try_from(document.as_ref()).unwrap();
        let parameters = Parameters::pbkdf2_sha256_aes256cbc(1000, b"saltsalt", &[7; 16]).unwrap();
        let encrypted = info.encrypt_with_params(parameters, "secret").unwrap();
        let encrypted = encrypted
            .to_pem("ENCRYPTED PRIVATE KEY", LineEnding::LF)
            .unwrap()
            .to_string();
        let plain = SecretDocument::try_from(document.as_ref()).unwrap();
        (
            encrypted,
            plain.to_pem("PRIVATE KEY", LineEnding::LF).unwrap().to_string(),
        )
    }

    #[test]
    fn an_encrypted_key_is_opened_by_its_password_alone_and_an_open_one_is_refused() {
        let (encrypted, plain) = key_files();
        let key = KeyFile::open(encrypted.as_bytes(), b"secret").unwrap();
        assert_eq!(key.fingerprint().unwrap().len(), 64);
        assert_eq!(format!("{key:?}"), "KeyFile(..)");
        let refused = |pem: &str, password: &[u8]| KeyFile::open(pem.as_bytes(), password).unwrap_err();
        assert_eq!(refused(&encrypted, b"Secret"), KeyFileError::Password);
        let label = "PRIVATE KEY".to_owned();
        assert_eq!(refused(&plain, b"secret"), KeyFileError::NotEncrypted { label });
        assert_eq!(refused("nothing", b"secret"), KeyFileError::NotPem);
        let (found, max) = (KeyFile::MAX_BYTES + 1, KeyFile::MAX_BYTES);
        assert_eq!(
            refused(&" ".repeat(found), b""),
            KeyFileError::TooLarge { found, max }
        );
    }
}

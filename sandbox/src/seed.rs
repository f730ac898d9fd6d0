//! The seed from which all keys of a sandbox come.

use p256::elliptic_curve::generic_array::GenericArray;
use sha2::{Digest as _, Sha256, Sha384};

/// The secret behind all keys of a sandbox: the same seed gives the same keys, and since ECDSA is done as in
/// RFC 6979 and Ed25519 as in RFC 8032, the same signatures. Such keys protect nothing.
#[derive(Clone)]
pub struct Seed(Vec<u8>);

impl Seed {
    /// Makes a seed of any bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(bytes.into())
    }

    /// Returns the P-256 key of this name.
    pub(crate) fn p256(&self, name: &str) -> p256::ecdsa::SigningKey {
        // A digest is outside the group's order once in 2^32: then the next one serves.
        let mut keys = (0..=u8::MAX).filter_map(|round| {
            let digest: [u8; 32] = Sha256::digest(self.input("p256", name, round)).into();
            p256::ecdsa::SigningKey::from_bytes(GenericArray::from_slice(&digest)).ok()
        });
        keys.next().unwrap_or_else(|| unusable(name))
    }

    /// Returns the P-384 key of this name.
    pub(crate) fn p384(&self, name: &str) -> p384::ecdsa::SigningKey {
        let mut keys = (0..=u8::MAX).filter_map(|round| {
            let digest: [u8; 48] = Sha384::digest(self.input("p384", name, round)).into();
            p384::ecdsa::SigningKey::from_bytes(GenericArray::from_slice(&digest)).ok()
        });
        keys.next().unwrap_or_else(|| unusable(name))
    }

    /// Returns the Ed25519 key of this name.
    pub(crate) fn ed25519(&self, name: &str) -> ed25519_dalek::SigningKey {
        let digest: [u8; 32] = Sha256::digest(self.input("ed25519", name, 0)).into();
        ed25519_dalek::SigningKey::from_bytes(&digest)
    }

    fn input(&self, kind: &str, name: &str, round: u8) -> Vec<u8> {
        let length = u64::try_from(self.0.len()).unwrap_or(u64::MAX).to_be_bytes();
        [
            &length[..],
            &self.0,
            kind.as_bytes(),
            b"/",
            name.as_bytes(),
            &[0, round],
        ]
        .concat()
    }
}

impl From<&str> for Seed {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// 256 digests in a row outside the order: once in 2^8192.
#[allow(clippy::panic, reason = "cannot be reached by any input")]
fn unusable(name: &str) -> ! {
    panic!("no key for {name}")
}

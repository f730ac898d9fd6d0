//! One digest: an algorithm and a checked value.
//!
//! Source: in-toto attestation specification v1, `digest_set.md`.

mod algorithm;
mod error;
mod set;

use std::fmt;

pub use algorithm::DigestAlgorithm;
pub use error::DigestError;
pub(crate) use set::DigestEntries;
pub use set::{DigestSet, MAX_DIGESTS};

/// A digest whose value has the form that its algorithm demands: lower-case hexadecimal of the right length.
///
/// One value has one spelling, so that comparing texts compares digests.
///
/// ```
/// use slsa_predicates::{Digest, DigestAlgorithm, DigestError};
///
/// let digest = Digest::parse("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709")?;
/// assert_eq!(digest.algorithm(), DigestAlgorithm::Sha1);
/// assert!(Digest::parse("sha1:DA39A3EE5E6B4B0D3255BFEF95601890AFD80709").is_err());
/// # Ok::<(), DigestError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest {
    algorithm: DigestAlgorithm,
    value: String,
}

impl Digest {
    /// Returns a digest of this algorithm and value.
    ///
    /// # Errors
    /// [`DigestError::Length`] and [`DigestError::NotLowerHex`].
    pub fn new(algorithm: DigestAlgorithm, value: &str) -> Result<Self, DigestError> {
        check(algorithm, value)?;
        Ok(Self {
            algorithm,
            value: value.to_owned(),
        })
    }

    /// Parses `<algorithm>:<value>`, such as `sha256:e3b0c442…`.
    ///
    /// # Errors
    /// [`DigestError::NoAlgorithm`] where there is no colon, [`DigestError::UnknownAlgorithm`], and as
    /// [`new`](Self::new).
    pub fn parse(text: &str) -> Result<Self, DigestError> {
        let (name, value) = text.split_once(':').ok_or(DigestError::NoAlgorithm)?;
        Self::new(name.parse()?, value)
    }

    /// Returns the digest with these bytes, as a hash function gives them.
    ///
    /// # Errors
    /// [`DigestError::Length`].
    pub fn from_bytes(algorithm: DigestAlgorithm, bytes: &[u8]) -> Result<Self, DigestError> {
        let value = hex::encode(bytes);
        check(algorithm, &value)?;
        Ok(Self { algorithm, value })
    }

    /// Returns the algorithm.
    pub fn algorithm(&self) -> DigestAlgorithm {
        self.algorithm
    }

    /// Returns the value, in lower-case hexadecimal.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Returns whether equal digests can be taken for equal bytes.
    ///
    /// That needs an algorithm that is
    /// [cryptographically strong](DigestAlgorithm::is_cryptographically_strong) and, where the algorithm has
    /// several lengths, a value of at least 256 bits.
    pub fn is_cryptographically_strong(&self) -> bool {
        self.algorithm.is_cryptographically_strong() && self.value.len() >= 64
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.algorithm, self.value)
    }
}

fn check(algorithm: DigestAlgorithm, value: &str) -> Result<(), DigestError> {
    if !algorithm.hex_lengths().contains(&value.len()) {
        return Err(DigestError::Length {
            algorithm,
            found: value.len(),
        });
    }
    if !value.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return Err(DigestError::NotLowerHex { algorithm });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const EMPTY: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn lower_case_hexadecimal_of_the_right_length_is_accepted() {
        let digest = Digest::new(DigestAlgorithm::Sha256, EMPTY).unwrap();
        assert_eq!(digest.to_string(), format!("sha256:{EMPTY}"));
        assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
    }

    #[test]
    fn upper_case_is_refused() {
        assert_eq!(
            Digest::new(DigestAlgorithm::Sha256, &EMPTY.to_uppercase()),
            Err(DigestError::NotLowerHex {
                algorithm: DigestAlgorithm::Sha256
            })
        );
    }

    #[test]
    fn a_letter_beyond_f_is_refused() {
        assert_eq!(
            Digest::new(DigestAlgorithm::Sha256, &EMPTY.replace('e', "g")),
            Err(DigestError::NotLowerHex {
                algorithm: DigestAlgorithm::Sha256
            })
        );
    }

    #[test]
    fn another_length_is_refused() {
        for (value, found) in [("", 0), (&EMPTY[1..], 63), (&EMPTY[..40], 40)] {
            assert_eq!(
                Digest::new(DigestAlgorithm::Sha256, value),
                Err(DigestError::Length {
                    algorithm: DigestAlgorithm::Sha256,
                    found
                })
            );
        }
    }

    #[test]
    fn a_git_commit_has_40_or_64_characters() {
        assert!(Digest::new(DigestAlgorithm::GitCommit, &EMPTY[..40]).is_ok());
        assert!(Digest::new(DigestAlgorithm::GitCommit, EMPTY).is_ok());
        assert!(Digest::new(DigestAlgorithm::GitCommit, &EMPTY[..7]).is_err());
    }

    #[test]
    fn a_text_without_a_known_algorithm_is_refused() {
        assert_eq!(Digest::parse(EMPTY), Err(DigestError::NoAlgorithm));
        assert_eq!(
            Digest::parse(&format!("SHA256:{EMPTY}")),
            Err(DigestError::UnknownAlgorithm {
                name: "SHA256".into()
            })
        );
    }

    #[test]
    fn a_strong_algorithm_with_a_short_value_is_not_strong() {
        let long = Digest::new(DigestAlgorithm::Blake2b, EMPTY).unwrap();
        let short = Digest::new(DigestAlgorithm::Blake2b, &EMPTY[..40]).unwrap();
        assert!(long.is_cryptographically_strong() && !short.is_cryptographically_strong());
    }

    #[test]
    fn bytes_become_hexadecimal() {
        let digest = Digest::from_bytes(DigestAlgorithm::Md5, &[0xab; 16]).unwrap();
        assert_eq!(digest.value(), "ab".repeat(16));
        assert!(Digest::from_bytes(DigestAlgorithm::Md5, &[0xab; 15]).is_err());
    }
}

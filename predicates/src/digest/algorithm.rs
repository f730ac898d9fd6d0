//! The predefined algorithms.

use std::fmt;
use std::str::FromStr;

use super::DigestError;
use crate::shown::shown;

/// An algorithm that the in-toto specification predefines (`digest_set.md`, "Supported algorithms").
///
/// The order is that of strength, weakest first. It serves to choose among the digests of one artifact;
/// whether a digest is good enough is answered by
/// [`is_cryptographically_strong`](Self::is_cryptographically_strong).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum DigestAlgorithm {
    /// `md5`: collisions are made in seconds.
    Md5,
    /// `sha1`: collisions have been made. SLSA v0.2 materials write git commits under this name.
    Sha1,
    /// `ripemd160`: 80 bits against collisions.
    Ripemd160,
    /// `gitTag`: an annotated tag, as git names it.
    GitTag,
    /// `gitBlob`: a file, as git names it.
    GitBlob,
    /// `gitTree`: a directory, as git names it.
    GitTree,
    /// `gitCommit`: a commit, as git names it.
    GitCommit,
    /// `dirHash`: the names and contents of a file tree, as Go's module checksums, in hexadecimal.
    DirHash,
    /// `gost`: GOST R 34.11, of 1994 or 2012; the name does not say which.
    Gost,
    /// `sha224`.
    Sha224,
    /// `sha512_224`.
    Sha512_224,
    /// `sha3_224`.
    Sha3_224,
    /// `shake128`, with 128 or 256 bits.
    Shake128,
    /// `blake2s`, with 128 to 256 bits.
    Blake2s,
    /// `sm3`.
    Sm3,
    /// `sha256`: the specification recommends to give at least this one.
    Sha256,
    /// `sha512_256`.
    Sha512_256,
    /// `sha3_256`.
    Sha3_256,
    /// `shake256`, with 256 or 512 bits.
    Shake256,
    /// `sha384`.
    Sha384,
    /// `sha3_384`.
    Sha3_384,
    /// `blake2b`, with 160 to 512 bits.
    Blake2b,
    /// `sha512`.
    Sha512,
    /// `sha3_512`.
    Sha3_512,
}

impl DigestAlgorithm {
    /// All of them, weakest first.
    pub const ALL: &'static [Self] = &[
        Self::Md5,
        Self::Sha1,
        Self::Ripemd160,
        Self::GitTag,
        Self::GitBlob,
        Self::GitTree,
        Self::GitCommit,
        Self::DirHash,
        Self::Gost,
        Self::Sha224,
        Self::Sha512_224,
        Self::Sha3_224,
        Self::Shake128,
        Self::Blake2s,
        Self::Sm3,
        Self::Sha256,
        Self::Sha512_256,
        Self::Sha3_256,
        Self::Shake256,
        Self::Sha384,
        Self::Sha3_384,
        Self::Blake2b,
        Self::Sha512,
        Self::Sha3_512,
    ];

    /// Returns the name, spelled as in the specification.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Md5 => "md5",
            Self::Sha1 => "sha1",
            Self::Ripemd160 => "ripemd160",
            Self::GitTag => "gitTag",
            Self::GitBlob => "gitBlob",
            Self::GitTree => "gitTree",
            Self::GitCommit => "gitCommit",
            Self::DirHash => "dirHash",
            Self::Gost => "gost",
            Self::Sha224 => "sha224",
            Self::Sha512_224 => "sha512_224",
            Self::Sha3_224 => "sha3_224",
            Self::Shake128 => "shake128",
            Self::Blake2s => "blake2s",
            Self::Sm3 => "sm3",
            Self::Sha256 => "sha256",
            Self::Sha512_256 => "sha512_256",
            Self::Sha3_256 => "sha3_256",
            Self::Shake256 => "shake256",
            Self::Sha384 => "sha384",
            Self::Sha3_384 => "sha3_384",
            Self::Blake2b => "blake2b",
            Self::Sha512 => "sha512",
            Self::Sha3_512 => "sha3_512",
        }
    }

    /// Returns the lengths, in hexadecimal characters, that a value may have.
    ///
    /// Functions of free length have those that are in use.
    pub fn hex_lengths(self) -> &'static [usize] {
        match self {
            Self::Md5 => &[32],
            Self::Sha1 | Self::Ripemd160 => &[40],
            Self::GitTag | Self::GitBlob | Self::GitTree | Self::GitCommit => &[40, 64],
            Self::Sha224 | Self::Sha512_224 | Self::Sha3_224 => &[56],
            Self::DirHash | Self::Sm3 | Self::Sha256 | Self::Sha512_256 | Self::Sha3_256 => &[64],
            Self::Gost | Self::Shake256 => &[64, 128],
            Self::Shake128 => &[32, 64],
            Self::Blake2s => &[32, 40, 56, 64],
            Self::Sha384 | Self::Sha3_384 => &[96],
            Self::Blake2b => &[40, 64, 96, 128],
            Self::Sha512 | Self::Sha3_512 => &[128],
        }
    }

    /// Returns whether the algorithm withstands collisions with at least 128 bits: SHA-256 and better.
    ///
    /// Others may not authenticate an artifact. Those of git name objects of a repository, not files;
    /// `dirHash` names a tree; `gost` does not say which function it is.
    pub fn is_cryptographically_strong(self) -> bool {
        match self {
            Self::Shake128
            | Self::Blake2s
            | Self::Sm3
            | Self::Sha256
            | Self::Sha512_256
            | Self::Sha3_256
            | Self::Shake256
            | Self::Sha384
            | Self::Sha3_384
            | Self::Blake2b
            | Self::Sha512
            | Self::Sha3_512 => true,
            Self::Md5
            | Self::Sha1
            | Self::Ripemd160
            | Self::GitTag
            | Self::GitBlob
            | Self::GitTree
            | Self::GitCommit
            | Self::DirHash
            | Self::Gost
            | Self::Sha224
            | Self::Sha512_224
            | Self::Sha3_224 => false,
        }
    }

    /// Returns whether the value names an object of a git repository, and nothing else.
    pub fn identifies_git_object(self) -> bool {
        matches!(
            self,
            Self::GitTag | Self::GitBlob | Self::GitTree | Self::GitCommit
        )
    }
}

impl fmt::Display for DigestAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for DigestAlgorithm {
    type Err = DigestError;

    /// Returns the algorithm with exactly this name.
    fn from_str(name: &str) -> Result<Self, DigestError> {
        Self::ALL
            .iter()
            .copied()
            .find(|a| a.as_str() == name)
            .ok_or_else(|| DigestError::UnknownAlgorithm {
                name: shown(name, 64),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_algorithm_is_found_by_its_name_and_all_are_in_order() {
        for algorithm in DigestAlgorithm::ALL {
            assert_eq!(algorithm.as_str().parse(), Ok(*algorithm));
        }
        assert!(DigestAlgorithm::ALL.is_sorted());
        assert_eq!(DigestAlgorithm::ALL.len(), 24);
    }

    #[test]
    fn other_spellings_are_unknown() {
        for name in ["SHA256", "sha-256", "gitcommit", " sha256", "sha512/256", ""] {
            assert_eq!(
                name.parse::<DigestAlgorithm>(),
                Err(DigestError::UnknownAlgorithm { name: name.into() })
            );
        }
    }

    #[test]
    fn sha256_may_authenticate_and_sha1_may_not() {
        assert!(DigestAlgorithm::Sha256.is_cryptographically_strong());
        assert!(!DigestAlgorithm::Sha1.is_cryptographically_strong());
        assert!(!DigestAlgorithm::GitCommit.is_cryptographically_strong());
    }
}

//! The artifact in question, as far as a verifier must know it: by its digests.

use slsa_predicates::{Digest, DigestAlgorithm};

use crate::hash::{Hasher, USUAL_ALGORITHMS};

/// The artifact that shall be admitted.
///
/// Either its bytes were at hand, and all its digests that were computed must agree with an attestation's
/// subject; or only a digest is known, as with an image, and that one decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    digests: Vec<Digest>,
    /// Names beside digests, such as `gce_image_id`, that only their producers can compare.
    names: Vec<(String, String)>,
    computed: bool,
    bytes: Option<Vec<u8>>,
}

impl Artifact {
    /// An artifact of which one digest is known.
    #[must_use]
    pub fn from_digest(digest: Digest) -> Self {
        Self {
            digests: vec![digest],
            names: Vec::new(),
            computed: false,
            bytes: None,
        }
    }

    /// An artifact that is known by several digests, or by names that are no digests, such as `gce_image_id`
    /// and a number. One subject must have all of them.
    #[must_use]
    pub fn from_known(digests: Vec<Digest>, names: Vec<(String, String)>) -> Self {
        Self {
            digests,
            names,
            computed: false,
            bytes: None,
        }
    }

    /// What stands for the artifact where only a statement's signature is in question.
    pub(crate) fn none() -> Self {
        Self {
            digests: Vec::new(),
            names: Vec::new(),
            computed: false,
            bytes: None,
        }
    }

    /// An artifact in memory, hashed with the usual algorithms. Its bytes are kept, since some signatures
    /// (Ed25519) are over bytes and not over a digest.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Self {
        let mut hasher = Hasher::new(USUAL_ALGORITHMS);
        hasher.update(bytes);
        Self {
            bytes: Some(bytes.to_vec()),
            ..hasher.finish()
        }
    }

    /// An artifact whose digests were all computed from its bytes, by a [`Hasher`].
    pub(crate) fn from_computed(digests: Vec<Digest>) -> Self {
        Self {
            digests,
            names: Vec::new(),
            computed: true,
            bytes: None,
        }
    }

    /// Returns what is known of the artifact.
    #[must_use]
    pub fn digests(&self) -> &[Digest] {
        &self.digests
    }

    /// Returns the names beside digests by which the artifact is known.
    #[must_use]
    pub fn names(&self) -> &[(String, String)] {
        &self.names
    }

    /// Returns the digest in one algorithm.
    #[must_use]
    pub fn digest(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.iter().find(|digest| digest.algorithm() == algorithm)
    }

    /// Says whether the digests were computed from the artifact's bytes.
    #[must_use]
    pub fn is_computed(&self) -> bool {
        self.computed
    }

    pub(crate) fn bytes(&self) -> Option<&[u8]> {
        self.bytes.as_deref()
    }
}

//! Digests of artifacts: one pass over the bytes, whatever their number, in memory that does not grow.

use std::io::{self, Read};

use aws_lc_rs::digest;
use slsa_predicates::{Digest, DigestAlgorithm};

use crate::artifact::Artifact;

/// Bytes read at one time: large enough that hashing, not reading, takes the time.
const CHUNK: usize = 128 << 10;

/// The algorithms that every artifact is hashed with: nearly all subjects name one of the two.
pub const USUAL_ALGORITHMS: &[DigestAlgorithm] = &[DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];

/// Computes several digests of one artifact in one pass.
#[derive(Clone)]
pub struct Hasher {
    contexts: Vec<(DigestAlgorithm, digest::Context)>,
}

impl Hasher {
    /// Starts the digests that can be computed from bytes, and leaves out the others (`gitCommit`, `dirHash`,
    /// and algorithms that no implementation is at hand for).
    #[must_use]
    pub fn new(algorithms: &[DigestAlgorithm]) -> Self {
        let mut contexts: Vec<(DigestAlgorithm, digest::Context)> = Vec::new();
        for algorithm in algorithms {
            if contexts.iter().any(|(known, _)| known == algorithm) {
                continue;
            }
            if let Some(implementation) = implementation(*algorithm) {
                contexts.push((*algorithm, digest::Context::new(implementation)));
            }
        }
        Self { contexts }
    }

    /// Adds the next bytes.
    pub fn update(&mut self, bytes: &[u8]) {
        for (_, context) in &mut self.contexts {
            context.update(bytes);
        }
    }

    /// Returns the artifact that has these digests.
    #[must_use]
    pub fn finish(self) -> Artifact {
        let digests = self
            .contexts
            .into_iter()
            .filter_map(|(algorithm, context)| Digest::new(algorithm, &hex::encode(context.finish())).ok());
        Artifact::from_computed(digests.collect())
    }
}

/// Hashes all that a reader gives. `progress` is told the number of bytes of each step.
///
/// # Errors
/// Whatever the reader answers.
pub fn hash_reader(
    mut reader: impl Read,
    algorithms: &[DigestAlgorithm],
    mut progress: impl FnMut(u64),
) -> io::Result<Artifact> {
    let mut hasher = Hasher::new(algorithms);
    let mut chunk = vec![0; CHUNK];
    loop {
        match reader.read(&mut chunk) {
            Ok(0) => return Ok(hasher.finish()),
            Ok(length) => {
                hasher.update(chunk.get(..length).unwrap_or_default());
                progress(u64::try_from(length).unwrap_or_default());
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

/// Says whether an algorithm's digest can be computed from an artifact's bytes.
#[must_use]
pub fn is_computable(algorithm: DigestAlgorithm) -> bool {
    implementation(algorithm).is_some()
}

fn implementation(algorithm: DigestAlgorithm) -> Option<&'static digest::Algorithm> {
    Some(match algorithm {
        DigestAlgorithm::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
        DigestAlgorithm::Sha224 => &digest::SHA224,
        DigestAlgorithm::Sha256 => &digest::SHA256,
        DigestAlgorithm::Sha384 => &digest::SHA384,
        DigestAlgorithm::Sha512 => &digest::SHA512,
        DigestAlgorithm::Sha512_256 => &digest::SHA512_256,
        DigestAlgorithm::Sha3_256 => &digest::SHA3_256,
        DigestAlgorithm::Sha3_384 => &digest::SHA3_384,
        DigestAlgorithm::Sha3_512 => &digest::SHA3_512,
        _ => return None,
    })
}

/// The SHA-256 of bytes in memory.
pub(crate) fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    for (to, from) in out
        .iter_mut()
        .zip(digest::digest(&digest::SHA256, bytes).as_ref())
    {
        *to = *from;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_pass_gives_the_known_digests_of_abc() {
        let algorithms = [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha512,
            DigestAlgorithm::Sha256,
        ];
        let artifact = hash_reader(&b"abc"[..], &algorithms, |_| {}).unwrap();
        let digests: Vec<String> = artifact.digests().iter().map(ToString::to_string).collect();
        assert_eq!(
            digests,
            [
                "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
                "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                 2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
            ]
        );
        assert_eq!(sha256(b"abc")[..4], [0xba, 0x78, 0x16, 0xbf]);
    }

    #[test]
    fn an_algorithm_over_something_else_than_bytes_is_left_out() {
        let artifact = hash_reader(&b"abc"[..], &[DigestAlgorithm::GitCommit], |_| {}).unwrap();
        assert!(artifact.digests().is_empty());
    }

    #[test]
    fn progress_counts_every_byte_once() {
        let mut total = 0;
        let bytes = vec![7; CHUNK * 2 + 3];
        hash_reader(&bytes[..], USUAL_ALGORITHMS, |step| total += step).unwrap();
        assert_eq!(total, u64::try_from(bytes.len()).unwrap());
    }
}

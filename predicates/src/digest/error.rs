//! What can be wrong with a digest.

use super::DigestAlgorithm;

/// Why a digest or a set of digests was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DigestError {
    /// A digest in one text has no `<algorithm>:` in front.
    #[error("no algorithm in front of the digest: expected <algorithm>:<value>")]
    NoAlgorithm,
    /// The algorithm is not one of [`DigestAlgorithm`].
    #[error("unknown digest algorithm \"{name}\"")]
    UnknownAlgorithm {
        /// Its name, cut, printable.
        name: String,
    },
    /// The value has a length that the algorithm does not have.
    #[error("{algorithm} digest has {found} characters, expected {}", lengths(*.algorithm))]
    Length {
        /// The algorithm.
        algorithm: DigestAlgorithm,
        /// Length found, in bytes.
        found: usize,
    },
    /// The value has other characters than `0` to `9` and `a` to `f`.
    #[error("{algorithm} digest is not lower-case hexadecimal")]
    NotLowerHex {
        /// The algorithm.
        algorithm: DigestAlgorithm,
    },
    /// The set is empty: it would identify nothing.
    #[error("no digest")]
    Empty,
    /// The set has more than [`MAX_DIGESTS`](super::MAX_DIGESTS) digests.
    #[error("{found} digests, at most {limit} allowed")]
    TooMany {
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// The same algorithm twice.
    #[error("two {name} digests")]
    Duplicate {
        /// The algorithm's name, cut, printable.
        name: String,
    },
    /// Name or value of an algorithm that is not predefined is empty or longer than 128 characters.
    #[error(
        "digest \"{name}\" of an algorithm that is not predefined: name or value empty or longer than {limit} characters"
    )]
    Other {
        /// The algorithm's name, cut, printable.
        name: String,
        /// How many characters there may be.
        limit: usize,
    },
}

fn lengths(algorithm: DigestAlgorithm) -> String {
    let lengths: Vec<_> = algorithm.hex_lengths().iter().map(usize::to_string).collect();
    lengths.join(" or ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_error_says_what_was_expected() {
        let err = DigestError::Length {
            algorithm: DigestAlgorithm::GitCommit,
            found: 7,
        };
        assert_eq!(
            err.to_string(),
            "gitCommit digest has 7 characters, expected 40 or 64"
        );
    }
}

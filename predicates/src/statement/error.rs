//! What can be wrong with a statement.

use crate::digest::DigestError;
use crate::json::JsonError;

/// Why a statement was refused. Indexes of subjects count from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StatementError {
    /// Not JSON, ambiguous JSON, beyond a limit on JSON, or a field of another type.
    #[error("statement: {0}")]
    Json(#[from] JsonError),
    /// There is no `_type`.
    #[error("statement has no _type")]
    MissingType,
    /// The `_type` is not one of [`StatementType`](super::StatementType).
    #[error("unknown statement type \"{found}\"")]
    UnknownType {
        /// The type, cut, printable.
        found: String,
    },
    /// There is no `predicateType`, or an empty one.
    #[error("statement has no predicateType")]
    MissingPredicateType,
    /// The `predicate` is neither an object nor null.
    #[error("the predicate is not an object")]
    PredicateNotAnObject,
    /// The list of subjects is unset, null or empty.
    #[error("statement has no subjects")]
    NoSubjects,
    /// More subjects than [`StatementLimits::subjects`](super::StatementLimits::subjects).
    #[error("statement has {found} subjects, at most {limit} allowed")]
    TooManySubjects {
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A subject is null or of another type.
    #[error("subject {index} is not an object")]
    SubjectNotAnObject {
        /// Which one.
        index: usize,
    },
    /// A field of a subject has another type; lines and columns count from the subject's beginning.
    #[error("subject {index}: {source}")]
    Subject {
        /// Which one.
        index: usize,
        /// What is wrong.
        source: JsonError,
    },
    /// A subject has no digest: its `digest` is unset, null or empty.
    #[error("subject {index} has no digest")]
    SubjectWithoutDigest {
        /// Which one.
        index: usize,
    },
    /// A subject has more digests than [`StatementLimits::digests`](super::StatementLimits::digests).
    #[error("subject {index} has {found} digests, at most {limit} allowed")]
    TooManyDigests {
        /// Which one.
        index: usize,
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A digest of a subject is malformed.
    #[error("subject {index}: {source}")]
    Digest {
        /// Which one.
        index: usize,
        /// What is wrong.
        source: DigestError,
    },
    /// A subject's name is longer than [`StatementLimits::name_bytes`](super::StatementLimits::name_bytes).
    #[error("name of subject {index} has {found} bytes, at most {limit} allowed")]
    NameTooLong {
        /// Which one.
        index: usize,
        /// How many bytes.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
}

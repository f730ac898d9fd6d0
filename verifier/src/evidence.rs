//! What an engine has proven beside the signature itself: when it was made, and where it was logged.

use jiff::Timestamp;

/// What is proven of a signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Evidence {
    /// Every authenticated time of signing. Never empty for a signer with a certificate.
    pub times: Vec<VerifiedTime>,
    /// Every log entry, each counted once.
    pub log_entries: Vec<VerifiedLogEntry>,
}

/// A time at which the signature existed, and who says so.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedTime {
    /// The time.
    pub time: Timestamp,
    /// What kind of authority says so.
    pub source: TimeSource,
    /// The authority's URL in the trust root.
    pub authority: String,
}

/// Who authenticates a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TimeSource {
    /// A transparency log, by its promise (signed entry timestamp).
    TransparencyLog,
    /// A timestamp authority (RFC 3161).
    TimestampAuthority,
}

impl TimeSource {
    /// Returns the source's name in the project's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::TransparencyLog => "transparency-log",
            Self::TimestampAuthority => "timestamp-authority",
        }
    }
}

/// An entry of a transparency log that is about this signature.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct VerifiedLogEntry {
    /// The log's URL in the trust root.
    pub log: String,
    /// The log's identifier in hex.
    pub log_id: String,
    /// The entry's index.
    pub log_index: u64,
    /// The entry's kind and version, such as `dsse 0.0.1`.
    pub kind: String,
    /// What shows that the entry is in the log.
    pub proof: LogProof,
}

/// What shows that an entry is in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LogProof {
    /// An inclusion proof up to a checkpoint that the log signed.
    Inclusion,
    /// The log's promise to include it.
    Promise,
    /// Both.
    InclusionAndPromise,
}

impl LogProof {
    /// Returns the proof's name in the project's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inclusion => "inclusion-proof",
            Self::Promise => "promise",
            Self::InclusionAndPromise => "inclusion-proof-and-promise",
        }
    }
}

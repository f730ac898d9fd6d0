//! Why subjects could not be collected.

use std::fmt;
use std::path::PathBuf;

use slsa_predicates::{DigestAlgorithm, DigestError};

use super::checksums::ChecksumsError;
use super::image::ImageFault;
use super::name::NameFault;
use super::oci_layout::LayoutFault;
use super::open::OpenFault;

/// Why subjects could not be collected. Names and paths are as they were found; whoever prints them escapes them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubjectsError {
    /// Nothing was named: an attestation is about something.
    #[error("no subject was named")]
    NoSources,
    /// A path or a pattern that no file has. An empty path is one of them.
    #[error("no file matches {pattern:?}")]
    NoFiles {
        /// As it was given.
        pattern: String,
    },
    /// A directory without a file in it.
    #[error("there is no file in the directory {path:?}")]
    EmptyDirectory {
        /// Where.
        path: PathBuf,
    },
    /// A pattern that is none.
    #[error("{pattern:?} is not a pattern: {reason}")]
    Pattern {
        /// As it was given.
        pattern: String,
        /// What is wrong with it.
        reason: &'static str,
    },
    /// A pattern that is too long.
    #[error("a pattern of {found} bytes, at most {max} are allowed")]
    PatternBytes {
        /// How long.
        found: usize,
        /// How long it may be.
        max: usize,
    },
    /// A file that could not be opened or read.
    #[error("{path:?}: {fault}")]
    Open {
        /// Which.
        path: PathBuf,
        /// Why.
        fault: OpenFault,
    },
    /// A file changed while it was hashed.
    #[error("{path:?} changed while it was hashed")]
    Changed {
        /// Which.
        path: PathBuf,
    },
    /// More subjects than allowed.
    #[error("more than {max} subjects")]
    TooMany {
        /// How many there may be.
        max: usize,
    },
    /// More files and directories than allowed were looked at for one path.
    #[error("more than {max} files and directories to look at for {pattern:?}")]
    TooManyEntries {
        /// The path or pattern.
        pattern: String,
        /// How many there may be.
        max: usize,
    },
    /// A name that cannot be signed.
    #[error("the name {name:?} {fault}")]
    Name {
        /// The name, cut after 80 characters.
        name: String,
        /// What is wrong with it.
        fault: NameFault,
    },
    /// A list of checksums that cannot be read.
    #[error(transparent)]
    Checksums(#[from] ChecksumsError),
    /// A text that should be `name@algorithm:digest`, and has no `@`.
    #[error("{text:?} is not a name, an @ and a digest")]
    NoDigest {
        /// As it was given.
        text: String,
    },
    /// The digest in `name@algorithm:digest`.
    #[error("the digest of {name:?}: {fault}")]
    Digest {
        /// Whose.
        name: String,
        /// What is wrong with it.
        fault: DigestError,
    },
    /// A digest for which somebody else can make another file.
    #[error("{algorithm} of {name:?} is too weak to stand for a file")]
    WeakDigest {
        /// Whose.
        name: String,
        /// Which.
        algorithm: DigestAlgorithm,
    },
    /// A reference to an image.
    #[error("the image {reference:?}: {fault}")]
    Image {
        /// As it was given.
        reference: String,
        /// What is wrong with it.
        fault: ImageFault,
    },
    /// An OCI layout.
    #[error("the OCI layout {path:?}: {fault}")]
    OciLayout {
        /// Where.
        path: PathBuf,
        /// What is wrong with it.
        fault: LayoutFault,
    },
    /// Two different artifacts with one name: whoever looks for the name would find either.
    #[error("two different artifacts are called {name:?}: {first} and {second}")]
    NameTwice {
        /// The name.
        name: String,
        /// Where the one comes from.
        first: Origin,
        /// Where the other comes from.
        second: Origin,
    },
    /// The same artifact with the same name twice.
    #[error("{name:?} is named twice: by {first} and by {second}")]
    DuplicateSubject {
        /// The name.
        name: String,
        /// Where it comes from.
        first: Origin,
        /// Where it comes from again.
        second: Origin,
    },
}

/// Where a subject comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A file that was hashed.
    File(PathBuf),
    /// A list of checksums.
    Checksums {
        /// Its line.
        line: usize,
    },
    /// A name with a digest.
    NamedDigest,
    /// A reference to an image.
    Image,
    /// An OCI layout.
    OciLayout(PathBuf),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "the file {path:?}"),
            Self::Checksums { line } => write!(f, "line {line} of the checksums"),
            Self::NamedDigest => f.write_str("a named digest"),
            Self::Image => f.write_str("an image"),
            Self::OciLayout(path) => write!(f, "the OCI layout {path:?}"),
        }
    }
}

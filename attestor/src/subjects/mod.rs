//! What is attested: the names and digests of artifacts.
//!
//! Only what the caller names becomes a subject. Nothing is discovered in the environment, where any earlier step
//! could add to it; and a source that turns out to be empty is an error, because a job's output that looked like a
//! secret arrives as an empty text.
//!
//! ```text
//! SubjectSource ─ found ─→ files ─ hashed, each opened once ─→ names and digests ─ checked, sorted ─→ Vec<Subject>
//! ```

mod batch;
mod checksums;
mod error;
mod files;
mod glob;
mod hash;
mod image;
mod name;
mod oci_layout;
mod open;
#[cfg(test)]
mod tests;

use std::path::PathBuf;

use slsa_predicates::{Digest, DigestAlgorithm, DigestSet, Subject};

pub use batch::{MAX_SUBJECTS_PER_STATEMENT, batches};
pub use checksums::{
    Checksum, ChecksumsError, LineFault, MAX_CHECKSUMS_BASE64_BYTES, MAX_CHECKSUMS_BYTES, MAX_CHECKSUMS_LINES,
};
pub use error::{Origin, SubjectsError};
pub use image::ImageFault;
pub use name::{MAX_NAME_ACROSS_JOBS, MAX_NAME_BYTES, NameFault};
pub use oci_layout::{LayoutFault, MAX_LAYOUT_MANIFESTS};
pub use open::OpenFault;

/// Files and other subjects in one call: 65,536, which is 64 attestations. Our own bound; a list of that many names
/// is beyond what anybody reads.
pub const MAX_SUBJECTS: usize = 1 << 16;

/// Files and directories looked at for one path: 1,000,000. Our own bound, several times a large `node_modules`.
pub const MAX_ENTRIES: usize = 1_000_000;

/// Where subjects come from.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectSource {
    /// A file, a directory with all that is beneath it, or a pattern with `*`, `?`, `[…]` and `**`. What exists under
    /// exactly this name is no pattern. A pattern names files, hidden ones included, and passes over directories.
    Path(String),
    /// A file in the format of `sha256sum` and `sha512sum`; see [`Checksum::parse_list`].
    ChecksumsFile(PathBuf),
    /// A text in that format.
    Checksums(String),
    /// A text in that format in base64, as the input `base64-subjects` of slsa-github-generator. Line feeds between
    /// the digits are passed over, as they are there.
    ChecksumsBase64(String),
    /// A name and its digest; [`named_digest`](Self::named_digest) reads them from one text.
    NamedDigest(String, Digest),
    /// An image, as `registry/repository@sha256:…`, with or without a tag. The subject's name is the reference
    /// without tag and digest, as `actions/attest` writes it.
    Image(String),
    /// The images that `index.json` of an OCI layout lists.
    OciLayout {
        /// The layout.
        directory: PathBuf,
        /// What to call the image. Without a name, the annotation `org.opencontainers.image.ref.name` of each
        /// manifest is taken.
        name: Option<String>,
    },
}

impl SubjectSource {
    /// Reads `name@sha256:…`. The name may have an `@`, the digest has none.
    ///
    /// # Errors
    /// [`SubjectsError::NoDigest`], [`SubjectsError::Digest`].
    pub fn named_digest(text: &str) -> Result<Self, SubjectsError> {
        let (name, digest) = text.rsplit_once('@').ok_or_else(|| SubjectsError::NoDigest {
            text: text.to_owned(),
        })?;
        let digest = Digest::parse(digest).map_err(|fault| SubjectsError::Digest {
            name: name.to_owned(),
            fault,
        })?;
        Ok(Self::NamedDigest(name.to_owned(), digest))
    }
}

/// What the files of a directory are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum SubjectNames {
    /// By their path from the named directory on, with `/`. A file that was named itself, or by a pattern, has its
    /// own name.
    #[default]
    RelativePath,
    /// By their own name, without directories.
    FileName,
}

/// How subjects are collected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubjectOptions {
    /// Where relative paths begin. By default they begin where the process does.
    pub base: PathBuf,
    /// What files are called.
    pub names: SubjectNames,
    /// Whether files get a SHA-512 beside their SHA-256.
    pub sha512: bool,
    /// How many files are hashed at one time; at least one.
    pub workers: usize,
    /// How many subjects there may be: [`MAX_SUBJECTS`].
    pub max_subjects: usize,
    /// How many files and directories may be looked at for one path: [`MAX_ENTRIES`].
    pub max_entries: usize,
}

/// Files hashed at one time: 8, for more wait for the disk.
const WORKERS: usize = 8;

impl Default for SubjectOptions {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            base: PathBuf::new(),
            names: SubjectNames::default(),
            sha512: false,
            workers: cores.min(WORKERS),
            max_subjects: MAX_SUBJECTS,
            max_entries: MAX_ENTRIES,
        }
    }
}

/// How far the collecting is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Progress {
    /// All files were found; the hashing begins.
    Found {
        /// How many.
        files: usize,
        /// How large they are together.
        bytes: u64,
    },
    /// So many more bytes were hashed.
    Hashed {
        /// Since the last call.
        bytes: u64,
    },
}

/// A subject, and where it comes from.
#[derive(Debug, Clone)]
struct Found {
    name: String,
    digests: DigestSet,
    origin: Origin,
}

/// Collects what is attested, sorted by name: the same subjects in the same order, however many workers there are.
///
/// Each name stands once. Files are opened once, must be regular, and are no symbolic links.
///
/// # Errors
/// [`SubjectsError`]; of several, the one of the source that was named first.
pub fn collect(
    sources: &[SubjectSource],
    options: &SubjectOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Subject>, SubjectsError> {
    if sources.is_empty() {
        return Err(SubjectsError::NoSources);
    }
    let mut files = Vec::new();
    let mut found = Vec::new();
    for source in sources {
        match source {
            SubjectSource::Path(path) => files::find(path, options, &mut files)?,
            other => found.extend(listed(other, options)?),
        }
        let count = files.len().saturating_add(found.len());
        if count > options.max_subjects {
            return Err(SubjectsError::TooMany {
                max: options.max_subjects,
            });
        }
    }
    found.extend(hash::hash_files(&files, options, progress)?);
    sorted(found)
}

/// Reads a source whose digests are known already.
fn listed(source: &SubjectSource, options: &SubjectOptions) -> Result<Vec<Found>, SubjectsError> {
    let found = match source {
        // Found and hashed by the caller.
        SubjectSource::Path(_) => Vec::new(),
        SubjectSource::ChecksumsFile(path) => {
            let path = options.base.join(path);
            let bytes = open::read_at_most(&path, MAX_CHECKSUMS_BYTES)
                .map_err(|fault| SubjectsError::Open { path, fault })?;
            of_checksums(checksums::parse_bytes(&bytes)?)
        }
        SubjectSource::Checksums(text) => of_checksums(Checksum::parse_list(text)?),
        SubjectSource::ChecksumsBase64(text) => of_checksums(checksums::parse_base64(text)?),
        SubjectSource::NamedDigest(name, digest) => {
            if !digest.is_cryptographically_strong() && !digest.algorithm().identifies_git_object() {
                return Err(SubjectsError::WeakDigest {
                    name: name.clone(),
                    algorithm: digest.algorithm(),
                });
            }
            vec![Found {
                name: name.clone(),
                digests: digest.clone().into(),
                origin: Origin::NamedDigest,
            }]
        }
        SubjectSource::Image(reference) => {
            let (name, digest) = image::parse(reference).map_err(|fault| SubjectsError::Image {
                reference: reference.clone(),
                fault,
            })?;
            vec![Found {
                name,
                digests: digest.into(),
                origin: Origin::Image,
            }]
        }
        SubjectSource::OciLayout { directory, name } => {
            let directory = options.base.join(directory);
            let images = oci_layout::images(&directory, name.as_deref()).map_err(|fault| {
                SubjectsError::OciLayout {
                    path: directory.clone(),
                    fault,
                }
            })?;
            let of_image = |(name, digest): (String, Digest)| Found {
                name,
                digests: digest.into(),
                origin: Origin::OciLayout(directory.clone()),
            };
            images.into_iter().map(of_image).collect()
        }
    };
    for subject in &found {
        name::check(&subject.name, MAX_NAME_ACROSS_JOBS)?;
    }
    Ok(found)
}

fn of_checksums(checksums: Vec<Checksum>) -> Vec<Found> {
    let of_checksum = |checksum: Checksum| {
        let line = checksum.line();
        let (name, digest) = checksum.into_parts();
        Found {
            name,
            digests: digest.into(),
            origin: Origin::Checksums { line },
        }
    };
    checksums.into_iter().map(of_checksum).collect()
}

/// Sorts by name, and lets no name stand twice.
fn sorted(mut found: Vec<Found>) -> Result<Vec<Subject>, SubjectsError> {
    // Stable: of two with one name, the one named first stays first.
    found.sort_by(|a, b| a.name.cmp(&b.name));
    for (first, second) in found.iter().zip(found.iter().skip(1)) {
        if first.name == second.name {
            return Err(twice(first, second));
        }
    }
    let subject = |found: Found| Subject::new(found.name, found.digests);
    Ok(found.into_iter().map(subject).collect())
}

fn twice(first: &Found, second: &Found) -> SubjectsError {
    let name = first.name.clone();
    let (a, b) = (first.origin.clone(), second.origin.clone());
    let common =
        |algorithm: DigestAlgorithm| Some((first.digests.get(algorithm)?, second.digests.get(algorithm)?));
    let mut pairs = DigestAlgorithm::ALL
        .iter()
        .filter_map(|algorithm| common(*algorithm))
        .peekable();
    // Digests of different algorithms cannot be compared, so that they count as different.
    if pairs.peek().is_some() && pairs.all(|(first, second)| first == second) {
        SubjectsError::DuplicateSubject {
            name,
            first: a,
            second: b,
        }
    } else {
        SubjectsError::NameTwice {
            name,
            first: a,
            second: b,
        }
    }
}

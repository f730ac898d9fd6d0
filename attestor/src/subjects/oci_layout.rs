//! Images of an OCI layout
//! (<https://github.com/opencontainers/image-spec/blob/main/image-layout.md>).
//!
//! The digests are those of `index.json`, and each manifest is hashed again: the directory is not trusted to be
//! addressed by its content.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::IgnoredAny;
use slsa_predicates::json::{self, JsonError, JsonLimits};
use slsa_predicates::{Digest, DigestAlgorithm, DigestError};
use slsa_verifier::hash_reader;

use super::open::{OpenFault, read_at_most};

/// Bytes of an index or a manifest: 4 MiB, as in the distribution specification.
const MAX_MANIFEST_BYTES: usize = 4 << 20;

/// Manifests that one layout lists: 128, as many as the verifier reads.
pub const MAX_LAYOUT_MANIFESTS: usize = 128;

/// The annotation that says what a manifest is called.
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// What is wrong with an OCI layout.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LayoutFault {
    /// A file of it could not be read.
    #[error("{file}: {fault}")]
    Open {
        /// `index.json`, or the digest of a manifest.
        file: String,
        /// Why.
        fault: OpenFault,
    },
    /// A file of it is too large.
    #[error("{file} has more than {max} bytes")]
    TooLarge {
        /// `index.json`, or the digest of a manifest.
        file: String,
        /// How many there may be.
        max: usize,
    },
    /// A file of it is not the JSON that it should be.
    #[error("{file}: {fault}")]
    Json {
        /// `index.json`, or the digest of a manifest.
        file: String,
        /// In which way.
        fault: JsonError,
    },
    /// It lists too many manifests.
    #[error("{found} manifests, at most {max} are allowed")]
    TooMany {
        /// How many.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// A manifest's digest is malformed.
    #[error("{0}")]
    Digest(#[from] DigestError),
    /// A manifest's digest is not a SHA-256.
    #[error("{digest} is not a sha256 digest")]
    NotSha256 {
        /// The digest.
        digest: Digest,
    },
    /// A manifest has other bytes than its digest says.
    #[error("the manifest {digest} has other bytes than its digest says")]
    OtherBytes {
        /// The digest that is listed.
        digest: Digest,
    },
    /// A manifest has neither an annotation with its name, nor was a name given.
    #[error("the manifest {digest} has no name")]
    NoName {
        /// Its digest.
        digest: Digest,
    },
    /// It lists no image.
    #[error("lists no image")]
    NoImage,
}

#[derive(Deserialize)]
struct Index {
    manifests: Vec<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    #[serde(default)]
    annotations: BTreeMap<String, String>,
}

/// Of a manifest, what tells an image from what is attached to one.
#[derive(Deserialize)]
struct Manifest {
    subject: Option<IgnoredAny>,
}

/// Returns names and digests of the images, in the layout's order. What is attached to an image (a manifest with a
/// `subject`, or cosign's) is none.
pub(super) fn images(directory: &Path, name: Option<&str>) -> Result<Vec<(String, Digest)>, LayoutFault> {
    let bytes = read(directory, "index.json", "index.json")?;
    let index: Index = parse(&bytes, "index.json")?;
    let found = index.manifests.len();
    if found > MAX_LAYOUT_MANIFESTS {
        let max = MAX_LAYOUT_MANIFESTS;
        return Err(LayoutFault::TooMany { found, max });
    }
    let mut images = Vec::new();
    for descriptor in &index.manifests {
        // Checked, so that its value is safe as the last part of a path.
        let digest = Digest::parse(&descriptor.digest)?;
        if digest.algorithm() != DigestAlgorithm::Sha256 {
            return Err(LayoutFault::NotSha256 { digest });
        }
        let file = digest.to_string();
        let bytes = read(directory, &format!("blobs/sha256/{}", digest.value()), &file)?;
        let hashed = hash_reader(bytes.as_slice(), &[DigestAlgorithm::Sha256], |_| {});
        if !hashed.is_ok_and(|hashed| hashed.digests() == [digest.clone()]) {
            return Err(LayoutFault::OtherBytes { digest });
        }
        let manifest: Manifest = parse(&bytes, &file)?;
        if manifest.subject.is_some() || is_cosigns(descriptor) {
            continue;
        }
        let annotation = descriptor.annotations.get(REF_NAME).map(String::as_str);
        match name.or(annotation) {
            Some(name) => images.push((name.to_owned(), digest)),
            None => return Err(LayoutFault::NoName { digest }),
        }
    }
    if images.is_empty() {
        Err(LayoutFault::NoImage)
    } else {
        Ok(images)
    }
}

/// `cosign save` marks signatures and attestations so.
fn is_cosigns(descriptor: &Descriptor) -> bool {
    let kind = descriptor.annotations.get("kind").map(String::as_str);
    matches!(
        kind,
        Some("dev.cosignproject.cosign/atts" | "dev.cosignproject.cosign/sigs")
    )
}

fn read(directory: &Path, relative: &str, file: &str) -> Result<Vec<u8>, LayoutFault> {
    let file = file.to_owned();
    match read_at_most(&directory.join(relative), MAX_MANIFEST_BYTES) {
        Ok(bytes) if bytes.len() <= MAX_MANIFEST_BYTES => Ok(bytes),
        Ok(_) => Err(LayoutFault::TooLarge {
            file,
            max: MAX_MANIFEST_BYTES,
        }),
        Err(fault) => Err(LayoutFault::Open { file, fault }),
    }
}

fn parse<'de, T: Deserialize<'de>>(bytes: &'de [u8], file: &str) -> Result<T, LayoutFault> {
    json::from_slice(bytes, &JsonLimits::default()).map_err(|fault| LayoutFault::Json {
        file: file.to_owned(),
        fault,
    })
}

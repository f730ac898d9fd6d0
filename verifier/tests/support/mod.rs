//! What the tests share: where the corpora are, and a time to verify at.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::print_stderr,
    clippy::panic,
    reason = "tests"
)]

pub(crate) mod gcloud;
pub(crate) mod keyed;
pub(crate) mod p256;
pub(crate) mod program;

use std::path::{Path, PathBuf};

use slsa_verifier::{BlobStore, Timestamp};

/// The folder of a corpus, or `None` where there are no corpora, which it says aloud.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    match std::env::var_os("SLSA_CORPORA") {
        Some(corpora) => Some(Path::new(&corpora).join(name)),
        None => {
            eprintln!("skipped: SLSA_CORPORA is not set, so the corpus {name} was not read");
            None
        }
    }
}

/// A time later than every attestation in the corpora.
pub(crate) fn now() -> Timestamp {
    "2026-11-21T00:00:00Z".parse().unwrap()
}

pub(crate) fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below a folder.
pub(crate) fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

/// An OCI layout in a folder.
pub(crate) struct Layout(pub(crate) PathBuf);

impl BlobStore for Layout {
    fn index(&self, _: usize) -> Option<Vec<u8>> {
        std::fs::read(self.0.join("index.json")).ok()
    }

    fn blob(&self, sha256: &str, _: usize) -> Option<Vec<u8>> {
        std::fs::read(self.0.join("blobs/sha256").join(sha256)).ok()
    }
}

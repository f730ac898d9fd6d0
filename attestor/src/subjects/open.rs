//! Opening a file once, without following a link.

use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Why a file could not be opened or read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OpenFault {
    /// It is a symbolic link: what it points to can change, and has another name.
    #[error("is a symbolic link")]
    Symlink,
    /// It is a directory, a pipe, a socket or a device.
    #[error("is not a regular file")]
    NotAFile,
    /// Between looking and opening it became another file.
    #[error("became another file while it was opened")]
    Replaced,
    /// The system says no.
    #[error("{kind}")]
    Io {
        /// In which way.
        kind: io::ErrorKind,
    },
}

impl From<io::Error> for OpenFault {
    fn from(error: io::Error) -> Self {
        Self::Io { kind: error.kind() }
    }
}

/// Opens a regular file. What is read from it afterwards is this file, whatever happens to its name.
pub(crate) fn open_regular(path: &Path) -> Result<(File, Metadata), OpenFault> {
    // Looked at first, since opening a pipe would wait for its other end.
    let named = fs::symlink_metadata(path)?;
    if named.is_symlink() {
        return Err(OpenFault::Symlink);
    }
    if !named.is_file() {
        return Err(OpenFault::NotAFile);
    }
    let file = File::open(path)?;
    let opened = file.metadata()?;
    if opened.is_file() && is_same_file(&named, &opened) {
        Ok((file, opened))
    } else {
        Err(OpenFault::Replaced)
    }
}

/// Reads a regular file, or at most one byte more than `max` of it.
pub(super) fn read_at_most(path: &Path, max: usize) -> Result<Vec<u8>, OpenFault> {
    let (file, _) = open_regular(path)?;
    let one_more = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    file.take(one_more).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_same_file(a: &Metadata, b: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (a.dev(), a.ino()) == (b.dev(), b.ino())
}

/// Where files have no number that the standard library gives, the kind alone is compared.
#[cfg(not(unix))]
fn is_same_file(_: &Metadata, _: &Metadata) -> bool {
    true
}

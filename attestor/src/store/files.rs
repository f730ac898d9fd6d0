//! A file that is there whole or not at all.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Whether what stands at the target may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Overwrite {
    /// A file there is an error.
    #[default]
    Refuse,
    /// A regular file there is replaced.
    Replace,
}

/// Why a file was not written. Unless it is said otherwise, nothing has changed then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The path ends in no file name.
    #[error("{path:?} is not the name of a file")]
    NoFileName {
        /// The path.
        path: PathBuf,
    },
    /// A file stands there already.
    #[error("{path:?} exists already")]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// A symbolic link stands there: what it points to is not what was named.
    #[error("{path:?} is a symbolic link")]
    Symlink {
        /// The path.
        path: PathBuf,
    },
    /// A directory, a pipe, a socket or a device stands there.
    #[error("{path:?} exists, and is not a regular file")]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system says no.
    #[error("{path:?} could not be written: {kind}")]
    Io {
        /// The path.
        path: PathBuf,
        /// In which way.
        kind: io::ErrorKind,
    },
    /// The file was written, but the system does not promise that it survives a loss of power.
    #[error("{path:?} was written, but its directory could not be synchronised: {kind}")]
    NotSynchronised {
        /// The path.
        path: PathBuf,
        /// In which way.
        kind: io::ErrorKind,
    },
}

/// Writes a file beside its target, and then gives it the target's name: nobody ever reads half of it, and a link at
/// the target is not followed, even one that somebody makes in between. The directory must exist. On Unix the file
/// gets the permissions that the process's mask leaves of read and write.
///
/// # Errors
/// [`StoreError`].
pub fn write_atomically(path: &Path, bytes: &[u8], overwrite: Overwrite) -> Result<(), StoreError> {
    let owned = || path.to_owned();
    let io = |error: &io::Error| StoreError::Io {
        path: owned(),
        kind: error.kind(),
    };
    let directory = match path.parent() {
        _ if path.file_name().is_none() => return Err(StoreError::NoFileName { path: owned() }),
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_symlink() => return Err(StoreError::Symlink { path: owned() }),
        Ok(metadata) if !metadata.is_file() => return Err(StoreError::NotAFile { path: owned() }),
        Ok(_) if overwrite == Overwrite::Refuse => return Err(StoreError::Exists { path: owned() }),
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(io(&error)),
        _ => {}
    }
    // Goes away when it is dropped without having got its name.
    let mut file = temporary(directory).map_err(|error| io(&error))?;
    file.write_all(bytes).map_err(|error| io(&error))?;
    file.as_file().sync_all().map_err(|error| io(&error))?;
    let renamed = match overwrite {
        Overwrite::Refuse => file.persist_noclobber(path),
        Overwrite::Replace => file.persist(path),
    };
    renamed.map_err(|failed| match failed.error.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: owned() },
        kind => StoreError::Io { path: owned(), kind },
    })?;
    synchronise(directory).map_err(|error| StoreError::NotSynchronised {
        path: owned(),
        kind: error.kind(),
    })
}

fn temporary(directory: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".slsa-attest-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // Others may read it, as any file that a step writes; the process's mask takes away what it should.
        builder.permissions(fs::Permissions::from_mode(0o666));
    }
    builder.tempfile_in(directory)
}

/// The new name is an entry of the directory, which has to reach the disk too.
#[cfg(unix)]
fn synchronise(directory: &Path) -> io::Result<()> {
    match fs::File::open(directory)?.sync_all() {
        // Some file systems have no such operation.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported
            ) =>
        {
            Ok(())
        }
        result => result,
    }
}

/// Elsewhere a directory cannot be opened as a file.
#[cfg(not(unix))]
fn synchronise(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(directory: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(directory)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_new_file_is_written_and_an_old_one_is_replaced_only_when_allowed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.sigstore.json");
        write_atomically(&path, b"one", Overwrite::Refuse).unwrap();
        assert_eq!(
            write_atomically(&path, b"two", Overwrite::Refuse),
            Err(StoreError::Exists { path: path.clone() })
        );
        assert_eq!(fs::read(&path).unwrap(), b"one");
        write_atomically(&path, b"two", Overwrite::Replace).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"two");
        assert_eq!(names(directory.path()), ["a.sigstore.json"]);
    }

    #[test]
    fn of_several_that_write_one_file_at_the_same_time_one_wins() {
        let directory = tempfile::tempdir().unwrap();
        for round in 0..100 {
            let path = directory.path().join(round.to_string());
            let start = std::sync::Barrier::new(4);
            let write = |bytes: &'static str| {
                start.wait();
                write_atomically(&path, bytes.as_bytes(), Overwrite::Refuse)
                    .is_ok()
                    .then_some(bytes)
            };
            let winners: Vec<_> = std::thread::scope(|scope| {
                let threads = ["a", "b", "c", "d"].map(|bytes| scope.spawn(move || write(bytes)));
                threads
                    .into_iter()
                    .filter_map(|thread| thread.join().unwrap())
                    .collect()
            });
            assert_eq!(winners, [fs::read_to_string(&path).unwrap()]);
        }
        assert_eq!(names(directory.path()).len(), 100);
    }

    #[test]
    fn a_directory_in_the_targets_place_is_an_error_that_leaves_nothing_behind() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a.sigstore.json");
        fs::create_dir(&path).unwrap();
        for overwrite in [Overwrite::Refuse, Overwrite::Replace] {
            assert_eq!(
                write_atomically(&path, b"one", overwrite),
                Err(StoreError::NotAFile { path: path.clone() })
            );
        }
        assert_eq!(names(directory.path()), ["a.sigstore.json"]);
    }

    #[test]
    fn a_path_without_file_name_or_directory_is_an_error() {
        for path in ["", "/", "..", "a/.."] {
            let expected = StoreError::NoFileName { path: path.into() };
            assert_eq!(
                write_atomically(Path::new(path), b"", Overwrite::Refuse),
                Err(expected)
            );
        }
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("missing/a");
        assert_eq!(
            write_atomically(&path, b"", Overwrite::Refuse),
            Err(StoreError::Io {
                path,
                kind: io::ErrorKind::NotFound
            })
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_at_the_target_is_neither_followed_nor_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let (victim, path) = (directory.path().join("victim"), directory.path().join("link"));
        fs::write(&victim, "safe").unwrap();
        std::os::unix::fs::symlink(&victim, &path).unwrap();
        for overwrite in [Overwrite::Refuse, Overwrite::Replace] {
            assert_eq!(
                write_atomically(&path, b"one", overwrite),
                Err(StoreError::Symlink { path: path.clone() })
            );
        }
        assert_eq!(fs::read(&victim).unwrap(), b"safe");
        assert_eq!(names(directory.path()), ["link", "victim"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_directory_that_cannot_be_written_is_an_error_that_leaves_nothing_behind() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let set = |mode| fs::set_permissions(directory.path(), fs::Permissions::from_mode(mode)).unwrap();
        set(0o500);
        // Permissions do not bind the superuser, for whom only the next test says something.
        let is_bound = fs::write(directory.path().join("probe"), "").is_err();
        let path = directory.path().join("a");
        if is_bound {
            let kind = io::ErrorKind::PermissionDenied;
            assert_eq!(
                write_atomically(&path, b"one", Overwrite::Refuse),
                Err(StoreError::Io { path, kind })
            );
            assert!(names(directory.path()).is_empty());
        }
        set(0o700);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_directory_that_nobody_can_write_is_an_error() {
        let path = Path::new("/proc/self/a.sigstore.json");
        let error = write_atomically(path, b"one", Overwrite::Refuse).unwrap_err();
        assert!(
            matches!(&error, StoreError::Io { path: named, .. } if named == path),
            "{error}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn others_may_read_what_is_written() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let (path, usual) = (directory.path().join("a"), directory.path().join("b"));
        write_atomically(&path, b"one", Overwrite::Refuse).unwrap();
        fs::write(&usual, "one").unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&usual));
    }
}

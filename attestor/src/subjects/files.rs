//! The files that a path, a directory or a pattern names.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use walkdir::{DirEntry, WalkDir};

use super::error::SubjectsError;
use super::glob::{Glob, is_pattern};
use super::name::{self, MAX_NAME_BYTES, NameFault};
use super::open::OpenFault;
use super::{SubjectNames, SubjectOptions};

/// A file that is to be hashed, and what it is called.
#[derive(Debug, Clone)]
pub(super) struct NamedFile {
    pub(super) path: PathBuf,
    pub(super) name: String,
    /// How large it was when it was found; to show how far the hashing is.
    pub(super) bytes: u64,
}

/// Adds the files that a source names.
pub(super) fn find(
    pattern: &str,
    options: &SubjectOptions,
    files: &mut Vec<NamedFile>,
) -> Result<(), SubjectsError> {
    let none = || SubjectsError::NoFiles {
        pattern: pattern.to_owned(),
    };
    // Joined to the base it would be the base with all that is in it.
    if pattern.is_empty() {
        return Err(none());
    }
    let path = options.base.join(pattern);
    let before = files.len();
    match fs::symlink_metadata(&path) {
        Ok(metadata) if metadata.is_dir() => {
            walk_directory(pattern, &path, options, files)?;
            if files.len() == before {
                return Err(SubjectsError::EmptyDirectory { path });
            }
        }
        Ok(metadata) => {
            let fault = if metadata.is_symlink() {
                OpenFault::Symlink
            } else if metadata.is_file() {
                let name = own_name(&path)?;
                let bytes = metadata.len();
                files.push(NamedFile { path, name, bytes });
                return Ok(());
            } else {
                OpenFault::NotAFile
            };
            return Err(SubjectsError::Open { path, fault });
        }
        Err(error) if is_missing(&error) => {
            if !is_pattern(pattern) {
                return Err(none());
            }
            walk_pattern(pattern, options, files)?;
            if files.len() == before {
                return Err(none());
            }
        }
        Err(error) => {
            let fault = error.into();
            return Err(SubjectsError::Open { path, fault });
        }
    }
    Ok(())
}

/// There is nothing of this name, or what stands in front of it is no directory.
fn is_missing(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory
    )
}

fn walk_directory(
    pattern: &str,
    root: &Path,
    options: &SubjectOptions,
    files: &mut Vec<NamedFile>,
) -> Result<(), SubjectsError> {
    let walk = WalkDir::new(root).min_depth(1).sort_by_file_name();
    for (count, entry) in walk.into_iter().enumerate() {
        let entry = checked(entry, count, pattern, options)?;
        if entry.file_type().is_dir() {
            continue;
        }
        let name = match options.names {
            SubjectNames::RelativePath => parts_beneath(root, entry.path())?.join("/"),
            SubjectNames::FileName => own_name(entry.path())?,
        };
        push(&entry, name, options, files)?;
    }
    Ok(())
}

fn walk_pattern(
    pattern: &str,
    options: &SubjectOptions,
    files: &mut Vec<NamedFile>,
) -> Result<(), SubjectsError> {
    let glob = Glob::parse(pattern)?;
    let mut root = options.base.join(&glob.root);
    if root.as_os_str().is_empty() {
        root.push(".");
    }
    match fs::metadata(&root) {
        Ok(metadata) if metadata.is_dir() => {}
        Ok(_) => return Ok(()),
        Err(error) if is_missing(&error) => return Ok(()),
        Err(error) => {
            let fault = error.into();
            return Err(SubjectsError::Open { path: root, fault });
        }
    }
    let walk = WalkDir::new(&root)
        .min_depth(1)
        .max_depth(glob.max_depth())
        .sort_by_file_name()
        .into_iter()
        .filter_entry(|entry| glob.may_lead_on(entry.depth(), entry.file_name()));
    for (count, entry) in walk.enumerate() {
        let entry = checked(entry, count, pattern, options)?;
        if !entry.file_type().is_dir() && glob.matches(&parts_beneath(&root, entry.path())?) {
            push(&entry, own_name(entry.path())?, options, files)?;
        }
    }
    Ok(())
}

/// An entry of a walk, if there are not too many.
fn checked(
    entry: walkdir::Result<DirEntry>,
    before: usize,
    pattern: &str,
    options: &SubjectOptions,
) -> Result<DirEntry, SubjectsError> {
    if before >= options.max_entries {
        return Err(SubjectsError::TooManyEntries {
            pattern: pattern.to_owned(),
            max: options.max_entries,
        });
    }
    entry.map_err(|error| SubjectsError::Open {
        path: error.path().unwrap_or(Path::new("")).to_owned(),
        fault: OpenFault::Io {
            kind: error.io_error().map_or(io::ErrorKind::Other, io::Error::kind),
        },
    })
}

/// Adds what must be a regular file.
fn push(
    entry: &DirEntry,
    name: String,
    options: &SubjectOptions,
    files: &mut Vec<NamedFile>,
) -> Result<(), SubjectsError> {
    let path = entry.path().to_owned();
    let kind = entry.file_type();
    if !kind.is_file() {
        let fault = if kind.is_symlink() {
            OpenFault::Symlink
        } else {
            OpenFault::NotAFile
        };
        return Err(SubjectsError::Open { path, fault });
    }
    if files.len() >= options.max_subjects {
        return Err(SubjectsError::TooMany {
            max: options.max_subjects,
        });
    }
    name::check(&name, MAX_NAME_BYTES)?;
    let bytes = entry.metadata().map_or(0, |metadata| metadata.len());
    files.push(NamedFile { path, name, bytes });
    Ok(())
}

/// The file's own name, without directories.
fn own_name(path: &Path) -> Result<String, SubjectsError> {
    let name = path.file_name().unwrap_or_default();
    let text = name
        .to_str()
        .ok_or_else(|| name::error(&name.to_string_lossy(), NameFault::NotUtf8))?;
    name::check(text, MAX_NAME_BYTES)?;
    Ok(text.to_owned())
}

/// The parts of a path beneath a directory.
fn parts_beneath<'a>(root: &Path, path: &'a Path) -> Result<Vec<&'a str>, SubjectsError> {
    let beneath = path.strip_prefix(root).unwrap_or(path);
    beneath
        .iter()
        .map(|part| {
            let not_utf8 = || name::error(&beneath.to_string_lossy(), NameFault::NotUtf8);
            part.to_str().ok_or_else(not_utf8)
        })
        .collect()
}

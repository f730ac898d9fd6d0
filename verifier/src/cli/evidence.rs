//! Where attestations are found: files, folders, OCI layouts, standard input, and beside the artifact.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Failure;
use super::exit::Exit;
use super::hint;
use crate::attestation::Attestation;
use crate::code::Code;
use crate::error::ReadError;
use crate::limits::Limits;
use crate::parse::{BlobStore, ParsedItem, parse, read_oci_layout};

/// Files looked at in one folder: 1024, as many as attestations in one input.
const MAX_FILES: usize = 1024;

/// What an artifact's attestation is called, beside the artifact.
pub(crate) const SUFFIXES: [&str; 5] = [
    ".sigstore.json",
    ".sigstore",
    ".intoto.jsonl",
    ".build.slsa",
    ".jsonl",
];

/// An attestation, or what should have been one, and where it was found.
#[derive(Debug)]
pub(crate) struct Evidence {
    /// The file, and the line or place in it where there are several.
    pub(crate) origin: String,
    pub(crate) result: Result<Attestation, ReadError>,
}

/// Loads what one `--bundle` names.
///
/// A file that holds nothing of ours is an error of its own where it was named, and nothing where a folder was.
pub(crate) fn load(path: &Path, limits: &Limits) -> Result<Vec<Evidence>, Failure> {
    if path == Path::new("-") {
        let bytes =
            read_bounded(io::stdin().lock(), limits.input_bytes).map_err(|error| unreadable(path, &error))?;
        return Ok(of_bytes("standard input", &bytes, limits));
    }
    if path.is_dir() {
        if path.join("oci-layout").is_file() && path.join("index.json").is_file() {
            return Ok(load_layout(path, limits));
        }
        return load_folder(path, limits);
    }
    load_file(path, limits)
}

/// Loads what several `--bundle` name.
pub(crate) fn load_all(paths: &[PathBuf], limits: &Limits) -> Result<Vec<Evidence>, Failure> {
    let mut found = Vec::new();
    for path in paths {
        found.extend(load(path, limits)?);
    }
    Ok(found)
}

/// Loads what lies beside an artifact, or in the folder under the name that `gh attestation download` gives.
pub(crate) fn discover(
    artifact: &Path,
    sha256: Option<&str>,
    limits: &Limits,
) -> Result<Vec<Evidence>, Failure> {
    let mut found = Vec::new();
    let name = artifact.as_os_str();
    let beside = SUFFIXES.iter().map(|suffix| {
        let mut path = name.to_owned();
        path.push(suffix);
        PathBuf::from(path)
    });
    let by_digest = sha256
        .into_iter()
        .flat_map(|hex| [format!("sha256:{hex}.jsonl"), format!("sha256-{hex}.jsonl")].map(PathBuf::from));
    for path in beside.chain(by_digest).filter(|path| path.is_file()) {
        found.extend(load_file(&path, limits)?);
    }
    Ok(found)
}

fn load_file(path: &Path, limits: &Limits) -> Result<Vec<Evidence>, Failure> {
    let bytes = read_file(path, limits)?;
    Ok(of_bytes(&path.display().to_string(), &bytes, limits))
}

/// Reads a file of evidence; of one that is too large as much as shows that it is.
pub(crate) fn read_file(path: &Path, limits: &Limits) -> Result<Vec<u8>, Failure> {
    let read = File::open(path).and_then(|file| read_bounded(file, limits.input_bytes));
    read.map_err(|error| unreadable(path, &error))
}

fn load_folder(folder: &Path, limits: &Limits) -> Result<Vec<Evidence>, Failure> {
    let entries = std::fs::read_dir(folder).map_err(|error| unreadable(folder, &error))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, &error))?.path();
        if path.is_file() {
            paths.push(path);
        }
        if paths.len() > MAX_FILES {
            let message = format!("{}: more than {MAX_FILES} files", folder.display());
            return Err(
                Failure::new(Exit::Undecided, message).with_hint("name the attestations' files instead")
            );
        }
    }
    paths.sort();
    let mut found = Vec::new();
    for path in paths {
        let evidence = load_file(&path, limits)?;
        found.extend(
            evidence
                .into_iter()
                .filter(|evidence| !is_something_else(&evidence.result)),
        );
    }
    Ok(found)
}

/// Says whether a file in a folder is no attestation at all: an artifact, most likely.
fn is_something_else(result: &Result<Attestation, ReadError>) -> bool {
    matches!(
        result,
        Err(ReadError::NoAttestation | ReadError::Json(_) | ReadError::Limit { .. })
    )
}

/// Reads the attestations in a file.
pub(crate) fn of_bytes(origin: &str, bytes: &[u8], limits: &Limits) -> Vec<Evidence> {
    match parse(bytes, limits) {
        Ok(parsed) => several(origin, parsed.items),
        Err(error) => vec![Evidence {
            origin: origin.to_owned(),
            result: Err(error),
        }],
    }
}

fn several(origin: &str, items: Vec<ParsedItem>) -> Vec<Evidence> {
    let alone = items.len() == 1;
    let name = |position| {
        if alone {
            origin.to_owned()
        } else {
            format!("{origin}:{position}")
        }
    };
    items
        .into_iter()
        .map(|item| Evidence {
            origin: name(item.position),
            result: item.result,
        })
        .collect()
}

fn load_layout(folder: &Path, limits: &Limits) -> Vec<Evidence> {
    let origin = folder.display().to_string();
    match read_oci_layout(&Layout(folder), limits) {
        Ok(found) => several(&origin, found.items),
        Err(error) => vec![Evidence {
            origin,
            result: Err(error),
        }],
    }
}

/// An OCI layout in a folder.
struct Layout<'a>(&'a Path);

impl BlobStore for Layout<'_> {
    fn index(&self, max: usize) -> Option<Vec<u8>> {
        read_bounded(File::open(self.0.join("index.json")).ok()?, max).ok()
    }

    fn blob(&self, sha256: &str, max: usize) -> Option<Vec<u8>> {
        read_bounded(File::open(self.0.join("blobs/sha256").join(sha256)).ok()?, max).ok()
    }
}

/// Reads at most one byte more than `max`, so that what is too large is seen to be, and never held.
fn read_bounded(reader: impl Read, max: usize) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    reader.take(limit).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Undecided, format!("{}: {error}", path.display()))
        .with_hint(hint::of(Code::FileUnreadable))
}

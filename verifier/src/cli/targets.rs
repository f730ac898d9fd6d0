//! What is asked about: files, digests, folders of files, and lists of checksums.

use std::path::{Path, PathBuf};

use slsa_predicates::{Digest, DigestAlgorithm};

use super::evidence::Evidence;
use super::exit::Exit;
use super::{Failure, hashing, setup};
use crate::artifact::Artifact;
use crate::hash::USUAL_ALGORITHMS;
use crate::limits::Limits;
use crate::verify::algorithms_for;

/// Artifacts in one call: 100,000.
const MAX_TARGETS: usize = 100_000;

/// Bytes of a list of checksums: 32 MiB.
const MAX_CHECKSUMS_BYTES: usize = 32 << 20;

/// An artifact, as it was named.
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

pub(crate) enum Kind {
    File(PathBuf),
    /// Only known by its digest.
    Digest(Digest),
    /// A file that must have the digest that a list gives it.
    Listed(PathBuf, Digest),
}

impl Target {
    pub(crate) fn file(path: &Path) -> Self {
        Self {
            name: path.display().to_string(),
            kind: Kind::File(path.to_owned()),
        }
    }

    /// The artifact's own name, for the rules of a policy: the file's, without folders.
    pub(crate) fn file_name(&self) -> String {
        let path = match &self.kind {
            Kind::File(path) | Kind::Listed(path, _) => path,
            Kind::Digest(_) => return self.name.clone(),
        };
        path.file_name()
            .map_or_else(|| self.name.clone(), |name| name.to_string_lossy().into_owned())
    }
}

/// Finds out what the names in a call mean. A digest is what parses as one and is no file; a folder stands for
/// the files in it, but for attestations.
pub(crate) fn of(names: &[String], checksums: Option<&Path>) -> Result<Vec<Target>, Failure> {
    let mut targets = Vec::new();
    for name in names {
        let path = Path::new(name);
        if path.is_dir() {
            folder(path, &mut targets)?;
            continue;
        }
        let algorithm = name
            .split_once(':')
            .map(|(algorithm, _)| algorithm.parse::<DigestAlgorithm>());
        let kind = match algorithm {
            Some(Ok(_)) if !path.exists() => Kind::Digest(
                Digest::parse(name).map_err(|error| Failure::new(Exit::Usage, format!("{name}: {error}")))?,
            ),
            _ => Kind::File(path.to_owned()),
        };
        let name = name.clone();
        targets.push(Target { name, kind });
    }
    if let Some(list) = checksums {
        self::checksums(list, &mut targets)?;
    }
    if targets.is_empty() {
        return Err(Failure::new(
            Exit::Usage,
            "nothing to verify: the call names no artifact",
        ));
    }
    if targets.len() > MAX_TARGETS {
        let message = format!("{} artifacts, at most {MAX_TARGETS} are allowed", targets.len());
        return Err(Failure::new(Exit::Usage, message));
    }
    Ok(targets)
}

fn folder(folder: &Path, targets: &mut Vec<Target>) -> Result<(), Failure> {
    let failure =
        |error: std::io::Error| Failure::new(Exit::Undecided, format!("{}: {error}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(failure)? {
        let path = entry.map_err(failure)?.path();
        let name = path.to_string_lossy();
        if path.is_file()
            && !super::evidence::SUFFIXES
                .iter()
                .any(|suffix| name.ends_with(suffix))
        {
            paths.push(path);
        }
    }
    paths.sort();
    targets.extend(paths.iter().map(|path| Target::file(path)));
    Ok(())
}

/// Reads what `sha256sum` writes: a digest, a space, a space or a star, and a name. Paths are relative to the
/// list.
fn checksums(list: &Path, targets: &mut Vec<Target>) -> Result<(), Failure> {
    let bytes = setup::read_file(list, MAX_CHECKSUMS_BYTES)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::new(Exit::Usage, format!("{}: not a text", list.display())))?;
    let base = list.parent().unwrap_or(Path::new(""));
    for (index, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let wrong = || {
            let message = format!(
                "{}:{}: not a line of sha256sum or sha512sum",
                list.display(),
                index.saturating_add(1)
            );
            Failure::new(Exit::Usage, message)
        };
        let (hex, name) = line.split_once(' ').ok_or_else(wrong)?;
        let name = name.strip_prefix([' ', '*']).ok_or_else(wrong)?;
        let algorithm = match hex.len() {
            64 => "sha256",
            96 => "sha384",
            128 => "sha512",
            _ => return Err(wrong()),
        };
        let digest = Digest::parse(&format!("{algorithm}:{hex}")).map_err(|_| wrong())?;
        let path = base.join(name);
        // Without the file the digest alone is asked about, as with an image.
        let kind = if path.is_file() {
            Kind::Listed(path, digest)
        } else {
            Kind::Digest(digest)
        };
        let name = name.to_owned();
        targets.push(Target { name, kind });
    }
    Ok(())
}

/// Hashes the files among the targets, all at once, in every algorithm that an attestation asks for.
pub(crate) fn hashed<'a>(
    targets: &[Target],
    evidence: impl Iterator<Item = &'a Evidence>,
    limits: &Limits,
) -> Vec<Result<Artifact, String>> {
    let mut algorithms = USUAL_ALGORITHMS.to_vec();
    let listed = targets.iter().filter_map(|target| match &target.kind {
        Kind::Listed(_, digest) => Some(digest.algorithm()),
        Kind::File(_) | Kind::Digest(_) => None,
    });
    let asked = evidence
        .filter_map(|evidence| evidence.result.as_ref().ok())
        .flat_map(|attestation| algorithms_for(attestation, limits));
    for algorithm in listed.chain(asked) {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    let paths: Vec<PathBuf> = targets
        .iter()
        .filter_map(|target| match &target.kind {
            Kind::File(path) | Kind::Listed(path, _) => Some(path.clone()),
            Kind::Digest(_) => None,
        })
        .collect();
    let mut hashed = hashing::hash_files(&paths, &algorithms).into_iter();
    let mut next = || match hashed.next() {
        Some(hashed) => hashed.map_err(|error| error.to_string()),
        None => Err("not read".to_owned()),
    };
    let artifact = |target: &Target| match &target.kind {
        Kind::Digest(digest) => Ok(Artifact::from_digest(digest.clone())),
        Kind::File(_) => next(),
        Kind::Listed(_, digest) => next().and_then(|artifact| {
            if artifact.digest(digest.algorithm()) == Some(digest) {
                Ok(artifact)
            } else {
                Err(format!("the file is not the one that is listed as {digest}"))
            }
        }),
    };
    targets.iter().map(artifact).collect()
}

/// Hashes the one artifact of a call.
pub(crate) fn one(target: Target, evidence: &[Evidence], limits: &Limits) -> Result<Artifact, Failure> {
    let name = target.name.clone();
    let hashed = hashed(&[target], evidence.iter(), limits).pop();
    hashed
        .unwrap_or_else(|| Err("not read".to_owned()))
        .map_err(|error| Failure::new(Exit::Undecided, format!("{name}: {error}")))
}

/// The SHA-256 in hex, if that is the digest.
pub(crate) fn sha256(digest: &Digest) -> Option<&str> {
    (digest.algorithm() == DigestAlgorithm::Sha256).then(|| digest.value())
}

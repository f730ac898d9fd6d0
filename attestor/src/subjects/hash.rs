//! The digests of files: several files at once, each opened once and read once.

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use slsa_predicates::{DigestAlgorithm, DigestSet};
use slsa_verifier::hash_reader;

use super::error::{Origin, SubjectsError};
use super::files::NamedFile;
use super::open::{OpenFault, open_regular};
use super::{Found, Progress, SubjectOptions};

/// Hashes files. The answers stand in the files' order, whoever was done first; of several errors, the first
/// file's is returned.
pub(super) fn hash_files(
    files: &[NamedFile],
    options: &SubjectOptions,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Found>, SubjectsError> {
    if files.is_empty() {
        return Ok(Vec::new());
    }
    progress(Progress::Found {
        files: files.len(),
        bytes: files.iter().fold(0, |sum, file| sum.saturating_add(file.bytes)),
    });
    let algorithms: &[DigestAlgorithm] = if options.sha512 {
        &[DigestAlgorithm::Sha256, DigestAlgorithm::Sha512]
    } else {
        &[DigestAlgorithm::Sha256]
    };
    let hash = |file: &NamedFile| hash_file(file, algorithms, progress);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.workers.clamp(1, files.len()))
        .build();
    let hashed: Vec<_> = match pool {
        Ok(pool) => pool.install(|| files.par_iter().map(hash).collect()),
        // No threads to be had: one after the other gives the same.
        Err(_) => files.iter().map(hash).collect(),
    };
    hashed.into_iter().collect()
}

fn hash_file(
    file: &NamedFile,
    algorithms: &[DigestAlgorithm],
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Found, SubjectsError> {
    let failure = |fault: OpenFault| SubjectsError::Open {
        path: file.path.clone(),
        fault,
    };
    let io = |error: std::io::Error| failure(error.into());
    let (opened, before) = open_regular(&file.path).map_err(failure)?;
    let mut read = 0_u64;
    let artifact = hash_reader(&opened, algorithms, |bytes| {
        read = read.saturating_add(bytes);
        progress(Progress::Hashed { bytes });
    })
    .map_err(io)?;
    // A file that is still being written has a digest that no finished file has.
    let after = opened.metadata().map_err(io)?;
    let unchanged = before.len() == read
        && after.len() == read
        && before.modified().map_err(io)? == after.modified().map_err(io)?;
    let digests = DigestSet::from_digests(artifact.digests().iter().cloned());
    match digests {
        Ok(digests) if unchanged => Ok(Found {
            name: file.name.clone(),
            digests,
            origin: Origin::File(file.path.clone()),
        }),
        _ => Err(SubjectsError::Changed {
            path: file.path.clone(),
        }),
    }
}

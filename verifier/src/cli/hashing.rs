//! Hashing many files at once, and saying so when it takes long.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use slsa_predicates::DigestAlgorithm;

use crate::artifact::Artifact;
use crate::hash::hash_reader;

/// Files hashed at one time: 8.
const WORKERS: usize = 8;

/// How long to wait before anything is shown.
const PATIENCE: Duration = Duration::from_millis(500);

/// Hashes files in parallel. The answers stand in the files' order, whoever was done first.
pub(crate) fn hash_files(
    paths: &[PathBuf],
    algorithms: &[DigestAlgorithm],
) -> Vec<Result<Artifact, std::io::Error>> {
    let total = paths
        .iter()
        .filter_map(|path| path.metadata().ok())
        .map(|metadata| metadata.len())
        .sum();
    let progress = Progress::new(total);
    let hash = |path: &PathBuf| hash_file(path, algorithms, &progress);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(workers(paths.len()))
        .build();
    let hashed = match pool {
        Ok(pool) => pool.install(|| paths.par_iter().map(hash).collect()),
        // No threads to be had: one after the other gives the same.
        Err(_) => paths.iter().map(hash).collect(),
    };
    progress.finish();
    hashed
}

fn workers(files: usize) -> usize {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    files.clamp(1, WORKERS.min(cores))
}

fn hash_file(path: &Path, algorithms: &[DigestAlgorithm], progress: &Progress) -> std::io::Result<Artifact> {
    if path.is_dir() {
        return Err(std::io::Error::from(std::io::ErrorKind::IsADirectory));
    }
    hash_reader(File::open(path)?, algorithms, |step| progress.add(step))
}

/// A bar on standard error that appears only on a terminal, and only when it takes long.
struct Progress {
    start: Instant,
    total: u64,
    done: AtomicU64,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    fn new(total: u64) -> Self {
        Self {
            start: Instant::now(),
            total,
            done: AtomicU64::new(0),
            bar: OnceLock::new(),
        }
    }

    fn add(&self, step: u64) {
        let done = self.done.fetch_add(step, Ordering::Relaxed).saturating_add(step);
        if self.start.elapsed() < PATIENCE {
            return;
        }
        let bar = self.bar.get_or_init(|| {
            let bar = ProgressBar::with_draw_target(Some(self.total), ProgressDrawTarget::stderr());
            let style =
                ProgressStyle::with_template("hashing {bar:32} {bytes}/{total_bytes} {bytes_per_sec}");
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        bar.set_position(done);
    }

    fn finish(&self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

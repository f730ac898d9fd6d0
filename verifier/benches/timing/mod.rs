//! How the benches take time.

use std::time::{Duration, Instant};

/// The least time of several calls: the time that noise did not lengthen.
pub(crate) fn least(rounds: usize, mut call: impl FnMut()) -> Duration {
    (0..rounds)
        .map(|_| {
            let start = Instant::now();
            call();
            start.elapsed()
        })
        .min()
        .unwrap()
}

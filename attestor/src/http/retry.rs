//! When a request is sent again, and after how long.

use std::thread;
use std::time::{Duration, Instant};

use super::HttpError;

/// When a request is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retry {
    /// How often it is sent at most: 3 times.
    pub tries: u32,
    /// The pause before the second try, doubled before each later one: 500 ms. Between half of it and all of it is
    /// waited, so that jobs that failed together do not come back together.
    pub pause: Duration,
    /// The longest pause that a server may ask for: 30 s. Beyond that there is no further try.
    pub longest_pause: Duration,
    /// For all tries and pauses together: 2 minutes.
    pub deadline: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            tries: 3,
            pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(30),
            deadline: Duration::from_secs(120),
        }
    }
}

impl Retry {
    /// Returns how long to wait after the try of this number, counted from one; nothing where it was the last.
    pub(super) fn pause(&self, error: &HttpError, tried: u32, random: u64) -> Option<Duration> {
        if tried >= self.tries || !error.is_transient() {
            return None;
        }
        let asked = match error {
            HttpError::Status { retry_after, .. } => retry_after.unwrap_or_default(),
            _ => Duration::ZERO,
        };
        if asked > self.longest_pause {
            return None;
        }
        let doublings = tried.saturating_sub(1);
        let full = self.pause.saturating_mul(2_u32.saturating_pow(doublings));
        let full = full.min(self.longest_pause);
        let half = full.checked_div(2).unwrap_or_default();
        let nanoseconds = u64::try_from(half.as_nanos()).unwrap_or(u64::MAX);
        let jitter = random
            .checked_rem(nanoseconds.saturating_add(1))
            .unwrap_or_default();
        let own = half.saturating_add(Duration::from_nanos(jitter));
        Some(own.max(asked))
    }
}

/// Where waiting and chance come from; in tests, nobody waits.
pub trait Pacing: Send + Sync {
    /// Returns the time since some moment that stays the same.
    fn now(&self) -> Duration;
    /// Waits.
    fn sleep(&self, pause: Duration);
    /// Returns a number that nobody needs to foresee.
    fn random(&self) -> u64;
}

/// The machine's own time and chance.
#[derive(Debug, Clone, Copy)]
pub struct SystemPacing {
    started: Instant,
}

impl Default for SystemPacing {
    fn default() -> Self {
        Self {
            started: Instant::now(),
        }
    }
}

impl Pacing for SystemPacing {
    fn now(&self) -> Duration {
        self.started.elapsed()
    }

    fn sleep(&self, pause: Duration) {
        thread::sleep(pause);
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        // Without chance the pauses are shorter, and nothing else is.
        let _ = aws_lc_rs::rand::fill(&mut bytes);
        u64::from_le_bytes(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Place;
    use super::*;

    fn status(status: u16, retry_after: Option<u64>) -> HttpError {
        HttpError::Status {
            at: Place {
                host: "rekor.example".into(),
                path: "/".into(),
            },
            status,
            retry_after: retry_after.map(Duration::from_secs),
            excerpt: String::new(),
        }
    }

    #[test]
    fn pauses_double_and_vary_between_half_and_all() {
        let retry = Retry {
            tries: 9,
            ..Retry::default()
        };
        let pause = |tried, random| {
            retry
                .pause(&status(503, None), tried, random)
                .unwrap()
                .as_millis()
        };
        assert_eq!([pause(1, 0), pause(2, 0), pause(3, 0)], [250, 500, 1000]);
        assert_eq!(pause(1, 250_000_000), 500);
        assert!((250..=500).contains(&pause(1, u64::MAX)));
        assert_eq!(pause(8, 0), 15_000);
    }

    #[test]
    fn a_server_that_asks_for_thirty_seconds_gets_them_and_one_that_asks_for_more_is_left() {
        let retry = Retry::default();
        assert_eq!(
            retry.pause(&status(429, Some(30)), 1, 0),
            Some(Duration::from_secs(30))
        );
        assert_eq!(retry.pause(&status(429, Some(31)), 1, 0), None);
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        let retry = Retry::default();
        assert!(retry.pause(&status(500, None), 2, 0).is_some());
        assert_eq!(retry.pause(&status(500, None), 3, 0), None);
        assert_eq!(retry.pause(&status(404, None), 1, 0), None);
    }
}

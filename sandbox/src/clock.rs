//! What time it is in the sandbox.

use jiff::{SignedDuration, Timestamp};

/// Where the sandbox takes the time from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Clock {
    /// The machine's clock.
    System,
    /// This very second, always: what is minted twice is then the same.
    Fixed(Timestamp),
}

impl Clock {
    /// Returns the time in whole seconds, as certificates and logs keep it.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let now = match self {
            Self::System => Timestamp::now(),
            Self::Fixed(at) => *at,
        };
        now.checked_sub(SignedDuration::from_nanos(i64::from(now.subsec_nanosecond())))
            .unwrap_or(now)
    }
}

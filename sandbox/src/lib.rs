//! A whole Sigstore in one process on loopback, for tests and demonstrations.

mod clock;
mod seed;

pub use clock::Clock;
pub use seed::Seed;

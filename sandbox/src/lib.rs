//! A whole Sigstore in one process on loopback, for tests and demonstrations.

mod clock;
mod run;
mod seed;

pub use clock::Clock;
pub use run::{ReusableWorkflow, Run, RunError, RunKind};
pub use seed::Seed;

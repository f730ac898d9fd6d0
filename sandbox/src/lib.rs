//! A whole Sigstore in one process on loopback, for tests and demonstrations.

mod clock;
mod fault;
#[cfg(test)]
mod loopback;
mod run;
mod seed;

pub use clock::Clock;
pub use fault::{Fault, FaultLayer, FaultPoint, Faults, Service, Times};
pub use run::{ReusableWorkflow, Run, RunError, RunKind};
pub use seed::Seed;

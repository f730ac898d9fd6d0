//! A whole Sigstore in one process on loopback, for tests and demonstrations.

mod clock;
mod fault;
mod github;
#[cfg(test)]
mod loopback;
mod oidc;
mod run;
mod seed;
mod tuf;

pub use clock::Clock;
pub use fault::{Fault, FaultLayer, FaultPoint, Faults, Service, Times};
pub use github::{GitHubApi, NotABundle, StoreError};
pub use oidc::{Forgery, OidcIssuer, OidcService, TokenError};
pub use run::{ReusableWorkflow, Run, RunError, RunKind};
pub use seed::Seed;
pub use tuf::{TufError, TufRepository};

//! A whole Sigstore in one process on loopback, for tests and demonstrations.
//!
//! It never passes for the real one: its roots and its issuer are its own, no default trusts them, its names end in
//! `.test`, and it listens on loopback alone. All keys come from a seed, so they protect nothing.
//!
//! ```text
//! Run (YAML) ─ OidcIssuer ─→ token ─ Fulcio ─→ certificate ┐
//!                                          statement ──────┴─ Rekor, timestamp authority ─→ bundle ─→ GitHub's API
//! seed, clock ─ Sandbox ─→ trusted_root.json, signing_config.json ─ TufRepository ─→ whoever verifies
//! ```
//!
//! # Start here
//! [`Server`] runs all of it on one port; [`Sandbox`] makes the same without HTTP, such as a whole
//! [`bundle`](Sandbox::bundle); [`Faults`] makes the services fail on demand.

mod authority;
mod bundle;
mod certificate;
mod clock;
mod fault;
mod github;
#[cfg(test)]
mod loopback;
mod oidc;
mod run;
mod seed;
mod tuf;

// The public interface is:

// - all of it, as one server
pub use fault::{Fault, FaultLayer, FaultPoint, Faults, Service, Times};
pub use server::{Server, ServerError, ServerOptions};

// - all of it, without HTTP
pub use bundle::{BundleRequest, BundleVersion, Content};
pub use clock::Clock;
pub use fault::{Fault, FaultLayer, FaultPoint, Faults, Service, Times};
pub use github::{GitHubApi, NotABundle, StoreError};
pub use oidc::{Forgery, OidcIssuer, OidcService, TokenError};
pub use run::{ReusableWorkflow, Run, RunError, RunKind};
pub use seed::Seed;
pub use tuf::{TufError, TufRepository};

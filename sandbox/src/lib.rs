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
#[doc(hidden)]
pub mod cli;
mod clock;
mod ct_log;
mod entry;
mod error;
mod fault;
mod forge;
mod github;
mod identity;
mod key;
mod log;
#[cfg(test)]
mod loopback;
pub mod mint;
mod note;
mod oidc;
mod run;
mod sandbox;
mod seed;
mod server;
mod service;
mod timestamp;
mod tree;
mod trusted_root;
mod tuf;

// The public interface is:

// - all of it, as one server
pub use fault::{Fault, FaultLayer, FaultPoint, Faults, Service, Times};
pub use server::{Server, ServerError, ServerOptions};

// - all of it, without HTTP
pub use bundle::{BundleRequest, BundleVersion, Content};
pub use clock::Clock;
pub use entry::{EntryKind, Envelope, Verifier};
pub use error::SandboxError;
pub use forge::{ARTIFACT, Base, Case, Forgery, forgeries};
pub use identity::Identity;
pub use log::LogEntry;
pub use sandbox::{Instance, Sandbox};
pub use seed::Seed;

// - the runs that ask, and their tokens
pub use oidc::{OidcIssuer, OidcService, TokenError, TokenForgery};
pub use run::{ReusableWorkflow, Run, RunError, RunKind};

// - what stands beside Sigstore
pub use github::{GitHubApi, NotABundle, StoreError};
pub use tuf::{TufError, TufRepository};

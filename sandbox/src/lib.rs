//! A whole Sigstore in one process on loopback, for tests and demonstrations.

mod authority;
mod bundle;
mod certificate;
mod clock;
mod ct_log;
mod entry;
mod error;
mod forge;
mod identity;
mod key;
mod log;
pub mod mint;
mod note;
mod sandbox;
mod seed;
mod timestamp;
mod tree;
mod trusted_root;

pub use bundle::{BundleRequest, BundleVersion, Content};
pub use clock::Clock;
pub use entry::{EntryKind, Envelope, Verifier};
pub use error::SandboxError;
pub use forge::{ARTIFACT, Base, Case, Forgery, forgeries};
pub use identity::Identity;
pub use log::LogEntry;
pub use sandbox::{Instance, Sandbox};
pub use seed::Seed;

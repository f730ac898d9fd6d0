//! The engines: what proves that a signature, its certificate, its log entry and its time belong together.
//!
//! An engine says whether evidence holds under one trust root. It does not judge identities, subjects or
//! statements: that comes after it, once, whichever engine was asked.

pub(crate) mod native;
pub(crate) mod sigstore;

use jiff::Timestamp;

use crate::artifact::Artifact;
use crate::attestation::Attestation;
use crate::error::Error;
use crate::evidence::Evidence;
use crate::key::PublicKey;

/// Which engine verifies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Engine {
    /// This library's own: takes time as an argument, binds each log entry to the key of the log it names,
    /// reads all forms, and works within the limits.
    #[default]
    Native,
    /// The Sigstore project's `sigstore-verify`. It reads the system's clock, and has no way to express
    /// cosign's attachments or statements without SHA-2 subjects.
    SigstoreVerify,
    /// Both must accept. What the second cannot express is refused.
    Both,
}

/// What an engine is asked.
pub(crate) struct Question<'a> {
    pub(crate) attestation: &'a Attestation,
    pub(crate) signer: Signer<'a>,
    pub(crate) artifact: &'a Artifact,
    pub(crate) now: Timestamp,
}

/// Whose signature it should be.
#[derive(Clone, Copy)]
pub(crate) enum Signer<'a> {
    /// The holder of this certificate (DER), if a trusted authority issued it.
    Certificate(&'a [u8]),
    /// The holder of this key, which the caller trusts.
    Key(&'a PublicKey),
}

/// Proves evidence under one trust root.
pub(crate) trait Prove: Send + Sync {
    /// Returns what has been proven of the signature, or why it is not proven.
    fn prove(&self, question: &Question<'_>) -> Result<Evidence, Error>;
}

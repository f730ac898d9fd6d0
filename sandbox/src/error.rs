//! What can go wrong in the sandbox.

use x509_cert::der;

/// Why the sandbox did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Something cannot be written or read as DER.
    #[error("not valid DER: {0}")]
    Der(#[from] der::Error),
    /// A public key cannot be used.
    #[error("not a public key of a kind that the sandbox knows")]
    PublicKey,
    /// Something cannot be written or read as JSON.
    #[error("not the JSON that is expected: {0}")]
    Json(#[from] serde_json::Error),
    /// A time lies outside of what a certificate can hold.
    #[error("the time {at} cannot be written into a certificate")]
    Time {
        /// The time.
        at: jiff::Timestamp,
    },
    /// A token lacks a claim that the certificate needs.
    #[error("the token has no claim {claim:?}, or not as text")]
    MissingClaim {
        /// Its name.
        claim: &'static str,
    },
    /// Whoever asks for a certificate, or wants an entry logged, has not the key.
    #[error("the signature does not verify with the key beside it")]
    Signature,
    /// What was sent is not of the form that the service takes.
    #[error("{what} is missing or malformed")]
    Malformed {
        /// The field.
        what: &'static str,
    },
}

//! Signing an artifact itself, without a statement. No command does it: such a signature says who had the bytes, and nothing
//! of how they came to be. The conformance suite asks for it.

use jiff::Timestamp;
use sigstore_bundle::BundleV03;
use sigstore_types::SignatureBytes;
use slsa_verifier::{Artifact, Verified, VerifiedSignature};

use super::error::SignError;
use super::{Certified, LogService, Signer, read, rekor};

/// A bundle with a signature over an artifact, which was verified after it was made.
#[derive(Debug, Clone)]
pub struct SignedArtifact {
    json: String,
    verified: Box<VerifiedSignature>,
}

impl SignedArtifact {
    /// Returns the bundle as one line of JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns what our own verifier found in it.
    #[must_use]
    pub fn verified(&self) -> &VerifiedSignature {
        &self.verified
    }
}

impl Signer {
    /// Signs an artifact's bytes, and has the signature logged and timestamped as the services are.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub fn sign_artifact(
        &self,
        certified: &Certified,
        artifact: &[u8],
        now: impl Fn() -> Timestamp,
    ) -> Result<SignedArtifact, SignError> {
        let signature = SignatureBytes::new(certified.key.sign(artifact)?);
        let (hash, certificate) = (rekor::sha256(artifact)?, &certified.certificate);
        let bundle = BundleV03::with_certificate_and_signature(certificate.clone(), signature.clone(), hash);
        let entry = |log: &LogService| rekor::log_message(&self.http, log, &hash, &signature, certificate);
        let json = self.witness(bundle, entry, &signature)?;
        let verified = self
            .verifier
            .verify_any(&read(&json)?, &Artifact::from_bytes(artifact), now())
            .map_err(SignError::OwnBundle)?;
        match verified {
            Verified::Message(verified) => Ok(SignedArtifact { json, verified }),
            _ => Err(SignError::Encoding),
        }
    }
}

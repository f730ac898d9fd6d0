//! What verification yields. Each type here has one origin, [`Verifier`](crate::Verifier): whoever holds a
//! value knows that signature, signer, log, time and subject were checked.

use std::sync::Arc;

use slsa_predicates::Statement;

use crate::artifact::Artifact;
use crate::attestation::Form;
use crate::certificate::CertificateIdentity;
use crate::error::Error;
use crate::evidence::Evidence;
use crate::provenance::{Provenance, ProvenanceError};
use crate::subject::{self, SubjectMatch};
use crate::trust::TrustDomain;

/// A statement that a known signer made about the artifact.
///
/// It cannot be made but by verification:
///
/// ```compile_fail
/// let forged = slsa_verifier::VerifiedStatement { ..unreachable!() };
/// ```
#[derive(Debug, Clone)]
pub struct VerifiedStatement {
    signed: SignedStatement,
    subject: SubjectMatch,
}

/// A statement that a known signer made, about whatever its subjects are.
///
/// It admits nothing yet: [`SignedStatement::about`] says whether it is about an artifact. Where many artifacts
/// share an attestation, its signature is proven once. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct SignedStatement(Arc<Signed>);

#[derive(Debug)]
struct Signed {
    signature: VerifiedSignature,
    statement: Statement,
    payload: Vec<u8>,
    payload_type: String,
}

impl SignedStatement {
    pub(crate) fn new(
        signature: VerifiedSignature,
        statement: Statement,
        payload: Vec<u8>,
        payload_type: String,
    ) -> Self {
        Self(Arc::new(Signed {
            signature,
            statement,
            payload,
            payload_type,
        }))
    }

    /// Finds the subject that is the artifact.
    ///
    /// # Errors
    /// [`NotAuthentic::Subject`](crate::NotAuthentic::Subject), or
    /// [`Undecided::DigestRequired`](crate::Undecided::DigestRequired) where the artifact must be hashed
    /// in another algorithm first.
    pub fn about(&self, artifact: &Artifact) -> Result<VerifiedStatement, Error> {
        let subject = subject::find(&self.0.statement, artifact)?;
        Ok(VerifiedStatement {
            signed: self.clone(),
            subject,
        })
    }

    /// Returns who signed, when, and where it was logged.
    #[must_use]
    pub fn signature(&self) -> &VerifiedSignature {
        &self.0.signature
    }
}

impl VerifiedStatement {
    /// Returns the statement, parsed from exactly the bytes that were signed.
    #[must_use]
    pub fn statement(&self) -> &Statement {
        &self.signed.0.statement
    }

    /// Returns the bytes that were signed.
    #[must_use]
    pub fn payload(&self) -> &[u8] {
        &self.signed.0.payload
    }

    /// Returns the payload's media type.
    #[must_use]
    pub fn payload_type(&self) -> &str {
        &self.signed.0.payload_type
    }

    /// Returns the subject that is the artifact.
    #[must_use]
    pub fn subject(&self) -> &SubjectMatch {
        &self.subject
    }

    /// Returns who signed, when, and where it was logged.
    #[must_use]
    pub fn signature(&self) -> &VerifiedSignature {
        &self.signed.0.signature
    }

    /// Returns what the statement says of the build, if it is provenance.
    ///
    /// # Errors
    /// As [`Provenance::read`].
    pub fn provenance(&self) -> Result<Provenance, ProvenanceError> {
        Provenance::read(self.statement())
    }
}

/// A signature whose signer, log entry and time were checked.
#[derive(Debug, Clone)]
pub struct VerifiedSignature {
    pub(crate) form: Form,
    pub(crate) signer: VerifiedSigner,
    pub(crate) domain: Option<TrustDomain>,
    pub(crate) evidence: Evidence,
}

impl VerifiedSignature {
    /// Returns who signed.
    #[must_use]
    pub fn signer(&self) -> &VerifiedSigner {
        &self.signer
    }

    /// Returns the times of signing and the log entries.
    #[must_use]
    pub fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// Returns the trust domain whose authorities vouch for signer, log and time. `None` for a key that the
    /// caller gave and that neither log nor timestamp speaks of.
    #[must_use]
    pub fn trust_domain(&self) -> Option<&TrustDomain> {
        self.domain.as_ref()
    }

    /// Returns the format in which the attestation came.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }
}

/// Who signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifiedSigner {
    /// The holder of a certificate that a trusted authority issued.
    Certificate(Box<CertificateIdentity>),
    /// The holder of a key that the caller trusts.
    #[non_exhaustive]
    Key {
        /// The name that the caller gave it.
        name: Option<String>,
        /// SHA-256 of its `SubjectPublicKeyInfo` in hex.
        fingerprint: String,
    },
}

/// What was verified: a statement about the artifact, or a signature over the artifact itself.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Verified {
    /// A statement.
    Statement(Box<VerifiedStatement>),
    /// A signature over the artifact's own bytes.
    Message(Box<VerifiedSignature>),
}

impl Verified {
    /// Returns who signed, when, and where it was logged.
    #[must_use]
    pub fn signature(&self) -> &VerifiedSignature {
        match self {
            Self::Statement(statement) => statement.signature(),
            Self::Message(signature) => signature,
        }
    }
}

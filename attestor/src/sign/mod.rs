//! From a statement to a bundle that our own verifier has accepted.
//!
//! ```text
//! token ─ Fulcio ─→ certificate, compared with the claims ─→ Certified
//!       statement ─ signature ─ log ─ timestamp ─→ bundle ─ our verifier ─→ SignedBundle
//! ```
//! The services answer over the network, and none of them is believed: the bundle is verified under the trust root
//! before anybody sees it.

mod certificate;
mod error;
mod fulcio;
mod key;
mod message;
mod rekor;
mod services;
mod timestamp;

use jiff::{SignedDuration, Timestamp};
use sigstore_bundle::{BundleV03, builder::VerificationMaterialV03};
use sigstore_types::bundle::SignatureContent;
use sigstore_types::{
    DerCertificate, DsseEnvelope, DsseSignature, KeyId, PayloadBytes, SignatureBytes, TransparencyLogEntry,
};
use slsa_predicates::{Statement, StatementLimits};
use slsa_verifier::{
    Artifact, Attestation, Limits, PublicKey, ReadError, TrustRoot, VerifiedStatement, Verifier, parse,
};

pub use certificate::{CertificateField, Disagreement};
pub use error::{ServiceName, SignError};
pub use key::{KeyFile, KeyFileError};
pub use message::SignedArtifact;
pub use services::{LogService, LogVersion, Services, ServicesError};

use crate::claims::Claims;
use crate::http::Http;
use crate::token::IdentityToken;
use key::SigningKey;

/// The type of payloads that are in-toto statements.
const IN_TOTO: &str = "application/vnd.in-toto+json";

/// A certificate is renewed when no more than this is left of its ten minutes.
const RENEW_BEFORE: SignedDuration = SignedDuration::from_mins(1);

/// Signs statements with keys that live as long as this value.
pub struct Signer {
    http: Http,
    services: Services,
    verifier: Verifier,
}

/// An ephemeral key, and the certificate that says whose it is. AWS-LC overwrites the key's memory when it is freed.
pub struct Certified {
    key: SigningKey,
    certificate: DerCertificate,
    valid_until: Timestamp,
}

/// A bundle that was verified after it was made.
#[derive(Debug, Clone)]
pub struct SignedBundle {
    json: String,
    verified: Box<VerifiedStatement>,
}

impl SignedBundle {
    /// Returns the bundle as one line of JSON.
    #[must_use]
    pub fn json(&self) -> &str {
        &self.json
    }

    /// Returns what our own verifier found in it.
    #[must_use]
    pub fn verified(&self) -> &VerifiedStatement {
        &self.verified
    }
}

impl Certified {
    /// Says whether another certificate is needed before the next signature.
    #[must_use]
    pub fn is_nearly_over(&self, now: Timestamp) -> bool {
        self.valid_until
            .checked_sub(RENEW_BEFORE)
            .is_ok_and(|renew_at| renew_at <= now)
    }
}

impl Signer {
    /// Makes a signer that uses these services, and believes their answers under these roots alone.
    ///
    /// # Errors
    /// [`SignError::TrustRoot`].
    pub fn new(http: Http, services: Services, roots: Vec<TrustRoot>) -> Result<Self, SignError> {
        Ok(Self {
            verifier: Verifier::builder(roots).build()?,
            http,
            services,
        })
    }

    /// Returns the services.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// Makes a key and asks for its certificate, which must say what the claims of the same token say: nothing is
    /// logged before.
    ///
    /// # Errors
    /// [`SignError`]: of Fulcio, or [`SignError::Certificate`] with the field in which they differ.
    pub fn certify(&self, token: &IdentityToken, claims: &Claims) -> Result<Certified, SignError> {
        self.certify_subject(token, claims.subject(), Some(claims))
    }

    /// The same for a token whose claims nobody verified, of which the subject alone is known: what the authority takes as
    /// the owner's name, `email` or `sub`. The certificate then says what it likes of the run, so this is for clients
    /// that state no run, such as those of the conformance suite.
    ///
    /// # Errors
    /// [`SignError`]: of Fulcio, or [`SignError::Certificate`] where the certificate is for another key.
    pub fn certify_unverified(&self, token: &IdentityToken, subject: &str) -> Result<Certified, SignError> {
        self.certify_subject(token, subject, None)
    }

    fn certify_subject(
        &self,
        token: &IdentityToken,
        subject: &str,
        claims: Option<&Claims>,
    ) -> Result<Certified, SignError> {
        let key = SigningKey::generate()?;
        let certificate = fulcio::certificate(&self.http, &self.services.fulcio, token, subject, &key)?;
        let valid_until = certificate::check(certificate.as_bytes(), &key, claims)?;
        Ok(Certified {
            key,
            certificate,
            valid_until,
        })
    }

    /// Signs a statement, and has it logged and timestamped as the services are.
    ///
    /// # Errors
    /// [`SignError`]; [`SignError::OwnBundle`] where our own verifier refuses what came out.
    pub fn sign(
        &self,
        certified: &Certified,
        statement: &Statement,
        now: impl Fn() -> Timestamp,
    ) -> Result<SignedBundle, SignError> {
        self.sign_payload(certified, statement.to_json().into_bytes(), statement, now)
    }

    /// Signs a statement that somebody else wrote, byte for byte as it stands.
    ///
    /// # Errors
    /// [`SignError::Statement`] where it is none, and those of [`sign`](Self::sign).
    pub fn sign_as_is(
        &self,
        certified: &Certified,
        statement: &[u8],
        now: impl Fn() -> Timestamp,
    ) -> Result<SignedBundle, SignError> {
        let parsed = Statement::parse(statement, &StatementLimits::default())?;
        self.sign_payload(certified, statement.to_vec(), &parsed, now)
    }

    fn sign_payload(
        &self,
        certified: &Certified,
        payload: Vec<u8>,
        statement: &Statement,
        now: impl Fn() -> Timestamp,
    ) -> Result<SignedBundle, SignError> {
        let envelope = envelope(payload, |bytes| certified.key.sign(bytes))?;
        let certificate = &certified.certificate;
        let bundle = BundleV03::with_certificate_and_dsse(certificate.clone(), envelope.clone());
        let entry = |log: &LogService| rekor::log_envelope(&self.http, log, &envelope, certificate);
        let json = self.witness(bundle, entry, &envelope.signature.sig)?;
        verified(&self.verifier, json, statement, now())
    }

    /// Adds the log's entry and the timestamp to a bundle, as the services are, and writes it.
    fn witness(
        &self,
        mut bundle: BundleV03,
        entry: impl Fn(&LogService) -> Result<TransparencyLogEntry, SignError>,
        signature: &SignatureBytes,
    ) -> Result<String, SignError> {
        if let Some(log) = &self.services.log {
            bundle = bundle.with_tlog_entry(entry(log)?);
        }
        if let Some(authority) = &self.services.timestamps {
            let token = timestamp::timestamp(&self.http, authority, signature.as_bytes())?;
            bundle = bundle.with_rfc3161_timestamp(token);
        }
        bundle.into_bundle().to_json().map_err(|_| SignError::Encoding)
    }
}

/// Signs a statement with a key of one's own, without any service: for where there is no network. Only a holder of the
/// public key can verify it, and nothing says when it was signed.
///
/// # Errors
/// [`SignError`].
pub fn sign_with_key(
    key: &KeyFile,
    statement: &Statement,
    now: Timestamp,
) -> Result<SignedBundle, SignError> {
    let envelope = envelope(statement.to_json().into_bytes(), |bytes| key.sign(bytes))?;
    let material = VerificationMaterialV03::PublicKey {
        hint: key.fingerprint()?,
    };
    let bundle = BundleV03::new(material, SignatureContent::DsseEnvelope(envelope)).into_bundle();
    let json = bundle.to_json().map_err(|_| SignError::Encoding)?;
    let public = PublicKey::from_spki(&key.public_key()?).map_err(|_| SignError::Key)?;
    let verifier = Verifier::builder(Vec::new()).key(public).build()?;
    verified(&verifier, json, statement, now)
}

fn envelope(
    payload: Vec<u8>,
    sign: impl Fn(&[u8]) -> Result<Vec<u8>, SignError>,
) -> Result<DsseEnvelope, SignError> {
    let signature = sign(&sigstore_types::dsse::pae(IN_TOTO, &payload))?;
    Ok(DsseEnvelope::new(
        IN_TOTO.to_owned(),
        PayloadBytes::new(payload),
        DsseSignature::new(SignatureBytes::new(signature), KeyId::default()),
    ))
}

/// Reads the bundle as everybody will, and verifies it: whatever a service did wrong is found here.
fn verified(
    verifier: &Verifier,
    json: String,
    statement: &Statement,
    now: Timestamp,
) -> Result<SignedBundle, SignError> {
    let signed = verifier
        .authenticate(&read(&json)?, now)
        .map_err(SignError::OwnBundle)?;
    let subject = statement.subjects().first().ok_or(SignError::Encoding)?;
    let digests = subject.digest().iter().cloned().collect();
    let verified = signed
        .about(&Artifact::from_known(digests, Vec::new()))
        .map_err(SignError::OwnBundle)?;
    if verified.statement() != statement {
        return Err(SignError::Encoding);
    }
    Ok(SignedBundle {
        json,
        verified: Box::new(verified),
    })
}

fn read(json: &str) -> Result<Attestation, SignError> {
    let own = |error: ReadError| SignError::OwnBundle(error.into());
    let items = parse(json.as_bytes(), &Limits::default()).map_err(own)?.items;
    let item = items.into_iter().next().ok_or(SignError::Encoding)?;
    item.result.map_err(own)
}

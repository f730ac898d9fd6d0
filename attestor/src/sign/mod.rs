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
mod rekor;
mod services;
mod timestamp;

use jiff::{SignedDuration, Timestamp};
use sigstore_bundle::{BundleV03, builder::VerificationMaterialV03};
use sigstore_types::bundle::SignatureContent;
use sigstore_types::{DerCertificate, DsseEnvelope, DsseSignature, KeyId, PayloadBytes, SignatureBytes};
use slsa_predicates::Statement;
use slsa_verifier::{Artifact, Limits, PublicKey, TrustRoot, VerifiedStatement, Verifier, parse};

pub use certificate::{CertificateField, Disagreement};
pub use error::{ServiceName, SignError};
pub use key::{KeyFile, KeyFileError};
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

    /// The same for a token whose claims were not verified, of which the subject alone is known.
    pub(crate) fn certify_subject(
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
        let payload = statement.to_json().into_bytes();
        let envelope = envelope(payload, |bytes| certified.key.sign(bytes))?;
        let signature = &envelope.signature.sig;
        let mut bundle =
            BundleV03::with_certificate_and_dsse(certified.certificate.clone(), envelope.clone());
        if let Some(log) = &self.services.log {
            bundle = bundle.with_tlog_entry(rekor::log_envelope(
                &self.http,
                log,
                &envelope,
                &certified.certificate,
            )?);
        }
        if let Some(authority) = &self.services.timestamps {
            bundle = bundle.with_rfc3161_timestamp(timestamp::timestamp(
                &self.http,
                authority,
                signature.as_bytes(),
            )?);
        }
        let json = bundle.into_bundle().to_json().map_err(|_| SignError::Encoding)?;
        self.verified(json, statement, now())
    }

    fn verified(
        &self,
        json: String,
        statement: &Statement,
        now: Timestamp,
    ) -> Result<SignedBundle, SignError> {
        verified(&self.verifier, json, statement, now)
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
    let items = parse(json.as_bytes(), &Limits::default())
        .map_err(|error| SignError::OwnBundle(error.into()))?
        .items;
    let attestation = items.into_iter().next().ok_or(SignError::Encoding)?;
    let attestation = attestation
        .result
        .map_err(|error| SignError::OwnBundle(error.into()))?;
    let signed = verifier
        .authenticate(&attestation, now)
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

//! The library's own engine, after the Sigstore client specification
//! (<https://github.com/sigstore/architecture-docs/blob/main/client-spec.md>, "Verification").

mod chain;
mod checkpoint;
mod entry;
mod log;
mod sct;
mod timestamp;
mod token;

use std::sync::Arc;

use jiff::Timestamp;

use super::{Prove, Question, Signer};
use crate::attestation::{Attestation, Content, Form, LogEntry, SignedOver};
use crate::error::{Error, NotAuthentic, Undecided};
use crate::evidence::{Evidence, TimeSource, VerifiedLogEntry, VerifiedTime};
use crate::key::{PublicKey, VerificationKey};
use crate::trust::TrustRoot;

pub use checkpoint::CheckpointError;
pub use entry::EntryField;
pub use sct::SctError;
pub use timestamp::TimestampError;

/// The engine under one trust root.
pub(crate) struct Native {
    root: Arc<TrustRoot>,
}

impl Native {
    pub(crate) fn new(root: Arc<TrustRoot>) -> Self {
        Self { root }
    }

    /// A signer with a certificate. The steps are those of the client specification.
    fn keyless(&self, question: &Question<'_>, leaf: &[u8]) -> Result<Evidence, Error> {
        let attestation = question.attestation;
        if attestation.form == Form::Envelope {
            return Err(Undecided::NoSigningTime.into());
        }
        let certificate = crate::certificate::from_der(leaf).map_err(crate::ReadError::from)?;
        let key = VerificationKey::new(&certificate.tbs_certificate.subject_pki).map_err(unsupported)?;

        // 1. Establish when it was signed.
        let times = self.times(attestation, question.now)?;
        if times.is_empty() {
            return Err(NotAuthentic::TimeMissing.into());
        }
        // 2. The certificate was issued by a trusted authority, for signing code, and was valid at each of
        //    these times: one back-dated timestamp must not vouch for an expired certificate (TOB-SIGSTORE-4).
        let authority = chain::issuer(&self.root, leaf, &certificate, &times)?;
        // 3. A certificate transparency log has seen the certificate.
        if !self.root.ct_logs.is_empty() {
            sct::verify(
                &certificate,
                &authority.key_hash,
                &self.root.ct_logs,
                question.now,
            )
            .map_err(NotAuthentic::from)?;
        }
        // 4. A transparency log has seen the signature.
        let log_entries = self.log_entries(attestation, &times, question.now)?;
        if log_entries.is_empty() && !self.root.logs.is_empty() {
            return Err(NotAuthentic::LogEntryMissing.into());
        }
        // 5. The signature is over this content.
        signature(question, &key)?;
        // 6. Each log entry is about this signature, this certificate and this content (CVE-2022-36056).
        for logged in &attestation.log_entries {
            entry::bind(logged, question, &key, leaf)?;
        }
        Ok(Evidence { times, log_entries })
    }

    /// A signer whose key the caller trusts: the key stands for the certificate. Every log entry that is there
    /// must hold.
    fn keyed(&self, question: &Question<'_>, public_key: &PublicKey) -> Result<Evidence, Error> {
        let attestation = question.attestation;
        let times = self.times(attestation, question.now)?;
        let (from, until) = public_key.validity();
        if from.is_some() || until.is_some() {
            if times.is_empty() {
                return Err(Undecided::NoSigningTime.into());
            }
            for VerifiedTime { time, .. } in &times {
                if from.is_some_and(|from| *time < from) || until.is_some_and(|until| *time > until) {
                    let (time, not_before, not_after) = (*time, from, until);
                    return Err(NotAuthentic::KeyExpired {
                        time,
                        not_before,
                        not_after,
                    }
                    .into());
                }
            }
        }
        let log_entries = self.log_entries(attestation, &times, question.now)?;
        signature(question, public_key.key())?;
        for logged in &attestation.log_entries {
            entry::bind(logged, question, public_key.key(), public_key.spki())?;
        }
        Ok(Evidence { times, log_entries })
    }

    /// Every authenticated time, each source counted once. One that does not verify is fatal: evidence that
    /// somebody tampered with is no reason to look at the rest only.
    fn times(&self, attestation: &Attestation, now: Timestamp) -> Result<Vec<VerifiedTime>, Error> {
        let mut times = Vec::new();
        let signature = attestation.content.signature();
        for (index, token) in attestation.timestamps.iter().enumerate() {
            if attestation
                .timestamps
                .iter()
                .take(index)
                .any(|earlier| earlier == token)
            {
                continue;
            }
            times.push(timestamp::verify(&self.root, index, token, signature, now)?);
        }
        for entry in distinct(&attestation.log_entries) {
            if let Some(time) = log::promised_time(&self.root, entry, now)? {
                let authority = log::of(&self.root, entry)?.uri.clone();
                times.push(VerifiedTime {
                    time,
                    source: TimeSource::TransparencyLog,
                    authority,
                });
            }
        }
        Ok(times)
    }

    fn log_entries(
        &self,
        attestation: &Attestation,
        times: &[VerifiedTime],
        now: Timestamp,
    ) -> Result<Vec<VerifiedLogEntry>, Error> {
        let mut verified: Vec<VerifiedLogEntry> = Vec::new();
        for entry in distinct(&attestation.log_entries) {
            let entry = log::included(&self.root, entry, attestation.form, times, now)?;
            let known =
                |other: &VerifiedLogEntry| other.log_id == entry.log_id && other.log_index == entry.log_index;
            if !verified.iter().any(known) {
                verified.push(entry);
            }
        }
        Ok(verified)
    }
}

/// Proves a key's signature where neither log entry nor timestamp speaks of it, so that no trust root is asked.
pub(crate) fn key_alone(question: &Question<'_>, public_key: &PublicKey) -> Result<Evidence, Error> {
    let (from, until) = public_key.validity();
    if from.is_some() || until.is_some() {
        return Err(Undecided::NoSigningTime.into());
    }
    signature(question, public_key.key())?;
    Ok(Evidence {
        times: Vec::new(),
        log_entries: Vec::new(),
    })
}

impl Prove for Native {
    fn prove(&self, question: &Question<'_>) -> Result<Evidence, Error> {
        match question.signer {
            Signer::Certificate(leaf) => self.keyless(question, leaf),
            Signer::Key(key) => self.keyed(question, key),
        }
    }
}

/// The entries, each once, however often the bundle repeats it.
fn distinct(entries: &[LogEntry]) -> impl Iterator<Item = &LogEntry> {
    entries.iter().enumerate().filter_map(|(index, entry)| {
        let repeated = entries.iter().take(index).any(|earlier| earlier == entry);
        (!repeated).then_some(entry)
    })
}

fn unsupported(error: crate::KeyError) -> NotAuthentic {
    match error {
        crate::KeyError::Unsupported { algorithm } => NotAuthentic::KeyUnsupported { algorithm },
        crate::KeyError::RsaSize { bits } => NotAuthentic::KeyUnsupported {
            algorithm: format!("RSA of {bits} bits"),
        },
        crate::KeyError::Malformed => NotAuthentic::KeyUnsupported {
            algorithm: "malformed".to_owned(),
        },
    }
}

/// Verifies the one signature over the envelope or over the artifact.
fn signature(question: &Question<'_>, key: &VerificationKey) -> Result<(), Error> {
    let holds = match &question.attestation.content {
        Content::Envelope(envelope) => {
            let (signed, made) = (envelope.signed_bytes(), &envelope.signature);
            // Some key services write ECDSA signatures as bare numbers. Who hands us their key means them; where
            // certificates and logs are, DER is prescribed.
            let bare = question.attestation.form == Form::Envelope
                && envelope.signed_over == SignedOver::PreAuthenticationEncoding
                && matches!(question.signer, Signer::Key(_));
            key.verifies(&signed, made) || (bare && key.verifies_bare(&signed, made))
        }
        Content::Message(message) => {
            let hash = message
                .digest
                .as_ref()
                .map_or(key.usual_hash(), |(hash, _)| *hash);
            let algorithm = hash.digest_algorithm();
            let digest = question.artifact.digest(algorithm);
            if key.signs_bytes() {
                let bytes = question.artifact.bytes().ok_or(Undecided::BytesRequired)?;
                key.verifies(bytes, &message.signature)
            } else {
                let digest = digest.ok_or(Undecided::DigestRequired {
                    algorithm: algorithm.to_string(),
                })?;
                let bytes = hex::decode(digest.value()).unwrap_or_default();
                key.verifies_digest(hash, &bytes, &message.signature)
            }
        }
    };
    if holds {
        Ok(())
    } else {
        Err(NotAuthentic::Signature.into())
    }
}

//! A whole Sigstore: the authorities, logs and keys that belong together.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::authority::Authority;
use crate::certificate::Draft;
use crate::clock::Clock;
use crate::entry::{self, EntryKind, Envelope, Verifier};
use crate::error::SandboxError;
use crate::identity::Identity;
use crate::key::{Key, PublicKey};
use crate::log::{Log, LogEntry, LogVersion};
use crate::seed::Seed;
use crate::timestamp::{TimestampAuthority, TokenDraft};
use crate::trusted_root;

/// The organisation in every certificate, so that nobody takes them for real.
pub(crate) const ORGANISATION: &str = "slsa-sandbox (not for production)";

/// The names of the logs, below a domain that cannot exist (RFC 6761, section 6.2).
const REKOR_V1: &str = "rekor.slsa-sandbox.test";
const REKOR_V2: &str = "rekor2.slsa-sandbox.test";

/// Two instances of Sigstore under one seed: one with logs, like the public-good instance, and one without, like
/// GitHub's for private repositories.
pub struct Sandbox {
    clock: Clock,
    seed: Seed,
    pub(crate) authority: Arc<Authority>,
    pub(crate) private_authority: Arc<Authority>,
    pub(crate) ct_log: Key,
    rekor_v1: Mutex<Log>,
    rekor_v2: Mutex<Log>,
    pub(crate) timestamps: Arc<TimestampAuthority>,
    pub(crate) private_timestamps: Arc<TimestampAuthority>,
}

/// One of the two instances.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Instance {
    /// With transparency logs, for what may be public.
    Public,
    /// Without any log: a timestamp alone proves the time.
    Private,
}

impl Sandbox {
    /// Makes both instances. The same seed gives the same keys and certificates; with a fixed clock, and asked for
    /// the same in the same order, also the same bytes.
    ///
    /// # Errors
    /// [`SandboxError`], where a certificate cannot be made: a defect.
    pub fn new(seed: impl Into<Seed>, clock: Clock) -> Result<Self, SandboxError> {
        let seed = seed.into();
        let (rekor_v1, rekor_v2) = empty_logs(&seed);
        Ok(Self {
            authority: Arc::new(Authority::new(&seed, ORGANISATION, "fulcio")?),
            private_authority: Arc::new(Authority::new(&seed, ORGANISATION, "private-fulcio")?),
            ct_log: Key::P256(seed.p256("ct-log")),
            rekor_v1,
            rekor_v2,
            timestamps: Arc::new(TimestampAuthority::new(&seed, ORGANISATION, "tsa")?),
            private_timestamps: Arc::new(TimestampAuthority::new(&seed, ORGANISATION, "private-tsa")?),
            clock,
            seed,
        })
    }

    /// The same authorities and keys, with nothing logged yet, at this second.
    pub(crate) fn with_empty_logs(&self) -> Self {
        let (rekor_v1, rekor_v2) = empty_logs(&self.seed);
        Self {
            authority: Arc::clone(&self.authority),
            private_authority: Arc::clone(&self.private_authority),
            ct_log: self.ct_log.clone(),
            rekor_v1,
            rekor_v2,
            timestamps: Arc::clone(&self.timestamps),
            private_timestamps: Arc::clone(&self.private_timestamps),
            clock: Clock::Fixed(self.now()),
            seed: self.seed.clone(),
        }
    }

    /// Returns the time in the sandbox.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Returns the clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the seed of all keys.
    #[must_use]
    pub fn seed(&self) -> &Seed {
        &self.seed
    }

    /// Returns an instance's `trusted_root.json`.
    ///
    /// # Errors
    /// [`SandboxError`], where a key cannot be written: a defect.
    pub fn trusted_root(&self, instance: Instance) -> Result<Value, SandboxError> {
        let (authority, timestamps, host) = match instance {
            Instance::Public => (&self.authority, &self.timestamps, "slsa-sandbox.test"),
            Instance::Private => (
                &self.private_authority,
                &self.private_timestamps,
                "private.slsa-sandbox.test",
            ),
        };
        let authorities = [trusted_root::authority(
            "fulcio",
            &format!("https://fulcio.{host}"),
            &authority.chain(),
        )];
        let tsas = [trusted_root::authority(
            "tsa",
            &format!("https://tsa.{host}"),
            &timestamps.chain(),
        )];
        let (mut logs, mut ct_logs) = (Vec::new(), Vec::new());
        if instance == Instance::Public {
            for (name, log) in [(REKOR_V1, self.rekor_v1()), (REKOR_V2, self.rekor_v2())] {
                logs.push(trusted_root::log(
                    &format!("https://{name}"),
                    &log.signer.key,
                    &log.id()?,
                )?);
            }
            let url = "https://ct.slsa-sandbox.test";
            ct_logs.push(trusted_root::log(url, &self.ct_log, &self.ct_log.id()?)?);
        }
        Ok(trusted_root::trusted_root(&logs, &authorities, &ct_logs, &tsas))
    }

    /// Issues a certificate for a public key (SubjectPublicKeyInfo in DER), as Fulcio would: DER.
    ///
    /// # Errors
    /// [`SandboxError`], where the key is not one.
    pub fn issue(
        &self,
        instance: Instance,
        spki: &[u8],
        identity: &Identity,
    ) -> Result<Vec<u8>, SandboxError> {
        PublicKey::from_spki(spki)?;
        let draft = self.draft(instance, spki, identity)?;
        self.sign_draft(instance, draft)
    }

    pub(crate) fn draft(
        &self,
        instance: Instance,
        spki: &[u8],
        identity: &Identity,
    ) -> Result<Draft, SandboxError> {
        self.issuer(instance).draft_leaf(spki, identity, self.now())
    }

    /// The private instance logs nothing, its certificates carry no promise.
    pub(crate) fn sign_draft(&self, instance: Instance, draft: Draft) -> Result<Vec<u8>, SandboxError> {
        match instance {
            Instance::Public => self.authority.issue(draft, &self.ct_log),
            Instance::Private => draft.sign(&self.private_authority.key),
        }
    }

    fn issuer(&self, instance: Instance) -> &Authority {
        match instance {
            Instance::Public => &self.authority,
            Instance::Private => &self.private_authority,
        }
    }

    /// Returns the certificates above those that an instance issues: intermediate and root, DER.
    #[must_use]
    pub fn issuer_chain(&self, instance: Instance) -> Vec<Vec<u8>> {
        self.issuer(instance).chain()
    }

    /// Timestamps bytes, and returns the authority's answer (`TimeStampResp`, DER).
    ///
    /// # Errors
    /// [`SandboxError`], where it cannot be written: a defect.
    pub fn timestamp(&self, instance: Instance, bytes: &[u8]) -> Result<Vec<u8>, SandboxError> {
        self.answer_timestamp(instance, &TokenDraft::of(bytes, self.now()))
    }

    pub(crate) fn answer_timestamp(
        &self,
        instance: Instance,
        draft: &TokenDraft,
    ) -> Result<Vec<u8>, SandboxError> {
        match instance {
            Instance::Public => self.timestamps.answer(draft),
            Instance::Private => self.private_timestamps.answer(draft),
        }
    }

    /// Logs an envelope. `text` is its JSON as it was sent, of which the hash is logged where the kind has one.
    ///
    /// # Errors
    /// [`SandboxError::Signature`], where the envelope's signature is not the key's.
    pub fn log_envelope(
        &self,
        kind: EntryKind,
        text: &str,
        envelope: &Envelope,
        verifier: &Verifier,
    ) -> Result<LogEntry, SandboxError> {
        let signed = Envelope::signed_bytes(&envelope.payload_type, &envelope.payload);
        public_key(verifier)?.verify(&signed, &envelope.signature)?;
        let digest = Sha256::digest(&signed);
        let body = match kind {
            EntryKind::DsseV001 => entry::dsse_v001(text, envelope, verifier)?,
            EntryKind::IntotoV002 => entry::intoto_v002(text, envelope, verifier)?,
            EntryKind::HashedRekordV001 => entry::hashed_rekord_v001(&digest, &envelope.signature, verifier)?,
            EntryKind::HashedRekordV002 => {
                entry::hashed_rekord_v002(&digest, &envelope.signature, verifier, key_details(verifier)?)?
            }
        };
        self.append(kind, body)
    }

    /// Logs a signature over something of this SHA-256.
    ///
    /// # Errors
    /// [`SandboxError::Signature`], where the signature is not the key's; [`SandboxError::Malformed`] for a kind that
    /// holds envelopes.
    pub fn log_digest(
        &self,
        kind: EntryKind,
        digest: &[u8],
        signature: &[u8],
        verifier: &Verifier,
    ) -> Result<LogEntry, SandboxError> {
        public_key(verifier)?.verify_sha256(digest, signature)?;
        let body = match kind {
            EntryKind::HashedRekordV001 => entry::hashed_rekord_v001(digest, signature, verifier)?,
            EntryKind::HashedRekordV002 => {
                entry::hashed_rekord_v002(digest, signature, verifier, key_details(verifier)?)?
            }
            EntryKind::DsseV001 | EntryKind::IntotoV002 => {
                return Err(SandboxError::Malformed { what: "envelope" });
            }
        };
        self.append(kind, body)
    }

    pub(crate) fn append(&self, kind: EntryKind, body: Vec<u8>) -> Result<LogEntry, SandboxError> {
        let now = self.now();
        match kind {
            EntryKind::HashedRekordV002 => self.rekor_v2().append(kind, body, now),
            EntryKind::HashedRekordV001 | EntryKind::DsseV001 | EntryKind::IntotoV002 => {
                self.rekor_v1().append(kind, body, now)
            }
        }
    }

    pub(crate) fn rekor_v1(&self) -> MutexGuard<'_, Log> {
        self.rekor_v1.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn rekor_v2(&self) -> MutexGuard<'_, Log> {
        self.rekor_v2.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sandbox")
            .field("clock", &self.clock)
            .finish_non_exhaustive()
    }
}

/// Rekor v1 and v2 before the first entry.
fn empty_logs(seed: &Seed) -> (Mutex<Log>, Mutex<Log>) {
    let v1 = Log::new(LogVersion::V1, REKOR_V1, Key::P256(seed.p256("rekor-v1")));
    let v2 = Log::new(LogVersion::V2, REKOR_V2, Key::Ed25519(seed.ed25519("rekor-v2")));
    (Mutex::new(v1), Mutex::new(v2))
}

fn public_key(verifier: &Verifier) -> Result<PublicKey, SandboxError> {
    match verifier {
        Verifier::Certificate(der) => PublicKey::from_certificate(der),
        Verifier::PublicKey(der) => PublicKey::from_spki(der),
    }
}

fn key_details(verifier: &Verifier) -> Result<&'static str, SandboxError> {
    Ok(match public_key(verifier)? {
        PublicKey::P256(_) => "PKIX_ECDSA_P256_SHA_256",
        PublicKey::P384(_) => "PKIX_ECDSA_P384_SHA_384",
        PublicKey::Ed25519(_) => "PKIX_ED25519",
    })
}

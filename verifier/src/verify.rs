//! The verifier: from an attestation, an artifact and the time to a verified statement, or to the reason why
//! not.

use std::sync::Arc;

use jiff::Timestamp;
use slsa_predicates::{DigestAlgorithm, Statement};

use crate::artifact::Artifact;
use crate::attestation::{Attestation, Content, Envelope, Form, KeyMaterial, SignedOver};
use crate::certificate::{self, CertificateIdentity};
use crate::engine::native::Native;
use crate::engine::native::TimestampError;
use crate::engine::sigstore::SigstoreVerify;
use crate::engine::{Engine, Prove, Question, Signer};
use crate::error::{Error, NotAsExpected, NotAuthentic, ReadError, Undecided};
use crate::evidence::Evidence;
use crate::hash::USUAL_ALGORITHMS;
use crate::key::PublicKey;
use crate::limits::Limits;
use crate::statement::{SignedStatement, Verified, VerifiedSignature, VerifiedSigner, VerifiedStatement};
use crate::subject;
use crate::trust::{EmbeddedRoot, TrustDomain, TrustRoot, TrustRootError};

/// Verifies attestations under one or several trust roots.
///
/// One verifier serves any number of threads and attestations. It reads no file, no clock and no environment.
///
/// ```
/// use slsa_verifier::{Artifact, Limits, Timestamp, Verifier, parse};
///
/// # fn admit(bundle: &[u8], artifact: &[u8], now: Timestamp) -> Result<(), Box<dyn std::error::Error>> {
/// let verifier = Verifier::with_embedded_roots()?;
/// for item in parse(bundle, &Limits::default())?.items {
///     let verified = verifier.verify(&item.result?, &Artifact::from_bytes(artifact), now)?;
///     println!("{}", verified.statement().predicate_type());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Verifier {
    domains: Vec<Domain>,
    keys: Vec<PublicKey>,
    limits: Limits,
}

/// A trust root, and the engines under it.
struct Domain {
    root: Arc<TrustRoot>,
    provers: Vec<Box<dyn Prove>>,
}

/// The decisions that a [`Verifier`] is made of.
#[derive(Debug)]
pub struct VerifierBuilder {
    roots: Vec<TrustRoot>,
    keys: Vec<PublicKey>,
    limits: Limits,
    engine: Engine,
}

impl VerifierBuilder {
    /// Adds a public key that may sign without a certificate.
    #[must_use]
    pub fn key(mut self, key: PublicKey) -> Self {
        self.keys.push(key);
        self
    }

    /// Replaces the default limits.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Chooses the engine.
    #[must_use]
    pub fn engine(mut self, engine: Engine) -> Self {
        self.engine = engine;
        self
    }

    /// Makes the verifier.
    ///
    /// # Errors
    /// [`TrustRootError`], where the chosen engine cannot use a root.
    pub fn build(self) -> Result<Verifier, TrustRootError> {
        let engine = self.engine;
        let domain = |root: TrustRoot| {
            let root = Arc::new(root);
            let mut provers: Vec<Box<dyn Prove>> = Vec::new();
            if matches!(engine, Engine::Native | Engine::Both) {
                provers.push(Box::new(Native::new(Arc::clone(&root))));
            }
            if matches!(engine, Engine::SigstoreVerify | Engine::Both) {
                provers.push(Box::new(SigstoreVerify::new(Arc::clone(&root))?));
            }
            Ok(Domain { root, provers })
        };
        let domains = self
            .roots
            .into_iter()
            .map(domain)
            .collect::<Result<_, TrustRootError>>()?;
        Ok(Verifier {
            domains,
            keys: self.keys,
            limits: self.limits,
        })
    }
}

impl Verifier {
    /// Starts a verifier that trusts these roots, in this order, and no others.
    #[must_use]
    pub fn builder(roots: Vec<TrustRoot>) -> VerifierBuilder {
        VerifierBuilder {
            roots,
            keys: Vec::new(),
            limits: Limits::default(),
            engine: Engine::default(),
        }
    }

    /// Makes a verifier that trusts Sigstore's public instance and GitHub's, as built in.
    ///
    /// # Errors
    /// As [`TrustRoot::embedded`].
    pub fn with_embedded_roots() -> Result<Self, TrustRootError> {
        let roots = EmbeddedRoot::DEFAULT
            .into_iter()
            .map(TrustRoot::embedded)
            .collect::<Result<_, _>>()?;
        Self::builder(roots).build()
    }

    /// Verifies that a known signer made the attestation's statement about this artifact.
    ///
    /// Who the signer is, and what the statement says, is for the caller to judge.
    ///
    /// # Errors
    /// [`Error`]; [`NotAsExpected::NotAStatement`] for a signature over the artifact itself, however valid.
    pub fn verify(
        &self,
        attestation: &Attestation,
        artifact: &Artifact,
        now: Timestamp,
    ) -> Result<VerifiedStatement, Error> {
        self.authenticate(attestation, now)?.about(artifact)
    }

    /// Verifies that a known signer made the attestation's statement, whatever it is about.
    ///
    /// For many artifacts with one attestation: [`SignedStatement::about`] then takes each of them.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), but for those on the artifact.
    pub fn authenticate(&self, attestation: &Attestation, now: Timestamp) -> Result<SignedStatement, Error> {
        let Content::Envelope(envelope) = &attestation.content else {
            return Err(NotAsExpected::NotAStatement.into());
        };
        self.statement(attestation, envelope, now)
    }

    /// Verifies an attestation, or a signature over the artifact itself.
    ///
    /// # Errors
    /// [`Error`].
    pub fn verify_any(
        &self,
        attestation: &Attestation,
        artifact: &Artifact,
        now: Timestamp,
    ) -> Result<Verified, Error> {
        match &attestation.content {
            Content::Envelope(envelope) => self
                .statement(attestation, envelope, now)?
                .about(artifact)
                .map(|statement| Verified::Statement(Box::new(statement))),
            Content::Message(message) => {
                if let Some((hash, digest)) = &message.digest {
                    let known = artifact.digest(hash.digest_algorithm());
                    if known.is_some_and(|known| known.value() != hex::encode(digest)) {
                        let artifact = artifact.digests().to_vec();
                        return Err(NotAuthentic::Subject(subject::SubjectMismatch::SignedDigest {
                            artifact,
                        })
                        .into());
                    }
                }
                self.signature(attestation, artifact, now)
                    .map(|signature| Verified::Message(Box::new(signature)))
            }
        }
    }

    fn statement(
        &self,
        attestation: &Attestation,
        envelope: &Envelope,
        now: Timestamp,
    ) -> Result<SignedStatement, Error> {
        let signature = self.signature(attestation, &Artifact::none(), now)?;
        if !is_in_toto(&envelope.payload_type) {
            let found = envelope.payload_type.chars().take(128).collect();
            return Err(ReadError::PayloadType { found }.into());
        }
        let statement =
            Statement::parse(&envelope.payload, &self.limits.statement()).map_err(ReadError::from)?;
        let (payload, payload_type) = (envelope.payload.clone(), envelope.payload_type.clone());
        Ok(SignedStatement::new(signature, statement, payload, payload_type))
    }

    /// Proves the signature, whatever it is over.
    fn signature(
        &self,
        attestation: &Attestation,
        artifact: &Artifact,
        now: Timestamp,
    ) -> Result<VerifiedSignature, Error> {
        let form = attestation.form;
        match &attestation.key {
            KeyMaterial::Certificate { leaf } => {
                let without_time = attestation.log_entries.is_empty() && attestation.timestamps.is_empty();
                if without_time && matches!(form, Form::Envelope | Form::CosignAttachment) {
                    return Err(Undecided::NoSigningTime.into());
                }
                let certificate = certificate::from_der(leaf).map_err(ReadError::from)?;
                let identity = CertificateIdentity::read(&certificate).map_err(ReadError::from)?;
                let question = Question {
                    attestation,
                    signer: Signer::Certificate(leaf),
                    artifact,
                    now,
                };
                let issuer = certificate.tbs_certificate.issuer.as_raw();
                let candidates = self
                    .domains
                    .iter()
                    .filter(|domain| domain.root.has_authority(issuer));
                let untrusted = NotAuthentic::CertificateUntrusted {
                    issuer: certificate.issuer().to_string(),
                };
                let (domain, evidence) = first_proven(candidates, &question, untrusted.into())?;
                let signer = VerifiedSigner::Certificate(Box::new(identity));
                Ok(VerifiedSignature {
                    form,
                    signer,
                    domain: Some(domain),
                    evidence,
                })
            }
            KeyMaterial::PublicKey { hint } => self.keyed(attestation, Some(hint), artifact, now),
            KeyMaterial::None => {
                let keyid = match &attestation.content {
                    Content::Envelope(envelope) => envelope.keyid.as_ref(),
                    Content::Message(_) => None,
                };
                self.keyed(attestation, keyid, artifact, now)
            }
        }
    }

    /// Proves the signature of a key that the caller gave. The attestation's own name for the key only helps
    /// to find it.
    fn keyed(
        &self,
        attestation: &Attestation,
        hint: Option<&String>,
        artifact: &Artifact,
        now: Timestamp,
    ) -> Result<VerifiedSignature, Error> {
        let hint = hint.filter(|hint| !hint.is_empty());
        let named: Vec<&PublicKey> = self
            .keys
            .iter()
            .filter(|key| key.name().is_some() && key.name() == hint.map(String::as_str))
            .collect();
        // What signs a payload alone could have signed it for any purpose: only the very key that is known to
        // mean an attestation by it is asked.
        let only_named = matches!(&attestation.content,
            Content::Envelope(envelope) if envelope.signed_over == SignedOver::Payload);
        let candidates = if named.is_empty() && !only_named {
            self.keys.iter().filter(|key| key.name().is_none()).collect()
        } else {
            named
        };
        // A Sigstore bundle whose log entry was taken away hides that the key was used. An envelope that stands
        // alone never had one.
        let demands_log = attestation.form != Form::Envelope
            && self.domains.iter().any(|domain| !domain.root.logs.is_empty());
        let mut error: Error = Undecided::KeyRequired { hint: hint.cloned() }.into();
        for key in candidates {
            let question = Question {
                attestation,
                signer: Signer::Key(key),
                artifact,
                now,
            };
            let proven = if demands_log && attestation.log_entries.is_empty() {
                Err(NotAuthentic::LogEntryMissing.into())
            } else if attestation.log_entries.is_empty() && attestation.timestamps.is_empty() {
                crate::engine::native::key_alone(&question, key).map(|evidence| (None, evidence))
            } else {
                let untrusted = attestation.log_entries.first().map_or(
                    NotAuthentic::Timestamp {
                        index: 0,
                        reason: TimestampError::NoAuthority,
                    },
                    |entry| NotAuthentic::LogUnknown {
                        log_id: hex::encode(entry.log_id),
                    },
                );
                let candidates = self
                    .domains
                    .iter()
                    .filter(|domain| domain.root.knows_logs_of(attestation));
                first_proven(candidates, &question, untrusted.into())
                    .map(|(domain, evidence)| (Some(domain), evidence))
            };
            match proven {
                Ok((domain, evidence)) => {
                    let (name, fingerprint) = (key.name().map(ToOwned::to_owned), key.fingerprint());
                    let signer = VerifiedSigner::Key { name, fingerprint };
                    return Ok(VerifiedSignature {
                        form: attestation.form,
                        signer,
                        domain,
                        evidence,
                    });
                }
                Err(refusal) => error = refusal,
            }
        }
        Err(error)
    }
}

/// Asks each domain until one proves the evidence. With none to ask, or none that does, the first error tells.
fn first_proven<'a>(
    domains: impl Iterator<Item = &'a Domain>,
    question: &Question<'_>,
    none: Error,
) -> Result<(TrustDomain, Evidence), Error> {
    let mut error = None;
    for domain in domains {
        match domain.prove(question) {
            Ok(evidence) => return Ok((domain.root.domain().clone(), evidence)),
            Err(refusal) => {
                error.get_or_insert(refusal);
            }
        }
    }
    Err(error.unwrap_or(none))
}

impl Domain {
    /// Every engine must accept. The first one's evidence counts.
    fn prove(&self, question: &Question<'_>) -> Result<Evidence, Error> {
        let mut proven = None;
        for prover in &self.provers {
            let evidence = prover.prove(question)?;
            proven.get_or_insert(evidence);
        }
        proven.ok_or_else(|| {
            Undecided::EngineUnsupported {
                what: "anything: no engine was chosen",
            }
            .into()
        })
    }
}

/// The payload types of statements: in-toto's own, and its form with the predicate's name in it.
fn is_in_toto(payload_type: &str) -> bool {
    payload_type == "application/vnd.in-toto+json"
        || payload_type
            .strip_prefix("application/vnd.in-toto.")
            .and_then(|rest| rest.strip_suffix("+json"))
            .is_some_and(|predicate| {
                let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
                !predicate.is_empty() && predicate.chars().all(plain)
            })
}

/// Returns the algorithms in which an artifact must be hashed, so that this attestation can be compared with
/// it: the usual ones, and what its subjects or its signature name beside them.
///
/// Looks at the attestation unverified. The worst that it can do is to ask for another digest.
#[must_use]
pub fn algorithms_for(attestation: &Attestation, limits: &Limits) -> Vec<DigestAlgorithm> {
    let mut algorithms = USUAL_ALGORITHMS.to_vec();
    let named = match &attestation.content {
        Content::Message(message) => message
            .digest
            .iter()
            .map(|(hash, _)| hash.digest_algorithm())
            .chain([DigestAlgorithm::Sha384])
            .collect(),
        Content::Envelope(envelope) => Statement::parse(&envelope.payload, &limits.statement())
            .map(|statement| subject::computable_algorithms(&statement))
            .unwrap_or_default(),
    };
    for algorithm in named {
        if !algorithms.contains(&algorithm) {
            algorithms.push(algorithm);
        }
    }
    algorithms
}

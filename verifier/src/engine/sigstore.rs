//! The Sigstore project's engine, `sigstore-verify`, behind the same trait. Its types stay in this file.
//!
//! What it is asked is narrower than what it can do: any identity, since ours are judged afterwards; and for
//! a statement the digest of one of its own subjects, since ours decides which subject is the artifact.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sigstore_types::{ArtifactDigest, Bundle, DerPublicKey};
use sigstore_verify::{PublicKeyVerificationPolicy, VerificationPolicy, Verifier};
use slsa_predicates::{Digest, DigestAlgorithm, Statement, StatementLimits};

use super::{Prove, Question, Signer};
use crate::attestation::{Attestation, Content, Form, HashAlgorithm, KeyMaterial, LogEntry};
use crate::error::{Error, NotAuthentic, Undecided};
use crate::evidence::{Evidence, LogProof, TimeSource, VerifiedLogEntry, VerifiedTime};
use crate::trust::{TrustRoot, TrustRootError};

/// The library's engine under one trust root.
pub(crate) struct SigstoreVerify {
    root: Arc<TrustRoot>,
    verifier: Verifier,
}

impl SigstoreVerify {
    pub(crate) fn new(root: Arc<TrustRoot>) -> Result<Self, TrustRootError> {
        let verifier = Verifier::new(&root.source).map_err(|error| TrustRootError::Malformed {
            detail: error.to_string(),
        })?;
        Ok(Self { root, verifier })
    }

    fn evidence(&self, attestation: &Attestation, times: &[Timestamp]) -> Evidence {
        // The library answers the times of the timestamps first, then those of the log entries, and does not
        // say whose they are.
        let timestamps = attestation.timestamps.len();
        let times = times.iter().enumerate().map(|(index, time)| VerifiedTime {
            time: *time,
            source: if index < timestamps {
                TimeSource::TimestampAuthority
            } else {
                TimeSource::TransparencyLog
            },
            authority: String::new(),
        });
        let log_entries = attestation.log_entries.iter().map(|entry| VerifiedLogEntry {
            log: self
                .root
                .logs
                .iter()
                .find(|log| log.id == entry.log_id)
                .map(|log| log.uri.clone())
                .unwrap_or_default(),
            log_id: hex::encode(entry.log_id),
            log_index: entry.log_index,
            kind: format!("{} {}", entry.kind, entry.version),
            proof: match (&entry.proof, &entry.promise) {
                (Some(_), Some(_)) => LogProof::InclusionAndPromise,
                (Some(_), None) => LogProof::Inclusion,
                (None, _) => LogProof::Promise,
            },
        });
        Evidence {
            times: times.collect(),
            log_entries: log_entries.collect(),
        }
    }
}

impl Prove for SigstoreVerify {
    fn prove(&self, question: &Question<'_>) -> Result<Evidence, Error> {
        let attestation = question.attestation;
        if attestation.form == Form::Envelope && attestation.key != KeyMaterial::None {
            return Err(Undecided::NoSigningTime.into());
        }
        let digest = digest(question)?;
        let bundle: Bundle =
            serde_json::from_value(bundle(attestation)?).map_err(|error| NotAuthentic::EngineRefused {
                detail: error.to_string(),
            })?;
        let result = match question.signer {
            Signer::Certificate(_) => {
                let mut policy = VerificationPolicy::any_identity();
                if self.root.ct_logs.is_empty() {
                    policy = policy.skip_sct();
                }
                if self.root.logs.is_empty() {
                    policy = policy.skip_tlog_unsafe();
                }
                self.verifier.verify(digest, &bundle, &policy)
            }
            Signer::Key(key) => {
                let policy = PublicKeyVerificationPolicy::new(DerPublicKey::new(key.spki().to_vec()));
                self.verifier.verify(digest, &bundle, &policy)
            }
        };
        let result = result.map_err(|error| NotAuthentic::EngineRefused {
            detail: error.to_string(),
        })?;
        Ok(self.evidence(attestation, result.verified_timestamps()))
    }
}

/// The digest to hand to the library: the artifact's for a signature over it, one of the statement's own for
/// an envelope.
fn digest(question: &Question<'_>) -> Result<ArtifactDigest, Error> {
    const WHAT: &str = "this content: no digest in SHA-2";
    // The library matches subjects in these two.
    let usable = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
    match &question.attestation.content {
        Content::Message(message) => {
            let wanted = message
                .digest
                .as_ref()
                .map_or(HashAlgorithm::Sha2_256, |(hash, _)| *hash);
            let algorithm = wanted.digest_algorithm();
            let digest = question.artifact.digest(algorithm);
            let digest = digest.ok_or(Undecided::DigestRequired {
                algorithm: algorithm.to_string(),
            })?;
            library_digest(digest).ok_or(Undecided::EngineUnsupported { what: WHAT }.into())
        }
        Content::Envelope(envelope) => {
            let statement = Statement::parse(&envelope.payload, &StatementLimits::default());
            let statement = statement.map_err(crate::ReadError::from)?;
            let subjects = statement.subjects().iter();
            let digest = subjects
                .flat_map(|subject| {
                    usable
                        .iter()
                        .filter_map(|algorithm| subject.digest().get(*algorithm))
                })
                .find_map(library_digest);
            digest.ok_or(Undecided::EngineUnsupported { what: WHAT }.into())
        }
    }
}

fn library_digest(digest: &Digest) -> Option<ArtifactDigest> {
    let algorithm = match digest.algorithm() {
        DigestAlgorithm::Sha256 => sigstore_types::HashAlgorithm::Sha2256,
        DigestAlgorithm::Sha384 => sigstore_types::HashAlgorithm::Sha2384,
        DigestAlgorithm::Sha512 => sigstore_types::HashAlgorithm::Sha2512,
        _ => return None,
    };
    ArtifactDigest::new(algorithm, hex::decode(digest.value()).ok()?).ok()
}

/// Writes the attestation as the bundle that the library reads.
fn bundle(attestation: &Attestation) -> Result<Value, Error> {
    let media_type = match attestation.form {
        Form::BundleV0_1 => "application/vnd.dev.sigstore.bundle+json;version=0.1",
        Form::BundleV0_2 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
        Form::BundleV0_3 => "application/vnd.dev.sigstore.bundle.v0.3+json",
        Form::Envelope | Form::CosignAttachment => {
            return Err(Undecided::EngineUnsupported {
                what: "what is not a Sigstore bundle",
            }
            .into());
        }
    };
    let encode = |bytes: &[u8]| STANDARD.encode(bytes);
    let timestamps: Vec<Value> = attestation
        .timestamps
        .iter()
        .map(|timestamp| json!({ "signedTimestamp": encode(timestamp) }))
        .collect();
    let mut material = json!({
        "tlogEntries": attestation.log_entries.iter().map(log_entry).collect::<Vec<_>>(),
        "timestampVerificationData": { "rfc3161Timestamps": timestamps },
    });
    let mut bundle = json!({ "mediaType": media_type });
    let (key, value) = match &attestation.key {
        KeyMaterial::Certificate { leaf } if attestation.form == Form::BundleV0_3 => {
            ("certificate", json!({ "rawBytes": encode(leaf) }))
        }
        KeyMaterial::Certificate { leaf } => (
            "x509CertificateChain",
            json!({ "certificates": [{ "rawBytes": encode(leaf) }] }),
        ),
        KeyMaterial::PublicKey { hint } => ("publicKey", json!({ "hint": hint })),
        KeyMaterial::None => ("publicKey", json!({})),
    };
    insert(&mut material, key, value);
    insert(&mut bundle, "verificationMaterial", material);
    match &attestation.content {
        Content::Envelope(envelope) => {
            let value = json!({
                "payloadType": envelope.payload_type,
                "payload": encode(&envelope.payload),
                "signatures": [{ "sig": encode(&envelope.signature) }],
            });
            insert(&mut bundle, "dsseEnvelope", value);
        }
        Content::Message(message) => {
            let mut value = json!({ "signature": encode(&message.signature) });
            if let Some((algorithm, digest)) = &message.digest {
                let algorithm = match algorithm {
                    HashAlgorithm::Sha2_256 => "SHA2_256",
                    HashAlgorithm::Sha2_384 => "SHA2_384",
                    HashAlgorithm::Sha2_512 => "SHA2_512",
                };
                let digest = json!({ "algorithm": algorithm, "digest": encode(digest) });
                insert(&mut value, "messageDigest", digest);
            }
            insert(&mut bundle, "messageSignature", value);
        }
    }
    Ok(bundle)
}

fn log_entry(entry: &LogEntry) -> Value {
    let mut value = json!({
        "logIndex": entry.log_index.to_string(),
        "logId": { "keyId": STANDARD.encode(entry.log_id) },
        "kindVersion": { "kind": entry.kind, "version": entry.version },
        "canonicalizedBody": STANDARD.encode(&entry.body),
    });
    if let Some(time) = entry.integrated_time {
        insert(&mut value, "integratedTime", json!(time.to_string()));
    }
    if let Some(promise) = &entry.promise {
        insert(
            &mut value,
            "inclusionPromise",
            json!({ "signedEntryTimestamp": STANDARD.encode(promise) }),
        );
    }
    if let Some(proof) = &entry.proof {
        let hashes: Vec<String> = proof.hashes.iter().map(|hash| STANDARD.encode(hash)).collect();
        let proof = json!({
            "logIndex": proof.log_index.to_string(),
            "treeSize": proof.tree_size.to_string(),
            "rootHash": STANDARD.encode(&proof.root_hash),
            "hashes": hashes,
            "checkpoint": { "envelope": proof.checkpoint },
        });
        insert(&mut value, "inclusionProof", proof);
    }
    value
}

fn insert(object: &mut Value, key: &str, value: Value) {
    if let Some(map) = object.as_object_mut() {
        map.insert(key.to_owned(), value);
    }
}

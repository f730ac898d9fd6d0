//! Transparency log entries: that the log which the entry names holds it, and since when.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use sigstore_types::Sha256Hash;

use super::checkpoint::{Checkpoint, CheckpointError};
use crate::attestation::{Form, InclusionProof, LogEntry};
use crate::error::{Error, NotAuthentic};
use crate::evidence::{LogProof, VerifiedLogEntry, VerifiedTime};
use crate::trust::{Log, TrustRoot};

/// Returns the log that the entry names, if the trust root has it.
pub(super) fn of<'a>(root: &'a TrustRoot, entry: &LogEntry) -> Result<&'a Log, NotAuthentic> {
    root.logs
        .iter()
        .find(|log| log.id == entry.log_id)
        .ok_or_else(|| NotAuthentic::LogUnknown {
            log_id: hex::encode(entry.log_id),
        })
}

/// Returns the time that the log promised, after its promise was verified.
///
/// The promise is all that authenticates the time: an inclusion proof is over the body alone
/// (CVE-2026-48816). Rekor v2 gives none.
pub(super) fn promised_time(
    root: &TrustRoot,
    entry: &LogEntry,
    now: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let (Some(promise), Some(seconds)) = (&entry.promise, entry.integrated_time) else {
        return Ok(None);
    };
    let log_index = entry.log_index;
    let log = of(root, entry)?;
    let refusal = NotAuthentic::LogPromise { log_index };
    let time = Timestamp::from_second(seconds).map_err(|_| refusal.clone())?;
    if !log
        .key
        .verifies(promised_bytes(entry, seconds).as_bytes(), promise)
    {
        return Err(refusal.into());
    }
    if !log.window.contains(time) {
        return Err(NotAuthentic::LogKeyExpired { log_index, time }.into());
    }
    if time > now {
        return Err(NotAuthentic::LogTimeFuture { log_index, time, now }.into());
    }
    Ok(Some(time))
}

/// What the log signs as its promise: canonical JSON (RFC 8785), in which nothing needs escaping here.
fn promised_bytes(entry: &LogEntry, seconds: i64) -> String {
    format!(
        r#"{{"body":"{}","integratedTime":{seconds},"logID":"{}","logIndex":{}}}"#,
        STANDARD.encode(&entry.body),
        hex::encode(entry.log_id),
        entry.log_index,
    )
}

/// Proves that the log holds the entry.
///
/// The promise's signature was verified with the times.
pub(super) fn included(
    root: &TrustRoot,
    entry: &LogEntry,
    form: Form,
    times: &[VerifiedTime],
    now: Timestamp,
) -> Result<VerifiedLogEntry, Error> {
    let log_index = entry.log_index;
    let log = of(root, entry)?;
    let promised = entry.promise.is_some();
    if promised && entry.integrated_time.is_none() {
        // A promise without a time was not verified with the times, and is none that Rekor makes.
        return Err(NotAuthentic::LogPromise { log_index }.into());
    }
    if form.requires_promise() && !promised {
        return Err(NotAuthentic::LogPromise { log_index }.into());
    }
    let proof = match &entry.proof {
        Some(proof) => {
            inclusion(log, entry, proof)?;
            if promised {
                LogProof::InclusionAndPromise
            } else {
                LogProof::Inclusion
            }
        }
        None if promised && !form.requires_inclusion_proof() => LogProof::Promise,
        None => return Err(NotAuthentic::LogProofMissing { log_index }.into()),
    };
    if !promised {
        // No time of the log's own is known. Its key must have been in use by now, and must not have been
        // retired before the signature was made.
        let signed = times.iter().map(|verified| verified.time).min();
        let retired = log
            .window
            .until
            .zip(signed)
            .filter(|(until, signed)| until < signed);
        if let Some((_, time)) = retired {
            return Err(NotAuthentic::LogKeyExpired { log_index, time }.into());
        }
        if !log.window.has_started(now) {
            return Err(NotAuthentic::LogKeyExpired { log_index, time: now }.into());
        }
    }
    // What the promise or the checkpoint covers. The outer index of a Rekor v1 entry is covered by its promise
    // alone.
    let proven = entry.proof.as_ref().filter(|_| !promised && !entry.is_rekor_v2());
    Ok(VerifiedLogEntry {
        log: log.uri.clone(),
        log_id: hex::encode(log.id),
        log_index: proven.map_or(log_index, |proof| proof.log_index),
        kind: format!("{} {}", entry.kind, entry.version),
        proof,
    })
}

/// Follows the inclusion proof (RFC 9162, section 2.1.3.2) to a root hash that this log signed.
///
/// Rekor v2 authenticates index and size by the checkpoint alone, and leaves the proof's own copies of them
/// empty or arbitrary.
fn inclusion(log: &Log, entry: &LogEntry, proof: &InclusionProof) -> Result<(), Error> {
    let log_index = entry.log_index;
    let refusal = |reason| NotAuthentic::LogCheckpoint { log_index, reason };
    let checkpoint = Checkpoint::parse(&proof.checkpoint).map_err(refusal)?;
    // Rekor v2 goes by the name in its URL. Rekor v1 goes by whatever name it was started with, which need not be that
    // of its URL, and the trees of its shards have a key in common: its key alone says who it is.
    checkpoint.verify(log, entry.is_rekor_v2()).map_err(refusal)?;
    let (index, size) = if entry.is_rekor_v2() {
        (entry.log_index, checkpoint.size)
    } else {
        if proof.root_hash != checkpoint.root_hash {
            return Err(refusal(CheckpointError::OtherRoot).into());
        }
        if proof.tree_size != checkpoint.size {
            return Err(NotAuthentic::LogProof { log_index }.into());
        }
        (proof.log_index, checkpoint.size)
    };
    let leaf = sigstore_merkle::hash_leaf(&entry.body);
    let hashes: Vec<Sha256Hash> = proof.hashes.iter().map(|hash| Sha256Hash::new(*hash)).collect();
    let root = Sha256Hash::new(checkpoint.root_hash);
    sigstore_merkle::verify_inclusion_proof(&leaf, index, size, &hashes, &root)
        .map_err(|_| NotAuthentic::LogProof { log_index }.into())
}

//! Entries of logs that nobody trusts, or not then, and promises that the log did not give.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::base::Base;
use super::document::{ENTRIES, ENTRY, at, bytes, flip, insert, remove, set};
use super::parts::stranger;
use super::step::{bundle, entry, root};
use super::{Context, Flaws, Forgery};
use crate::bundle::BundleRequest;
use crate::entry::EntryKind;
use crate::error::SandboxError;
use crate::log::LogEntry;
use crate::note::NoteSigner;
use sigstore_types::Sha256Hash;

pub(super) const PROMISE: &str = "/verificationMaterial/tlogEntries/0/inclusionPromise/signedEntryTimestamp";

/// The same beside a timestamp, so that the time is known without the log's promise.
const fn with_timestamp(forgery: Forgery) -> Forgery {
    let flaws = Flaws {
        request: Some(timestamped),
        ..forgery.flaws
    };
    Forgery { flaws, ..forgery }
}

fn timestamped(request: &mut BundleRequest) -> Result<(), SandboxError> {
    request.timestamp = true;
    Ok(())
}

pub(super) const FORGERIES: &[Forgery] = &[
    // - no entry
    bundle(
        "log-entry-missing",
        "There is no log entry.",
        "log-entry-missing",
        Base::V2,
        |_, bundle| set(bundle, ENTRIES, json!([])),
    ),
    bundle(
        "log-entry-and-time-missing",
        "There is no log entry, and so no time.",
        "time-missing",
        Base::V1,
        |_, bundle| set(bundle, ENTRIES, json!([])),
    ),
    // - the promise (SET)
    entry(
        "promise-missing",
        "The log has promised nothing, and nothing else tells the time.",
        "time-missing",
        Base::V1,
        |_, entry| {
            entry.promise = None;
            Ok(())
        },
    ),
    with_timestamp(entry(
        "promise-missing-in-v0.1",
        "The log has promised nothing, which a bundle of version 0.1 needs.",
        "log-promise-invalid",
        &[Base::RekorV1Old],
        |_, entry| {
            entry.promise = None;
            Ok(())
        },
    )),
    entry(
        "promise-of-other-key",
        "A stranger signed the promise in the log's name.",
        "log-promise-invalid",
        Base::V1,
        |context, entry| {
            entry.promise = Some(stranger(context).sign(&entry.promised_bytes()));
            Ok(())
        },
    ),
    bundle(
        "promise-changed",
        "The last bit of the promise is another one.",
        "log-promise-invalid",
        Base::V1,
        |_, bundle| bytes(bundle, PROMISE, flip),
    ),
    bundle(
        "promise-empty",
        "The promise is empty.",
        "log-promise-invalid",
        Base::V1,
        |_, bundle| set(bundle, PROMISE, ""),
    ),
    entry(
        "promise-of-other-time",
        "The time is a second later than the one that was promised.",
        "log-promise-invalid",
        Base::V1,
        |_, entry| {
            entry.integrated_time = Some(moved(entry, -1)?);
            Ok(())
        },
    ),
    entry(
        "promise-of-other-index",
        "The index is not the one that was promised.",
        "log-promise-invalid",
        Base::V1,
        |_, entry| {
            entry.log_index = entry.log_index.saturating_add(1);
            Ok(())
        },
    ),
    entry(
        "promise-of-other-body",
        "What was logged is not what the promise is for: a space stands behind it.",
        "log-promise-invalid",
        Base::V1,
        |_, entry| {
            entry.body.push(b' ');
            Ok(())
        },
    ),
    entry(
        "promise-of-other-log",
        "The entry names the other log, which did not promise.",
        "log-promise-invalid",
        Base::V1,
        |context, entry| {
            entry.log_id = context.sandbox.rekor_v2().id()?;
            Ok(())
        },
    ),
    // - the promised time
    entry(
        "promised-time-future",
        "The log promises a time a second after now.",
        "log-time-future",
        Base::V1,
        |context, entry| {
            entry.integrated_time = Some(moved(entry, 1)?);
            promise(context, entry);
            Ok(())
        },
    ),
    entry(
        "promised-time-before-certificate",
        "The log promises a time a second before the certificate became valid.",
        "certificate-expired",
        Base::V1,
        |context, entry| {
            entry.integrated_time = Some(moved(entry, -1)?);
            promise(context, entry);
            Ok(())
        },
    ),
    entry(
        "promised-time-zero",
        "The log promises the time 0, which stands for none.",
        "time-missing",
        Base::V1,
        |context, entry| {
            entry.integrated_time = Some(Timestamp::UNIX_EPOCH);
            promise(context, entry);
            Ok(())
        },
    ),
    entry(
        "promised-time-negative",
        "The log promises a time before 1970.",
        "bundle-encoding",
        Base::V1,
        |context, entry| {
            entry.integrated_time = Some(moved_from(Timestamp::UNIX_EPOCH, -1)?);
            promise(context, entry);
            Ok(())
        },
    ),
    with_timestamp(bundle(
        "promised-time-missing",
        "The log promises, and the time is left out.",
        "log-promise-invalid",
        Base::V1,
        |_, bundle| remove(bundle, ENTRY, "integratedTime"),
    )),
    bundle(
        "time-without-promise",
        "In Rekor v2, whose entries have no time, the entry has one, and nothing else tells it.",
        "time-missing",
        Base::V2,
        |context, bundle| {
            insert(
                bundle,
                ENTRY,
                "integratedTime",
                context.sandbox.now().as_second().to_string(),
            )?;
            remove(bundle, "/verificationMaterial", "timestampVerificationData")
        },
    ),
    bundle(
        "promise-in-rekor-v2",
        "In Rekor v2, which promises nothing, the entry has a promise that the log did not give.",
        "log-promise-invalid",
        Base::V2,
        |context, bundle| {
            insert(
                bundle,
                ENTRY,
                "integratedTime",
                context.sandbox.now().as_second().to_string(),
            )?;
            insert(
                bundle,
                ENTRY,
                "inclusionPromise",
                json!({ "signedEntryTimestamp": "AAAA" }),
            )
        },
    ),
    // - the log
    entry(
        "log-unknown",
        "A log that nobody trusts holds the entry.",
        "log-unknown",
        Base::V1,
        |context, entry| {
            let signer = NoteSigner {
                name: "rekor.evil.example".to_owned(),
                key: stranger(context),
            };
            entry.log_id = signer.key.id()?;
            entry.promise = Some(signer.key.sign(&entry.promised_bytes()));
            entry.checkpoint = signer.checkpoint(
                "rekor.evil.example - 1",
                entry.tree_size,
                &Sha256Hash::new(entry.root),
            )?;
            Ok(())
        },
    ),
    entry(
        "log-unknown-rekor-v2",
        "A log that nobody trusts holds the entry.",
        "log-unknown",
        Base::V2,
        |context, entry| {
            let key = crate::key::Key::Ed25519(context.sandbox.seed().ed25519("a stranger"));
            let signer = NoteSigner {
                name: "rekor2.evil.example".to_owned(),
                key,
            };
            entry.log_id = signer.key_id()?;
            entry.checkpoint =
                signer.checkpoint(&signer.name, entry.tree_size, &Sha256Hash::new(entry.root))?;
            Ok(())
        },
    ),
    bundle(
        "log-id-short",
        "The log's identifier has 31 bytes.",
        "bundle-encoding",
        Base::LOGGED,
        |_, bundle| {
            bytes(bundle, "/verificationMaterial/tlogEntries/0/logId/keyId", |id| {
                id.pop();
            })
        },
    ),
    root(
        "log-retired",
        "The trust root retired the log a day before the signature.",
        "log-key-expired",
        Base::LOGGED,
        |context, root| {
            let end = later(context.sandbox.now(), SignedDuration::from_hours(-24))?.to_string();
            insert(
                root,
                &format!("/tlogs/{}/publicKey/validFor", log_of(context)),
                "end",
                end,
            )
        },
    ),
    root(
        "log-not-yet-trusted",
        "The trust root trusts the log from the day after the signature.",
        "log-key-expired",
        Base::LOGGED,
        |context, root| {
            let start = later(context.sandbox.now(), SignedDuration::from_hours(24))?.to_string();
            set(
                root,
                &format!("/tlogs/{}/publicKey/validFor/start", log_of(context)),
                start,
            )
        },
    ),
];

fn later(at: Timestamp, by: SignedDuration) -> Result<Timestamp, SandboxError> {
    at.checked_add(by).map_err(|_| SandboxError::Time { at })
}

fn moved_from(at: Timestamp, seconds: i64) -> Result<Timestamp, SandboxError> {
    later(at, SignedDuration::from_secs(seconds))
}

fn moved(entry: &LogEntry, seconds: i64) -> Result<Timestamp, SandboxError> {
    moved_from(entry.integrated_time.unwrap_or(Timestamp::UNIX_EPOCH), seconds)
}

/// Lets the log promise what the entry says now.
pub(super) fn promise(context: &Context<'_>, entry: &mut LogEntry) {
    let signature = context
        .sandbox
        .rekor_v1()
        .signer
        .key
        .sign(&entry.promised_bytes());
    entry.promise = Some(signature);
}

/// The place of the bundle's log in the trust root.
fn log_of(context: &Context<'_>) -> usize {
    usize::from(context.request.entry == Some(EntryKind::HashedRekordV002))
}

/// Asks the log of an entry.
pub(super) fn log<T>(
    context: &Context<'_>,
    kind: EntryKind,
    ask: impl FnOnce(&crate::log::Log) -> Result<T, SandboxError>,
) -> Result<T, SandboxError> {
    if kind == EntryKind::HashedRekordV002 {
        ask(&context.sandbox.rekor_v2())
    } else {
        ask(&context.sandbox.rekor_v1())
    }
}

/// Returns an honest entry of the same kind, about another signature of the same signer and time.
pub(super) fn other_entry(context: &Context<'_>) -> Result<Value, SandboxError> {
    use crate::bundle::Content;
    let mut request = context.request.clone();
    request.content = match request.content {
        Content::Message(_) => Content::Message(b"another artifact".to_vec()),
        _ => Content::statement("{}"),
    };
    let mut other = context.sandbox.bundle(&request)?;
    Ok(at(&mut other, ENTRY)?.take())
}

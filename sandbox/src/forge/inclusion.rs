//! Proofs that do not lead from the entry to the tree that the log signed; and honest entries with others beside them.

use serde_json::json;

use super::base::Base;
use super::document::{ENTRIES, ENTRY, PROOF, at, bytes, flip, list, remove, set, text};
use super::log::{log, other_entry, promise};
use super::step::{bundle, entry};
use super::{Context, Forgery};
use crate::clock::Clock;
use crate::error::SandboxError;
use crate::log::EARLIER_ENTRIES;
use crate::sandbox::Sandbox;

/// Those in bundles that demand a proof.
const PROVEN: &[Base] = &[Base::Message, Base::MessageRekorV2, Base::RekorV1, Base::RekorV2];
const V1_PROVEN: &[Base] = &[Base::Message, Base::RekorV1];

pub(super) const FORGERIES: &[Forgery] = &[
    // - the proof of inclusion
    bundle(
        "proof-missing",
        "There is no proof that the log holds the entry.",
        "log-proof-missing",
        PROVEN,
        |_, bundle| remove(bundle, ENTRY, "inclusionProof"),
    ),
    bundle(
        "proof-short",
        "The proof lacks its last hash.",
        "log-proof-invalid",
        Base::LOGGED,
        |_, bundle| {
            list(bundle, &hashes())?.pop();
            Ok(())
        },
    ),
    bundle(
        "proof-long",
        "The proof has its last hash twice.",
        "log-proof-invalid",
        Base::LOGGED,
        |_, bundle| {
            let hashes = list(bundle, &hashes())?;
            let last = hashes.last().cloned();
            hashes.extend(last);
            Ok(())
        },
    ),
    bundle(
        "proof-reordered",
        "The hashes of the proof stand in the opposite order.",
        "log-proof-invalid",
        Base::LOGGED,
        |_, bundle| {
            list(bundle, &hashes())?.reverse();
            Ok(())
        },
    ),
    bundle(
        "proof-hash-changed",
        "The last bit of the first hash is another one.",
        "log-proof-invalid",
        Base::LOGGED,
        |_, bundle| bytes(bundle, &format!("{PROOF}/hashes/0"), flip),
    ),
    bundle(
        "proof-hash-short",
        "The first hash has 31 bytes.",
        "bundle-encoding",
        Base::LOGGED,
        |_, bundle| {
            bytes(bundle, &format!("{PROOF}/hashes/0"), |hash| {
                hash.pop();
            })
        },
    ),
    bundle(
        "proof-too-long",
        "The proof has 65 hashes, more than any tree is high.",
        "limit-exceeded",
        Base::LOGGED,
        |_, bundle| {
            let first = at(bundle, &format!("{PROOF}/hashes/0"))?.clone();
            set(bundle, &hashes(), vec![first; 65])
        },
    ),
    entry(
        "proof-of-other-entry",
        "The proof is the one of the entry before.",
        "log-proof-invalid",
        Base::LOGGED,
        |context, entry| {
            let before = entry.tree_index.saturating_sub(1);
            let other = log(context, entry.kind, |log| log.get(before))?;
            let other = other.ok_or(SandboxError::Malformed { what: "entry" })?;
            entry.hashes = other.hashes;
            Ok(())
        },
    ),
    entry(
        "proof-of-other-index",
        "The proof says that the entry is the one after.",
        "log-proof-invalid",
        V1_PROVEN,
        |_, entry| {
            entry.tree_index = entry.tree_index.saturating_sub(1);
            Ok(())
        },
    ),
    entry(
        "index-of-other-entry",
        "In Rekor v2, whose entries have one index, it is that of the entry before.",
        "log-proof-invalid",
        Base::V2,
        |_, entry| {
            entry.log_index = entry.log_index.saturating_sub(1);
            Ok(())
        },
    ),
    entry(
        "proof-of-global-index",
        "The proof has the index in the whole log, not in the tree.",
        "log-proof-invalid",
        V1_PROVEN,
        |_, entry| {
            entry.tree_index = entry.tree_index.saturating_add(EARLIER_ENTRIES);
            Ok(())
        },
    ),
    entry(
        "proof-of-other-body",
        "The log's promise is for the entry, and its proof for the same one without a space behind it.",
        "log-proof-invalid",
        Base::V1,
        |context, entry| {
            entry.body.push(b' ');
            promise(context, entry);
            Ok(())
        },
    ),
    entry(
        "proof-outdated",
        "The checkpoint is older than the entry, which is not in that tree.",
        "log-proof-invalid",
        Base::LOGGED,
        |context, entry| {
            let before = context.sandbox.scratch()?;
            let (size, root, checkpoint) = log(
                &Context {
                    sandbox: &before,
                    ..*context
                },
                entry.kind,
                |log| {
                    Ok((
                        log.tree().size(),
                        *log.tree().root().as_bytes(),
                        log.checkpoint()?,
                    ))
                },
            )?;
            (entry.tree_size, entry.root, entry.checkpoint) = (size, root, checkpoint);
            Ok(())
        },
    ),
    bundle(
        "proof-size-changed",
        "The proof says that the tree is larger than the checkpoint says.",
        "log-proof-invalid",
        V1_PROVEN,
        |_, bundle| set(bundle, &format!("{PROOF}/treeSize"), "7"),
    ),
    bundle(
        "proof-size-zero",
        "The proof says that the tree is empty.",
        "log-proof-invalid",
        V1_PROVEN,
        |_, bundle| set(bundle, &format!("{PROOF}/treeSize"), "0"),
    ),
    bundle(
        "proof-size-negative",
        "The proof says that the tree has less than no entries.",
        "bundle-encoding",
        Base::LOGGED,
        |_, bundle| set(bundle, &format!("{PROOF}/treeSize"), "-1"),
    ),
    bundle(
        "proof-size-too-large",
        "The proof says that the tree has 2^63 entries, one more than the field can hold.",
        "bundle-encoding",
        Base::LOGGED,
        |_, bundle| set(bundle, &format!("{PROOF}/treeSize"), "9223372036854775808"),
    ),
    bundle(
        "log-index-negative",
        "The index is negative.",
        "bundle-encoding",
        Base::LOGGED,
        |_, bundle| set(bundle, &format!("{ENTRY}/logIndex"), "-1"),
    ),
    bundle(
        "log-index-second-form",
        "The index has a zero in front.",
        "bundle-encoding",
        Base::LOGGED,
        |_, bundle| {
            let index = text(bundle, &format!("{ENTRY}/logIndex"))?;
            set(bundle, &format!("{ENTRY}/logIndex"), format!("0{index}"))
        },
    ),
    // - several entries
    bundle(
        "log-entries-too-many",
        "There are 33 entries.",
        "limit-exceeded",
        &[Base::RekorV2, Base::Private],
        |_, bundle| {
            let entry = json!({ "logIndex": "0" });
            set(bundle, ENTRIES, vec![entry; 33])
        },
    ),
    bundle(
        "second-promise-forged",
        "The second entry is the first one with another promise.",
        "log-promise-invalid",
        Base::V1,
        |_, bundle| {
            let mut second = at(bundle, ENTRY)?.clone();
            bytes(&mut second, "/inclusionPromise/signedEntryTimestamp", flip)?;
            list(bundle, ENTRIES)?.push(second);
            Ok(())
        },
    ),
    bundle(
        "second-proof-forged",
        "The second entry is the first one with another proof.",
        "log-proof-invalid",
        Base::LOGGED,
        |_, bundle| {
            let mut second = at(bundle, ENTRY)?.clone();
            bytes(&mut second, "/inclusionProof/hashes/0", flip)?;
            list(bundle, ENTRIES)?.push(second);
            Ok(())
        },
    ),
    bundle(
        "second-entry-of-unknown-log",
        "The second entry is in a log that nobody trusts.",
        "log-unknown",
        Base::LOGGED,
        |context, bundle| {
            let stranger = Sandbox::new("another seed", Clock::Fixed(context.sandbox.now()))?;
            let mut other = stranger.bundle(context.request)?;
            let second = at(&mut other, ENTRY)?.take();
            list(bundle, ENTRIES)?.push(second);
            Ok(())
        },
    ),
    bundle(
        "second-entry-of-other-signature",
        "The second entry is honest, and about another signature of the same signer.",
        "log-entry-mismatch",
        Base::LOGGED,
        |context, bundle| {
            let second = other_entry(context)?;
            list(bundle, ENTRIES)?.push(second);
            Ok(())
        },
    ),
];

fn hashes() -> String {
    format!("{PROOF}/hashes")
}

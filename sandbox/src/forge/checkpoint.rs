//! Checkpoints that the log did not sign, or that say something else than the proof needs. Where a line is forged,
//! the log signs the forged text.

use sigstore_types::Sha256Hash;

use super::base::Base;
use super::document::{PROOF, bytes, flip, remove, set};
use super::log::log;
use super::parts::stranger;
use super::step::{bundle, entry};
use super::{Change, Context, Forgery};
use crate::error::SandboxError;
use crate::key::Key;
use crate::log::LogEntry;
use crate::note::NoteSigner;

const KINDS: &[Base] = &[Base::Message, Base::RekorV1, Base::RekorV2];

/// The name of a Rekor v1 proves nothing, and is not compared.
const REKOR_V2: &[Base] = &[Base::MessageRekorV2, Base::RekorV2];

/// A checkpoint that is invalid in itself.
const fn invalid(name: &'static str, about: &'static str, flaw: Change<LogEntry>) -> Forgery {
    entry(name, about, "log-checkpoint-invalid", KINDS, flaw)
}

pub(super) const FORGERIES: &[Forgery] = &[
    bundle(
        "checkpoint-missing",
        "The proof comes without a checkpoint.",
        "bundle-shape",
        Base::LOGGED,
        |_, bundle| remove(bundle, PROOF, "checkpoint"),
    ),
    bundle(
        "checkpoint-empty",
        "The checkpoint is empty.",
        "log-checkpoint-invalid",
        Base::LOGGED,
        |_, bundle| set(bundle, &format!("{PROOF}/checkpoint/envelope"), ""),
    ),
    bundle(
        "checkpoint-too-large",
        "The checkpoint has more than 16 KiB.",
        "limit-exceeded",
        &[Base::Message],
        |_, bundle| {
            set(
                bundle,
                &format!("{PROOF}/checkpoint/envelope"),
                "a".repeat(16 << 10) + "\n",
            )
        },
    ),
    bundle(
        "root-hash-changed",
        "The proof's root hash is not the checkpoint's.",
        "log-checkpoint-invalid",
        Base::V1,
        |_, bundle| bytes(bundle, &format!("{PROOF}/rootHash"), flip),
    ),
    // - its lines
    invalid(
        "checkpoint-without-origin",
        "The checkpoint's first line, the log's name, is empty.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                vec![String::new(), lines.size, lines.root]
            })
        },
    ),
    invalid(
        "checkpoint-without-size",
        "The checkpoint lacks the tree's size.",
        |context, entry| rewrite(context, entry, |lines| vec![lines.origin, lines.root]),
    ),
    invalid(
        "checkpoint-without-root-hash",
        "The checkpoint lacks the root hash.",
        |context, entry| rewrite(context, entry, |lines| vec![lines.origin, lines.size]),
    ),
    invalid(
        "checkpoint-two-origins",
        "The checkpoint's first line stands there twice.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                vec![lines.origin.clone(), lines.origin, lines.size, lines.root]
            })
        },
    ),
    entry(
        "checkpoint-other-origin",
        "The checkpoint is of a log of another name, with the same key.",
        "log-checkpoint-invalid",
        REKOR_V2,
        |context, entry| {
            rewrite(context, entry, |lines| {
                vec!["other.slsa-sandbox.test".to_owned(), lines.size, lines.root]
            })
        },
    ),
    invalid(
        "checkpoint-size-second-form",
        "The tree's size has a zero in front.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                vec![lines.origin, format!("0{}", lines.size), lines.root]
            })
        },
    ),
    invalid(
        "checkpoint-size-negative",
        "The tree's size is negative.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                vec![lines.origin, format!("-{}", lines.size), lines.root]
            })
        },
    ),
    invalid(
        "checkpoint-size-too-large",
        "The tree's size is 2^64.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                vec![lines.origin, "18446744073709551616".to_owned(), lines.root]
            })
        },
    ),
    invalid(
        "checkpoint-root-hash-short",
        "The root hash has 31 bytes.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                let short = format!("{}A==", lines.root.chars().take(41).collect::<String>());
                vec![lines.origin, lines.size, short]
            })
        },
    ),
    invalid(
        "checkpoint-carriage-returns",
        "The checkpoint's lines end as on Windows.",
        |context, entry| {
            rewrite(context, entry, |lines| {
                [lines.origin, lines.size, lines.root]
                    .map(|line| format!("{line}\r"))
                    .to_vec()
            })
        },
    ),
    invalid(
        "checkpoint-without-blank-line",
        "There is no blank line before the signature.",
        |_, entry| {
            entry.checkpoint = entry.checkpoint.replacen("\n\n", "\n", 1);
            Ok(())
        },
    ),
    invalid(
        "checkpoint-two-blank-lines",
        "There are two blank lines before the signature.",
        |_, entry| {
            entry.checkpoint = entry.checkpoint.replacen("\n\n", "\n\n\n", 1);
            Ok(())
        },
    ),
    // - its signatures
    invalid(
        "checkpoint-without-signature",
        "Nobody signed the checkpoint.",
        |_, entry| {
            entry
                .checkpoint
                .truncate(entry.checkpoint.find("\u{2014}").unwrap_or_default());
            Ok(())
        },
    ),
    invalid(
        "checkpoint-text-changed",
        "A line was added that the log did not sign.",
        |_, entry| {
            entry.checkpoint = entry.checkpoint.replacen("\n\n", "\nan extension\n\n", 1);
            Ok(())
        },
    ),
    invalid(
        "checkpoint-hyphen",
        "The signature's line begins with a hyphen, not with a dash.",
        |_, entry| {
            entry.checkpoint = entry.checkpoint.replace('\u{2014}', "-");
            Ok(())
        },
    ),
    invalid(
        "checkpoint-other-key",
        "A stranger signed in the log's name, and with its key's hint.",
        |context, entry| {
            let signer = signer(context, entry)?;
            let (text, _) = split(entry);
            let signature = stranger(context).sign(text.as_bytes());
            entry.checkpoint = format!("{text}\n{}", line(&signer.name, &signer.key_id()?, &signature));
            Ok(())
        },
    ),
    invalid(
        "checkpoint-other-hint",
        "The log signed, and the hint is another key's.",
        |context, entry| {
            let signer = signer(context, entry)?;
            let (text, _) = split(entry);
            let signature = signer.key.sign(text.as_bytes());
            entry.checkpoint = format!(
                "{text}\n{}",
                line(&signer.name, &stranger(context).id()?, &signature)
            );
            Ok(())
        },
    ),
    entry(
        "checkpoint-other-name",
        "The log's key signed under another name.",
        "log-checkpoint-invalid",
        REKOR_V2,
        |context, entry| {
            let signer = signer(context, entry)?;
            let (text, _) = split(entry);
            let signature = signer.key.sign(text.as_bytes());
            entry.checkpoint = format!(
                "{text}\n{}",
                line("other.slsa-sandbox.test", &signer.key_id()?, &signature)
            );
            Ok(())
        },
    ),
    invalid(
        "checkpoint-name-is-pattern",
        "A stranger signed, under a name that is a costly pattern.",
        |context, entry| {
            let (text, _) = split(entry);
            let signature = stranger(context).sign(text.as_bytes());
            entry.checkpoint = format!("{text}\n{}", line("(.*)*x", &stranger(context).id()?, &signature));
            Ok(())
        },
    ),
    invalid(
        "checkpoint-of-witness",
        "A witness signed, and the log did not.",
        |context, entry| {
            let witness = NoteSigner {
                name: "witness.slsa-sandbox.test".to_owned(),
                key: Key::Ed25519(context.sandbox.seed().ed25519("a witness")),
            };
            let (text, _) = split(entry);
            entry.checkpoint = format!("{text}\n{}", witness.signature_line(&text)?);
            Ok(())
        },
    ),
    invalid(
        "checkpoint-too-many-signatures",
        "Behind sixteen witnesses the log signed.",
        |_, entry| {
            let (text, signature) = split(entry);
            let witness = line("witness.slsa-sandbox.test", &[0; 32], &[0; 64]);
            entry.checkpoint = format!("{text}\n{}{signature}", witness.repeat(16));
            Ok(())
        },
    ),
    invalid(
        "checkpoint-of-other-log",
        "The other log signed the tree.",
        |context, entry| {
            let (v1, v2) = (
                context.sandbox.rekor_v1().signer.clone(),
                context.sandbox.rekor_v2().signer.clone(),
            );
            let own = signer(context, entry)?;
            let other = if own.name == v1.name { v2 } else { v1 };
            entry.checkpoint =
                other.checkpoint(&other.name, entry.tree_size, &Sha256Hash::new(entry.root))?;
            Ok(())
        },
    ),
    invalid(
        "tree-of-stranger",
        "A stranger made a tree of the entry alone, and signed it.",
        |context, entry| {
            let root = sigstore_merkle::hash_leaf(&entry.body);
            let name = signer(context, entry)?.name;
            let signer = NoteSigner {
                name,
                key: stranger(context),
            };
            (entry.tree_index, entry.log_index, entry.tree_size) = (0, entry.log_index, 1);
            entry.hashes.clear();
            entry.root = *root.as_bytes();
            entry.checkpoint = signer.checkpoint(&signer.name, 1, &root)?;
            Ok(())
        },
    ),
    // - a tree in which the entry is not
    entry(
        "tree-of-index",
        "The log signed a tree that ends before the entry.",
        "log-proof-invalid",
        KINDS,
        |context, entry| {
            entry.tree_size = entry.tree_index;
            sign_size(context, entry)
        },
    ),
    entry(
        "tree-empty",
        "The log signed an empty tree.",
        "log-proof-invalid",
        KINDS,
        |context, entry| {
            entry.tree_size = 0;
            sign_size(context, entry)
        },
    ),
    entry(
        "tree-huge",
        "The log signed a tree of 2^64 - 1 entries.",
        "log-proof-invalid",
        &[Base::RekorV2],
        |context, entry| {
            entry.tree_size = u64::MAX;
            sign_size(context, entry)?;
            // The proof's own copy of the size cannot hold that many, and is not asked.
            entry.tree_size = 0;
            Ok(())
        },
    ),
    entry(
        "tree-of-other-root",
        "The log signed the root of another tree.",
        "log-proof-invalid",
        KINDS,
        |context, entry| {
            entry.root = [7; 32];
            sign_size(context, entry)
        },
    ),
];

/// What a checkpoint says.
struct Lines {
    origin: String,
    size: String,
    root: String,
}

fn signer(context: &Context<'_>, entry: &LogEntry) -> Result<NoteSigner, SandboxError> {
    log(context, entry.kind, |log| Ok(log.signer.clone()))
}

/// Splits a checkpoint into its text and its signatures.
fn split(entry: &LogEntry) -> (String, String) {
    let (text, signatures) = entry.checkpoint.split_once("\n\n").unwrap_or_default();
    (format!("{text}\n"), signatures.to_owned())
}

/// Lets the log sign other lines.
fn rewrite(
    context: &Context<'_>,
    entry: &mut LogEntry,
    change: fn(Lines) -> Vec<String>,
) -> Result<(), SandboxError> {
    let (text, _) = split(entry);
    let mut lines = text.lines().map(ToOwned::to_owned);
    let mut next = || lines.next().unwrap_or_default();
    let lines = change(Lines {
        origin: next(),
        size: next(),
        root: next(),
    });
    let text = format!("{}\n", lines.join("\n"));
    let signature = signer(context, entry)?.signature_line(&text)?;
    entry.checkpoint = format!("{text}\n{signature}");
    Ok(())
}

/// Lets the log sign size and root as they stand in the entry.
fn sign_size(context: &Context<'_>, entry: &mut LogEntry) -> Result<(), SandboxError> {
    let origin = split(entry).0.lines().next().unwrap_or_default().to_owned();
    let signer = signer(context, entry)?;
    entry.checkpoint = signer.checkpoint(&origin, entry.tree_size, &Sha256Hash::new(entry.root))?;
    Ok(())
}

/// Writes a signature line by hand.
fn line(name: &str, id: &[u8; 32], signature: &[u8]) -> String {
    use base64::Engine as _;
    let hint: Vec<u8> = id.iter().take(4).copied().collect();
    let value = base64::engine::general_purpose::STANDARD.encode([&hint, signature].concat());
    format!("\u{2014} {name} {value}\n")
}

//! Checkpoints: a log's signed statement of its size and root hash
//! (<https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md>, in the form of a signed note).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::trust::Log;

/// Signature lines read: room for a log and its witnesses.
const MAX_SIGNATURES: usize = 16;

/// A checkpoint as it was read.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Checkpoint<'a> {
    origin: &'a str,
    /// What is signed: the lines above the blank one, each with its line feed.
    signed: &'a str,
    pub(super) size: u64,
    pub(super) root_hash: [u8; 32],
    signatures: Vec<Signature<'a>>,
}

#[derive(Debug, PartialEq, Eq)]
struct Signature<'a> {
    name: &'a str,
    key_hint: [u8; 4],
    signature: Vec<u8>,
}

/// What is wrong with a checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// There is no blank line between text and signatures.
    #[error("no blank line before the signatures")]
    Separator,
    /// The first line, the log's name, is missing.
    #[error("no origin")]
    Origin,
    /// The second line is not a tree size in its one decimal form.
    #[error("no tree size")]
    Size,
    /// The third line is not the base64 of a SHA-256.
    #[error("no root hash")]
    RootHash,
    /// A signature line is malformed.
    #[error("malformed signature line")]
    SignatureLine,
    /// There are no signatures, or too many.
    #[error("no signature, or more than {MAX_SIGNATURES}")]
    SignatureCount,
    /// The log that the entry names did not sign it.
    #[error("not signed by the log that the entry names")]
    NotSigned,
    /// Its first line is not the name of the log that the entry names.
    #[error("of log {found:?}, not of {expected}")]
    OtherOrigin {
        /// The log's URL, as the trust root has it.
        expected: String,
        /// The name in the checkpoint.
        found: String,
    },
    /// Its root hash is not that of the inclusion proof.
    #[error("its root hash is not that of the inclusion proof")]
    OtherRoot,
}

impl<'a> Checkpoint<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, CheckpointError> {
        let separator = text.find("\n\n").ok_or(CheckpointError::Separator)?;
        let after = separator.saturating_add(1);
        let (signed, rest) = text.split_at_checked(after).ok_or(CheckpointError::Separator)?;
        let rest = rest.strip_prefix('\n').ok_or(CheckpointError::Separator)?;
        let mut lines = signed.split('\n');
        let origin = lines
            .next()
            .filter(|origin| !origin.trim().is_empty())
            .ok_or(CheckpointError::Origin)?;
        let size = lines
            .next()
            .and_then(canonical_u64)
            .ok_or(CheckpointError::Size)?;
        let root_hash = lines
            .next()
            .and_then(|line| STANDARD.decode(line).ok())
            .and_then(|hash| <[u8; 32]>::try_from(hash).ok())
            .ok_or(CheckpointError::RootHash)?;
        let mut signatures = Vec::new();
        for line in rest.lines() {
            if signatures.len() == MAX_SIGNATURES {
                return Err(CheckpointError::SignatureCount);
            }
            signatures.push(Signature::parse(line).ok_or(CheckpointError::SignatureLine)?);
        }
        if signatures.is_empty() {
            return Err(CheckpointError::SignatureCount);
        }
        Ok(Self {
            origin,
            signed,
            size,
            root_hash,
            signatures,
        })
    }

    /// Sees to it that this log signed the checkpoint, where it has to be `named`, under its own name alone. Signatures of
    /// others, and of keys whose hint is alike, neither help nor hinder.
    pub(super) fn verify(&self, log: &Log, named: bool) -> Result<(), CheckpointError> {
        if named && !log.goes_by(self.origin) {
            return Err(CheckpointError::OtherOrigin {
                expected: log.uri.clone(),
                found: self.origin.chars().take(128).collect(),
            });
        }
        let signed = self.signatures.iter().any(|signature| {
            (!named || signature.name == self.origin)
                && log.id.starts_with(&signature.key_hint)
                && log.key.verifies(self.signed.as_bytes(), &signature.signature)
        });
        if signed {
            Ok(())
        } else {
            Err(CheckpointError::NotSigned)
        }
    }
}

impl<'a> Signature<'a> {
    /// Reads `— <name> <base64 of key hint and signature>`.
    fn parse(line: &'a str) -> Option<Self> {
        let (name, value) = line.strip_prefix("\u{2014} ")?.split_once(' ')?;
        let value = STANDARD.decode(value).ok()?;
        let (key_hint, signature) = value.split_first_chunk::<4>()?;
        if name.is_empty() || signature.is_empty() {
            return None;
        }
        Some(Self {
            name,
            key_hint: *key_hint,
            signature: signature.to_vec(),
        })
    }
}

fn canonical_u64(text: &str) -> Option<u64> {
    text.parse::<u64>()
        .ok()
        .filter(|number| number.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

    fn checkpoint(size: &str, root: &str, signatures: &str) -> String {
        format!("log.example - 1\n{size}\n{root}\nTimestamp: 1\n\n{signatures}")
    }

    #[test]
    fn a_checkpoint_with_extension_lines_and_two_signatures_is_read() {
        let text = checkpoint(
            "42",
            ROOT,
            "\u{2014} log.example AAAAAAA=\n\u{2014} witness AAAAAAE=\n",
        );
        let read = Checkpoint::parse(&text).unwrap();
        assert_eq!(
            (read.size, read.root_hash, read.signatures.len()),
            (42, [0; 32], 2)
        );
        assert_eq!(
            read.signed,
            format!("log.example - 1\n42\n{ROOT}\nTimestamp: 1\n")
        );
    }

    #[test]
    fn each_missing_or_second_form_of_a_line_is_refused() {
        let signature = "\u{2014} log.example AAAAAAA=\n";
        let refusals = [
            (format!("log.example\n1\n{ROOT}\n"), CheckpointError::Separator),
            (format!("\n1\n{ROOT}\n\n{signature}"), CheckpointError::Origin),
            (checkpoint("042", ROOT, signature), CheckpointError::Size),
            (checkpoint("+42", ROOT, signature), CheckpointError::Size),
            (checkpoint("-1", ROOT, signature), CheckpointError::Size),
            (
                checkpoint("18446744073709551616", ROOT, signature),
                CheckpointError::Size,
            ),
            (checkpoint("42\r", ROOT, signature), CheckpointError::Size),
            (checkpoint("42", "AAAA", signature), CheckpointError::RootHash),
            (checkpoint("42", ROOT, ""), CheckpointError::SignatureCount),
            (
                checkpoint("42", ROOT, &signature.repeat(17)),
                CheckpointError::SignatureCount,
            ),
            (
                checkpoint("42", ROOT, "- log.example AAAAAAA=\n"),
                CheckpointError::SignatureLine,
            ),
            (
                checkpoint("42", ROOT, "\u{2014} log.example AAAA\n"),
                CheckpointError::SignatureLine,
            ),
            (
                checkpoint("42", ROOT, "\u{2014}  AAAAAAA=\n"),
                CheckpointError::SignatureLine,
            ),
        ];
        for (text, error) in refusals {
            assert_eq!(Checkpoint::parse(&text), Err(error), "{text}");
        }
    }
}

//! The two transparency logs: Rekor v1, which promises and proves, and Rekor v2, which proves alone.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use serde_json::{Value, json};
use sigstore_types::Sha256Hash;

use crate::entry::EntryKind;
use crate::error::SandboxError;
use crate::key::Key;
use crate::note::NoteSigner;
use crate::tree::Tree;

/// Rekor v1's number for its only tree.
pub(crate) const TREE_ID: u64 = 2_748_926_013_754_221_101;

/// How many entries are in shards of Rekor v1 that are closed: an entry's index in the log and in its tree differ.
pub(crate) const EARLIER_ENTRIES: u64 = 1000;

/// A log of one version.
pub(crate) struct Log {
    version: LogVersion,
    pub(crate) signer: NoteSigner,
    tree: Tree,
    stored: Vec<Stored>,
}

/// What is kept of an entry.
struct Stored {
    kind: EntryKind,
    body: Vec<u8>,
    at: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LogVersion {
    V1,
    V2,
}

/// An entry, and what the log says of it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "the fields of the format")]
pub struct LogEntry {
    /// Its kind.
    pub kind: EntryKind,
    /// What was logged.
    pub body: Vec<u8>,
    /// The index in the whole log.
    pub log_index: u64,
    /// The index in the tree that the proof is of.
    pub tree_index: u64,
    /// The log's identifier.
    pub log_id: [u8; 32],
    /// When it was logged; Rekor v2 does not say.
    pub integrated_time: Option<Timestamp>,
    /// The log's promise (SET), of Rekor v1.
    pub promise: Option<Vec<u8>>,
    /// The path from the entry to the root.
    pub hashes: Vec<[u8; 32]>,
    /// The root.
    pub root: [u8; 32],
    /// The size of the tree at that root.
    pub tree_size: u64,
    /// The log's signature on both.
    pub checkpoint: String,
}

impl Log {
    pub(crate) fn new(version: LogVersion, name: &str, key: Key) -> Self {
        Self {
            version,
            signer: NoteSigner {
                name: name.to_owned(),
                key,
            },
            tree: Tree::default(),
            stored: Vec::new(),
        }
    }

    /// Returns the log's identifier in `trusted_root.json`.
    pub(crate) fn id(&self) -> Result<[u8; 32], SandboxError> {
        match self.version {
            LogVersion::V1 => self.signer.key.id(),
            LogVersion::V2 => self.signer.key_id(),
        }
    }

    /// Appends an entry and proves that it is there. The same entry is not appended twice to a log that can say where
    /// the first one is, which is Rekor v1: then the first one is returned.
    pub(crate) fn append(
        &mut self,
        kind: EntryKind,
        body: Vec<u8>,
        now: Timestamp,
    ) -> Result<LogEntry, SandboxError> {
        let known = self.stored.iter().position(|stored| stored.body == body);
        if let Some(known) = known.filter(|_| self.version == LogVersion::V1) {
            let index = u64::try_from(known).unwrap_or(u64::MAX);
            return self.get(index)?.ok_or(SandboxError::Malformed { what: "entry" });
        }
        let index = self.tree.append(&body);
        self.stored.push(Stored { kind, body, at: now });
        self.get(index)?.ok_or(SandboxError::Malformed { what: "entry" })
    }

    /// Returns the entry at an index of the tree, with its proof in the tree of now.
    pub(crate) fn get(&self, index: u64) -> Result<Option<LogEntry>, SandboxError> {
        let stored = usize::try_from(index)
            .ok()
            .and_then(|index| self.stored.get(index));
        let Some(Stored { kind, body, at }) = stored else {
            return Ok(None);
        };
        let v1 = self.version == LogVersion::V1;
        let mut entry = LogEntry {
            kind: *kind,
            body: body.clone(),
            log_index: if v1 {
                index.saturating_add(EARLIER_ENTRIES)
            } else {
                index
            },
            tree_index: index,
            log_id: self.id()?,
            integrated_time: v1.then_some(*at),
            promise: None,
            hashes: self.tree.inclusion_proof(index).iter().map(bytes).collect(),
            root: bytes(&self.tree.root()),
            tree_size: self.tree.size(),
            checkpoint: self.checkpoint()?,
        };
        if v1 {
            entry.promise = Some(self.signer.key.sign(&entry.promised_bytes()));
        }
        Ok(Some(entry))
    }

    /// Returns the entries of which this is true.
    pub(crate) fn find(&self, wanted: impl Fn(&LogEntry) -> bool) -> Result<Vec<LogEntry>, SandboxError> {
        let all = (0..self.tree.size()).map(|index| self.get(index));
        let all = all.collect::<Result<Vec<_>, _>>()?;
        Ok(all.into_iter().flatten().filter(wanted).collect())
    }

    /// Returns the newest checkpoint.
    pub(crate) fn checkpoint(&self) -> Result<String, SandboxError> {
        let name = &self.signer.name;
        let origin = match self.version {
            LogVersion::V1 => format!("{name} - {TREE_ID}"),
            LogVersion::V2 => name.clone(),
        };
        self.signer
            .checkpoint(&origin, self.tree.size(), &self.tree.root())
    }

    pub(crate) fn tree(&self) -> &Tree {
        &self.tree
    }

    /// Returns the entries as they were logged.
    pub(crate) fn bodies(&self) -> impl Iterator<Item = &[u8]> {
        self.stored.iter().map(|stored| stored.body.as_slice())
    }
}

fn bytes(hash: &Sha256Hash) -> [u8; 32] {
    *hash.as_bytes()
}

impl LogEntry {
    /// Returns what Rekor v1 signs as its promise: these four fields in this order (RFC 8785).
    pub(crate) fn promised_bytes(&self) -> Vec<u8> {
        let time = self.integrated_time.map_or(0, Timestamp::as_second);
        format!(
            r#"{{"body":"{}","integratedTime":{time},"logID":"{}","logIndex":{}}}"#,
            STANDARD.encode(&self.body),
            hex::encode(self.log_id),
            self.log_index,
        )
        .into_bytes()
    }

    /// Returns the entry as a bundle has it (`TransparencyLogEntry`).
    #[must_use]
    pub fn to_bundle_json(&self) -> Value {
        let (kind, version) = self.kind.name_and_version();
        let mut entry = json!({
            "logIndex": self.log_index.to_string(),
            "logId": { "keyId": STANDARD.encode(self.log_id) },
            "kindVersion": { "kind": kind, "version": version },
            "inclusionProof": {
                "logIndex": self.tree_index.to_string(),
                "rootHash": STANDARD.encode(self.root),
                "treeSize": self.tree_size.to_string(),
                "hashes": self.hashes.iter().map(|hash| STANDARD.encode(hash)).collect::<Vec<_>>(),
                "checkpoint": { "envelope": self.checkpoint },
            },
            "canonicalizedBody": STANDARD.encode(&self.body),
        });
        if let Some(object) = entry.as_object_mut() {
            if let Some(at) = self.integrated_time {
                object.insert("integratedTime".to_owned(), at.as_second().to_string().into());
            }
            if let Some(promise) = &self.promise {
                let promise = json!({ "signedEntryTimestamp": STANDARD.encode(promise) });
                object.insert("inclusionPromise".to_owned(), promise);
            }
        }
        entry
    }

    /// Returns the entry as Rekor v1 answers: an object with its identifier as the only key.
    #[must_use]
    pub fn to_rekor_v1_json(&self) -> Value {
        json!({ self.uuid(): {
            "body": STANDARD.encode(&self.body),
            "integratedTime": self.integrated_time.map(Timestamp::as_second),
            "logID": hex::encode(self.log_id),
            "logIndex": self.log_index,
            "verification": {
                "inclusionProof": {
                    "checkpoint": self.checkpoint,
                    "hashes": self.hashes.iter().map(hex::encode).collect::<Vec<_>>(),
                    "logIndex": self.tree_index,
                    "rootHash": hex::encode(self.root),
                    "treeSize": self.tree_size,
                },
                "signedEntryTimestamp": self.promise.as_ref().map(|promise| STANDARD.encode(promise)),
            },
        } })
    }

    /// Returns Rekor v1's identifier: the tree's number and the hash of the leaf.
    pub(crate) fn uuid(&self) -> String {
        format!("{TREE_ID:016x}{}", self.leaf_hash())
    }

    /// Returns the hash of the leaf in hex.
    pub(crate) fn leaf_hash(&self) -> String {
        sigstore_merkle::hash_leaf(&self.body).to_hex()
    }
}

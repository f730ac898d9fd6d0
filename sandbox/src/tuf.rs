//! The repository that clients take the sandbox's trust root from, as they take the real one from Sigstore's.
//!
//! Source: The Update Framework, specification 1.0.31.

mod service;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::{EncodePublicKey as _, LineEnding};
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_tuf::canonical_json::to_canonical_bytes;

use crate::{Clock, Seed};

/// The version of the specification that the files follow. Clients compare the first number.
const SPEC_VERSION: &str = "1.0.31";
/// How long all files are good. Nobody renews them, and what they vouch for is worth nothing; long enough for
/// whatever a test does to its clock.
const VALIDITY: SignedDuration = SignedDuration::from_hours(10 * 365 * 24);

/// A TUF repository with a few targets, in its first version.
#[derive(Clone, PartialEq, Eq)]
pub struct TufRepository {
    files: BTreeMap<String, Vec<u8>>,
}

/// Why a repository cannot be made or written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TufError {
    /// A target cannot be kept under its name.
    #[error("{found:?} cannot be the name of a target")]
    TargetName {
        /// The name.
        found: String,
    },
    /// Two targets have one name.
    #[error("two targets are named {found:?}")]
    DuplicateTarget {
        /// The name.
        found: String,
    },
    /// The clock is so far in the future that nothing can expire after it.
    #[error("no time is left after {now}")]
    EndOfTime {
        /// What the clock says.
        now: Timestamp,
    },
    /// A role cannot be put into the form in which it is signed.
    #[error("the role {role} cannot be signed")]
    Unsignable {
        /// The role.
        role: &'static str,
    },
    /// A file cannot be written.
    #[error("{path} cannot be written")]
    Write {
        /// The file, or its directory.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
}

impl TufRepository {
    /// Makes a repository of these targets, each a name and its bytes, signed with keys from the seed.
    ///
    /// # Errors
    /// [`TufError`], except for [`TufError::Write`].
    pub fn new(seed: &Seed, clock: Clock, targets: Vec<(String, Vec<u8>)>) -> Result<Self, TufError> {
        let now = clock.now();
        let expires = now
            .checked_add(VALIDITY)
            .map_err(|_| TufError::EndOfTime { now })?;
        let role = |name: &'static str| Role::new(seed, name);
        let roles = [
            role("root")?,
            role("timestamp")?,
            role("snapshot")?,
            role("targets")?,
        ];
        let [root, timestamp, snapshot, targets_role] = &roles;
        let mut files = BTreeMap::new();

        // 1. The targets, each under the name of its content (section 6.2).
        let mut listed = Map::new();
        for (name, bytes) in targets {
            let digest = hex::encode(Sha256::digest(&bytes));
            let place =
                place_of(&name, &digest).ok_or_else(|| TufError::TargetName { found: name.clone() })?;
            if listed.insert(name.clone(), meta(&bytes)).is_some() {
                return Err(TufError::DuplicateTarget { found: name });
            }
            files.insert(place, bytes);
        }

        // 2. Each role lists what stands below it, so the lowest is signed first.
        let targets_file = targets_role.signed(expires, [("targets", Value::Object(listed))])?;
        let listed = json!({ "targets.json": versioned(&targets_file) });
        let snapshot_file = snapshot.signed(expires, [("meta", listed)])?;
        let listed = json!({ "snapshot.json": versioned(&snapshot_file) });
        let timestamp_file = timestamp.signed(expires, [("meta", listed)])?;

        // 3. The root says whose signature each role needs.
        let keys: Map<String, Value> = roles
            .iter()
            .map(|role| (role.key_id.clone(), role.public_key.clone()))
            .collect();
        let authority: Map<String, Value> = roles
            .iter()
            .map(|role| {
                let authority = json!({ "keyids": [role.key_id], "threshold": 1 });
                (role.name.to_owned(), authority)
            })
            .collect();
        let root_file = root.signed(
            expires,
            [
                ("consistent_snapshot", json!(true)),
                ("keys", Value::Object(keys)),
                ("roles", Value::Object(authority)),
            ],
        )?;

        files.insert(ROOT.to_owned(), root_file);
        files.insert("timestamp.json".to_owned(), timestamp_file);
        files.insert("1.snapshot.json".to_owned(), snapshot_file);
        files.insert("1.targets.json".to_owned(), targets_file);
        Ok(Self { files })
    }

    /// Returns the files by their paths, such as `1.root.json` and `targets/<sha256>.trusted_root.json`.
    #[must_use]
    pub fn files(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.files
    }

    /// Returns the root that a client must have beforehand.
    #[must_use]
    pub fn root_json(&self) -> &[u8] {
        self.files.get(ROOT).map_or(&[], Vec::as_slice)
    }

    /// Writes the files into a directory, which any static file server can then serve.
    ///
    /// # Errors
    /// [`TufError::Write`].
    pub fn write_to(&self, directory: &Path) -> Result<(), TufError> {
        for (path, bytes) in &self.files {
            let path = directory.join(path);
            let parent = path.parent().unwrap_or(directory);
            std::fs::create_dir_all(parent)
                .and_then(|()| std::fs::write(&path, bytes))
                .map_err(|source| TufError::Write {
                    path: path.clone(),
                    source,
                })?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for TufRepository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let paths: BTreeSet<&String> = self.files.keys().collect();
        f.debug_struct("TufRepository").field("files", &paths).finish()
    }
}

const ROOT: &str = "1.root.json";

/// A role with its one key.
struct Role {
    name: &'static str,
    key: SigningKey,
    key_id: String,
    public_key: Value,
}

impl Role {
    fn new(seed: &Seed, name: &'static str) -> Result<Self, TufError> {
        let unsignable = |_| TufError::Unsignable { role: name };
        let key = seed.p256(&format!("tuf {name}"));
        let pem = p256::PublicKey::from(key.verifying_key())
            .to_public_key_pem(LineEnding::LF)
            .map_err(|_| TufError::Unsignable { role: name })?;
        // Type and scheme as in Sigstore's own root: all its clients read them.
        let public_key =
            json!({ "keytype": "ecdsa", "scheme": "ecdsa-sha2-nistp256", "keyval": { "public": pem } });
        let canonical = to_canonical_bytes(&public_key).map_err(unsignable)?;
        Ok(Self {
            name,
            key,
            key_id: hex::encode(Sha256::digest(canonical)),
            public_key,
        })
    }

    /// Returns the role's file: what it says, and the signature over the canonical form of that.
    fn signed<const N: usize>(
        &self,
        expires: Timestamp,
        fields: [(&str, Value); N],
    ) -> Result<Vec<u8>, TufError> {
        let common = [
            ("_type", json!(self.name)),
            ("spec_version", json!(SPEC_VERSION)),
            ("version", json!(1)),
            // Whole seconds: python-tuf reads no fractions. [`Clock`] has none.
            ("expires", json!(expires.to_string())),
        ];
        let fields = common.into_iter().chain(fields);
        let says: Map<String, Value> = fields.map(|(name, value)| (name.to_owned(), value)).collect();
        let says = Value::Object(says);
        let canonical = to_canonical_bytes(&says).map_err(|_| TufError::Unsignable { role: self.name })?;
        let signature: Signature = self.key.sign(&canonical);
        let signature = json!({ "keyid": self.key_id, "sig": hex::encode(signature.to_der()) });
        let file = json!({ "signatures": [signature], "signed": says });
        Ok(file.to_string().into_bytes())
    }
}

/// Length and hash of a file. Only one hash: clients differ in which of several names the file.
fn meta(bytes: &[u8]) -> Value {
    json!({ "length": bytes.len(), "hashes": { "sha256": hex::encode(Sha256::digest(bytes)) } })
}

fn versioned(bytes: &[u8]) -> Value {
    let mut meta = meta(bytes);
    if let Some(members) = meta.as_object_mut() {
        members.insert("version".to_owned(), json!(1));
    }
    meta
}

/// Returns where a target stands: the hash goes before the last part of its name. Nothing for a name that could
/// leave the directory.
fn place_of(name: &str, digest: &str) -> Option<String> {
    let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains(['\\', ':', '\0']);
    if !name.split('/').all(plain) {
        return None;
    }
    Some(match name.rsplit_once('/') {
        Some((directory, file)) => format!("targets/{directory}/{digest}.{file}"),
        None => format!("targets/{digest}.{name}"),
    })
}

//! Checkpoints: a log's signed statement of its size and root, as a signed note
//! (<https://github.com/C2SP/C2SP/blob/main/tlog-checkpoint.md>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};
use sigstore_types::Sha256Hash;

use crate::error::SandboxError;
use crate::key::Key;

/// Who signs a log's checkpoints.
#[derive(Clone)]
pub(crate) struct NoteSigner {
    /// The name in signature lines: the log's host.
    pub(crate) name: String,
    pub(crate) key: Key,
}

impl NoteSigner {
    /// Returns the key's identifier, of which a signature line begins with four bytes. For Ed25519 it is made of name
    /// and key (C2SP signed-note); logs with ECDSA keys, which that format does not know, take the SHA-256 of the key.
    pub(crate) fn key_id(&self) -> Result<[u8; 32], SandboxError> {
        let Key::Ed25519(key) = &self.key else {
            return self.key.id();
        };
        let mut hasher = Sha256::new();
        hasher.update(self.name.as_bytes());
        hasher.update(b"\n\x01");
        hasher.update(key.verifying_key().as_bytes());
        Ok(hasher.finalize().into())
    }

    /// Returns a signed checkpoint.
    pub(crate) fn checkpoint(
        &self,
        origin: &str,
        size: u64,
        root: &Sha256Hash,
    ) -> Result<String, SandboxError> {
        let text = format!("{origin}\n{size}\n{}\n", STANDARD.encode(root.as_bytes()));
        Ok(format!("{text}\n{}", self.signature_line(&text)?))
    }

    /// Returns the line that signs a text.
    pub(crate) fn signature_line(&self, text: &str) -> Result<String, SandboxError> {
        let mut signature = self.key_id()?.to_vec();
        signature.truncate(4);
        signature.extend(self.key.sign(text.as_bytes()));
        Ok(format!("\u{2014} {} {}\n", self.name, STANDARD.encode(signature)))
    }
}

//! Sigstore bundles, made here from beginning to end
//! (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_bundle.proto>).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::entry::{self, EntryKind, Envelope, Verifier};
use crate::error::SandboxError;
use crate::forge::{Context, Flaws};
use crate::identity::Identity;
use crate::key::Key;
use crate::sandbox::{Instance, Sandbox};

/// What a bundle is to be.
#[derive(Debug, Clone)]
#[allow(clippy::exhaustive_structs, reason = "a request, made field by field")]
pub struct BundleRequest {
    /// Who signs.
    pub identity: Identity,
    /// What is signed.
    pub content: Content,
    /// The bundle's version.
    pub version: BundleVersion,
    /// The instance that vouches for it.
    pub instance: Instance,
    /// The entry in the log; nothing in the instance without logs.
    pub entry: Option<EntryKind>,
    /// Whether the timestamp authority signs the time.
    pub timestamp: bool,
    /// Tells this signer's ephemeral key from others under the same seed.
    pub key_name: String,
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Content {
    /// A payload in a DSSE envelope.
    Envelope {
        /// `payloadType`.
        payload_type: String,
        /// The payload, such as an in-toto statement.
        payload: Vec<u8>,
    },
    /// A file, as a message signature.
    Message(Vec<u8>),
}

impl Content {
    /// An in-toto statement.
    #[must_use]
    pub fn statement(payload: impl Into<Vec<u8>>) -> Self {
        Self::Envelope {
            payload_type: "application/vnd.in-toto+json".to_owned(),
            payload: payload.into(),
        }
    }

    /// Returns what the signature is over.
    pub(crate) fn signed_bytes(&self) -> Vec<u8> {
        match self {
            Self::Envelope {
                payload_type,
                payload,
            } => Envelope::signed_bytes(payload_type, payload),
            Self::Message(message) => message.clone(),
        }
    }

    fn envelope(&self, signature: &[u8]) -> Option<Envelope> {
        match self {
            Self::Envelope {
                payload_type,
                payload,
            } => Some(Envelope {
                payload_type: payload_type.clone(),
                payload: payload.clone(),
                signature: signature.to_vec(),
            }),
            Self::Message(_) => None,
        }
    }

    /// Returns the field of a bundle that holds it, and its value.
    fn to_bundle_json(&self, signature: &[u8]) -> Result<(&'static str, Value), SandboxError> {
        Ok(match (self, self.envelope(signature)) {
            (_, Some(envelope)) => ("dsseEnvelope", serde_json::from_str(&envelope.to_json())?),
            (content, None) => {
                let digest = STANDARD.encode(Sha256::digest(content.signed_bytes()));
                let message = json!({
                    "messageDigest": { "algorithm": "SHA2_256", "digest": digest },
                    "signature": STANDARD.encode(signature),
                });
                ("messageSignature", message)
            }
        })
    }
}

/// The version of a bundle's form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BundleVersion {
    /// 0.1: a chain of certificates, a log's promise.
    V0_1,
    /// 0.2: a log's proof beside it.
    V0_2,
    /// 0.3: one certificate.
    V0_3,
}

impl BundleVersion {
    fn media_type(self) -> &'static str {
        match self {
            Self::V0_1 => "application/vnd.dev.sigstore.bundle+json;version=0.1",
            Self::V0_2 => "application/vnd.dev.sigstore.bundle+json;version=0.2",
            Self::V0_3 => "application/vnd.dev.sigstore.bundle.v0.3+json",
        }
    }
}

impl BundleRequest {
    /// A bundle of version 0.3 with a statement, logged in Rekor v1, as GitHub's public ones are.
    #[must_use]
    pub fn new(identity: Identity, content: Content) -> Self {
        Self {
            identity,
            version: BundleVersion::V0_3,
            instance: Instance::Public,
            entry: Some(match content {
                Content::Envelope { .. } => EntryKind::DsseV001,
                Content::Message(_) => EntryKind::HashedRekordV001,
            }),
            content,
            timestamp: false,
            key_name: "signer".to_owned(),
        }
    }

    /// The same logged in Rekor v2, with a timestamp, which that needs.
    #[must_use]
    pub fn in_rekor_v2(mut self) -> Self {
        self.entry = Some(EntryKind::HashedRekordV002);
        self.timestamp = true;
        self
    }

    /// The same of the instance without logs, as GitHub's for private repositories are.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.instance = Instance::Private;
        self.entry = None;
        self.timestamp = true;
        self
    }
}

impl Sandbox {
    /// Makes a bundle: key, certificate, signature, log entry and timestamp.
    ///
    /// # Errors
    /// [`SandboxError`], where the request does not fit together.
    pub fn bundle(&self, request: &BundleRequest) -> Result<Value, SandboxError> {
        self.bundle_with(request, &Flaws::NONE)
    }

    /// The same, with flaws where they belong: nothing else differs from an honest bundle.
    pub(crate) fn bundle_with(&self, request: &BundleRequest, flaws: &Flaws) -> Result<Value, SandboxError> {
        let key = self.ephemeral_key(request);
        let context = Context {
            sandbox: self,
            request,
            key: &key,
        };
        let certificate = flaws.certificate(&context)?;
        let signed = request.content.signed_bytes();
        let mut signature = key.sign(&signed);
        flaws.signature(&context, &mut signature)?;
        let mut material = Map::new();
        self.insert_certificate(&mut material, request, &certificate);
        let mut entries = Vec::new();
        if let Some(kind) = request.entry {
            let mut body = body(kind, &request.content, &signature, certificate)?;
            flaws.body(&context, &mut body)?;
            let mut entry = self.append(kind, body)?;
            flaws.entry(&context, &mut entry)?;
            entries.push(entry.to_bundle_json());
        }
        material.insert("tlogEntries".to_owned(), Value::Array(entries));
        if request.timestamp {
            let answer = flaws.timestamp(&context, &signature)?;
            let data = json!({ "rfc3161Timestamps": [{ "signedTimestamp": STANDARD.encode(answer) }] });
            material.insert("timestampVerificationData".to_owned(), data);
        }
        let (name, content) = request.content.to_bundle_json(&signature)?;
        let mut bundle = Value::Object(Map::from_iter([
            ("mediaType".to_owned(), request.version.media_type().into()),
            ("verificationMaterial".to_owned(), Value::Object(material)),
            (name.to_owned(), content),
        ]));
        flaws.bundle(&context, &mut bundle)?;
        Ok(bundle)
    }

    /// Returns the signer's key.
    pub(crate) fn ephemeral_key(&self, request: &BundleRequest) -> Key {
        Key::P256(self.seed().p256(&format!("ephemeral/{}", request.key_name)))
    }

    fn insert_certificate(&self, material: &mut Map<String, Value>, request: &BundleRequest, leaf: &[u8]) {
        let raw = |der: &[u8]| json!({ "rawBytes": STANDARD.encode(der) });
        if request.version == BundleVersion::V0_3 {
            material.insert("certificate".to_owned(), raw(leaf));
            return;
        }
        // The root is left out: a bundle must not bring what it is to be trusted by.
        let intermediate = self.issuer_chain(request.instance).into_iter().take(1);
        let chain: Vec<Value> = std::iter::once(leaf.to_vec())
            .chain(intermediate)
            .map(|der| raw(&der))
            .collect();
        material.insert(
            "x509CertificateChain".to_owned(),
            json!({ "certificates": chain }),
        );
    }
}

/// Returns the body of a log entry. The key that signed is ours: the log need not check.
fn body(
    kind: EntryKind,
    content: &Content,
    signature: &[u8],
    certificate: Vec<u8>,
) -> Result<Vec<u8>, SandboxError> {
    let verifier = Verifier::Certificate(certificate);
    let digest = Sha256::digest(content.signed_bytes());
    match (kind, content.envelope(signature)) {
        (EntryKind::HashedRekordV001, _) => entry::hashed_rekord_v001(&digest, signature, &verifier),
        (EntryKind::HashedRekordV002, _) => {
            entry::hashed_rekord_v002(&digest, signature, &verifier, "PKIX_ECDSA_P256_SHA_256")
        }
        (EntryKind::DsseV001, Some(envelope)) => entry::dsse_v001(&envelope.to_json(), &envelope, &verifier),
        (EntryKind::IntotoV002, Some(envelope)) => {
            entry::intoto_v002(&envelope.to_json(), &envelope, &verifier)
        }
        (EntryKind::DsseV001 | EntryKind::IntotoV002, None) => {
            Err(SandboxError::Malformed { what: "envelope" })
        }
    }
}

//! An attestation as it was read: every part in its own type, nothing of it believed yet.

use std::borrow::Cow;
use std::fmt;

/// An attestation that was read and not verified.
///
/// Comes from [`parse`](crate::parse). Nothing in it can be trusted: to use what it says, have it verified
/// by a [`Verifier`](crate::Verifier); to look at what it claims, see [`inspect`](crate::inspect).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attestation {
    pub(crate) form: Form,
    pub(crate) content: Content,
    pub(crate) key: KeyMaterial,
    pub(crate) log_entries: Vec<LogEntry>,
    /// DER of RFC 3161 responses or tokens.
    pub(crate) timestamps: Vec<Vec<u8>>,
}

impl Attestation {
    /// Returns the format in which the attestation was found.
    #[must_use]
    pub fn form(&self) -> Form {
        self.form
    }

    /// Says whether this signs an artifact's bytes directly, without a statement.
    #[must_use]
    pub fn is_message_signature(&self) -> bool {
        matches!(self.content, Content::Message(_))
    }
}

/// The formats in which attestations travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Form {
    /// A Sigstore bundle, media type version 0.1.
    BundleV0_1,
    /// A Sigstore bundle, media type version 0.2.
    BundleV0_2,
    /// A Sigstore bundle, media type version 0.3 in either spelling.
    BundleV0_3,
    /// A DSSE envelope that stands alone, as slsa-github-generator and Google Cloud Build write it.
    Envelope,
    /// A layer of cosign's `.att` image, whose annotations hold certificate and log entry.
    CosignAttachment,
}

impl Form {
    /// Returns the form's name in the project's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::BundleV0_1 => "sigstore-bundle-v0.1",
            Self::BundleV0_2 => "sigstore-bundle-v0.2",
            Self::BundleV0_3 => "sigstore-bundle-v0.3",
            Self::Envelope => "dsse-envelope",
            Self::CosignAttachment => "cosign-attachment",
        }
    }

    /// Says whether a log entry must carry an inclusion proof beside the log's promise.
    ///
    /// Sigstore bundles do from version 0.2 on. Version 0.1 and cosign's attachments were made when a promise
    /// (the signed entry timestamp) was all that Rekor gave.
    pub(crate) fn requires_inclusion_proof(self) -> bool {
        matches!(self, Self::BundleV0_2 | Self::BundleV0_3)
    }

    /// Says whether a log entry must carry the log's promise: where no proof was demanded, it was.
    pub(crate) fn requires_promise(self) -> bool {
        matches!(self, Self::BundleV0_1 | Self::CosignAttachment)
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What was signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Content {
    Envelope(Envelope),
    Message(MessageSignature),
}

impl Content {
    /// The bytes of the one signature.
    pub(crate) fn signature(&self) -> &[u8] {
        match self {
            Self::Envelope(envelope) => &envelope.signature,
            Self::Message(message) => &message.signature,
        }
    }
}

/// A DSSE envelope with its one signature
/// (<https://github.com/secure-systems-lab/dsse/blob/master/envelope.md>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Envelope {
    pub(crate) payload_type: String,
    pub(crate) payload: Vec<u8>,
    pub(crate) signature: Vec<u8>,
    pub(crate) keyid: Option<String>,
    pub(crate) signed_over: SignedOver,
    /// SHA-256 of the envelope's own JSON where that is what travels. `intoto` 0.0.1 log entries name it.
    pub(crate) sha256: Option<[u8; 32]>,
}

/// Which bytes an envelope's signature is over.
///
/// Whoever reads an envelope decides this from where it came, never from what it says of itself: a signature
/// over plain JSON that somebody made for another purpose must not become an attestation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SignedOver {
    /// Payload type and payload together, as DSSE demands.
    PreAuthenticationEncoding,
    /// The payload alone, as Google Cloud Build's regional keys do. Only [`parse_gcloud`](crate::parse_gcloud)
    /// makes such envelopes, and only a key that bears the envelope's key id verifies them.
    Payload,
}

impl Envelope {
    /// The bytes that this envelope's signature is over.
    pub(crate) fn signed_bytes(&self) -> Cow<'_, [u8]> {
        match self.signed_over {
            SignedOver::PreAuthenticationEncoding => Cow::Owned(self.pre_authentication_encoding()),
            SignedOver::Payload => Cow::Borrowed(&self.payload),
        }
    }

    /// The bytes that are signed usually: DSSE's pre-authentication encoding. Lengths count bytes, not characters
    /// (CVE-2026-48758).
    pub(crate) fn pre_authentication_encoding(&self) -> Vec<u8> {
        let mut pae = Vec::with_capacity(self.payload.len().saturating_add(64));
        pae.extend_from_slice(b"DSSEv1 ");
        pae.extend_from_slice(self.payload_type.len().to_string().as_bytes());
        pae.push(b' ');
        pae.extend_from_slice(self.payload_type.as_bytes());
        pae.push(b' ');
        pae.extend_from_slice(self.payload.len().to_string().as_bytes());
        pae.push(b' ');
        pae.extend_from_slice(&self.payload);
        pae
    }
}

/// A signature over an artifact's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MessageSignature {
    /// The signer's hint of the artifact's digest. Never trusted in the place of the artifact's own.
    pub(crate) digest: Option<(HashAlgorithm, Vec<u8>)>,
    pub(crate) signature: Vec<u8>,
}

/// Sigstore's `HashAlgorithm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashAlgorithm {
    Sha2_256,
    Sha2_384,
    Sha2_512,
}

/// Where the bundle says the verification key is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum KeyMaterial {
    /// The signer's certificate (DER). Further certificates of an old bundle's chain are counted and checked
    /// for size, and otherwise ignored: paths are built from the trust root alone.
    Certificate { leaf: Vec<u8> },
    /// A name of a key that the caller must have.
    PublicKey { hint: String },
    /// Nothing, as in an envelope that stands alone.
    None,
}

/// An entry of a transparency log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogEntry {
    /// Rekor v1: the index over all shards of the log. Rekor v2: the index in the tree.
    pub(crate) log_index: u64,
    pub(crate) log_id: [u8; 32],
    pub(crate) kind: String,
    pub(crate) version: String,
    /// Seconds since 1970, as claimed. Only a promise authenticates it (CVE-2026-48816).
    pub(crate) integrated_time: Option<i64>,
    /// The log's signed entry timestamp.
    pub(crate) promise: Option<Vec<u8>>,
    pub(crate) proof: Option<InclusionProof>,
    pub(crate) body: Vec<u8>,
}

impl LogEntry {
    /// Says whether Rekor v2 made the entry. So far it has this one kind.
    pub(crate) fn is_rekor_v2(&self) -> bool {
        self.kind == "hashedrekord" && self.version == "0.0.2"
    }
}

/// The proof that an entry is in the log's tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct InclusionProof {
    pub(crate) log_index: u64,
    pub(crate) root_hash: Vec<u8>,
    pub(crate) tree_size: u64,
    pub(crate) hashes: Vec<[u8; 32]>,
    pub(crate) checkpoint: String,
}

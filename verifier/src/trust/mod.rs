//! Trust roots: whose signatures count, and when.
//!
//! A [`TrustRoot`] is one *trust domain*: the certificate authorities, transparency logs and timestamp
//! authorities that belong together. What a root contains, it demands: a root with logs demands a log entry,
//! a root with certificate transparency logs demands their timestamp in the certificate. So GitHub's
//! instance, which has neither, is accepted on timestamps alone, and only under its own root.

mod authority;
mod embedded;
mod log;

use std::fmt;

use slsa_predicates::json;

pub(crate) use authority::{Authority, TimestampAuthority};
pub use embedded::EmbeddedRoot;
pub(crate) use log::{Log, Window};

use crate::attestation::Attestation;
use crate::hash::sha256;

/// Bytes of a `trusted_root.json`: 4 MiB, as for any TUF target.
const MAX_ROOT_BYTES: usize = 4 << 20;

/// The media types of a `trusted_root.json`.
const MEDIA_TYPES: [&str; 2] = [
    "application/vnd.dev.sigstore.trustedroot+json;version=0.1",
    "application/vnd.dev.sigstore.trustedroot.v0.2+json",
];

/// The authorities of one trust domain, ready to verify with.
pub struct TrustRoot {
    domain: TrustDomain,
    sha256: [u8; 32],
    pub(crate) authorities: Vec<Authority>,
    pub(crate) logs: Vec<Log>,
    pub(crate) ct_logs: Vec<Log>,
    pub(crate) timestamp_authorities: Vec<TimestampAuthority>,
    /// The same root as the library's engine takes it.
    pub(crate) source: sigstore_trust_root::TrustedRoot,
}

/// The name of a trust domain: which root vouches for an attestation.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum TrustDomain {
    /// Sigstore's public instance.
    PublicGood,
    /// GitHub's instance, for private repositories.
    GitHub,
    /// Sigstore's staging instance. Anyone may obtain any identity there.
    Staging,
    /// A root that the caller gave, under the name that the caller gave it.
    Custom(String),
}

impl TrustDomain {
    /// Returns the domain's name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::PublicGood => "public-good",
            Self::GitHub => "github",
            Self::Staging => "staging",
            Self::Custom(name) => name,
        }
    }
}

impl fmt::Display for TrustDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a trust root cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TrustRootError {
    /// The file is larger than a trust root can be.
    #[error("{found} bytes, at most {max} are allowed")]
    TooLarge {
        /// Its size.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// It is not the JSON of a trust root.
    #[error("not a trusted_root.json: {detail}")]
    Malformed {
        /// What the parser said.
        detail: String,
    },
    /// Its media type is none of a trust root's.
    #[error("media type {found:?} is not that of a trusted_root.json")]
    MediaType {
        /// The media type.
        found: String,
    },
    /// An authority cannot be used.
    #[error("{authority}: {detail}")]
    Authority {
        /// Its URL.
        authority: String,
        /// What is wrong with it.
        detail: &'static str,
    },
    /// Two logs have the same identifier.
    #[error("log {log_id} stands twice")]
    DuplicateLog {
        /// The identifier in hex.
        log_id: String,
    },
    /// Nothing could authenticate a time of signing under this root.
    #[error("neither a transparency log nor a timestamp authority: no signing time could be established")]
    NoTimeSource,
}

impl TrustRootError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> crate::Code {
        crate::Code::TrustRootInvalid
    }
}

impl TrustRoot {
    /// Reads a `trusted_root.json`
    /// (<https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>) under a name
    /// of the caller's choice.
    ///
    /// # Errors
    /// [`TrustRootError`]: every key and certificate is parsed here, so that nothing is found wanting later.
    pub fn from_json(name: impl Into<String>, bytes: &[u8]) -> Result<Self, TrustRootError> {
        Self::new(TrustDomain::Custom(name.into()), bytes)
    }

    /// Returns one of the roots that this library carries.
    ///
    /// # Errors
    /// None that a released version could meet: its tests load each of them.
    pub fn embedded(root: EmbeddedRoot) -> Result<Self, TrustRootError> {
        Self::new(root.domain(), root.json().as_bytes())
    }

    pub(crate) fn new(domain: TrustDomain, bytes: &[u8]) -> Result<Self, TrustRootError> {
        if bytes.len() > MAX_ROOT_BYTES {
            return Err(TrustRootError::TooLarge {
                found: bytes.len(),
                max: MAX_ROOT_BYTES,
            });
        }
        let malformed = |detail: String| TrustRootError::Malformed { detail };
        json::check(bytes, &json::JsonLimits::default()).map_err(|error| malformed(error.to_string()))?;
        let text = std::str::from_utf8(bytes).map_err(|error| malformed(error.to_string()))?;
        let source = sigstore_trust_root::TrustedRoot::from_json(text)
            .map_err(|error| malformed(error.to_string()))?;
        if !MEDIA_TYPES.contains(&source.media_type.as_str()) {
            return Err(TrustRootError::MediaType {
                found: source.media_type.chars().take(128).collect(),
            });
        }
        let root = Self {
            domain,
            sha256: sha256(bytes),
            authorities: authority::authorities(&source)?,
            logs: log::logs(
                source
                    .tlogs
                    .iter()
                    .map(|log| (&log.base_url, &log.log_id, &log.public_key)),
            )?,
            ct_logs: log::logs(
                source
                    .ctlogs
                    .iter()
                    .map(|log| (&log.base_url, &log.log_id, &log.public_key)),
            )?,
            timestamp_authorities: authority::timestamp_authorities(&source)?,
            source,
        };
        if root.logs.is_empty() && root.timestamp_authorities.is_empty() {
            return Err(TrustRootError::NoTimeSource);
        }
        Ok(root)
    }

    /// Returns the domain that this root vouches for.
    #[must_use]
    pub fn domain(&self) -> &TrustDomain {
        &self.domain
    }

    /// Returns the SHA-256 of the root's file in hex.
    #[must_use]
    pub fn sha256(&self) -> String {
        hex::encode(self.sha256)
    }

    /// Says whether one of the authorities has this distinguished name (DER). Which one issued a certificate,
    /// only its signature tells.
    pub(crate) fn has_authority(&self, name: &[u8]) -> bool {
        self.authorities.iter().any(|authority| authority.subject == name)
    }

    /// Says whether all of an attestation's log entries name logs of this root.
    pub(crate) fn knows_logs_of(&self, attestation: &Attestation) -> bool {
        attestation
            .log_entries
            .iter()
            .all(|entry| self.logs.iter().any(|log| log.id == entry.log_id))
    }

    /// Describes the root's authorities, for people.
    #[must_use]
    pub fn describe(&self) -> Vec<TrustedParty> {
        let authorities = self.authorities.iter().map(|authority| authority.describe());
        let logs = self.logs.iter().map(|log| log.describe("transparency-log"));
        let ct_logs = self
            .ct_logs
            .iter()
            .map(|log| log.describe("certificate-transparency-log"));
        let timestamps = self
            .timestamp_authorities
            .iter()
            .map(|authority| authority.describe());
        authorities.chain(logs).chain(ct_logs).chain(timestamps).collect()
    }
}

impl fmt::Debug for TrustRoot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TrustRoot")
            .field("domain", &self.domain)
            .field("sha256", &self.sha256())
            .finish()
    }
}

/// One authority of a trust root.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustedParty {
    /// `certificate-authority`, `transparency-log`, `certificate-transparency-log` or `timestamp-authority`.
    pub kind: &'static str,
    /// Its URL.
    pub uri: String,
    /// The first moment at which its word counts, if there is one.
    pub valid_from: Option<jiff::Timestamp>,
    /// The last moment, if there is one.
    pub valid_until: Option<jiff::Timestamp>,
}

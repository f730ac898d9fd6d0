//! Transparency logs and certificate transparency logs: a key, its identifier, and when it counted.

use jiff::Timestamp;
use sigstore_trust_root::trusted_root::PublicKey as RootKey;
use sigstore_types::{LogId, TimeRange};
use x509_parser::prelude::FromDer;
use x509_parser::x509::SubjectPublicKeyInfo;

use super::{TrustRootError, TrustedParty};
use crate::key::VerificationKey;

/// A log of the trust root.
#[derive(Debug)]
pub(crate) struct Log {
    pub(crate) id: [u8; 32],
    pub(crate) uri: String,
    pub(crate) key: VerificationKey,
    pub(crate) window: Window,
}

impl Log {
    /// Says whether this is the name under which Rekor v2 signs: its URL without scheme and slash at the end, or the host
    /// alone, which is all that sigstore-go compares.
    pub(crate) fn goes_by(&self, name: &str) -> bool {
        let url = self
            .uri
            .split_once("://")
            .map_or(self.uri.as_str(), |(_, rest)| rest);
        let host = url.split(['/', ':']).next().unwrap_or_default();
        name == url.trim_end_matches('/') || name == host
    }

    pub(crate) fn describe(&self, kind: &'static str) -> TrustedParty {
        self.window.describe(kind, &self.uri)
    }
}

/// A closed interval of time, open where an end is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
}

impl Window {
    pub(crate) fn contains(&self, time: Timestamp) -> bool {
        self.has_started(time) && self.until.is_none_or(|until| time <= until)
    }

    pub(crate) fn has_started(&self, time: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= time)
    }

    /// The time that lies in both.
    pub(crate) fn intersect(self, other: Self) -> Self {
        let until = match (self.until, other.until) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Self {
            from: self.from.max(other.from),
            until,
        }
    }

    /// Takes over a root's `validFor`, which must not end before it starts.
    pub(crate) fn read(range: Option<TimeRange>, uri: &str) -> Result<Self, TrustRootError> {
        let Some(range) = range else {
            return Ok(Self {
                from: None,
                until: None,
            });
        };
        if range.end.is_some_and(|end| end < range.start) {
            return Err(TrustRootError::Authority {
                authority: uri.to_owned(),
                detail: "its validity ends before it starts",
            });
        }
        Ok(Self {
            from: Some(range.start),
            until: range.end,
        })
    }

    pub(crate) fn describe(&self, kind: &'static str, uri: &str) -> TrustedParty {
        TrustedParty {
            kind,
            uri: uri.to_owned(),
            valid_from: self.from,
            valid_until: self.until,
        }
    }
}

/// Reads the logs of one kind. No two may share an identifier, or one's key could stand for the other.
pub(super) fn logs<'a>(
    listed: impl Iterator<Item = (&'a String, &'a LogId, &'a RootKey)>,
) -> Result<Vec<Log>, TrustRootError> {
    let mut logs: Vec<Log> = Vec::new();
    for (uri, id, key) in listed {
        let error = |detail| TrustRootError::Authority {
            authority: uri.clone(),
            detail,
        };
        let id =
            <[u8; 32]>::try_from(id.key_id.as_bytes()).map_err(|_| error("its id is not of 32 bytes"))?;
        if logs.iter().any(|log| log.id == id) {
            return Err(TrustRootError::DuplicateLog {
                log_id: hex::encode(id),
            });
        }
        let window = Window::read(key.valid_for, uri)?;
        logs.push(Log {
            id,
            uri: uri.clone(),
            key: verification_key(key).ok_or(error(BAD_KEY))?,
            window,
        });
    }
    Ok(logs)
}

const BAD_KEY: &str = "its key is malformed or of an unsupported kind";

fn verification_key(key: &RootKey) -> Option<VerificationKey> {
    let der = key.raw_bytes.as_bytes();
    match SubjectPublicKeyInfo::from_der(der) {
        Ok(([], info)) => VerificationKey::new(&info).ok(),
        // Old certificate transparency logs' keys stand there as PKCS #1 (`PKCS1_RSA_PKCS1V5`).
        _ => VerificationKey::from_pkcs1(der),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_goes_by_its_url_or_its_host_and_by_nothing_else() {
        let key = aws_lc_rs::signature::Ed25519KeyPair::generate().unwrap();
        let spki = aws_lc_rs::encoding::AsDer::<aws_lc_rs::encoding::PublicKeyX509Der<'_>>::as_der(
            aws_lc_rs::signature::KeyPair::public_key(&key),
        )
        .unwrap();
        let (_, info) = SubjectPublicKeyInfo::from_der(spki.as_ref()).unwrap();
        let log = |uri: &str| Log {
            id: [0; 32],
            uri: uri.to_owned(),
            key: VerificationKey::new(&info).unwrap(),
            window: Window {
                from: None,
                until: None,
            },
        };
        for (uri, name) in [
            (
                "https://log2025-1.rekor.sigstore.dev",
                "log2025-1.rekor.sigstore.dev",
            ),
            ("https://log.example.com/", "log.example.com"),
            ("https://log.example.com:8443/api", "log.example.com:8443/api"),
            ("https://log.example.com:8443/api", "log.example.com"),
        ] {
            assert!(log(uri).goes_by(name), "{uri} {name}");
        }
        for name in [
            "",
            "example.com",
            "log.example.com.evil",
            "log.example.com:8443",
            "https://log.example.com",
        ] {
            assert!(!log("https://log.example.com").goes_by(name), "{name}");
        }
    }
}

//! A set of digests of one artifact.
//!
//! Source: in-toto attestation specification v1, `digest_set.md`.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Digest, DigestAlgorithm, DigestError};
use crate::shown::shown;

/// How many digests a set may have: what sigstore-go allows for a subject. There are 24 algorithms.
pub const MAX_DIGESTS: usize = 32;

/// How many characters name and value of an algorithm may have that is not predefined; 512 bits in hexadecimal.
const MAX_OTHER: usize = 128;

/// The digests of one artifact, by algorithm; never empty.
///
/// A predefined algorithm with a malformed value is an error. Algorithms that are not predefined are kept
/// apart, in [`other`](Self::other): consumers must ignore what they do not know, but can show it.
///
/// Two sets are equal if they hold the same. Whether they mean the same artifact is another question:
/// compare the digests of an algorithm that is good enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DigestSet {
    digests: BTreeMap<DigestAlgorithm, Digest>,
    other: BTreeMap<String, String>,
}

impl DigestSet {
    /// Returns the set of these digests.
    ///
    /// # Errors
    /// [`DigestError::Empty`], [`DigestError::Duplicate`].
    pub fn from_digests(digests: impl IntoIterator<Item = Digest>) -> Result<Self, DigestError> {
        let mut set = Self {
            digests: BTreeMap::new(),
            other: BTreeMap::new(),
        };
        for digest in digests {
            set.insert(digest)?;
        }
        set.checked()
    }

    /// Returns the set of these pairs of an algorithm's name and a value, as JSON has them.
    ///
    /// # Errors
    /// Every [`DigestError`] but those about one text.
    pub fn from_entries<N, V>(entries: impl IntoIterator<Item = (N, V)>) -> Result<Self, DigestError>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut set = Self {
            digests: BTreeMap::new(),
            other: BTreeMap::new(),
        };
        for (name, value) in entries {
            let (name, value) = (name.into(), value.into());
            match name.parse() {
                Ok(algorithm) => set.insert(Digest::new(algorithm, &value)?)?,
                Err(_) => set.insert_other(name, value)?,
            }
        }
        set.checked()
    }

    /// Returns the digest of this algorithm.
    pub fn get(&self, algorithm: DigestAlgorithm) -> Option<&Digest> {
        self.digests.get(&algorithm)
    }

    /// Returns the digests of predefined algorithms, weakest first.
    pub fn iter(&self) -> impl Iterator<Item = &Digest> {
        self.digests.values()
    }

    /// Returns the strongest digest: of those that are
    /// [cryptographically strong](Digest::is_cryptographically_strong), if there are any, else of all.
    ///
    /// Nothing, if all algorithms are unknown. The strongest need not be strong.
    pub fn strongest(&self) -> Option<&Digest> {
        self.iter()
            .max_by_key(|d| (d.is_cryptographically_strong(), d.algorithm()))
    }

    /// Returns names and values of algorithms that are not predefined.
    pub fn other(&self) -> &BTreeMap<String, String> {
        &self.other
    }

    /// Returns how many digests there are, those of [`other`](Self::other) algorithms included.
    pub fn len(&self) -> usize {
        self.digests.len().saturating_add(self.other.len())
    }

    /// Returns `false`: a set of digests is never empty.
    pub fn is_empty(&self) -> bool {
        false
    }

    /// Returns names and values, predefined algorithms first.
    pub(crate) fn entries(&self) -> impl Iterator<Item = (&str, &str)> {
        let digests = self.iter().map(|d| (d.algorithm().as_str(), d.value()));
        digests.chain(
            self.other
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        )
    }

    fn insert(&mut self, digest: Digest) -> Result<(), DigestError> {
        match self.digests.insert(digest.algorithm(), digest) {
            None => Ok(()),
            Some(first) => Err(DigestError::Duplicate {
                name: first.algorithm().to_string(),
            }),
        }
    }

    fn insert_other(&mut self, name: String, value: String) -> Result<(), DigestError> {
        let good = |text: &str| !text.is_empty() && text.chars().count() <= MAX_OTHER;
        let shown = shown(&name, 64);
        if !good(&name) || !good(&value) {
            return Err(DigestError::Other {
                name: shown,
                limit: MAX_OTHER,
            });
        }
        match self.other.insert(name, value) {
            None => Ok(()),
            Some(_) => Err(DigestError::Duplicate { name: shown }),
        }
    }

    fn checked(self) -> Result<Self, DigestError> {
        match self.len() {
            0 => Err(DigestError::Empty),
            found if found > MAX_DIGESTS => Err(DigestError::TooMany {
                found,
                limit: MAX_DIGESTS,
            }),
            _ => Ok(self),
        }
    }
}

impl From<Digest> for DigestSet {
    fn from(digest: Digest) -> Self {
        Self {
            digests: BTreeMap::from([(digest.algorithm(), digest)]),
            other: BTreeMap::new(),
        }
    }
}

impl Serialize for DigestSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.entries())
    }
}

impl<'de> Deserialize<'de> for DigestSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        DigestEntries::deserialize(deserializer)?
            .into_set()
            .map_err(D::Error::custom)
    }
}

/// Digests as JSON has them, not checked; those beyond [`MAX_DIGESTS`] are counted only.
pub(crate) struct DigestEntries {
    entries: Vec<(String, String)>,
    found: usize,
}

impl DigestEntries {
    /// Returns how many there were.
    pub(crate) fn found(&self) -> usize {
        self.found
    }

    /// Checks them.
    pub(crate) fn into_set(self) -> Result<DigestSet, DigestError> {
        if self.found > MAX_DIGESTS {
            return Err(DigestError::TooMany {
                found: self.found,
                limit: MAX_DIGESTS,
            });
        }
        DigestSet::from_entries(self.entries)
    }
}

impl<'de> Deserialize<'de> for DigestEntries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EntriesVisitor)
    }
}

struct EntriesVisitor;

impl<'de> Visitor<'de> for EntriesVisitor {
    type Value = DigestEntries;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of digests")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<DigestEntries, A::Error> {
        let mut entries = Vec::new();
        let mut found = 0_usize;
        while found < MAX_DIGESTS {
            let Some(entry) = members.next_entry()? else {
                return Ok(DigestEntries { entries, found });
            };
            entries.push(entry);
            found = found.saturating_add(1);
        }
        while members.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            found = found.saturating_add(1);
        }
        Ok(DigestEntries { entries, found })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(json: &str) -> Result<DigestSet, String> {
        serde_json::from_str(json).map_err(|e| e.to_string())
    }

    fn sha256() -> String {
        format!(r#""sha256":"{}""#, "a".repeat(64))
    }

    #[test]
    fn unknown_algorithms_are_kept_apart_and_written_again() {
        let json = format!(r#"{{{},"gce_image_id":"8970095005306000053"}}"#, sha256());
        let set = parse(&json).unwrap();
        assert_eq!(set.iter().count(), 1);
        assert_eq!(set.other()["gce_image_id"], "8970095005306000053");
        assert_eq!(set.len(), 2);
        assert_eq!(serde_json::to_string(&set).unwrap(), json);
    }

    #[test]
    fn an_empty_set_is_refused() {
        assert_eq!(DigestSet::from_digests([]), Err(DigestError::Empty));
        assert!(parse("{}").unwrap_err().starts_with("no digest"));
    }

    #[test]
    fn a_known_algorithm_with_a_malformed_value_is_refused_beside_a_good_one() {
        let err = parse(&format!(r#"{{{},"sha1":"{}"}}"#, sha256(), "A".repeat(40))).unwrap_err();
        assert!(
            err.starts_with("sha1 digest is not lower-case hexadecimal"),
            "{err}"
        );
    }

    #[test]
    fn an_unknown_algorithm_with_an_empty_or_long_value_is_refused() {
        assert!(parse(&format!(r#"{{"x":"{}"}}"#, "v".repeat(128))).is_ok());
        for value in ["", &"v".repeat(129)] {
            assert_eq!(
                DigestSet::from_entries([("x", value)]),
                Err(DigestError::Other {
                    name: "x".into(),
                    limit: 128
                })
            );
        }
    }

    #[test]
    fn as_many_as_allowed_are_accepted_and_one_more_refused() {
        let entries = |n: usize| (0..n).map(|i| (format!("x{i}"), "1"));
        assert_eq!(DigestSet::from_entries(entries(32)).unwrap().len(), 32);
        let too_many = DigestError::TooMany { found: 33, limit: 32 };
        assert_eq!(DigestSet::from_entries(entries(33)), Err(too_many.clone()));
        let json: Vec<_> = entries(33)
            .map(|(name, value)| format!(r#""{name}":"{value}""#))
            .collect();
        let err = parse(&format!("{{{}}}", json.join(","))).unwrap_err();
        assert!(err.starts_with(&too_many.to_string()), "{err}");
    }

    #[test]
    fn the_strongest_is_the_strong_one_even_if_a_stronger_algorithm_is_cut_short() {
        let set = DigestSet::from_entries([
            ("blake2b", "a".repeat(40)),
            ("sha256", "b".repeat(64)),
            ("gitCommit", "c".repeat(40)),
        ])
        .unwrap();
        assert_eq!(set.strongest(), set.get(DigestAlgorithm::Sha256));
        let unknown = DigestSet::from_entries([("x", "1")]).unwrap();
        assert_eq!(unknown.strongest(), None);
    }
}

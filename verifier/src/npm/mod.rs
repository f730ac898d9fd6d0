//! npm packages: what a package is called, and the registry's own statement that it published one.
//!
//! A package comes with two attestations: provenance, which its build signed, and a *publish* attestation
//! (<https://github.com/npm/attestation/tree/main/specs/publish/v0.1>), which the registry signs with a key of
//! its own. Both name the package as a purl, and both must be about the same tarball.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use schemars::JsonSchema;
use serde::Deserialize;
use slsa_predicates::Predicate;

use crate::check::{Check, Checked, Witness};
use crate::code::Code;
use crate::expect::Evaluation;
use crate::key::{KeyError, PublicKey};
use crate::statement::VerifiedStatement;

/// The keys with which the registry signs publish attestations, as it publishes them.
const KEYS: &[u8] = include_bytes!("keys.json");

/// Keys in one list: 64. The registry has had two.
const MAX_KEYS: usize = 64;

/// The package that is expected. What is left out may be anything, and must still be the same in all
/// attestations.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct PackageRule {
    /// Its name, with its scope: `@scope/name`.
    pub name: Option<String>,
    /// Its version.
    pub version: Option<String>,
}

/// A package, as a subject of npm's attestations names it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Package {
    /// Its name, with its scope: `@scope/name`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// Why a list of keys cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryKeysError {
    /// It is not the JSON of npm's `keys.json`.
    #[error("not a keys.json of npm: {detail}")]
    Malformed {
        /// What the parser said.
        detail: String,
    },
    /// It has no key that signs attestations, or too many.
    #[error("{found} keys for attestations, 1 to {MAX_KEYS} are allowed")]
    Count {
        /// How many there are.
        found: usize,
    },
    /// A key cannot be used.
    #[error("key {id}: {source}")]
    Key {
        /// Its id.
        id: String,
        /// What is wrong with it.
        source: KeyError,
    },
}

/// Returns the registry's keys that are built in.
///
/// # Errors
/// None that a released version returns: the list is tested.
pub fn registry_keys() -> Result<Vec<PublicKey>, RegistryKeysError> {
    registry_keys_from(KEYS)
}

/// Reads the registry's keys in the format of npm's `keys.json`, those for attestations alone, each with its
/// name and its validity.
///
/// # Errors
/// [`RegistryKeysError`].
pub fn registry_keys_from(bytes: &[u8]) -> Result<Vec<PublicKey>, RegistryKeysError> {
    #[derive(Deserialize)]
    struct Listed {
        keys: Vec<Entry>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Entry {
        key_id: String,
        key_usage: String,
        public_key: Key,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Key {
        raw_bytes: String,
        valid_for: Window,
    }

    #[derive(Deserialize)]
    struct Window {
        start: Timestamp,
        end: Option<Timestamp>,
    }

    let listed: Listed = slsa_predicates::json::from_slice(bytes, &Default::default()).map_err(|error| {
        RegistryKeysError::Malformed {
            detail: error.to_string(),
        }
    })?;
    let entries: Vec<Entry> = listed
        .keys
        .into_iter()
        .filter(|entry| entry.key_usage == "npm:attestations")
        .collect();
    if entries.is_empty() || entries.len() > MAX_KEYS {
        return Err(RegistryKeysError::Count { found: entries.len() });
    }
    let key = |entry: Entry| {
        let Window { start, end } = entry.public_key.valid_for;
        STANDARD
            .decode(&entry.public_key.raw_bytes)
            .map_err(|_| KeyError::Malformed)
            .and_then(|der| PublicKey::from_spki(&der))
            .map(|key| {
                key.with_name(entry.key_id.clone())
                    .with_validity(Some(start), end)
            })
            .map_err(|source| RegistryKeysError::Key {
                id: entry.key_id,
                source,
            })
    };
    entries.into_iter().map(key).collect()
}

impl Package {
    /// Reads a purl of npm (<https://github.com/package-url/purl-spec>): `pkg:npm/%40scope/name@1.0.0`.
    #[must_use]
    pub fn from_purl(purl: &str) -> Option<Self> {
        let rest = purl.strip_prefix("pkg:npm/")?;
        let (name, version) = rest.rsplit_once('@')?;
        let (name, version) = (percent_decoded(name)?, percent_decoded(version)?);
        let parts: Vec<&str> = name.split('/').collect();
        let scoped = match parts.as_slice() {
            [scope, name] => {
                scope.strip_prefix('@').is_some_and(|scope| !scope.is_empty()) && !name.is_empty()
            }
            [name] => !name.is_empty() && !name.starts_with('@'),
            _ => false,
        };
        let plain = |c: char| c.is_ascii_graphic() && !matches!(c, '?' | '#' | '%');
        let clean = name.chars().all(plain) && !version.is_empty() && version.chars().all(plain);
        (scoped && clean).then_some(Self { name, version })
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::new();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'%' => {
                let pair = [bytes.next()?, bytes.next()?];
                *hex::decode(pair).ok()?.first()?
            }
            byte => byte,
        });
    }
    String::from_utf8(decoded).ok()
}

impl PackageRule {
    /// The package of this name and version.
    #[must_use]
    pub fn of(name: Option<&str>, version: Option<&str>) -> Self {
        let (name, version) = (name.map(ToOwned::to_owned), version.map(ToOwned::to_owned));
        Self { name, version }
    }

    pub(crate) fn describe(&self) -> Vec<String> {
        let name = self.name.iter().map(|name| format!("the package {name}"));
        name.chain(self.version.iter().map(|version| format!("version {version}")))
            .collect()
    }

    /// Compares the subject of a verified statement with the package that is expected.
    #[must_use]
    pub fn evaluate_subject(&self, verified: &VerifiedStatement) -> Evaluation {
        let mut checks = Vec::new();
        self.check_subject(verified, &mut checks);
        Evaluation::of(checks)
    }

    /// Compares a publish attestation, verified with a key of the registry, with the package that is expected.
    #[must_use]
    pub fn evaluate_publish(&self, verified: &VerifiedStatement) -> Evaluation {
        let mut checks = Vec::new();
        self.check_publish(verified, &mut checks);
        Evaluation::of(checks)
    }

    /// Compares the subject of a statement with the package that is expected.
    fn check_subject(&self, verified: &VerifiedStatement, checks: &mut Vec<Check>) {
        let subject = verified.subject().name.as_deref().unwrap_or_default();
        let package = Package::from_purl(subject);
        if package.is_none() && *self == Self::default() {
            let expected = "a purl such as pkg:npm/%40scope/name@1.0.0";
            let found = Some(subject.to_owned());
            let (checked, witness) = (Checked::PackageName, Witness::Predicate);
            checks.push(Check::refused(
                Code::PackageNameMismatch,
                checked,
                witness,
                expected,
                found,
            ));
            return;
        }
        self.check(package.as_ref(), checks);
    }

    fn check(&self, package: Option<&Package>, checks: &mut Vec<Check>) {
        let parts = [
            (
                &self.name,
                package.map(|package| &package.name),
                Checked::PackageName,
                Code::PackageNameMismatch,
            ),
            (
                &self.version,
                package.map(|package| &package.version),
                Checked::PackageVersion,
                Code::PackageVersionMismatch,
            ),
        ];
        for (expected, found, checked, code) in parts {
            if let Some(expected) = expected {
                let refusal = (found != Some(expected)).then_some(code);
                checks.push(Check {
                    checked,
                    expected: expected.clone(),
                    found: found.cloned(),
                    witness: Witness::Predicate,
                    refusal,
                });
            }
        }
    }

    /// Compares a publish attestation with the package that is expected: its subject and its predicate, which
    /// must agree.
    fn check_publish(&self, verified: &VerifiedStatement, checks: &mut Vec<Check>) {
        let found = verified.statement().predicate_type().to_owned();
        let Ok(Predicate::NpmPublish(publish)) = verified.statement().predicate() else {
            let expected = "the registry's publish attestation";
            let (checked, witness) = (Checked::Publish, Witness::Predicate);
            checks.push(Check::refused(
                Code::PredicateTypeMismatch,
                checked,
                witness,
                expected,
                Some(found),
            ));
            return;
        };
        checks.push(Check::met(
            Checked::Publish,
            Witness::Key,
            "the registry's publish attestation",
            found,
        ));
        let published = Package {
            name: publish.name,
            version: publish.version,
        };
        self.check(Some(&published), checks);
        let subject = Self {
            name: Some(published.name),
            version: Some(published.version),
        };
        subject.check_subject(verified, checks);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_that_are_built_in_can_be_used_and_are_for_attestations() {
        let keys = registry_keys().unwrap();
        assert_eq!(keys.len(), 2);
        assert!(
            keys.iter()
                .all(|key| key.name().is_some_and(|name| name.starts_with("SHA256:")))
        );
        let signatures = String::from_utf8(KEYS.to_vec())
            .unwrap()
            .replace("npm:attestations", "npm:signatures");
        assert_eq!(
            registry_keys_from(signatures.as_bytes()).unwrap_err(),
            RegistryKeysError::Count { found: 0 }
        );
    }

    #[test]
    fn a_purl_gives_name_and_version_and_nothing_else_does() {
        let package = |name: &str, version: &str| {
            Some(Package {
                name: name.to_owned(),
                version: version.to_owned(),
            })
        };
        assert_eq!(
            Package::from_purl("pkg:npm/%40scope/name@1.0.5"),
            package("@scope/name", "1.0.5")
        );
        assert_eq!(
            Package::from_purl("pkg:npm/@scope/name@1.0.5"),
            package("@scope/name", "1.0.5")
        );
        assert_eq!(
            Package::from_purl("pkg:npm/name@1.0.5-rc.1"),
            package("name", "1.0.5-rc.1")
        );
        for purl in [
            "pkg:npm/name",
            "pkg:npm/@1.0.0",
            "pkg:npm/scope/name@1.0.0",
            "pkg:npm/%40/name@1.0.0",
            "pkg:npm/%40scope/a/b@1.0.0",
            "pkg:npm/%4",
            "pkg:npm/name@1.0.0?x=y",
            "pkg:npm/na%00me@1.0.0",
            "pkg:pypi/name@1.0.0",
            "name@1.0.0",
            "",
        ] {
            assert_eq!(Package::from_purl(purl), None, "{purl}");
        }
    }
}

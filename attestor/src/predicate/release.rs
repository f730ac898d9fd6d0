//! Release v0.1: the subjects make up this version of a package.
//!
//! Source: in-toto attestation predicates, `release.md`.

use serde_json::{Map, Value};
use slsa_predicates::predicate::{release as form, types};

use super::NewPredicate;
use super::error::{PredicateInputError, shown};
use super::uri;

/// What a release predicate says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "filled field by field")]
pub struct ReleaseDetails {
    /// The package URL, with its version: `pkg:npm/%40scope/name@1.0.0`.
    pub purl: String,
    /// What the registry calls the package whatever its name is.
    pub release_id: Option<String>,
}

/// Why a release predicate was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// Not a package URL: `pkg:`, a type, a name.
    #[error("not a package URL: \"{found}\"")]
    Purl {
        /// The text, cut, printable.
        found: String,
    },
    /// The package URL has no version, which this predicate demands.
    #[error("package URL without a version: \"{found}\"")]
    NoVersion {
        /// The text, cut, printable.
        found: String,
    },
}

/// Makes a release predicate.
///
/// # Errors
/// [`ReleaseError`].
pub fn release(details: &ReleaseDetails) -> Result<NewPredicate, PredicateInputError> {
    check(&details.purl)?;
    let predicate = form::Release {
        purl: details.purl.clone(),
        release_id: details.release_id.clone().filter(|id| !id.is_empty()),
        package_id: None,
        repository: None,
        repository_id: None,
        owner_id: None,
        tag: None,
        database_id: None,
        extra: Map::<String, Value>::new(),
    };
    NewPredicate::written(types::RELEASE_V01, &predicate)
}

/// Splits from right to left, as the package URL specification says.
fn check(purl: &str) -> Result<(), ReleaseError> {
    let found = || shown(purl);
    let rest = purl.strip_prefix("pkg:").filter(|_| uri::is_absolute(purl));
    let rest = rest.ok_or_else(|| ReleaseError::Purl { found: found() })?;
    let path = rest.split(['#', '?']).next().unwrap_or_default();
    let (kind, name) = path.split_once('/').unwrap_or_default();
    let name = name.rsplit('/').next().unwrap_or_default();
    let (name, version) = name.split_once('@').unwrap_or((name, ""));
    if kind.is_empty() || name.is_empty() {
        return Err(ReleaseError::Purl { found: found() });
    }
    if version.is_empty() {
        return Err(ReleaseError::NoVersion { found: found() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use slsa_predicates::Predicate;

    use super::*;
    use crate::predicate::testing::typed;

    fn make(purl: &str) -> Result<NewPredicate, PredicateInputError> {
        let release_id = Some("9".to_owned());
        let purl = purl.to_owned();
        release(&ReleaseDetails { purl, release_id })
    }

    #[test]
    fn a_release_names_its_package_and_version() {
        for purl in [
            "pkg:npm/%40scope/name@1.0.0",
            "pkg:oci/app@sha256%3Aaa?repository_url=registry.example/app&tag=v1",
            "pkg:golang/example.com/m@v1.0.0#sub/dir",
        ] {
            let made = make(purl).unwrap();
            assert_eq!(
                made.predicate_type(),
                "https://in-toto.io/attestation/release/v0.1"
            );
            assert_eq!(made.json(), format!(r#"{{"purl":"{purl}","releaseId":"9"}}"#));
            assert!(matches!(typed(&made), Predicate::Release(release) if release.purl == purl));
        }
    }

    #[test]
    fn what_is_no_package_url_or_has_no_version_is_refused() {
        for found in [
            "",
            "npm/name@1",
            "pkg:npm",
            "pkg:npm/@1",
            "pkg:/name@1",
            "pkg:npm/na me@1",
        ] {
            let error = ReleaseError::Purl {
                found: found.to_owned(),
            };
            assert_eq!(make(found).unwrap_err(), error.into());
        }
        for found in ["pkg:npm/name", "pkg:npm/name@", "pkg:npm/name?x=@1"] {
            let error = ReleaseError::NoVersion {
                found: found.to_owned(),
            };
            assert_eq!(make(found).unwrap_err(), error.into());
        }
    }
}

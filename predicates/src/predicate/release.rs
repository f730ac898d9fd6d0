//! Release v0.1 and v0.2: which artifacts make up a version of a package.
//!
//! Source: in-toto attestation predicates, `release.md`; types [`RELEASE_V01`](super::types::RELEASE_V01) and
//! [`RELEASE_V02`](super::types::RELEASE_V02). GitHub's immutable releases are of the same types and add fields;
//! [`Release::is_github`] tells them apart.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{optional, required};

/// The statement's subjects make up this release.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Release {
    /// Package URL with the version.
    #[serde(deserialize_with = "required")]
    pub purl: String,
    /// Identifies the package, whatever it is called; v0.2.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub package_id: Option<String>,
    /// What v0.1 calls `packageId`.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub release_id: Option<String>,
    /// GitHub: `owner/name` of the repository.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub repository: Option<String>,
    /// GitHub: number of the repository.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub repository_id: Option<String>,
    /// GitHub: number of the owner.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub owner_id: Option<String>,
    /// GitHub: the tag that was released.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub tag: Option<String>,
    /// GitHub: number of the release.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub database_id: Option<String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl Release {
    /// Returns whether it has the fields that GitHub adds: repository and tag.
    pub fn is_github(&self) -> bool {
        self.repository.is_some() && self.tag.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_of_github_is_told_from_another() {
        let text = r#"{"purl":"pkg:github/o/r@v1","repository":"o/r","repositoryId":"2","ownerId":"1","tag":"v1","databaseId":"3"}"#;
        let release: Release = serde_json::from_str(text).unwrap();
        assert!(release.is_github());
        assert_eq!(serde_json::to_string(&release).unwrap(), text);
        let other: Release = serde_json::from_str(r#"{"purl":"pkg:npm/n@1","packageId":"9"}"#).unwrap();
        assert!(!other.is_github());
    }

    #[test]
    fn a_release_without_package_url_is_refused() {
        assert!(serde_json::from_str::<Release>(r#"{"packageId":"9"}"#).is_err());
    }
}

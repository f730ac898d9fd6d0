//! What npm's registry says when it publishes a package, v0.1.
//!
//! Source: npm/attestation, `specs/publish/v0.1`; type [`NPM_PUBLISH_V01`](super::types::NPM_PUBLISH_V01).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{optional, required};

/// The registry has published this version of this package.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NpmPublish {
    /// Name of the package, with its scope: `@scope/name`.
    #[serde(deserialize_with = "required")]
    pub name: String,
    /// Its version.
    #[serde(deserialize_with = "required")]
    pub version: String,
    /// URL of the registry.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub registry: Option<String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_publication_is_read_and_written_again() {
        let text = r#"{"name":"@s/n","version":"1.0.0","registry":"https://registry.npmjs.org"}"#;
        let publish: NpmPublish = serde_json::from_str(text).unwrap();
        assert_eq!(
            (publish.name.as_str(), publish.version.as_str()),
            ("@s/n", "1.0.0")
        );
        assert_eq!(serde_json::to_string(&publish).unwrap(), text);
    }

    #[test]
    fn a_publication_without_version_is_refused() {
        assert!(serde_json::from_str::<NpmPublish>(r#"{"name":"n","version":""}"#).is_err());
    }
}

//! Link v0.3: one step of a supply chain.
//!
//! Source: in-toto attestation predicates, `link.md`; type [`LINK_V03`](super::types::LINK_V03).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, required};
use crate::resource_descriptor::ResourceDescriptor;

/// One step of a supply chain; its products are the statement's subjects.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// Name of the step.
    #[serde(deserialize_with = "required")]
    pub name: String,
    /// The command and its arguments.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub command: Vec<String>,
    /// What went in; each should have a name and a digest.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub materials: Vec<ResourceDescriptor>,
    /// What else is known of the step.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub byproducts: Map<String, Value>,
    /// Where it was carried out.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub environment: Map<String, Value>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_read_and_written_again() {
        let text = r#"{"name":"build","command":["make"],"materials":[{"name":"m","uri":"u"}],"byproducts":{"return-value":0}}"#;
        let link: Link = serde_json::from_str(text).unwrap();
        assert_eq!(link.command, ["make"]);
        assert_eq!(serde_json::to_string(&link).unwrap(), text);
    }

    #[test]
    fn a_link_without_name_is_refused() {
        assert!(serde_json::from_str::<Link>(r#"{"command":["make"]}"#).is_err());
    }
}

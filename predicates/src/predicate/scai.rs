//! SCAI attribute report v0.2 and v0.3: attributes of an artifact, with evidence.
//!
//! Source: in-toto attestation predicates, `scai.md`; types [`SCAI_V02`](super::types::SCAI_V02) and
//! [`SCAI_V03`](super::types::SCAI_V03).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, required};
use crate::resource_descriptor::ResourceDescriptor;

/// What is claimed of the subjects, or of who produced them.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeReport {
    /// The claims; at least one.
    #[serde(deserialize_with = "required")]
    pub attributes: Vec<AttributeAssertion>,
    /// Who produced the subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub producer: Option<ResourceDescriptor>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One claim.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AttributeAssertion {
    /// What is claimed, such as `WITH_STACK_PROTECTION`.
    #[serde(deserialize_with = "required")]
    pub attribute: String,
    /// Of what, if not of the subjects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<ResourceDescriptor>,
    /// Under which conditions.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub conditions: Map<String, Value>,
    /// By which evidence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ResourceDescriptor>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_read_and_written_again() {
        let text = r#"{"attributes":[{"attribute":"A","conditions":{"flags":"-f"},"evidence":{"uri":"https://e"}}],"producer":{"uri":"https://p"}}"#;
        let report: AttributeReport = serde_json::from_str(text).unwrap();
        assert_eq!(report.attributes[0].attribute, "A");
        assert_eq!(serde_json::to_string(&report).unwrap(), text);
    }

    #[test]
    fn a_report_without_attributes_is_refused() {
        assert!(serde_json::from_str::<AttributeReport>(r#"{"attributes":[]}"#).is_err());
    }
}

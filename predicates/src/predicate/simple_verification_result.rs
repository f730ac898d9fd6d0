//! Simple verification result v0.1: a verifier lists what holds.
//!
//! Source: in-toto attestation predicates, `svr.md`; type
//! [`SIMPLE_VERIFICATION_RESULT_V01`](super::types::SIMPLE_VERIFICATION_RESULT_V01).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{nullable, required};
use crate::timestamp::Timestamp;

/// What a verifier found to hold of the subjects.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SimpleVerificationResult {
    /// Who verified.
    pub verifier: Verifier,
    /// When.
    pub time_created: Timestamp,
    /// What holds, such as `SLSA_BUILD_LEVEL_3`.
    #[serde(default, deserialize_with = "nullable")]
    pub properties: Vec<String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Who verified.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verifier {
    /// URI of the verifier.
    #[serde(deserialize_with = "required")]
    pub id: String,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        r#"{"verifier":{"id":"https://v"},"timeCreated":"1985-04-12T23:20:50.52Z","properties":["P"]}"#;

    #[test]
    fn a_result_is_read_and_written_again() {
        let result: SimpleVerificationResult = serde_json::from_str(TEXT).unwrap();
        assert_eq!(result.properties, ["P"]);
        assert_eq!(serde_json::to_string(&result).unwrap(), TEXT);
    }

    #[test]
    fn a_result_without_verifier_or_time_is_refused() {
        for (good, bad) in [("https://v", ""), ("timeCreated", "x")] {
            assert!(serde_json::from_str::<SimpleVerificationResult>(&TEXT.replace(good, bad)).is_err());
        }
    }
}

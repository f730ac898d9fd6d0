//! Test result v0.1: how a run of tests ended.
//!
//! Source: in-toto attestation predicates, `test-result.md`; type [`TEST_RESULT_V01`](super::types::TEST_RESULT_V01).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, optional};
use crate::resource_descriptor::ResourceDescriptor;

/// How a run of tests ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    /// The result of all.
    pub result: Outcome,
    /// Which configuration was used.
    #[serde(default, deserialize_with = "nullable")]
    pub configuration: Vec<ResourceDescriptor>,
    /// Where the run can be seen.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub url: Option<String>,
    /// Names of the tests that passed.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub passed_tests: Vec<String>,
    /// Names of the tests that passed with warnings.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub warned_tests: Vec<String>,
    /// Names of the tests that failed.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub failed_tests: Vec<String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The result of a run.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Outcome {
    /// All passed.
    Passed,
    /// All passed, some with warnings.
    Warned,
    /// Some failed.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"result":"WARNED","configuration":[{"uri":"u"}],"url":"https://r","passedTests":["a"],"warnedTests":["b"]}"#;

    #[test]
    fn a_result_is_read_and_written_again() {
        let result: TestResult = serde_json::from_str(TEXT).unwrap();
        assert_eq!(result.result, Outcome::Warned);
        assert_eq!(serde_json::to_string(&result).unwrap(), TEXT);
    }

    #[test]
    fn another_outcome_is_refused() {
        assert!(serde_json::from_str::<TestResult>(&TEXT.replace("WARNED", "warned")).is_err());
    }
}

//! SLSA verification summary v1: a verifier says what it found.
//!
//! Source: SLSA v1.2, "Verification Summary Attestation"; type
//! [`VERIFICATION_SUMMARY_V1`](super::types::VERIFICATION_SUMMARY_V1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, optional, optional_timestamp, required};
use crate::resource_descriptor::ResourceDescriptor;
use crate::timestamp::Timestamp;

/// What a verifier found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationSummary {
    /// Who verified.
    pub verifier: Verifier,
    /// When.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub time_verified: Option<Timestamp>,
    /// What was verified: a consumer compares it with where the artifact came from.
    #[serde(deserialize_with = "required")]
    pub resource_uri: String,
    /// Against which policy.
    pub policy: ResourceDescriptor,
    /// By which attestations: all of them, or none is listed.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub input_attestations: Vec<ResourceDescriptor>,
    /// Whether the policy was met.
    pub verification_result: VerificationResult,
    /// Which levels were reached, such as `SLSA_BUILD_LEVEL_3`: one for each track, and properties.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub verified_levels: Vec<String>,
    /// How many transitive dependencies reached which level.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub dependency_levels: BTreeMap<String, u64>,
    /// Version of the SLSA specification, such as `1.2`.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub slsa_version: Option<String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Who verified.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verifier {
    /// URI of the verifier; consumers trust it together with a key or identity.
    #[serde(deserialize_with = "required")]
    pub id: String,
    /// Versions of the verifier's parts.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub version: BTreeMap<String, String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Whether the policy was met.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum VerificationResult {
    /// It was.
    Passed,
    /// It was not.
    Failed,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"verifier":{"id":"https://v","version":{"slsa-verify":"1.0.0"}},"timeVerified":"1985-04-12T23:20:50.52Z","resourceUri":"pkg:x","policy":{"uri":"https://p"},"verificationResult":"PASSED","verifiedLevels":["SLSA_BUILD_LEVEL_3"],"dependencyLevels":{"SLSA_BUILD_LEVEL_2":5},"slsaVersion":"1.2"}"#;

    #[test]
    fn a_summary_is_read_and_written_again() {
        let summary: VerificationSummary = serde_json::from_str(TEXT).unwrap();
        assert_eq!(summary.verification_result, VerificationResult::Passed);
        assert_eq!(serde_json::to_string(&summary).unwrap(), TEXT);
    }

    #[test]
    fn a_missing_field_or_another_result_is_refused() {
        for (good, bad) in [
            ("\"PASSED\"", "\"passed\""),
            ("\"PASSED\"", "null"),
            ("https://v", ""),
            ("resourceUri", "x"),
            ("policy", "x"),
            (":5", ":-5"),
        ] {
            assert!(
                serde_json::from_str::<VerificationSummary>(&TEXT.replace(good, bad)).is_err(),
                "{good}"
            );
        }
    }
}

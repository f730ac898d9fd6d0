//! SLSA provenance v1: how artifacts were built.
//!
//! Source: SLSA v1.2, "Build: Provenance"; type [`PROVENANCE_V1`](super::types::PROVENANCE_V1).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, optional, optional_timestamp, required};
use crate::resource_descriptor::ResourceDescriptor;
use crate::timestamp::Timestamp;

/// How artifacts were built.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// What was to be built, as inputs.
    pub build_definition: BuildDefinition,
    /// What is particular to this run.
    pub run_details: RunDetails,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The inputs of a build: with them it could be done again.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildDefinition {
    /// URI that says how the build was done and what the parameters mean.
    #[serde(deserialize_with = "required")]
    pub build_type: String,
    /// What is under control of those who asked for the build. All of it must be verified.
    #[serde(default, deserialize_with = "nullable")]
    pub external_parameters: Map<String, Value>,
    /// What the builder set itself.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub internal_parameters: Map<String, Value>,
    /// What was fetched, as far as is known.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub resolved_dependencies: Vec<ResourceDescriptor>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What is particular to one run.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunDetails {
    /// Who ran the build, and vouches for it.
    pub builder: Builder,
    /// Which run it was.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub metadata: BuildMetadata,
    /// What else came out and is not the output.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub byproducts: Vec<ResourceDescriptor>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The build platform that is trusted to have done as it says.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Builder {
    /// URI of the platform; the level that is claimed goes with it.
    #[serde(deserialize_with = "required")]
    pub id: String,
    /// What the builder depends on that verifiers need not know.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub builder_dependencies: Vec<ResourceDescriptor>,
    /// Versions of the builder's parts.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub version: BTreeMap<String, String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Which run it was.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildMetadata {
    /// Identifies the run; opaque and case-sensitive.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub invocation_id: Option<String>,
    /// When it began.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub started_on: Option<Timestamp>,
    /// When it ended.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub finished_on: Option<Timestamp>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"buildDefinition":{"buildType":"https://b","externalParameters":{"ref":"main"},"resolvedDependencies":[{"digest":{"gitCommit":"da39a3ee5e6b4b0d3255bfef95601890afd80709"},"uri":"git+https://r"}]},"runDetails":{"builder":{"id":"https://x"},"metadata":{"invocationId":"1","startedOn":"1985-04-12T23:20:50.52Z"}},"https://e/x":1}"#;

    fn parse(text: &str) -> Result<Provenance, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn provenance_is_read_and_written_again() {
        let provenance = parse(TEXT).unwrap();
        assert_eq!(provenance.run_details.builder.id, "https://x");
        assert_eq!(provenance.extra["https://e/x"], 1);
        assert_eq!(serde_json::to_string(&provenance).unwrap(), TEXT);
    }

    #[test]
    fn null_and_empty_fields_are_unset() {
        let sparse =
            parse(r#"{"buildDefinition":{"buildType":"b"},"runDetails":{"builder":{"id":"x"}}}"#).unwrap();
        let null = parse(
            r#"{"buildDefinition":{"buildType":"b","externalParameters":null,"internalParameters":{},
                "resolvedDependencies":null},"runDetails":{"builder":{"id":"x","builderDependencies":[],
                "version":null},"metadata":{"invocationId":"","startedOn":null},"byproducts":null}}"#,
        )
        .unwrap();
        assert_eq!(null, sparse);
    }

    #[test]
    fn a_missing_builder_or_build_type_is_refused() {
        for (field, bad) in [
            ("\"id\":\"https://x\"", "\"id\":\"\""),
            ("buildType", "type"),
            ("runDetails", "x"),
        ] {
            assert!(parse(&TEXT.replace(field, bad)).is_err(), "{field}");
        }
    }

    #[test]
    fn a_malformed_digest_of_a_dependency_is_refused_and_an_empty_one_is_unset() {
        assert!(parse(&TEXT.replace("da39", "DA39")).is_err());
        let digest = r#"{"gitCommit":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}"#;
        let provenance = parse(&TEXT.replace(digest, "{}")).unwrap();
        assert_eq!(provenance.build_definition.resolved_dependencies[0].digest, None);
    }
}

//! SLSA provenance v0.2: how artifacts were built.
//!
//! Source: SLSA provenance v0.2; type [`PROVENANCE_V02`](super::types::PROVENANCE_V02). Written by slsa-github-generator and
//! older versions of npm.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::digest::DigestSet;
use crate::fields::{is_default, nullable, optional, optional_digests, optional_timestamp, required};
use crate::resource_descriptor::ResourceDescriptor;
use crate::timestamp::Timestamp;

/// How artifacts were built.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Who ran the build.
    pub builder: Builder,
    /// URI that says how the build was done and what the other fields mean.
    #[serde(deserialize_with = "required")]
    pub build_type: String,
    /// What started the build.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub invocation: Invocation,
    /// The steps, where they are not in the source.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub build_config: Map<String, Value>,
    /// Other properties of the build.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub metadata: Metadata,
    /// What influenced the build: sources, dependencies, tools.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub materials: Vec<ResourceDescriptor>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// The entity that executed the build, and vouches for it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Builder {
    /// URI of the builder.
    #[serde(deserialize_with = "required")]
    pub id: String,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What started the build.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invocation {
    /// Where the configuration came from.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub config_source: ConfigSource,
    /// External inputs on top of the configuration.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub parameters: Map<String, Value>,
    /// Inputs that the builder controls.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub environment: Map<String, Value>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Where the configuration of the build came from.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfigSource {
    /// Where it is.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub uri: Option<String>,
    /// What it is.
    #[serde(
        default,
        deserialize_with = "optional_digests",
        skip_serializing_if = "Option::is_none"
    )]
    pub digest: Option<DigestSet>,
    /// Where in it the build begins, such as the path of a workflow.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub entry_point: Option<String>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Other properties of the build.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Identifies the run. slsa-github-generator spells the field `buildInvocationID`; both together
    /// are refused.
    #[serde(
        alias = "buildInvocationID",
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub build_invocation_id: Option<String>,
    /// When it began.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub build_started_on: Option<Timestamp>,
    /// When it ended.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub build_finished_on: Option<Timestamp>,
    /// What is claimed to be complete.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub completeness: Completeness,
    /// Whether the builder claims that building again gives the same bytes.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub reproducible: bool,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What the builder claims to have recorded completely.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Completeness {
    /// All of the `parameters`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub parameters: bool,
    /// All of the `environment`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub environment: bool,
    /// All of the `materials`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub materials: bool,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"builder":{"id":"https://x"},"buildType":"https://b","invocation":{"configSource":{"uri":"git+https://r","digest":{"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"},"entryPoint":"w.yml"},"environment":{"ref":"main"}},"metadata":{"buildInvocationId":"1","completeness":{"parameters":true}},"materials":[{"uri":"git+https://r"}]}"#;

    fn parse(text: &str) -> Result<Provenance, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn provenance_is_read_and_written_again() {
        let provenance = parse(TEXT).unwrap();
        assert_eq!(
            provenance.invocation.config_source.entry_point.as_deref(),
            Some("w.yml")
        );
        assert!(provenance.metadata.completeness.parameters && !provenance.metadata.reproducible);
        assert_eq!(serde_json::to_string(&provenance).unwrap(), TEXT);
    }

    #[test]
    fn both_spellings_of_the_invocation_are_read_and_both_together_refused() {
        let other = TEXT.replace("buildInvocationId", "buildInvocationID");
        assert_eq!(parse(&other).unwrap(), parse(TEXT).unwrap());
        let both = TEXT.replace(
            "\"buildInvocationId\"",
            "\"buildInvocationID\":\"2\",\"buildInvocationId\"",
        );
        assert!(parse(&both).is_err());
    }

    #[test]
    fn null_and_empty_fields_are_unset() {
        let sparse = parse(r#"{"builder":{"id":"x"},"buildType":"b"}"#).unwrap();
        let null = parse(
            r#"{"builder":{"id":"x"},"buildType":"b","invocation":{"configSource":null,"parameters":null},
                "buildConfig":{},"metadata":{"completeness":{"materials":null}},"materials":[]}"#,
        )
        .unwrap();
        assert_eq!(null, sparse);
    }

    #[test]
    fn a_missing_builder_or_a_malformed_digest_is_refused() {
        for (good, bad) in [
            ("https://x", ""),
            ("builder", "x"),
            ("buildType", "x"),
            ("da39", "DA39"),
        ] {
            assert!(parse(&TEXT.replace(good, bad)).is_err(), "{good}");
        }
    }
}

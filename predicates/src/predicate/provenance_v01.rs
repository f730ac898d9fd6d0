//! SLSA provenance v0.1: how artifacts were built.
//!
//! Source: SLSA provenance v0.1; type [`PROVENANCE_V01`](super::types::PROVENANCE_V01). Written by Google Cloud Build.

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, optional, optional_timestamp, required};
use crate::resource_descriptor::ResourceDescriptor;
use crate::timestamp::Timestamp;

/// How artifacts were built.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Provenance {
    /// Who executed the recipe.
    pub builder: Builder,
    /// What was executed; unset where that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recipe: Option<Recipe>,
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

/// The configuration of the build.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipe {
    /// URI that says how the build was done and what the other fields mean (`type`).
    #[serde(rename = "type", deserialize_with = "required")]
    pub recipe_type: String,
    /// Which of the `materials` has the steps, counted from 0. Google Cloud Build writes the number as a text, and
    /// `"-1"` where there is none.
    #[serde(default, deserialize_with = "index", skip_serializing_if = "Option::is_none")]
    pub defined_in_material: Option<i64>,
    /// Where in it the build begins.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub entry_point: Option<String>,
    /// External inputs on top of material and entry point.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub arguments: Map<String, Value>,
    /// Inputs that the builder controls.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub environment: Map<String, Value>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Other properties of the build.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// Identifies the run. The spelling `buildInvocationID` is read too; both together are refused.
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
    /// All of the `arguments`.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub arguments: bool,
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

/// Reads an integer, or the text that protobuf's JSON makes of one of 64 bits.
fn index<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Index {
        Number(i64),
        Text(String),
    }
    match Option::deserialize(deserializer)? {
        None => Ok(None),
        Some(Index::Number(number)) => Ok(Some(number)),
        Some(Index::Text(text)) => text
            .parse()
            .ok()
            .filter(|number: &i64| number.to_string() == text)
            .map(Some)
            .ok_or_else(|| D::Error::custom("definedInMaterial is not an integer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"builder":{"id":"https://x"},"recipe":{"type":"https://t","definedInMaterial":0,"entryPoint":"c.yaml","arguments":{"id":"1"}},"metadata":{"buildStartedOn":"2022-08-15T22:43:18.700638187Z"},"materials":[{"uri":"https://r"}]}"#;

    fn parse(text: &str) -> Result<Provenance, serde_json::Error> {
        serde_json::from_str(text)
    }

    #[test]
    fn provenance_is_read_and_written_again() {
        let provenance = parse(TEXT).unwrap();
        assert_eq!(provenance.recipe.as_ref().unwrap().recipe_type, "https://t");
        assert_eq!(serde_json::to_string(&provenance).unwrap(), TEXT);
    }

    #[test]
    fn a_recipe_may_be_unset_or_null_but_not_without_type() {
        assert_eq!(
            parse(r#"{"builder":{"id":"x"},"recipe":null}"#).unwrap().recipe,
            None
        );
        assert!(parse(r#"{"builder":{"id":"x"},"recipe":{"entryPoint":"e"}}"#).is_err());
    }

    #[test]
    fn an_index_may_be_a_text_if_it_is_the_usual_one() {
        let index = |written: &str| {
            parse(&TEXT.replace(r#"Material":0"#, &format!(r#"Material":{written}"#)))
                .map(|p| p.recipe.unwrap().defined_in_material)
        };
        assert_eq!(index("\"-1\"").unwrap(), Some(-1));
        assert_eq!(index("2").unwrap(), Some(2));
        assert_eq!(index("null").unwrap(), None);
        for bad in ["\"+1\"", "\"01\"", "\"\"", "1.5", "true"] {
            assert!(index(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_moment_that_is_none_is_refused() {
        assert!(parse(&TEXT.replace("2022-08-15T22", "2022-08-15 22")).is_err());
    }
}

//! The build type of a reusable workflow that builds: that of GitHub's workflows, and what the workflow built with.

use serde_json::{Map, Value};

use super::ProvenanceInputError;
use crate::predicate::error::{PredicateInput, PredicateInputError, shown};
use crate::predicate::{input, uri};

/// The names that [`WORKFLOW_BUILD_TYPE`](super::WORKFLOW_BUILD_TYPE) gives to what the token and the event tell.
const RESERVED: [&str; 4] = ["inputs", "release", "vars", "workflow"];

/// A build type with external parameters beside those of GitHub's workflows.
///
/// Whoever fixed them must be out of the build's reach: they are signed as the workflow's own word.
#[derive(Clone, Debug, PartialEq)]
pub struct ExtendedBuildType {
    pub(super) uri: String,
    pub(super) parameters: Map<String, Value>,
}

impl ExtendedBuildType {
    /// Takes the type's URI, and the parameters as a JSON object.
    ///
    /// # Errors
    /// [`ProvenanceInputError::BuildType`] and [`ProvenanceInputError::Parameters`];
    /// [`PredicateInputError::TooLarge`] and [`PredicateInputError::Json`].
    pub fn new(uri: &str, parameters: &[u8]) -> Result<Self, PredicateInputError> {
        if !uri::is_absolute(uri) {
            return Err(ProvenanceInputError::BuildType { found: shown(uri) }.into());
        }
        let checked = input::checked(PredicateInput::Parameters, parameters)?;
        let parameters: Map<String, Value> = input::fields(PredicateInput::Parameters, checked)?;
        if parameters.is_empty() {
            return Err(ProvenanceInputError::Parameters { found: None }.into());
        }
        if let Some(name) = parameters.keys().find(|name| RESERVED.contains(&name.as_str())) {
            let found = Some(shown(name));
            return Err(ProvenanceInputError::Parameters { found }.into());
        }
        Ok(Self {
            uri: uri.to_owned(),
            parameters,
        })
    }

    /// Returns the names of the parameters.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use slsa_predicates::json::JsonError;

    use super::*;

    const TYPE: &str = "https://example.com/build/v1";

    #[test]
    fn parameters_are_an_object_of_further_names_without_duplicates() {
        let built = ExtendedBuildType::new(TYPE, br#"{"image": {"uri": "x"}}"#).unwrap();
        assert_eq!(built.uri, TYPE);
        assert_eq!(
            Value::from(built.parameters).to_string(),
            r#"{"image":{"uri":"x"}}"#
        );

        let refusal = |uri, bytes: &str| ExtendedBuildType::new(uri, bytes.as_bytes()).unwrap_err();
        let found = "build".to_owned();
        assert_eq!(
            refusal("build", r#"{"a": 1}"#),
            ProvenanceInputError::BuildType { found }.into()
        );
        assert_eq!(
            refusal(TYPE, "{}"),
            ProvenanceInputError::Parameters { found: None }.into()
        );
        for name in RESERVED {
            let found = Some(name.to_owned());
            assert_eq!(
                refusal(TYPE, &format!(r#"{{"{name}": {{}}}}"#)),
                ProvenanceInputError::Parameters { found }.into()
            );
        }
        assert!(matches!(
            refusal(TYPE, r#"{"a": 1, "a": 2}"#),
            PredicateInputError::Json {
                input: PredicateInput::Parameters,
                source: JsonError::DuplicateKey { .. }
            }
        ));
        assert!(matches!(refusal(TYPE, "[]"), PredicateInputError::Json { .. }));
    }
}

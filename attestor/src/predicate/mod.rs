//! What the attestor says of artifacts: predicates, made of verified claims or of files that a job hands over.
//!
//! ```text
//! Claims, BuildDetails ─ provenance_v1, provenance_v02 ─────────┐
//! bytes ─ size ─ json::check ─ sbom, openvex, … ─ typed form ───┴→ NewPredicate ─ statement(subjects) ─→ Statement
//! ```
//!
//! A file is never believed for what only the control plane knows: [`custom()`] makes no predicate of a type that
//! is of slsa.dev, since whoever wrote the file would then be the author of the provenance.

mod custom;
mod error;
mod input;
mod junit;
mod provenance;
mod release;
mod sarif;
mod sbom;
mod scan;
mod test_result;
mod uri;
mod vex;
mod vsa;

use serde::Serialize;
use serde::ser::Serializer;
use serde_json::value::{RawValue, to_raw_value};
use slsa_predicates::json::JsonError;
use slsa_predicates::predicate::types;
use slsa_predicates::{Predicate, Statement, StatementError, StatementLimits, Subject};

pub use custom::{CustomError, custom};
pub use error::{PredicateInput, PredicateInputError};
pub use input::{MAX_PREDICATE_BYTES, MAX_REPORT_BYTES};
pub use junit::{JunitError, junit};
pub use provenance::{
    BuildDetails, ExtendedBuildType, ExternalInputs, GITLAB_PIPELINE_BUILD_TYPE, ProvenanceInputError,
    WORKFLOW_BUILD_TYPE, provenance_v1, provenance_v02,
};
pub use release::{ReleaseDetails, ReleaseError, release};
pub use sarif::{SarifError, sarif};
pub use sbom::{SbomError, sbom};
pub use scan::{ScanDetails, ScanError, scan};
pub use test_result::TestDetails;
pub use vex::{VexError, openvex};
pub use vsa::{Summary, SummaryDetails, VerdictError, verification_summary};

/// A predicate to be signed: its type, and a text that has the form which this type demands.
///
/// A file that becomes the predicate as it is, such as a bill of materials, keeps its text to the byte.
#[derive(Clone, Debug)]
pub struct NewPredicate {
    predicate_type: String,
    content: Box<RawValue>,
}

impl NewPredicate {
    /// Returns the predicate's type (`predicateType`).
    #[must_use]
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// Returns the predicate's text, a JSON object.
    #[must_use]
    pub fn json(&self) -> &str {
        self.content.get()
    }

    /// Makes the statement that says this of these subjects.
    ///
    /// # Errors
    /// As [`Statement::new`].
    pub fn statement(&self, subjects: impl Into<Vec<Subject>>) -> Result<Statement, StatementError> {
        if self.predicate_type != types::PROVENANCE_V02 {
            return Statement::new(&self.predicate_type, subjects, self);
        }
        // Provenance v0.2 is for verifiers that are older than statements v1, and its specification knows v0.1 only.
        let subjects = subjects.into();
        let statement = StatementV01 {
            statement_type: "https://in-toto.io/Statement/v0.1",
            subject: subjects.iter().map(Subject::descriptor).collect(),
            predicate_type: &self.predicate_type,
            predicate: &self.content,
        };
        let text = serde_json::to_vec(&statement).map_err(JsonError::from)?;
        Statement::parse(&text, &StatementLimits::default())
    }

    /// Writes a predicate that was made here.
    fn written(predicate_type: &str, predicate: &impl Serialize) -> Result<Self, PredicateInputError> {
        let content = to_raw_value(predicate).map_err(JsonError::from)?;
        Self::checked(predicate_type, content)
    }

    /// Takes over a document of which `input::checked` has said that it is good.
    fn taken_over(predicate_type: &str, checked: &str) -> Result<Self, PredicateInputError> {
        let content: Box<RawValue> = serde_json::from_str(checked).map_err(JsonError::from)?;
        Self::checked(predicate_type, content)
    }

    /// Demands what a verifier will demand: the size, and the form of the type.
    fn checked(predicate_type: &str, content: Box<RawValue>) -> Result<Self, PredicateInputError> {
        let found = content.get().len();
        if found > MAX_PREDICATE_BYTES {
            return Err(PredicateInputError::TooLarge {
                input: PredicateInput::Predicate,
                found,
                limit: MAX_PREDICATE_BYTES,
            });
        }
        Predicate::parse(predicate_type, content.get(), &StatementLimits::default())?;
        Ok(Self {
            predicate_type: predicate_type.to_owned(),
            content,
        })
    }
}

impl Serialize for NewPredicate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.content.serialize(serializer)
    }
}

#[derive(Serialize)]
struct StatementV01<'a> {
    #[serde(rename = "_type")]
    statement_type: &'static str,
    subject: Vec<&'a slsa_predicates::ResourceDescriptor>,
    #[serde(rename = "predicateType")]
    predicate_type: &'a str,
    predicate: &'a RawValue,
}

/// What the tests of several kinds need.
#[cfg(test)]
mod testing {
    use slsa_predicates::{Digest, Predicate, Statement, Subject};

    use super::NewPredicate;

    pub(super) fn statement(predicate: &NewPredicate) -> Statement {
        let digest = Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
        predicate.statement([Subject::new("a", digest)]).unwrap()
    }

    /// The predicate as a verifier reads it.
    pub(super) fn typed(predicate: &NewPredicate) -> Predicate {
        statement(predicate).predicate().unwrap()
    }

    pub(super) fn value(predicate: &NewPredicate) -> serde_json::Value {
        serde_json::from_str(predicate.json()).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slsa_predicates::StatementType;

    use super::*;

    #[test]
    fn a_predicate_becomes_a_statement_that_keeps_its_text() {
        let predicate = NewPredicate::taken_over("https://example.com/x", " { \"a\" : 1.50 }\n").unwrap();
        let statement = testing::statement(&predicate);
        assert_eq!(statement.statement_type(), StatementType::V1);
        assert_eq!(statement.predicate_json(), "{ \"a\" : 1.50 }");
    }

    #[test]
    fn a_predicate_that_a_verifier_could_not_read_is_not_made() {
        let release = |predicate| NewPredicate::written(types::RELEASE_V01, &predicate);
        assert!(release(json!({"purl": "pkg:npm/a@1"})).is_ok());
        assert!(matches!(
            release(json!({"name": "a"})),
            Err(PredicateInputError::Predicate(_))
        ));
    }

    #[test]
    fn a_predicate_may_have_16_mib_and_no_byte_more() {
        let of = |bytes: usize| NewPredicate::written("https://e/x", &json!({"a": "x".repeat(bytes - 8)}));
        assert_eq!(of(MAX_PREDICATE_BYTES).unwrap().json().len(), MAX_PREDICATE_BYTES);
        let error = PredicateInputError::TooLarge {
            input: PredicateInput::Predicate,
            found: MAX_PREDICATE_BYTES + 1,
            limit: MAX_PREDICATE_BYTES,
        };
        assert_eq!(of(MAX_PREDICATE_BYTES + 1).unwrap_err(), error);
    }
}

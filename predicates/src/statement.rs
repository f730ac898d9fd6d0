//! The statement: which artifacts, and what is said of them.
//!
//! Source: in-toto attestation specification v1, `statement.md`, and v0.1.

mod error;
mod limits;
mod parse;
mod statement_type;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Value, value};

use crate::json::JsonError;
use crate::predicate::{Predicate, PredicateError};
use crate::raw_json::RawJson;
use crate::subject::Subject;

pub use error::StatementError;
pub use limits::StatementLimits;
pub use statement_type::StatementType;

/// An in-toto statement, read and checked for its form; whether anybody signed it is not known here.
///
/// There is at least one subject, and each has a digest. The predicate is kept as the text that was signed
/// and becomes typed values when [`predicate`](Self::predicate) is called.
#[derive(Clone, Debug)]
pub struct Statement {
    statement_type: StatementType,
    subjects: Vec<Subject>,
    predicate_type: String,
    /// Nothing where the predicate is unset or null.
    predicate: Option<RawJson>,
    extra: BTreeMap<String, RawJson>,
    limits: StatementLimits,
}

impl Statement {
    /// Parses a statement, such as the payload of a DSSE envelope.
    ///
    /// Unknown fields are ignored, and kept for [`to_json`](Self::to_json). The memory taken is at most three times
    /// the size of the text and what the limits allow for values in subjects, about 25 MiB by default.
    ///
    /// # Errors
    /// Each [`StatementError`]. The whole document is checked first, the predicate included: duplicate keys
    /// on any level are [`StatementError::Json`].
    pub fn parse(bytes: &[u8], limits: &StatementLimits) -> Result<Self, StatementError> {
        parse::statement(bytes, limits)
    }

    /// Makes a statement (v1) that says this predicate of these subjects.
    ///
    /// # Errors
    /// What [`parse`](Self::parse) would not accept with default limits is not made; and
    /// [`StatementError::Json`] where the predicate cannot be written as JSON.
    pub fn new(
        predicate_type: impl Into<String>,
        subjects: impl Into<Vec<Subject>>,
        predicate: &impl Serialize,
    ) -> Result<Self, StatementError> {
        let predicate = value::to_raw_value(predicate).map_err(|e| JsonError::from_parser(&e))?;
        let limits = StatementLimits::default();
        let statement = Self {
            statement_type: StatementType::V1,
            subjects: subjects.into(),
            predicate_type: predicate_type.into(),
            predicate: Some(RawJson::new(predicate)),
            extra: BTreeMap::new(),
            limits,
        };
        Self::parse(statement.to_json().as_bytes(), &limits)
    }

    /// Returns the version of the statement's form (`_type`).
    pub fn statement_type(&self) -> StatementType {
        self.statement_type
    }

    /// Returns the subjects, in their order; never empty.
    pub fn subjects(&self) -> &[Subject] {
        &self.subjects
    }

    /// Returns the predicate's type (`predicateType`); never empty.
    pub fn predicate_type(&self) -> &str {
        &self.predicate_type
    }

    /// Returns the predicate's text, an object, exactly as it was read; `{}` where it is unset or null.
    pub fn predicate_json(&self) -> &str {
        self.predicate.as_ref().map_or("{}", RawJson::get)
    }

    /// Parses the predicate into the values of its type; of a type not known here, into
    /// [`Predicate::Other`].
    ///
    /// # Errors
    /// [`PredicateError`] where the predicate has not the form that its type demands, or has more values than
    /// [`StatementLimits::predicate_values`].
    pub fn predicate(&self) -> Result<Predicate, PredicateError> {
        Predicate::from_checked(&self.predicate_type, self.predicate_json(), &self.limits)
    }

    /// Returns the fields that the specification does not have.
    pub fn extra(&self) -> &BTreeMap<String, RawJson> {
        &self.extra
    }

    /// Returns the statement as JSON. Parsed again, it is equal to this one; the text may differ from what
    /// was read, but for the predicate.
    pub fn to_json(&self) -> String {
        let subjects = self
            .subjects
            .iter()
            .map(|s| Value::Object(s.descriptor().to_object()));
        let mut json = format!(
            r#"{{"_type":{},"subject":{},"predicateType":{},"predicate":{}"#,
            Value::from(self.statement_type.as_str()),
            Value::Array(subjects.collect()),
            Value::from(self.predicate_type.as_str()),
            self.predicate_json(),
        );
        for (key, value) in &self.extra {
            json.push(',');
            json.push_str(&Value::from(key.as_str()).to_string());
            json.push(':');
            json.push_str(value.get());
        }
        json.push('}');
        json
    }
}

impl PartialEq for Statement {
    /// Compares what is said, not the limits under which it was read.
    fn eq(&self, other: &Self) -> bool {
        self.statement_type == other.statement_type
            && self.subjects == other.subjects
            && self.predicate_type == other.predicate_type
            && self.predicate_json() == other.predicate_json()
            && self.extra == other.extra
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::digest::Digest;

    fn subject() -> Subject {
        Subject::new("a", Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap())
    }

    #[test]
    fn a_statement_is_made_written_and_read_again() {
        let made = Statement::new("https://example.com/x", [subject()], &json!({"a": 1})).unwrap();
        assert_eq!(made.statement_type(), StatementType::V1);
        assert_eq!(made.predicate_json(), r#"{"a":1}"#);
        let read = Statement::parse(made.to_json().as_bytes(), &StatementLimits::default()).unwrap();
        assert_eq!(read, made);
    }

    #[test]
    fn what_could_not_be_read_is_not_made() {
        let none: [Subject; 0] = [];
        assert_eq!(
            Statement::new("t", none, &json!({})),
            Err(StatementError::NoSubjects)
        );
        assert_eq!(
            Statement::new("", [subject()], &json!({})),
            Err(StatementError::MissingPredicateType)
        );
        assert_eq!(
            Statement::new("t", [subject()], &json!([])),
            Err(StatementError::PredicateNotAnObject)
        );
    }

    #[test]
    fn unknown_fields_and_the_predicates_text_survive() {
        let text = format!(
            r#"{{"later":{{"b": 1.50}},"_type":"https://in-toto.io/Statement/v0.1","subject":[{{"digest":{{"sha256":"{}"}},"x":1}}],"predicateType":"t","predicate":{{ "z": 1e2,"a":1 }}}}"#,
            "a".repeat(64)
        );
        let read = Statement::parse(text.as_bytes(), &StatementLimits::default()).unwrap();
        assert_eq!(read.predicate_json(), r#"{ "z": 1e2,"a":1 }"#);
        assert_eq!(read.extra()["later"].get(), r#"{"b": 1.50}"#);
        assert_eq!(read.subjects()[0].descriptor().extra["x"], 1);
        let again = Statement::parse(read.to_json().as_bytes(), &StatementLimits::default()).unwrap();
        assert_eq!(again, read);
    }
}

//! OpenVEX documents: which vulnerabilities matter, and why.
//!
//! Source: OpenVEX specification v0.2.0; the type is the document's own `@context`.

use serde::Deserialize;
use slsa_predicates::predicate::types;

use super::error::{PredicateInput, PredicateInputError, shown};
use super::{NewPredicate, input};

/// Why a document is not OpenVEX.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VexError {
    /// The `@context` is not that of OpenVEX, with or without a version.
    #[error("@context \"{found}\" is not {}", types::OPEN_VEX)]
    Context {
        /// The context, cut, printable.
        found: String,
    },
    /// A required field is unset or empty.
    #[error("no {field}")]
    Missing {
        /// The field.
        field: &'static str,
    },
    /// There are no statements.
    #[error("no statements")]
    NoStatements,
    /// A statement has a status that is not one of the four; statements count from 0.
    #[error("statement {index} has unknown status \"{found}\"")]
    Status {
        /// Which statement.
        index: usize,
        /// Its status, cut, printable.
        found: String,
    },
    /// A statement says that something is not affected, and not why.
    #[error("statement {index} is not_affected without justification or impact_statement")]
    Unjustified {
        /// Which statement.
        index: usize,
    },
}

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@context", default)]
    context: String,
    #[serde(rename = "@id", default)]
    id: String,
    #[serde(default)]
    author: String,
    timestamp: Option<slsa_predicates::Timestamp>,
    #[serde(default)]
    statements: Vec<Statement>,
}

#[derive(Deserialize)]
struct Statement {
    #[serde(default)]
    status: String,
    justification: Option<String>,
    impact_statement: Option<String>,
}

/// Makes the predicate of an OpenVEX document, which keeps its text.
///
/// # Errors
/// [`VexError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`].
pub fn openvex(bytes: &[u8]) -> Result<NewPredicate, PredicateInputError> {
    let text = input::checked(PredicateInput::Vex, bytes)?;
    let document: Document = input::fields(PredicateInput::Vex, text)?;
    check(&document)?;
    NewPredicate::taken_over(&document.context, text)
}

fn check(document: &Document) -> Result<(), VexError> {
    if !is_context(&document.context) {
        let found = shown(&document.context);
        return Err(VexError::Context { found });
    }
    let fields = [
        ("@id", document.id.is_empty()),
        ("author", document.author.is_empty()),
        ("timestamp", document.timestamp.is_none()),
    ];
    if let Some((field, _)) = fields.into_iter().find(|(_, missing)| *missing) {
        return Err(VexError::Missing { field });
    }
    if document.statements.is_empty() {
        return Err(VexError::NoStatements);
    }
    for (index, statement) in document.statements.iter().enumerate() {
        match statement.status.as_str() {
            "affected" | "fixed" | "under_investigation" => {}
            "not_affected" => {
                let reasons = [&statement.justification, &statement.impact_statement];
                let given = |reason: &&Option<String>| reason.as_deref().is_some_and(|text| !text.is_empty());
                if !reasons.iter().any(given) {
                    return Err(VexError::Unjustified { index });
                }
            }
            other => {
                let found = shown(other);
                return Err(VexError::Status { index, found });
            }
        }
    }
    Ok(())
}

/// The namespace, or the namespace with a version: `/v0.2.0`.
fn is_context(context: &str) -> bool {
    let is_version = |rest: &str| {
        let version = rest.strip_prefix("/v").unwrap_or_default();
        !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
    };
    context
        .strip_prefix(types::OPEN_VEX)
        .is_some_and(|rest| rest.is_empty() || is_version(rest))
}

#[cfg(test)]
mod tests {
    use slsa_predicates::Predicate;

    use super::*;
    use crate::predicate::testing::typed;

    const TEXT: &str = r#"{"@context":"https://openvex.dev/ns/v0.2.0","@id":"https://example.com/vex/1","author":"team",
        "timestamp":"2026-01-02T03:04:05Z","version":1,"statements":[{"vulnerability":{"name":"CVE-2026-1"},
        "products":[{"@id":"pkg:oci/app"}],"status":"not_affected","justification":"component_not_present"}]}"#;

    fn refusal(good: &str, bad: &str) -> PredicateInputError {
        assert!(TEXT.contains(good), "{good}");
        openvex(TEXT.replace(good, bad).as_bytes()).unwrap_err()
    }

    #[test]
    fn a_document_is_of_the_type_that_its_context_names() {
        for context in ["https://openvex.dev/ns/v0.2.0", "https://openvex.dev/ns"] {
            let text = TEXT.replace("https://openvex.dev/ns/v0.2.0", context);
            let made = openvex(text.as_bytes()).unwrap();
            assert_eq!((made.predicate_type(), made.json()), (context, text.as_str()));
            assert!(matches!(typed(&made), Predicate::OpenVex(_)));
        }
    }

    #[test]
    fn another_context_is_refused() {
        for bad in [
            "https://openvex.dev/ns/0.2.0",
            "https://openvex.dev/nsx",
            "https://cyclonedx.org/bom",
            "",
        ] {
            let error = VexError::Context {
                found: bad.to_owned(),
            };
            assert_eq!(refusal("https://openvex.dev/ns/v0.2.0", bad), error.into());
        }
    }

    #[test]
    fn a_document_without_identifier_author_time_or_statements_is_refused() {
        for (field, renamed) in [("@id", "id"), ("author", "by"), ("timestamp", "time")] {
            let error = VexError::Missing { field };
            let (good, bad) = (format!("{{\"{field}\""), format!("{{\"{renamed}\""));
            let (good, bad) = if field == "@id" {
                (r#""@id":"https"#.to_owned(), r#""id":"https"#.to_owned())
            } else {
                (good.replace('{', ""), bad.replace('{', ""))
            };
            assert_eq!(refusal(&good, &bad), error.into());
        }
        assert_eq!(refusal("statements", "x"), VexError::NoStatements.into());
    }

    #[test]
    fn a_status_must_be_known_and_not_affected_must_have_a_reason() {
        let error = VexError::Status {
            index: 0,
            found: "harmless".to_owned(),
        };
        assert_eq!(refusal("\"not_affected\"", "\"harmless\""), error.into());
        assert_eq!(
            refusal("justification", "x"),
            VexError::Unjustified { index: 0 }.into()
        );
        let impact = TEXT.replace("justification", "impact_statement");
        assert!(openvex(impact.as_bytes()).is_ok());
    }
}

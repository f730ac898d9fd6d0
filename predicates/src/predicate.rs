//! What a statement says, by type.

pub mod link;
pub mod npm_publish;
pub mod provenance_v01;
pub mod provenance_v02;
pub mod provenance_v1;
pub mod release;
pub mod scai;
pub mod simple_verification_result;
pub mod test_result;
pub mod types;
pub mod verification_summary;
pub mod vulnerabilities;

mod document;

use serde::de::DeserializeOwned;

use crate::json::{self, JsonError, JsonLimits};
use crate::raw_json::RawJson;
use crate::shown::shown;
use crate::statement::StatementLimits;

pub use document::Document;

/// What a statement says, as values of its type.
///
/// Fields that a type does not have are kept in `extra`; a field that is unset, null or empty reads the same.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Predicate {
    /// SLSA provenance v1.
    ProvenanceV1(Box<provenance_v1::Provenance>),
    /// SLSA provenance v0.2.
    ProvenanceV02(Box<provenance_v02::Provenance>),
    /// SLSA provenance v0.1.
    ProvenanceV01(Box<provenance_v01::Provenance>),
    /// SLSA verification summary v1.
    VerificationSummary(Box<verification_summary::VerificationSummary>),
    /// An SPDX bill of materials; the version is that of SPDX, such as `SPDX-2.3`.
    Spdx(Document),
    /// A CycloneDX bill of materials; the version is that of CycloneDX, such as `1.5`.
    CycloneDx(Document),
    /// An OpenVEX document; the version is its `@context`.
    OpenVex(Document),
    /// Vulnerabilities v0.1 or v0.2.
    Vulnerabilities(Box<vulnerabilities::Vulnerabilities>),
    /// Test result v0.1.
    TestResult(Box<test_result::TestResult>),
    /// Link v0.3.
    Link(Box<link::Link>),
    /// Release v0.1 or v0.2, which GitHub's immutable releases use with fields of their own.
    Release(Box<release::Release>),
    /// SCAI attribute report v0.2 or v0.3.
    Scai(Box<scai::AttributeReport>),
    /// npm's publish attestation v0.1.
    NpmPublish(Box<npm_publish::NpmPublish>),
    /// Simple verification result v0.1.
    SimpleVerificationResult(Box<simple_verification_result::SimpleVerificationResult>),
    /// Another type, and the text.
    Other(String, RawJson),
}

/// A predicate has not the form that its type demands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("predicate of type {predicate_type}: {source}")]
#[non_exhaustive]
pub struct PredicateError {
    /// The type, cut, printable.
    pub predicate_type: String,
    /// What is wrong; lines and columns count from the predicate's beginning.
    pub source: JsonError,
}

impl Predicate {
    /// Parses a predicate of this type.
    ///
    /// The type is compared exactly; one that is not known here gives [`Predicate::Other`].
    ///
    /// # Errors
    /// [`PredicateError`] where the text is not JSON, ambiguous, no object, beyond a limit or not of the form
    /// that the type demands.
    pub fn parse(
        predicate_type: &str,
        raw_json: &str,
        limits: &StatementLimits,
    ) -> Result<Self, PredicateError> {
        json::check(raw_json.as_bytes(), &limits.json).map_err(|e| error(predicate_type, e))?;
        Self::from_checked(predicate_type, raw_json, limits)
    }

    /// Parses a predicate of which [`json::check`] has said that it is good.
    pub(crate) fn from_checked(
        predicate_type: &str,
        text: &str,
        limits: &StatementLimits,
    ) -> Result<Self, PredicateError> {
        match predicate_type {
            types::PROVENANCE_V1 => typed(text, limits).map(Self::ProvenanceV1),
            types::PROVENANCE_V02 => typed(text, limits).map(Self::ProvenanceV02),
            types::PROVENANCE_V01 => typed(text, limits).map(Self::ProvenanceV01),
            types::VERIFICATION_SUMMARY_V1 => typed(text, limits).map(Self::VerificationSummary),
            types::VULNERABILITIES_V01 | types::VULNERABILITIES_V02 => {
                typed(text, limits).map(Self::Vulnerabilities)
            }
            types::TEST_RESULT_V01 => typed(text, limits).map(Self::TestResult),
            types::LINK_V03 => typed(text, limits).map(Self::Link),
            types::RELEASE_V01 | types::RELEASE_V02 => typed(text, limits).map(Self::Release),
            types::SCAI_V02 | types::SCAI_V03 => typed(text, limits).map(Self::Scai),
            types::NPM_PUBLISH_V01 => typed(text, limits).map(Self::NpmPublish),
            types::SIMPLE_VERIFICATION_RESULT_V01 => typed(text, limits).map(Self::SimpleVerificationResult),
            other if types::is_version_of(other, types::SPDX) => Document::spdx(text).map(Self::Spdx),
            other if types::is_version_of(other, types::CYCLONE_DX) => {
                Document::cyclone_dx(text).map(Self::CycloneDx)
            }
            other if types::is_version_of(other, types::OPEN_VEX) => {
                Document::open_vex(text).map(Self::OpenVex)
            }
            other => document::object(text).map(|raw| Self::Other(other.to_owned(), raw)),
        }
        .map_err(|source| error(predicate_type, source))
    }
}

/// Counts the values, then builds them.
fn typed<T: DeserializeOwned>(text: &str, limits: &StatementLimits) -> Result<Box<T>, JsonError> {
    let limits = JsonLimits {
        values: limits.predicate_values,
        ..limits.json
    };
    json::from_slice(text.as_bytes(), &limits).map(Box::new)
}

fn error(predicate_type: &str, source: JsonError) -> PredicateError {
    PredicateError {
        predicate_type: shown(predicate_type, 128),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(predicate_type: &str, text: &str) -> Result<Predicate, PredicateError> {
        Predicate::parse(predicate_type, text, &StatementLimits::default())
    }

    #[test]
    fn an_unknown_type_is_kept_as_text_and_must_be_an_object() {
        let Ok(Predicate::Other(name, raw)) = parse("https://example.com/x", r#"{ "a":1}"#) else {
            panic!("expected another type");
        };
        assert_eq!(
            (name.as_str(), raw.get()),
            ("https://example.com/x", r#"{ "a":1}"#)
        );
        assert!(parse("https://example.com/x", "[]").is_err());
    }

    #[test]
    fn a_type_is_compared_exactly() {
        let text = r#"{"name":"n","version":"1"}"#;
        assert!(matches!(
            parse(types::NPM_PUBLISH_V01, text),
            Ok(Predicate::NpmPublish(_))
        ));
        for other in [
            types::NPM_PUBLISH_V01.to_uppercase(),
            format!("{}/", types::NPM_PUBLISH_V01),
        ] {
            assert!(matches!(parse(&other, text), Ok(Predicate::Other(..))));
        }
    }

    #[test]
    fn a_duplicate_key_is_refused_in_opaque_predicates_too() {
        for predicate_type in [types::SPDX, "https://example.com/x"] {
            let err = parse(predicate_type, r#"{"a":{"b":1,"b":2}}"#).unwrap_err();
            assert_eq!(
                err.source,
                JsonError::DuplicateKey {
                    key: "b".into(),
                    line: 1
                }
            );
        }
    }

    #[test]
    fn values_of_typed_predicates_are_counted_and_those_of_opaque_ones_are_not() {
        let limits = StatementLimits {
            predicate_values: 5,
            ..StatementLimits::default()
        };
        let text = |n: usize| format!(r#"{{"name":"n","version":"1","x":[{}]}}"#, vec!["0"; n].join(","));
        assert!(Predicate::parse(types::NPM_PUBLISH_V01, &text(1), &limits).is_ok());
        assert_eq!(
            Predicate::parse(types::NPM_PUBLISH_V01, &text(2), &limits)
                .unwrap_err()
                .source,
            JsonError::TooManyValues { limit: 5 }
        );
        assert!(Predicate::parse(types::CYCLONE_DX, &text(99), &limits).is_ok());
    }
}

//! A predicate of the caller's own type.

use super::error::{PredicateInput, PredicateInputError, shown};
use super::{NewPredicate, input, uri};

/// Whose types are not for callers to fill: provenance and verification summaries.
const RESERVED_HOST: &str = "slsa.dev";

/// Why a predicate of the caller's own type was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CustomError {
    /// The type is not an absolute URI (RFC 3986, section 4.3).
    #[error("predicate type \"{found}\" is not an absolute URI")]
    Type {
        /// The type, cut, printable.
        found: String,
    },
    /// The type is one of slsa.dev. What it says is signed as this workflow's own word, so that a file from a build
    /// must not become it.
    #[error("predicate type \"{found}\" is reserved for what the attestor itself knows")]
    Reserved {
        /// The type, cut, printable.
        found: String,
    },
}

/// Makes a predicate of any type from a JSON object, which keeps its text.
///
/// Of a type that is known here, it must have that type's form.
///
/// # Errors
/// [`CustomError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`], and
/// [`PredicateInputError::Predicate`] for what is no object.
pub fn custom(predicate_type: &str, bytes: &[u8]) -> Result<NewPredicate, PredicateInputError> {
    let found = shown(predicate_type);
    if !uri::is_absolute(predicate_type) {
        return Err(CustomError::Type { found }.into());
    }
    if uri::host(predicate_type).as_deref() == Some(RESERVED_HOST) {
        return Err(CustomError::Reserved { found }.into());
    }
    let text = input::checked(PredicateInput::Custom, bytes)?;
    NewPredicate::taken_over(predicate_type, text)
}

#[cfg(test)]
mod tests {
    use slsa_predicates::Predicate;
    use slsa_predicates::json::JsonError;
    use slsa_predicates::predicate::types;

    use super::*;
    use crate::predicate::testing::typed;

    const TYPE: &str = "https://example.com/review/v1";

    #[test]
    fn an_object_of_any_type_is_taken_over_as_it_is() {
        let Predicate::Other(predicate_type, raw) = typed(&custom(TYPE, b"\n{\"a\": 1.0}\n").unwrap()) else {
            panic!("expected another type");
        };
        assert_eq!((predicate_type.as_str(), raw.get()), (TYPE, "{\"a\": 1.0}"));
    }

    #[test]
    fn what_is_no_object_or_has_two_meanings_is_refused() {
        assert!(matches!(
            custom(TYPE, b"[1]"),
            Err(PredicateInputError::Predicate(_))
        ));
        assert_eq!(
            custom(TYPE, br#"{"a":{"b":1,"b":2}}"#).unwrap_err(),
            PredicateInputError::Json {
                input: PredicateInput::Custom,
                source: JsonError::DuplicateKey {
                    key: "b".to_owned(),
                    line: 1
                }
            }
        );
    }

    #[test]
    fn a_type_that_is_no_absolute_uri_is_refused() {
        for found in ["review", "example.com/review"] {
            let error = CustomError::Type {
                found: found.to_owned(),
            };
            assert_eq!(custom(found, b"{}").unwrap_err(), error.into());
        }
    }

    #[test]
    fn provenance_and_summaries_are_not_made_of_a_callers_file() {
        assert!(custom("https://slsa.dev.example/provenance/v1", b"{}").is_ok());
        for found in [
            types::PROVENANCE_V1,
            types::PROVENANCE_V02,
            types::VERIFICATION_SUMMARY_V1,
            "http://SLSA.dev/provenance/v2",
        ] {
            let error = CustomError::Reserved {
                found: found.to_owned(),
            };
            assert_eq!(custom(found, b"{}").unwrap_err(), error.into());
        }
    }

    #[test]
    fn a_known_type_must_have_its_form() {
        assert!(custom(types::RELEASE_V02, br#"{"purl":"pkg:npm/a@1"}"#).is_ok());
        assert!(matches!(
            custom(types::RELEASE_V02, b"{}"),
            Err(PredicateInputError::Predicate(_))
        ));
    }
}

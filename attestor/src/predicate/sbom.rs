//! Bills of materials: SPDX 2 and 3, CycloneDX.
//!
//! Types: in-toto attestation predicates, `spdx2.md`, `spdx3.md`, `cyclonedx.md`, as actions/attest writes them.

use serde::Deserialize;
use slsa_predicates::predicate::types;

use super::error::{PredicateInput, PredicateInputError, shown};
use super::{NewPredicate, input};

/// Why a document is not a bill of materials that is known here.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SbomError {
    /// It has neither `spdxVersion`, nor the `@context` of SPDX 3, nor `bomFormat`.
    #[error("neither SPDX nor CycloneDX in JSON")]
    Unknown,
    /// It has the marks of more than one format: tools would read it differently.
    #[error("of more than one format at once")]
    Ambiguous,
    /// The version of the format is not one that is known here.
    #[error("{format} of unknown version \"{found}\"")]
    Version {
        /// The format.
        format: &'static str,
        /// Its version as it stands, cut, printable.
        found: String,
    },
    /// A field without which the format is not itself.
    #[error("{format} without {field}")]
    Missing {
        /// The format.
        format: &'static str,
        /// The field.
        field: &'static str,
    },
}

/// The fields by which formats are told apart.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    spdx_version: Option<String>,
    #[serde(rename = "SPDXID")]
    spdx_id: Option<String>,
    #[serde(rename = "@context")]
    context: Option<String>,
    #[serde(rename = "@graph")]
    graph: Option<Vec<serde::de::IgnoredAny>>,
    bom_format: Option<String>,
    spec_version: Option<String>,
}

/// Makes the predicate of a bill of materials, which keeps its text.
///
/// # Errors
/// [`SbomError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`].
pub fn sbom(bytes: &[u8]) -> Result<NewPredicate, PredicateInputError> {
    let text = input::checked(PredicateInput::Sbom, bytes)?;
    let head: Head = input::fields(PredicateInput::Sbom, text)?;
    let predicate_type = match (&head.spdx_version, &head.context, &head.bom_format) {
        (Some(version), None, None) => spdx_2(version, &head)?,
        (None, Some(context), None) => spdx_3(context, &head)?,
        (None, None, Some(format)) => cyclone_dx(format, &head)?,
        (None, None, None) => return Err(SbomError::Unknown.into()),
        _ => return Err(SbomError::Ambiguous.into()),
    };
    NewPredicate::taken_over(&predicate_type, text)
}

fn spdx_2(found: &str, head: &Head) -> Result<String, SbomError> {
    const FORMAT: &str = "SPDX";
    let version = found.strip_prefix("SPDX-").filter(|version| is_of(version, "2"));
    let version = version.ok_or_else(|| unknown_version(FORMAT, found))?;
    // SPDX 2.3, 6.3: the document's own identifier is this one.
    if head.spdx_id.as_deref() != Some("SPDXRef-DOCUMENT") {
        let field = "SPDXID SPDXRef-DOCUMENT";
        return Err(SbomError::Missing {
            format: FORMAT,
            field,
        });
    }
    Ok(format!("{}/v{version}", types::SPDX))
}

/// The context is fixed for each version (SPDX 3.0, annex "Serialization information"). The type has the first number
/// only.
fn spdx_3(found: &str, head: &Head) -> Result<String, SbomError> {
    const FORMAT: &str = "SPDX";
    let place = found.strip_prefix("https://spdx.org/rdf/");
    let version = place.and_then(|place| place.strip_suffix("/spdx-context.jsonld"));
    if !version.is_some_and(|version| is_of(version, "3")) {
        return Err(unknown_version(FORMAT, found));
    }
    if head.graph.is_none() {
        let field = "@graph";
        return Err(SbomError::Missing {
            format: FORMAT,
            field,
        });
    }
    Ok(format!("{}/v3", types::SPDX))
}

fn cyclone_dx(found: &str, head: &Head) -> Result<String, SbomError> {
    const FORMAT: &str = "CycloneDX";
    if found != FORMAT {
        return Err(SbomError::Unknown);
    }
    let version = head.spec_version.as_deref().unwrap_or_default();
    if version.is_empty() {
        let field = "specVersion";
        return Err(SbomError::Missing {
            format: FORMAT,
            field,
        });
    }
    if !is_of(version, "1") {
        return Err(unknown_version(FORMAT, version));
    }
    Ok(types::CYCLONE_DX.to_owned())
}

/// Returns whether a version is of this major one: `2.3`, `3.0.1`.
fn is_of(version: &str, major: &str) -> bool {
    let mut parts = version.split('.');
    let is_number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.next() == Some(major) && (2..=3).contains(&version.split('.').count()) && parts.all(is_number)
}

fn unknown_version(format: &'static str, found: &str) -> SbomError {
    let found = shown(found);
    SbomError::Version { format, found }
}

#[cfg(test)]
mod tests {
    use slsa_predicates::Predicate;
    use slsa_predicates::json::JsonError;

    use super::*;
    use crate::predicate::testing::typed;

    const SPDX_2: &str = r#"{"spdxVersion":"SPDX-2.3","SPDXID":"SPDXRef-DOCUMENT","packages":[]}"#;
    const SPDX_3: &str = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[]}"#;
    const CYCLONE_DX: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","version":1}"#;

    fn refusal(text: &str) -> PredicateInputError {
        sbom(text.as_bytes()).unwrap_err()
    }

    #[test]
    fn each_format_gets_its_type_and_keeps_its_text() {
        for (text, predicate_type) in [
            (SPDX_2, "https://spdx.dev/Document/v2.3"),
            (SPDX_3, "https://spdx.dev/Document/v3"),
            (CYCLONE_DX, "https://cyclonedx.org/bom"),
        ] {
            let made = sbom(text.as_bytes()).unwrap();
            assert_eq!((made.predicate_type(), made.json()), (predicate_type, text));
            match typed(&made) {
                Predicate::Spdx(document) | Predicate::CycloneDx(document) => {
                    assert_eq!(document.content().get(), text);
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn a_document_of_no_format_or_of_two_is_refused() {
        for text in [
            "{}",
            r#"{"SPDXID":"SPDXRef-DOCUMENT"}"#,
            &CYCLONE_DX.replace("CycloneDX", "x"),
        ] {
            assert_eq!(refusal(text), SbomError::Unknown.into());
        }
        for mark in [r#""bomFormat":"CycloneDX","#, r#""@context":"x","#] {
            let text = SPDX_2.replacen('{', &format!("{{{mark}"), 1);
            assert_eq!(refusal(&text), SbomError::Ambiguous.into());
        }
    }

    #[test]
    fn another_version_is_refused() {
        let version = |format, found: &str| {
            let found = found.to_owned();
            SbomError::Version { format, found }.into()
        };
        for (text, format, good, bad) in [
            (SPDX_2, "SPDX", "SPDX-2.3", "SPDX-1.2"),
            (SPDX_2, "SPDX", "SPDX-2.3", "2.3"),
            (SPDX_2, "SPDX", "SPDX-2.3", "SPDX-2"),
            (SPDX_2, "SPDX", "SPDX-2.3", "SPDX-2.3/x"),
            (
                SPDX_3,
                "SPDX",
                "https://spdx.org/rdf/3.0.1/spdx-context.jsonld",
                "https://openvex.dev/ns",
            ),
            (CYCLONE_DX, "CycloneDX", "1.6", "2.0"),
        ] {
            assert_eq!(refusal(&text.replace(good, bad)), version(format, bad));
        }
    }

    #[test]
    fn a_format_without_its_marks_is_refused() {
        for (text, cut, format, field) in [
            (
                SPDX_2,
                r#""SPDXID":"SPDXRef-DOCUMENT","#,
                "SPDX",
                "SPDXID SPDXRef-DOCUMENT",
            ),
            (SPDX_3, r#","@graph":[]"#, "SPDX", "@graph"),
            (CYCLONE_DX, r#""specVersion":"1.6","#, "CycloneDX", "specVersion"),
        ] {
            let error = SbomError::Missing { format, field };
            assert_eq!(refusal(&text.replace(cut, "")), error.into());
        }
    }

    #[test]
    fn a_duplicate_key_deep_inside_is_refused() {
        let source = JsonError::DuplicateKey {
            key: "name".to_owned(),
            line: 1,
        };
        let input = PredicateInput::Sbom;
        let text = SPDX_2.replace("[]", r#"[{"name":"a","name":"b"}]"#);
        assert_eq!(refusal(&text), PredicateInputError::Json { input, source });
    }
}

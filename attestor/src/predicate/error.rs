//! Why a predicate was not made.

use std::fmt;

use slsa_predicates::PredicateError;
use slsa_predicates::json::JsonError;

use super::{
    CustomError, JunitError, ProvenanceInputError, ReleaseError, SarifError, SbomError, ScanError,
    VerdictError, VexError,
};

/// Why a predicate was not made of what was given.
///
/// Texts from files are cut and escaped in all of these, so that an error can be printed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PredicateInputError {
    /// The input is larger than [`MAX_PREDICATE_BYTES`](super::MAX_PREDICATE_BYTES) or, where it is summarised,
    /// [`MAX_REPORT_BYTES`](super::MAX_REPORT_BYTES).
    #[error("{input} has {found} bytes, at most {limit} allowed")]
    TooLarge {
        /// What was given.
        input: PredicateInput,
        /// How many bytes it has.
        found: usize,
        /// How many it may have.
        limit: usize,
    },
    /// Not JSON, ambiguous JSON, beyond a limit on JSON, or a field of another type.
    #[error("{input}: {source}")]
    Json {
        /// What was given.
        input: PredicateInput,
        /// What is wrong with it.
        source: JsonError,
    },
    /// What was made cannot be written as JSON.
    #[error("the predicate: {0}")]
    Written(#[from] JsonError),
    /// What was made has not the form that its type demands, or is too large for a verifier.
    #[error(transparent)]
    Predicate(#[from] PredicateError),
    /// Provenance.
    #[error(transparent)]
    Provenance(#[from] ProvenanceInputError),
    /// A bill of materials.
    #[error("bill of materials: {0}")]
    Sbom(#[from] SbomError),
    /// An OpenVEX document.
    #[error("OpenVEX document: {0}")]
    Vex(#[from] VexError),
    /// A scanner's report.
    #[error("scanner's report: {0}")]
    Scan(#[from] ScanError),
    /// A SARIF log.
    #[error("SARIF log: {0}")]
    Sarif(#[from] SarifError),
    /// A JUnit report.
    #[error("JUnit report: {0}")]
    Junit(#[from] JunitError),
    /// A verdict.
    #[error("verdict: {0}")]
    Verdict(#[from] VerdictError),
    /// A release.
    #[error("release: {0}")]
    Release(#[from] ReleaseError),
    /// A predicate of the caller's own type.
    #[error("custom predicate: {0}")]
    Custom(#[from] CustomError),
    /// The run of the tests is named by something that is not an absolute URI (RFC 3986, section 4.3).
    #[error("the URL of the test run is not an absolute URI: \"{found}\"")]
    TestUrl {
        /// The text, cut, printable.
        found: String,
    },
}

/// What a predicate is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PredicateInput {
    /// A bill of materials.
    Sbom,
    /// An OpenVEX document.
    Vex,
    /// A scanner's report.
    Scan,
    /// A SARIF log.
    Sarif,
    /// A JUnit report.
    Junit,
    /// A verdict of `slsa-verify`.
    Verdict,
    /// A predicate of the caller's own type.
    Custom,
    /// External parameters of a build type.
    Parameters,
    /// The predicate itself, once it was made.
    Predicate,
}

impl fmt::Display for PredicateInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sbom => "bill of materials",
            Self::Vex => "OpenVEX document",
            Self::Scan => "scanner's report",
            Self::Sarif => "SARIF log",
            Self::Junit => "JUnit report",
            Self::Verdict => "verdict",
            Self::Custom => "custom predicate",
            Self::Parameters => "external parameters",
            Self::Predicate => "the predicate",
        })
    }
}

/// Returns a text from a file in a form that can be printed: control, format and quoting characters escaped, cut
/// after 64 characters (CVE-2026-45803).
pub(super) fn shown(text: &str) -> String {
    const LIMIT: usize = 64;
    let mut shown = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == LIMIT {
            shown.push('…');
            break;
        }
        let plain = c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' || c.is_alphanumeric();
        if plain {
            shown.push(c);
        } else {
            shown.extend(c.escape_unicode());
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn what_could_act_on_a_terminal_is_escaped_and_long_text_is_cut() {
        assert_eq!(shown("größe 1"), "größe 1");
        assert_eq!(shown("a\u{1b}[0m\u{202e}\""), r"a\u{1b}[0m\u{202e}\u{22}");
        assert_eq!(shown(&"a".repeat(64)), "a".repeat(64));
        assert_eq!(shown(&"a".repeat(65)), format!("{}…", "a".repeat(64)));
    }
}

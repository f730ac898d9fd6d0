//! Reading the files that predicates are made of. The job that wrote them is not trusted.

use serde::Deserialize;
use slsa_predicates::json::{self, JsonLimits};

use super::error::{PredicateInput, PredicateInputError};

/// How many bytes a predicate may have: 16 MiB, as actions/attest allows, and the largest payload that
/// `slsa-verify` reads. The subjects of the statement count there too.
pub const MAX_PREDICATE_BYTES: usize = 16 << 20;

/// How many bytes a report may have of which only a summary is signed: 32 MiB, the largest input that `slsa-verify`
/// reads.
pub const MAX_REPORT_BYTES: usize = 32 << 20;

/// How many JSON values a report may have, since some become values in memory: real ones have one in 30 bytes or
/// more.
const MAX_REPORT_VALUES: usize = 1_000_000;

/// Checks a document that becomes the predicate as it is, and returns its text.
pub(super) fn checked(input: PredicateInput, bytes: &[u8]) -> Result<&str, PredicateInputError> {
    limited(input, bytes, MAX_PREDICATE_BYTES)?;
    json::check(bytes, &JsonLimits::default())
        .and_then(|()| json::from_checked_slice::<&serde_json::value::RawValue>(bytes))
        .map(serde_json::value::RawValue::get)
        .map_err(|source| PredicateInputError::Json { input, source })
}

/// Reads some fields of a document that was checked.
pub(super) fn fields<'de, T: Deserialize<'de>>(
    input: PredicateInput,
    checked: &'de str,
) -> Result<T, PredicateInputError> {
    json::from_checked_slice(checked.as_bytes()).map_err(|source| PredicateInputError::Json { input, source })
}

/// Reads a report of which a summary will be made.
pub(super) fn report<'de, T: Deserialize<'de>>(
    input: PredicateInput,
    bytes: &'de [u8],
) -> Result<T, PredicateInputError> {
    limited(input, bytes, MAX_REPORT_BYTES)?;
    let limits = JsonLimits {
        values: MAX_REPORT_VALUES,
        ..JsonLimits::default()
    };
    json::from_slice(bytes, &limits).map_err(|source| PredicateInputError::Json { input, source })
}

pub(super) fn limited(input: PredicateInput, bytes: &[u8], limit: usize) -> Result<(), PredicateInputError> {
    let found = bytes.len();
    if found > limit {
        return Err(PredicateInputError::TooLarge { input, found, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use slsa_predicates::json::JsonError;

    use super::*;

    #[test]
    fn a_document_beyond_its_limit_is_refused_before_it_is_parsed() {
        let mut bytes = vec![b' '; MAX_PREDICATE_BYTES - 2];
        bytes.extend(b"{}");
        assert_eq!(checked(PredicateInput::Sbom, &bytes), Ok("{}"));
        bytes.push(b'!');
        assert_eq!(
            checked(PredicateInput::Sbom, &bytes),
            Err(PredicateInputError::TooLarge {
                input: PredicateInput::Sbom,
                found: MAX_PREDICATE_BYTES + 1,
                limit: MAX_PREDICATE_BYTES
            })
        );
    }

    #[test]
    fn a_report_with_more_values_than_real_ones_is_refused() {
        let report = |n: usize| {
            let text = format!("[{}]", vec!["0"; n].join(","));
            report::<serde::de::IgnoredAny>(PredicateInput::Scan, text.as_bytes()).map(drop)
        };
        assert_eq!(report(MAX_REPORT_VALUES - 1), Ok(()));
        let source = JsonError::TooManyValues {
            limit: MAX_REPORT_VALUES,
        };
        let input = PredicateInput::Scan;
        assert_eq!(
            report(MAX_REPORT_VALUES),
            Err(PredicateInputError::Json { input, source })
        );
    }
}

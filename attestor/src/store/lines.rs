//! Several bundles in one file: JSON Lines (<https://jsonlines.org>).

use slsa_predicates::json::{self, JsonError, JsonLimits};
use slsa_verifier::Limits;

/// Bytes of a file with several bundles: 32 MiB, what the verifier reads by default.
pub const MAX_LINES_BYTES: usize = 32 << 20;

/// Why bundles were not put into one file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LinesError {
    /// There are none.
    #[error("no bundle to store")]
    Empty,
    /// A bundle is not JSON.
    #[error("bundle {position}: {fault}")]
    Json {
        /// Which, from 1 on.
        position: usize,
        /// In which way.
        fault: JsonError,
    },
    /// There are more than the verifier reads from one file.
    #[error("{found} bundles, at most {max} are read from one file")]
    TooMany {
        /// How many.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// Together they are larger than what the verifier reads from one file.
    #[error("more than {max} bytes of bundles for one file")]
    TooLarge {
        /// How many bytes there may be.
        max: usize,
    },
}

/// Puts bundles below each other, each in one line. Their texts stay as they are, but for the white space between
/// the parts of each.
///
/// # Errors
/// [`LinesError`].
pub fn json_lines<B: AsRef<[u8]>>(bundles: &[B]) -> Result<Vec<u8>, LinesError> {
    let (found, max) = (bundles.len(), Limits::default().attestations);
    if bundles.is_empty() {
        return Err(LinesError::Empty);
    }
    if found > max {
        return Err(LinesError::TooMany { found, max });
    }
    let mut lines = Vec::new();
    for (index, bundle) in bundles.iter().enumerate() {
        let bundle = bundle.as_ref();
        json::check(bundle, &JsonLimits::default()).map_err(|fault| LinesError::Json {
            position: index.saturating_add(1),
            fault,
        })?;
        compact(bundle, &mut lines);
        lines.push(b'\n');
        if lines.len() > MAX_LINES_BYTES {
            let max = MAX_LINES_BYTES;
            return Err(LinesError::TooLarge { max });
        }
    }
    Ok(lines)
}

/// Adds a checked document without the white space outside of its strings.
fn compact(json: &[u8], out: &mut Vec<u8>) {
    let (mut in_string, mut escaped) = (false, false);
    for byte in json {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' if !in_string => continue,
            b'"' if !escaped => in_string = !in_string,
            _ => {}
        }
        escaped = in_string && *byte == b'\\' && !escaped;
        out.push(*byte);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bundle_becomes_a_line_and_strings_stay_as_they_are() {
        let bundles = [
            "{\n  \"a\": \"x \\\" y\\\\\",\r\n\t\"b\" : [ 1 , 2.50 ]\n}\n",
            "{}",
        ];
        let lines = json_lines(&bundles).unwrap();
        let expected = "{\"a\":\"x \\\" y\\\\\",\"b\":[1,2.50]}\n{}\n";
        assert_eq!(String::from_utf8(lines).unwrap(), expected);
    }

    #[test]
    fn none_and_what_is_no_json_are_refused() {
        assert_eq!(json_lines::<&str>(&[]), Err(LinesError::Empty));
        let error = json_lines(&["{}", "{\"a\":1,\"a\":2}"]).unwrap_err();
        assert!(matches!(error, LinesError::Json { position: 2, .. }), "{error}");
    }

    #[test]
    fn as_many_as_the_verifier_reads_are_accepted_and_one_more_refused() {
        assert!(json_lines(&vec!["{}"; 1024]).is_ok());
        let too_many = LinesError::TooMany {
            found: 1025,
            max: 1024,
        };
        assert_eq!(json_lines(&vec!["{}"; 1025]), Err(too_many));
    }

    #[test]
    fn a_file_as_large_as_allowed_is_accepted_and_one_byte_more_refused() {
        assert_eq!(MAX_LINES_BYTES, Limits::default().input_bytes);
        let of_bytes = |bytes: usize| format!("\"{}\"", "a".repeat(bytes - 3));
        assert_eq!(
            json_lines(&[of_bytes(MAX_LINES_BYTES)]).map(|lines| lines.len()),
            Ok(MAX_LINES_BYTES)
        );
        let too_large = LinesError::TooLarge { max: MAX_LINES_BYTES };
        assert_eq!(json_lines(&[of_bytes(MAX_LINES_BYTES + 1)]), Err(too_large));
    }
}

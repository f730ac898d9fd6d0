//! Outputs of a step: the file whose path is in `GITHUB_OUTPUT`.

use std::path::Path;

use super::append::append;
use super::error::RunnerError;

/// Bytes that the outputs of one call may have together: 1 MB, what GitHub takes for a job. GitHub counts two bytes
/// for each unit of UTF-16, and so do we.
pub const MAX_OUTPUT_BYTES: u64 = 1_000_000;

/// Bytes of an output's name: 100. Our own bound.
pub const MAX_KEY_BYTES: usize = 100;

/// A line that ends a value, and that nobody can have foreseen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiter(String);

impl Delimiter {
    /// Returns the delimiter of these random bytes.
    #[must_use]
    pub fn from_random_bytes(bytes: &[u8; 16]) -> Self {
        Self(format!("slsa_attest_{}", hex::encode(bytes)))
    }

    /// Returns a new delimiter.
    ///
    /// # Errors
    /// [`RunnerError::NoRandom`].
    pub fn random() -> Result<Self, RunnerError> {
        let mut bytes = [0; 16];
        aws_lc_rs::rand::fill(&mut bytes).map_err(|_| RunnerError::NoRandom)?;
        Ok(Self::from_random_bytes(&bytes))
    }
}

/// Adds outputs, all or none, each as
///
/// ```text
/// key<<delimiter
/// value
/// delimiter
/// ```
///
/// A value may have several lines. NUL and CR are refused: a runner on Windows would read the latter as part of a
/// line's end.
///
/// # Errors
/// [`RunnerError`].
pub fn append_outputs(
    path: &Path,
    outputs: &[(&str, &str)],
    delimiter: &Delimiter,
) -> Result<(), RunnerError> {
    append(path, &heredocs(outputs, delimiter)?, None)
}

fn heredocs(outputs: &[(&str, &str)], Delimiter(delimiter): &Delimiter) -> Result<String, RunnerError> {
    let mut text = String::new();
    let mut found = 0_u64;
    let mut keys = std::collections::BTreeSet::new();
    for (key, value) in outputs {
        if !is_key(key) {
            let key = key.chars().take(80).collect();
            return Err(RunnerError::Key { key });
        }
        let owned = || (*key).to_owned();
        if !keys.insert(*key) {
            return Err(RunnerError::KeyTwice { key: owned() });
        }
        if let Some(character) = value.chars().find(|c| matches!(c, '\0' | '\r')) {
            return Err(RunnerError::Character {
                key: owned(),
                character,
            });
        }
        if key.contains(delimiter) || value.contains(delimiter) {
            return Err(RunnerError::Delimiter { key: owned() });
        }
        found = found
            .saturating_add(utf16_bytes(key))
            .saturating_add(utf16_bytes(value));
        if found > MAX_OUTPUT_BYTES {
            let max = MAX_OUTPUT_BYTES;
            return Err(RunnerError::TooLarge { found, max });
        }
        for part in [key, "<<", delimiter, "\n", value, "\n", delimiter, "\n"] {
            text.push_str(part);
        }
    }
    Ok(text)
}

/// A name as GitHub demands it of outputs.
fn is_key(key: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_';
    key.len() <= MAX_KEY_BYTES
        && key.bytes().next().is_some_and(is_letter)
        && key
            .bytes()
            .all(|byte| is_letter(byte) || byte.is_ascii_digit() || byte == b'-')
}

fn utf16_bytes(text: &str) -> u64 {
    let units = u64::try_from(text.encode_utf16().count()).unwrap_or(u64::MAX);
    units.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    fn delimiter() -> Delimiter {
        Delimiter::from_random_bytes(&[0xab; 16])
    }

    /// Reads outputs as the runner does: `key=value` or `key<<delimiter`, whichever comes first in a line.
    fn read_back(text: &str) -> BTreeMap<String, String> {
        let mut outputs = BTreeMap::new();
        let mut lines = text.split('\n');
        while let Some(line) = lines.next() {
            let (equals, heredoc) = (line.find('='), line.find("<<"));
            match (equals, heredoc) {
                (None, None) => assert_eq!(line, ""),
                (Some(equals), heredoc) if heredoc.is_none_or(|heredoc| equals < heredoc) => {
                    let (key, value) = line.split_once('=').unwrap();
                    outputs.insert(key.to_owned(), value.to_owned());
                }
                _ => {
                    let (key, end) = line.split_once("<<").unwrap();
                    let value: Vec<&str> = lines.by_ref().take_while(|line| *line != end).collect();
                    outputs.insert(key.to_owned(), value.join("\n"));
                }
            }
        }
        outputs
    }

    #[test]
    fn outputs_are_added_behind_what_is_there_on_lines_of_their_own() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output");
        fs::write(&path, "earlier=1").unwrap();
        append_outputs(
            &path,
            &[("bundle-path", "/tmp/a"), ("list", "a\nb=c\nd<<e")],
            &delimiter(),
        )
        .unwrap();
        append_outputs(&path, &[("empty", "")], &delimiter()).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        let end = format!("slsa_attest_{}", "ab".repeat(16));
        let expected = format!(
            "earlier=1\nbundle-path<<{end}\n/tmp/a\n{end}\nlist<<{end}\na\nb=c\nd<<e\n{end}\nempty<<{end}\n\n{end}\n"
        );
        assert_eq!(text, expected);
        let read = read_back(&text);
        assert_eq!((read["earlier"].as_str(), read["empty"].as_str()), ("1", ""));
    }

    #[test]
    fn a_value_that_would_begin_another_output_is_refused() {
        let injected = format!("x\nslsa_attest_{}\nPATH=/tmp", "ab".repeat(16));
        let refused = heredocs(&[("a", injected.as_str())], &delimiter());
        assert_eq!(refused, Err(RunnerError::Delimiter { key: "a".into() }));
        let other = Delimiter::from_random_bytes(&[0xac; 16]);
        assert!(heredocs(&[("a", injected.as_str())], &other).is_ok());
    }

    #[test]
    fn nul_and_carriage_return_are_refused() {
        assert!(heredocs(&[("a", "x\ty\u{1b}")], &delimiter()).is_ok());
        for character in ['\0', '\r'] {
            let key = "a".into();
            assert_eq!(
                heredocs(&[("a", format!("x{character}").as_str())], &delimiter()),
                Err(RunnerError::Character { key, character })
            );
        }
    }

    #[test]
    fn a_name_that_is_none_is_refused() {
        let longest = "k".repeat(MAX_KEY_BYTES);
        for key in ["a", "_a", "bundle-path", "A1", longest.as_str()] {
            assert!(heredocs(&[(key, "x")], &delimiter()).is_ok(), "{key}");
        }
        let too_long = "k".repeat(MAX_KEY_BYTES + 1);
        for key in [
            "",
            "1a",
            "-a",
            "a b",
            "a=b",
            "a<<b",
            "a\nb",
            "ä",
            too_long.as_str(),
        ] {
            let cut: String = key.chars().take(80).collect();
            assert_eq!(
                heredocs(&[(key, "x")], &delimiter()),
                Err(RunnerError::Key { key: cut })
            );
        }
        let twice = RunnerError::KeyTwice { key: "a".into() };
        assert_eq!(heredocs(&[("a", "x"), ("a", "x")], &delimiter()), Err(twice));
    }

    #[test]
    fn values_as_large_as_a_jobs_outputs_are_accepted_and_one_character_more_refused() {
        // One character of the limit is the key's.
        let largest = "x".repeat(499_999);
        assert!(heredocs(&[("a", largest.as_str())], &delimiter()).is_ok());
        let found = 1_000_002;
        let too_large = RunnerError::TooLarge {
            found,
            max: MAX_OUTPUT_BYTES,
        };
        assert_eq!(
            heredocs(&[("a", format!("{largest}x").as_str())], &delimiter()),
            Err(too_large)
        );
    }

    #[test]
    fn a_file_that_the_runner_did_not_make_is_not_made_and_no_link_is_followed() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("output");
        let kind = std::io::ErrorKind::NotFound;
        let missing = RunnerError::Io {
            path: path.clone(),
            kind,
        };
        assert_eq!(append_outputs(&path, &[("a", "x")], &delimiter()), Err(missing));
        let not_a_file = RunnerError::NotAFile {
            path: directory.path().to_owned(),
        };
        assert_eq!(
            append_outputs(directory.path(), &[("a", "x")], &delimiter()),
            Err(not_a_file)
        );
        #[cfg(unix)]
        {
            let victim = directory.path().join("victim");
            fs::write(&victim, "").unwrap();
            std::os::unix::fs::symlink(&victim, &path).unwrap();
            let not_a_file = RunnerError::NotAFile { path: path.clone() };
            assert_eq!(
                append_outputs(&path, &[("a", "x")], &delimiter()),
                Err(not_a_file)
            );
            assert_eq!(fs::read(&victim).unwrap(), b"");
        }
    }

    #[test]
    fn two_delimiters_differ() {
        assert_ne!(Delimiter::random().unwrap(), Delimiter::random().unwrap());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(
            outputs in proptest::collection::btree_map("[a-zA-Z_][a-zA-Z0-9_-]{0,20}", "([a-z=<\n]|[^\0\r]){0,60}", 0..6)
        ) {
            let pairs: Vec<(&str, &str)> =
                outputs.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
            prop_assert_eq!(read_back(&heredocs(&pairs, &delimiter()).unwrap()), outputs);
        }
    }
}

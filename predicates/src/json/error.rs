//! What can be wrong with a JSON document.

use serde_json::error::Category;

use crate::shown::shown;

/// Why a document was refused.
///
/// Texts from the document are cut to 64 characters, and control characters in them are escaped, so that
/// an error can be printed. Lines and columns count from 1; a column counts bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not one JSON document in UTF-8 (RFC 8259), or a number that no 64 bits hold.
    #[error("not valid JSON at line {line}, column {column}: {detail}")]
    Syntax {
        /// Where.
        line: usize,
        /// Where.
        column: usize,
        /// What the parser says.
        detail: String,
    },
    /// An object has the same key twice (RFC 8259, section 4: the meaning is unpredictable).
    #[error("duplicate key \"{key}\" at line {line}")]
    DuplicateKey {
        /// The key, unescaped, cut, printable.
        key: String,
        /// Line at which the second one stands.
        line: usize,
    },
    /// A key that the parser would take for an instruction of its own.
    ///
    /// `serde_json` reads `{"$serde_json::private::RawValue": "…"}` as the document inside that string, and
    /// would thus go past every check made here.
    #[error("reserved key \"{key}\" at line {line}")]
    ReservedKey {
        /// The key.
        key: String,
        /// Its line.
        line: usize,
    },
    /// Arrays and objects nest too deep ([`JsonLimits::depth`](super::JsonLimits::depth)).
    #[error("nested deeper than {limit} levels")]
    TooDeep {
        /// The limit.
        limit: usize,
    },
    /// Too many keys in open objects ([`JsonLimits::open_members`](super::JsonLimits::open_members)).
    #[error("more than {limit} object members open at one place")]
    TooManyMembers {
        /// The limit.
        limit: usize,
    },
    /// Too many values ([`JsonLimits::values`](super::JsonLimits::values)).
    #[error("more than {limit} values")]
    TooManyValues {
        /// The limit.
        limit: usize,
    },
    /// Valid JSON, but not what is expected here: a field is missing, or has another type or form.
    #[error("unexpected content at line {line}, column {column}: {detail}")]
    Shape {
        /// Where; 0 where the place is not known.
        line: usize,
        /// Where.
        column: usize,
        /// What was expected and found.
        detail: String,
    },
}

impl JsonError {
    /// Returns what the parser says as one of ours.
    pub(crate) fn from_parser(error: &serde_json::Error) -> Self {
        let (line, column) = (error.line(), error.column());
        let text = error.to_string();
        let place = format!(" at line {line} column {column}");
        let detail = shown(text.strip_suffix(&place).unwrap_or(&text), 200);
        match error.classify() {
            Category::Data => Self::Shape { line, column, detail },
            Category::Syntax | Category::Eof | Category::Io => Self::Syntax { line, column, detail },
        }
    }
}

impl From<serde_json::Error> for JsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::from_parser(&error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_is_said_once() {
        let parser = serde_json::from_str::<u8>("\n\"").unwrap_err();
        let ours = JsonError::from_parser(&parser);
        assert_eq!(
            ours.to_string(),
            "not valid JSON at line 2, column 1: EOF while parsing a string"
        );
    }

    #[test]
    fn what_the_document_says_is_cut_and_escaped_in_the_message() {
        let parser = serde_json::from_str::<u8>(&format!("\"\\u001b[31m{}\"", "a".repeat(1000))).unwrap_err();
        let text = JsonError::from_parser(&parser).to_string();
        assert!(!text.contains('\u{1b}') && text.len() < 400, "{text}");
    }
}

//! JSON as in RFC 8259 that an adversary may have written: one meaning, bounded cost.
//!
//! The first step of everything that is read: [`check`] runs over the whole document before any of it is
//! built. Parsers disagree on which of two equal keys wins, so that one signed text could mean two
//! things; here it means none. Nothing is built while checking, so the memory it takes is bounded by
//! [`JsonLimits::open_members`], however large the document.

mod check;
mod error;

use serde::Deserialize;

pub use error::JsonError;

/// Limits on JSON that an adversary may have written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JsonLimits {
    /// How deep arrays and objects may nest; `[[]]` is two deep. Values above 126, the most that the
    /// underlying parser can do, count as 126. Default 64: real statements stay below 20.
    pub depth: usize,
    /// How many keys all objects that are open at one place may have together. Bounds the memory that
    /// the search for duplicate keys takes. Default 100 000.
    pub open_members: usize,
    /// How many values the document may have, containers included, keys not. Default: no limit, for
    /// checking builds nothing; set it where values are built afterwards.
    pub values: usize,
}

impl Default for JsonLimits {
    fn default() -> Self {
        Self {
            depth: 64,
            open_members: 100_000,
            values: usize::MAX,
        }
    }
}

/// Checks a whole document without building it.
///
/// Duplicate keys are searched on every level and compared after unescaping.
///
/// # Errors
/// [`JsonError`] for what is not exactly one JSON document in UTF-8, for a duplicate key, a reserved key
/// and for each limit.
pub fn check(bytes: &[u8], limits: &JsonLimits) -> Result<(), JsonError> {
    check::document(bytes, limits)
}

/// Checks a whole document with [`check`], then parses it into `T`.
///
/// Limit [`JsonLimits::values`] where `T` keeps arbitrary values: each takes 32 bytes and more, and may be
/// written in two.
///
/// # Errors
/// As [`check`], and [`JsonError::Shape`] where the document is not a `T`.
pub fn from_slice<'de, T: Deserialize<'de>>(bytes: &'de [u8], limits: &JsonLimits) -> Result<T, JsonError> {
    check(bytes, limits)?;
    from_checked_slice(bytes)
}

/// Parses a document, or a part of one, of which [`check`] has said that it is good.
///
/// # Errors
/// [`JsonError::Shape`] where the document is not a `T`.
pub fn from_checked_slice<'de, T: Deserialize<'de>>(checked: &'de [u8]) -> Result<T, JsonError> {
    serde_json::from_slice(checked).map_err(|e| JsonError::from_parser(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Point {
        x: u8,
    }

    #[test]
    fn a_document_of_the_right_shape_is_parsed() {
        assert_eq!(
            from_slice(br#"{"x": 1}"#, &JsonLimits::default()),
            Ok(Point { x: 1 })
        );
    }

    #[test]
    fn a_document_of_another_shape_is_a_shape_error() {
        let err = from_slice::<Point>(br#"{"x": "1"}"#, &JsonLimits::default()).unwrap_err();
        assert_eq!(
            err,
            JsonError::Shape {
                line: 1,
                column: 9,
                detail: r#"invalid type: string \"1\", expected u8"#.into()
            }
        );
    }

    #[test]
    fn an_unknown_key_written_twice_is_refused_although_the_type_ignores_it() {
        let err = from_slice::<Point>(br#"{"x":1,"y":1,"\u0079":2}"#, &JsonLimits::default()).unwrap_err();
        assert_eq!(
            err,
            JsonError::DuplicateKey {
                key: "y".into(),
                line: 1
            }
        );
    }
}

//! Versions of the statement.

use std::fmt;
use std::str::FromStr;

use super::StatementError;
use crate::shown::shown;

/// Which version of the specification a statement follows: its `_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StatementType {
    /// `https://in-toto.io/Statement/v1`
    V1,
    /// `https://in-toto.io/Statement/v0.1`, still written by slsa-github-generator and npm.
    V0_1,
}

impl StatementType {
    /// Returns the `_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "https://in-toto.io/Statement/v1",
            Self::V0_1 => "https://in-toto.io/Statement/v0.1",
        }
    }
}

impl fmt::Display for StatementType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for StatementType {
    type Err = StatementError;

    /// Returns the version with exactly this `_type`; another case or a trailing slash is unknown.
    fn from_str(text: &str) -> Result<Self, StatementError> {
        [Self::V1, Self::V0_1]
            .into_iter()
            .find(|t| t.as_str() == text)
            .ok_or_else(|| StatementError::UnknownType {
                found: shown(text, 64),
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_types_are_known_by_their_exact_text() {
        assert_eq!("https://in-toto.io/Statement/v1".parse(), Ok(StatementType::V1));
        assert_eq!(
            "https://in-toto.io/Statement/v0.1".parse(),
            Ok(StatementType::V0_1)
        );
    }

    #[test]
    fn everything_else_is_unknown() {
        for text in [
            "https://in-toto.io/statement/v1",
            "https://in-toto.io/Statement/v1/",
            "https://in-toto.io/Statement/v1.0",
            "http://in-toto.io/Statement/v1",
            "",
        ] {
            assert_eq!(
                text.parse::<StatementType>(),
                Err(StatementError::UnknownType { found: text.into() })
            );
        }
    }
}

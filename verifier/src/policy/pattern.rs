//! Names of artifacts, images and packages, with `*` for what may differ.

use std::fmt;
use std::str::FromStr;

use regex::Regex;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

/// Bytes of a pattern: 1 KiB.
const MAX_BYTES: usize = 1 << 10;

/// A name in which `*` stands for any characters but a slash, and `**` for any at all. It is compared from end to
/// end.
#[derive(Debug, Clone)]
pub struct NamePattern {
    text: String,
    regex: Regex,
}

/// A text is no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NamePatternError {
    /// It is empty.
    #[error("a name must not be empty")]
    Empty,
    /// It is too long.
    #[error("the name has {found} bytes, at most {MAX_BYTES} are allowed")]
    TooLong {
        /// Its length.
        found: usize,
    },
    /// It cannot be compiled.
    #[error("not a usable name: {detail}")]
    Pattern {
        /// What the compiler said.
        detail: String,
    },
}

impl FromStr for NamePattern {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim().is_empty() {
            return Err(NamePatternError::Empty);
        }
        if text.len() > MAX_BYTES {
            return Err(NamePatternError::TooLong { found: text.len() });
        }
        let parts: Vec<String> = text
            .split("**")
            .map(|part| {
                let parts: Vec<String> = part.split('*').map(regex::escape).collect();
                parts.join("[^/]*")
            })
            .collect();
        let regex = Regex::new(&format!(r"\A(?s:{})\z", parts.join(".*"))).map_err(|error| {
            NamePatternError::Pattern {
                detail: error.to_string(),
            }
        })?;
        let text = text.to_owned();
        Ok(Self { text, regex })
    }
}

impl NamePattern {
    /// Says whether the whole name is of this pattern.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        self.regex.is_match(name)
    }
}

impl PartialEq for NamePattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl fmt::Display for NamePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for NamePattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for NamePattern {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "NamePattern".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "minLength": 1,
            "maxLength": MAX_BYTES,
            "description": "a name; * stands for any characters but a slash, ** for any at all",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, name: &str) -> bool {
        pattern.parse::<NamePattern>().unwrap().matches(name)
    }

    #[test]
    fn a_star_stands_for_characters_and_not_for_folders() {
        assert!(matches("tool-*.tar.gz", "tool-linux.tar.gz"));
        assert!(matches("ghcr.io/o/**", "ghcr.io/o/a/b"));
        assert!(matches("pkg:npm/@o/*", "pkg:npm/@o/name"));
        for (pattern, name) in [
            ("tool-*.tar.gz", "tool-linux.tar.gz.exe"),
            ("tool-*.tar.gz", "xtool-linux.tar.gz"),
            ("tool-*.tar.gz", "tool-a/b.tar.gz"),
            ("ghcr.io/o/*", "ghcr.io/o/a/b"),
            ("ghcr.io/o/*", "ghcrxio/o/a"),
            ("a.b", "axb"),
            ("a", "a\n"),
        ] {
            assert!(!matches(pattern, name), "{pattern} {name}");
        }
    }

    #[test]
    fn a_pattern_is_neither_empty_nor_endless() {
        assert_eq!(" ".parse::<NamePattern>(), Err(NamePatternError::Empty));
        let found = MAX_BYTES + 1;
        assert_eq!(
            "a".repeat(found).parse::<NamePattern>(),
            Err(NamePatternError::TooLong { found })
        );
    }
}

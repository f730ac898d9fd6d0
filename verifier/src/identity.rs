//! Rules for who may have signed: exact by default, a pattern only where asked for by name.

use regex::{Regex, RegexBuilder};

use crate::certificate::{CertificateIdentity, SubjectAlternativeName};
use crate::code::Code;
use crate::error::NotAsExpected;

/// Bytes of a pattern: 1 KiB.
const MAX_PATTERN_BYTES: usize = 1 << 10;
/// Bytes of a compiled pattern: 1 MiB.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// A rule for one text of an identity. It always says something: an empty or all-matching one cannot be made
/// (sigstore-go issue 644: an empty identity matched every certificate).
#[derive(Debug, Clone)]
pub struct TextRule(Rule);

#[derive(Debug, Clone)]
enum Rule {
    Exact(String),
    Pattern(Regex),
}

/// Why a rule cannot be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RuleError {
    /// An empty text, or only white space.
    #[error("an identity must not be empty")]
    Empty,
    /// The pattern is longer than a pattern may be.
    #[error("the pattern has {found} bytes, at most {max} are allowed")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        max: usize,
    },
    /// The pattern is not a regular expression, or too large a one.
    #[error("not a usable pattern: {detail}")]
    Pattern {
        /// What the compiler said.
        detail: String,
    },
    /// The pattern matches names that have nothing in common, so it restricts nothing.
    #[error("the pattern {pattern:?} matches anything")]
    MatchesAnything {
        /// The pattern.
        pattern: String,
    },
}

impl RuleError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> Code {
        Code::IdentityRuleInvalid
    }
}

impl TextRule {
    /// A rule that is met by this very text.
    ///
    /// # Errors
    /// [`RuleError::Empty`].
    pub fn exact(text: impl Into<String>) -> Result<Self, RuleError> {
        let text = text.into();
        if text.trim().is_empty() {
            Err(RuleError::Empty)
        } else {
            Ok(Self(Rule::Exact(text)))
        }
    }

    /// A rule that is met by a text that the regular expression matches from its first to its last character.
    ///
    /// # Errors
    /// [`RuleError`], also for a pattern that matches anything.
    pub fn pattern(pattern: &str) -> Result<Self, RuleError> {
        if pattern.trim().is_empty() {
            return Err(RuleError::Empty);
        }
        if pattern.len() > MAX_PATTERN_BYTES {
            return Err(RuleError::TooLong {
                found: pattern.len(),
                max: MAX_PATTERN_BYTES,
            });
        }
        // Compiled alone first, so that a stray parenthesis cannot leave the anchored group.
        let compile = |text: &str| {
            RegexBuilder::new(text)
                .size_limit(MAX_COMPILED_BYTES)
                .build()
                .map_err(|error| RuleError::Pattern {
                    detail: error.to_string(),
                })
        };
        compile(pattern)?;
        let regex = compile(&format!(r"\A(?:{pattern})\z"))?;
        if [
            "a",
            "https://anything.example/at-all@refs/heads/x",
            "someone@example.com",
        ]
        .iter()
        .all(|text| regex.is_match(text))
        {
            return Err(RuleError::MatchesAnything {
                pattern: pattern.to_owned(),
            });
        }
        Ok(Self(Rule::Pattern(regex)))
    }

    /// Says whether the text meets the rule.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match &self.0 {
            Rule::Exact(expected) => expected == text,
            Rule::Pattern(regex) => regex.is_match(text),
        }
    }

    fn describe(&self) -> String {
        match &self.0 {
            Rule::Exact(expected) => expected.clone(),
            Rule::Pattern(regex) => format!("a match of {}", regex.as_str()),
        }
    }
}

/// Who may have signed, and who must vouch for the name.
#[derive(Debug, Clone)]
pub struct IdentityRule {
    subject_alternative_name: TextRule,
    issuer: TextRule,
}

impl IdentityRule {
    /// A rule over both: a name means nothing without the issuer that gave it.
    #[must_use]
    pub fn new(subject_alternative_name: TextRule, issuer: TextRule) -> Self {
        Self {
            subject_alternative_name,
            issuer,
        }
    }

    /// Compares a certificate's holder with the rule.
    ///
    /// # Errors
    /// [`NotAsExpected::Issuer`] and [`NotAsExpected::Identity`], with what was expected and found.
    pub fn check(&self, identity: &CertificateIdentity) -> Result<(), NotAsExpected> {
        let issuer = identity.issuer.as_deref().unwrap_or_default();
        if !self.issuer.matches(issuer) {
            let (expected, found) = (self.issuer.describe(), issuer.to_owned());
            return Err(NotAsExpected::Issuer { expected, found });
        }
        let name = identity.subject_alternative_name.as_str();
        // Names are compared as text: an address or user name that reads as a URI must not pass for the workflow there.
        let is_uri = matches!(identity.subject_alternative_name, SubjectAlternativeName::Uri(_));
        if !self.subject_alternative_name.matches(name) || (name.contains("://") && !is_uri) {
            let (expected, found) = (self.subject_alternative_name.describe(), name.to_owned());
            return Err(NotAsExpected::Identity { expected, found });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_exact_rule_takes_the_text_itself_and_no_other() {
        let rule = TextRule::exact("https://github.com/o/r").unwrap();
        assert!(rule.matches("https://github.com/o/r"));
        for other in [
            "https://github.com/o/r/",
            "https://github.com/O/r",
            "https://github.com/o/r2",
            "",
        ] {
            assert!(!rule.matches(other), "{other}");
        }
    }

    #[test]
    fn a_pattern_must_match_from_end_to_end() {
        let rule = TextRule::pattern(r"https://github\.com/o/r/.*|x").unwrap();
        assert!(rule.matches("https://github.com/o/r/w.yml@refs/heads/main"));
        for other in [
            "evil https://github.com/o/r/w",
            "https://github.com/o/r/w\n",
            "xx",
            "https://githubxcom/o/r/",
        ] {
            assert!(!rule.matches(other), "{other:?}");
        }
    }

    #[test]
    fn rules_that_restrict_nothing_cannot_be_made() {
        assert_eq!(TextRule::exact(" ").unwrap_err(), RuleError::Empty);
        assert_eq!(TextRule::pattern("").unwrap_err(), RuleError::Empty);
        for pattern in [".*", "(?s).*", "^.*$", "|.*", ".*|x", ".+", r"\S+", "(?s).{1,}"] {
            assert_eq!(
                TextRule::pattern(pattern).unwrap_err(),
                RuleError::MatchesAnything {
                    pattern: pattern.to_owned()
                }
            );
        }
        assert!(matches!(
            TextRule::pattern("a)(b").unwrap_err(),
            RuleError::Pattern { .. }
        ));
        let long = "a".repeat(MAX_PATTERN_BYTES + 1);
        assert_eq!(
            TextRule::pattern(&long).unwrap_err(),
            RuleError::TooLong {
                found: 1025,
                max: 1024
            }
        );
    }
}

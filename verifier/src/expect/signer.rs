//! The signer that a caller names.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use crate::error::NotAsExpected;
use crate::identity::{IdentityRule, RuleError, TextRule};
use crate::statement::VerifiedSigner;

/// Who must have signed: the holder of an identity, or of a key by its fingerprint.
#[derive(Debug, Clone)]
pub struct SignerRule {
    written: Written,
    rule: Rule,
}

#[derive(Debug, Clone)]
enum Rule {
    Identity(Box<IdentityRule>),
    Key(String),
}

/// The rule as it stands in a policy.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "SignerRule")]
struct Written {
    /// The certificate's identity, exactly.
    #[serde(default)]
    identity: Option<String>,
    /// The certificate's identity as a regular expression, from `^` to `$`.
    #[serde(default)]
    identity_pattern: Option<String>,
    /// Who vouches for the identity, exactly.
    #[serde(default)]
    issuer: Option<String>,
    /// A key, by the SHA-256 of its `SubjectPublicKeyInfo` in hex.
    #[serde(default)]
    key_sha256: Option<String>,
}

/// Why the parts make no rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum SignerRuleError {
    #[error("a signer is identity or identity-pattern with issuer, or key-sha256")]
    Parts,
    #[error("{pattern:?} is not anchored: write it from ^ to $")]
    Unanchored { pattern: String },
    #[error("key-sha256 is not 64 hex digits in lower case")]
    Fingerprint,
    #[error(transparent)]
    Rule(#[from] RuleError),
}

impl SignerRule {
    /// A rule that this identity meets, vouched for by this issuer.
    ///
    /// # Errors
    /// [`RuleError::Empty`].
    pub fn identity(identity: &str, issuer: &str) -> Result<Self, RuleError> {
        let rule = IdentityRule::new(TextRule::exact(identity)?, TextRule::exact(issuer)?);
        let written = Written {
            identity: Some(identity.to_owned()),
            identity_pattern: None,
            issuer: Some(issuer.to_owned()),
            key_sha256: None,
        };
        Ok(Self {
            written,
            rule: Rule::Identity(Box::new(rule)),
        })
    }

    /// Compares a signer with the rule.
    ///
    /// # Errors
    /// [`NotAsExpected::Identity`] or [`NotAsExpected::Issuer`].
    pub fn check(&self, signer: &VerifiedSigner) -> Result<(), NotAsExpected> {
        match (&self.rule, signer) {
            (Rule::Identity(rule), VerifiedSigner::Certificate(identity)) => rule.check(identity),
            (Rule::Key(expected), VerifiedSigner::Key { fingerprint, .. }) if expected == fingerprint => {
                Ok(())
            }
            (_, signer) => Err(NotAsExpected::Identity {
                expected: self.describe(),
                found: describe(signer),
            }),
        }
    }

    pub(crate) fn describe(&self) -> String {
        let Written {
            identity,
            identity_pattern,
            issuer,
            key_sha256,
        } = &self.written;
        let parts = [identity, identity_pattern, key_sha256];
        let name = parts.into_iter().flatten().next().cloned().unwrap_or_default();
        match issuer {
            Some(issuer) => format!("{name}, vouched for by {issuer}"),
            None => format!("key {name}"),
        }
    }
}

/// Names a signer.
pub(crate) fn describe(signer: &VerifiedSigner) -> String {
    match signer {
        VerifiedSigner::Certificate(identity) => identity.subject_alternative_name.as_str().to_owned(),
        VerifiedSigner::Key { name, fingerprint } => match name {
            Some(name) => format!("key {name}"),
            None => format!("key {fingerprint}"),
        },
    }
}

impl TryFrom<Written> for SignerRule {
    type Error = SignerRuleError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        let name = match (&written.identity, &written.identity_pattern) {
            (Some(identity), None) => Some(TextRule::exact(identity.clone())?),
            (None, Some(pattern)) => {
                // Patterns match from end to end anyway; who reads the policy must see it.
                if !pattern.starts_with('^') || !pattern.ends_with('$') {
                    let pattern = pattern.clone();
                    return Err(SignerRuleError::Unanchored { pattern });
                }
                Some(TextRule::pattern(pattern)?)
            }
            (None, None) => None,
            (Some(_), Some(_)) => return Err(SignerRuleError::Parts),
        };
        let issuer = written.issuer.clone().map(TextRule::exact).transpose()?;
        let rule = match (name, issuer, &written.key_sha256) {
            (Some(name), Some(issuer), None) => Rule::Identity(Box::new(IdentityRule::new(name, issuer))),
            (None, None, Some(fingerprint)) => {
                let hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
                if fingerprint.len() != 64 || !fingerprint.bytes().all(hex) {
                    return Err(SignerRuleError::Fingerprint);
                }
                Rule::Key(fingerprint.clone())
            }
            _ => return Err(SignerRuleError::Parts),
        };
        Ok(Self { written, rule })
    }
}

impl PartialEq for SignerRule {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl<'de> Deserialize<'de> for SignerRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?
            .try_into()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for SignerRule {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(yaml: &str) -> Result<SignerRule, String> {
        serde_saphyr::from_str(yaml).map_err(|error| error.to_string())
    }

    #[test]
    fn a_signer_is_an_identity_with_its_issuer_or_a_key() {
        assert!(read("{identity: a, issuer: b}").is_ok());
        assert!(read("{identity-pattern: '^https://github\\.com/o/.*$', issuer: b}").is_ok());
        assert!(read(&format!("key-sha256: {}", "0a".repeat(32))).is_ok());
        for (yaml, error) in [
            ("{identity: a}", "a signer is"),
            ("{issuer: b}", "a signer is"),
            ("{identity: a, identity-pattern: '^a$', issuer: b}", "a signer is"),
            ("{identity: '', issuer: b}", "must not be empty"),
            ("{identity-pattern: '^.*$', issuer: b}", "matches anything"),
            (
                "{identity-pattern: 'https://github.com/o/.*', issuer: b}",
                "not anchored",
            ),
            ("{key-sha256: abc}", "64 hex digits"),
            ("{identity: a, issuer: b, name: c}", "unknown field"),
        ] {
            let found = read(yaml).unwrap_err();
            assert!(found.contains(error), "{yaml}: {found}");
        }
    }
}

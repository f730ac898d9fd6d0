//! The builder that a caller expects.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

use super::refs::is_commit;

/// A builder's name, and the version of it where that matters: `https://…/workflow.yml`,
/// `https://…/workflow.yml@v1.2.3`, `…@refs/heads/main` or `…@` and a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuilderRule {
    name: String,
    version: Option<String>,
}

/// A text names no builder.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a builder's URL, with or without @REF")]
pub struct BuilderRuleError {
    /// The text.
    pub found: String,
}

impl FromStr for BuilderRule {
    type Err = BuilderRuleError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, version) = split(text);
        let is_url = name
            .strip_prefix("https://")
            .is_some_and(|rest| rest.contains('/') && !rest.starts_with('/'));
        if !is_url || text.contains(['*', ' ']) || version == Some("") {
            return Err(BuilderRuleError {
                found: text.to_owned(),
            });
        }
        Ok(Self {
            name: name.to_owned(),
            version: version.map(ToOwned::to_owned),
        })
    }
}

/// Splits a builder's id or a signer's name from its ref: behind the first `@`, since neither hosts, owners,
/// repositories nor the paths of trusted workflows hold one, and refs may.
pub(crate) fn split(id: &str) -> (&str, Option<&str>) {
    match id.split_once('@') {
        Some((name, git_ref)) => (name, Some(git_ref)),
        None => (id, None),
    }
}

impl BuilderRule {
    /// Says whether an id is of the builder, whatever its version.
    #[must_use]
    pub fn names(&self, id: &str) -> bool {
        let (name, _) = split(id);
        // The npm command line first wrote its runner without saying which, in v0.2.
        let runner = "https://github.com/actions/runner";
        let hosted = self.name.strip_prefix(runner) == Some("/github-hosted");
        name == self.name || (hosted && name == runner)
    }

    /// Says whether an id is of the builder and the version. A version without `refs/` in front is a tag, or a
    /// commit, which must be the signer's own.
    #[must_use]
    pub fn matches(&self, id: &str, signer_commit: Option<&str>) -> bool {
        let (_, git_ref) = split(id);
        self.names(id)
            && self.version.as_deref().is_none_or(|version| {
                git_ref == Some(version)
                    || git_ref.and_then(|git_ref| git_ref.strip_prefix("refs/tags/")) == Some(version)
                    || (is_commit(version) && signer_commit == Some(version))
            })
    }

    /// Says whether the rule names one version.
    #[must_use]
    pub fn has_version(&self) -> bool {
        self.version.is_some()
    }
}

impl fmt::Display for BuilderRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)?;
        match &self.version {
            Some(version) => write!(f, "@{version}"),
            None => Ok(()),
        }
    }
}

impl<'de> Deserialize<'de> for BuilderRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "https://github.com/o/r/.github/workflows/b.yml@refs/tags/v1.2.3";
    const COMMIT: &str = "f7dd8c54c2067bafc12ca7a55595d5ee9b75204a";

    fn matches(rule: &str, commit: Option<&str>) -> bool {
        rule.parse::<BuilderRule>().unwrap().matches(ID, commit)
    }

    #[test]
    fn a_builder_is_named_with_or_without_its_version() {
        let name = "https://github.com/o/r/.github/workflows/b.yml";
        for version in ["", "@v1.2.3", "@refs/tags/v1.2.3"] {
            assert!(matches(&format!("{name}{version}"), None), "{version}");
        }
        for version in ["@v1.2", "@refs/heads/v1.2.3", "@1.2.3", "x", "@refs/tags/v1.2.3x"] {
            assert!(!matches(&format!("{name}{version}"), None), "{version}");
        }
        assert!(matches(&format!("{name}@{COMMIT}"), Some(COMMIT)));
        assert!(!matches(&format!("{name}@{COMMIT}"), None));
    }

    #[test]
    fn what_is_no_url_of_one_builder_is_refused() {
        for wrong in [
            "",
            "v1",
            "https://",
            "https://github.com",
            "https://x/*",
            "http://x/y",
            "https://x/y@",
        ] {
            assert!(wrong.parse::<BuilderRule>().is_err(), "{wrong}");
        }
    }
}

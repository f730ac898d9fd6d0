//! The refs at which a workflow is trusted.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use semver::VersionReq;
use serde::{Deserialize, Deserializer};

use crate::expect::release;

/// A ref, or a range of them, at which a workflow is trusted.
///
/// As text: `release-tags`; `tags >=1.7.0, <3.0.0`; `commit` and forty hex digits; or a ref such as
/// `refs/heads/main`, exactly.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum AllowedRef {
    /// Every tag `vX.Y.Z` without prerelease and build metadata.
    ReleaseTags,
    /// Release tags within a range.
    Tags(VersionReq),
    /// A commit: the certificate must name it as the digest of the workflow that signed (extension 1.10), so no
    /// network is needed to see where a tag or branch pointed.
    Commit(String),
    /// This ref.
    Ref(String),
}

/// A text names no ref.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{found:?} is none of release-tags, `tags RANGE`, `commit` with 40 hex digits, and a ref such as refs/heads/main"
)]
pub struct AllowedRefError {
    /// The text.
    pub found: String,
}

impl FromStr for AllowedRef {
    type Err = AllowedRefError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || AllowedRefError {
            found: text.to_owned(),
        };
        if text == "release-tags" {
            return Ok(Self::ReleaseTags);
        }
        match text.split_once(' ') {
            Some(("tags", range)) => VersionReq::parse(range).map(Self::Tags).map_err(|_| wrong()),
            Some(("commit", commit)) if is_commit(commit) => Ok(Self::Commit(commit.to_owned())),
            None if text.starts_with("refs/heads/") || text.starts_with("refs/tags/") => {
                let name = text.splitn(3, '/').nth(2).unwrap_or_default();
                // What git's own names cannot hold (git check-ref-format) was meant as a pattern.
                let plain = !name.is_empty() && !name.contains(['*', '?', '[', '\\', '^', '~', ':']);
                plain.then(|| Self::Ref(text.to_owned())).ok_or_else(wrong)
            }
            _ => Err(wrong()),
        }
    }
}

/// Says whether a text is a commit in lower-case hex.
pub(super) fn is_commit(text: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    text.len() == 40 && text.bytes().all(hex)
}

impl AllowedRef {
    /// Says whether a workflow at this ref, of this commit where that is known, is meant.
    #[must_use]
    pub fn allows(&self, git_ref: &str, commit: Option<&str>) -> bool {
        let tag = || git_ref.strip_prefix("refs/tags/").and_then(release);
        match self {
            Self::ReleaseTags => tag().is_some(),
            Self::Tags(range) => tag().is_some_and(|version| range.matches(&version)),
            Self::Commit(expected) => commit == Some(expected),
            Self::Ref(expected) => expected == git_ref,
        }
    }
}

impl fmt::Display for AllowedRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReleaseTags => f.write_str("release-tags"),
            Self::Tags(range) => write!(f, "tags {range}"),
            Self::Commit(commit) => write!(f, "commit {commit}"),
            Self::Ref(git_ref) => f.write_str(git_ref),
        }
    }
}

impl<'de> Deserialize<'de> for AllowedRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for AllowedRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "AllowedRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "description": "release-tags; tags RANGE; commit and 40 hex digits; or a ref, exactly",
            "pattern": "^(release-tags|tags .+|commit [0-9a-f]{40}|refs/(heads|tags)/[^*?\\[\\\\^~:]+)$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COMMIT: &str = "f7dd8c54c2067bafc12ca7a55595d5ee9b75204a";

    fn allows(rule: &str, git_ref: &str, commit: Option<&str>) -> bool {
        rule.parse::<AllowedRef>().unwrap().allows(git_ref, commit)
    }

    #[test]
    fn release_tags_are_three_numbers_and_no_branch_is_called_like_one() {
        assert!(allows("release-tags", "refs/tags/v2.1.0", None));
        for other in [
            "refs/tags/v2.1.0-rc.1",
            "refs/tags/v2",
            "refs/heads/v2.1.0",
            "v2.1.0",
            COMMIT,
        ] {
            assert!(!allows("release-tags", other, None), "{other}");
        }
    }

    #[test]
    fn a_range_takes_its_releases_and_no_prerelease() {
        assert!(allows("tags >=1.7.0, <3", "refs/tags/v2.1.0", None));
        for other in ["refs/tags/v1.6.9", "refs/tags/v3.0.0", "refs/tags/v2.0.0-rc.1"] {
            assert!(!allows("tags >=1.7.0, <3", other, None), "{other}");
        }
    }

    #[test]
    fn a_commit_is_compared_with_what_the_certificate_says_of_the_signer() {
        let rule = format!("commit {COMMIT}");
        assert!(allows(&rule, COMMIT, Some(COMMIT)));
        assert!(allows(&rule, "refs/tags/v2.1.0", Some(COMMIT)));
        assert!(!allows(&rule, COMMIT, None));
        assert!(!allows(
            &rule,
            COMMIT,
            Some("0000000000000000000000000000000000000000")
        ));
    }

    #[test]
    fn a_ref_is_that_ref_and_patterns_are_refused() {
        assert!(allows("refs/heads/main", "refs/heads/main", None));
        assert!(!allows("refs/heads/main", "refs/heads/main2", None));
        for wrong in [
            "main",
            "refs/heads/",
            "refs/heads/*",
            "tags one",
            "commit f7dd8c5",
            "",
            "refs/pull/1/merge",
        ] {
            assert!(wrong.parse::<AllowedRef>().is_err(), "{wrong}");
        }
    }
}

//! A tag read as a version (<https://semver.org>), of which a caller may leave the end open: `v1`, `v1.2`,
//! `v1.2.3-rc.1`.

use std::fmt;
use std::str::FromStr;

use semver::{BuildMetadata, Prerelease, Version};
use serde::{Deserialize, Deserializer};

/// The version that a tag must be of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionedTag {
    text: String,
    major: u64,
    minor: Option<u64>,
    patch: Option<u64>,
    pre: Prerelease,
    build: BuildMetadata,
}

/// A text is not a version that begins with `v`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a version such as v1, v1.2 or v1.2.3-rc.1")]
pub struct VersionError {
    /// The text.
    pub found: String,
}

impl FromStr for VersionedTag {
    type Err = VersionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        read(text).ok_or_else(|| VersionError {
            found: text.to_owned(),
        })
    }
}

/// Reads `vMAJOR[.MINOR[.PATCH[-PRE][+BUILD]]]`. Whatever follows the numbers is semver's own to read.
fn read(text: &str) -> Option<VersionedTag> {
    let version = text.strip_prefix('v')?;
    let end = version.find(['-', '+']).unwrap_or(version.len());
    let (numbers, rest) = version.split_at_checked(end)?;
    let count = numbers.split('.').count();
    let padded = match count {
        1 if rest.is_empty() => format!("{numbers}.0.0"),
        2 if rest.is_empty() => format!("{numbers}.0"),
        3 => version.to_owned(),
        _ => return None,
    };
    let Version {
        major,
        minor,
        patch,
        pre,
        build,
    } = Version::parse(&padded).ok()?;
    Some(VersionedTag {
        text: text.to_owned(),
        major,
        minor: (count > 1).then_some(minor),
        patch: (count > 2).then_some(patch),
        pre,
        build,
    })
}

impl VersionedTag {
    /// Says whether a tag is of this version.
    ///
    /// Numbers that are left open match any; a tag's own missing numbers are zero. A prerelease is only met by
    /// the same prerelease, identifier by identifier, and never by an open end: as in semver, who asks for
    /// `v1` does not ask for `v1.0.0-rc.1`. Build metadata only counts where it is asked for.
    #[must_use]
    pub fn is(&self, tag: &str) -> bool {
        let Some(tag) = read(tag) else { return false };
        self.major == tag.major
            && self.minor.is_none_or(|minor| minor == tag.minor.unwrap_or(0))
            && self.patch.is_none_or(|patch| patch == tag.patch.unwrap_or(0))
            && self.pre == tag.pre
            && (self.build.is_empty() || self.build == tag.build)
    }
}

impl fmt::Display for VersionedTag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for VersionedTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads a tag as a released version: `vX.Y.Z`, with neither prerelease nor build metadata.
pub(crate) fn release(tag: &str) -> Option<Version> {
    let version = Version::parse(tag.strip_prefix('v')?).ok()?;
    (version.pre.is_empty() && version.build.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(expected: &str, tag: &str) -> bool {
        expected.parse::<VersionedTag>().unwrap().is(tag)
    }

    #[test]
    fn an_open_end_matches_every_release_below_it() {
        for (expected, tag) in [
            ("v13", "v13.0.30"),
            ("v13.0", "v13.0.30"),
            ("v13.0.30", "v13.0.30"),
            ("v14.0", "v14"),
            ("v14.2", "v14.2"),
            ("v1.2.3", "v1.2.3+build.7"),
            ("v1.2.3+build.7", "v1.2.3+build.7"),
        ] {
            assert!(is(expected, tag), "{expected} {tag}");
        }
        for (expected, tag) in [
            ("v13", "v14"),
            ("v13.1", "v13.0.30"),
            ("v13.0.3", "v13.0.30"),
            ("v14.2.1", "v14.2"),
            ("v14.1", "v14"),
            ("v1.2.3+build.8", "v1.2.3+build.7"),
            ("v1", "1.0.0"),
            ("v1", "release-v1.0.0"),
            ("v1", "v1.0.0.0"),
            ("v1", "v01.0.0"),
        ] {
            assert!(!is(expected, tag), "{expected} {tag}");
        }
    }

    #[test]
    fn a_prerelease_is_met_by_itself_alone_dots_included() {
        assert!(is("v1.2.3-rc.1", "v1.2.3-rc.1"));
        for (expected, tag) in [
            ("v1.2.3-rc.1", "v1.2.3-rc.2"),
            ("v1.2.3-rc", "v1.2.3-rc.1"),
            ("v1.2.3", "v1.2.3-rc.1"),
            ("v1.2.3-rc.1", "v1.2.3"),
            ("v1.2", "v1.2.3-rc.1"),
            ("v1", "v1.0.0-0"),
        ] {
            assert!(!is(expected, tag), "{expected} {tag}");
        }
    }

    #[test]
    fn what_is_no_version_cannot_be_expected() {
        for text in [
            "", "v", "1.2.3", "vx", "v1.", "v1.2.3.4", "v1-rc", "v1.2+b", "v1.02.0", " v1",
        ] {
            assert!(text.parse::<VersionedTag>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_release_has_three_numbers_and_nothing_behind_them() {
        assert_eq!(release("v1.2.3"), Some(Version::new(1, 2, 3)));
        for tag in ["1.2.3", "v1.2", "v1.2.3-rc.1", "v1.2.3+b", "v01.2.3"] {
            assert_eq!(release(tag), None, "{tag}");
        }
    }
}

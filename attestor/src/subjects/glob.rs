//! Patterns of paths.
//!
//! The `glob` crate matches the parts between slashes. Walking is our own, since that crate's follows links; and so
//! is `**`, since there its cost grows without bound.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};

use glob::{MatchOptions, Pattern};

use super::error::SubjectsError;

/// Bytes of a pattern: 1 KiB, as for any other pattern here.
pub(super) const MAX_PATTERN_BYTES: usize = 1 << 10;

const OPTIONS: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

/// A pattern, behind the directories in front of it that are named without one.
#[derive(Debug)]
pub(super) struct Glob {
    /// The directory to begin in; empty for where the base is.
    pub(super) root: PathBuf,
    parts: Vec<Part>,
}

#[derive(Debug)]
enum Part {
    /// `**`: any number of directories, or none.
    AnyDepth,
    One(Pattern),
}

/// Says whether a text has a character that matches others.
pub(super) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

impl Glob {
    pub(super) fn parse(text: &str) -> Result<Self, SubjectsError> {
        if text.len() > MAX_PATTERN_BYTES {
            return Err(SubjectsError::PatternBytes {
                found: text.len(),
                max: MAX_PATTERN_BYTES,
            });
        }
        let mut glob = Self {
            root: PathBuf::new(),
            parts: Vec::new(),
        };
        for component in Path::new(text).components() {
            let Some(part) = component.as_os_str().to_str() else {
                continue;
            };
            let is_literal = !matches!(component, Component::Normal(_)) || !is_pattern(part);
            if glob.parts.is_empty() && is_literal {
                glob.root.push(component);
            } else if part == "**" {
                glob.parts.push(Part::AnyDepth);
            } else {
                let pattern = Pattern::new(part).map_err(|error| SubjectsError::Pattern {
                    pattern: text.to_owned(),
                    reason: error.msg,
                })?;
                glob.parts.push(Part::One(pattern));
            }
        }
        Ok(glob)
    }

    /// How deep a match can stand beneath the root.
    pub(super) fn max_depth(&self) -> usize {
        if self.parts.iter().any(|part| matches!(part, Part::AnyDepth)) {
            usize::MAX
        } else {
            self.parts.len()
        }
    }

    /// Says whether a match can be what stands at this depth under this name, or beneath it.
    pub(super) fn may_lead_on(&self, depth: usize, name: &OsStr) -> bool {
        let mut ahead = self.parts.iter().take(depth);
        let last = match depth.checked_sub(1) {
            None => return true,
            Some(index) => self.parts.get(index),
        };
        if ahead.any(|part| matches!(part, Part::AnyDepth)) {
            return true;
        }
        matches!(last, Some(Part::One(pattern)) if pattern.matches_with(&name.to_string_lossy(), OPTIONS))
    }

    /// Says whether the parts of a path beneath the root match. Goes back to the last `**` only, so that the cost is
    /// at most the product of both lengths.
    pub(super) fn matches(&self, path: &[&str]) -> bool {
        let (mut parts, mut rest) = (self.parts.as_slice(), path);
        let mut retry = None;
        loop {
            match (parts, rest) {
                ([], []) => return true,
                ([Part::AnyDepth, after @ ..], _) => {
                    retry = Some((after, rest));
                    parts = after;
                }
                ([Part::One(pattern), after @ ..], [name, deeper @ ..])
                    if pattern.matches_with(name, OPTIONS) =>
                {
                    (parts, rest) = (after, deeper);
                }
                _ => match retry {
                    Some((after, [_, deeper @ ..])) => {
                        retry = Some((after, deeper));
                        (parts, rest) = (after, deeper);
                    }
                    _ => return false,
                },
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, path: &str) -> bool {
        let path: Vec<&str> = path.split('/').collect();
        Glob::parse(pattern).unwrap().matches(&path)
    }

    #[test]
    fn a_star_stays_between_slashes_and_two_stars_do_not() {
        assert!(matches("*.gz", "a.tar.gz"));
        assert!(!matches("*.gz", "lib/a.gz"));
        assert!(matches("**/*.gz", "a.gz") && matches("**/*.gz", "lib/x/a.gz"));
        assert!(!matches("**/*.gz", "lib/a.gz/b"));
        assert!(matches("*/**/b/*.so", "a/b/b/c.so") && !matches("*/**/b/*.so", "b/c.so"));
        assert!(matches("**", "a/b") && matches("*", ".hidden"));
        assert!(matches("[ab]?", "ax") && !matches("[ab]?", "cx"));
    }

    #[test]
    fn directories_in_front_are_no_part_of_the_pattern() {
        let glob = Glob::parse("./dist/../out/v*/[x]").unwrap();
        assert_eq!((glob.root.to_str(), glob.max_depth()), (Some("./dist/../out"), 2));
        assert!(glob.may_lead_on(1, OsStr::new("v1")) && !glob.may_lead_on(1, OsStr::new("w1")));
        assert!(!glob.may_lead_on(2, OsStr::new("v1")));
        let deep = Glob::parse("/a/**/b").unwrap();
        assert_eq!((deep.root.to_str(), deep.max_depth()), (Some("/a"), usize::MAX));
        assert!(deep.may_lead_on(9, OsStr::new("anything")));
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let error = Glob::parse("dist/a[").unwrap_err();
        let expected = SubjectsError::Pattern {
            pattern: "dist/a[".into(),
            reason: "invalid range pattern",
        };
        assert_eq!(error, expected);
        assert!(Glob::parse("dist/a**").is_err() && Glob::parse("dist/a*").is_ok());
    }

    #[test]
    fn a_pattern_as_long_as_allowed_is_accepted_and_one_byte_more_refused() {
        assert!(Glob::parse(&"*".repeat(2)).is_ok());
        assert!(Glob::parse(&format!("*{}", "a".repeat(1023))).is_ok());
        let error = Glob::parse(&format!("*{}", "a".repeat(1024))).unwrap_err();
        assert_eq!(
            error,
            SubjectsError::PatternBytes {
                found: 1025,
                max: 1024
            }
        );
    }

    #[test]
    fn many_stars_are_answered_at_once() {
        let pattern = format!("{}b", "**/*a*/".repeat(100));
        let path = vec!["a".repeat(200); 200].join("/");
        assert!(!matches(&pattern, &path));
        assert!(matches(&pattern, &format!("{path}/b")));
    }
}

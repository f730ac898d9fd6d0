//! The repository that a caller expects: host, owner and name, compared as the host compares them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};

/// Hosts whose owners and names are the same in whatever case they are written.
const CASELESS_HOSTS: [&str; 2] = ["github.com", "gitlab.com"];

/// A repository, or another location that a build type takes its source from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Repository {
    /// The location without scheme, `.git` or slash at its end.
    location: String,
    /// `https`, or another scheme such as `gs`.
    scheme: String,
    exact_case: bool,
}

/// Why a text names no repository.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RepositoryError {
    /// It is empty, or has no path behind its host.
    #[error("{found:?} is not HOST/OWNER/NAME")]
    Shape {
        /// The text.
        found: String,
    },
    /// It carries a ref, a user, a port, a query, a pattern or white space.
    #[error("{found:?} holds {character:?}, which no repository has")]
    Character {
        /// The text.
        found: String,
        /// The first such character.
        character: char,
    },
}

impl FromStr for Repository {
    type Err = RepositoryError;

    /// Reads `github.com/o/r`, `https://github.com/o/r`, `git+https://github.com/o/r`, each also with `.git`
    /// behind it, or another location with its scheme.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shape = || RepositoryError::Shape {
            found: text.to_owned(),
        };
        let url = text.strip_prefix("git+").unwrap_or(text);
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        if scheme == "https" {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/' | '~');
            if let Some(character) = rest.chars().find(|c| !plain(*c)) {
                return Err(RepositoryError::Character {
                    found: text.to_owned(),
                    character,
                });
            }
        }
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let location = match scheme {
            "https" => rest.strip_suffix(".git").unwrap_or(rest),
            _ => rest,
        };
        let (host, path) = location.split_once('/').ok_or_else(shape)?;
        if host.is_empty() || scheme.is_empty() || path.split('/').any(|part| matches!(part, "" | "." | ".."))
        {
            return Err(shape());
        }
        Ok(Self {
            location: format!("{}/{path}", host.to_ascii_lowercase()),
            scheme: scheme.to_ascii_lowercase(),
            exact_case: false,
        })
    }
}

impl Repository {
    /// Makes the comparison mind the case even where the host does not.
    #[must_use]
    pub fn with_exact_case(self) -> Self {
        Self {
            exact_case: true,
            ..self
        }
    }

    /// Says whether a URL, as provenance and certificates have it, names this repository.
    #[must_use]
    pub fn is(&self, url: &str) -> bool {
        let Some((scheme, location)) = url.split_once("://") else {
            return false;
        };
        let caseless = !self.exact_case
            && self
                .location
                .split_once('/')
                .is_some_and(|(host, _)| CASELESS_HOSTS.contains(&host));
        scheme == self.scheme
            && if caseless {
                location.eq_ignore_ascii_case(&self.location)
            } else {
                location == self.location
            }
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.location)
    }
}

impl<'de> Deserialize<'de> for Repository {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(expected: &str, url: &str) -> bool {
        expected.parse::<Repository>().unwrap().is(url)
    }

    #[test]
    fn a_repository_is_the_same_however_it_is_written_and_no_other_is() {
        for expected in [
            "github.com/o/r",
            "https://github.com/o/r",
            "git+https://github.com/o/r",
            "https://GitHub.com/o/r.git",
            "github.com/o/r/",
        ] {
            assert!(is(expected, "https://github.com/o/r"), "{expected}");
            for other in [
                "https://github.com/o/r2",
                "https://github.com/o/r/x",
                "https://github.com/xo/r",
                "https://github.com.evil.example/o/r",
                "http://github.com/o/r",
                "github.com/o/r",
            ] {
                assert!(!is(expected, other), "{expected} {other}");
            }
        }
    }

    #[test]
    fn case_counts_where_the_host_minds_it_or_the_caller_asks_for_it() {
        assert!(is("github.com/O/r", "https://github.com/o/R"));
        assert!(!is("git.example/O/r", "https://git.example/o/r"));
        let exact = "github.com/O/r".parse::<Repository>().unwrap().with_exact_case();
        assert!(!exact.is("https://github.com/o/r"));
        assert!(exact.is("https://github.com/O/r"));
    }

    #[test]
    fn what_names_no_one_repository_is_refused() {
        for text in [
            "",
            "github.com",
            "https://",
            "github.com//r",
            "https://github.com/o/../r",
        ] {
            assert!(
                matches!(text.parse::<Repository>(), Err(RepositoryError::Shape { .. })),
                "{text}"
            );
        }
        for (text, character) in [
            ("github.com/o/r@main", '@'),
            ("github.com/o/*", '*'),
            ("https://u:p@github.com/o/r", ':'),
            ("github.com/o/r?x", '?'),
            ("github.com/o/r ", ' '),
        ] {
            let found = text.to_owned();
            assert_eq!(
                text.parse::<Repository>(),
                Err(RepositoryError::Character { found, character })
            );
        }
    }

    #[test]
    fn another_kind_of_location_is_compared_as_it_stands() {
        assert!(is("gs://bucket/a.tgz", "gs://bucket/a.tgz"));
        assert!(!is("gs://bucket/a.tgz", "gs://bucket/A.tgz"));
        assert!(!is("gs://bucket/a.tgz", "https://bucket/a.tgz"));
    }
}

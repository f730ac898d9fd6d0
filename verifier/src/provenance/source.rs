//! Source repositories as provenance names them: SPDX download locations
//! (<https://spdx.github.io/spdx-spec/v2.3/package-information/#77-package-download-location-field>), such as
//! `git+https://github.com/owner/name@refs/tags/v1`.

use slsa_predicates::DigestSet;

/// A revision of a source repository.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Source {
    /// The repository's URL, `https` and without `git+`, as it stands. Google Cloud Build also builds from objects
    /// in buckets, `gs://…`.
    pub repository: String,
    /// The git ref, where it is recorded.
    pub git_ref: Option<String>,
    /// The commit in hex, where it is recorded.
    pub commit: Option<String>,
}

/// Why a location names no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SourceError {
    /// It is not an `https` URL.
    #[error("not an https URL")]
    Scheme,
    /// It carries user, port, query or fragment, has no path, or holds what is not plain ASCII.
    #[error("not the plain URL of a repository")]
    NotPlain,
}

impl Source {
    /// Reads a location, with the commit from the digests beside it.
    pub(super) fn read(location: &str, digests: Option<&DigestSet>) -> Result<Self, SourceError> {
        let url = location.strip_prefix("git+").unwrap_or(location);
        let (repository, git_ref) = split_ref(url)?;
        let commit = digests.and_then(commit);
        Ok(Self {
            repository: repository.to_owned(),
            git_ref: git_ref.map(ToOwned::to_owned),
            commit,
        })
    }
}

/// The commit among digests: `gitCommit`, or `sha1`, as it was written before that name existed.
pub(super) fn commit(digests: &DigestSet) -> Option<String> {
    use slsa_predicates::DigestAlgorithm::{GitCommit, Sha1};
    let digest = digests.get(GitCommit).or_else(|| digests.get(Sha1));
    digest.map(|digest| digest.value().to_owned())
}

/// Splits a URL from the ref behind its first `@`. Refs may hold an `@` themselves; hosts and repositories may
/// not, or `https://github.com@evil.example/x` would be read as GitHub's.
fn split_ref(url: &str) -> Result<(&str, Option<&str>), SourceError> {
    let rest = url.strip_prefix("https://").ok_or(SourceError::Scheme)?;
    let (repository, git_ref) = match url.split_once('@') {
        Some((repository, git_ref)) => (repository, Some(git_ref)),
        None => (url, None),
    };
    let path = repository
        .strip_prefix("https://")
        .and_then(|rest| rest.split_once('/'));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/' | b'~');
    match path {
        Some((host, path)) if !host.is_empty() && !path.is_empty() && !rest.starts_with('/') => {
            let clean = host.bytes().chain(path.bytes()).all(plain)
                && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
                && git_ref.is_none_or(|git_ref| !git_ref.is_empty());
            if clean {
                Ok((repository, git_ref))
            } else {
                Err(SourceError::NotPlain)
            }
        }
        _ => Err(SourceError::NotPlain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_split_at_its_first_at_sign() {
        let read = |location| Source::read(location, None).map(|source| (source.repository, source.git_ref));
        let repository = "https://github.com/o/r".to_owned();
        let git_ref = |text: &str| Some(text.to_owned());
        assert_eq!(read("git+https://github.com/o/r"), Ok((repository.clone(), None)));
        assert_eq!(
            read("git+https://github.com/o/r@refs/tags/v1"),
            Ok((repository.clone(), git_ref("refs/tags/v1")))
        );
        assert_eq!(
            read("https://github.com/o/r@refs/heads/a@refs/tags/v1"),
            Ok((repository, git_ref("refs/heads/a@refs/tags/v1")))
        );
    }

    #[test]
    fn what_could_be_read_as_another_repository_is_refused() {
        for location in [
            "git+https://github.com@evil.example/o/r",
            "https://github.com:443/o/r",
            "https://github.com/o/r?x",
            "https://github.com/o/r#x",
            "https://github.com/o/%2e%2e/r",
            "https://github.com/o/../r",
            "https://github.com//r",
            "https:///o/r",
            "https://github.com/",
            "https://github.com/o/r@",
            "https://gïthub.com/o/r",
        ] {
            assert_eq!(
                Source::read(location, None),
                Err(SourceError::NotPlain),
                "{location}"
            );
        }
        for location in [
            "git+http://github.com/o/r",
            "gs://bucket/object",
            "github.com/o/r",
            "",
        ] {
            assert_eq!(
                Source::read(location, None),
                Err(SourceError::Scheme),
                "{location}"
            );
        }
    }
}

//! References to images: `registry/repository[:tag]@digest`.
//!
//! Source: OCI distribution specification 1.1, "Pulling manifests"; the grammar of the registry's name is that of
//! `github.com/distribution/reference`, without IPv6.

use slsa_predicates::{Digest, DigestAlgorithm, DigestError};

/// What is wrong with a reference to an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ImageFault {
    /// It has no digest; what a tag means can change before anybody looks.
    #[error("has no digest: a tag can be moved")]
    NoDigest,
    /// The digest is malformed.
    #[error("{0}")]
    Digest(#[from] DigestError),
    /// The digest is of an algorithm that registries do not have.
    #[error("has a digest in {algorithm}: sha256 and sha512 are read")]
    Algorithm {
        /// Which.
        algorithm: DigestAlgorithm,
    },
    /// The part before the first slash is not a host, with or without port. Names without registry mean something
    /// else in each tool.
    #[error("does not begin with a registry")]
    Registry,
    /// A part of the repository's name is empty or has other characters than `a` to `z`, `0` to `9`, and `.`, `_`,
    /// `__` or dashes between them.
    #[error("has no valid repository")]
    Repository,
    /// The tag is malformed.
    #[error("has no valid tag")]
    Tag,
}

/// Returns the name without tag and digest, and the digest.
pub(super) fn parse(reference: &str) -> Result<(String, Digest), ImageFault> {
    let (named, digest) = reference.rsplit_once('@').ok_or(ImageFault::NoDigest)?;
    let digest = Digest::parse(digest)?;
    let algorithm = digest.algorithm();
    if !matches!(algorithm, DigestAlgorithm::Sha256 | DigestAlgorithm::Sha512) {
        return Err(ImageFault::Algorithm { algorithm });
    }
    let (registry, rest) = named.split_once('/').ok_or(ImageFault::Registry)?;
    if !is_registry(registry) {
        return Err(ImageFault::Registry);
    }
    let repository = match rest.split_once(':') {
        Some((_, tag)) if !is_tag(tag) => return Err(ImageFault::Tag),
        Some((repository, _)) => repository,
        None => rest,
    };
    if !repository.split('/').all(is_repository_part) {
        return Err(ImageFault::Repository);
    }
    Ok((format!("{registry}/{repository}"), digest))
}

/// A host that is told from a repository's first part by a dot or a port, or is `localhost`.
fn is_registry(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let is_port = |port: &str| matches!(port.len(), 1..=5) && port.bytes().all(|byte| byte.is_ascii_digit());
    let is_label = |label: &str| {
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        label.bytes().all(is_inner) && !label.is_empty() && !label.starts_with('-') && !label.ends_with('-')
    };
    host.split('.').all(is_label)
        && port.is_none_or(is_port)
        && (port.is_some() || host.contains('.') || host == "localhost")
}

fn is_tag(text: &str) -> bool {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.len() <= 128
        && text.bytes().next().is_some_and(is_word)
        && text
            .bytes()
            .all(|byte| is_word(byte) || matches!(byte, b'.' | b'-'))
}

fn is_repository_part(text: &str) -> bool {
    let is_alphanumeric = |c: char| matches!(c, 'a'..='z' | '0'..='9');
    let is_separator =
        |text: &str| matches!(text, "" | "." | "_" | "__") || text.bytes().all(|byte| byte == b'-');
    text.starts_with(is_alphanumeric)
        && text.ends_with(is_alphanumeric)
        && text.split(is_alphanumeric).all(is_separator)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn name(named: &str) -> Result<String, ImageFault> {
        parse(&format!("{named}@{DIGEST}")).map(|(name, digest)| {
            assert_eq!(digest.to_string(), DIGEST);
            name
        })
    }

    #[test]
    fn tag_and_digest_are_no_part_of_the_name() {
        for (reference, expected) in [
            ("ghcr.io/owner/tool", "ghcr.io/owner/tool"),
            ("ghcr.io/owner/tool:v1.0", "ghcr.io/owner/tool"),
            ("localhost:5000/a", "localhost:5000/a"),
            ("localhost:5000/a:latest", "localhost:5000/a"),
            ("localhost/a", "localhost/a"),
            ("r.example/a/b__c/d---e.f", "r.example/a/b__c/d---e.f"),
        ] {
            assert_eq!(name(reference).as_deref(), Ok(expected), "{reference}");
        }
    }

    #[test]
    fn a_tag_without_digest_is_refused() {
        assert_eq!(parse("ghcr.io/owner/tool:v1"), Err(ImageFault::NoDigest));
        assert_eq!(parse("ghcr.io/owner/tool"), Err(ImageFault::NoDigest));
    }

    #[test]
    fn other_digests_are_refused() {
        let with = |digest: &str| parse(&format!("ghcr.io/owner/tool@{digest}"));
        assert!(with(&format!("sha512:{}", "a".repeat(128))).is_ok());
        assert_eq!(
            with(&format!("sha384:{}", "a".repeat(96))),
            Err(ImageFault::Algorithm {
                algorithm: DigestAlgorithm::Sha384
            })
        );
        let upper = DIGEST.replace("e3b0", "E3B0");
        let not_lower = DigestError::NotLowerHex {
            algorithm: DigestAlgorithm::Sha256,
        };
        assert_eq!(with(&upper), Err(ImageFault::Digest(not_lower)));
    }

    #[test]
    fn names_without_registry_and_malformed_ones_are_refused() {
        for (reference, fault) in [
            ("ubuntu", ImageFault::Registry),
            ("library/ubuntu", ImageFault::Registry),
            ("-a.io/b", ImageFault::Registry),
            ("a..io/b", ImageFault::Registry),
            ("a.io:/b", ImageFault::Registry),
            ("a.io:999999/b", ImageFault::Registry),
            ("https://ghcr.io/b", ImageFault::Registry),
            ("ghcr.io/", ImageFault::Repository),
            ("ghcr.io/Owner/b", ImageFault::Repository),
            ("ghcr.io/a//b", ImageFault::Repository),
            ("ghcr.io/a/../b", ImageFault::Repository),
            ("ghcr.io/a___b", ImageFault::Repository),
            ("ghcr.io/a._b", ImageFault::Repository),
            ("ghcr.io/a\n", ImageFault::Repository),
            ("ghcr.io/a@b", ImageFault::Repository),
            ("ghcr.io/a:", ImageFault::Tag),
            ("ghcr.io/a:.b", ImageFault::Tag),
            ("ghcr.io/a:b/c", ImageFault::Tag),
        ] {
            assert_eq!(name(reference), Err(fault), "{reference}");
        }
    }

    #[test]
    fn a_tag_as_long_as_allowed_is_accepted_and_one_character_more_refused() {
        assert!(name(&format!("ghcr.io/a:{}", "t".repeat(128))).is_ok());
        let long = format!("ghcr.io/a:{}", "t".repeat(129));
        assert_eq!(name(&long), Err(ImageFault::Tag));
    }
}

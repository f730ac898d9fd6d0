//! An artifact that a statement is about.

use crate::digest::DigestSet;
use crate::resource_descriptor::ResourceDescriptor;

/// An artifact that a statement is about: a [`ResourceDescriptor`] whose digest is present.
///
/// Subjects are matched by digest; names and URIs are what the producer chose to call them.
///
/// Source: in-toto attestation specification v1, `statement.md`, "subject".
#[derive(Clone, Debug, PartialEq)]
pub struct Subject {
    digest: DigestSet,
    descriptor: ResourceDescriptor,
}

impl Subject {
    /// Returns a subject of this name and digests.
    pub fn new(name: impl Into<String>, digest: impl Into<DigestSet>) -> Self {
        let descriptor = ResourceDescriptor {
            name: Some(name.into()),
            ..ResourceDescriptor::default()
        };
        Self::with_digest(descriptor, digest.into())
    }

    /// Returns the subject that the descriptor describes, or nothing if it has no digest.
    pub fn from_descriptor(descriptor: ResourceDescriptor) -> Option<Self> {
        let digest = descriptor.digest.clone()?;
        Some(Self::with_digest(descriptor, digest))
    }

    /// Returns the name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.descriptor.name.as_deref()
    }

    /// Returns the URI, if there is one.
    pub fn uri(&self) -> Option<&str> {
        self.descriptor.uri.as_deref()
    }

    /// Returns the digests.
    pub fn digest(&self) -> &DigestSet {
        &self.digest
    }

    /// Returns all that the statement says of the artifact.
    pub fn descriptor(&self) -> &ResourceDescriptor {
        &self.descriptor
    }

    /// Returns the subject with this digest, whatever digest the descriptor has.
    pub(crate) fn with_digest(descriptor: ResourceDescriptor, digest: DigestSet) -> Self {
        let descriptor = ResourceDescriptor {
            digest: Some(digest.clone()),
            ..descriptor
        };
        Self { digest, descriptor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Digest;

    #[test]
    fn a_descriptor_with_a_digest_is_a_subject_and_one_without_is_not() {
        let digest = Digest::parse("sha1:da39a3ee5e6b4b0d3255bfef95601890afd80709").unwrap();
        let mut descriptor = Subject::new("a", digest).descriptor().clone();
        assert_eq!(
            Subject::from_descriptor(descriptor.clone()).unwrap().name(),
            Some("a")
        );
        descriptor.digest = None;
        assert_eq!(Subject::from_descriptor(descriptor), None);
    }
}

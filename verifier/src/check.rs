//! One line of a verdict: what was looked at, what was expected, what was found, and where.

use std::fmt;

use serde::Serialize;

use crate::code::Code;

/// What a check looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Checked {
    /// The predicate's type.
    PredicateType,
    /// Who signed.
    Signer,
    /// Whether provenance and certificate tell of the same run.
    Consistency,
    /// Whether the signer is a builder that is trusted.
    Builder,
    /// At which version the builder was used.
    BuilderRef,
    /// The kind of runner.
    Runner,
    /// What the build type is.
    BuildType,
    /// The SLSA build level.
    Level,
    /// The source repository.
    Source,
    /// The number of the source repository.
    RepositoryId,
    /// The number of the repository's owner.
    OwnerId,
    /// The branch.
    Branch,
    /// The tag.
    Tag,
    /// The tag, read as a version.
    VersionedTag,
    /// The commit.
    Commit,
    /// The event that started the build.
    Event,
    /// The workflow's path.
    Workflow,
    /// An input of the workflow.
    Input,
    /// An external parameter.
    Parameter,
    /// The package's name.
    PackageName,
    /// The package's version.
    PackageVersion,
    /// The registry's own statement that it published the package.
    Publish,
    /// What Google Cloud Build wrote beside its envelope.
    Gcloud,
    /// Who verified, of a verification summary.
    Verifier,
    /// What was verified, of a verification summary.
    Resource,
    /// The result, of a verification summary.
    VerificationResult,
    /// A level, of a verification summary.
    VerifiedLevel,
    /// When it was verified, of a verification summary.
    VerifiedTime,
    /// A free condition of the policy.
    Condition,
}

/// Who says what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Witness {
    /// The signer's certificate, in which an identity provider speaks.
    Certificate,
    /// The predicate, in which the signer speaks.
    Predicate,
    /// Both, and they agree.
    Both,
    /// The key that the caller trusts.
    Key,
    /// What travels beside the attestation and nobody signed.
    Unsigned,
    /// The policy.
    Policy,
}

/// A check, and how it went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Check {
    /// What was looked at.
    pub checked: Checked,
    /// What was expected.
    pub expected: String,
    /// What was found, `None` for nothing.
    pub found: Option<String>,
    /// Who says so.
    pub witness: Witness,
    /// Why this refuses, or `None` where it was met.
    #[serde(serialize_with = "code", skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Code>,
}

#[expect(clippy::ref_option, reason = "the signature that serde asks for")]
fn code<S: serde::Serializer>(code: &Option<Code>, serializer: S) -> Result<S::Ok, S::Error> {
    code.map(Code::as_str).serialize(serializer)
}

impl Check {
    pub(crate) fn met(
        checked: Checked,
        witness: Witness,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Self {
        Self {
            checked,
            expected: expected.into(),
            found: Some(found.into()),
            witness,
            refusal: None,
        }
    }

    pub(crate) fn refused(
        code: Code,
        checked: Checked,
        witness: Witness,
        expected: impl Into<String>,
        found: Option<String>,
    ) -> Self {
        Self {
            checked,
            expected: expected.into(),
            found,
            witness,
            refusal: Some(code),
        }
    }

    /// Says whether what was found is what was expected.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.refusal.is_none()
    }
}

impl Checked {
    /// Returns the name in the project's output.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PredicateType => "predicate-type",
            Self::Signer => "signer",
            Self::Consistency => "consistency",
            Self::Builder => "builder",
            Self::BuilderRef => "builder-ref",
            Self::Runner => "runner",
            Self::BuildType => "build-type",
            Self::Level => "level",
            Self::Source => "source",
            Self::RepositoryId => "repository-id",
            Self::OwnerId => "owner-id",
            Self::Branch => "branch",
            Self::Tag => "tag",
            Self::VersionedTag => "versioned-tag",
            Self::Commit => "commit",
            Self::Event => "event",
            Self::Workflow => "workflow",
            Self::Input => "input",
            Self::Parameter => "parameter",
            Self::PackageName => "package-name",
            Self::PackageVersion => "package-version",
            Self::Publish => "publish",
            Self::Gcloud => "gcloud",
            Self::Verifier => "verifier",
            Self::Resource => "resource",
            Self::VerificationResult => "verification-result",
            Self::VerifiedLevel => "verified-level",
            Self::VerifiedTime => "verified-time",
            Self::Condition => "condition",
        }
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Certificate => "the certificate",
            Self::Predicate => "the predicate",
            Self::Both => "certificate and predicate",
            Self::Key => "the key",
            Self::Unsigned => "what nobody signed",
            Self::Policy => "the policy",
        })
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let found = self.found.as_deref().unwrap_or("nothing");
        if self.is_met() {
            write!(f, "{} is {found}", self.checked)
        } else {
            write!(
                f,
                "{}: expected {}, found {found} in {}",
                self.checked, self.expected, self.witness
            )
        }
    }
}

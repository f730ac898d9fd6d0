//! SLSA provenance: how artifacts were built, in the words of a token that the identity provider signed.
//!
//! Everything that identifies the run comes from [`Claims`]. What the caller adds, [`BuildDetails`], is what a
//! certificate does not have: the inputs, the dependencies, the times.

mod build_type;
mod error;
mod github;
mod gitlab;
mod inputs;
#[cfg(test)]
mod tests;
mod v02;
mod workflow_ref;

use std::collections::BTreeMap;

use jiff::Timestamp;
use slsa_predicates::predicate::{provenance_v1, types};
use slsa_predicates::{Digest, DigestAlgorithm, ResourceDescriptor};

use super::NewPredicate;
use super::error::PredicateInputError;
use crate::claims::Claims;

pub use crate::context::ExternalInputs;
pub use build_type::ExtendedBuildType;
pub use error::ProvenanceInputError;
pub use github::WORKFLOW_BUILD_TYPE;
pub use gitlab::GITLAB_PIPELINE_BUILD_TYPE;

/// What provenance says beside the claims.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "filled field by field")]
pub struct BuildDetails {
    /// What came from outside when the run was started.
    pub external: ExternalInputs,
    /// What the signing workflow built with, where it builds itself. Of provenance v1 on GitHub alone.
    pub build_type: Option<ExtendedBuildType>,
    /// What was fetched for the build, beside source and workflows, which the claims name.
    pub dependencies: Vec<ResourceDescriptor>,
    /// Versions of the builder's parts, such as this program's.
    pub builder_version: BTreeMap<String, String>,
    /// When the build began.
    pub started_on: Option<Timestamp>,
    /// When the build ended.
    pub finished_on: Option<Timestamp>,
    /// What else came out and is not the output, such as logs.
    pub byproducts: Vec<ResourceDescriptor>,
}

impl BuildDetails {
    fn check(&self) -> Result<(), ProvenanceInputError> {
        for (field, list) in [
            ("resolvedDependencies", &self.dependencies),
            ("byproducts", &self.byproducts),
        ] {
            // in-toto attestation specification v1, `resource_descriptor.md`: at least one of the three.
            let is_empty =
                |it: &ResourceDescriptor| it.uri.is_none() && it.digest.is_none() && it.content.is_none();
            if let Some(index) = list.iter().position(is_empty) {
                return Err(ProvenanceInputError::Descriptor { field, index });
            }
        }
        match (self.started_on, self.finished_on) {
            (Some(started), Some(finished)) if finished < started => {
                Err(ProvenanceInputError::Times { started, finished })
            }
            _ => Ok(()),
        }
    }

    fn metadata(&self, invocation: String) -> provenance_v1::BuildMetadata {
        provenance_v1::BuildMetadata {
            invocation_id: Some(invocation),
            started_on: self.started_on.map(Into::into),
            finished_on: self.finished_on.map(Into::into),
            ..provenance_v1::BuildMetadata::default()
        }
    }
}

/// Makes SLSA provenance v1 of a run.
///
/// # Errors
/// [`ProvenanceInputError`]; [`PredicateInputError::Predicate`] where there is more than a verifier reads.
pub fn provenance_v1(claims: &Claims, details: &BuildDetails) -> Result<NewPredicate, PredicateInputError> {
    details.check()?;
    let predicate = match claims {
        Claims::GitHub(claims) => github::provenance(claims, details)?,
        Claims::GitLab(_) if details.build_type.is_some() => {
            return Err(ProvenanceInputError::NotExtended.into());
        }
        Claims::GitLab(claims) => gitlab::provenance(claims, details)?,
    };
    NewPredicate::written(types::PROVENANCE_V1, &predicate)
}

/// Makes SLSA provenance v0.2 of a run on GitHub, for verifiers that know no other: in the words of
/// slsa-github-generator's generic builder, and [in a statement v0.1](NewPredicate::statement).
///
/// # Errors
/// As [`provenance_v1()`], [`ProvenanceInputError::NotInV02`] for GitLab, and
/// [`ProvenanceInputError::NotExtended`] for a build type.
pub fn provenance_v02(claims: &Claims, details: &BuildDetails) -> Result<NewPredicate, PredicateInputError> {
    details.check()?;
    if details.build_type.is_some() {
        return Err(ProvenanceInputError::NotExtended.into());
    }
    let predicate = match claims {
        Claims::GitHub(claims) => v02::provenance(claims, details)?,
        Claims::GitLab(_) => return Err(ProvenanceInputError::NotInV02.into()),
    };
    NewPredicate::written(types::PROVENANCE_V02, &predicate)
}

/// A commit of a repository, as a dependency.
fn commit(
    claim: &'static str,
    repository: &str,
    git_ref: &str,
    sha: &str,
    algorithm: DigestAlgorithm,
) -> Result<ResourceDescriptor, ProvenanceInputError> {
    let digest = Digest::new(algorithm, sha)
        .map_err(|_| ProvenanceInputError::claim(claim, sha, "a commit in lower-case hexadecimal"))?;
    Ok(ResourceDescriptor {
        uri: Some(format!("git+{repository}@{git_ref}")),
        digest: Some(digest.into()),
        ..ResourceDescriptor::default()
    })
}

/// Adds a commit, unless that commit of that repository is there already, under whatever ref.
fn add_commit(dependencies: &mut Vec<ResourceDescriptor>, added: ResourceDescriptor) {
    let repository = |it: &ResourceDescriptor| {
        let uri = it.uri.as_deref().unwrap_or_default();
        uri.split_once('@')
            .map_or(uri, |(repository, _)| repository)
            .to_owned()
    };
    let same = |it: &ResourceDescriptor| it.digest == added.digest && repository(it) == repository(&added);
    if !dependencies.iter().any(same) {
        dependencies.push(added);
    }
}

/// Checks a number that becomes part of a URL.
fn number(claim: &'static str, text: &str) -> Result<(), ProvenanceInputError> {
    // 64 bits have at most 20 digits.
    if (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(());
    }
    Err(ProvenanceInputError::claim(claim, text, "a number"))
}

/// Checks where repositories are: the beginning of every URL in the provenance.
fn server(claim: &'static str, text: &str) -> Result<(), ProvenanceInputError> {
    let host = text.strip_prefix("https://").unwrap_or_default();
    if !host.is_empty() && workflow_ref::is_plain_path(host) {
        return Ok(());
    }
    let expected = "an https URL without port, query and slash at the end";
    Err(ProvenanceInputError::claim(claim, text, expected))
}

//! What a caller expects of provenance, beyond its being authentic.

mod evaluate;
mod repository;
mod signer;
#[cfg(test)]
mod tests;
mod version;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::builder::{BuildLevel, BuilderRule};

pub use evaluate::{Evaluation, MatchedBuilder};
pub use repository::{Repository, RepositoryError};
pub use signer::SignerRule;
pub(crate) use signer::describe as describe_signer;
pub(crate) use version::release;
pub use version::{VersionError, VersionedTag};

/// What provenance must say. Empty, it demands a trusted builder, and that certificate and predicate agree.
///
/// Every expectation that is given must be met; one on a field that the build type does not record refuses.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Expectations {
    /// The predicate's type: one of these. Empty means provenance of any version.
    pub predicate_type: Vec<String>,
    /// Who signs. Named here, a signer needs no row among the trusted builders, and is believed up to level 1
    /// if it has none.
    pub signer: Option<SignerRule>,
    /// The builder: its URL, with or without `@` and a tag, a ref or a commit.
    #[schemars(with = "Option<String>")]
    pub builder: Option<BuilderRule>,
    /// The lowest SLSA build level, 0 to 3.
    #[schemars(with = "Option<u8>")]
    pub level: Option<BuildLevel>,
    /// The source repository: `HOST/OWNER/NAME`, with or without `https://` or `git+https://`.
    #[schemars(with = "Option<String>")]
    pub source: Option<Repository>,
    /// The number of the source repository, which survives renaming and is not given to another one.
    pub repository_id: Option<String>,
    /// The number of the repository's owner.
    pub owner_id: Option<String>,
    /// The branch that was built, without `refs/heads/`.
    pub branch: Option<String>,
    /// The tag that was built, without `refs/tags/`.
    pub tag: Option<String>,
    /// The version that the tag is of: `v1`, `v1.2`, `v1.2.3`.
    #[schemars(with = "Option<String>")]
    pub versioned_tag: Option<VersionedTag>,
    /// The commit that was built, in hex.
    pub commit: Option<String>,
    /// The build type: one of these.
    pub build_type: Vec<String>,
    /// The event that started the build: one of these.
    pub event: Vec<String>,
    /// The path of the workflow that was started.
    pub workflow: Option<String>,
    /// Inputs with which the workflow was started. Others may be there.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub inputs: BTreeMap<String, Value>,
    /// External parameters, by name, or by JSON Pointer (RFC 6901) where that begins with a slash.
    #[schemars(with = "BTreeMap<String, serde_json::Value>")]
    pub parameters: BTreeMap<String, Value>,
    /// External parameters that may be there though this verifier does not know them.
    pub allow_parameters: Vec<String>,
    /// Accept builds on runners that GitHub does not host. They reach level 1 at most.
    pub allow_self_hosted: bool,
}

impl Expectations {
    /// Returns the expectations in words, one line each.
    pub(crate) fn describe(&self) -> Vec<String> {
        let mut lines = Vec::new();
        let mut say = |what: &str, value: Option<String>| {
            lines.extend(value.map(|value| format!("{what} {value}")));
        };
        let any = |list: &[String]| (!list.is_empty()).then(|| list.join(" or "));
        say("of the type", any(&self.predicate_type));
        say("signed by", self.signer.as_ref().map(SignerRule::describe));
        say("built by", self.builder.as_ref().map(ToString::to_string));
        say("at least", self.level.map(|level| level.to_string()));
        say("built from", self.source.as_ref().map(ToString::to_string));
        say("from the repository with the number", self.repository_id.clone());
        say("from the owner with the number", self.owner_id.clone());
        say("from the branch", self.branch.clone());
        say("from the tag", self.tag.clone());
        say(
            "from a tag of version",
            self.versioned_tag.as_ref().map(ToString::to_string),
        );
        say("from the commit", self.commit.clone());
        say("of the build type", any(&self.build_type));
        say("started by the event", any(&self.event));
        say("started as the workflow", self.workflow.clone());
        for (name, value) in &self.inputs {
            say("with the input", Some(format!("{name}={value}")));
        }
        for (name, value) in &self.parameters {
            say("with the parameter", Some(format!("{name}={value}")));
        }
        say("with the further parameters", any(&self.allow_parameters));
        if self.allow_self_hosted {
            say("on", Some("hosted or self-hosted runners".to_owned()));
        }
        lines
    }
}

//! One run of a CI system, as the sandbox pretends it: what identity tokens, and so certificates, speak of.

mod claims;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

/// Bytes of a description: 64 KiB, a hundred times what all of its keys take.
const MAX_BYTES: usize = 64 << 10;

/// One run of a CI system. The default is a push to the main branch of a repository that does not exist.
///
/// Fields may hold anything, for a test may need what no CI system would say; [`parse`](Self::parse) is strict.
///
/// ```
/// use slsa_sandbox::{Run, RunError};
///
/// let run = Run::parse("repository: some/project\nref: refs/tags/v1.0.0\nclaims: {sub: null}")?;
/// let claims = run.claims("https://issuer.slsa-sandbox.test", "sigstore", "2026-01-01T00:00:00Z".parse().unwrap());
/// assert_eq!(claims.get("ref_type").unwrap(), "tag");
/// assert_eq!(claims.get("sub"), None);
/// # Ok::<(), RunError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[non_exhaustive]
pub struct Run {
    /// Whose tokens the run has.
    pub kind: RunKind,
    /// Where the repository is served: the beginning of the URLs in certificates.
    pub server_url: String,
    /// `owner/name`; on GitLab `group/…/project`.
    pub repository: String,
    /// The number that stays when the repository is renamed.
    pub repository_id: u64,
    /// The number of the owner; on GitLab, of the namespace.
    pub repository_owner_id: u64,
    /// `public`, `private` or `internal`.
    pub repository_visibility: String,
    /// `refs/heads/…` or `refs/tags/…`, or `refs/pull/…` for a pull request.
    #[serde(rename = "ref")]
    pub git_ref: String,
    /// Whether rules protect the ref.
    pub ref_protected: bool,
    /// The commit.
    pub sha: String,
    /// What started the run, such as `push`.
    pub event: String,
    /// The branch that a pull request comes from, else empty.
    pub head_ref: String,
    /// The branch that a pull request goes to, else empty.
    pub base_ref: String,
    /// The workflow's name.
    pub workflow: String,
    /// The workflow's file. Left out: what is usual on a system of this kind.
    pub workflow_path: Option<String>,
    /// The commit that the workflow's file was read at. Left out: the run's own.
    pub workflow_sha: Option<String>,
    /// The reusable workflow that the job stands in, if it stands in one.
    pub reusable_workflow: Option<ReusableWorkflow>,
    /// The run's number among all runs; on GitLab, the pipeline's.
    pub run_id: u64,
    /// The run's number among those of its workflow.
    pub run_number: u64,
    /// 1, and more when the run is repeated.
    pub run_attempt: u64,
    /// The job's number.
    pub check_run_id: u64,
    /// Who started the run.
    pub actor: String,
    /// The number of who started the run.
    pub actor_id: u64,
    /// Whose machine the job is on. Left out: the CI system's.
    pub runner_environment: Option<String>,
    /// The machine's number; in GitLab's tokens only.
    pub runner_id: u64,
    /// The deployment environment that the job names, if it names one.
    pub environment: Option<String>,
    /// The enterprise that the owner belongs to, if it does.
    pub enterprise: Option<String>,
    /// The enterprise's number, if there is one.
    pub enterprise_id: u64,
    /// Claims as they are to be, whatever follows from the rest; null takes one out.
    pub claims: BTreeMap<String, Value>,
}

/// Whose tokens a run has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RunKind {
    /// Tokens as GitHub Actions gives them.
    #[default]
    GitHub,
    /// Tokens as GitLab gives them.
    GitLab,
}

/// A workflow that others call.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct ReusableWorkflow {
    /// `owner/name/path@ref`, where the ref is what the caller wrote: a commit for a commit.
    pub workflow: String,
    /// The commit that it was read at.
    pub sha: String,
}

/// Why a description of a run cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// It is larger than a description can be.
    #[error("{found} bytes, at most {MAX_BYTES} are allowed")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// It is not a run: not YAML, or a key or value that a run does not have.
    #[error("{detail}")]
    Malformed {
        /// What is wrong, with line and column.
        detail: String,
    },
    /// The repository is not named by its owner and its own name.
    #[error("{found:?} is not the name of a repository, such as owner/name")]
    Repository {
        /// What stands there.
        found: String,
    },
    /// The ref is not a whole one.
    #[error("{found:?} is not a whole ref, such as refs/heads/main")]
    Ref {
        /// What stands there.
        found: String,
    },
    /// A commit is not named by its whole hash.
    #[error("{found:?} is not a commit: 40 or 64 digits of lower-case hexadecimal")]
    Commit {
        /// What stands there.
        found: String,
    },
    /// The reusable workflow is not named as a token names it.
    #[error("{found:?} is not a reusable workflow, such as owner/name/path@refs/tags/v1")]
    ReusableWorkflow {
        /// What stands there.
        found: String,
    },
}

impl Default for Run {
    fn default() -> Self {
        Self {
            kind: RunKind::GitHub,
            // RFC 6761 keeps .test free of real hosts.
            server_url: "https://git.slsa-sandbox.test".to_owned(),
            repository: "slsa-sandbox/example".to_owned(),
            repository_id: 1001,
            repository_owner_id: 1002,
            repository_visibility: "public".to_owned(),
            git_ref: "refs/heads/main".to_owned(),
            ref_protected: false,
            sha: "5eed".repeat(10),
            event: "push".to_owned(),
            head_ref: String::new(),
            base_ref: String::new(),
            workflow: "release".to_owned(),
            workflow_path: None,
            workflow_sha: None,
            reusable_workflow: None,
            run_id: 2001,
            run_number: 1,
            run_attempt: 1,
            check_run_id: 2002,
            actor: "slsa-sandbox-actor".to_owned(),
            actor_id: 1003,
            runner_environment: None,
            runner_id: 3001,
            environment: None,
            enterprise: None,
            enterprise_id: 1004,
            claims: BTreeMap::new(),
        }
    }
}

impl ReusableWorkflow {
    /// Names a workflow, as `owner/name/path@ref`, and the commit that it was read at.
    #[must_use]
    pub fn new(workflow: impl Into<String>, sha: impl Into<String>) -> Self {
        Self {
            workflow: workflow.into(),
            sha: sha.into(),
        }
    }
}

impl Run {
    /// Reads a run from YAML, of which JSON is a part. What is left out is as in the default.
    ///
    /// # Errors
    /// [`RunError`], for an unknown key as well, with line and column.
    pub fn parse(text: &str) -> Result<Self, RunError> {
        if text.len() > MAX_BYTES {
            return Err(RunError::TooLarge { found: text.len() });
        }
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        let run: Self =
            serde_saphyr::from_str_with_options(text, options).map_err(|error| RunError::Malformed {
                detail: error.to_string(),
            })?;
        run.check()?;
        Ok(run)
    }

    /// Returns who owns the repository; on GitLab, its namespace.
    #[must_use]
    pub fn repository_owner(&self) -> &str {
        let owner = match self.kind {
            RunKind::GitHub => self.repository.split_once('/'),
            RunKind::GitLab => self.repository.rsplit_once('/'),
        };
        owner.map_or(self.repository.as_str(), |(owner, _)| owner)
    }

    fn check(&self) -> Result<(), RunError> {
        let mut parts = self.repository.split('/');
        let count = parts.clone().count();
        let depth_is_right = match self.kind {
            RunKind::GitHub => count == 2,
            RunKind::GitLab => count >= 2,
        };
        if !depth_is_right || parts.any(str::is_empty) {
            return Err(RunError::Repository {
                found: self.repository.clone(),
            });
        }
        if !is_ref(&self.git_ref) {
            return Err(RunError::Ref {
                found: self.git_ref.clone(),
            });
        }
        let reusable = self.reusable_workflow.as_ref();
        let commits = [
            Some(&self.sha),
            self.workflow_sha.as_ref(),
            reusable.map(|called| &called.sha),
        ];
        if let Some(found) = commits.into_iter().flatten().find(|sha| !is_commit(sha)) {
            return Err(RunError::Commit { found: found.clone() });
        }
        match reusable {
            Some(called) if !is_workflow(called) => Err(RunError::ReusableWorkflow {
                found: called.workflow.clone(),
            }),
            _ => Ok(()),
        }
    }
}

fn is_ref(text: &str) -> bool {
    let name = text.strip_prefix("refs/").and_then(|rest| rest.split_once('/'));
    name.is_some_and(|(kind, name)| !kind.is_empty() && !name.is_empty())
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

fn is_workflow(called: &ReusableWorkflow) -> bool {
    called.workflow.split_once('@').is_some_and(|(file, at)| {
        let is_path = file.split('/').count() > 2 && file.split('/').all(|part| !part.is_empty());
        is_path && (is_ref(at) || at == called.sha)
    })
}

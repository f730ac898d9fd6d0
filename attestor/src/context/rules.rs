//! Which runs may be attested.

use std::collections::BTreeSet;

use super::ContextError;
use crate::claims::{Claims, WorkflowRef, is_commit};
use crate::http::excerpt;

/// The events of which it is known what they hand to a workflow
/// (<https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1>).
const GITHUB_EVENTS: [&str; 4] = ["create", "push", "release", "workflow_dispatch"];
/// Their like in GitLab: a push of a branch or tag, and a person on the web page.
const GITLAB_SOURCES: [&str; 2] = ["push", "web"];

/// Where what is signed can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogVisibility {
    /// In a log that everyone can read, for ever.
    Public,
    /// In no log, or in one of the owner's own.
    None,
}

/// Whose machine the job may run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RunnerRule {
    /// The provider's, which is new for each job.
    Hosted,
    /// Anyone's; that it is new for each job is then the owner's word.
    Any,
}

/// Which runs may be attested. The default is strict; each exception is asked for by name.
///
/// A workflow that anyone can start with content of their own, as by `pull_request_target`, `workflow_run` or
/// `issue_comment`, is no exception that this crate would make by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextRules {
    more_events: BTreeSet<String>,
    runner: RunnerRule,
    private_to_public_log: bool,
    signer: Option<SignerWorkflow>,
}

/// The workflow that alone may sign: a file, whose ref must be a release or a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignerWorkflow {
    repository: String,
    path: String,
}

/// A text does not name a workflow.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a workflow as in owner/name/.github/workflows/file.yml: \"{found}\"")]
#[non_exhaustive]
pub struct SignerWorkflowError {
    /// The text.
    pub found: String,
}

impl SignerWorkflow {
    /// Parses `owner/name/.github/workflows/file.yml`, without a ref.
    ///
    /// # Errors
    /// [`SignerWorkflowError`].
    pub fn parse(text: &str) -> Result<Self, SignerWorkflowError> {
        // One grammar for the setting and for what it is compared with.
        let at_some_ref = format!("{text}@refs/x");
        match WorkflowRef::parse(&at_some_ref) {
            Some(workflow) if workflow.git_ref == "refs/x" => Ok(Self {
                repository: workflow.repository.to_owned(),
                path: workflow.path.to_owned(),
            }),
            _ => Err(SignerWorkflowError {
                found: excerpt(text, 200),
            }),
        }
    }
}

impl Default for ContextRules {
    fn default() -> Self {
        Self {
            more_events: BTreeSet::new(),
            runner: RunnerRule::Hosted,
            private_to_public_log: false,
            signer: None,
        }
    }
}

impl ContextRules {
    /// Allows further events by name: GitHub's, or GitLab's `pipeline_source`.
    #[must_use]
    pub fn allow_events<T: Into<String>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.more_events.extend(names.into_iter().map(Into::into));
        self
    }

    /// Says whose machine the job may run on.
    #[must_use]
    pub fn runner(mut self, rule: RunnerRule) -> Self {
        self.runner = rule;
        self
    }

    /// Allows the name of a private or internal repository to stand in a public log.
    #[must_use]
    pub fn allow_public_log(mut self) -> Self {
        self.private_to_public_log = true;
        self
    }

    /// Demands that the job is of this workflow, at a tag `vX.Y.Z` or at its commit.
    ///
    /// A copy of the workflow in another repository then gets no signature that looks like the original's.
    #[must_use]
    pub fn signer(mut self, workflow: SignerWorkflow) -> Self {
        self.signer = Some(workflow);
        self
    }

    /// Judges a run.
    ///
    /// # Errors
    /// [`ContextError`], that of the first rule that it breaks.
    pub fn check(&self, claims: &Claims, log: LogVisibility) -> Result<(), ContextError> {
        let run = Run::of(claims);
        if let Some(signer) = &self.signer {
            check_signer(signer, claims)?;
        }
        if !run.usual_events.contains(&run.event) && !self.more_events.contains(run.event) {
            let usual = run.usual_events.iter().map(|event| (*event).to_owned());
            let allowed: BTreeSet<String> = usual.chain(self.more_events.iter().cloned()).collect();
            return Err(ContextError::Event {
                found: run.event.to_owned(),
                allowed: allowed.into_iter().collect(),
            });
        }
        if run.runner != run.hosted && self.runner == RunnerRule::Hosted {
            return Err(ContextError::Runner {
                found: run.runner.to_owned(),
            });
        }
        if run.visibility != "public" && log == LogVisibility::Public && !self.private_to_public_log {
            return Err(ContextError::PublicLog {
                repository: run.repository.to_owned(),
                visibility: run.visibility.to_owned(),
            });
        }
        Ok(())
    }
}

/// What both providers say, each in its own words.
struct Run<'a> {
    event: &'a str,
    usual_events: &'static [&'static str],
    runner: &'a str,
    hosted: &'static str,
    repository: &'a str,
    visibility: &'a str,
}

impl<'a> Run<'a> {
    fn of(claims: &'a Claims) -> Self {
        match claims {
            Claims::GitHub(claims) => Self {
                event: &claims.event_name,
                usual_events: &GITHUB_EVENTS,
                runner: &claims.runner_environment,
                hosted: "github-hosted",
                repository: &claims.repository,
                visibility: &claims.repository_visibility,
            },
            Claims::GitLab(claims) => Self {
                event: &claims.pipeline_source,
                usual_events: &GITLAB_SOURCES,
                runner: &claims.runner_environment,
                hosted: "gitlab-hosted",
                repository: &claims.project_path,
                visibility: &claims.project_visibility,
            },
        }
    }
}

fn check_signer(expected: &SignerWorkflow, claims: &Claims) -> Result<(), ContextError> {
    let wrong = |found: &str| ContextError::Signer {
        expected: format!("{}/{}", expected.repository, expected.path),
        found: excerpt(found, 200),
    };
    let claims = match claims {
        Claims::GitHub(claims) => claims,
        // A workflow is GitHub's, and nothing of GitLab's can be it.
        Claims::GitLab(claims) => return Err(wrong(&claims.ci_config_ref_uri)),
    };
    let workflow = WorkflowRef::parse(&claims.job_workflow_ref)
        .filter(|found| found.repository == expected.repository && found.path == expected.path)
        .ok_or_else(|| wrong(&claims.job_workflow_ref))?;
    let tag = workflow.git_ref.strip_prefix("refs/tags/v");
    let own_commit = is_commit(workflow.git_ref) && workflow.git_ref == claims.job_workflow_sha;
    if own_commit || tag.is_some_and(is_version) {
        Ok(())
    } else {
        Err(ContextError::SignerRef {
            found: excerpt(workflow.git_ref, 200),
        })
    }
}

/// Returns whether the text is `X.Y.Z`. A tag `v1` is there to be moved.
fn is_version(text: &str) -> bool {
    let number = |part: &str| {
        (1..=9).contains(&part.len())
            && part.bytes().all(|b| b.is_ascii_digit())
            && (part == "0" || !part.starts_with('0'))
    };
    text.split('.').take(4).count() == 3 && text.split('.').all(number)
}

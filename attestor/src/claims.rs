//! What an identity provider says of a run, in a token whose signature was verified.

use jiff::Timestamp;

/// The claims of a verified token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Claims {
    /// Of GitHub Actions.
    GitHub(Box<GitHubClaims>),
    /// Of GitLab CI.
    GitLab(Box<GitLabClaims>),
}

/// The claims of a token that GitHub Actions issued
/// (<https://docs.github.com/en/actions/reference/security/oidc>). Numbers stay text, as the token has them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "read field by field, and made in tests")]
pub struct GitHubClaims {
    /// `iss`, exactly as it was expected.
    pub issuer: String,
    /// Where the repositories are, without a slash at the end: `https://github.com`. Not a claim: it belongs to
    /// the issuer.
    pub server_url: String,
    /// `sub`. Owners may change its shape; nothing is read from it.
    pub subject: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `repository`, as `owner/name`.
    pub repository: String,
    /// `repository_id`, a number.
    pub repository_id: String,
    /// `repository_owner`.
    pub repository_owner: String,
    /// `repository_owner_id`, a number.
    pub repository_owner_id: String,
    /// `repository_visibility`: `public`, `private` or `internal`.
    pub repository_visibility: String,
    /// `ref`, such as `refs/tags/v1.2.3`.
    pub git_ref: String,
    /// `ref_type`: `branch` or `tag`.
    pub ref_type: String,
    /// `sha`: the commit, 40 hex digits.
    pub sha: String,
    /// `workflow_ref`: the workflow that was started, as `owner/name/path@ref`.
    pub workflow_ref: String,
    /// `workflow_sha`: the commit from which that workflow was read.
    pub workflow_sha: String,
    /// `job_workflow_ref`: the workflow whose job this is; another one than `workflow_ref` where a reusable workflow
    /// was called.
    pub job_workflow_ref: String,
    /// `job_workflow_sha`: the commit from which that workflow was read.
    pub job_workflow_sha: String,
    /// `event_name`.
    pub event_name: String,
    /// `run_id`, a number.
    pub run_id: String,
    /// `run_attempt`, a number.
    pub run_attempt: String,
    /// `run_number`, a number.
    pub run_number: Option<String>,
    /// `runner_environment`: `github-hosted` or `self-hosted`.
    pub runner_environment: String,
    /// `actor`: who started the run.
    pub actor: Option<String>,
    /// `actor_id`, a number.
    pub actor_id: Option<String>,
    /// `head_ref`: the source branch of a pull request.
    pub head_ref: Option<String>,
    /// `base_ref`: the target branch of a pull request.
    pub base_ref: Option<String>,
    /// `environment`: the deployment environment of the job.
    pub environment: Option<String>,
    /// `enterprise`.
    pub enterprise: Option<String>,
}

/// The claims of a token that GitLab CI issued
/// (<https://docs.gitlab.com/ci/secrets/id_token_authentication/>). Numbers stay text, as the token has them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "read field by field, and made in tests")]
pub struct GitLabClaims {
    /// `iss`: the instance, `https://gitlab.com`, without a slash at the end.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `iat`.
    pub issued_at: Timestamp,
    /// `exp`.
    pub expires_at: Timestamp,
    /// `project_path`, as `group/project`.
    pub project_path: String,
    /// `project_id`, a number.
    pub project_id: String,
    /// `project_visibility`: `public`, `internal` or `private`.
    pub project_visibility: String,
    /// `namespace_path`.
    pub namespace_path: String,
    /// `namespace_id`, a number.
    pub namespace_id: String,
    /// `ref_path`, such as `refs/tags/v1.2.3`.
    pub ref_path: String,
    /// `sha`: the commit, 40 hex digits.
    pub sha: String,
    /// `ci_config_ref_uri`: the pipeline's file, as `host/group/project//.gitlab-ci.yml@ref`.
    pub ci_config_ref_uri: String,
    /// `ci_config_sha`: the commit from which that file was read.
    pub ci_config_sha: String,
    /// `pipeline_id`, a number.
    pub pipeline_id: String,
    /// `pipeline_source`: what started the pipeline, such as `push` or `web`.
    pub pipeline_source: String,
    /// `job_id`, a number.
    pub job_id: String,
    /// `runner_id`, a number.
    pub runner_id: String,
    /// `runner_environment`: `gitlab-hosted` or `self-hosted`.
    pub runner_environment: String,
    /// `user_login`: who started the pipeline.
    pub user_login: Option<String>,
    /// `user_id`, a number.
    pub user_id: Option<String>,
}

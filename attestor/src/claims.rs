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

impl Claims {
    /// Returns `sub`, over which Fulcio wants a signature. Nothing is read from it.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::GitHub(claims) => &claims.subject,
            Self::GitLab(claims) => &claims.subject,
        }
    }
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

/// A workflow and where it was read from, as `workflow_ref` and `job_workflow_ref` name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "the parts of a text, and there are no more"
)]
pub struct WorkflowRef<'a> {
    /// The repository, as `owner/name`.
    pub repository: &'a str,
    /// The file, such as `.github/workflows/release.yml`.
    pub path: &'a str,
    /// The ref, such as `refs/heads/main`, or a commit.
    pub git_ref: &'a str,
}

impl<'a> WorkflowRef<'a> {
    /// Parses `owner/name/.github/workflows/file@ref`.
    ///
    /// The first `@` ends the path: in names of refs it may stand, as in
    /// `evil.yml@refs/heads/x/release.yml@refs/tags/v1`, and the ref is what the caller's repository can choose. A file
    /// whose own name has an `@` is refused, for what follows is then no ref.
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let (workflow, git_ref) = text.split_once('@')?;
        let (repository, file) = workflow.split_once("/.github/workflows/")?;
        let path = workflow.strip_prefix(repository)?.strip_prefix('/')?;
        // Subdirectories hold no workflows.
        let is_file = (file.ends_with(".yml") || file.ends_with(".yaml"))
            && !file.contains(['/', '\\'])
            && !file.starts_with('.')
            && !file.chars().any(char::is_control);
        let is_ref = is_git_ref(git_ref) || is_commit(git_ref);
        (is_repository(repository) && is_file && is_ref).then_some(Self {
            repository,
            path,
            git_ref,
        })
    }
}

/// Returns whether the text is `owner/name`, of what GitHub allows in the two.
pub(crate) fn is_repository(text: &str) -> bool {
    let mut parts = text.splitn(3, '/');
    let two = [parts.next(), parts.next()];
    parts.next().is_none() && two.into_iter().all(|part| part.is_some_and(is_name))
}

/// Returns whether the text is `group/project`, with any number of groups up to the twenty that GitLab allows.
pub(crate) fn is_project_path(text: &str) -> bool {
    (2..=21).contains(&text.split('/').take(22).count()) && text.split('/').all(is_name)
}

fn is_name(part: &str) -> bool {
    (1..=255).contains(&part.len())
        && part
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && !matches!(part, "." | "..")
}

/// Returns whether the text is a ref by its full name, without what git forbids (`git check-ref-format`).
pub(crate) fn is_git_ref(text: &str) -> bool {
    let forbidden = |c: char| c.is_whitespace() || c.is_control() || r"~^:?*[\".contains(c);
    // 1 KiB: file systems stop at a quarter of it for each part.
    text.len() <= 1024
        && text.strip_prefix("refs/").is_some_and(|name| !name.is_empty())
        && !text.contains(forbidden)
        && !text.contains("..")
        && !text.contains("//")
        && !text.contains("@{")
        && !text.ends_with(['/', '.'])
}

/// Returns whether the text is a commit, as git writes it with SHA-1.
pub(crate) fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_ref_is_split_at_the_first_at_sign() {
        let commit = "0123456789abcdef0123456789abcdef01234567";
        for git_ref in [
            "refs/heads/main",
            "refs/tags/v1.2.3",
            "refs/heads/a@b/c.yml@d",
            commit,
        ] {
            let text = format!("octo/tool.rs/.github/workflows/release.yml@{git_ref}");
            assert_eq!(
                WorkflowRef::parse(&text),
                Some(WorkflowRef {
                    repository: "octo/tool.rs",
                    path: ".github/workflows/release.yml",
                    git_ref
                })
            );
        }
        let evil = "o/r/.github/workflows/evil.yml@refs/heads/x/release.yml@refs/tags/v1";
        assert_eq!(
            WorkflowRef::parse(evil).map(|w| (w.path, w.git_ref)),
            Some((
                ".github/workflows/evil.yml",
                "refs/heads/x/release.yml@refs/tags/v1"
            ))
        );
    }

    #[test]
    fn what_names_no_workflow_is_refused() {
        for text in [
            "",
            "o/r/.github/workflows/a.yml",
            "o/r/.github/workflows/a.yml@",
            "o/r/.github/workflows/a.yml@main",
            "o/r/.github/workflows/a.yml@refs/",
            "o/r/.github/workflows/a.yml@refs/heads/a b",
            "o/r/.github/workflows/a.yml@refs/heads/a..b",
            "o/r/.github/workflows/a.yml@0123456789ABCDEF0123456789abcdef01234567",
            "o/r/.github/workflows/a@b.yml@refs/heads/main",
            "o/r/.github/workflows/../a.yml@refs/heads/main",
            "o/r/.github/workflows/x/a.yml@refs/heads/main",
            "o/r/.github/workflows/.yml@refs/heads/main",
            "o/r/.github/workflows/a.sh@refs/heads/main",
            "o/r/x/.github/workflows/a.yml@refs/heads/main",
            "r/.github/workflows/a.yml@refs/heads/main",
            "o/../.github/workflows/a.yml@refs/heads/main",
            "/o/r/.github/workflows/a.yml@refs/heads/main",
            "dynamic/github-code-scanning/codeql@refs/heads/main",
        ] {
            assert_eq!(WorkflowRef::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_project_has_a_group_and_may_have_more() {
        assert!(is_project_path("group/project") && is_project_path("a/b/c/project"));
        for text in ["project", "/project", "group/", "a//b", "a/../b"] {
            assert!(!is_project_path(text), "{text}");
        }
    }
}

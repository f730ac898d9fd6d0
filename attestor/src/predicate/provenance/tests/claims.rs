//! Claims as GitHub and GitLab make them, of a push of a tag.

use crate::claims::{Claims, GitHubClaims, GitLabClaims};

pub(super) const SHA: &str = "1111111111111111111111111111111111111111";
pub(super) const BUILDER_SHA: &str = "2222222222222222222222222222222222222222";

pub(super) fn github() -> GitHubClaims {
    let workflow = "octo/app/.github/workflows/release.yml@refs/tags/v1.2.3";
    GitHubClaims {
        issuer: "https://token.actions.githubusercontent.com".to_owned(),
        server_url: "https://github.com".to_owned(),
        subject: "repo:octo/app:ref:refs/tags/v1.2.3".to_owned(),
        issued_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        expires_at: "2026-01-02T03:09:05Z".parse().unwrap(),
        repository: "octo/app".to_owned(),
        repository_id: "101".to_owned(),
        repository_owner: "octo".to_owned(),
        repository_owner_id: "102".to_owned(),
        repository_visibility: "public".to_owned(),
        git_ref: "refs/tags/v1.2.3".to_owned(),
        ref_type: "tag".to_owned(),
        sha: SHA.to_owned(),
        workflow_ref: workflow.to_owned(),
        workflow_sha: SHA.to_owned(),
        job_workflow_ref: workflow.to_owned(),
        job_workflow_sha: SHA.to_owned(),
        event_name: "push".to_owned(),
        run_id: "201".to_owned(),
        run_attempt: "2".to_owned(),
        run_number: Some("7".to_owned()),
        runner_environment: "github-hosted".to_owned(),
        actor: Some("mona".to_owned()),
        actor_id: Some("103".to_owned()),
        head_ref: Some(String::new()),
        base_ref: None,
        environment: None,
        enterprise: None,
    }
}

/// A run in which a reusable workflow of another repository signs.
pub(super) fn called() -> GitHubClaims {
    GitHubClaims {
        job_workflow_ref: "octo/builders/.github/workflows/build.yml@refs/tags/v3".to_owned(),
        job_workflow_sha: BUILDER_SHA.to_owned(),
        ..github()
    }
}

pub(super) fn gitlab() -> GitLabClaims {
    GitLabClaims {
        issuer: "https://gitlab.com".to_owned(),
        subject: "project_path:octo/sub/app:ref_type:tag:ref:v1.2.3".to_owned(),
        issued_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        expires_at: "2026-01-02T03:09:05Z".parse().unwrap(),
        project_path: "octo/sub/app".to_owned(),
        project_id: "301".to_owned(),
        project_visibility: "public".to_owned(),
        namespace_path: "octo/sub".to_owned(),
        namespace_id: "302".to_owned(),
        ref_path: "refs/tags/v1.2.3".to_owned(),
        sha: SHA.to_owned(),
        ci_config_ref_uri: "gitlab.com/octo/sub/app//.gitlab-ci.yml@refs/tags/v1.2.3".to_owned(),
        ci_config_sha: SHA.to_owned(),
        pipeline_id: "401".to_owned(),
        pipeline_source: "push".to_owned(),
        job_id: "402".to_owned(),
        runner_id: "403".to_owned(),
        runner_environment: "gitlab-hosted".to_owned(),
        user_login: Some("mona".to_owned()),
        user_id: Some("303".to_owned()),
    }
}

pub(super) fn of_github(change: impl FnOnce(&mut GitHubClaims)) -> Claims {
    let mut claims = github();
    change(&mut claims);
    Claims::GitHub(Box::new(claims))
}

pub(super) fn of_gitlab(change: impl FnOnce(&mut GitLabClaims)) -> Claims {
    let mut claims = gitlab();
    change(&mut claims);
    Claims::GitLab(Box::new(claims))
}

//! The claims of GitLab CI (<https://docs.gitlab.com/ci/secrets/id_token_authentication/>).

use super::payload::{COMMIT, Form, GIT_REF, NUMBER, Payload, TEXT, Times};
use super::{Issuer, OidcError};
use crate::claims::{GitLabClaims, is_project_path};

const PROJECT: Form = Form("group/project", is_project_path);
const VISIBILITY: Form = Form("public, internal or private", |text| {
    matches!(text, "public" | "internal" | "private")
});
const RUNNER: Form = Form("gitlab-hosted or self-hosted", |text| {
    matches!(text, "gitlab-hosted" | "self-hosted")
});
const SOURCE: Form = Form("what starts a pipeline", |text| {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
});
const CONFIGURATION: Form = Form("host/group/project//file@ref", |text| {
    let Some((place, git_ref)) = text.split_once('@') else {
        return false;
    };
    let Some((project, file)) = place.split_once("//") else {
        return false;
    };
    let Some((host, project)) = project.split_once('/') else {
        return false;
    };
    !host.is_empty() && is_project_path(project) && !file.is_empty() && crate::claims::is_git_ref(git_ref)
});

pub(super) fn claims(payload: &Payload, times: &Times, issuer: &Issuer) -> Result<GitLabClaims, OidcError> {
    Ok(GitLabClaims {
        issuer: issuer.url().to_owned(),
        subject: payload.text("sub", &TEXT)?,
        issued_at: times.issued_at,
        expires_at: times.expires_at,
        project_path: payload.text("project_path", &PROJECT)?,
        project_id: payload.number("project_id")?,
        project_visibility: payload.text("project_visibility", &VISIBILITY)?,
        namespace_path: payload.text("namespace_path", &TEXT)?,
        namespace_id: payload.number("namespace_id")?,
        ref_path: payload.text("ref_path", &GIT_REF)?,
        sha: payload.text("sha", &COMMIT)?,
        ci_config_ref_uri: payload.text("ci_config_ref_uri", &CONFIGURATION)?,
        ci_config_sha: payload.text("ci_config_sha", &COMMIT)?,
        pipeline_id: payload.number("pipeline_id")?,
        pipeline_source: payload.text("pipeline_source", &SOURCE)?,
        job_id: payload.number("job_id")?,
        runner_id: payload.number("runner_id")?,
        runner_environment: payload.text("runner_environment", &RUNNER)?,
        user_login: payload.optional("user_login", &TEXT)?,
        user_id: payload.optional("user_id", &NUMBER)?,
    })
}

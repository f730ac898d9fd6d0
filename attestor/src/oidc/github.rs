//! The claims of GitHub Actions (<https://docs.github.com/en/actions/reference/security/oidc>).

use super::payload::{COMMIT, Form, GIT_REF, NUMBER, Payload, TEXT, Times};
use super::{Issuer, OidcError};
use crate::claims::{GitHubClaims, WorkflowRef, is_repository};

const REPOSITORY: Form = Form("owner/name", is_repository);
const VISIBILITY: Form = Form("public, private or internal", |text| {
    matches!(text, "public" | "private" | "internal")
});
const REF_TYPE: Form = Form("branch or tag", |text| matches!(text, "branch" | "tag"));
const RUNNER: Form = Form("github-hosted or self-hosted", |text| {
    matches!(text, "github-hosted" | "self-hosted")
});
const EVENT: Form = Form("the name of an event", |text| {
    (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
});
const WORKFLOW: Form = Form("owner/name/.github/workflows/file@ref", |text| {
    WorkflowRef::parse(text).is_some()
});

pub(super) fn claims(payload: &Payload, times: &Times, issuer: &Issuer) -> Result<GitHubClaims, OidcError> {
    let repository = payload.text("repository", &REPOSITORY)?;
    let repository_owner = payload.text("repository_owner", &TEXT)?;
    if repository.split('/').next() != Some(repository_owner.as_str()) {
        return Err(OidcError::ClaimForm {
            name: "repository_owner",
            expected: "the owner of the repository",
            found: crate::http::excerpt(&repository_owner, 200),
        });
    }
    Ok(GitHubClaims {
        issuer: issuer.url().to_owned(),
        server_url: issuer.server_url().to_owned(),
        subject: payload.text("sub", &TEXT)?,
        issued_at: times.issued_at,
        expires_at: times.expires_at,
        repository,
        repository_id: payload.text("repository_id", &NUMBER)?,
        repository_owner,
        repository_owner_id: payload.text("repository_owner_id", &NUMBER)?,
        repository_visibility: payload.text("repository_visibility", &VISIBILITY)?,
        git_ref: payload.text("ref", &GIT_REF)?,
        ref_type: payload.text("ref_type", &REF_TYPE)?,
        sha: payload.text("sha", &COMMIT)?,
        workflow_ref: payload.text("workflow_ref", &WORKFLOW)?,
        workflow_sha: payload.text("workflow_sha", &COMMIT)?,
        job_workflow_ref: payload.text("job_workflow_ref", &WORKFLOW)?,
        job_workflow_sha: payload.text("job_workflow_sha", &COMMIT)?,
        event_name: payload.text("event_name", &EVENT)?,
        run_id: payload.text("run_id", &NUMBER)?,
        run_attempt: payload.text("run_attempt", &NUMBER)?,
        run_number: payload.optional("run_number", &NUMBER)?,
        runner_environment: payload.text("runner_environment", &RUNNER)?,
        actor: payload.optional("actor", &TEXT)?,
        actor_id: payload.optional("actor_id", &NUMBER)?,
        head_ref: payload.optional("head_ref", &TEXT)?,
        base_ref: payload.optional("base_ref", &TEXT)?,
        environment: payload.optional("environment", &TEXT)?,
        enterprise: payload.optional("enterprise", &TEXT)?,
    })
}

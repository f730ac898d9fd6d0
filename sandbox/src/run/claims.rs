//! What identity tokens say of a run.
//!
//! Sources: GitHub's "OpenID Connect reference", GitLab's "OpenID Connect authentication using ID tokens".

use jiff::Timestamp;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::{Run, RunKind};

impl Run {
    /// Returns the claims of a token for this run, in the shapes that the real issuer gives them: numbers of
    /// things as texts, times as numbers.
    #[must_use]
    pub fn claims(&self, issuer: &str, audience: &str, issued_at: Timestamp) -> Map<String, Value> {
        let issued_at = issued_at.as_second();
        // How long before, and after, its issue a token is good: GitHub's example has 10 and 5 minutes,
        // GitLab's 5 seconds and an hour.
        let (before, after) = match self.kind {
            RunKind::GitHub => (600, 300),
            RunKind::GitLab => (5, 3600),
        };
        let mut claims = match self.kind {
            RunKind::GitHub => self.github_claims(),
            RunKind::GitLab => self.gitlab_claims(),
        };
        let all_tokens = [
            ("iss", json!(issuer)),
            ("aud", json!(audience)),
            ("iat", json!(issued_at)),
            ("nbf", json!(issued_at.saturating_sub(before))),
            ("exp", json!(issued_at.saturating_add(after))),
            ("jti", json!(self.token_id(issuer, audience, issued_at))),
        ];
        claims.extend(all_tokens.map(|(name, value)| (name.to_owned(), value)));
        for (name, value) in &self.claims {
            if value.is_null() {
                claims.remove(name);
            } else {
                claims.insert(name.clone(), value.clone());
            }
        }
        claims
    }

    /// Returns `branch` or `tag`; for GitHub, a pull request is on a branch.
    fn ref_type(&self) -> &'static str {
        if self.git_ref.starts_with("refs/tags/") {
            "tag"
        } else {
            "branch"
        }
    }

    /// Returns the ref without what says its type.
    fn ref_name(&self) -> &str {
        let name = ["refs/heads/", "refs/tags/", "refs/"]
            .iter()
            .find_map(|prefix| self.git_ref.strip_prefix(prefix));
        name.unwrap_or(&self.git_ref)
    }

    fn github_claims(&self) -> Map<String, Value> {
        let path = self
            .workflow_path
            .as_deref()
            .unwrap_or(".github/workflows/release.yml");
        let workflow_ref = format!("{}/{path}@{}", self.repository, self.git_ref);
        let workflow_sha = self.workflow_sha.as_ref().unwrap_or(&self.sha);
        let (job_workflow_ref, job_workflow_sha) = match &self.reusable_workflow {
            Some(called) => (&called.workflow, &called.sha),
            None => (&workflow_ref, workflow_sha),
        };
        let context = match &self.environment {
            Some(environment) => format!("environment:{environment}"),
            None if self.event == "pull_request" => "pull_request".to_owned(),
            None => format!("ref:{}", self.git_ref),
        };
        let mut claims = object(json!({
            "sub": format!("repo:{}:{context}", self.repository),
            "ref": self.git_ref,
            "ref_type": self.ref_type(),
            "ref_protected": self.ref_protected.to_string(),
            "sha": self.sha,
            "repository": self.repository,
            "repository_id": self.repository_id.to_string(),
            "repository_owner": self.repository_owner(),
            "repository_owner_id": self.repository_owner_id.to_string(),
            "repository_visibility": self.repository_visibility,
            "actor": self.actor,
            "actor_id": self.actor_id.to_string(),
            "event_name": self.event,
            "head_ref": self.head_ref,
            "base_ref": self.base_ref,
            "workflow": self.workflow,
            "workflow_ref": workflow_ref,
            "workflow_sha": workflow_sha,
            "job_workflow_ref": job_workflow_ref,
            "job_workflow_sha": job_workflow_sha,
            "run_id": self.run_id.to_string(),
            "run_number": self.run_number.to_string(),
            "run_attempt": self.run_attempt.to_string(),
            "check_run_id": self.check_run_id.to_string(),
            "runner_environment": self.runner_environment.as_deref().unwrap_or("github-hosted"),
        }));
        if let Some(environment) = &self.environment {
            claims.insert("environment".to_owned(), json!(environment));
        }
        if let Some(enterprise) = &self.enterprise {
            claims.insert("enterprise".to_owned(), json!(enterprise));
            claims.insert("enterprise_id".to_owned(), json!(self.enterprise_id.to_string()));
        }
        claims
    }

    fn gitlab_claims(&self) -> Map<String, Value> {
        let host = self
            .server_url
            .split_once("://")
            .map_or(self.server_url.as_str(), |(_, host)| host);
        // What is included from elsewhere stays the project's own configuration to GitLab, so a reusable workflow
        // has no claim.
        let path = self.workflow_path.as_deref().unwrap_or(".gitlab-ci.yml");
        let reference = self.ref_name();
        let mut claims = object(json!({
            "sub": format!("project_path:{}:ref_type:{}:ref:{reference}", self.repository, self.ref_type()),
            "namespace_id": self.repository_owner_id.to_string(),
            "namespace_path": self.repository_owner(),
            "project_id": self.repository_id.to_string(),
            "project_path": self.repository,
            "project_visibility": self.repository_visibility,
            "user_id": self.actor_id.to_string(),
            "user_login": self.actor,
            "user_email": format!("{}@{host}", self.actor),
            "user_access_level": "maintainer",
            "pipeline_id": self.run_id.to_string(),
            "pipeline_source": self.event,
            "job_id": self.check_run_id.to_string(),
            "ref": reference,
            "ref_type": self.ref_type(),
            "ref_path": self.git_ref,
            "ref_protected": self.ref_protected.to_string(),
            // The one number of a thing that GitLab gives as a number.
            "runner_id": self.runner_id,
            "runner_environment": self.runner_environment.as_deref().unwrap_or("gitlab-hosted"),
            "sha": self.sha,
            "ci_config_ref_uri": format!("{host}/{}//{path}@{}", self.repository, self.git_ref),
            "ci_config_sha": self.workflow_sha.as_ref().unwrap_or(&self.sha),
        }));
        if let Some(environment) = &self.environment {
            claims.insert("environment".to_owned(), json!(environment));
            claims.insert("environment_protected".to_owned(), json!("false"));
        }
        claims
    }

    /// Returns the token's own name, shaped as a UUID: the same for the same token.
    fn token_id(&self, issuer: &str, audience: &str, issued_at: i64) -> String {
        let of = format!(
            "{issuer}\n{audience}\n{issued_at}\n{}\n{}\n{}\n{}",
            self.repository, self.run_id, self.run_attempt, self.check_run_id
        );
        let digest = hex::encode(Sha256::digest(of));
        let mut rest = digest.as_str();
        let mut groups = Vec::new();
        for length in [8, 4, 4, 4, 12] {
            let (group, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            groups.push(group);
            rest = after;
        }
        groups.join("-")
    }
}

/// Returns the members of what was written as an object.
fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

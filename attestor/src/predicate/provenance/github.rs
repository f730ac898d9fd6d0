//! Provenance v1 of a run of GitHub Actions.
//!
//! Source: <https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1>.

use serde_json::{Map, Value};
use slsa_predicates::predicate::provenance_v1::{BuildDefinition, Builder, Provenance, RunDetails};
use slsa_predicates::{DigestAlgorithm, ResourceDescriptor};

use super::inputs::{RELEASE_PARAMETERS, not_default, not_empty, put};
use super::workflow_ref::{self, WorkflowRef};
use super::{BuildDetails, ExternalInputs, ProvenanceInputError, add_commit, commit, number, server};
use crate::claims::GitHubClaims;
use crate::predicate::error::shown;

/// The build type of GitHub workflows, which says what the parameters mean.
pub const WORKFLOW_BUILD_TYPE: &str =
    "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1";

/// The events whose parameters can be enumerated: those of the build type, and `schedule`, which has none.
const EVENTS: [&str; 5] = ["create", "push", "release", "schedule", "workflow_dispatch"];

pub(super) fn provenance(
    claims: &GitHubClaims,
    details: &BuildDetails,
) -> Result<Provenance, ProvenanceInputError> {
    let run = Run::read(claims)?;
    let mut dependencies = run.commits(DigestAlgorithm::GitCommit)?;
    dependencies.extend(details.dependencies.iter().cloned());
    let mut external = external(claims, &details.external)?;
    external.insert("workflow".to_owned(), Value::Object(run.workflow_parameter()));
    let build_type = match &details.build_type {
        None => WORKFLOW_BUILD_TYPE,
        Some(extended) => {
            external.extend(extended.parameters.clone());
            &extended.uri
        }
    };
    let mut internal = Map::new();
    internal.insert("github".to_owned(), Value::Object(run.internal()));
    Ok(Provenance {
        build_definition: BuildDefinition {
            build_type: build_type.to_owned(),
            external_parameters: external,
            internal_parameters: internal,
            resolved_dependencies: dependencies,
            extra: Map::new(),
        },
        run_details: RunDetails {
            builder: Builder {
                id: run.builder_id(),
                builder_dependencies: Vec::new(),
                version: details.builder_version.clone(),
                extra: Map::new(),
            },
            metadata: details.metadata(run.url()),
            byproducts: details.byproducts.clone(),
            extra: Map::new(),
        },
        extra: Map::new(),
    })
}

/// Claims of which the parts were checked that go into URLs.
pub(super) struct Run<'a> {
    pub(super) claims: &'a GitHubClaims,
    pub(super) workflow: WorkflowRef<'a>,
    signer: WorkflowRef<'a>,
}

impl<'a> Run<'a> {
    pub(super) fn read(claims: &'a GitHubClaims) -> Result<Self, ProvenanceInputError> {
        if !EVENTS.contains(&claims.event_name.as_str()) {
            let found = shown(&claims.event_name);
            return Err(ProvenanceInputError::Event { found });
        }
        server("server_url", &claims.server_url)?;
        workflow_ref::repository("repository", &claims.repository)?;
        workflow_ref::git_ref("ref", &claims.git_ref)?;
        let workflow = workflow_ref::started("workflow_ref", &claims.workflow_ref)?;
        for (claim, text) in [
            ("repository_id", &claims.repository_id),
            ("repository_owner_id", &claims.repository_owner_id),
            ("run_id", &claims.run_id),
            ("run_attempt", &claims.run_attempt),
        ] {
            number(claim, text)?;
        }
        let signer = WorkflowRef::parse("job_workflow_ref", &claims.job_workflow_ref)?;
        Ok(Self {
            claims,
            workflow,
            signer,
        })
    }

    /// The workflow that signs: it is the builder, for the certificate names it too.
    pub(super) fn builder_id(&self) -> String {
        format!("{}/{}", self.claims.server_url, self.claims.job_workflow_ref)
    }

    fn url(&self) -> String {
        let GitHubClaims {
            server_url,
            repository,
            run_id,
            run_attempt,
            ..
        } = self.claims;
        format!("{server_url}/{repository}/actions/runs/{run_id}/attempts/{run_attempt}")
    }

    pub(super) fn repository_url(&self, repository: &str) -> String {
        format!("{}/{repository}", self.claims.server_url)
    }

    /// What was fetched, as far as the token says it: the source first, where verifiers look for it; then the
    /// workflow that was started and the one that was called, where they are other commits.
    fn commits(&self, algorithm: DigestAlgorithm) -> Result<Vec<ResourceDescriptor>, ProvenanceInputError> {
        let claims = self.claims;
        let commits = [
            (
                "sha",
                claims.repository.as_str(),
                claims.git_ref.as_str(),
                &claims.sha,
            ),
            (
                "workflow_sha",
                self.workflow.repository,
                self.workflow.git_ref,
                &claims.workflow_sha,
            ),
            (
                "job_workflow_sha",
                self.signer.repository,
                self.signer.git_ref,
                &claims.job_workflow_sha,
            ),
        ];
        let mut dependencies = Vec::new();
        for (claim, repository, git_ref, sha) in commits {
            let url = self.repository_url(repository);
            add_commit(&mut dependencies, commit(claim, &url, git_ref, sha, algorithm)?);
        }
        Ok(dependencies)
    }

    fn workflow_parameter(&self) -> Map<String, Value> {
        let WorkflowRef {
            repository,
            path,
            git_ref,
        } = self.workflow;
        Map::from_iter([
            ("ref".to_owned(), git_ref.into()),
            ("repository".to_owned(), self.repository_url(repository).into()),
            ("path".to_owned(), path.into()),
        ])
    }

    /// What the platform knows of the run. People are named by number only.
    fn internal(&self) -> Map<String, Value> {
        let claims = self.claims;
        let optional = [
            ("actor_id", &claims.actor_id),
            ("base_ref", &claims.base_ref),
            ("environment", &claims.environment),
            ("head_ref", &claims.head_ref),
            ("run_number", &claims.run_number),
        ];
        let optional = optional
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref().filter(|text| !text.is_empty())?)));
        let required = [
            ("event_name", &claims.event_name),
            ("job_workflow_sha", &claims.job_workflow_sha),
            ("ref_type", &claims.ref_type),
            ("repository_id", &claims.repository_id),
            ("repository_owner_id", &claims.repository_owner_id),
            ("repository_visibility", &claims.repository_visibility),
            ("runner_environment", &claims.runner_environment),
            ("workflow_sha", &claims.workflow_sha),
        ];
        let all = optional.chain(required);
        all.map(|(key, value)| (key.to_owned(), Value::from(value.as_str())))
            .collect()
    }
}

/// The external parameters beside the workflow: complete, and none that the event does not have.
pub(super) fn external(
    claims: &GitHubClaims,
    external: &ExternalInputs,
) -> Result<Map<String, Value>, ProvenanceInputError> {
    let event = claims.event_name.as_str();
    let inputs = not_empty(&external.inputs);
    if event != "workflow_dispatch" && !inputs.is_empty() {
        return Err(of_other_event(event, "inputs"));
    }
    let mut parameters = Map::new();
    put(&mut parameters, "inputs", inputs);
    put(&mut parameters, "vars", external.vars.clone());
    if let Some(release) = &external.release {
        if event != "release" {
            return Err(of_other_event(event, "release"));
        }
        if let Some(found) = release
            .keys()
            .find(|key| !RELEASE_PARAMETERS.contains(&key.as_str()))
        {
            let found = shown(found);
            return Err(ProvenanceInputError::ReleaseParameter { found });
        }
        put(&mut parameters, "release", not_default(release));
    }
    Ok(parameters)
}

fn of_other_event(event: &str, parameter: &'static str) -> ProvenanceInputError {
    let event = event.to_owned();
    ProvenanceInputError::ParameterOfOtherEvent { event, parameter }
}

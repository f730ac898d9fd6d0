//! Provenance v1 of a job of GitLab CI.
//!
//! Source: `docs/reference/buildtypes/gitlab-pipeline-v1.md`. GitLab's own build type describes what its runner
//! knows, which is neither the pipeline's file nor the ref, and nothing that a certificate could confirm.

use serde_json::{Map, Value};
use slsa_predicates::DigestAlgorithm;
use slsa_predicates::predicate::provenance_v1::{BuildDefinition, Builder, Provenance, RunDetails};

use super::inputs::{not_empty, put};
use super::workflow_ref::{self, is_plain_path};
use super::{BuildDetails, ProvenanceInputError, add_commit, commit, number, server};
use crate::claims::GitLabClaims;

/// The build type of GitLab pipelines, which says what the parameters mean.
pub const GITLAB_PIPELINE_BUILD_TYPE: &str =
    "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/gitlab-pipeline-v1.md";

pub(super) fn provenance(
    claims: &GitLabClaims,
    details: &BuildDetails,
) -> Result<Provenance, ProvenanceInputError> {
    server("iss", &claims.issuer)?;
    project("project_path", &claims.project_path)?;
    workflow_ref::git_ref("ref_path", &claims.ref_path)?;
    for (claim, text) in [
        ("project_id", &claims.project_id),
        ("namespace_id", &claims.namespace_id),
        ("pipeline_id", &claims.pipeline_id),
        ("job_id", &claims.job_id),
        ("runner_id", &claims.runner_id),
    ] {
        number(claim, text)?;
    }
    let pipeline = PipelineFile::parse(claims)?;
    let source = format!("{}/{}", claims.issuer, claims.project_path);
    let git = DigestAlgorithm::GitCommit;
    let mut dependencies = vec![commit("sha", &source, &claims.ref_path, &claims.sha, git)?];
    let sha = &claims.ci_config_sha;
    let file = commit("ci_config_sha", &pipeline.repository, pipeline.git_ref, sha, git)?;
    add_commit(&mut dependencies, file);
    dependencies.extend(details.dependencies.iter().cloned());
    Ok(Provenance {
        build_definition: BuildDefinition {
            build_type: GITLAB_PIPELINE_BUILD_TYPE.to_owned(),
            external_parameters: external(&pipeline, details)?,
            internal_parameters: Map::from_iter([("gitlab".to_owned(), internal(claims))]),
            resolved_dependencies: dependencies,
            extra: Map::new(),
        },
        run_details: RunDetails {
            builder: Builder {
                // Fulcio's certificate names the signer so.
                id: format!("https://{}", claims.ci_config_ref_uri),
                builder_dependencies: Vec::new(),
                version: details.builder_version.clone(),
                extra: Map::new(),
            },
            metadata: details.metadata(format!("{source}/-/jobs/{}", claims.job_id)),
            byproducts: details.byproducts.clone(),
            extra: Map::new(),
        },
        extra: Map::new(),
    })
}

/// The file that a pipeline was read from.
struct PipelineFile<'a> {
    repository: String,
    path: &'a str,
    git_ref: &'a str,
}

impl<'a> PipelineFile<'a> {
    /// Splits `host/group/project//path@ref`. A file of another instance, or from a URL, is refused: the token says
    /// no more of it.
    fn parse(claims: &'a GitLabClaims) -> Result<Self, ProvenanceInputError> {
        const CLAIM: &str = "ci_config_ref_uri";
        let text = claims.ci_config_ref_uri.as_str();
        let expected = "host/group/project//path@ref of the token's issuer";
        let malformed = || ProvenanceInputError::claim(CLAIM, text, expected);
        let (place, git_ref) = text.split_once('@').ok_or_else(malformed)?;
        let (repository, path) = place.split_once("//").ok_or_else(malformed)?;
        let host = claims.issuer.strip_prefix("https://").unwrap_or_default();
        let project_path = repository
            .strip_prefix(host)
            .and_then(|rest| rest.strip_prefix('/'));
        project(CLAIM, project_path.ok_or_else(malformed)?)?;
        workflow_ref::git_ref(CLAIM, git_ref)?;
        if !is_plain_path(path) {
            return Err(malformed());
        }
        Ok(Self {
            repository: format!("https://{repository}"),
            path,
            git_ref,
        })
    }
}

fn external(
    pipeline: &PipelineFile<'_>,
    details: &BuildDetails,
) -> Result<Map<String, Value>, ProvenanceInputError> {
    if details.external.release.is_some() {
        return Err(ProvenanceInputError::ParameterOfOtherEvent {
            event: "GitLab".to_owned(),
            parameter: "release",
        });
    }
    let file = Map::from_iter([
        ("ref".to_owned(), Value::from(pipeline.git_ref)),
        ("repository".to_owned(), Value::from(pipeline.repository.as_str())),
        ("path".to_owned(), Value::from(pipeline.path)),
    ]);
    let mut parameters = Map::from_iter([("pipeline".to_owned(), Value::Object(file))]);
    put(&mut parameters, "inputs", not_empty(&details.external.inputs));
    put(&mut parameters, "variables", details.external.vars.clone());
    Ok(parameters)
}

/// What the platform knows of the job. People are named by number only.
fn internal(claims: &GitLabClaims) -> Value {
    let required = [
        ("ci_config_sha", &claims.ci_config_sha),
        ("job_id", &claims.job_id),
        ("namespace_id", &claims.namespace_id),
        ("pipeline_id", &claims.pipeline_id),
        ("pipeline_source", &claims.pipeline_source),
        ("project_id", &claims.project_id),
        ("project_visibility", &claims.project_visibility),
        ("runner_environment", &claims.runner_environment),
        ("runner_id", &claims.runner_id),
    ];
    let optional = claims.user_id.as_ref().map(|id| ("user_id", id));
    let all = required.into_iter().chain(optional);
    all.map(|(key, value)| (key, value.as_str())).collect()
}

/// Checks `group/project`, with any number of subgroups.
fn project(claim: &'static str, text: &str) -> Result<(), ProvenanceInputError> {
    if text.contains('/') && is_plain_path(text) {
        return Ok(());
    }
    Err(ProvenanceInputError::claim(claim, text, "group/project"))
}

//! Provenance v0.2 of a run of GitHub Actions, as slsa-github-generator's generic builder writes it, but for the
//! event's payload: that did not come from the token, and may hold what nobody wanted to publish.

use serde::Serialize;
use serde_json::{Map, Value, json};
use slsa_predicates::{DigestAlgorithm, ResourceDescriptor};

use super::github::{Run, external};
use super::{BuildDetails, ProvenanceInputError, commit};
use crate::claims::GitHubClaims;

const BUILD_TYPE: &str = "https://github.com/slsa-framework/slsa-github-generator/generic@v1";

/// The predicate in the spelling of slsa-github-generator, which differs from the specification in
/// `buildInvocationID`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Provenance {
    builder: Value,
    build_type: &'static str,
    invocation: Invocation,
    metadata: Map<String, Value>,
    materials: Vec<ResourceDescriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    config_source: Value,
    parameters: Map<String, Value>,
    environment: Map<String, Value>,
}

pub(super) fn provenance(
    claims: &GitHubClaims,
    details: &BuildDetails,
) -> Result<Provenance, ProvenanceInputError> {
    let run = Run::read(claims)?;
    // v0.2 is older than the name `gitCommit`.
    let of = |claim, repository, git_ref, sha| {
        let repository = run.repository_url(repository);
        commit(claim, &repository, git_ref, sha, DigestAlgorithm::Sha1)
    };
    let source = of("sha", &claims.repository, &claims.git_ref, &claims.sha)?;
    let workflow = run.workflow;
    let config = of(
        "workflow_sha",
        workflow.repository,
        workflow.git_ref,
        &claims.workflow_sha,
    )?;

    let mut parameters = external(claims, &details.external)?;
    // The build type has no place for a release's parameters, so that with them the parameters are not complete.
    let complete = parameters.remove("release").is_none();
    if let Some(inputs) = parameters.remove("inputs") {
        parameters.insert("event_inputs".to_owned(), inputs);
    }
    let mut materials = vec![source];
    materials.extend(details.dependencies.iter().cloned());
    Ok(Provenance {
        builder: json!({ "id": run.builder_id() }),
        build_type: BUILD_TYPE,
        invocation: Invocation {
            config_source: json!({ "uri": config.uri, "digest": config.digest, "entryPoint": workflow.path }),
            parameters,
            environment: environment(claims),
        },
        metadata: metadata(claims, details, complete),
        materials,
    })
}

fn metadata(claims: &GitHubClaims, details: &BuildDetails, complete: bool) -> Map<String, Value> {
    let mut metadata = Map::from_iter([
        (
            "buildInvocationID".to_owned(),
            Value::from(format!("{}-{}", claims.run_id, claims.run_attempt)),
        ),
        (
            "completeness".to_owned(),
            json!({ "parameters": complete, "environment": false, "materials": false }),
        ),
        ("reproducible".to_owned(), false.into()),
    ]);
    for (key, time) in [
        ("buildStartedOn", details.started_on),
        ("buildFinishedOn", details.finished_on),
    ] {
        if let Some(time) = time {
            metadata.insert(key.to_owned(), time.to_string().into());
        }
    }
    metadata
}

/// What the token says of the run. `base_ref` and `head_ref` are empty where there is no pull request: slsa-verifier
/// wants them to be there.
fn environment(claims: &GitHubClaims) -> Map<String, Value> {
    let empty = String::new();
    let or_empty = |claim| Option::as_ref(claim).unwrap_or(&empty);
    let mut variables = vec![
        ("base_ref", or_empty(&claims.base_ref)),
        ("event_name", &claims.event_name),
        ("head_ref", or_empty(&claims.head_ref)),
        ("ref", &claims.git_ref),
        ("ref_type", &claims.ref_type),
        ("repository_id", &claims.repository_id),
        ("repository_owner", &claims.repository_owner),
        ("repository_owner_id", &claims.repository_owner_id),
        ("run_attempt", &claims.run_attempt),
        ("run_id", &claims.run_id),
        ("sha1", &claims.sha),
    ];
    let optional = [
        ("actor", &claims.actor),
        ("actor_id", &claims.actor_id),
        ("run_number", &claims.run_number),
    ];
    variables.extend(
        optional
            .into_iter()
            .filter_map(|(key, value)| Some((key, value.as_ref()?))),
    );
    variables
        .into_iter()
        .map(|(key, value)| (format!("github_{key}"), Value::from(value.as_str())))
        .collect()
}

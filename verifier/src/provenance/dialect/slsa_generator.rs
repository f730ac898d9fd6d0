//! slsa-github-generator: its generic, container and Go builders, and the delegators of "bring your own
//! builder", which came in both versions of the predicate.

use slsa_predicates::predicate::{provenance_v1, provenance_v02};

use super::fields::{Spelling, first_source, github_run, object, source, text, workflow_ref};
use crate::provenance::{Provenance, ProvenanceError, Workflow, run_of_url};

/// Provenance v0.2. The source stands twice, as what was started (`configSource`) and as what was fetched
/// (`materials[0]`); a delegated build may have fetched another commit.
pub(super) fn v02(
    predicate: &provenance_v02::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    let config = &predicate.invocation.config_source;
    let started = source(
        "invocation.configSource.uri",
        config.uri.as_deref(),
        config.digest.as_ref(),
    )?;
    view.workflow = started
        .zip(config.entry_point.clone())
        .map(|(started, path)| Workflow {
            repository: started.repository,
            path,
            git_ref: started.git_ref,
        });
    view.source = first_source("materials.uri", &predicate.materials)?;
    let environment = &predicate.invocation.environment;
    let spelling = if environment.contains_key("GITHUB_EVENT_NAME") {
        Spelling::Upper
    } else {
        Spelling::Lower
    };
    github_run(environment, spelling, view);
    let parameters = &predicate.invocation.parameters;
    if let Some(inputs) = object(parameters, "event_inputs").or_else(|| object(parameters, "inputs")) {
        view.inputs = inputs.clone();
    }
    view.vars = object(parameters, "vars").cloned().unwrap_or_default();
    Ok(())
}

/// A delegated build in provenance v1.
pub(super) fn delegator_v1(
    predicate: &provenance_v1::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    let definition = &predicate.build_definition;
    view.source = first_source("resolvedDependencies.uri", &definition.resolved_dependencies)?;
    let internal = &definition.internal_parameters;
    view.workflow = text(internal, "GITHUB_WORKFLOW_REF")
        .as_deref()
        .and_then(workflow_ref);
    github_run(internal, Spelling::Upper, view);
    view.inputs = object(&definition.external_parameters, "inputs")
        .cloned()
        .unwrap_or_default();
    view.vars = object(&definition.external_parameters, "vars")
        .cloned()
        .unwrap_or_default();
    if let Some((id, attempt)) = view.run.invocation_id.as_deref().and_then(run_of_url) {
        view.run.id.get_or_insert(id);
        view.run.attempt.get_or_insert(attempt);
    }
    Ok(())
}

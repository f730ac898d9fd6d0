//! The two build types of GitHub workflows: GitHub's own, which `actions/attest` writes, and slsa-framework's,
//! which the npm command line and our attestor write. The second adds `inputs`, `vars` and `release`; those of our
//! container-based and delegated builds add what was built with.

use slsa_predicates::predicate::provenance_v1;

use super::fields::{first_source, object, started, text};
use crate::provenance::{Provenance, ProvenanceError, run_of_url};

pub(super) fn read(
    predicate: &provenance_v1::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    let definition = &predicate.build_definition;
    let parameters = &definition.external_parameters;
    let workflow = started(definition, "workflow", "externalParameters.workflow")?;
    view.branch = workflow
        .git_ref
        .clone()
        .filter(|git_ref| git_ref.starts_with("refs/heads/"));
    view.workflow = Some(workflow);
    view.source = first_source("resolvedDependencies.uri", &definition.resolved_dependencies)?;
    view.inputs = object(parameters, "inputs").cloned().unwrap_or_default();
    view.vars = object(parameters, "vars").cloned().unwrap_or_default();
    if let Some(github) = object(&definition.internal_parameters, "github") {
        view.event = text(github, "event_name");
        view.repository_id = text(github, "repository_id");
        view.repository_owner_id = text(github, "repository_owner_id");
        view.runner_environment = text(github, "runner_environment");
    }
    if let Some((id, attempt)) = view.run.invocation_id.as_deref().and_then(run_of_url) {
        (view.run.id, view.run.attempt) = (Some(id), Some(attempt));
    }
    Ok(())
}

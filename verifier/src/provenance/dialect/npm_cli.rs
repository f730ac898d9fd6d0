//! Provenance v0.2 of the npm command line, on GitHub and on GitLab. The build job itself writes it, so it is
//! worth what the signer's certificate backs.

use slsa_predicates::predicate::provenance_v02;

use super::fields::{Spelling, first_source, github_run, source, text, workflow_ref};
use crate::provenance::{Provenance, ProvenanceError, Workflow};

pub(super) fn github(
    predicate: &provenance_v02::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    read_source(predicate, view)?;
    let environment = &predicate.invocation.environment;
    if let Some(workflow) = text(environment, "GITHUB_WORKFLOW_REF")
        .as_deref()
        .and_then(workflow_ref)
    {
        view.workflow = Some(workflow);
    }
    github_run(environment, Spelling::Upper, view);
    Ok(())
}

pub(super) fn gitlab(
    predicate: &provenance_v02::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    read_source(predicate, view)?;
    let environment = &predicate.invocation.environment;
    view.event = text(environment, "CI_PIPELINE_SOURCE");
    view.repository_id = text(environment, "CI_PROJECT_ID");
    view.run.id = text(environment, "CI_PIPELINE_ID");
    Ok(())
}

/// The workflow that was started, and the source: both stand in `configSource`, the source again in
/// `materials[0]`, in old versions without its ref.
fn read_source(predicate: &provenance_v02::Provenance, view: &mut Provenance) -> Result<(), ProvenanceError> {
    let config = &predicate.invocation.config_source;
    let started = source(
        "invocation.configSource.uri",
        config.uri.as_deref(),
        config.digest.as_ref(),
    )?;
    view.source = first_source("materials.uri", &predicate.materials)?;
    view.workflow = started
        .zip(config.entry_point.clone())
        .map(|(started, path)| Workflow {
            repository: started.repository,
            path,
            git_ref: started.git_ref,
        });
    Ok(())
}

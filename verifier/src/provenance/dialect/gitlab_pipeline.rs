//! Our own build type of GitLab's pipelines (docs/reference/buildtypes/gitlab-pipeline-v1.md). The job that built could
//! have written it, so it is worth what the signer's certificate backs.

use slsa_predicates::predicate::provenance_v1;

use super::fields::{first_source, object, started, text};
use crate::provenance::{Provenance, ProvenanceError};

pub(super) fn read(
    predicate: &provenance_v1::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    let definition = &predicate.build_definition;
    let parameters = &definition.external_parameters;
    view.workflow = Some(started(definition, "pipeline", "externalParameters.pipeline")?);
    view.source = first_source("resolvedDependencies.uri", &definition.resolved_dependencies)?;
    view.branch = view
        .source
        .as_ref()
        .and_then(|source| source.git_ref.clone())
        .filter(|git_ref| git_ref.starts_with("refs/heads/"));
    view.inputs = object(parameters, "inputs").cloned().unwrap_or_default();
    view.vars = object(parameters, "variables").cloned().unwrap_or_default();
    if let Some(gitlab) = object(&definition.internal_parameters, "gitlab") {
        view.event = text(gitlab, "pipeline_source");
        view.repository_id = text(gitlab, "project_id");
        view.repository_owner_id = text(gitlab, "namespace_id");
        view.runner_environment = text(gitlab, "runner_environment");
        view.run.id = text(gitlab, "pipeline_id");
    }
    Ok(())
}

//! slsa-github-generator's container-based builder: a command inside a pinned image.

use slsa_predicates::predicate::provenance_v1;

use super::fields::{Spelling, first_source, github_run, text, workflow_ref};
use crate::provenance::{Provenance, ProvenanceError};

pub(super) fn read(
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
    Ok(())
}

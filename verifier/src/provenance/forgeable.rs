//! Provenance that the build itself wrote, as the npm command line does: worth what the certificate backs.
//!
//! Any field beyond that is a claim of whoever ran in the job, so provenance that carries one is refused rather
//! than shown. What remains is the run that GitHub vouches for.

use slsa_predicates::{Predicate, Statement};

use super::Provenance;
use crate::consistency::SharedField;

/// Variables of the runner that the npm command line writes down. Each has its twin in the certificate.
const VARIABLES: [&str; 10] = [
    "GITHUB_EVENT_NAME",
    "GITHUB_REF",
    "GITHUB_REPOSITORY",
    "GITHUB_REPOSITORY_ID",
    "GITHUB_REPOSITORY_OWNER_ID",
    "GITHUB_RUN_ATTEMPT",
    "GITHUB_RUN_ID",
    "GITHUB_SHA",
    "GITHUB_WORKFLOW_REF",
    "GITHUB_WORKFLOW_SHA",
];

/// Returns the first claim that the certificate does not back.
pub(crate) fn unbacked_claim(
    statement: &Statement,
    view: &Provenance,
    agreed: &[SharedField],
) -> Option<String> {
    let needed = [
        SharedField::WorkflowRepository,
        SharedField::SourceRepository,
        SharedField::Commit,
    ];
    if let Some(field) = needed.into_iter().find(|field| !agreed.contains(field)) {
        return Some(format!("{field}, which the certificate does not tell"));
    }
    let claims = [
        ("inputs", !view.inputs.is_empty()),
        ("vars", !view.vars.is_empty()),
        ("startedOn", view.started_on.is_some()),
        ("finishedOn", view.finished_on.is_some()),
        ("more than one dependency", view.dependencies.len() != 1),
        ("more than one subject", statement.subjects().len() != 1),
    ];
    if let Some((claim, _)) = claims.into_iter().find(|(_, claimed)| *claimed) {
        return Some(claim.to_owned());
    }
    match statement.predicate() {
        Ok(Predicate::ProvenanceV02(predicate)) => {
            if !predicate.invocation.parameters.is_empty() {
                return Some("invocation.parameters".to_owned());
            }
            if !predicate.build_config.is_empty() {
                return Some("buildConfig".to_owned());
            }
            let variables = &predicate.invocation.environment;
            variables
                .keys()
                .find(|name| !VARIABLES.contains(&name.as_str()))
                .map(|name| format!("environment.{name}"))
        }
        Ok(Predicate::ProvenanceV1(predicate)) => {
            let definition = &predicate.build_definition;
            let external = definition.external_parameters.keys();
            if let Some(name) = external.into_iter().find(|name| *name != "workflow") {
                return Some(format!("externalParameters.{name}"));
            }
            if !predicate.run_details.byproducts.is_empty() {
                return Some("byproducts".to_owned());
            }
            let known = ["event_name", "repository_id", "repository_owner_id"];
            let github = definition.internal_parameters.get("github");
            let outside = definition
                .internal_parameters
                .keys()
                .find(|name| *name != "github");
            let inside = github
                .and_then(serde_json::Value::as_object)
                .and_then(|github| github.keys().find(|name| !known.contains(&name.as_str())));
            outside
                .or(inside)
                .map(|name| format!("internalParameters.{name}"))
        }
        _ => Some("a predicate that npm does not write".to_owned()),
    }
}

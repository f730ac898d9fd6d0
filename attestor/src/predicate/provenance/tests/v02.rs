use serde_json::{Value, json};
use slsa_predicates::{Predicate, StatementType};
use slsa_verifier::Provenance;

use super::claims::{SHA, of_github, of_gitlab};
use crate::predicate::provenance::{BuildDetails, ProvenanceInputError, provenance_v02};
use crate::predicate::testing::{statement, typed, value};

#[test]
fn a_push_of_a_tag_is_recorded_as_slsa_github_generator_does() {
    let details = BuildDetails {
        started_on: Some("2026-01-02T03:00:00Z".parse().unwrap()),
        ..BuildDetails::default()
    };
    let made = provenance_v02(&of_github(|_| ()), &details).unwrap();
    let expected = json!({
        "builder": {"id": "https://github.com/octo/app/.github/workflows/release.yml@refs/tags/v1.2.3"},
        "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "invocation": {
            "configSource": {
                "uri": "git+https://github.com/octo/app@refs/tags/v1.2.3",
                "digest": {"sha1": SHA},
                "entryPoint": ".github/workflows/release.yml"
            },
            "parameters": {},
            "environment": {
                "github_actor": "mona",
                "github_actor_id": "103",
                "github_base_ref": "",
                "github_event_name": "push",
                "github_head_ref": "",
                "github_ref": "refs/tags/v1.2.3",
                "github_ref_type": "tag",
                "github_repository_id": "101",
                "github_repository_owner": "octo",
                "github_repository_owner_id": "102",
                "github_run_attempt": "2",
                "github_run_id": "201",
                "github_run_number": "7",
                "github_sha1": SHA
            }
        },
        "metadata": {
            "buildInvocationID": "201-2",
            "buildStartedOn": "2026-01-02T03:00:00Z",
            "completeness": {"parameters": true, "environment": false, "materials": false},
            "reproducible": false
        },
        "materials": [{"uri": "git+https://github.com/octo/app@refs/tags/v1.2.3", "digest": {"sha1": SHA}}]
    });
    assert_eq!(value(&made), expected);
    assert!(matches!(typed(&made), Predicate::ProvenanceV02(_)));
    assert_eq!(statement(&made).statement_type(), StatementType::V0_1);

    let view = Provenance::read(&statement(&made)).unwrap();
    assert_eq!(view.dialect, Some("slsa-github-generator-generic"));
    assert_eq!(view.source.unwrap().commit.as_deref(), Some(SHA));
    assert_eq!(view.workflow.unwrap().path, ".github/workflows/release.yml");
    assert_eq!(view.event.as_deref(), Some("push"));
    assert_eq!(
        (view.run.id.as_deref(), view.run.attempt.as_deref()),
        (Some("201"), Some("2"))
    );
    assert_eq!(view.repository_id.as_deref(), Some("101"));
}

#[test]
fn inputs_and_variables_are_parameters_and_a_release_makes_them_incomplete() {
    let mut details = BuildDetails::default();
    details.external.inputs = serde_json::from_value(json!({"target": "all"})).unwrap();
    details.external.vars = serde_json::from_value(json!({"REGION": "eu"})).unwrap();
    let claims = of_github(|claims| claims.event_name = "workflow_dispatch".to_owned());
    let made = provenance_v02(&claims, &details).unwrap();
    let expected = json!({"event_inputs": {"target": "all"}, "vars": {"REGION": "eu"}});
    assert_eq!(value(&made)["invocation"]["parameters"], expected);
    let view = Provenance::read(&statement(&made)).unwrap();
    assert_eq!(Value::Object(view.inputs.clone()), json!({"target": "all"}));
    assert_eq!(view.unrecognised_parameters().count(), 0);

    let mut details = BuildDetails::default();
    let claims = of_github(|claims| claims.event_name = "release".to_owned());
    let complete = |details: &BuildDetails| {
        let made = value(&provenance_v02(&claims, details).unwrap());
        made["metadata"]["completeness"]["parameters"].clone()
    };
    assert_eq!(complete(&details), true);
    details.external.release = serde_json::from_value(json!({"name": "v1.2.3"})).unwrap();
    assert_eq!(complete(&details), false);
}

#[test]
fn a_commit_that_sha1_cannot_name_and_a_job_of_gitlab_are_refused() {
    let sha = "1".repeat(64);
    let claims = of_github(|claims| claims.sha.clone_from(&sha));
    let error = ProvenanceInputError::Claim {
        claim: "sha",
        found: sha,
        expected: "a commit in lower-case hexadecimal",
    };
    assert_eq!(
        provenance_v02(&claims, &BuildDetails::default()).unwrap_err(),
        error.into()
    );
    let refused = provenance_v02(&of_gitlab(|_| ()), &BuildDetails::default()).unwrap_err();
    assert_eq!(refused, ProvenanceInputError::NotInV02.into());
}

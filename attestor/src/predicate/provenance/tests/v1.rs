use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use slsa_predicates::{Predicate, ResourceDescriptor};
use slsa_verifier::Provenance;

use super::claims::{BUILDER_SHA, SHA, called, of_github, of_gitlab};
use crate::claims::{Claims, GitHubClaims, GitLabClaims};
use crate::predicate::error::shown;
use crate::predicate::provenance::{
    BuildDetails, ExtendedBuildType, ExternalInputs, ProvenanceInputError, provenance_v1,
};
use crate::predicate::testing::{statement, typed, value};
use crate::predicate::{NewPredicate, PredicateInputError};

/// Chooses a claim.
type Field<C> = fn(&mut C) -> &mut String;

fn object(value: Value) -> Map<String, Value> {
    serde_json::from_value(value).unwrap()
}

fn inputs(inputs: Value, vars: Value) -> BuildDetails {
    BuildDetails {
        external: ExternalInputs {
            inputs: object(inputs),
            vars: object(vars),
            ..ExternalInputs::default()
        },
        ..BuildDetails::default()
    }
}

fn make(claims: &Claims, details: &BuildDetails) -> NewPredicate {
    let made = provenance_v1(claims, details).unwrap();
    assert!(matches!(typed(&made), Predicate::ProvenanceV1(_)));
    made
}

/// What the verifier reads.
fn view(predicate: &NewPredicate) -> Provenance {
    Provenance::read(&statement(predicate)).unwrap()
}

fn refusal(claims: &Claims, details: &BuildDetails) -> PredicateInputError {
    provenance_v1(claims, details).unwrap_err()
}

/// The predicate of a push of a tag.
fn of_push() -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
            "externalParameters": {
                "workflow": {
                    "ref": "refs/tags/v1.2.3",
                    "repository": "https://github.com/octo/app",
                    "path": ".github/workflows/release.yml"
                }
            },
            "internalParameters": {
                "github": {
                    "actor_id": "103",
                    "event_name": "push",
                    "job_workflow_sha": SHA,
                    "ref_type": "tag",
                    "repository_id": "101",
                    "repository_owner_id": "102",
                    "repository_visibility": "public",
                    "run_number": "7",
                    "runner_environment": "github-hosted",
                    "workflow_sha": SHA
                }
            },
            "resolvedDependencies": [
                {"uri": "git+https://github.com/octo/app@refs/tags/v1.2.3", "digest": {"gitCommit": SHA}}
            ]
        },
        "runDetails": {
            "builder": {"id": "https://github.com/octo/app/.github/workflows/release.yml@refs/tags/v1.2.3"},
            "metadata": {"invocationId": "https://github.com/octo/app/actions/runs/201/attempts/2"}
        }
    })
}

#[test]
fn a_push_of_a_tag_is_recorded_whole_and_read_by_the_verifier() {
    let made = make(&of_github(|_| ()), &BuildDetails::default());
    assert_eq!(value(&made), of_push());
    let view = view(&made);
    assert_eq!(view.dialect, Some("slsa-framework-workflow"));
    assert_eq!(view.unrecognised_parameters().count(), 0);
    let source = view.source.unwrap();
    assert_eq!(source.repository, "https://github.com/octo/app");
    assert_eq!(source.git_ref.as_deref(), Some("refs/tags/v1.2.3"));
    assert_eq!(source.commit.as_deref(), Some(SHA));
    let workflow = view.workflow.unwrap();
    assert_eq!(workflow.repository, "https://github.com/octo/app");
    assert_eq!(workflow.path, ".github/workflows/release.yml");
    assert_eq!(workflow.git_ref.as_deref(), Some("refs/tags/v1.2.3"));
    assert_eq!(view.event.as_deref(), Some("push"));
    assert_eq!(view.run.id.as_deref(), Some("201"));
    assert_eq!(view.run.attempt.as_deref(), Some("2"));
    assert_eq!(view.repository_id.as_deref(), Some("101"));
    assert_eq!(view.repository_owner_id.as_deref(), Some("102"));
    assert_eq!(view.runner_environment.as_deref(), Some("github-hosted"));
}

#[test]
fn a_run_started_by_hand_records_its_inputs_that_are_not_empty_and_all_variables() {
    let claims = of_github(|claims| {
        claims.event_name = "workflow_dispatch".to_owned();
        claims.git_ref = "refs/heads/main".to_owned();
        claims.ref_type = "branch".to_owned();
        claims.workflow_ref = "octo/app/.github/workflows/release.yml@refs/heads/main".to_owned();
        claims.job_workflow_ref.clone_from(&claims.workflow_ref);
    });
    let given = json!({"target": "all", "debug": false, "note": "", "other": null});
    let details = inputs(given, json!({"REGION": "eu", "EMPTY": ""}));
    let made = make(&claims, &details);
    let mut expected = of_push();
    let text = expected
        .to_string()
        .replace("refs/tags/v1.2.3", "refs/heads/main");
    expected = serde_json::from_str(&text).unwrap();
    expected["buildDefinition"]["externalParameters"]["inputs"] = json!({"target": "all", "debug": false});
    expected["buildDefinition"]["externalParameters"]["vars"] = json!({"REGION": "eu", "EMPTY": ""});
    expected["buildDefinition"]["internalParameters"]["github"]["event_name"] = json!("workflow_dispatch");
    expected["buildDefinition"]["internalParameters"]["github"]["ref_type"] = json!("branch");
    assert_eq!(value(&made), expected);
    let view = view(&made);
    assert_eq!(view.inputs, object(json!({"target": "all", "debug": false})));
    assert_eq!(view.vars, object(json!({"REGION": "eu", "EMPTY": ""})));
    assert_eq!(view.branch.as_deref(), Some("refs/heads/main"));
    assert_eq!(view.unrecognised_parameters().count(), 0);
}

#[test]
fn a_release_records_what_it_was_made_with() {
    let claims = of_github(|claims| claims.event_name = "release".to_owned());
    let mut details = BuildDetails::default();
    let given =
        json!({"name": "v1.2.3", "body": "", "draft": false, "prerelease": true, "target_commitish": "main"});
    details.external.release = Some(object(given));
    let made = make(&claims, &details);
    let mut expected = of_push();
    expected["buildDefinition"]["externalParameters"]["release"] =
        json!({"name": "v1.2.3", "prerelease": true, "target_commitish": "main"});
    expected["buildDefinition"]["internalParameters"]["github"]["event_name"] = json!("release");
    assert_eq!(value(&made), expected);
    assert_eq!(view(&made).unrecognised_parameters().count(), 0);
}

#[test]
fn a_reusable_workflow_is_the_builder_and_a_dependency_of_its_own() {
    let made = make(&Claims::GitHub(Box::new(called())), &BuildDetails::default());
    let mut expected = of_push();
    expected["buildDefinition"]["internalParameters"]["github"]["job_workflow_sha"] = json!(BUILDER_SHA);
    expected["buildDefinition"]["resolvedDependencies"] = json!([
        {"uri": "git+https://github.com/octo/app@refs/tags/v1.2.3", "digest": {"gitCommit": SHA}},
        {"uri": "git+https://github.com/octo/builders@refs/tags/v3", "digest": {"gitCommit": BUILDER_SHA}}
    ]);
    expected["runDetails"]["builder"]["id"] =
        json!("https://github.com/octo/builders/.github/workflows/build.yml@refs/tags/v3");
    assert_eq!(value(&made), expected);
    let view = view(&made);
    assert_eq!(view.workflow.unwrap().path, ".github/workflows/release.yml");
    assert_eq!(view.source.unwrap().commit.as_deref(), Some(SHA));
}

#[test]
fn a_workflow_of_the_source_itself_is_a_dependency_only_where_its_commit_is_another() {
    let uris = |change: fn(&mut GitHubClaims)| {
        let made = value(&make(&of_github(change), &BuildDetails::default()));
        let list = made["buildDefinition"]["resolvedDependencies"]
            .as_array()
            .unwrap()
            .clone();
        list.iter()
            .map(|it| it["uri"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    let source = "git+https://github.com/octo/app@refs/tags/v1.2.3";
    // A reusable workflow that is called by its path stands at the caller's commit.
    let same = |claims: &mut GitHubClaims| {
        claims.job_workflow_ref = "octo/app/.github/workflows/build.yml@refs/tags/v1.2.3".to_owned();
    };
    assert_eq!(uris(same), [source]);
    let other = |claims: &mut GitHubClaims| {
        claims.job_workflow_ref = "octo/app/.github/workflows/build.yml@refs/heads/main".to_owned();
        claims.job_workflow_sha = BUILDER_SHA.to_owned();
    };
    assert_eq!(
        uris(other),
        [source, "git+https://github.com/octo/app@refs/heads/main"]
    );
    // An organisation may demand a workflow of its own.
    let required = |claims: &mut GitHubClaims| {
        claims.workflow_ref = "octo/rules/.github/workflows/all.yml@refs/heads/main".to_owned();
        claims.workflow_sha = BUILDER_SHA.to_owned();
    };
    assert_eq!(
        uris(required),
        [source, "git+https://github.com/octo/rules@refs/heads/main"]
    );
}

#[test]
fn what_the_caller_knows_of_the_build_is_recorded_behind_what_the_token_says() {
    let image = ResourceDescriptor {
        uri: Some("pkg:oci/builder".to_owned()),
        ..ResourceDescriptor::default()
    };
    let details = BuildDetails {
        dependencies: vec![image.clone()],
        builder_version: BTreeMap::from([("slsa-attest".to_owned(), "0.1.0".to_owned())]),
        started_on: Some("2026-01-02T03:00:00Z".parse().unwrap()),
        finished_on: Some("2026-01-02T03:04:00Z".parse().unwrap()),
        byproducts: vec![image],
        ..BuildDetails::default()
    };
    let made = value(&make(&of_github(|_| ()), &details));
    let mut expected = of_push();
    let dependencies = expected["buildDefinition"]["resolvedDependencies"].as_array_mut();
    dependencies.unwrap().push(json!({"uri": "pkg:oci/builder"}));
    expected["runDetails"]["builder"]["version"] = json!({"slsa-attest": "0.1.0"});
    expected["runDetails"]["metadata"]["startedOn"] = json!("2026-01-02T03:00:00Z");
    expected["runDetails"]["metadata"]["finishedOn"] = json!("2026-01-02T03:04:00Z");
    expected["runDetails"]["byproducts"] = json!([{"uri": "pkg:oci/builder"}]);
    assert_eq!(made, expected);
}

#[test]
fn a_build_that_ends_before_it_begins_and_a_descriptor_of_nothing_are_refused() {
    let (started, finished) = (
        "2026-01-02T03:00:01Z".parse().unwrap(),
        "2026-01-02T03:00:00Z".parse().unwrap(),
    );
    let mut details = BuildDetails {
        started_on: Some(finished),
        finished_on: Some(finished),
        ..BuildDetails::default()
    };
    assert!(provenance_v1(&of_github(|_| ()), &details).is_ok());
    details.started_on = Some(started);
    let error = ProvenanceInputError::Times { started, finished };
    assert_eq!(refusal(&of_github(|_| ()), &details), error.into());

    let (field, index) = ("byproducts", 0);
    let details = BuildDetails {
        byproducts: vec![ResourceDescriptor::default()],
        ..BuildDetails::default()
    };
    let error = ProvenanceInputError::Descriptor { field, index };
    assert_eq!(refusal(&of_github(|_| ()), &details), error.into());
}

#[test]
fn events_whose_parameters_cannot_be_enumerated_are_refused() {
    let of = |event: &str| of_github(|claims| claims.event_name = event.to_owned());
    for event in ["create", "push", "release", "schedule", "workflow_dispatch"] {
        assert!(
            provenance_v1(&of(event), &BuildDetails::default()).is_ok(),
            "{event}"
        );
    }
    for event in [
        "pull_request",
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "repository_dispatch",
        "",
    ] {
        let found = event.to_owned();
        let error = ProvenanceInputError::Event { found };
        assert_eq!(refusal(&of(event), &BuildDetails::default()), error.into());
    }
}

#[test]
fn parameters_that_the_event_does_not_have_are_refused() {
    let claims = of_github(|_| ());
    let of_other_event = |parameter| {
        let event = "push".to_owned();
        ProvenanceInputError::ParameterOfOtherEvent { event, parameter }.into()
    };
    assert!(provenance_v1(&claims, &inputs(json!({"a": ""}), json!({}))).is_ok());
    assert_eq!(
        refusal(&claims, &inputs(json!({"a": "b"}), json!({}))),
        of_other_event("inputs")
    );
    let mut details = BuildDetails::default();
    details.external.release = Some(object(json!({"author": "mona"})));
    assert_eq!(refusal(&claims, &details), of_other_event("release"));
    let claims = of_github(|claims| claims.event_name = "release".to_owned());
    let found = "author".to_owned();
    assert_eq!(
        refusal(&claims, &details),
        ProvenanceInputError::ReleaseParameter { found }.into()
    );
}

#[test]
fn a_claim_that_would_change_what_a_url_means_is_refused_by_its_name() {
    let cases: [(&str, Field<GitHubClaims>, &str); 12] = [
        ("server_url", |it| &mut it.server_url, "http://github.com"),
        ("server_url", |it| &mut it.server_url, "https://github.com/"),
        (
            "server_url",
            |it| &mut it.server_url,
            "https://github.com@evil.example",
        ),
        ("repository", |it| &mut it.repository, "octo/app/x"),
        ("ref", |it| &mut it.git_ref, "main"),
        ("sha", |it| &mut it.sha, "1111"),
        (
            "workflow_ref",
            |it| &mut it.workflow_ref,
            "octo/app@refs/heads/main",
        ),
        (
            "workflow_ref",
            |it| &mut it.workflow_ref,
            "octo/app/w.yml@1111111111111111111111111111111111111111",
        ),
        (
            "job_workflow_ref",
            |it| &mut it.job_workflow_ref,
            "octo/app/w.yml",
        ),
        ("job_workflow_sha", |it| &mut it.job_workflow_sha, ""),
        ("run_id", |it| &mut it.run_id, "1/../2"),
        ("run_attempt", |it| &mut it.run_attempt, ""),
    ];
    for (name, field, bad) in cases {
        let claims = of_github(|claims| bad.clone_into(field(claims)));
        match refusal(&claims, &BuildDetails::default()) {
            PredicateInputError::Provenance(ProvenanceInputError::Claim { claim, found, .. }) => {
                assert_eq!((claim, found), (name, shown(bad)));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn more_parameters_than_a_verifier_reads_are_refused() {
    let many: Vec<u8> = vec![0; 100_000];
    let details = inputs(json!({}), json!({"MANY": many}));
    let refused = refusal(&of_github(|_| ()), &details);
    assert!(
        matches!(refused, PredicateInputError::Predicate(_)),
        "{refused:?}"
    );
}

#[test]
fn a_job_of_gitlab_is_recorded_whole() {
    let details = inputs(json!({"target": "all"}), json!({"REGION": "eu"}));
    let made = make(&of_gitlab(|_| ()), &details);
    let expected = json!({
        "buildDefinition": {
            "buildType": "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/gitlab-pipeline-v1.md",
            "externalParameters": {
                "pipeline": {
                    "ref": "refs/tags/v1.2.3",
                    "repository": "https://gitlab.com/octo/sub/app",
                    "path": ".gitlab-ci.yml"
                },
                "inputs": {"target": "all"},
                "variables": {"REGION": "eu"}
            },
            "internalParameters": {
                "gitlab": {
                    "ci_config_sha": SHA,
                    "job_id": "402",
                    "namespace_id": "302",
                    "pipeline_id": "401",
                    "pipeline_source": "push",
                    "project_id": "301",
                    "project_visibility": "public",
                    "runner_environment": "gitlab-hosted",
                    "runner_id": "403",
                    "user_id": "303"
                }
            },
            "resolvedDependencies": [
                {"uri": "git+https://gitlab.com/octo/sub/app@refs/tags/v1.2.3", "digest": {"gitCommit": SHA}}
            ]
        },
        "runDetails": {
            "builder": {"id": "https://gitlab.com/octo/sub/app//.gitlab-ci.yml@refs/tags/v1.2.3"},
            "metadata": {"invocationId": "https://gitlab.com/octo/sub/app/-/jobs/402"}
        }
    });
    assert_eq!(value(&made), expected);
    let view = view(&made);
    assert_eq!(view.dialect, Some("slsa-tools-gitlab-pipeline"));
    assert_eq!(view.unrecognised_parameters().count(), 0);
    let source = view.source.unwrap();
    assert_eq!(
        (
            source.repository.as_str(),
            source.git_ref.as_deref(),
            source.commit.as_deref()
        ),
        (
            "https://gitlab.com/octo/sub/app",
            Some("refs/tags/v1.2.3"),
            Some(SHA)
        )
    );
    assert_eq!(view.workflow.unwrap().path, ".gitlab-ci.yml");
    assert_eq!((view.event.as_deref(), view.branch), (Some("push"), None));
    assert_eq!(view.inputs["target"], "all");
    assert_eq!(view.vars["REGION"], "eu");
}

#[test]
fn a_pipeline_file_of_another_project_is_a_dependency_and_one_of_another_instance_is_refused() {
    let claims = of_gitlab(|claims| {
        claims.ci_config_ref_uri = "gitlab.com/octo/ci//all.yml@refs/heads/main".to_owned();
        claims.ci_config_sha = BUILDER_SHA.to_owned();
    });
    let made = value(&make(&claims, &BuildDetails::default()));
    let file = json!({"uri": "git+https://gitlab.com/octo/ci@refs/heads/main", "digest": {"gitCommit": BUILDER_SHA}});
    assert_eq!(made["buildDefinition"]["resolvedDependencies"][1], file);
    let cases: [(&str, Field<GitLabClaims>, &str); 6] = [
        (
            "ci_config_ref_uri",
            |it| &mut it.ci_config_ref_uri,
            "evil.example/octo/ci//all.yml@refs/heads/main",
        ),
        (
            "ci_config_ref_uri",
            |it| &mut it.ci_config_ref_uri,
            "gitlab.com.example/octo/ci//a.yml@refs/heads/main",
        ),
        (
            "ci_config_ref_uri",
            |it| &mut it.ci_config_ref_uri,
            "gitlab.com/octo/ci/all.yml@refs/heads/main",
        ),
        ("project_path", |it| &mut it.project_path, "app"),
        ("iss", |it| &mut it.issuer, "http://gitlab.com"),
        ("job_id", |it| &mut it.job_id, "x"),
    ];
    for (name, field, bad) in cases {
        let claims = of_gitlab(|claims| bad.clone_into(field(claims)));
        match refusal(&claims, &BuildDetails::default()) {
            PredicateInputError::Provenance(ProvenanceInputError::Claim { claim, found, .. }) => {
                assert_eq!((claim, found), (name, shown(bad)));
            }
            other => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn a_build_type_of_a_workflow_adds_its_parameters_to_those_of_the_run() {
    let uri = "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/container-based-v1.md";
    let parameters = br#"{"builderImage": {"uri": "x"}, "command": ["make"], "artifacts": "dist"}"#;
    let details = BuildDetails {
        build_type: Some(ExtendedBuildType::new(uri, parameters).unwrap()),
        ..BuildDetails::default()
    };
    let run = of_github(|claims| *claims = called());
    let made = value(&make(&run, &details));
    let mut plain = value(&make(&run, &BuildDetails::default()));
    let definition = &mut plain["buildDefinition"];
    definition["buildType"] = json!(uri);
    definition["externalParameters"]["builderImage"] = json!({"uri": "x"});
    definition["externalParameters"]["command"] = json!(["make"]);
    definition["externalParameters"]["artifacts"] = json!("dist");
    assert_eq!(made, plain);
    assert_eq!(view(&make(&run, &details)).unrecognised_parameters().count(), 0);
    assert_eq!(
        refusal(&of_gitlab(|_| ()), &details),
        ProvenanceInputError::NotExtended.into()
    );
}

//! The one view over provenance, read from every real statement in the slsa-verifier corpus and from small ones
//! that differ in one field.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};
use serde_json::{Value, json};
use slsa_verifier::predicates::{Statement, StatementLimits};
use slsa_verifier::{Provenance, ProvenanceError, Source};

/// Every DSSE payload in a document, however deep it stands.
fn payloads(value: &Value, found: &mut Vec<Vec<u8>>) {
    match value {
        Value::Object(map) => {
            if let (Some(Value::String(payload)), true) =
                (map.get("payload"), map.contains_key("payloadType"))
            {
                let decoded = STANDARD.decode(payload).or_else(|_| URL_SAFE.decode(payload));
                found.extend(decoded);
            }
            map.values().for_each(|value| payloads(value, found));
        }
        Value::Array(list) => list.iter().for_each(|value| payloads(value, found)),
        _ => {}
    }
}

#[test]
fn every_real_provenance_is_of_a_known_build_type_and_names_its_source() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let mut paths = Vec::new();
    support::files(&corpus, &mut paths);
    paths.retain(|path| !path.ends_with("cases.jsonl"));
    let mut dialects: BTreeMap<String, usize> = BTreeMap::new();
    for path in paths {
        let Ok(document) = serde_json::from_slice::<Value>(&support::read(&path)) else {
            continue;
        };
        let mut found = Vec::new();
        payloads(&document, &mut found);
        for payload in found {
            let Ok(statement) = Statement::parse(&payload, &StatementLimits::default()) else {
                continue;
            };
            let name = path.display();
            let view = match Provenance::read(&statement) {
                Ok(view) => view,
                Err(ProvenanceError::NotProvenance { .. }) => continue,
                Err(error) => panic!("{name}: {error}"),
            };
            let dialect = view
                .dialect
                .unwrap_or_else(|| panic!("{name}: unknown {}", view.build_type));
            *dialects.entry(dialect.to_owned()).or_default() += 1;
            assert!(view.builder_id.starts_with("https://"), "{name}");
            if dialect.starts_with("google-cloud-build") {
                continue;
            }
            let source = view.source.unwrap_or_else(|| panic!("{name}: no source"));
            assert!(source.repository.starts_with("https://github.com/"), "{name}");
            assert!(source.commit.is_some_and(|commit| commit.len() == 40), "{name}");
            assert!(view.event.is_some(), "{name}");
            assert!(view.workflow.is_some(), "{name}");
            assert!(view.repository_id.is_some(), "{name}");
            assert!(view.run.id.is_some(), "{name}");
        }
    }
    eprintln!("provenance by dialect: {dialects:?}");
    let known: Vec<&str> = dialects.keys().map(String::as_str).collect();
    assert_eq!(
        known,
        [
            "container-based",
            "github-workflow",
            "google-cloud-build-v0.1",
            "npm-cli",
            "slsa-framework-workflow",
            "slsa-github-generator-container",
            "slsa-github-generator-delegator",
            "slsa-github-generator-generic",
            "slsa-github-generator-go",
        ]
    );
}

fn read(predicate_type: &str, predicate: Value) -> Result<Provenance, ProvenanceError> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "a", "digest": { "sha256": "0".repeat(64) } }],
        "predicateType": predicate_type,
        "predicate": predicate,
    });
    Provenance::read(
        &Statement::parse(statement.to_string().as_bytes(), &StatementLimits::default()).unwrap(),
    )
}

fn github_workflow() -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://actions.github.io/buildtypes/workflow/v1",
            "externalParameters": { "workflow": {
                "repository": "https://github.com/o/r", "path": ".github/workflows/w.yml", "ref": "refs/heads/main",
            } },
            "internalParameters": { "github": {
                "event_name": "push", "repository_id": "1", "repository_owner_id": "2",
                "runner_environment": "github-hosted",
            } },
            "resolvedDependencies": [
                { "uri": "git+https://github.com/o/r@refs/heads/main", "digest": { "gitCommit": "a".repeat(40) } },
            ],
        },
        "runDetails": {
            "builder": { "id": "https://github.com/o/r/.github/workflows/w.yml@refs/heads/main" },
            "metadata": { "invocationId": "https://github.com/o/r/actions/runs/7/attempts/2" },
        },
    })
}

const V1: &str = "https://slsa.dev/provenance/v1";

#[test]
fn a_github_workflow_is_read_into_its_parts() {
    let view = read(V1, github_workflow()).unwrap();
    let source: Source = view.source.unwrap();
    assert_eq!(source.repository, "https://github.com/o/r");
    assert_eq!(source.git_ref.as_deref(), Some("refs/heads/main"));
    assert_eq!(source.commit, Some("a".repeat(40)));
    let workflow = view.workflow.unwrap();
    assert_eq!(
        (
            workflow.repository.as_str(),
            workflow.path.as_str(),
            workflow.git_ref.as_deref()
        ),
        (
            "https://github.com/o/r",
            ".github/workflows/w.yml",
            Some("refs/heads/main")
        )
    );
    assert_eq!(view.event.as_deref(), Some("push"));
    assert_eq!(
        (view.repository_id.as_deref(), view.repository_owner_id.as_deref()),
        (Some("1"), Some("2"))
    );
    assert_eq!(
        (view.run.id.as_deref(), view.run.attempt.as_deref()),
        (Some("7"), Some("2"))
    );
    assert_eq!(view.runner_environment.as_deref(), Some("github-hosted"));
    assert_eq!(view.branch.as_deref(), Some("refs/heads/main"));
    assert_eq!(view.dialect, Some("github-workflow"));
}

#[test]
fn a_github_workflow_without_its_workflow_is_refused() {
    let mut predicate = github_workflow();
    predicate["buildDefinition"]["externalParameters"] = json!({});
    assert_eq!(
        read(V1, predicate),
        Err(ProvenanceError::Field {
            build_type: "https://actions.github.io/buildtypes/workflow/v1".to_owned(),
            field: "externalParameters.workflow",
            expected: "an object",
        })
    );
}

#[test]
fn an_unknown_build_type_gives_what_the_specification_fixes_and_no_more() {
    let mut predicate = github_workflow();
    predicate["buildDefinition"]["buildType"] = json!("https://actions.github.io/buildtypes/workflow/v10");
    let view = read(V1, predicate).unwrap();
    assert_eq!(
        (view.dialect, &view.source, &view.workflow, &view.event),
        (None, &None, &None, &None)
    );
    assert_eq!(
        view.builder_id,
        "https://github.com/o/r/.github/workflows/w.yml@refs/heads/main"
    );
    assert_eq!(view.dependencies.len(), 1);
}

#[test]
fn a_tag_has_the_branch_that_the_event_names_and_no_other() {
    let predicate = |environment: Value| {
        json!({
            "builder": { "id": "https://example.com/b" },
            "buildType": "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
            "invocation": {
                "configSource": {
                    "uri": "git+https://github.com/o/r@refs/tags/v1", "entryPoint": "w.yml",
                    "digest": { "sha1": "a".repeat(40) },
                },
                "environment": environment,
            },
            "materials": [
                { "uri": "git+https://github.com/o/r@refs/tags/v1", "digest": { "sha1": "a".repeat(40) } },
            ],
        })
    };
    let branch = |environment| {
        read("https://slsa.dev/provenance/v0.2", predicate(environment))
            .unwrap()
            .branch
    };
    let tag = json!({ "github_ref_type": "tag", "github_ref": "refs/tags/v1" });
    assert_eq!(branch(tag), None);
    let with_payload = json!({
        "github_ref_type": "tag", "github_ref": "refs/tags/v1",
        "github_event_payload": { "base_ref": "refs/heads/main" },
    });
    assert_eq!(branch(with_payload).as_deref(), Some("refs/heads/main"));
    let pushed = json!({ "github_ref_type": "branch", "github_ref": "refs/heads/main" });
    assert_eq!(branch(pushed).as_deref(), Some("refs/heads/main"));
}

//! What is taken over from the event file.

use super::*;
use crate::claims::GitHubClaims;

fn claims(event: &str) -> GitHubClaims {
    let token = token(&with(github_claims(), json!({ "event_name": event })));
    let claims = verify_token(&token, &Issuer::github(), AUDIENCE, &jwks(), now()).unwrap();
    let Claims::GitHub(claims) = claims else { panic!() };
    *claims
}

fn inputs_of(event: &str, payload: Value) -> Result<ExternalInputs, EventError> {
    let mut payload = payload;
    if payload["repository"].is_null() {
        payload["repository"] = json!({"id": 1001, "default_branch": "main"});
    }
    EventPayload::parse(payload.to_string().as_bytes(), Isolation::Isolated)?.external_inputs(
        &claims(event),
        &Map::new(),
        &["password".to_owned()],
    )
}

#[test]
fn inputs_of_a_dispatch_are_taken_over_but_for_empty_ones() {
    let payload = json!({"inputs": {"level": "3", "dry": "", "none": null, "fast": true}});
    assert_eq!(
        inputs_of("workflow_dispatch", payload.clone()),
        Ok(ExternalInputs {
            inputs: map(json!({"level": "3", "fast": true})),
            event_read: true,
            ..ExternalInputs::default()
        })
    );
    // Of another event, a field of this name means something else.
    let none = inputs_of("push", payload).unwrap();
    assert_eq!((none.inputs, none.release), (Map::new(), None));
    for payload in [json!({}), json!({"inputs": null}), json!({"inputs": {}})] {
        assert_eq!(
            inputs_of("workflow_dispatch", payload).unwrap().inputs,
            Map::new()
        );
    }
}

#[test]
fn a_secret_input_is_recorded_without_its_value() {
    let found = inputs_of(
        "workflow_dispatch",
        json!({"inputs": {"Password": "hunter2", "level": "3"}}),
    );
    assert_eq!(
        found.unwrap().inputs,
        map(json!({"Password": "***", "level": "3"}))
    );
}

#[test]
fn variables_come_from_the_caller() {
    let vars = map(json!({"REGION": "eu", "EMPTY": "", "PASSWORD": "hunter2"}));
    let found = EventPayload::NotRead
        .external_inputs(&claims("push"), &vars, &["password".to_owned()])
        .unwrap();
    assert_eq!(found.vars, map(json!({"REGION": "eu", "PASSWORD": "***"})));
    let nested = map(json!({"REGION": ["eu"]}));
    assert_eq!(
        EventPayload::NotRead.external_inputs(&claims("push"), &nested, &[]),
        Err(EventError::Field {
            field: "vars.REGION".into(),
            expected: "text, a number or a boolean"
        })
    );
}

#[test]
fn of_a_release_is_recorded_what_differs_from_the_default() {
    let release = |release: Value| inputs_of("release", json!({ "release": release }));
    let usual = json!({
        "tag_name": "v1.2.3", "body": null, "name": "", "draft": false, "prerelease": false,
        "target_commitish": "main",
    });
    assert_eq!(release(usual).unwrap().release, None);
    let other = json!({
        "tag_name": "v1.2.3", "body": "text", "name": "One", "draft": true, "prerelease": true,
        "target_commitish": "stable",
    });
    assert_eq!(
        release(other).unwrap().release,
        Some(map(json!({
            "body": "text", "name": "One", "draft": true, "prerelease": true, "target_commitish": "stable",
        })))
    );
    for (field, value, expected) in [
        ("release.body", json!({"body": 1}), "text"),
        ("release.name", json!({"name": true}), "text"),
        ("release.draft", json!({"draft": "true"}), "a boolean"),
        ("release", json!([]), "an object"),
        ("release", Value::Null, "an object"),
    ] {
        let field = field.to_owned();
        assert_eq!(release(value), Err(EventError::Field { field, expected }));
    }
}

#[test]
fn an_event_about_another_repository_is_refused() {
    assert!(inputs_of("push", json!({"repository": {"id": 1001}})).is_ok());
    for (repository, found) in [
        (json!({"id": 1002}), Some("1002")),
        (json!({"id": "1001"}), None),
        (json!({}), None),
        (json!(1001), None),
    ] {
        assert_eq!(
            inputs_of("push", json!({ "repository": repository })),
            Err(EventError::Repository {
                expected: "1001".into(),
                found: found.map(str::to_owned)
            })
        );
    }
    let scheduled = EventPayload::parse(br#"{"schedule":"0 0 * * *"}"#, Isolation::Isolated).unwrap();
    assert!(
        scheduled
            .external_inputs(&claims("schedule"), &Map::new(), &[])
            .is_ok()
    );
    assert!(
        scheduled
            .external_inputs(&claims("push"), &Map::new(), &[])
            .is_err()
    );
}

#[test]
fn in_a_shared_job_the_event_is_not_read_and_that_is_said() {
    let path = std::path::Path::new("/nonexistent/event.json");
    assert_eq!(
        EventPayload::file(path, Isolation::Shared),
        Ok(EventPayload::NotRead)
    );
    assert_eq!(
        EventPayload::file(path, Isolation::Isolated),
        Err(EventError::File {
            kind: std::io::ErrorKind::NotFound
        })
    );
    assert_eq!(
        EventPayload::parse(b"{", Isolation::Shared),
        Ok(EventPayload::NotRead)
    );
    let found = EventPayload::NotRead.external_inputs(&claims("workflow_dispatch"), &Map::new(), &[]);
    assert_eq!(found, Ok(ExternalInputs::default()));
    assert!(!found.unwrap().event_read);
}

#[test]
fn an_event_file_is_one_json_object_of_at_most_a_mebibyte() {
    let parse = |bytes: &[u8]| EventPayload::parse(bytes, Isolation::Isolated).map(|_| ());
    let padded = |length: usize| format!("{{}}{}", " ".repeat(length - 2)).into_bytes();
    assert_eq!(parse(&padded(1 << 20)), Ok(()));
    assert_eq!(
        parse(&padded((1 << 20) + 1)),
        Err(EventError::TooLarge { limit: 1 << 20 })
    );
    for bytes in [&b""[..], b"[]", b"{\"a\":1,\"a\":2}", b"\xff"] {
        assert_eq!(parse(bytes).unwrap_err().code(), "event-json");
    }
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("event.json");
    std::fs::write(&path, padded(2 << 20)).unwrap();
    assert_eq!(
        EventPayload::file(&path, Isolation::Isolated),
        Err(EventError::TooLarge { limit: 1 << 20 })
    );
}

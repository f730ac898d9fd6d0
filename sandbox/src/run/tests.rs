use jiff::Timestamp;
use serde_json::{Value, json};

use super::{ReusableWorkflow, Run, RunError};

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn claims(yaml: &str) -> Value {
    Value::Object(
        Run::parse(yaml)
            .unwrap()
            .claims("https://issuer.test", "sigstore", now()),
    )
}

#[test]
fn default_run_has_all_claims_of_github_in_their_shapes() {
    let mut found = Value::Object(Run::default().claims("https://issuer.test", "sigstore", now()));
    let id = found.as_object_mut().unwrap().remove("jti").unwrap();
    let groups: Vec<usize> = id.as_str().unwrap().split('-').map(str::len).collect();
    assert_eq!(groups, [8, 4, 4, 4, 12]);
    let sha = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
    let workflow = "slsa-sandbox/example/.github/workflows/release.yml@refs/heads/main";
    assert_eq!(
        found,
        json!({
            "iss": "https://issuer.test", "aud": "sigstore",
            "iat": 1_767_225_600, "nbf": 1_767_225_000, "exp": 1_767_225_900,
            "sub": "repo:slsa-sandbox/example:ref:refs/heads/main",
            "ref": "refs/heads/main", "ref_type": "branch", "ref_protected": "false", "sha": sha,
            "repository": "slsa-sandbox/example", "repository_id": "1001",
            "repository_owner": "slsa-sandbox", "repository_owner_id": "1002", "repository_visibility": "public",
            "actor": "slsa-sandbox-actor", "actor_id": "1003",
            "event_name": "push", "head_ref": "", "base_ref": "",
            "workflow": "release", "workflow_ref": workflow, "workflow_sha": sha,
            "job_workflow_ref": workflow, "job_workflow_sha": sha,
            "run_id": "2001", "run_number": "1", "run_attempt": "1", "check_run_id": "2002",
            "runner_environment": "github-hosted",
        })
    );
}

#[test]
fn empty_description_is_the_default() {
    assert_eq!(Run::parse("{}").unwrap(), Run::default());
}

#[test]
fn tag_environment_enterprise_and_reusable_workflow_show_in_the_claims() {
    let found = claims(
        "repository: some/project\nref: refs/tags/v1.2.3\nenvironment: release\nenterprise: big\n\
         reusable-workflow:\n  workflow: builders/rust/.github/workflows/build.yml@refs/tags/v2\n  \
         sha: 0123456789abcdef0123456789abcdef01234567\n",
    );
    assert_eq!(found["ref_type"], "tag");
    assert_eq!(found["sub"], "repo:some/project:environment:release");
    assert_eq!(found["environment"], "release");
    assert_eq!(found["enterprise"], "big");
    assert_eq!(found["enterprise_id"], "1004");
    assert_eq!(
        found["workflow_ref"],
        "some/project/.github/workflows/release.yml@refs/tags/v1.2.3"
    );
    assert_eq!(
        found["job_workflow_ref"],
        "builders/rust/.github/workflows/build.yml@refs/tags/v2"
    );
    assert_eq!(
        found["job_workflow_sha"],
        "0123456789abcdef0123456789abcdef01234567"
    );
}

#[test]
fn pull_request_is_the_subject_of_its_run() {
    let found = claims("event: pull_request\nref: refs/pull/7/merge\nhead-ref: topic\nbase-ref: main");
    assert_eq!(found["sub"], "repo:slsa-sandbox/example:pull_request");
    assert_eq!(found["ref_type"], "branch");
    assert_eq!(found["head_ref"], "topic");
    assert_eq!(found["base_ref"], "main");
}

#[test]
fn gitlab_run_has_all_claims_of_gitlab_in_their_shapes() {
    let mut found =
        claims("kind: gitlab\nrepository: slsa-sandbox/deep/example\nref: refs/tags/v1\nenvironment: prod");
    found.as_object_mut().unwrap().remove("jti").unwrap();
    let sha = "5eed5eed5eed5eed5eed5eed5eed5eed5eed5eed";
    assert_eq!(
        found,
        json!({
            "iss": "https://issuer.test", "aud": "sigstore",
            "iat": 1_767_225_600, "nbf": 1_767_225_595, "exp": 1_767_229_200,
            "sub": "project_path:slsa-sandbox/deep/example:ref_type:tag:ref:v1",
            "namespace_id": "1002", "namespace_path": "slsa-sandbox/deep",
            "project_id": "1001", "project_path": "slsa-sandbox/deep/example", "project_visibility": "public",
            "user_id": "1003", "user_login": "slsa-sandbox-actor",
            "user_email": "slsa-sandbox-actor@git.slsa-sandbox.test", "user_access_level": "maintainer",
            "pipeline_id": "2001", "pipeline_source": "push", "job_id": "2002",
            "ref": "v1", "ref_type": "tag", "ref_path": "refs/tags/v1", "ref_protected": "false",
            "runner_id": 3001, "runner_environment": "gitlab-hosted", "sha": sha,
            "ci_config_ref_uri": "git.slsa-sandbox.test/slsa-sandbox/deep/example//.gitlab-ci.yml@refs/tags/v1",
            "ci_config_sha": sha,
            "environment": "prod", "environment_protected": "false",
        })
    );
}

#[test]
fn claims_are_replaced_added_and_taken_out() {
    let found = claims("claims:\n  exp: '9999999999'\n  nbf: null\n  aud: [sigstore, other]\n  extra: 7");
    assert_eq!(found["exp"], json!("9999999999"));
    assert_eq!(found.get("nbf"), None);
    assert_eq!(found["aud"], json!(["sigstore", "other"]));
    assert_eq!(found["extra"], json!(7));
}

#[test]
fn tokens_of_other_runs_times_or_audiences_have_other_names() {
    let run = Run::default();
    let id = |run: &Run, audience: &str, at: Timestamp| run.claims("i", audience, at)["jti"].clone();
    let first = id(&run, "sigstore", now());
    assert_eq!(first, id(&run, "sigstore", now()));
    assert_ne!(first, id(&run, "other", now()));
    assert_ne!(
        first,
        id(&run, "sigstore", "2026-01-01T00:00:01Z".parse().unwrap())
    );
    let again = Run {
        run_attempt: 2,
        ..run
    };
    assert_ne!(first, id(&again, "sigstore", now()));
}

#[test]
fn unknown_key_is_refused_with_its_place() {
    let Err(RunError::Malformed { detail }) = Run::parse("repository: a/b\nrepositry-id: 1") else {
        panic!("accepted")
    };
    assert!(detail.contains("repositry-id"), "{detail}");
    assert!(detail.contains("line 2"), "{detail}");
}

#[test]
fn names_that_no_ci_system_gives_are_refused() {
    let refused = |yaml: &str| Run::parse(yaml).unwrap_err();
    for found in ["name", "a/b/c", "a/", "/b", ""] {
        let expected = RunError::Repository {
            found: found.to_owned(),
        };
        assert_eq!(refused(&format!("repository: '{found}'")), expected);
    }
    for found in ["main", "refs/heads/", "refs/main", "heads/main"] {
        let expected = RunError::Ref {
            found: found.to_owned(),
        };
        assert_eq!(refused(&format!("ref: {found}")), expected);
    }
    let short = RunError::Commit {
        found: "5eed".to_owned(),
    };
    assert_eq!(refused("sha: 5eed"), short);
    assert_eq!(refused("workflow-sha: 5eed"), short);
    let called = |workflow: &str| {
        format!(
            "reusable-workflow: {{workflow: '{workflow}', sha: {}}}",
            "a".repeat(40)
        )
    };
    let expected = RunError::ReusableWorkflow {
        found: "a/b/c.yml".to_owned(),
    };
    assert_eq!(refused(&called("a/b/c.yml")), expected);
    let other = format!("a/b/c.yml@{}", "b".repeat(40));
    let expected = RunError::ReusableWorkflow { found: other.clone() };
    assert_eq!(refused(&called(&other)), expected);
    assert!(Run::parse(&called(&format!("a/b/c.yml@{}", "a".repeat(40)))).is_ok());
    assert_eq!(
        Run::parse(&called("a/b/c.yml@refs/tags/v1"))
            .unwrap()
            .reusable_workflow,
        Some(ReusableWorkflow::new("a/b/c.yml@refs/tags/v1", "a".repeat(40)))
    );
}

#[test]
fn description_beyond_the_limit_is_refused_unread() {
    let text = format!("actor: {}", "a".repeat(64 << 10));
    assert_eq!(Run::parse(&text), Err(RunError::TooLarge { found: text.len() }));
}

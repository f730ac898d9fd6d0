use serde_json::{Map, Value, json};

use super::*;
use crate::http::testing::http;
use crate::oidc::testing::*;
use crate::token::TokenHost;

mod event;

const SIGNER: &str = "trusted/builder/.github/workflows/build.yml";

fn judge(rules: &ContextRules, changes: Value, log: LogVisibility) -> Result<(), ContextError> {
    let token = token(&with(github_claims(), changes));
    Context::of_token(token, &Issuer::github(), &jwks(), rules, log, now()).map(|_| ())
}

fn judge_gitlab(rules: &ContextRules, changes: Value) -> Result<(), ContextError> {
    let token = token(&with(gitlab_claims(), changes));
    let issuer = Issuer::gitlab("https://gitlab.com").unwrap();
    Context::of_token(token, &issuer, &jwks(), rules, LogVisibility::Public, now()).map(|_| ())
}

fn strict(changes: Value) -> Result<(), ContextError> {
    judge(&ContextRules::default(), changes, LogVisibility::Public)
}

fn source(provider: &Provider) -> TokenSource {
    let url = format!("{}/token", provider.server.url());
    let environment = move |name: &str| match name {
        "ACTIONS_ID_TOKEN_REQUEST_URL" => Some(url.clone()),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => Some("runtime".to_owned()),
        _ => None,
    };
    assert_eq!(
        provider.issuer.token_hosts(),
        [TokenHost::Exactly("127.0.0.1".into())]
    );
    TokenSource::github(&environment, provider.issuer.token_hosts()).unwrap()
}

fn establish(provider: &Provider, rules: &ContextRules) -> Result<Context, ContextError> {
    let log = LogVisibility::Public;
    Context::establish(&http(), &source(provider), &provider.issuer, rules, log, &now)
}

#[test]
fn a_run_is_established_with_one_token_that_serves_for_everything() {
    let provider = Provider::start(github_claims());
    let context = establish(&provider, &ContextRules::default()).unwrap();
    let Claims::GitHub(claims) = context.claims() else {
        panic!()
    };
    assert_eq!(
        (claims.repository.as_str(), claims.issuer.clone()),
        ("octo/tool", provider.server.url())
    );
    assert!(context.token().expose().starts_with("eyJ"));
    assert!(!format!("{context:?}").contains("eyJ"));
    let asked: Vec<String> = provider
        .server
        .asked()
        .iter()
        .map(|a| a.path().to_owned())
        .collect();
    assert_eq!(
        asked,
        [
            "/token?audience=sigstore",
            "/.well-known/openid-configuration",
            "/keys"
        ]
    );
}

#[test]
fn each_step_that_fails_ends_the_way_with_its_own_error() {
    let provider = Provider::start(with(github_claims(), json!({"event_name": "pull_request"})));
    let rules = ContextRules::default();
    assert_eq!(establish(&provider, &rules).unwrap_err().code(), "context-event");

    let provider = Provider::start(with(github_claims(), json!({"exp": NOW})));
    assert_eq!(establish(&provider, &rules).unwrap_err().code(), "oidc-expired");

    let other = Provider::start(github_claims());
    let log = LogVisibility::Public;
    let mixed = Context::establish(&http(), &source(&provider), &other.issuer, &rules, log, &now);
    assert_eq!(mixed.unwrap_err().code(), "oidc-issuer");

    let gone = Issuer::custom(provider.issuer.kind(), "http://127.0.0.1:1", "https://github.com").unwrap();
    let unreachable = Context::establish(&http(), &source(&provider), &gone, &rules, log, &now);
    assert_eq!(unreachable.unwrap_err().code(), "http-connect");
}

#[test]
fn events_whose_meaning_is_known_are_allowed_and_others_by_name_only() {
    for event in ["push", "release", "workflow_dispatch", "create"] {
        assert_eq!(strict(json!({ "event_name": event })), Ok(()));
    }
    for event in [
        "schedule",
        "pull_request",
        "pull_request_target",
        "workflow_run",
        "issue_comment",
        "repository_dispatch",
        "something_new",
    ] {
        let changes = json!({ "event_name": event });
        assert_eq!(
            strict(changes.clone()),
            Err(ContextError::Event {
                found: event.to_owned(),
                allowed: ["create", "push", "release", "workflow_dispatch"]
                    .map(str::to_owned)
                    .to_vec()
            })
        );
        let named = ContextRules::default().allow_events([event]);
        assert_eq!(judge(&named, changes, LogVisibility::Public), Ok(()));
        let other = ContextRules::default().allow_events([format!("{event}_x")]);
        let error = judge(&other, json!({ "event_name": event }), LogVisibility::Public);
        assert_eq!(error.unwrap_err().code(), "context-event");
    }
}

#[test]
fn pipelines_of_gitlab_start_by_push_or_on_the_web() {
    let rules = ContextRules::default();
    for source in ["push", "web"] {
        assert_eq!(judge_gitlab(&rules, json!({ "pipeline_source": source })), Ok(()));
    }
    for source in ["schedule", "merge_request_event", "workflow_dispatch"] {
        let changes = json!({ "pipeline_source": source });
        assert_eq!(
            judge_gitlab(&rules, changes.clone()),
            Err(ContextError::Event {
                found: source.to_owned(),
                allowed: ["push", "web"].map(str::to_owned).to_vec()
            })
        );
        assert_eq!(
            judge_gitlab(&rules.clone().allow_events([source]), changes),
            Ok(())
        );
    }
}

#[test]
fn a_self_hosted_runner_is_refused_unless_allowed() {
    let changes = json!({"runner_environment": "self-hosted"});
    let refused = Err(ContextError::Runner {
        found: "self-hosted".into(),
    });
    assert_eq!(strict(changes.clone()), refused);
    assert_eq!(judge_gitlab(&ContextRules::default(), changes.clone()), refused);
    let any = ContextRules::default().runner(RunnerRule::Any);
    assert_eq!(judge(&any, changes.clone(), LogVisibility::Public), Ok(()));
    assert_eq!(judge_gitlab(&any, changes), Ok(()));
}

#[test]
fn a_repository_that_is_not_public_stays_out_of_a_public_log_unless_allowed() {
    for visibility in ["private", "internal"] {
        let changes = json!({ "repository_visibility": visibility });
        let rules = ContextRules::default();
        assert_eq!(
            strict(changes.clone()),
            Err(ContextError::PublicLog {
                repository: "octo/tool".into(),
                visibility: visibility.into()
            })
        );
        assert_eq!(judge(&rules, changes.clone(), LogVisibility::None), Ok(()));
        let allowed = rules.allow_public_log();
        assert_eq!(judge(&allowed, changes, LogVisibility::Public), Ok(()));
    }
    assert_eq!(
        judge_gitlab(
            &ContextRules::default(),
            json!({"project_visibility": "internal"})
        ),
        Err(ContextError::PublicLog {
            repository: "group/tool".into(),
            visibility: "internal".into()
        })
    );
}

#[test]
fn the_workflow_that_signs_is_the_expected_one() {
    let rules = ContextRules::default().signer(SignerWorkflow::parse(SIGNER).unwrap());
    let job = |found: &str| {
        judge(
            &rules,
            json!({ "job_workflow_ref": found }),
            LogVisibility::Public,
        )
    };
    assert_eq!(job(&format!("{SIGNER}@refs/tags/v2.0.0")), Ok(()));
    for found in [
        "copied/builder/.github/workflows/build.yml@refs/tags/v2.0.0",
        "trusted/builder/.github/workflows/other.yml@refs/tags/v2.0.0",
        "trusted/builder/.github/workflows/build.yaml@refs/tags/v2.0.0",
        "Trusted/builder/.github/workflows/build.yml@refs/tags/v2.0.0",
    ] {
        let (expected, found) = (SIGNER.to_owned(), found.to_owned());
        assert_eq!(job(&found), Err(ContextError::Signer { expected, found }));
    }
    assert_eq!(
        judge_gitlab(&rules, json!({})),
        Err(ContextError::Signer {
            expected: SIGNER.into(),
            found: "gitlab.com/group/tool//.gitlab-ci.yml@refs/heads/main".into()
        })
    );
}

#[test]
fn the_workflow_that_signs_is_at_a_release_or_at_its_own_commit() {
    let rules = ContextRules::default().signer(SignerWorkflow::parse(SIGNER).unwrap());
    let at = |git_ref: &str| {
        let job = format!("{SIGNER}@{git_ref}");
        judge(&rules, json!({ "job_workflow_ref": job }), LogVisibility::Public)
    };
    // As `job_workflow_sha` has it.
    assert_eq!(at(&"2".repeat(40)), Ok(()));
    assert_eq!(at("refs/tags/v0.10.0"), Ok(()));
    for found in [
        "refs/heads/main",
        "refs/heads/v1.2.3",
        "refs/tags/v2",
        "refs/tags/v2.0",
        "refs/tags/2.0.0",
        "refs/tags/v2.0.0-rc.1",
        "refs/tags/v2.0.0.0",
        "refs/tags/v02.0.0",
        "refs/tags/x/v2.0.0",
        "refs/pull/1/merge",
        "3333333333333333333333333333333333333333",
    ] {
        let error = ContextError::SignerRef {
            found: found.to_owned(),
        };
        assert_eq!(at(found), Err(error), "{found}");
    }
}

#[test]
fn a_setting_that_names_no_workflow_is_refused() {
    for found in [
        "",
        "build.yml",
        "trusted/builder",
        "trusted/builder/.github/workflows/build.yml@refs/tags/v1.0.0",
        "https://github.com/trusted/builder/.github/workflows/build.yml",
    ] {
        let error = SignerWorkflow::parse(found).unwrap_err();
        assert_eq!(error.found, found);
    }
}

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap()
}

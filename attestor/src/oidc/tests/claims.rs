//! The claims that are read, each with one of its forms that is refused.

use super::*;

fn gitlab(changes: Value) -> Result<Claims, OidcError> {
    let issuer = Issuer::gitlab("https://gitlab.com").unwrap();
    let token = token(&with(gitlab_claims(), changes));
    verify_token(&token, &issuer, "sigstore", &jwks(), now())
}

#[test]
fn githubs_claims_are_read_as_they_are() {
    let Claims::GitHub(claims) = changed(json!({})).unwrap() else {
        panic!()
    };
    assert_eq!(claims.issuer, "https://token.actions.githubusercontent.com");
    assert_eq!(claims.server_url, "https://github.com");
    assert_eq!((claims.issued_at, claims.expires_at), (at(ISSUED), at(EXPIRES)));
    assert_eq!(
        (&*claims.repository, &*claims.repository_id),
        ("octo/tool", "1001")
    );
    assert_eq!((&*claims.git_ref, &*claims.ref_type), ("refs/tags/v1.2.3", "tag"));
    assert_eq!((&*claims.run_id, &*claims.run_attempt), ("3003", "1"));
    assert_eq!(claims.actor.as_deref(), Some("octocat"));
    assert_eq!((&claims.head_ref, &claims.environment), (&None, &None));
    assert_eq!(
        claims.job_workflow_ref,
        "trusted/builder/.github/workflows/build.yml@refs/tags/v2.0.0"
    );
}

#[test]
fn a_claim_of_github_that_is_missing_or_of_another_type_is_refused() {
    for name in [
        "iss",
        "sub",
        "repository",
        "repository_id",
        "repository_owner",
        "repository_owner_id",
        "repository_visibility",
        "ref",
        "ref_type",
        "sha",
        "workflow_ref",
        "workflow_sha",
        "job_workflow_ref",
        "job_workflow_sha",
        "event_name",
        "run_id",
        "run_attempt",
        "runner_environment",
    ] {
        assert_eq!(
            changed(json!({ name: null })),
            Err(OidcError::MissingClaim { name })
        );
        let expected = "text";
        assert_eq!(
            changed(json!({ name: 1 })),
            Err(OidcError::ClaimType { name, expected })
        );
    }
    for name in [
        "actor",
        "actor_id",
        "run_number",
        "head_ref",
        "base_ref",
        "environment",
        "enterprise",
    ] {
        assert!(changed(json!({ name: null })).is_ok());
        assert_eq!(changed(json!({ name: 1 })).unwrap_err().code(), "oidc-claim-type");
    }
}

#[test]
fn a_claim_of_github_in_another_form_is_refused() {
    for (name, found) in [
        ("sub", ""),
        ("sub", "repo:octo/tool\n"),
        ("repository", "octo"),
        ("repository", "octo/tool/x"),
        ("repository", "octo/.."),
        ("repository_id", "1e3"),
        ("repository_id", "-1"),
        ("repository_id", ""),
        ("repository_owner", "octopus"),
        ("repository_owner_id", "x"),
        ("repository_visibility", "Public"),
        ("ref", "main"),
        ("ref", "refs/heads/a b"),
        ("ref_type", "commit"),
        ("sha", "111111111111111111111111111111111111111"),
        ("sha", "111111111111111111111111111111111111111G"),
        ("sha", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        ("workflow_ref", "octo/tool/.github/workflows/release.yml"),
        ("workflow_sha", "x"),
        (
            "job_workflow_ref",
            "trusted/builder/.github/workflows/build.yml@v2",
        ),
        ("job_workflow_sha", "x"),
        ("event_name", "Push"),
        ("run_id", "0x1"),
        ("run_attempt", "one"),
        ("run_number", "one"),
        ("actor_id", "one"),
        ("runner_environment", "github-hosted "),
        ("environment", "a\u{1b}b"),
    ] {
        let error = changed(json!({ name: found })).unwrap_err();
        let OidcError::ClaimForm { name: at, .. } = &error else {
            panic!("{name}: {error:?}")
        };
        assert_eq!(*at, name);
    }
}

#[test]
fn gitlabs_claims_are_read_with_numbers_of_either_spelling() {
    let Claims::GitLab(claims) = gitlab(json!({"project_id": 1001})).unwrap() else {
        panic!()
    };
    assert_eq!((&*claims.project_id, &*claims.runner_id), ("1001", "6006"));
    assert_eq!(
        claims.ci_config_ref_uri,
        "gitlab.com/group/tool//.gitlab-ci.yml@refs/heads/main"
    );
    assert_eq!(claims.user_login.as_deref(), Some("alice"));
}

#[test]
fn a_claim_of_gitlab_that_is_missing_or_in_another_form_is_refused() {
    for (name, found) in [
        ("project_path", json!("tool")),
        ("project_id", json!(-1)),
        ("project_visibility", json!("secret")),
        ("namespace_path", json!("")),
        ("namespace_id", json!(1.5)),
        ("ref_path", json!("main")),
        ("sha", json!("x")),
        (
            "ci_config_ref_uri",
            json!("gitlab.com/group/tool/.gitlab-ci.yml@refs/heads/main"),
        ),
        ("ci_config_sha", json!("x")),
        ("pipeline_id", json!("x")),
        ("pipeline_source", json!("Push")),
        ("job_id", json!([])),
        ("runner_id", json!("")),
        ("runner_environment", json!("github-hosted")),
    ] {
        let error = gitlab(json!({ name: null })).unwrap_err();
        assert_eq!(error, OidcError::MissingClaim { name });
        let code = gitlab(json!({ name: found })).unwrap_err().code();
        assert!(
            matches!(code, "oidc-claim-form" | "oidc-claim-type"),
            "{name}: {code}"
        );
    }
}

#[test]
fn a_token_of_one_provider_is_none_of_the_other() {
    let issuer = Issuer::custom(
        IssuerKind::GitLab,
        "https://token.actions.githubusercontent.com",
        "https://x",
    );
    let token = token(&github_claims());
    let error = verify_token(&token, &issuer.unwrap(), "sigstore", &jwks(), now());
    assert_eq!(error, Err(OidcError::MissingClaim { name: "project_path" }));
}

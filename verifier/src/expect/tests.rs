//! One hostile twin for each expectation and each field that certificate and predicate share: a single change,
//! refused with that field's code.

use serde_json::{Value, json};

use super::Expectations;
use crate::builder::{BuildLevel, TrustedBuilders};
use crate::certificate::CertificateIdentity;
use crate::code::Code;
use crate::testing::{COMMIT, ISSUER, WORKFLOW, identity, key, provenance, signed, verified};

fn expected(yaml: &str) -> Expectations {
    serde_saphyr::from_str(yaml).unwrap()
}

fn code(yaml: &str, identity: CertificateIdentity, statement: &Value) -> Option<Code> {
    let builders = TrustedBuilders::shipped().unwrap();
    let evaluation = expected(yaml).evaluate(&verified(identity, statement), &builders);
    evaluation.refusal().and_then(|check| check.refusal)
}

/// What becomes of the usual run under an expectation.
fn usual(yaml: &str) -> Option<Code> {
    code(yaml, identity(WORKFLOW), &provenance(WORKFLOW))
}

#[test]
fn each_expectation_is_met_by_the_run_and_refuses_when_it_alone_is_another() {
    for (key, met, twin, code) in [
        (
            "predicate-type",
            "[https://slsa.dev/provenance/v1]",
            "[https://slsa.dev/provenance/v0.2]",
            Code::PredicateTypeMismatch,
        ),
        (
            "builder",
            WORKFLOW,
            "https://github.com/o/r/.github/workflows/test.yml",
            Code::BuilderMismatch,
        ),
        ("level", "2", "3", Code::LevelTooLow),
        (
            "source",
            "github.com/O/R",
            "github.com/o/r2",
            Code::SourceMismatch,
        ),
        ("repository-id", "'1'", "'3'", Code::SourceIdMismatch),
        ("owner-id", "'2'", "'3'", Code::SourceIdMismatch),
        ("tag", "v1.2.3", "v1.2.4", Code::TagMismatch),
        ("versioned-tag", "v1.2", "v1.3", Code::VersionedTagMismatch),
        (
            "commit",
            COMMIT,
            "0000000000000000000000000000000000000000",
            Code::CommitMismatch,
        ),
        (
            "build-type",
            "[https://actions.github.io/buildtypes/workflow/v1]",
            "[https://example.com/b]",
            Code::BuildTypeMismatch,
        ),
        ("event", "[push]", "[workflow_dispatch]", Code::EventMismatch),
        (
            "workflow",
            ".github/workflows/release.yml",
            ".github/workflows/test.yml",
            Code::WorkflowMismatch,
        ),
        (
            "parameters",
            "{/workflow/path: .github/workflows/release.yml}",
            "{/workflow/path: x}",
            Code::ParameterMismatch,
        ),
    ] {
        assert_eq!(usual(&format!("{key}: {met}")), None, "{key}: {met}");
        assert_eq!(usual(&format!("{key}: {twin}")), Some(code), "{key}: {twin}");
    }
    // A tag has no branch of its own, and a branch no tag.
    assert_eq!(usual("branch: main"), Some(Code::BranchMismatch));
    let (mut identity, mut statement) = (identity(WORKFLOW), provenance(WORKFLOW));
    let at_main = WORKFLOW.replace("refs/tags/v1.2.3", "refs/heads/main");
    identity = CertificateIdentity {
        subject_alternative_name: crate::SubjectAlternativeName::Uri(at_main.clone()),
        ..identity
    };
    identity.extensions.build_config_uri = Some(at_main.clone());
    identity.extensions.source_repository_ref = Some("refs/heads/main".to_owned());
    let definition = &mut statement["predicate"]["buildDefinition"];
    definition["externalParameters"]["workflow"]["ref"] = json!("refs/heads/main");
    definition["resolvedDependencies"][0]["uri"] = json!("git+https://github.com/o/r@refs/heads/main");
    statement["predicate"]["runDetails"]["builder"]["id"] = json!(at_main);
    let of_main = |yaml: &str| code(yaml, identity.clone(), &statement);
    assert_eq!(of_main("branch: main"), None);
    assert_eq!(of_main("branch: main2"), Some(Code::BranchMismatch));
    assert_eq!(of_main("tag: v1.2.3"), Some(Code::NotATag));
    assert_eq!(of_main("versioned-tag: v1"), Some(Code::NotATag));
}

#[test]
fn each_field_that_certificate_and_predicate_share_refuses_when_the_predicate_alone_is_another() {
    let text = |pointer: &str, value: &str| {
        let mut statement = provenance(WORKFLOW);
        *statement.pointer_mut(&format!("/predicate{pointer}")).unwrap() = json!(value);
        code("{}", identity(WORKFLOW), &statement)
    };
    let workflow = "/buildDefinition/externalParameters/workflow";
    let github = "/buildDefinition/internalParameters/github";
    let source = "/buildDefinition/resolvedDependencies/0";
    for (pointer, value, expected) in [
        (
            format!("{workflow}/repository"),
            "https://github.com/o/other",
            Code::WorkflowRepositoryDisagrees,
        ),
        (
            format!("{workflow}/ref"),
            "refs/tags/v1.2.4",
            Code::WorkflowRefDisagrees,
        ),
        (
            format!("{workflow}/path"),
            ".github/workflows/test.yml",
            Code::WorkflowPathDisagrees,
        ),
        (
            format!("{source}/uri"),
            "git+https://github.com/o/other@refs/tags/v1.2.3",
            Code::SourceRepositoryDisagrees,
        ),
        (
            format!("{source}/uri"),
            "git+https://github.com/o/r@refs/tags/v1.2.4",
            Code::SourceRefDisagrees,
        ),
        (
            format!("{source}/digest/gitCommit"),
            "0000000000000000000000000000000000000000",
            Code::CommitDisagrees,
        ),
        (
            format!("{github}/event_name"),
            "pull_request",
            Code::EventDisagrees,
        ),
        (
            format!("{github}/repository_id"),
            "9",
            Code::RepositoryIdDisagrees,
        ),
        (
            format!("{github}/repository_owner_id"),
            "9",
            Code::RepositoryOwnerIdDisagrees,
        ),
        (
            "/runDetails/metadata/invocationId".to_owned(),
            "https://github.com/o/r/actions/runs/8/attempts/1",
            Code::RunIdDisagrees,
        ),
        (
            "/runDetails/metadata/invocationId".to_owned(),
            "https://github.com/o/r/actions/runs/7/attempts/2",
            Code::RunAttemptDisagrees,
        ),
    ] {
        assert_eq!(text(&pointer, value), Some(expected), "{pointer}");
    }
    let mut statement = provenance(WORKFLOW);
    let at = &mut statement["predicate"]["buildDefinition"]["internalParameters"]["github"];
    at["runner_environment"] = json!("self-hosted");
    assert_eq!(
        code("{}", identity(WORKFLOW), &statement),
        Some(Code::RunnerEnvironmentDisagrees)
    );
}

#[test]
fn a_self_hosted_runner_is_refused_unless_allowed_and_then_reaches_level_one() {
    let mut runner = identity(WORKFLOW);
    runner.extensions.runner_environment = Some("self-hosted".to_owned());
    let statement = provenance(WORKFLOW);
    assert_eq!(
        code("{}", runner.clone(), &statement),
        Some(Code::RunnerSelfHosted)
    );
    assert_eq!(
        code("{allow-self-hosted: true, level: 1}", runner.clone(), &statement),
        None
    );
    assert_eq!(
        code("{allow-self-hosted: true, level: 2}", runner.clone(), &statement),
        Some(Code::LevelTooLow)
    );
    runner.extensions.runner_environment = Some("gitlab-hosted".to_owned());
    assert_eq!(code("{}", runner.clone(), &statement), None);
    runner.extensions.runner_environment = Some("elsewhere".to_owned());
    assert_eq!(
        code("{allow-self-hosted: true}", runner, &statement),
        Some(Code::RunnerSelfHosted)
    );
}

#[test]
fn inputs_must_be_there_and_be_equal_and_unknown_parameters_must_be_allowed() {
    let mut statement = provenance(WORKFLOW);
    let definition = &mut statement["predicate"]["buildDefinition"];
    definition["externalParameters"]["inputs"] = json!({ "channel": "stable", "dry": false });
    let of = |yaml: &str| code(yaml, identity(WORKFLOW), &statement);
    // GitHub's own build type has no inputs.
    assert_eq!(of("inputs: {channel: stable}"), Some(Code::ParameterUnknown));
    for met in [
        "{channel: stable}",
        "{channel: stable, dry: false}",
        "{dry: 'false'}",
    ] {
        assert_eq!(
            of(&format!("{{inputs: {met}, allow-parameters: [inputs]}}")),
            None,
            "{met}"
        );
    }
    for twin in ["{channel: test}", "{other: stable}", "{dry: true}", "{dry: ''}"] {
        let yaml = format!("{{inputs: {twin}, allow-parameters: [inputs]}}");
        assert_eq!(of(&yaml), Some(Code::InputMismatch), "{twin}");
    }
    // Who expects a parameter has seen it.
    assert_eq!(of("parameters: {/inputs/channel: stable}"), None);
}

#[test]
fn a_named_signer_needs_no_row_and_reaches_level_one_and_nobody_else_does() {
    let other = "https://github.com/o/tools/.github/workflows/build.yml@refs/heads/main";
    let statement = provenance(other);
    let named = format!("signer: {{identity: '{other}', issuer: '{ISSUER}'}}");
    assert_eq!(
        code("{}", identity(other), &statement),
        Some(Code::BuilderUntrusted)
    );
    assert_eq!(code(&named, identity(other), &statement), None);
    assert_eq!(
        code(&format!("{named}\nlevel: 1"), identity(other), &statement),
        None
    );
    assert_eq!(
        code(&format!("{named}\nlevel: 2"), identity(other), &statement),
        Some(Code::LevelTooLow)
    );
    assert_eq!(
        code(&named, identity(&other.replace("build", "evil")), &statement),
        Some(Code::IdentityMismatch)
    );
    let mut issued = identity(other);
    issued.issuer = Some("https://gitlab.com".to_owned());
    assert_eq!(code(&named, issued, &statement), Some(Code::IssuerMismatch));
}

#[test]
fn statements_that_are_no_provenance_are_told_from_those_that_break_their_format() {
    let mut statement = provenance(WORKFLOW);
    statement["predicate"]["buildDefinition"]["externalParameters"] = json!({});
    assert_eq!(
        code("{}", identity(WORKFLOW), &statement),
        Some(Code::ProvenanceMalformed)
    );
    statement["predicateType"] = json!("https://example.com/scan/v1");
    assert_eq!(
        code("{}", identity(WORKFLOW), &statement),
        Some(Code::NotProvenance)
    );
}

#[test]
fn what_npm_writes_in_the_job_is_taken_where_the_certificate_backs_it_and_not_beyond() {
    let runner = "https://github.com/actions/runner/github-hosted";
    let mut statement = provenance(runner);
    let build_type = "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1";
    statement["predicate"]["buildDefinition"]["buildType"] = json!(build_type);
    assert_eq!(code("level: 2", identity(WORKFLOW), &statement), None);
    let claims: [fn(&mut Value); 6] = [
        |predicate| predicate["buildDefinition"]["externalParameters"]["inputs"] = json!({ "a": "b" }),
        |predicate| predicate["buildDefinition"]["externalParameters"]["vars"] = json!({ "a": "b" }),
        |predicate| predicate["buildDefinition"]["internalParameters"]["github"]["actor"] = json!("x"),
        |predicate| predicate["buildDefinition"]["internalParameters"]["tool"] = json!("x"),
        |predicate| predicate["runDetails"]["metadata"]["startedOn"] = json!("2026-01-01T00:00:00Z"),
        |predicate| {
            let more = json!({ "uri": "git+https://github.com/o/lib", "digest": { "gitCommit": COMMIT } });
            let list = &mut predicate["buildDefinition"]["resolvedDependencies"];
            list.as_array_mut().unwrap().push(more);
        },
    ];
    for claim in claims {
        let mut hostile = statement.clone();
        claim(&mut hostile["predicate"]);
        assert_eq!(
            code("{}", identity(WORKFLOW), &hostile),
            Some(Code::ClaimUnbacked),
            "{hostile}"
        );
    }
    // An old certificate that tells no commit backs none.
    let mut old = identity(WORKFLOW);
    old.extensions.source_repository_digest = None;
    assert_eq!(code("{}", old, &statement), Some(Code::ClaimUnbacked));
}

#[test]
fn a_key_speaks_for_the_builders_of_its_row_and_for_those_that_the_caller_names() {
    let builders = TrustedBuilders::shipped().unwrap();
    let worker = "https://cloudbuild.googleapis.com/GoogleHostedWorker";
    let mut statement = provenance(worker);
    statement["predicate"]["buildDefinition"] = json!({
        "buildType": "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
        "externalParameters": { "buildConfigSource": { "repository": "git+https://github.com/o/r", "path": "b.yaml", "ref": "refs/heads/main" } },
        "resolvedDependencies": [],
    });
    let of = |yaml: &str, name: Option<&str>| {
        let verified = signed(key(name), &statement)
            .about(&crate::testing::artifact())
            .unwrap();
        let evaluation = expected(yaml).evaluate(&verified, &builders);
        (
            evaluation.refusal().and_then(|check| check.refusal),
            evaluation.level,
        )
    };
    let google = Some(
        "projects/verified-builder/locations/global/keyRings/attestor/cryptoKeys/google-hosted-worker/cryptoKeyVersions/1",
    );
    assert_eq!(of("source: github.com/o/r", google), (None, BuildLevel::THREE));
    assert_eq!(of("source: github.com/o/x", google).0, Some(Code::SourceMismatch));
    assert_eq!(of("{}", Some("mine")).0, Some(Code::BuilderUntrusted));
    assert_eq!(
        of(&format!("builder: {worker}"), Some("mine")),
        (None, BuildLevel::ONE)
    );
    assert_eq!(
        of(&format!("builder: {worker}2"), google).0,
        Some(Code::BuilderMismatch)
    );
}

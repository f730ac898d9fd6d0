use serde_json::{Value, json};
use slsa_predicates::Predicate;

use super::*;
use crate::predicate::testing::{typed, value};

fn details() -> SummaryDetails {
    SummaryDetails {
        verifier_id: "https://example.com/verifier".to_owned(),
        verifier_version: BTreeMap::from([("slsa-verify".to_owned(), "0.1.0".to_owned())]),
        resource_uri: "pkg:oci/app".to_owned(),
        policy: ResourceDescriptor {
            uri: Some("https://example.com/policy.yaml".to_owned()),
            ..ResourceDescriptor::default()
        },
        time_verified: "2026-01-02T03:04:05Z".parse().unwrap(),
    }
}

fn artifact(name: &str, level: u8) -> Value {
    json!({
        "artifact": name,
        "verdict": "accepted",
        "digests": [format!("sha256:{}", "a".repeat(64))],
        "requirements": [{"name": "signer", "needed": 1, "met": 1, "attestations": [
            {"origin": "f", "verdict": "refused", "level": 3, "checks": []},
            {"origin": "f", "verdict": "accepted", "level": level, "checks": []},
            {"origin": "g", "verdict": "accepted", "level": 1, "checks": []}
        ]}]
    })
}

fn accepted() -> Value {
    let artifacts = [artifact("a", 3), artifact("b", 2)];
    json!({"schemaVersion": 1, "accepted": true, "exitCode": 0, "artifacts": artifacts})
}

/// The first artifact is refused.
fn refused() -> Value {
    let mut verdict = accepted();
    verdict["accepted"] = json!(false);
    verdict["exitCode"] = json!(11);
    verdict["artifacts"][0]["verdict"] = json!("not-as-expected");
    verdict["artifacts"][0]["requirements"][0]["met"] = json!(0);
    verdict
}

fn make(verdict: &Value) -> Result<Summary, PredicateInputError> {
    verification_summary(verdict.to_string().as_bytes(), &details())
}

#[test]
fn a_verdict_that_accepts_all_is_a_summary_that_passed_with_the_lowest_level() {
    let summary = make(&accepted()).unwrap();
    let expected = json!({
        "verifier": {"id": "https://example.com/verifier", "version": {"slsa-verify": "0.1.0"}},
        "timeVerified": "2026-01-02T03:04:05Z",
        "resourceUri": "pkg:oci/app",
        "policy": {"uri": "https://example.com/policy.yaml"},
        "verificationResult": "PASSED",
        "verifiedLevels": ["SLSA_BUILD_LEVEL_2"],
        "slsaVersion": "1.2"
    });
    assert_eq!(value(&summary.predicate), expected);
    assert!(matches!(
        typed(&summary.predicate),
        Predicate::VerificationSummary(_)
    ));
    let statement = summary.predicate.statement(summary.subjects).unwrap();
    let names: Vec<_> = statement.subjects().iter().filter_map(Subject::name).collect();
    assert_eq!(names, ["a", "b"]);
}

#[test]
fn one_artifact_that_was_refused_makes_it_fail() {
    let made = value(&make(&refused()).unwrap().predicate);
    assert_eq!(made["verificationResult"], "FAILED");
    assert_eq!(made["verifiedLevels"], json!(["FAILED"]));
}

#[test]
fn a_level_that_one_artifact_has_not_is_not_evaluated() {
    let mut verdict = accepted();
    verdict["artifacts"][1]["requirements"][0]["attestations"] = json!([]);
    let made = value(&make(&verdict).unwrap().predicate);
    assert_eq!(made["verifiedLevels"], json!(["SLSA_BUILD_LEVEL_UNEVALUATED"]));
    assert_eq!(made["verificationResult"], "PASSED");
}

#[test]
fn what_was_not_decided_is_not_summarised() {
    for (exit_code, word) in [
        (1, "undecided"),
        (2, "unjudged"),
        (1, "not-as-expected"),
        (11, "undecided"),
    ] {
        let mut verdict = refused();
        verdict["exitCode"] = json!(exit_code);
        verdict["artifacts"][0]["verdict"] = json!(word);
        assert_eq!(
            make(&verdict).unwrap_err(),
            VerdictError::Undecided { exit_code }.into()
        );
    }
}

#[test]
fn a_verdict_that_contradicts_itself_is_refused() {
    let of = |artifact: &str, detail| {
        let artifact = artifact.to_owned();
        PredicateInputError::Verdict(VerdictError::Contradiction { artifact, detail })
    };
    let each = "its verdict does not follow from its requirements";
    let all = "whether all were accepted does not follow from each";
    for (pointer, bad, error) in [
        ("/artifacts/0/requirements", json!([]), of("a", each)),
        ("/artifacts/0/requirements/0/met", json!(0), of("a", each)),
        ("/artifacts/1/requirements/0/needed", json!(2), of("b", each)),
        ("/artifacts/0/verdict", json!("not-authentic"), of("a", each)),
        ("/accepted", json!(false), of("", all)),
        ("/exitCode", json!(11), of("", all)),
    ] {
        let mut verdict = accepted();
        *verdict.pointer_mut(pointer).unwrap() = bad;
        assert_eq!(make(&verdict).unwrap_err(), error, "{pointer}");
    }
}

#[test]
fn a_requirement_that_needs_nothing_does_not_accept() {
    let mut verdict = accepted();
    verdict["artifacts"][0]["requirements"][0]["needed"] = json!(0);
    assert!(make(&verdict).is_ok());
    verdict["artifacts"][0]["requirements"][0]["met"] = json!(0);
    assert!(make(&verdict).is_err());
}

#[test]
fn another_schema_no_artifacts_and_artifacts_without_digest_are_refused() {
    let a = || "a".to_owned();
    for (pointer, bad, error) in [
        ("/schemaVersion", json!(2), VerdictError::Schema { found: 2 }),
        ("/artifacts", json!([]), VerdictError::NoArtifacts),
        (
            "/artifacts/0/digests",
            json!([]),
            VerdictError::NoDigest { artifact: a() },
        ),
        (
            "/artifacts/0/digests/0",
            json!("abc"),
            VerdictError::Digest {
                artifact: a(),
                source: DigestError::NoAlgorithm,
            },
        ),
    ] {
        let mut verdict = accepted();
        *verdict.pointer_mut(pointer).unwrap() = bad;
        assert_eq!(make(&verdict).unwrap_err(), error.into(), "{pointer}");
    }
}

#[test]
fn verifier_resource_and_policy_are_absolute_uris() {
    let refusal = |change: fn(&mut SummaryDetails)| {
        let mut details = details();
        change(&mut details);
        verification_summary(accepted().to_string().as_bytes(), &details).unwrap_err()
    };
    let error = |field, found: &str| {
        let found = found.to_owned();
        PredicateInputError::Verdict(VerdictError::Uri { field, found })
    };
    assert_eq!(
        refusal(|it| it.verifier_id = "me".to_owned()),
        error("verifier id", "me")
    );
    assert_eq!(
        refusal(|it| it.resource_uri = "app".to_owned()),
        error("resource", "app")
    );
    assert_eq!(refusal(|it| it.policy.uri = None), error("policy", ""));
}

/// The format is the verifier's: what is read here stands in its schema.
#[test]
fn the_verdicts_of_these_tests_are_of_the_verifiers_schema() {
    let schema: Value = serde_json::from_str(include_str!(
        "../../../../docs/reference/verify-output.v1.schema.json"
    ))
    .unwrap();
    for verdict in [accepted(), refused()] {
        assert!(jsonschema::is_valid(&schema, &verdict), "{verdict}");
    }
}

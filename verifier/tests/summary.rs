//! Verification summaries, signed by a key of the test: each step of the specification with its twin.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::{Value, json};
use slsa_verifier::predicates::Digest;
use slsa_verifier::{Artifact, BuildLevel, Code, SummaryExpectations};
use support::keyed;

fn summary() -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "tool", "digest": { "sha256": "1".repeat(64) } }],
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": { "id": "https://verifier.example/v1" },
            "timeVerified": "2026-01-01T00:00:00Z",
            "resourceUri": "pkg:generic/tool@1.0.0",
            "policy": { "uri": "https://verifier.example/policy" },
            "verificationResult": "PASSED",
            "verifiedLevels": ["SLSA_BUILD_LEVEL_3", "SLSA_SOURCE_TWO_PARTY_REVIEWED"],
            "slsaVersion": "1.2",
        },
    })
}

fn expected(levels: &[&str]) -> SummaryExpectations {
    let mut expected = SummaryExpectations::new("https://verifier.example/v1", "pkg:generic/tool@1.0.0");
    expected.levels = levels.iter().map(|level| (*level).to_owned()).collect();
    expected
}

fn code(summary: &Value, expected: &SummaryExpectations) -> Result<BuildLevel, Code> {
    let artifact = Artifact::from_digest(Digest::parse(&format!("sha256:{}", "1".repeat(64))).unwrap());
    let verified = keyed::verify(summary, &artifact).map_err(|error| error.code())?;
    let evaluation = expected.evaluate(&verified);
    match evaluation.refusal() {
        Some(check) => Err(check.refusal.unwrap()),
        None => Ok(evaluation.level),
    }
}

#[test]
fn a_summary_is_believed_for_its_verifier_its_resource_and_its_levels_alone() {
    let levels = ["SLSA_BUILD_LEVEL_2", "SLSA_SOURCE_TWO_PARTY_REVIEWED"];
    assert_eq!(code(&summary(), &expected(&levels)), Ok(BuildLevel::THREE));
    for (pointer, value, refusal) in [
        (
            "/predicate/verifier/id",
            json!("https://verifier.example/v2"),
            Code::VerifierMismatch,
        ),
        (
            "/predicate/resourceUri",
            json!("pkg:generic/tool@1.0.1"),
            Code::ResourceMismatch,
        ),
        (
            "/predicate/verificationResult",
            json!("FAILED"),
            Code::VerificationFailed,
        ),
        (
            "/predicate/verifiedLevels",
            json!(["SLSA_BUILD_LEVEL_1"]),
            Code::VerifiedLevelMissing,
        ),
        (
            "/predicate/verifiedLevels",
            json!(["SLSA_BUILD_LEVEL_3"]),
            Code::VerifiedLevelMissing,
        ),
        (
            "/predicateType",
            json!("https://slsa.dev/provenance/v1"),
            Code::ProvenanceMalformed,
        ),
        (
            "/predicateType",
            json!("https://example.com/p"),
            Code::PredicateTypeMismatch,
        ),
        (
            "/subject/0/digest/sha256",
            json!("2".repeat(64)),
            Code::SubjectMismatch,
        ),
    ] {
        let mut twin = summary();
        *twin.pointer_mut(pointer).unwrap() = value;
        assert_eq!(code(&twin, &expected(&levels)), Err(refusal), "{pointer}");
    }
}

#[test]
fn a_summary_that_failed_proves_no_level() {
    let mut failed = summary();
    failed["predicate"]["verificationResult"] = json!("FAILED");
    let artifact = Artifact::from_digest(Digest::parse(&format!("sha256:{}", "1".repeat(64))).unwrap());
    let verified = keyed::verify(&failed, &artifact).unwrap();
    assert_eq!(expected(&[]).evaluate(&verified).level, BuildLevel::ZERO);
}

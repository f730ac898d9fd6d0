//! Policies: which rule holds, what each requirement needs, and that more evidence never refuses.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod support;

use proptest::prelude::*;
use serde_json::{Value, json};
use slsa_verifier::predicates::Digest;
use slsa_verifier::{Artifact, Authenticated, Code, Policy, PolicyError, Subject};
use support::keyed;

const WORKER: &str = "https://builder.example/hosted";

fn artifact() -> Artifact {
    Artifact::from_digest(Digest::parse(&format!("sha256:{}", "1".repeat(64))).unwrap())
}

/// Provenance that somebody's own builder signs with a key.
fn provenance(builder: &str, digit: &str) -> Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "tool", "digest": { "sha256": digit.repeat(64) } }],
        "predicateType": "https://slsa.dev/provenance/v1",
        "predicate": {
            "buildDefinition": { "buildType": "https://builder.example/b/v1", "externalParameters": {} },
            "runDetails": { "builder": { "id": builder } },
        },
    })
}

fn policy(requirement: &str) -> Policy {
    let text = format!(
        "version: 1\nrules:\n  - name: tools\n    match: {{artifact: ['tool*'], image: ['ghcr.io/o/*']}}\n    require:\n      - {requirement}\n"
    );
    Policy::read(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn decide(policy: &Policy, evidence: &[Authenticated]) -> Option<Code> {
    policy
        .evaluate(Subject::Artifact("tool.tar.gz"), &artifact(), evidence, &[])
        .refusal()
}

fn by(seed: u8, statement: &Value) -> Authenticated {
    keyed::authenticate(seed, statement)
}

#[test]
fn a_rule_holds_for_what_it_names_and_what_no_rule_names_is_refused() {
    let policy = policy(&format!("provenance: {{builder: '{WORKER}'}}"));
    let evidence = [by(1, &provenance(WORKER, "1"))];
    let code = |subject| policy.evaluate(subject, &artifact(), &evidence, &[]).refusal();
    assert_eq!(code(Subject::Artifact("tool.tar.gz")), None);
    assert_eq!(code(Subject::Image("ghcr.io/o/tool")), None);
    assert_eq!(code(Subject::Artifact("other.tar.gz")), Some(Code::NoRule));
    assert_eq!(code(Subject::Image("tool")), Some(Code::NoRule));
    assert_eq!(code(Subject::Package("tool")), Some(Code::NoRule));
}

#[test]
fn no_attestation_meets_no_requirement_and_a_foreign_one_neither() {
    let policy = policy(&format!("provenance: {{builder: '{WORKER}'}}"));
    assert_eq!(decide(&policy, &[]), Some(Code::NoAttestation));
    assert_eq!(
        decide(&policy, &[by(1, &provenance(WORKER, "2"))]),
        Some(Code::SubjectMismatch)
    );
    assert_eq!(
        decide(&policy, &[by(9, &provenance(WORKER, "1"))]),
        Some(Code::SignatureInvalid)
    );
    assert_eq!(
        decide(
            &policy,
            &[by(1, &provenance("https://builder.example/other", "1"))]
        ),
        Some(Code::BuilderMismatch)
    );
}

#[test]
fn at_least_counts_different_attestations_and_copies_once() {
    let two = policy(&format!(
        "{{provenance: {{builder: '{WORKER}'}}, quantifier: {{at-least: 2}}}}"
    ));
    let statement = provenance(WORKER, "1");
    let (first, second) = (by(1, &statement), by(2, &statement));
    assert_eq!(decide(&two, &[first.clone(), second]), None);
    assert_eq!(
        decide(&two, &[first.clone(), first.clone()]),
        Some(Code::TooFewAttestations)
    );
    assert_eq!(
        decide(&two, std::slice::from_ref(&first)),
        Some(Code::TooFewAttestations)
    );
    let mut other = statement.clone();
    other["predicate"]["runDetails"]["metadata"] = json!({ "invocationId": "2" });
    assert_eq!(decide(&two, &[first, by(1, &other)]), None);
}

#[test]
fn a_condition_must_hold_and_an_error_in_it_decides_nothing() {
    let evidence = [by(1, &provenance(WORKER, "1"))];
    let with = |condition: &str| {
        let text = format!("{{provenance: {{builder: '{WORKER}'}}, conditions: [{condition}]}}");
        decide(&policy(&text), &evidence)
    };
    assert_eq!(
        with(r#"{cel: 'level == 1 && provenance.builderId.endsWith("/hosted")'}"#),
        None
    );
    assert_eq!(with("{cel: 'level >= 2'}"), Some(Code::ConditionFalse));
    assert_eq!(
        with("{cel: 'provenance.nothing.there == 1'}"),
        Some(Code::ConditionFailed)
    );
    assert_eq!(with("{cel: 'level'}"), Some(Code::ConditionFailed));
    let rego = |rule: &str| format!(r#"{{rego: "package policy\nimport rego.v1\nallow if {rule}"}}"#);
    assert_eq!(with(&rego("input.level == 1")), None);
    assert_eq!(with(&rego("input.level == 2")), Some(Code::ConditionFalse));
}

#[test]
fn another_statement_needs_its_type_and_its_signer() {
    let mut statement = provenance(WORKER, "1");
    statement["predicateType"] = json!("https://spdx.dev/Document/v2.3");
    statement["predicate"] = json!({ "spdxVersion": "SPDX-2.3" });
    let fingerprint = {
        let verified = by(1, &statement).unwrap();
        match verified.signature().signer() {
            slsa_verifier::VerifiedSigner::Key { fingerprint, .. } => fingerprint.clone(),
            _ => panic!("no key"),
        }
    };
    let bom = policy(&format!(
        "statement: {{predicate-type: ['https://spdx.dev/Document/v2.3'], signer: {{key-sha256: {fingerprint}}}}}"
    ));
    assert_eq!(decide(&bom, &[by(1, &statement)]), None);
    assert_eq!(decide(&bom, &[by(2, &statement)]), Some(Code::IdentityMismatch));
    assert_eq!(
        decide(&bom, &[by(1, &provenance(WORKER, "1"))]),
        Some(Code::PredicateTypeMismatch)
    );
}

#[test]
fn what_is_wrong_with_a_policy_is_said_with_its_place() {
    let good = "version: 1\nrules:\n  - name: a\n    match: {artifact: [a]}\n    require:\n      - provenance: {level: 2}\n";
    assert!(Policy::read(good).is_ok());
    for (from, to, place) in [
        ("version: 1", "version: 2", "line 1"),
        ("name: a", "nmae: a", "line 3"),
        ("artifact: [a]", "artifact: []", "line 4"),
        ("artifact: [a]", "artifact: ['']", "line 4"),
        ("level: 2", "level: 4", "line 6"),
        ("level: 2", "levle: 2", "line 6"),
        ("level: 2", "level: 2, level: 3", "line 6"),
        ("level: 2", "source: 'github.com/*'", "line 6"),
        ("level: 2", "signer: {identity: '', issuer: b}", "line 6"),
        (
            "level: 2",
            "signer: {identity-pattern: '^.*$', issuer: b}",
            "line 6",
        ),
        (
            "level: 2",
            "signer: {identity-pattern: 'a.*', issuer: b}",
            "line 6",
        ),
        ("provenance: {level: 2}", "{}", "line 6"),
        (
            "provenance: {level: 2}",
            "{provenance: {}, npm-publish: {}}",
            "line 6",
        ),
        (
            "provenance: {level: 2}",
            "{provenance: {}, quantifier: all}",
            "line 6",
        ),
        (
            "provenance: {level: 2}",
            "{provenance: {}, quantifier: {at-least: 0}}",
            "line 6",
        ),
        (
            "provenance: {level: 2}",
            "{provenance: {}, conditions: [{cel: '1 +'}]}",
            "line 6",
        ),
        ("\n      - provenance: {level: 2}", " []", "line 5"),
    ] {
        assert!(good.contains(from));
        let text = good.replace(from, to);
        let Err(PolicyError::Malformed { detail }) = Policy::read(&text) else {
            panic!("{to} was accepted")
        };
        assert!(detail.contains(place), "{to}: {detail}");
        assert_eq!(PolicyError::Malformed { detail }.code(), Code::PolicyInvalid);
    }
}

/// Every place in a policy where an object stands.
fn objects(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) => {
            found.push(at.to_owned());
            map.iter()
                .for_each(|(key, value)| objects(value, &format!("{at}/{key}"), found));
        }
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| objects(value, &format!("{at}/{index}"), found)),
        _ => {}
    }
}

#[test]
fn an_unknown_key_is_refused_wherever_it_stands() {
    let policy = json!({
        "version": 1,
        "trust": { "roots": ["public-good"], "keys": [{ "file": "k.pub", "name": "k" }] },
        "builders": { "replace-default": true, "add": [{
            "name": "mine", "kind": "caller-workflow", "issuer": "https://token.actions.githubusercontent.com",
            "build-types": ["https://example.com/b/v1"], "level": 2,
        }] },
        "rules": [{
            "name": "a", "match": { "artifact": ["a"] },
            "require": [
                { "provenance": { "signer": { "identity": "a", "issuer": "b" } }, "package": { "name": "a" },
                  "quantifier": { "at-least": 1 }, "conditions": [{ "cel": "true" }] },
                { "statement": { "predicate-type": ["t"], "signer": { "identity": "a", "issuer": "b" } } },
                { "summary": { "verifier": "v", "resource": "r" } },
                { "npm-publish": { "name": "a" } },
            ],
        }],
    });
    assert!(
        Policy::read(&policy.to_string()).is_ok(),
        "{:?}",
        Policy::read(&policy.to_string())
    );
    let mut places = Vec::new();
    objects(&policy, "", &mut places);
    assert!(places.len() >= 18);
    for place in places {
        let mut changed = policy.clone();
        let object = changed.pointer_mut(&place).unwrap().as_object_mut().unwrap();
        object.insert("unheard-of".to_owned(), json!(1));
        assert!(Policy::read(&changed.to_string()).is_err(), "at {place}");
    }
}

#[test]
fn the_schema_that_is_published_is_that_of_the_code_and_accepts_the_examples() {
    let path =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/policy.v1.schema.json");
    let published: Value = serde_json::from_slice(&support::read(&path)).unwrap();
    assert_eq!(
        published,
        Policy::json_schema(),
        "write it again: slsa-verify policy schema"
    );
}

fn evidence() -> Vec<Authenticated> {
    let mut bom = provenance(WORKER, "1");
    bom["predicateType"] = json!("https://spdx.dev/Document/v2.3");
    vec![
        by(1, &provenance(WORKER, "1")),
        by(2, &provenance(WORKER, "1")),
        by(1, &provenance("https://builder.example/other", "1")),
        by(1, &provenance(WORKER, "2")),
        by(9, &provenance(WORKER, "1")),
        by(3, &bom),
    ]
}

proptest! {
    #[test]
    fn neither_order_nor_more_evidence_turns_an_acceptance_into_a_refusal(
        order in Just((0..6_usize).collect::<Vec<_>>()).prop_shuffle(),
        taken in 0..=6_usize,
        needed in 1..=3_usize,
    ) {
        let evidence = evidence();
        let requirement = format!("{{provenance: {{builder: '{WORKER}'}}, quantifier: {{at-least: {needed}}}}}");
        let policy = policy(&requirement);
        let some: Vec<Authenticated> = order.iter().take(taken).map(|index| evidence[*index].clone()).collect();
        let all: Vec<Authenticated> = order.iter().map(|index| evidence[*index].clone()).collect();
        let accepted = |evidence: &[Authenticated]| decide(&policy, evidence).is_none();
        // More never refuses, and the order never matters.
        prop_assert!(!accepted(&some) || accepted(&all));
        prop_assert_eq!(accepted(&all), accepted(&evidence));
        let mut turned = some.clone();
        turned.reverse();
        prop_assert_eq!(decide(&policy, &some), decide(&policy, &turned));
    }
}

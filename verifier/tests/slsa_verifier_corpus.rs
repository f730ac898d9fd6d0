//! slsa-verifier's own test data: whatever carries log material verifies, or is refused where its row says that
//! signature or certificate are invalid; a bare envelope cannot be decided on.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;
use slsa_verifier::predicates::Digest;
use slsa_verifier::{
    Artifact, Code, EmbeddedRoot, Form, Limits, TrustRoot, Verified, Verifier, algorithms_for, hash_reader,
    parse, read_oci_layout, registry_keys_from,
};

/// A verifier with the default roots, and the keys with which npm's registry signs.
fn verifier(keys: &Path) -> Verifier {
    let roots = EmbeddedRoot::DEFAULT
        .into_iter()
        .map(|root| TrustRoot::embedded(root).unwrap())
        .collect();
    let keys = registry_keys_from(&support::read(keys)).unwrap();
    keys.into_iter()
        .fold(Verifier::builder(roots), slsa_verifier::VerifierBuilder::key)
        .build()
        .unwrap()
}

/// What becomes of one file's attestations for one artifact: `None` stands for acceptance.
type Outcomes = Vec<(Form, Option<Code>)>;

fn outcomes(verifier: &Verifier, bundle: &Path, artifact: &Path) -> Outcomes {
    let parsed = parse(&support::read(bundle), &Limits::default()).unwrap();
    let mut found = Vec::new();
    for item in parsed.items {
        let attestation = item.result.unwrap();
        let algorithms = algorithms_for(&attestation, &Limits::default());
        let artifact = hash_reader(std::fs::File::open(artifact).unwrap(), &algorithms, |_| {}).unwrap();
        let result = verifier.verify_any(&attestation, &artifact, support::now());
        found.push((attestation.form(), result.err().map(|error| error.code())));
    }
    found
}

#[test]
fn every_row_with_log_material_verifies_or_is_refused_for_its_signature() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let verifier = verifier(&corpus.join("../keys/npm.json"));
    let rows = String::from_utf8(support::read(&corpus.join("cases.jsonl"))).unwrap();
    let mut cache: BTreeMap<(PathBuf, PathBuf), Outcomes> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let command = row["command"].as_str().unwrap();
        let (Some(provenance), Some(artifacts)) = (row["provenance"].as_str(), row["artifacts"].as_array())
        else {
            continue;
        };
        if !matches!(
            command,
            "verify-artifact" | "verify-npm-package" | "verify-github-attestation"
        ) {
            continue;
        }
        let provenance = corpus.join(provenance);
        for artifact in artifacts
            .iter()
            .map(|artifact| corpus.join(artifact.as_str().unwrap()))
        {
            if !provenance.is_file() || !artifact.is_file() {
                *counts.entry("files that the corpus lacks").or_default() += 1;
                continue;
            }
            let key = (provenance.clone(), artifact.clone());
            let found = cache
                .entry(key)
                .or_insert_with(|| outcomes(&verifier, &provenance, &artifact))
                .clone();
            let id = row["id"].as_str().unwrap();
            let error = row["expected_error"].as_str().unwrap_or_default();
            for (form, code) in found {
                let outcome = match (form, code) {
                    (Form::Envelope, Some(Code::NoSigningTime)) => "bare envelopes: could not decide",
                    (_, None) => "accepted",
                    (_, Some(Code::SubjectMismatch)) if error == "ErrorMismatchHash" => "another artifact",
                    (_, Some(code @ (Code::SignatureInvalid | Code::LogEntryMismatch)))
                        if error == "ErrorInvalidSignature" || error == "ErrorInvalidCertificate" =>
                    {
                        assert!(row["expect"] == "fail", "{id}: {code}");
                        "invalid signature"
                    }
                    (form, Some(code)) => panic!("{id} ({error}): {form} is {code}"),
                };
                *counts.entry(outcome).or_default() += 1;
            }
        }
    }
    eprintln!("slsa-verifier rows: {counts:?}");
    assert!(counts["accepted"] > 1_000, "{counts:?}");
    assert!(counts["invalid signature"] >= 4, "{counts:?}");
    assert!(counts["bare envelopes: could not decide"] >= 1, "{counts:?}");
}

#[test]
fn each_cosign_attachment_in_an_oci_layout_verifies_against_its_image_and_no_other() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let verifier = verifier(&corpus.join("../keys/npm.json"));
    let folder = corpus.join("gha_generic_container");
    let mut layouts: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|version| version.unwrap().path().join("container_workflow_dispatch"))
        .collect();
    layouts.sort();
    let mut kinds = Vec::new();
    for layout in layouts {
        let digest = String::from_utf8(support::read(&layout.with_extension("digest"))).unwrap();
        let digest = digest.trim().rsplit('@').next().unwrap();
        let image = Artifact::from_digest(Digest::parse(digest).unwrap());
        let other = Artifact::from_digest(Digest::parse(&format!("sha256:{}", "0".repeat(64))).unwrap());
        let found = read_oci_layout(&support::Layout(layout.clone()), &Limits::default()).unwrap();
        assert!(!found.items.is_empty(), "{}", layout.display());
        for item in found.items {
            let attestation = item.result.unwrap();
            assert_eq!(attestation.form(), Form::CosignAttachment);
            let verified = verifier.verify_any(&attestation, &image, support::now()).unwrap();
            let Verified::Statement(statement) = &verified else {
                panic!("no statement")
            };
            kinds.push(statement.signature().evidence().log_entries[0].kind.clone());
            let refused = verifier
                .verify_any(&attestation, &other, support::now())
                .unwrap_err();
            assert_eq!(refused.code(), Code::SubjectMismatch);
        }
    }
    assert_eq!(
        kinds,
        ["intoto 0.0.1", "intoto 0.0.1", "intoto 0.0.1", "dsse 0.0.1"]
    );
}

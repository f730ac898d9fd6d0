//! What `gcloud` prints of images: every row of slsa-verifier's test data about Google Cloud Build, as far as
//! signature, digest, text and metadata go, and a hostile twin for each check.

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
use std::path::Path;

use serde_json::{Value, json};
use slsa_verifier::predicates::Digest;
use slsa_verifier::{
    Artifact, Code, GcloudMismatch, Limits, NotAsExpected, PublicKey, Verifier, check_gcloud,
    gcloud_key_name, parse_gcloud,
};

const GITHUB: &str = "gcb_container/v0.3/gcloud-container-github.json";
const DIGEST: &str = "sha256:f472ca4b68898c951ac3b476cba919d0d56fca4ced631fabcead51e4b2b690e7";

/// A verifier with Google's keys, named after the files that they are in.
fn verifier(keys: &Path) -> Verifier {
    let mut files = Vec::new();
    support::files(keys, &mut files);
    assert_eq!(files.len(), 22);
    let key = |file: &Path| {
        let name = gcloud_key_name(file.file_stem().unwrap().to_str().unwrap()).unwrap();
        PublicKey::parse(&support::read(file)).unwrap().with_name(name)
    };
    let builder = Verifier::builder(Vec::new());
    files
        .iter()
        .fold(builder, |builder, file| builder.key(key(file)))
        .build()
        .unwrap()
}

fn artifact(digest: &str) -> Artifact {
    Artifact::from_digest(Digest::parse(digest).unwrap())
}

/// Why none of an image's attestations is good: a reason for each.
fn refusals(
    verifier: &Verifier,
    image: &[u8],
    artifact: &Artifact,
) -> Result<(), Vec<(Code, Option<GcloudMismatch>)>> {
    let image = parse_gcloud(image, &Limits::default()).map_err(|error| vec![(error.code(), None)])?;
    let mut refusals = Vec::new();
    for item in &image.provenances {
        let provenance = match &item.result {
            Ok(provenance) => provenance,
            Err(error) => {
                refusals.push((error.code(), None));
                continue;
            }
        };
        for signature in &provenance.signatures {
            let refusal = match &signature.result {
                Err(error) => (error.code(), None),
                Ok(attestation) => match verifier.verify(attestation, artifact, support::now()) {
                    Err(error) => (error.code(), None),
                    Ok(verified) => match check_gcloud(&image, provenance, &verified) {
                        Ok(()) => return Ok(()),
                        Err(error) => (NotAsExpected::from(error.clone()).code(), Some(error)),
                    },
                },
            };
            refusals.push(refusal);
        }
    }
    Err(refusals)
}

#[test]
fn every_row_about_google_cloud_build_verifies_or_is_refused_for_what_its_row_says() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let verifier = verifier(&corpus.join("../keys/gcb"));
    let rows = String::from_utf8(support::read(&corpus.join("cases.jsonl"))).unwrap();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for row in rows.lines() {
        let row: Value = serde_json::from_str(row).unwrap();
        let provenance = row["provenance"].as_str().unwrap_or_default();
        if row["command"] != "verify-image" || !provenance.contains("gcb_container") {
            continue;
        }
        let id = row["id"].as_str().unwrap();
        let error = row["expected_error"].as_str().unwrap_or("none");
        let image = row["artifacts"][0].as_str().unwrap();
        let artifact = artifact(image.rsplit_once('@').unwrap().1);
        let found = refusals(&verifier, &support::read(&corpus.join(provenance)), &artifact);
        let codes = found
            .err()
            .map(|refusals| refusals.into_iter().map(|(code, _)| code).collect::<Vec<_>>());
        let fitting: &[Code] = match error {
            // What is refused there for an expectation that is none of this layer's must verify here.
            "none"
            | "ErrorMismatchSource"
            | "ErrorMismatchTag"
            | "ErrorMismatchBranch"
            | "ErrorMismatchBuilderID"
            | "ErrorMismatchVersionedTag"
            | "ErrorInvalidRef"
            | "ErrorNotSupported"
            | "ErrorVerifierNotSupported" => &[],
            "ErrorNoValidSignature" => &[Code::SignatureInvalid, Code::KeyRequired, Code::BundleEncoding],
            "ErrorMismatchHash" => &[Code::SubjectMismatch, Code::GcloudMetadata],
            "ErrorMismatchIntoto" => &[Code::GcloudTextDiffers],
            "ErrorInvalidFormat" => &[Code::GcloudMetadata],
            "ErrorInvalidDssePayload" => &[Code::JsonInvalid],
            error => panic!("{id}: {error}"),
        };
        let outcome = match codes {
            None => {
                assert!(fitting.is_empty(), "{id} ({error}) verifies");
                "verifies".to_owned()
            }
            Some(codes) => {
                assert!(
                    codes.iter().all(|code| fitting.contains(code)),
                    "{id} ({error}): {codes:?}"
                );
                format!("{}", codes[0])
            }
        };
        *counts.entry(format!("{error}: {outcome}")).or_default() += 1;
    }
    eprintln!("rows about Google Cloud Build: {counts:#?}");
    assert_eq!(counts.values().sum::<usize>(), 87);
}

/// A real image, changed in its unsigned part.
fn twin(change: impl FnOnce(&mut Value)) -> Option<GcloudMismatch> {
    let corpus = support::corpus("slsa-verifier")?;
    let verifier = verifier(&corpus.join("../keys/gcb"));
    let mut image: Value = serde_json::from_slice(&support::read(&corpus.join(GITHUB))).unwrap();
    assert_eq!(
        refusals(&verifier, image.to_string().as_bytes(), &artifact(DIGEST)),
        Ok(())
    );
    change(&mut image);
    let found = refusals(&verifier, image.to_string().as_bytes(), &artifact(DIGEST));
    Some(found.unwrap_err().remove(0).1.unwrap())
}

fn provenance(image: &mut Value) -> &mut Value {
    &mut image["provenance_summary"]["provenance"][0]
}

#[test]
fn a_note_of_another_kind_or_of_none_is_refused() {
    for kind in [json!("BUIL"), json!("build"), Value::Null] {
        let found = kind.as_str().map(ToOwned::to_owned);
        let Some(error) = twin(|image| provenance(image)["kind"] = kind) else {
            return;
        };
        assert_eq!(error, GcloudMismatch::Kind { found });
    }
}

#[test]
fn unsigned_fields_that_name_another_image_or_none_are_refused() {
    let other = format!("sha256:{}", "0".repeat(64));
    let qualified = format!("host/name@{other}");
    let glued = format!("https://host/name{DIGEST}");
    type Change = fn(&mut Value, Value);
    let fields: [(&str, Change, [&str; 2]); 3] = [
        (
            "resourceUri",
            |image, value| provenance(image)["resourceUri"] = value,
            [&qualified, &glued],
        ),
        (
            "image_summary.digest",
            |image, value| image["image_summary"]["digest"] = value,
            [&other, &glued],
        ),
        (
            "image_summary.fully_qualified_digest",
            |image, value| image["image_summary"]["fully_qualified_digest"] = value,
            [&qualified, &glued],
        ),
    ];
    for (field, change, values) in fields {
        for value in [json!(values[0]), json!(values[1]), Value::Null] {
            let found = value.as_str().map(ToOwned::to_owned);
            let Some(error) = twin(|image| change(image, value)) else {
                return;
            };
            let expected = DIGEST.to_owned();
            assert_eq!(
                error,
                GcloudMismatch::Digest {
                    field,
                    found,
                    expected
                }
            );
        }
    }
}

#[test]
fn a_text_that_says_anything_else_than_what_was_signed_is_refused() {
    type Change = fn(&mut Value);
    let changes: [(Change, &str); 4] = [
        (
            |text| text["slsaProvenance"]["recipe"]["arguments"]["steps"][0]["args"][0] = json!("run"),
            "/predicate/recipe/arguments/steps/0/args/0",
        ),
        (
            |text| text["slsaProvenance"]["metadata"]["unsigned"] = json!(true),
            "/predicate/metadata/unsigned",
        ),
        (
            |text| text["predicateType"] = json!("https://slsa.dev/provenance/v1"),
            "/predicateType",
        ),
        (|text| *text = json!([]), ""),
    ];
    for (change, at) in changes {
        let field = "build.intotoStatement";
        let Some(error) = twin(|image| change(&mut provenance(image)["build"]["intotoStatement"])) else {
            return;
        };
        assert_eq!(
            error,
            GcloudMismatch::Text {
                field,
                at: at.to_owned()
            }
        );
    }
    let field = "build.inTotoSlsaProvenanceV1";
    let Some(error) = twin(|image| provenance(image)["build"]["inTotoSlsaProvenanceV1"] = json!({})) else {
        return;
    };
    assert_eq!(
        error,
        GcloudMismatch::Text {
            field,
            at: "/_type".to_owned()
        }
    );
}

#[test]
fn a_verified_statement_is_not_checked_against_another_provenance() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let verifier = verifier(&corpus.join("../keys/gcb"));
    let read = |file: &str| parse_gcloud(&support::read(&corpus.join(file)), &Limits::default()).unwrap();
    let (image, other) = (read(GITHUB), read("gcb_container/v0.3/gcloud-container-gcs.json"));
    let attestation = image.provenances[0].result.clone().unwrap().signatures[0]
        .result
        .clone()
        .unwrap();
    let verified = verifier
        .verify(&attestation, &artifact(DIGEST), support::now())
        .unwrap();
    let error = check_gcloud(&other, other.provenances[0].result.as_ref().unwrap(), &verified).unwrap_err();
    assert_eq!(error, GcloudMismatch::OtherProvenance);
    assert_eq!(error.code(), Code::GcloudMetadata);
}

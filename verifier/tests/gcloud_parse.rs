//! How what `gcloud` prints is read: within limits, and each broken part for itself.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Value, json};
use slsa_verifier::{Code, Limit, Limits, ReadError, gcloud_key_name, parse_gcloud};
use support::gcloud::{envelope, image};
use support::p256::Pair;

const V1_KEY: &str = "global-pae-google-hosted-worker_1";

/// A statement as far as reading goes, whose base64 differs between the alphabets.
fn statement() -> Vec<u8> {
    json!({ "x": "\u{3ff}\u{3ff}\u{3fe}???>>>" })
        .to_string()
        .into_bytes()
}

#[test]
fn a_payload_is_read_in_either_alphabet_and_what_is_broken_hides_nothing_good() {
    let pair = Pair::new();
    let payload = statement();
    let good = envelope(&payload, &[("k", pair.sign(&payload))]);
    let mut url = good.clone();
    url["payload"] = json!(URL_SAFE.encode(&payload));
    assert_ne!(url, good);
    let mut broken = good.clone();
    broken["signatures"] = json!([{ "sig": "!" }, { "sig": 1 }, {}, 7, good["signatures"][0]]);
    let mut limit = good.clone();
    limit["signatures"] = json!(vec![good["signatures"][0].clone(); 11]);
    let list = [
        good.clone(),
        url,
        broken,
        limit,
        json!(7),
        json!({ "signatures": [] }),
        Value::Null,
    ];
    let read = parse_gcloud(image(&list).to_string().as_bytes(), &Limits::default()).unwrap();
    let results: Vec<_> = read.provenances.iter().map(|item| item.result.as_ref()).collect();
    assert_eq!(results[0].unwrap().signatures, results[1].unwrap().signatures);
    let signatures = &results[2].unwrap().signatures;
    assert!(signatures[..4].iter().all(|item| item.result.is_err()));
    assert_eq!(signatures[4].result, results[0].unwrap().signatures[0].result);
    assert_eq!(signatures[4].position, 5);
    let error = ReadError::Limit {
        limit: Limit::Signatures,
        found: 11,
        max: 10,
    };
    assert_eq!(results[3], Err(&error));
    assert_eq!(results[4].unwrap_err().code(), Code::JsonInvalid);
    assert_eq!(
        results[5],
        Err(&ReadError::MissingField {
            field: "envelope.signatures"
        })
    );
    assert_eq!(results[6], Err(&ReadError::MissingField { field: "envelope" }));
}

#[test]
fn the_whole_is_refused_where_it_is_too_large_ambiguous_or_lists_nothing() {
    let pair = Pair::new();
    let two = envelope(b"{}", &[("k", pair.sign(b"")), ("k", pair.sign(b""))]);
    let text = image(&[two.clone(), two]).to_string();
    let with = |set: fn(&mut Limits)| {
        let mut limits = Limits::default();
        set(&mut limits);
        parse_gcloud(text.as_bytes(), &limits)
    };
    assert!(with(|limits| limits.attestations = 4).is_ok());
    let error = ReadError::Limit {
        limit: Limit::Attestations,
        found: 4,
        max: 3,
    };
    assert_eq!(with(|limits| limits.attestations = 3), Err(error));
    let error = ReadError::Limit {
        limit: Limit::Attestations,
        found: 2,
        max: 1,
    };
    assert_eq!(with(|limits| limits.attestations = 1), Err(error));
    let error = with(|limits| limits.input_bytes = 100).unwrap_err();
    assert!(matches!(
        error,
        ReadError::Limit {
            limit: Limit::InputBytes,
            max: 100,
            ..
        }
    ));
    let error = with(|limits| limits.name_bytes = 80).unwrap_err();
    assert!(matches!(
        error,
        ReadError::FieldValue {
            field: "image_summary.fully_qualified_digest",
            ..
        }
    ));
    let twice = text.replacen("\"kind\"", "\"kind\":\"BUILD\",\"kind\"", 1);
    let read = |text: &str| parse_gcloud(text.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(read(&twice).code(), Code::JsonInvalid);
    for nothing in [
        "{}",
        r#"{"provenance_summary":null}"#,
        r#"{"provenance_summary":{"provenance":[]}}"#,
    ] {
        assert_eq!(read(nothing), ReadError::NoAttestation, "{nothing}");
    }
}

#[test]
fn each_file_of_keys_has_the_name_that_envelopes_use() {
    let prefix = "projects/verified-builder/locations/";
    for (file, expected) in [
        (
            "us-west2",
            "us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1",
        ),
        (
            "global",
            "global/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1",
        ),
        (
            "global-pae",
            "global/keyRings/attestor/cryptoKeys/provenanceSigner/cryptoKeyVersions/1",
        ),
        (
            "global-pae-provenanceSigner_1",
            "global/keyRings/attestor/cryptoKeys/provenanceSigner/cryptoKeyVersions/1",
        ),
        (
            V1_KEY,
            "global/keyRings/attestor/cryptoKeys/google-hosted-worker/cryptoKeyVersions/1",
        ),
    ] {
        assert_eq!(gcloud_key_name(file), Some(format!("{prefix}{expected}")));
    }
    for file in [
        "",
        "npm",
        "us-west",
        "US-west2",
        "us/west-2",
        "-global",
        "global-pae-builtByGCB_1",
        "global-pae-provenanceSigner_",
        "global-pae-provenanceSigner_x",
    ] {
        assert_eq!(gcloud_key_name(file), None, "{file}");
    }
}

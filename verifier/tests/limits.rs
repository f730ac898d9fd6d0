//! One test for each limit: at the limit it is not what refuses, one beyond it is.

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
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use slsa_verifier::predicates::{Statement, StatementError, StatementLimits};
use slsa_verifier::{Limit, Limits, ReadError, parse};

/// A bundle of the right shape. Nothing in it could be verified, and nothing needs to be.
fn bundle() -> Value {
    let hash = STANDARD.encode([0; 32]);
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {
            "certificate": { "rawBytes": STANDARD.encode([1; 8]) },
            "tlogEntries": [{
                "logIndex": "1",
                "logId": { "keyId": hash },
                "kindVersion": { "kind": "dsse", "version": "0.0.1" },
                "integratedTime": "1",
                "inclusionPromise": { "signedEntryTimestamp": STANDARD.encode([2; 8]) },
                "inclusionProof": {
                    "logIndex": "1", "treeSize": "2", "rootHash": hash, "hashes": [hash],
                    "checkpoint": { "envelope": "c" },
                },
                "canonicalizedBody": STANDARD.encode([3; 8]),
            }],
            "timestampVerificationData": {
                "rfc3161Timestamps": [{ "signedTimestamp": STANDARD.encode([4; 8]) }],
            },
        },
        "dsseEnvelope": {
            "payloadType": "application/vnd.in-toto+json",
            "payload": STANDARD.encode([5; 8]),
            "signatures": [{ "sig": STANDARD.encode([6; 8]) }],
        },
    })
}

/// The default limits but for one.
fn with(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

fn read(bundle: &Value, limits: &Limits) -> Result<(), ReadError> {
    let parsed = parse(bundle.to_string().as_bytes(), limits)?;
    // One document that fails is an error of the whole input, so what is left is read.
    parsed
        .items
        .into_iter()
        .try_for_each(|item| item.result.map(|_| ()))
}

/// Sees to it that a bundle that was changed for `n` is read with the limit at `n`, and refused with it below.
fn holds(limit: Limit, set: impl Fn(&mut Limits, usize), n: usize, change: impl Fn(&mut Value)) {
    let mut bundle = bundle();
    change(&mut bundle);
    let mut limits = Limits::default();
    set(&mut limits, n);
    assert_eq!(read(&bundle, &limits), Ok(()), "{limit} at the limit");
    set(&mut limits, n - 1);
    match read(&bundle, &limits) {
        Err(ReadError::Limit {
            limit: found, max, ..
        }) => assert_eq!((found, max), (limit, n - 1)),
        other => panic!("{limit} beyond the limit: {other:?}"),
    }
}

fn material(bundle: &mut Value) -> &mut Value {
    &mut bundle["verificationMaterial"]
}

fn repeat(list: &mut Value, n: usize) {
    let first = list[0].clone();
    *list = Value::Array(vec![first; n]);
}

#[test]
fn the_number_of_log_entries_is_limited() {
    assert_eq!(Limits::default().log_entries, 32);
    holds(
        Limit::LogEntries,
        |limits, n| limits.log_entries = n,
        32,
        |bundle| {
            repeat(&mut material(bundle)["tlogEntries"], 32);
        },
    );
}

#[test]
fn the_number_of_timestamps_is_limited() {
    assert_eq!(Limits::default().timestamps, 32);
    holds(
        Limit::Timestamps,
        |limits, n| limits.timestamps = n,
        32,
        |bundle| {
            repeat(
                &mut material(bundle)["timestampVerificationData"]["rfc3161Timestamps"],
                32,
            );
        },
    );
}

#[test]
fn the_number_of_hashes_in_a_proof_is_limited() {
    assert_eq!(Limits::default().proof_hashes, 64);
    holds(
        Limit::ProofHashes,
        |limits, n| limits.proof_hashes = n,
        64,
        |bundle| {
            repeat(
                &mut material(bundle)["tlogEntries"][0]["inclusionProof"]["hashes"],
                64,
            );
        },
    );
}

#[test]
fn the_number_of_certificates_is_limited() {
    assert_eq!(Limits::default().certificates, 10);
    let Some(corpus) = support::corpus("github-cli") else {
        return;
    };
    let bytes = support::read(&corpus.join("sigstore-js-2.1.0-bundle-v0.1.json"));
    let mut bundle: Value = serde_json::from_slice(&bytes).unwrap();
    let chain = &mut material(&mut bundle)["x509CertificateChain"]["certificates"];
    let root = chain.as_array().unwrap().last().unwrap().clone();
    let length = chain.as_array().unwrap().len();
    let limits = with(|limits| limits.certificates = length);
    assert_eq!(read(&bundle, &limits), Ok(()));
    material(&mut bundle)["x509CertificateChain"]["certificates"]
        .as_array_mut()
        .unwrap()
        .push(root);
    let error = ReadError::Limit {
        limit: Limit::Certificates,
        found: length + 1,
        max: length,
    };
    assert_eq!(read(&bundle, &limits), Err(error));
}

#[test]
fn the_bytes_of_each_decoded_part_are_limited() {
    holds(
        Limit::CertificateBytes,
        |limits, n| limits.certificate_bytes = n,
        16 << 10,
        |bundle| {
            material(bundle)["certificate"]["rawBytes"] = json!(STANDARD.encode(vec![1; 16 << 10]));
        },
    );
    holds(
        Limit::LogBodyBytes,
        |limits, n| limits.log_body_bytes = n,
        256 << 10,
        |bundle| {
            material(bundle)["tlogEntries"][0]["canonicalizedBody"] =
                json!(STANDARD.encode(vec![1; 256 << 10]));
        },
    );
    holds(
        Limit::TimestampBytes,
        |limits, n| limits.timestamp_bytes = n,
        64 << 10,
        |bundle| {
            material(bundle)["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"] =
                json!(STANDARD.encode(vec![1; 64 << 10]));
        },
    );
    holds(
        Limit::SignatureBytes,
        |limits, n| limits.signature_bytes = n,
        8 << 10,
        |bundle| {
            bundle["dsseEnvelope"]["signatures"][0]["sig"] = json!(STANDARD.encode(vec![1; 8 << 10]));
        },
    );
    holds(
        Limit::PayloadBytes,
        |limits, n| limits.payload_bytes = n,
        16 << 20,
        |bundle| {
            bundle["dsseEnvelope"]["payload"] = json!(STANDARD.encode(vec![1; 16 << 20]));
        },
    );
    holds(
        Limit::CheckpointBytes,
        |limits, n| limits.checkpoint_bytes = n,
        16 << 10,
        |bundle| {
            material(bundle)["tlogEntries"][0]["inclusionProof"]["checkpoint"]["envelope"] =
                json!("c".repeat(16 << 10));
        },
    );
}

/// DER of an element: a tag, and a length of up to 65,535.
fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap().to_be_bytes();
    let length = match content.len() {
        0..=0x7f => vec![length[1]],
        0x80..=0xff => vec![0x81, length[1]],
        _ => vec![0x82, length[0], length[1]],
    };
    [&[tag], length.as_slice(), content].concat()
}

fn nested(depth: usize) -> Vec<u8> {
    (1..depth).fold(der(0x05, &[]), |inner, _| der(0x30, &inner))
}

#[test]
fn the_depth_of_der_is_limited() {
    assert_eq!(Limits::default().der_depth, 32);
    let set = |limits: &mut Limits, n| limits.der_depth = n;
    holds(Limit::DerDepth, set, 32, |bundle| {
        material(bundle)["certificate"]["rawBytes"] = json!(STANDARD.encode(nested(32)));
    });
    holds(Limit::DerDepth, set, 32, |bundle| {
        material(bundle)["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"] =
            json!(STANDARD.encode(nested(32)));
    });
}

#[test]
fn the_number_of_certificates_in_a_timestamp_is_limited() {
    assert_eq!(Limits::default().timestamp_certificates, 16);
    let certificates = der(0xa0, &der(0x30, &[]).repeat(16));
    let signed_data = der(0x30, &[der(0x02, &[3]), certificates].concat());
    let token = der(0x30, &[der(0x06, &[42]), der(0xa0, &signed_data)].concat());
    let response = der(0x30, &[der(0x30, &[]), token.clone()].concat());
    for timestamp in [token, response] {
        holds(
            Limit::TimestampCertificates,
            |limits, n| limits.timestamp_certificates = n,
            16,
            |bundle| {
                material(bundle)["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"] =
                    json!(STANDARD.encode(&timestamp));
            },
        );
    }
}

#[test]
fn the_number_of_elements_side_by_side_in_a_timestamp_is_limited() {
    assert_eq!(Limits::default().timestamp_elements, 64);
    holds(
        Limit::TimestampElements,
        |limits, n| limits.timestamp_elements = n,
        64,
        |bundle| {
            let digest_algorithms = der(0x31, &der(0x05, &[]).repeat(64));
            material(bundle)["timestampVerificationData"]["rfc3161Timestamps"][0]["signedTimestamp"] =
                json!(STANDARD.encode(der(0x30, &digest_algorithms)));
        },
    );
}

#[test]
fn the_defaults_are_those_that_are_documented() {
    let limits = Limits::default();
    assert_eq!(
        (
            limits.certificate_bytes,
            limits.log_body_bytes,
            limits.timestamp_bytes,
            limits.signature_bytes
        ),
        (16 << 10, 256 << 10, 64 << 10, 8 << 10)
    );
    assert_eq!(
        (limits.payload_bytes, limits.checkpoint_bytes, limits.input_bytes),
        (16 << 20, 16 << 10, 32 << 20)
    );
    assert_eq!(Limits::for_server().input_bytes, 8 << 20);
}

#[test]
fn the_size_of_the_input_is_limited() {
    let bytes = bundle().to_string();
    let limits = |input_bytes| with(|limits| limits.input_bytes = input_bytes);
    assert!(parse(bytes.as_bytes(), &limits(bytes.len())).is_ok());
    let max = bytes.len() - 1;
    let error = ReadError::Limit {
        limit: Limit::InputBytes,
        found: bytes.len(),
        max,
    };
    assert_eq!(parse(bytes.as_bytes(), &limits(max)), Err(error));
}

#[test]
fn the_number_of_attestations_is_limited_in_lines_and_in_lists() {
    let bundle = bundle();
    let limits = |attestations| with(|limits| limits.attestations = attestations);
    let lines = format!("{bundle}\n{bundle}\n{bundle}\n");
    let list = json!({ "attestations": [{ "bundle": bundle }, { "bundle": bundle }, { "bundle": bundle }] })
        .to_string();
    for input in [lines, list] {
        assert_eq!(parse(input.as_bytes(), &limits(3)).unwrap().items.len(), 3);
        let error = ReadError::Limit {
            limit: Limit::Attestations,
            found: 3,
            max: 2,
        };
        assert_eq!(parse(input.as_bytes(), &limits(2)), Err(error));
    }
}

#[test]
fn depth_open_keys_and_values_of_json_are_limited() {
    let limits =
        with(|limits| (limits.json_depth, limits.json_open_members, limits.json_values) = (8, 40, 200));
    assert_eq!(read(&bundle(), &limits), Ok(()));
    let refusal = |extra: Value| {
        let mut bundle = bundle();
        bundle["unknown"] = extra;
        read(&bundle, &limits).unwrap_err().to_string()
    };
    assert!(
        refusal(json!([[[[[[[[0]]]]]]]])).contains("deep"),
        "{}",
        refusal(json!([[[[[[[[0]]]]]]]]))
    );
    let keys: serde_json::Map<String, Value> = (0..40).map(|n| (n.to_string(), json!(0))).collect();
    assert!(
        refusal(Value::Object(keys.clone())).contains("40"),
        "{}",
        refusal(Value::Object(keys))
    );
    assert!(
        refusal(json!(vec![0; 200])).contains("200"),
        "{}",
        refusal(json!(vec![0; 200]))
    );
}

#[test]
fn subjects_digests_and_names_of_a_statement_are_limited() {
    let subject = |name: &str, digests: usize| {
        let digests: serde_json::Map<String, Value> =
            (0..digests).map(|n| (format!("custom{n}"), json!("v"))).collect();
        json!({ "name": name, "digest": digests })
    };
    let statement = |subjects: Vec<Value>| {
        json!({
            "_type": "https://in-toto.io/Statement/v1", "subject": subjects,
            "predicateType": "https://example.com/p", "predicate": {},
        })
        .to_string()
    };
    let limits = StatementLimits::default();
    assert_eq!(
        (limits.subjects, limits.digests, limits.name_bytes),
        (1024, 32, 4096)
    );
    let parse = |subjects| Statement::parse(statement(subjects).as_bytes(), &limits).map(|_| ());
    assert_eq!(parse(vec![subject("a", 1); 1024]), Ok(()));
    assert_eq!(parse(vec![subject("a", 32)]), Ok(()));
    assert_eq!(parse(vec![subject(&"a".repeat(4096), 1)]), Ok(()));
    assert!(matches!(
        parse(vec![subject("a", 1); 1025]),
        Err(StatementError::TooManySubjects { limit: 1024, .. })
    ));
    assert!(matches!(
        parse(vec![subject("a", 33)]),
        Err(StatementError::TooManyDigests { limit: 32, .. })
    ));
    assert!(matches!(
        parse(vec![subject(&"a".repeat(4097), 1)]),
        Err(StatementError::NameTooLong { limit: 4096, .. })
    ));
}

#[test]
fn the_number_of_lines_is_limited_whatever_they_hold() {
    let input = format!("{}\n{{}}\n{{}}", bundle());
    let limits = |lines| with(|limits| limits.lines = lines);
    assert_eq!(parse(input.as_bytes(), &limits(3)).unwrap().skipped, [2, 3]);
    let error = ReadError::Limit {
        limit: Limit::Lines,
        found: 3,
        max: 2,
    };
    assert_eq!(parse(input.as_bytes(), &limits(2)), Err(error));
}

#[test]
fn a_field_in_both_spellings_is_refused_and_in_either_is_read() {
    let text = bundle().to_string();
    assert!(parse(text.as_bytes(), &Limits::default()).is_ok());
    let snake = text.replacen("\"mediaType\"", "\"media_type\"", 1);
    assert!(parse(snake.as_bytes(), &Limits::default()).is_ok());
    let both = text.replacen('{', "{\"media_type\":\"x\",", 1);
    let error = parse(both.as_bytes(), &Limits::default()).unwrap_err();
    assert_eq!(error.code(), slsa_verifier::Code::JsonInvalid);
}

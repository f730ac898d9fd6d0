//! What hostile input costs: heap and time, measured by a counting allocator. One test in a binary of its own,
//! so that nothing else allocates beside it.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "tests"
)]

use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use peak_alloc::PeakAlloc;
use slsa_verifier::predicates::Digest;
use slsa_verifier::{Artifact, EmbeddedRoot, Limits, PublicKey, TrustRoot, Verifier, inspect, parse};

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// What any input may take beside itself.
const ALLOWED: usize = 64 << 20;
const ALLOWED_TIME: Duration = Duration::from_secs(2);

/// A key pair, so that a hostile statement can be an authentic one too.
fn key_pair() -> (aws_lc_rs::signature::Ed25519KeyPair, PublicKey) {
    use aws_lc_rs::signature::KeyPair as _;
    let pair = aws_lc_rs::signature::Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let x = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(pair.public_key().as_ref());
    let jwk = format!(r#"{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}"#);
    (pair, PublicKey::parse(jwk.as_bytes()).unwrap())
}

fn envelope(pair: &aws_lc_rs::signature::Ed25519KeyPair, payload: &[u8]) -> Vec<u8> {
    let mut pae = format!("DSSEv1 28 application/vnd.in-toto+json {} ", payload.len()).into_bytes();
    pae.extend_from_slice(payload);
    let signature = STANDARD.encode(pair.sign(&pae).as_ref());
    drop(pae);
    let payload = STANDARD.encode(payload);
    format!(
        r#"{{"payloadType":"application/vnd.in-toto+json","payload":"{payload}","signatures":[{{"sig":"{signature}"}}]}}"#
    )
    .into_bytes()
}

/// Fills up to `size` bytes with repetitions.
fn filled(before: &str, repeated: &str, after: &str, size: usize) -> Vec<u8> {
    let room = size.saturating_sub(before.len() + after.len());
    let mut bytes = Vec::with_capacity(size);
    bytes.extend_from_slice(before.as_bytes());
    for _ in 0..room / repeated.len() {
        bytes.extend_from_slice(repeated.as_bytes());
    }
    bytes.extend_from_slice(after.as_bytes());
    bytes
}

/// An object with as many different keys as there is room for.
fn many_keys(size: usize) -> Vec<u8> {
    let mut bytes = b"{".to_vec();
    let mut number = 0;
    while bytes.len() + 16 < size {
        bytes.extend_from_slice(format!("\"{number:x}\":0,").as_bytes());
        number += 1;
    }
    bytes.extend_from_slice(b"\"z\":0}");
    bytes
}

const SUBJECT: &str = r#""_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}]"#;

#[test]
fn no_input_takes_more_than_its_size_and_64_mib_or_more_than_two_seconds() {
    let (pair, key) = key_pair();
    let limits = Limits::default();
    let root = || TrustRoot::embedded(EmbeddedRoot::PublicGood).unwrap();
    let verifier = Verifier::builder(vec![root()]).key(key).build().unwrap();
    let artifact = Artifact::from_digest(
        Digest::parse("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855").unwrap(),
    );
    let now = "2026-11-21T00:00:00Z".parse().unwrap();
    let (file, payload) = (limits.input_bytes, limits.payload_bytes - 64);
    let bundle = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{},"tlogEntries":["#;
    let statement = |predicate_type: &str, before: &str, repeated: &str, after: &str| {
        let head = format!(r#"{{{SUBJECT},"predicateType":"{predicate_type}","predicate":{before}"#);
        envelope(&pair, &filled(&head, repeated, &format!("{after}}}"), payload))
    };
    let v1 = "https://slsa.dev/provenance/v1";
    let provenance = r#"{"runDetails":{"builder":{"id":"b"}},"buildDefinition":{"buildType":"t","externalParameters":{"a":["#;
    let spdx = "https://spdx.dev/Document";
    type Make<'a> = Box<dyn Fn() -> Vec<u8> + 'a>;
    let inputs: Vec<(&str, Make<'_>)> = vec![
        ("100 MB of [", Box::new(|| filled("", "[", "", 100_000_000))),
        (
            "100 MB of {\"a\":",
            Box::new(|| filled("", "{\"a\":", "", 100_000_000)),
        ),
        (
            "100 MB of a bundle",
            Box::new(|| filled(bundle, "{},", "{}]}}", 100_000_000)),
        ),
        ("32 MiB of [", Box::new(|| filled("", "[", "", file))),
        (
            "32 MiB of log entries",
            Box::new(|| filled(bundle, "{},", "{}]}}", file)),
        ),
        ("32 MiB of keys", Box::new(|| many_keys(file))),
        ("32 MiB of line feeds", Box::new(|| filled("", "\n", "", file))),
        ("32 MiB of short lines", Box::new(|| filled("", "{}\n", "", file))),
        (
            "32 MiB of envelopes, a line each",
            Box::new(|| filled("", "{\"payloadType\":\"\",\"signatures\":[]}\n", "", file)),
        ),
        (
            "32 MiB of digits",
            Box::new(|| filled("{\"verificationMaterial\":", "1", "}", file)),
        ),
        (
            "32 MiB of escapes",
            Box::new(|| {
                filled(
                    "{\"payloadType\":\"a\",\"signatures\":[],\"payload\":\"",
                    "\\u0041",
                    "\"}",
                    file,
                )
            }),
        ),
        (
            "statement of 16 MiB in an array of numbers",
            Box::new(|| statement(v1, provenance, "0,", "0]}}}")),
        ),
        (
            "statement of 16 MiB in empty objects",
            Box::new(|| statement(v1, provenance, "{},", "0]}}}")),
        ),
        (
            "opaque statement of 16 MiB",
            Box::new(|| statement(spdx, "{\"a\":[", "{\"b\":[1]},", "0]}")),
        ),
        (
            "payload of 16 MiB that is no statement",
            Box::new(|| envelope(&pair, &filled("[", "0,", "0]", payload))),
        ),
    ];
    for (name, make) in inputs {
        let bytes = make();
        let permitted = bytes.len().min(limits.input_bytes);
        HEAP.reset_peak_usage();
        let before = HEAP.current_usage();
        let mut time = Duration::ZERO;
        let mut outcomes = Vec::new();
        // Each call has two seconds; what counts is the longest.
        let mut timed = |call: &mut dyn FnMut()| {
            let start = Instant::now();
            call();
            time = time.max(start.elapsed());
        };
        let mut parsed = None;
        timed(&mut || parsed = Some(parse(&bytes, &limits)));
        match parsed.unwrap() {
            Err(error) => outcomes.push(error.code().as_str()),
            Ok(parsed) => {
                for item in parsed.items.iter().take(4) {
                    let Ok(attestation) = &item.result else { continue };
                    timed(&mut || drop(inspect(attestation)));
                    let mut verified = None;
                    timed(&mut || verified = Some(verifier.verify(attestation, &artifact, now)));
                    timed(&mut || {
                        outcomes.push(match verified.as_ref().unwrap() {
                            Ok(verified) => verified
                                .provenance()
                                .map_or("accepted, no provenance", |_| "accepted"),
                            Err(error) => error.code().as_str(),
                        });
                    });
                }
            }
        }
        let peak = HEAP.peak_usage() - before;
        eprintln!(
            "{name}: {} MiB beside the input, {} ms, {outcomes:?}",
            peak >> 20,
            time.as_millis()
        );
        assert!(peak < ALLOWED + permitted, "{name}: {} MiB", peak >> 20);
        assert!(peak < ALLOWED + (16 << 20), "{name}: {} MiB", peak >> 20);
        assert!(time < ALLOWED_TIME, "{name}: {time:?}");
    }
}

//! ECDSA signatures that are two bare numbers (IEEE P1363): taken of a key that the caller gives, in an envelope
//! that stands alone, and nowhere else.

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
use slsa_verifier::{Artifact, Code, EmbeddedRoot, Limits, PublicKey, TrustRoot, Verifier, parse};
use support::p256::{Pair, pre_authentication_encoding};

const IN_TOTO: &str = "application/vnd.in-toto+json";

fn code(verifier: &Verifier, text: &[u8], artifact: &Artifact) -> Option<Code> {
    let attestation = parse(text, &Limits::default())
        .unwrap()
        .items
        .remove(0)
        .result
        .unwrap();
    verifier
        .verify(&attestation, artifact, support::now())
        .err()
        .map(|error| error.code())
}

fn keyed(key: PublicKey) -> Verifier {
    Verifier::builder(Vec::new()).key(key).build().unwrap()
}

#[test]
fn both_encodings_of_a_given_keys_signature_are_taken_and_neither_of_another_content() {
    let (pair, artifact) = (Pair::new(), Artifact::from_bytes(b"artifact"));
    let statement = |predicate_type: &str| {
        let sha256 = artifact
            .digests()
            .iter()
            .find(|digest| digest.to_string().starts_with("sha256:"))
            .unwrap()
            .value();
        json!({
            "_type": "https://in-toto.io/Statement/v1", "predicateType": predicate_type, "predicate": {},
            "subject": [{ "digest": { "sha256": sha256 } }],
        })
        .to_string()
    };
    let payload = statement("https://example.com/p");
    let pae = pre_authentication_encoding(IN_TOTO, payload.as_bytes());
    let bare = pair.sign_bare(&pae);
    assert_eq!(bare.len(), 64);
    let verifier = keyed(pair.public());
    let envelope = |payload: &str, signature: &[u8]| {
        json!({
            "payloadType": IN_TOTO, "payload": STANDARD.encode(payload),
            "signatures": [{ "sig": STANDARD.encode(signature) }],
        })
        .to_string()
    };
    let code =
        |payload: &str, signature: &[u8]| code(&verifier, envelope(payload, signature).as_bytes(), &artifact);
    assert_eq!(code(&payload, &pair.sign(&pae)), None);
    assert_eq!(code(&payload, &bare), None);
    let invalid = Some(Code::SignatureInvalid);
    let other = statement("https://example.com/q");
    assert_eq!(
        (code(&other, &pair.sign(&pae)), code(&other, &bare)),
        (invalid, invalid)
    );
    for index in [0, 31, 32, 63] {
        let mut altered = bare.clone();
        altered[index] ^= 1;
        assert_eq!(code(&payload, &altered), invalid);
    }
    let swapped = [&bare[32..], &bare[..32]].concat();
    for altered in [
        &swapped[..],
        &bare[..63],
        &[&bare[..], &[0]].concat(),
        &[0; 64],
        &[],
    ] {
        assert_eq!(code(&payload, altered), invalid);
    }
    assert_eq!(code(&payload, &pair.sign_bare(payload.as_bytes())), invalid);

    // A Sigstore bundle of the same key prescribes DER.
    for (signature, expected) in [(pair.sign(&pae), None), (bare, invalid)] {
        let envelope: Value = serde_json::from_str(&envelope(&payload, &signature)).unwrap();
        let bundle = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": { "publicKey": {} },
            "dsseEnvelope": envelope,
        });
        assert_eq!(
            self::code(&verifier, bundle.to_string().as_bytes(), &artifact),
            expected
        );
    }
}

#[test]
fn the_signature_of_a_real_verification_summary_holds_and_that_of_its_altered_twin_does_not() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let folder = corpus.join("vsa/gce/v1");
    let key = PublicKey::parse(&support::read(&folder.join("vsa_signing_public_key.pem"))).unwrap();
    let verifier = keyed(key);
    let text = support::read(&folder.join("gke-gce-pre.bcid-vsa.jsonl"));
    let artifact = Artifact::from_bytes(b"another");
    // Its subject has a digest of the producer's own kind alone, so that nothing known here can be its artifact.
    assert_eq!(code(&verifier, &text, &artifact), Some(Code::SubjectMismatch));
    let mut altered: Value = serde_json::from_slice(&text).unwrap();
    let payload = STANDARD.decode(altered["payload"].as_str().unwrap()).unwrap();
    let payload = String::from_utf8(payload)
        .unwrap()
        .replace("SLSA_BUILD_LEVEL_2", "SLSA_BUILD_LEVEL_3");
    altered["payload"] = json!(STANDARD.encode(payload));
    assert_eq!(
        code(&verifier, altered.to_string().as_bytes(), &artifact),
        Some(Code::SignatureInvalid)
    );
}

/// Takes r and s out of a signature in DER.
fn bare(der: &[u8]) -> Vec<u8> {
    let number = |at: usize| {
        let length = usize::from(der[at + 1]);
        let bytes = &der[at + 2..at + 2 + length];
        let bytes = &bytes[length.saturating_sub(32)..];
        (
            [vec![0; 32 - bytes.len()], bytes.to_vec()].concat(),
            at + 2 + length,
        )
    };
    let (r, next) = number(2);
    [r, number(next).0].concat()
}

#[test]
fn a_certificates_signature_is_taken_in_der_alone() {
    let Some(corpus) = support::corpus("github-cli") else {
        return;
    };
    let read = |file: &str| support::read(&corpus.join(file));
    let artifact = Artifact::from_bytes(&read("reusable-workflow-artifact"));
    let roots = EmbeddedRoot::DEFAULT
        .into_iter()
        .map(|root| TrustRoot::embedded(root).unwrap())
        .collect();
    let verifier = Verifier::builder(roots).build().unwrap();
    let text = read("reusable-workflow-attestation.sigstore.json");
    assert_eq!(code(&verifier, &text, &artifact), None);
    let mut bundle: Value = serde_json::from_slice(&text).unwrap();
    let field = &mut bundle["dsseEnvelope"]["signatures"][0]["sig"];
    *field = json!(STANDARD.encode(bare(&STANDARD.decode(field.as_str().unwrap()).unwrap())));
    assert_eq!(
        code(&verifier, bundle.to_string().as_bytes(), &artifact),
        Some(Code::SignatureInvalid)
    );
}

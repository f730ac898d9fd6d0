//! Statements that a test signs with a key of its own, and verifies with it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use slsa_verifier::{
    Artifact, Attestation, Error, Limits, PublicKey, SignedStatement, VerifiedStatement, Verifier, parse,
};

/// A key, by its number.
fn pair(seed: u8) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).unwrap()
}

pub(crate) fn jwk(seed: u8) -> Value {
    let x = URL_SAFE_NO_PAD.encode(pair(seed).public_key().as_ref());
    json!({ "kty": "OKP", "crv": "Ed25519", "x": x })
}

/// The envelope of a statement.
pub(crate) fn envelope(seed: u8, statement: &Value) -> Value {
    let payload = statement.to_string();
    let signed = format!(
        "DSSEv1 28 application/vnd.in-toto+json {} {payload}",
        payload.len()
    );
    json!({
        "payloadType": "application/vnd.in-toto+json",
        "payload": STANDARD.encode(&payload),
        "signatures": [{ "sig": STANDARD.encode(pair(seed).sign(signed.as_bytes()).as_ref()) }],
    })
}

pub(crate) fn attestation(envelope: &Value) -> Attestation {
    let mut parsed = parse(envelope.to_string().as_bytes(), &Limits::default()).unwrap();
    parsed.items.remove(0).result.unwrap()
}

/// A verifier that knows the keys with the numbers 1 to 3.
pub(crate) fn verifier() -> Verifier {
    let keys = (1..=3).map(|seed| PublicKey::parse(jwk(seed).to_string().as_bytes()).unwrap());
    keys.fold(Verifier::builder(Vec::new()), slsa_verifier::VerifierBuilder::key)
        .build()
        .unwrap()
}

pub(crate) fn authenticate(seed: u8, statement: &Value) -> Result<SignedStatement, Error> {
    verifier().authenticate(&attestation(&envelope(seed, statement)), super::now())
}

pub(crate) fn verify(statement: &Value, artifact: &Artifact) -> Result<VerifiedStatement, Error> {
    authenticate(1, statement)?.about(artifact)
}

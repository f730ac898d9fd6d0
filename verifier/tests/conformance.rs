//! The `bundle-verify` cases of the sigstore-conformance suite, by path and by digest, under each engine.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::path::Path;

use slsa_verifier::predicates::{Digest, DigestAlgorithm};
use slsa_verifier::{
    Artifact, EmbeddedRoot, Engine, IdentityRule, Limits, PublicKey, TextRule, TrustRoot, VerifiedSigner,
    Verifier, hash_reader, parse,
};

const BEACON: &str = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/\
                      .github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// Verifies one case as its README says, and answers why not.
fn verify(case: &Path, artifact: &Artifact, engine: Engine) -> Result<(), String> {
    let optional = |name: &str| std::fs::read(case.join(name)).ok();
    let text = |name: &str, default: &str| {
        optional(name).map_or_else(
            || default.to_owned(),
            |bytes| String::from_utf8(bytes).unwrap().trim().to_owned(),
        )
    };
    let root = match optional("trusted_root.json") {
        Some(json) => TrustRoot::from_json("case", &json),
        None => TrustRoot::embedded(EmbeddedRoot::PublicGood),
    };
    let mut builder = Verifier::builder(vec![root.map_err(|error| error.to_string())?]).engine(engine);
    let key = optional("key.pub");
    if let Some(key) = &key {
        builder = builder.key(PublicKey::parse(key).map_err(|error| error.to_string())?);
    }
    let verifier = builder.build().map_err(|error| error.to_string())?;
    let bundle = support::read(&case.join("bundle.sigstore.json"));
    let parsed = parse(&bundle, &Limits::default()).map_err(|error| format!("{}: {error}", error.code()))?;
    let [item] = parsed.items.as_slice() else {
        return Err("not one bundle".to_owned());
    };
    let attestation = item
        .result
        .as_ref()
        .map_err(|error| format!("{}: {error}", error.code()))?;
    let verified = verifier
        .verify_any(attestation, artifact, support::now())
        .map_err(|error| format!("{}: {error}", error.code()))?;
    match verified.signature().signer() {
        VerifiedSigner::Certificate(identity) => IdentityRule::new(
            TextRule::exact(text("identity", BEACON)).unwrap(),
            TextRule::exact(text("issuer", ISSUER)).unwrap(),
        )
        .check(identity)
        .map_err(|error| format!("{}: {error}", error.code())),
        VerifiedSigner::Key { .. } if key.is_some() => Ok(()),
        other => Err(format!("unexpected signer {other:?}")),
    }
}

fn all_cases(engine: Engine) {
    let Some(corpus) = support::corpus("sigstore-conformance") else {
        return;
    };
    let (mut right, mut wrong) = (0, Vec::new());
    let mut cases: Vec<_> = std::fs::read_dir(corpus.join("bundle-verify"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.retain(|case| case.is_dir());
    cases.sort();
    for case in &cases {
        let name = case.file_name().unwrap().to_str().unwrap();
        let own = case.join("artifact");
        let path = if own.exists() { own } else { corpus.join("a.txt") };
        let algorithms = [
            DigestAlgorithm::Sha256,
            DigestAlgorithm::Sha384,
            DigestAlgorithm::Sha512,
        ];
        let by_path = hash_reader(std::fs::File::open(path).unwrap(), &algorithms, |_| {}).unwrap();
        let digest = by_path.digest(DigestAlgorithm::Sha256).unwrap().value();
        let by_digest = Artifact::from_digest(Digest::new(DigestAlgorithm::Sha256, digest).unwrap());
        for (how, artifact) in [("path", &by_path), ("digest", &by_digest)] {
            let result = verify(case, artifact, engine);
            if std::env::var_os("SHOW").is_some() {
                eprintln!("{name} by {how}: {result:?}");
            }
            if result.is_err() == name.ends_with("_fail") {
                right += 1;
            } else {
                wrong.push(format!("{name} by {how}: {result:?}"));
            }
        }
    }
    eprintln!(
        "sigstore-conformance, {engine:?}: {right} of {} right",
        cases.len() * 2
    );
    assert_eq!(wrong, Vec::<String>::new());
    assert_eq!(right, 140);
}

#[test]
fn the_own_engine_is_right_on_every_case_by_path_and_by_digest() {
    all_cases(Engine::Native);
}

#[test]
fn the_library_engine_is_right_on_every_case_by_path_and_by_digest() {
    all_cases(Engine::SigstoreVerify);
}

#[test]
fn both_engines_together_are_right_on_every_case_by_path_and_by_digest() {
    all_cases(Engine::Both);
}

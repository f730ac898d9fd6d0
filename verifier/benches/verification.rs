//! How long a verification takes, beside the sum of the raw signature checks that it cannot do without, and
//! hashing beside the raw hash: ratios of one run, since the machines are noisy.
//!
//! ```text
//! SLSA_CORPORA=… cargo bench -p slsa-verifier
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::arithmetic_side_effects,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    reason = "a bench"
)]

mod timing;

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::time::Duration;

use aws_lc_rs::digest::{self, digest};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_ASN1_SIGNING, ECDSA_P384_SHA384_ASN1,
    ECDSA_P384_SHA384_ASN1_SIGNING, ED25519, EcdsaKeyPair, Ed25519KeyPair, KeyPair, ParsedPublicKey,
    VerificationAlgorithm,
};
use slsa_verifier::predicates::DigestAlgorithm;
use slsa_verifier::{
    Artifact, Attestation, EmbeddedRoot, Engine, Limits, TrustRoot, Verifier, hash_reader, parse,
};
use timing::least;

/// One raw signature check.
struct Check {
    key: ParsedPublicKey,
    point: Vec<u8>,
    message: Vec<u8>,
    signature: Vec<u8>,
}

impl Check {
    fn p256(bytes: usize) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
        let message = vec![7; bytes];
        let signature = pair
            .sign(&SystemRandom::new(), &message)
            .unwrap()
            .as_ref()
            .to_vec();
        Self::new(
            &ECDSA_P256_SHA256_ASN1,
            pair.public_key().as_ref(),
            message,
            signature,
        )
    }

    fn p384(bytes: usize) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_ASN1_SIGNING).unwrap();
        let message = vec![7; bytes];
        let signature = pair
            .sign(&SystemRandom::new(), &message)
            .unwrap()
            .as_ref()
            .to_vec();
        Self::new(
            &ECDSA_P384_SHA384_ASN1,
            pair.public_key().as_ref(),
            message,
            signature,
        )
    }

    fn ed25519(bytes: usize) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let message = vec![7; bytes];
        let signature = pair.sign(&message).as_ref().to_vec();
        Self::new(&ED25519, pair.public_key().as_ref(), message, signature)
    }

    fn new(
        algorithm: &'static dyn VerificationAlgorithm,
        point: &[u8],
        message: Vec<u8>,
        signature: Vec<u8>,
    ) -> Self {
        Self {
            key: ParsedPublicKey::new(algorithm, point).unwrap(),
            point: point.to_vec(),
            message,
            signature,
        }
    }

    fn run(&self) {
        self.key
            .verify_sig(black_box(&self.message), black_box(&self.signature))
            .unwrap();
    }
}

/// A real attestation, and the signature checks that it takes at the least.
struct Case {
    name: &'static str,
    bundle: PathBuf,
    artifact: PathBuf,
    root: TrustRoot,
    /// The same root once more, for the other engine.
    root_again: TrustRoot,
    floor: Vec<Check>,
}

fn cases(corpora: &Path) -> Vec<Case> {
    let github = corpora.join("github-cli");
    let conformance = corpora.join("sigstore-conformance");
    let public_good = || TrustRoot::embedded(EmbeddedRoot::PublicGood).unwrap();
    let rekor2 = conformance.join("bundle-verify/rekor2-happy-path");
    let case_root =
        || TrustRoot::from_json("case", &std::fs::read(rekor2.join("trusted_root.json")).unwrap()).unwrap();
    vec![
        Case {
            name: "rekor v1, dsse 0.0.1 (GitHub provenance)",
            bundle: github.join("reusable-workflow-attestation.sigstore.json"),
            artifact: github.join("reusable-workflow-artifact"),
            root: public_good(),
            root_again: public_good(),
            // leaf certificate; SCT, envelope, promise, checkpoint
            floor: vec![
                Check::p384(1600),
                Check::p256(1500),
                Check::p256(1600),
                Check::p256(3000),
                Check::p256(200),
            ],
        },
        Case {
            name: "rekor v1, intoto 0.0.2 (npm provenance)",
            bundle: github.join("sigstore-js-2.1.0-bundle.json"),
            artifact: github.join("sigstore-js-2.1.0.tgz"),
            root: public_good(),
            root_again: public_good(),
            floor: vec![
                Check::p384(1600),
                Check::p256(1500),
                Check::p256(3000),
                Check::p256(4000),
                Check::p256(200),
            ],
        },
        Case {
            name: "timestamp alone (GitHub's instance)",
            bundle: github.join("github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl"),
            artifact: github.join("github_provenance_demo-0.0.12-py3-none-any.whl"),
            root: TrustRoot::embedded(EmbeddedRoot::GitHub).unwrap(),
            root_again: TrustRoot::embedded(EmbeddedRoot::GitHub).unwrap(),
            // leaf certificate, envelope; timestamp, and the timestamp authority's two certificates
            floor: vec![
                Check::p384(1600),
                Check::p256(1600),
                Check::p384(200),
                Check::p384(500),
                Check::p384(500),
            ],
        },
        Case {
            name: "rekor v2 and timestamp, message signature",
            bundle: rekor2.join("bundle.sigstore.json"),
            artifact: conformance.join("a.txt"),
            root: case_root(),
            root_again: case_root(),
            // leaf certificate; SCT, artifact, checkpoint; timestamp, and the timestamp authority's certificate
            floor: vec![
                Check::p384(800),
                Check::p256(900),
                Check::p256(32),
                Check::ed25519(200),
                Check::p384(200),
                Check::p384(500),
            ],
        },
    ]
}

/// Least times of several calls, taken in turn, so that a slow phase of the machine meets all of them.
fn in_turn(calls: &mut [&mut dyn FnMut()]) -> Vec<Duration> {
    let mut times = vec![Duration::MAX; calls.len()];
    for _ in 0..400 {
        for (time, call) in times.iter_mut().zip(calls.iter_mut()) {
            *time = (*time).min(least(1, &mut **call));
        }
    }
    times
}

fn one(bytes: &[u8]) -> Attestation {
    parse(bytes, &Limits::default())
        .unwrap()
        .items
        .remove(0)
        .result
        .unwrap()
}

fn verifications(corpora: &Path) {
    println!(
        "| verification | floor | parsed | with parsing | sigstore-verify | parsed ÷ floor | with parsing ÷ floor |"
    );
    println!("|---|---|---|---|---|---|---|");
    for case in cases(corpora) {
        let bytes = std::fs::read(&case.bundle).unwrap();
        let artifact = std::fs::read(&case.artifact).unwrap();
        let algorithms = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
        let artifact: Artifact = hash_reader(&artifact[..], &algorithms, |_| {}).unwrap();
        let verifier = |root, engine| Verifier::builder(vec![root]).engine(engine).build().unwrap();
        let native = verifier(case.root, Engine::Native);
        let library = verifier(case.root_again, Engine::SigstoreVerify);
        let now = "2026-11-21T00:00:00Z".parse().unwrap();
        let attestation = one(&bytes);
        let times = in_turn(&mut [
            &mut || case.floor.iter().for_each(Check::run),
            &mut || {
                drop(
                    native
                        .verify_any(black_box(&attestation), &artifact, now)
                        .unwrap(),
                )
            },
            &mut || {
                drop(
                    native
                        .verify_any(&one(black_box(&bytes)), &artifact, now)
                        .unwrap(),
                )
            },
            &mut || {
                drop(
                    library
                        .verify_any(&one(black_box(&bytes)), &artifact, now)
                        .unwrap(),
                )
            },
        ]);
        let micros: Vec<f64> = times.iter().map(|time| time.as_nanos() as f64 / 1000.0).collect();
        let [floor, parsed, unparsed, library] = micros.as_slice() else {
            return;
        };
        println!(
            "| {} | {floor:.0} µs | {parsed:.0} µs | {unparsed:.0} µs | {library:.0} µs | {:.2} | {:.2} |",
            case.name,
            parsed / floor,
            unparsed / floor
        );
    }
}

fn hashing() {
    let bytes = vec![7; 64 << 20];
    println!("\n| hashing 64 MiB | ours | raw hash | ratio |\n|---|---|---|---|");
    let sets: [(&str, &[DigestAlgorithm], &[&'static digest::Algorithm]); 3] = [
        ("sha256", &[DigestAlgorithm::Sha256], &[&digest::SHA256]),
        ("sha512", &[DigestAlgorithm::Sha512], &[&digest::SHA512]),
        (
            "both in one pass",
            &[DigestAlgorithm::Sha256, DigestAlgorithm::Sha512],
            &[&digest::SHA256, &digest::SHA512],
        ),
    ];
    for (name, ours, raw) in sets {
        let mut times = [Duration::MAX; 2];
        for _ in 0..5 {
            let [first, second] = &mut times;
            *first = (*first).min(least(1, || drop(hash_reader(&bytes[..], ours, |_| {}).unwrap())));
            *second = (*second).min(least(1, || {
                raw.iter().for_each(|hash| {
                    black_box(digest(hash, &bytes));
                })
            }));
        }
        let [ours, raw] = times.map(|time| time.as_secs_f64() * 1000.0);
        println!("| {name} | {ours:.0} ms | {raw:.0} ms | {:.2} |", ours / raw);
    }
}

/// The two libraries that could check signatures, on the two curves that every Fulcio chain needs.
fn libraries() {
    println!("\n| one check | aws-lc-rs | ring | ratio |\n|---|---|---|---|");
    let cases = [
        (
            "ECDSA P-256 SHA-256",
            Check::p256(1100),
            &ring::signature::ECDSA_P256_SHA256_ASN1,
        ),
        (
            "ECDSA P-384 SHA-384",
            Check::p384(1100),
            &ring::signature::ECDSA_P384_SHA384_ASN1,
        ),
    ];
    for (name, check, algorithm) in cases {
        let key = ring::signature::UnparsedPublicKey::new(algorithm, check.point.clone());
        let times = in_turn(&mut [&mut || check.run(), &mut || {
            key.verify(black_box(&check.message), black_box(&check.signature))
                .unwrap();
        }]);
        let micros: Vec<f64> = times.iter().map(|time| time.as_nanos() as f64 / 1000.0).collect();
        let [ours, theirs] = micros.as_slice() else { return };
        println!(
            "| {name} | {ours:.0} µs | {theirs:.0} µs | {:.2} |",
            theirs / ours
        );
    }
}

fn main() {
    match std::env::var_os("SLSA_CORPORA") {
        Some(corpora) => verifications(Path::new(&corpora)),
        None => println!("skipped: SLSA_CORPORA is not set, so no real attestation could be verified"),
    }
    hashing();
    libraries();
}

//! Many files, many attestations, and what a policy costs beside the signature: ratios of one run.
//!
//! ```text
//! SLSA_CORPORA=… cargo bench -p slsa-verifier --bench policy
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::indexing_slicing,
    clippy::cast_precision_loss,
    clippy::as_conversions,
    clippy::arithmetic_side_effects,
    reason = "a bench"
)]

mod timing;

use std::hint::black_box;
use std::path::Path;
use std::time::Duration;

use slsa_verifier::predicates::{Digest, DigestAlgorithm};
use slsa_verifier::{
    Artifact, Attestation, Authenticated, Expectations, Limits, Policy, Requirement, Subject,
    TrustedBuilders, Verifier, hash_reader, parse,
};
use timing::least;

const MANY: usize = 1000;
const FILE: &str = "slsa-verifier/gha_generic/v2.1.0/binary-linux-amd64-push-v14.2";
const POLICY: &str = "
version: 1
rules:
  - name: release
    match: { artifact: [tool] }
    require:
      - provenance:
          source: github.com/slsa-framework/example-package
          versioned-tag: v14
          event: [push]
          level: 3
";

/// Runs a call for each number below [`MANY`], shared out among threads.
fn share(threads: usize, call: impl Fn(usize) + Sync) {
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let call = &call;
            scope.spawn(move || (thread..MANY).step_by(threads).for_each(call));
        }
    });
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn main() {
    let Some(corpora) = std::env::var_os("SLSA_CORPORA") else {
        println!("skipped: SLSA_CORPORA is not set, so no real attestation could be verified");
        return;
    };
    let file = Path::new(&corpora).join(FILE);
    let bytes = std::fs::read(format!("{}.intoto.jsonl", file.display())).unwrap();
    let attestation: Attestation = parse(&bytes, &Limits::default())
        .unwrap()
        .items
        .remove(0)
        .result
        .unwrap();
    let algorithms = [DigestAlgorithm::Sha256, DigestAlgorithm::Sha512];
    let artifact: Artifact = hash_reader(std::fs::File::open(&file).unwrap(), &algorithms, |_| {}).unwrap();
    let verifier = Verifier::with_embedded_roots().unwrap();
    let now = "2026-11-21T00:00:00Z".parse().unwrap();
    let policy = Policy::read(POLICY).unwrap();
    let subject = Subject::Artifact("tool");
    let proven = verifier.authenticate(&attestation, now).unwrap();
    assert!(
        policy
            .evaluate(subject, &artifact, &[Ok(proven.clone())], &[])
            .is_accepted()
    );

    println!("| {MANY} files, one attestation | 1 thread | 2 threads | speed-up |\n|---|---|---|---|");
    // Most files are not the one that was attested to: the answer is sought among all subjects either way.
    let others: Vec<Artifact> = (0..MANY)
        .map(|number| Artifact::from_digest(Digest::parse(&format!("sha256:{number:064x}")).unwrap()))
        .collect();
    let shared: Vec<Authenticated> = vec![Ok(proven.clone())];
    let rows: [(&str, &(dyn Fn(usize) + Sync)); 2] = [
        ("signature proven once", &|number| {
            black_box(policy.evaluate(subject, &others[number], &shared, &[]));
        }),
        ("signature proven for each file", &|number| {
            let proven = verifier.authenticate(black_box(&attestation), now);
            black_box(policy.evaluate(subject, &others[number], &[proven], &[]));
        }),
    ];
    for (name, call) in rows {
        let [one, two] = [1, 2].map(|threads| milliseconds(least(5, || share(threads, call))));
        println!("| {name} | {one:.1} ms | {two:.1} ms | {:.2} |", one / two);
    }

    println!("\n| {MANY} attestations, one policy | 1 thread | 2 threads | speed-up |\n|---|---|---|---|");
    let call = |_: usize| {
        let proven = verifier.authenticate(black_box(&attestation), now);
        assert!(policy.evaluate(subject, &artifact, &[proven], &[]).is_accepted());
    };
    let [one, two] = [1, 2].map(|threads| milliseconds(least(5, || share(threads, call))));
    println!(
        "| proven and compared | {one:.0} ms | {two:.0} ms | {:.2} |",
        one / two
    );

    println!("\n| a policy's cost beside the signature's | signature | policy | ratio |\n|---|---|---|---|");
    let with =
        |conditions: &str| Policy::read(&format!("{POLICY}        conditions: [{conditions}]\n")).unwrap();
    let policies = [
        ("expectations", Policy::read(POLICY).unwrap()),
        (
            "and a condition in CEL",
            with(r#"{cel: 'level >= 3 && provenance.event == "push"'}"#),
        ),
        (
            "and a condition in Rego",
            with(
                r#"{rego: "package p\nimport rego.v1\nallow if { input.level >= 3; input.provenance.event == \"push\" }"}"#,
            ),
        ),
    ];
    let nothing = Policy::of_anything(
        TrustedBuilders::shipped().unwrap(),
        vec![Requirement::provenance(Expectations::default())],
    );
    for (name, policy) in [("a trusted builder alone", nothing)].into_iter().chain(policies) {
        let mut times = [Duration::MAX; 2];
        for _ in 0..300 {
            let [signature, compared] = &mut times;
            *signature = (*signature).min(least(1, || {
                drop(verifier.authenticate(black_box(&attestation), now).unwrap());
            }));
            *compared = (*compared).min(least(1, || {
                assert!(policy.evaluate(subject, &artifact, &shared, &[]).is_accepted());
            }));
        }
        let [signature, compared] = times.map(|time| time.as_nanos() as f64 / 1000.0);
        println!(
            "| {name} | {signature:.0} µs | {compared:.0} µs | {:.2} |",
            compared / signature
        );
    }
}

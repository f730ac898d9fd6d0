//! The conformance client as the suite calls it: as a process, over every case, by path and by digest.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::Command;

use slsa_verifier::hash_reader;
use slsa_verifier::predicates::DigestAlgorithm;

/// Where cargo puts examples: beside the folder of the test that runs.
fn client() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let name = format!("conformance{}", std::env::consts::EXE_SUFFIX);
    test.parent()
        .unwrap()
        .parent()
        .unwrap()
        .join("examples")
        .join(name)
}

fn accepts(case: &Path, artifact: &str) -> bool {
    let text = |name: &str, default: &str| {
        std::fs::read_to_string(case.join(name))
            .map_or_else(|_| default.to_owned(), |text| text.trim().to_owned())
    };
    let mut command = Command::new(client());
    command
        .arg("verify-bundle")
        .arg("--bundle")
        .arg(case.join("bundle.sigstore.json"));
    if case.join("key.pub").exists() {
        command.arg("--key").arg(case.join("key.pub"));
    } else {
        let beacon = "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/\
                      .github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
        command.args(["--certificate-identity", &text("identity", beacon)]);
        let issuer = text("issuer", "https://token.actions.githubusercontent.com");
        command.args(["--certificate-oidc-issuer", &issuer]);
    }
    if case.join("trusted_root.json").exists() {
        command.arg("--trusted-root").arg(case.join("trusted_root.json"));
    }
    let status = command.arg(artifact).output().unwrap().status;
    assert!(
        matches!(status.code(), Some(0 | 1)),
        "{}: {status}",
        case.display()
    );
    status.success()
}

#[test]
fn the_client_is_right_on_every_case_of_the_suite() {
    let Some(corpus) = support::corpus("sigstore-conformance") else {
        return;
    };
    let mut right = 0;
    for case in std::fs::read_dir(corpus.join("bundle-verify")).unwrap() {
        let case = case.unwrap().path();
        if !case.is_dir() {
            continue;
        }
        let own = case.join("artifact");
        let path = if own.exists() { own } else { corpus.join("a.txt") };
        let artifact = hash_reader(
            std::fs::File::open(&path).unwrap(),
            &[DigestAlgorithm::Sha256],
            |_| {},
        )
        .unwrap();
        let digest = artifact.digest(DigestAlgorithm::Sha256).unwrap().to_string();
        let must_fail = case.to_str().unwrap().ends_with("_fail");
        for artifact in [path.to_str().unwrap(), &digest] {
            assert_eq!(
                accepts(&case, artifact),
                !must_fail,
                "{} with {artifact}",
                case.display()
            );
            right += 1;
        }
    }
    eprintln!("conformance client: {right} of {right} right");
    assert_eq!(right, 140);
}

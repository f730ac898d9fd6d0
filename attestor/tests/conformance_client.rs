//! The conformance client as the suite calls it: as a process. It verifies every case, by path and by digest, and signs
//! against the sandbox.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use slsa_sandbox::{Run, Server, TokenForgery};
use slsa_verifier::hash_reader;
use slsa_verifier::predicates::DigestAlgorithm;
use support::{corpus, sandbox};

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
    let Some(corpus) = corpus("sigstore-conformance") else {
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

const ARTIFACT: &str = "what was built\n";
/// Spaces and order as nobody would write them who made it anew.
const STATEMENT: &str = r#"{ "subject": [{"name": "artifact",  "digest": {"sha256":
"abababababababababababababababababababababababababababababababab"}}], "_type": "https://in-toto.io/Statement/v1",
"predicateType": "https://example.com/predicate", "predicate": {"a": 1.50} }"#;
const IDENTITY: &str =
    "https://git.slsa-sandbox.test/slsa-sandbox/example/.github/workflows/release.yml@refs/heads/main";

/// A sandbox, and a folder with its files and what is to be signed.
struct Suite {
    sandbox: Server,
    folder: tempfile::TempDir,
}

impl Suite {
    fn new() -> Self {
        let (sandbox, folder) = (sandbox(), tempfile::tempdir().unwrap());
        sandbox.write_files(folder.path()).unwrap();
        std::fs::write(folder.path().join("artifact"), ARTIFACT).unwrap();
        std::fs::write(folder.path().join("statement"), STATEMENT).unwrap();
        Self { sandbox, folder }
    }

    fn read(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join(name)).ok()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(client());
        command.args(arguments).current_dir(self.folder.path());
        command.output().unwrap()
    }

    fn signs(&self, config: &str, token: &str, arguments: &[&str]) -> bool {
        let _ = std::fs::remove_file(self.folder.path().join("bundle"));
        let common = [
            "sign-bundle",
            "--identity-token",
            token,
            "--bundle",
            "bundle",
            "--trusted-root",
            "trusted_root.json",
            "--signing-config",
            config,
        ];
        let output = self.run(&[&common, arguments].concat());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(!stderr.contains(token), "{stderr}");
        // A bundle is there exactly where it was signed.
        assert_eq!(output.status.success(), self.read("bundle").is_some(), "{stderr}");
        output.status.success()
    }

    fn verifies(&self, identity: &str, artifact: &str) -> bool {
        let output = self.run(&[
            "verify-bundle",
            "--bundle",
            "bundle",
            "--certificate-identity",
            identity,
            "--certificate-oidc-issuer",
            self.sandbox.issuer().url(),
            "--trusted-root",
            "trusted_root.json",
            artifact,
        ]);
        output.status.success()
    }
}

#[test]
fn what_the_client_signs_it_verifies_and_nothing_else() {
    let suite = Suite::new();
    let stranger = IDENTITY.replace("release.yml", "other.yml");
    let subject = format!("sha256:{}", "ab".repeat(32));
    let other = format!("sha256:{}", "ba".repeat(32));
    for config in ["signing_config.rekor-v1.json", "signing_config.json"] {
        assert!(
            suite.signs(config, &suite.sandbox.token(), &["artifact"]),
            "{config}"
        );
        assert!(suite.verifies(IDENTITY, "artifact"), "{config}");
        assert!(!suite.verifies(&stranger, "artifact"), "{config}");
        assert!(!suite.verifies(IDENTITY, "statement"), "{config}");

        assert!(
            suite.signs(config, &suite.sandbox.token(), &["--in-toto", "statement"]),
            "{config}"
        );
        assert!(suite.verifies(IDENTITY, &subject), "{config}");
        assert!(!suite.verifies(&stranger, &subject), "{config}");
        assert!(!suite.verifies(IDENTITY, &other), "{config}");
        let mut bundle: Value = serde_json::from_str(&suite.read("bundle").unwrap()).unwrap();
        let payload = bundle.pointer_mut("/dsseEnvelope/payload").unwrap();
        let mut bytes = STANDARD.decode(payload.as_str().unwrap()).unwrap();
        assert_eq!(String::from_utf8_lossy(&bytes), STATEMENT, "signed as it stands");
        let place = bytes.len() - 10;
        bytes[place] ^= 1;
        *payload = STANDARD.encode(bytes).into();
        std::fs::write(suite.folder.path().join("bundle"), bundle.to_string()).unwrap();
        assert!(
            !suite.verifies(IDENTITY, &subject),
            "{config}, with another payload"
        );
    }
}

#[test]
fn the_client_signs_for_a_token_that_is_of_no_ci_system() {
    let suite = Suite::new();
    let mut run = Run::default();
    for claim in ["job_workflow_ref", "sub"] {
        run.claims.insert(claim.to_owned(), Value::Null);
    }
    run.claims
        .insert("email".to_owned(), "somebody@example.com".into());
    run.claims.insert("email_verified".to_owned(), true.into());
    let token = suite
        .sandbox
        .issuer()
        .token(&run, "sigstore", suite.sandbox.sandbox().now());
    assert!(suite.signs("signing_config.json", &token, &["artifact"]));
    assert!(suite.verifies("somebody@example.com", "artifact"));
    assert!(!suite.verifies(IDENTITY, "artifact"));
}

#[test]
fn nothing_is_signed_for_a_false_token_or_as_a_statement_that_is_none() {
    let suite = Suite::new();
    let (issuer, now) = (suite.sandbox.issuer(), suite.sandbox.sandbox().now());
    let config = "signing_config.json";
    let forged = issuer.forged(&Run::default(), "sigstore", now, TokenForgery::OtherKey);
    assert!(!suite.signs(config, &forged, &["artifact"]));
    assert!(!suite.signs(config, "no token", &["artifact"]));
    assert!(!suite.signs(config, &suite.sandbox.token(), &["--in-toto", "artifact"]));
    assert!(suite.signs(config, &suite.sandbox.token(), &["artifact"]));
}

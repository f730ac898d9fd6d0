//! The command as its users call it: whole output, and every exit code.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::path::{Path, PathBuf};

use serde_json::Value;
use support::program::{self, Run, run_with};

const ARTIFACT: &str = "reusable-workflow-artifact";
const BUNDLE: &str = "reusable-workflow-attestation.sigstore.json";
const SIGNER: &str = "https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml\
                      @09b495c3f12c7881b3cc17209a327792065c1a1d";
const ISSUER: &str = "https://token.actions.githubusercontent.com";

/// A folder of its own with an artifact and its attestation, or `None` without corpora.
fn desk() -> Option<tempfile::TempDir> {
    let corpus = support::corpus("github-cli")?;
    let desk = tempfile::tempdir().unwrap();
    std::fs::copy(corpus.join(ARTIFACT), desk.path().join("tool")).unwrap();
    std::fs::copy(corpus.join(BUNDLE), desk.path().join("bundle.json")).unwrap();
    Some(desk)
}

fn run(desk: &tempfile::TempDir, args: &[&str]) -> Run {
    program::run(desk.path(), args)
}

const IDENTITY: [&str; 4] = [
    "--certificate-identity",
    SIGNER,
    "--certificate-oidc-issuer",
    ISSUER,
];

fn artifact<'a>(files: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["artifact"], files, more].concat()
}

const VERIFIED: &str = "  attestation  bundle.json
  signer       https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml@09b495c3f12c7881b3cc17209a327792065c1a1d
  issuer       https://token.actions.githubusercontent.com
  source       https://github.com/malancas/attest-demo refs/heads/main 95baf27389e83e6a5c48f42e190d48d7abcea19e
  runner       github-hosted
  trust        public-good
  signed at    2024-05-24T19:14:24Z, says https://rekor.sigstore.dev
  log          https://rekor.sigstore.dev entry 96764485, dsse 0.0.1, inclusion-proof-and-promise
  subject      sha256:49a3aa6075e0f49f82843e74b5baa614ad2a588e6675612bf108a0a008c5ac25 as github_provenance_demo-0.0.0-py3-none-any.whl
  predicate    https://slsa.dev/provenance/v1
  builder      https://github.com/actions/runner/github-hosted
  build type   https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1
";

#[test]
fn an_artifact_with_the_expected_signer_is_accepted_and_every_check_is_shown() {
    let Some(desk) = desk() else { return };
    let run = run(&desk, &artifact(&["tool", "--bundle", "bundle.json"], &IDENTITY));
    assert_eq!(
        (run.exit, run.stdout, run.stderr),
        (0, format!("ACCEPTED tool\n{VERIFIED}"), String::new())
    );
}

#[test]
fn another_expected_signer_is_refused_with_both_names() {
    let Some(desk) = desk() else { return };
    let identity = [
        "--certificate-identity",
        "https://github.com/o/r",
        "--certificate-oidc-issuer",
        ISSUER,
    ];
    let run = run(&desk, &artifact(&["tool", "--bundle", "bundle.json"], &identity));
    assert_eq!(run.exit, 11);
    let line =
        format!("  identity-mismatch: signed by {SIGNER}, expected https://github.com/o/r (bundle.json)\n");
    assert!(
        run.stdout.starts_with(&format!("REFUSED tool\n{line}")),
        "{}",
        run.stdout
    );
    assert!(run.stderr.starts_with("hint: "), "{}", run.stderr);
}

#[test]
fn one_flipped_byte_of_the_artifact_is_refused() {
    let Some(desk) = desk() else { return };
    let path = desk.path().join("tool");
    let mut bytes = support::read(&path);
    bytes[0] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let run = run(&desk, &artifact(&["tool", "--bundle", "bundle.json"], &IDENTITY));
    assert_eq!(run.exit, 10);
    assert!(
        run.stdout
            .starts_with("REFUSED tool\n  subject-mismatch: none of 1 subjects is"),
        "{}",
        run.stdout
    );
}

#[test]
fn without_an_expected_signer_nothing_is_accepted_and_the_flags_to_add_are_shown() {
    let Some(desk) = desk() else { return };
    let run = run(&desk, &artifact(&["tool", "--bundle", "bundle.json"], &[]));
    let expected =
        format!("NOT ACCEPTED tool\n{VERIFIED}  it holds, but nobody was expected to have signed it\n");
    assert_eq!((run.exit, run.stdout), (2, expected));
    let flags = format!("--certificate-identity '{SIGNER}' --certificate-oidc-issuer '{ISSUER}'");
    assert!(run.stderr.contains(&flags), "{}", run.stderr);
}

#[test]
fn the_exit_codes_are_those_of_the_table() {
    let Some(desk) = desk() else { return };
    std::fs::write(desk.path().join("broken.json"), "{\"mediaType\":").unwrap();
    let cases: &[(&[&str], i32)] = &[
        (&["tool", "--bundle", "bundle.json", "--any-identity"], 0),
        (&["missing", "--bundle", "bundle.json", "--any-identity"], 1),
        (&["tool", "--bundle", "missing.json", "--any-identity"], 1),
        (&["tool", "--bundle", "bundle.json", "--no-such-flag"], 2),
        (
            &[
                "tool",
                "--bundle",
                "bundle.json",
                "--certificate-identity",
                SIGNER,
            ],
            2,
        ),
        (
            &[
                "tool",
                "--certificate-identity-regexp",
                ".*",
                "--certificate-oidc-issuer",
                ISSUER,
            ],
            2,
        ),
        (
            &[
                "tool",
                "--bundle",
                "bundle.json",
                "--trusted-root",
                "bundle.json",
                "--any-identity",
            ],
            2,
        ),
        (&["tool", "--any-identity"], 3),
        (&["tool", "--bundle", "broken.json", "--any-identity"], 10),
        (
            &[
                "tool",
                "--bundle",
                "bundle.json",
                "--trust-domain",
                "github",
                "--any-identity",
            ],
            10,
        ),
        (
            &[
                "tool",
                "--bundle",
                "bundle.json",
                "--certificate-identity",
                "x",
                "--certificate-oidc-issuer",
                "y",
            ],
            11,
        ),
        // As of a time before it was logged.
        (
            &[
                "tool",
                "--bundle",
                "bundle.json",
                "--any-identity",
                "--at",
                "2024-05-24T19:14:23Z",
            ],
            10,
        ),
        (
            &[
                "tool",
                "--bundle",
                "bundle.json",
                "--any-identity",
                "--at",
                "2024-05-24T19:14:24Z",
            ],
            0,
        ),
    ];
    for (args, exit) in cases {
        let run = run(&desk, &artifact(args, &[]));
        assert_eq!(run.exit, *exit, "{args:?}\n{}{}", run.stdout, run.stderr);
    }
}

#[test]
fn attestations_are_found_beside_the_artifact_in_a_folder_on_standard_input_and_by_digest() {
    let Some(desk) = desk() else { return };
    let bundle = support::read(&desk.path().join("bundle.json"));
    let digest = "sha256:49a3aa6075e0f49f82843e74b5baa614ad2a588e6675612bf108a0a008c5ac25";
    let accepted = |args: &[&str], stdin: &[u8]| {
        let run = run_with(desk.path(), &artifact(args, &IDENTITY), &[], stdin);
        assert_eq!(run.exit, 0, "{args:?}\n{}{}", run.stdout, run.stderr);
    };
    accepted(&["tool", "--bundle", "-"], &bundle);
    accepted(&["tool", "--bundle", "."], b"");
    accepted(&[digest, "--bundle", "bundle.json"], b"");
    for suffix in [
        ".sigstore.json",
        ".sigstore",
        ".intoto.jsonl",
        ".build.slsa",
        ".jsonl",
    ] {
        let path: PathBuf = desk.path().join(format!("tool{suffix}"));
        std::fs::write(&path, &bundle).unwrap();
        accepted(&["tool"], b"");
        std::fs::remove_file(path).unwrap();
    }
    std::fs::write(desk.path().join(format!("{digest}.jsonl")), &bundle).unwrap();
    accepted(&["tool"], b"");
    accepted(&[digest], b"");
}

#[test]
fn a_worse_attestation_beside_a_good_one_takes_nothing_away() {
    let Some(desk) = desk() else { return };
    std::fs::write(desk.path().join("broken.json"), "{\"mediaType\":").unwrap();
    for bundles in [["broken.json", "bundle.json"], ["bundle.json", "broken.json"]] {
        let [first, second] = bundles;
        let run = run(
            &desk,
            &artifact(&["tool", "--bundle", first, "--bundle", second], &IDENTITY),
        );
        assert_eq!(run.exit, 0, "{bundles:?}\n{}", run.stdout);
    }
}

#[test]
fn of_several_artifacts_each_has_its_line_and_the_gravest_decides() {
    let Some(desk) = desk() else { return };
    std::fs::write(desk.path().join("other"), "other").unwrap();
    let run = run(
        &desk,
        &artifact(&["tool", "other", "--bundle", "bundle.json"], &IDENTITY),
    );
    assert_eq!(run.exit, 10);
    assert!(
        run.stdout.contains("ACCEPTED tool\n") && run.stdout.contains("REFUSED other\n"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.ends_with("1 of 2 accepted\n"), "{}", run.stdout);
}

#[test]
fn json_follows_its_schema_for_an_acceptance_and_for_refusals() {
    let Some(desk) = desk() else { return };
    let schema = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/verify-output.v1.schema.json");
    let schema: Value = serde_json::from_slice(&support::read(&schema)).unwrap();
    std::fs::write(desk.path().join("other"), "other").unwrap();
    let bundle = ["tool", "--bundle", "bundle.json", "--format", "json"];
    let others = ["other", "missing", "--bundle", "bundle.json", "--format", "json"];
    let alone = ["other", "--format", "json"];
    for (args, exit) in [
        (artifact(&bundle, &IDENTITY), 0),
        (artifact(&bundle, &[]), 2),
        (
            artifact(
                &bundle,
                &["--certificate-identity", "x", "--certificate-oidc-issuer", "y"],
            ),
            11,
        ),
        (artifact(&others, &IDENTITY), 1),
        (artifact(&alone, &IDENTITY), 3),
    ] {
        let run = run(&desk, &args);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        assert_eq!(
            (run.exit, report["exitCode"].as_i64(), run.stderr.as_str()),
            (exit, Some(exit.into()), "")
        );
        assert_eq!(report["accepted"], Value::Bool(exit == 0));
        assert!(jsonschema::is_valid(&schema, &report), "{}", run.stdout);
        let mut other = report;
        other["schemaVersion"] = Value::from(2);
        assert!(!jsonschema::is_valid(&schema, &other));
    }
}

#[test]
fn inspect_says_that_nothing_is_verified() {
    let Some(desk) = desk() else { return };
    let run = run(&desk, &["inspect", "bundle.json"]);
    assert_eq!(run.exit, 0);
    assert!(run.stdout.starts_with("NOTHING IS VERIFIED"), "{}", run.stdout);
    for shown in [
        SIGNER,
        "source-repository-uri = https://github.com/malancas/attest-demo",
        "dsse 0.0.1",
    ] {
        assert!(run.stdout.contains(shown), "{shown} in {}", run.stdout);
    }
    let run = self::run(&desk, &["inspect", "bundle.json", "--payload"]);
    assert!(serde_json::from_str::<Value>(&run.stdout).unwrap()["predicateType"].is_string());
    let run = self::run(&desk, &["inspect", "bundle.json", "--format", "json"]);
    assert_eq!(
        serde_json::from_str::<Value>(&run.stdout).unwrap()["verified"],
        Value::Bool(false)
    );
}

#[test]
fn the_built_in_roots_are_shown_and_an_update_without_network_says_so() {
    let desk = tempfile::tempdir().unwrap();
    let run = run(&desk, &["trust", "show"]);
    assert_eq!(run.exit, 0);
    for shown in [
        "public-good (sha256:",
        "github (sha256:",
        "https://rekor.sigstore.dev",
        "fulcio.githubapp.com",
    ] {
        assert!(run.stdout.contains(shown), "{shown} in {}", run.stdout);
    }
    assert!(!run.stdout.contains("staging"), "{}", run.stdout);
    let run = self::run(&desk, &["trust", "update", "--directory", "roots"]);
    assert_eq!(run.exit, 1, "{}", run.stderr);
    assert!(run.stderr.contains("could not be fetched"), "{}", run.stderr);
    assert!(
        run.stderr
            .contains("hint: this needs the network; verification does not"),
        "{}",
        run.stderr
    );
    assert!(!desk.path().join("roots/public-good.trusted_root.json").exists());
}

#[test]
fn names_cannot_act_on_the_terminal() {
    let desk = tempfile::tempdir().unwrap();
    std::fs::write(desk.path().join("a\u{1b}[2Jb"), "x").unwrap();
    let run = run(&desk, &["artifact", "a\u{1b}[2Jb", "--any-identity"]);
    assert_eq!(
        (run.exit, run.stdout.as_str()),
        (
            3,
            "REFUSED a\\u{1b}[2Jb\n  no-attestation: no attestation was found\n"
        )
    );
}

#[test]
fn endless_input_is_refused_at_once() {
    let Some(desk) = desk() else { return };
    if !Path::new("/dev/zero").exists() {
        return;
    }
    let run = run(&desk, &artifact(&["tool", "--bundle", "/dev/zero"], &IDENTITY));
    assert_eq!(run.exit, 10);
    assert!(run.stdout.contains("limit-exceeded"), "{}", run.stdout);
}

#[test]
fn every_command_shows_an_example_and_completions_and_manual_pages_are_made() {
    let desk = tempfile::tempdir().unwrap();
    for command in [
        &["artifact"][..],
        &["inspect"],
        &["trust", "show"],
        &["trust", "update"],
        &["completions"],
        &["man"],
    ] {
        let run = run(&desk, &[command, &["--help"]].concat());
        assert_eq!(run.exit, 0);
        assert!(run.stdout.contains("Example"), "{command:?}\n{}", run.stdout);
    }
    assert!(
        run(&desk, &["completions", "bash"])
            .stdout
            .contains("slsa-verify")
    );
    assert_eq!(run(&desk, &["man", "."]).exit, 0);
    assert!(desk.path().join("slsa-verify-artifact.1").exists());
}

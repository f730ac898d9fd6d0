//! The program as people run it: its first command, and what it does where nothing can be signed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::path::Path;
use std::process::{Command, Output};

/// Runs `slsa-attest` in a folder, with these variables and no others.
fn slsa_attest(directory: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_slsa-attest"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .envs(variables.iter().copied())
        .output()
        .unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// What a program reads, and what `slsa-verify` says of the same files.
fn slsa_verify(arguments: &[&std::ffi::OsStr]) -> (u8, String) {
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let all =
        std::iter::once("slsa-verify".into()).chain(arguments.iter().map(|argument| (*argument).to_owned()));
    let exit = slsa_verifier::cli::call(all, &mut stdout, &mut stderr);
    stdout.extend(stderr);
    (exit, String::from_utf8(stdout).unwrap())
}

#[test]
fn quickstart_admits_the_sample_refuses_the_changed_one_and_leaves_files_that_slsa_verify_takes() {
    let directory = tempfile::tempdir().unwrap();
    let output = slsa_attest(directory.path(), &["quickstart"], &[]);
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{told}");
    assert!(told.contains("ACCEPTED  slsa-quickstart/hello.txt"), "{told}");
    assert!(
        told.contains("REFUSED   slsa-quickstart/hello.txt [subject-mismatch]"),
        "{told}"
    );

    let file = |name: &str| {
        directory
            .path()
            .join("slsa-quickstart")
            .join(name)
            .into_os_string()
    };
    let (artifact, bundle, policy) = (
        file("hello.txt"),
        file("provenance.sigstore.json"),
        file("policy.yaml"),
    );
    let arguments = [
        "artifact".as_ref(),
        &*artifact,
        "--bundle".as_ref(),
        &*bundle,
        "--policy".as_ref(),
        &*policy,
    ];
    let (exit, told) = slsa_verify(&arguments);
    assert_eq!(exit, 0, "{told}");
    std::fs::write(&artifact, "hello from somebody else\n").unwrap();
    let (exit, told) = slsa_verify(&arguments);
    assert_eq!(exit, 10, "{told}");
}

#[test]
fn a_file_of_ones_own_is_attested_and_left_as_it_was() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("mine.bin"), [0, 1, 2]).unwrap();
    let output = slsa_attest(directory.path(), &["quickstart", "mine.bin"], &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stderr(&output).contains("REFUSED   mine.bin [subject-mismatch]"));
    assert_eq!(
        std::fs::read(directory.path().join("mine.bin")).unwrap(),
        [0, 1, 2]
    );
}

#[test]
fn without_a_token_nothing_is_signed_and_the_permission_is_named() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a"), "a").unwrap();
    let output = slsa_attest(directory.path(), &["provenance", "a"], &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("id-token: write"), "{}", stderr(&output));
    assert!(!directory.path().join("provenance.sigstore.json").exists());
}

#[test]
fn a_dry_run_prints_the_statement_and_writes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a"), "a").unwrap();
    let output = slsa_attest(
        directory.path(),
        &["provenance", "a", "--sandbox", "--dry-run"],
        &[],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let statement: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(statement["subject"][0]["name"], "a");
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 1);
}

#[test]
fn more_subjects_than_a_statement_holds_become_several_lines_and_the_report_is_json() {
    let directory = tempfile::tempdir().unwrap();
    let list: String = (0..1025).map(|n| format!("{n:064x}  file-{n}\n")).collect();
    std::fs::write(directory.path().join("SHA256SUMS"), list).unwrap();
    let arguments = [
        "provenance",
        "--checksums",
        "SHA256SUMS",
        "--sandbox",
        "--format",
        "json",
    ];
    let output = slsa_attest(directory.path(), &arguments, &[]);
    // A list of checksums is bounded as in actions/attest.
    assert_eq!(output.status.code(), Some(2), "{}", stderr(&output));

    std::fs::create_dir(directory.path().join("many")).unwrap();
    for n in 0..1025 {
        std::fs::write(directory.path().join(format!("many/{n}")), n.to_string()).unwrap();
    }
    let output = slsa_attest(
        directory.path(),
        &["provenance", "many", "--sandbox", "--format", "json"],
        &[],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["bundlePath"], "provenance.intoto.jsonl");
    assert_eq!(report["statements"].as_array().unwrap().len(), 2);
    let lines = std::fs::read_to_string(directory.path().join("provenance.intoto.jsonl")).unwrap();
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn a_file_that_is_there_is_not_replaced_unless_told() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("a"), "a").unwrap();
    std::fs::write(directory.path().join("provenance.sigstore.json"), "mine").unwrap();
    let output = slsa_attest(directory.path(), &["provenance", "a", "--sandbox"], &[]);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(
        std::fs::read(directory.path().join("provenance.sigstore.json")).unwrap(),
        b"mine"
    );
    let output = slsa_attest(
        directory.path(),
        &["provenance", "a", "--sandbox", "--overwrite"],
        &[],
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
}

#[test]
fn the_runner_is_told_in_its_own_files() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a", "output", "summary"] {
        std::fs::write(directory.path().join(name), "").unwrap();
    }
    let path = |name: &str| directory.path().join(name).display().to_string();
    let (outputs, summary) = (path("output"), path("summary"));
    let variables = [
        ("GITHUB_OUTPUT", outputs.as_str()),
        ("GITHUB_STEP_SUMMARY", summary.as_str()),
    ];
    let output = slsa_attest(
        directory.path(),
        &["provenance", "a", "--sandbox", "--github-store"],
        &variables,
    );
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let outputs = std::fs::read_to_string(outputs).unwrap();
    assert!(
        outputs.contains("bundle-path<<") && outputs.contains("attestation-ids<<"),
        "{outputs}"
    );
    let summary = std::fs::read_to_string(summary).unwrap();
    assert!(
        summary.contains("slsa-sandbox/builder/.github/workflows/build.yml"),
        "{summary}"
    );
    let all = format!("{outputs}{summary}{}", stderr(&output));
    assert!(!all.contains("eyJ"), "a token is shown");
}

#[test]
fn every_command_has_an_example() {
    let directory = tempfile::tempdir().unwrap();
    for command in [
        "provenance",
        "sbom",
        "vex",
        "scan",
        "test",
        "predicate",
        "vsa",
        "quickstart",
        "completions",
        "man",
    ] {
        let output = slsa_attest(directory.path(), &[command, "--help"], &[]);
        assert_eq!(output.status.code(), Some(0));
        let help = String::from_utf8(output.stdout).unwrap();
        assert!(help.contains("Example"), "{command}");
    }
}

//! The program, as its users call it.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

/// What became of a call.
pub(crate) struct Run {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn run(folder: &Path, args: &[&str]) -> Run {
    run_with(folder, args, &[], b"")
}

/// Calls the program with variables of the environment and something on standard input.
pub(crate) fn run_with(folder: &Path, args: &[&str], variables: &[(&str, &str)], stdin: &[u8]) -> Run {
    let mut child = Command::new(env!("CARGO_BIN_EXE_slsa-verify"))
        .args(args)
        .current_dir(folder)
        // Nothing of what others understand may loosen a verdict.
        .env("SLSA_VERIFIER_TESTING", "1")
        .env("SLSA_VERIFIER_EXPERIMENTAL", "1")
        .env("SIGSTORE_ROOT_FILE", "/nonexistent")
        .env("TUF_ROOT", "/nonexistent")
        .env("HTTPS_PROXY", "http://127.0.0.1:9")
        .env("NO_COLOR", "")
        .envs(variables.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    Run {
        exit: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

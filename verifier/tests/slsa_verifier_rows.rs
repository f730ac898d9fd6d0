//! slsa-verifier's own table of cases, row by row: what it accepts we accept, what it refuses we refuse, and for
//! the same reason. Rows that it decides with the help of a network, we say we cannot decide.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

#[path = "support/rows.rs"]
mod rows;
mod support;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use slsa_verifier::Code;

#[test]
fn every_row_is_decided_as_slsa_verifier_decides_it_and_for_the_same_reason() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let verifiers = rows::Verifiers::new(&corpus);
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for row in rows::read(&corpus) {
        let outcome = verifiers.decide(&corpus, &row);
        let fits = match (&outcome, row.expected()) {
            (Err(Code::NoSigningTime), _) if row.needs_network => true,
            (Ok(()), None) => !row.needs_network,
            (Err(code), Some(error)) => !row.needs_network && rows::codes_of(&error).contains(code),
            _ => false,
        };
        let shown = outcome
            .as_ref()
            .map_or_else(|code| code.to_string(), |()| "accepted".to_owned());
        *counts.entry(format!("{} {shown}", row.command)).or_default() += 1;
        if !fits {
            wrong.push(format!(
                "{} {:?} {:?}: {shown} {}",
                row.id,
                row.expected(),
                row.args,
                row.provenance.as_deref().unwrap_or_default()
            ));
        }
    }
    eprintln!("{counts:#?}");
    let shown: Vec<&String> = wrong.iter().take(30).collect();
    assert!(wrong.is_empty(), "{} rows: {shown:#?}", wrong.len());
}

/// The row as slsa-verifier's own command line.
fn command_line(corpus: &Path, row: &rows::Row) -> Vec<String> {
    let mut args = vec![row.command.clone()];
    let file = |name: &str| corpus.join(name).display().to_string();
    let mut flag = |name: &str, value: String| args.push(format!("--{name}={value}"));
    let provenance = match row.command.as_str() {
        "verify-artifact" | "verify-image" => "provenance-path",
        "verify-npm-package" => "attestations-path",
        _ => "attestation-path",
    };
    if let Some(path) = &row.provenance {
        flag(provenance, file(path));
    }
    for (name, value) in &row.args {
        let values = match value {
            Value::Array(list) => list.iter().map(|value| value.as_str().unwrap()).collect(),
            value => vec![value.as_str().unwrap()],
        };
        let name = match name.as_str() {
            "tag" | "versioned_tag" | "branch" => format!("source-{}", name.replace('_', "-")),
            "subject_digests" => "subject-digest".to_owned(),
            "verified_levels" => "verified-level".to_owned(),
            name => name.replace('_', "-"),
        };
        for value in values {
            let value = if name == "public-key-path" {
                file(value)
            } else {
                value.to_owned()
            };
            flag(&name, value);
        }
    }
    if row.command == "verify-image" && row.provenance.is_some() {
        flag("keys", file("../keys/gcb"));
    }
    if row.is_at_main() {
        // slsa-verifier takes such rows under a variable of the environment; here a policy says it.
        flag(
            "policy",
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("tests/policies/delegator-at-main.yaml")
                .display()
                .to_string(),
        );
    }
    for artifact in &row.artifacts {
        args.push(if row.provenance.is_some() && row.command == "verify-image" {
            artifact.clone()
        } else {
            file(artifact)
        });
    }
    args
}

#[test]
fn every_row_is_decided_so_by_the_program_with_slsa_verifiers_own_flags() {
    let Some(corpus) = support::corpus("slsa-verifier") else {
        return;
    };
    let rows = rows::read(&corpus);
    let next = std::sync::atomic::AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    let work = || {
        while let Some(row) = rows.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            let output = Command::new(env!("CARGO_BIN_EXE_slsa-verify"))
                .args(command_line(&corpus, row))
                .output()
                .unwrap();
            let stderr = String::from_utf8(output.stderr).unwrap();
            let accepted = output.status.code() == Some(0);
            assert_eq!(
                accepted,
                stderr.contains("PASSED: SLSA verification passed"),
                "{stderr}"
            );
            // The summary's rows that lack a flag are refused for that.
            let usage = output.status.code() == Some(2) && row.command == "verify-vsa";
            let fits = match row.expected() {
                _ if row.needs_network => {
                    stderr.contains(Code::NoSigningTime.as_str()) && output.status.code() == Some(1)
                }
                None => accepted,
                Some(error) => {
                    let named = rows::codes_of(&error)
                        .iter()
                        .any(|code| stderr.contains(&format!("{code}: ")));
                    !accepted && (named || usage)
                }
            };
            if !fits {
                wrong
                    .lock()
                    .unwrap()
                    .push(format!("{} {:?}: {stderr}", row.id, row.expected()));
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(work);
        }
    });
    let wrong = wrong.into_inner().unwrap();
    let shown: Vec<&String> = wrong.iter().take(10).collect();
    assert!(wrong.is_empty(), "{} rows: {shown:#?}", wrong.len());
}

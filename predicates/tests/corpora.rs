//! Real attestations of other producers, which are found through `SLSA_CORPORA`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::arithmetic_side_effects
)]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use slsa_predicates::{Predicate, Statement, StatementError, StatementLimits};

fn corpora() -> Option<PathBuf> {
    let root = env::var_os("SLSA_CORPORA").map(PathBuf::from);
    if root.is_none() {
        println!("skipped: SLSA_CORPORA is not set");
    }
    root
}

/// All files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display())) {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found)
        } else {
            found.push(path)
        }
    }
}

/// The payloads of all DSSE envelopes in a file of JSON or JSON lines.
fn payloads(text: &str) -> Vec<Vec<u8>> {
    let documents = match serde_json::from_str(text) {
        Ok(document) => vec![document],
        Err(_) => text
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .collect(),
    };
    let mut found = Vec::new();
    documents
        .iter()
        .for_each(|document| envelopes(document, &mut found));
    found
}

fn envelopes(value: &Value, found: &mut Vec<Vec<u8>>) {
    if let (Some(Value::String(payload)), Some(_)) = (value.get("payload"), value.get("signatures")) {
        found.push(base64(payload));
    }
    match value {
        Value::Array(items) => items.iter().for_each(|item| envelopes(item, found)),
        Value::Object(members) => members.values().for_each(|member| envelopes(member, found)),
        _ => {}
    }
}

/// Decodes base64 of either alphabet, for files that are what they are.
fn base64(text: &str) -> Vec<u8> {
    let digits = text.bytes().filter(|b| *b != b'=').map(|b| match b {
        b'A'..=b'Z' => u32::from(b - b'A'),
        b'a'..=b'z' => u32::from(b - b'a') + 26,
        b'0'..=b'9' => u32::from(b - b'0') + 52,
        b'+' | b'-' => 62,
        b'/' | b'_' => 63,
        _ => panic!("not base64: {b}"),
    });
    let (mut bytes, mut bits, mut held) = (Vec::new(), 0_u32, 0);
    for digit in digits {
        bits = (bits << 6 | digit) & 0xffff;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from(bits >> held & 0xff).unwrap());
        }
    }
    bytes
}

fn kind(predicate: &Predicate) -> &'static str {
    match predicate {
        Predicate::ProvenanceV1(_) => "provenance v1",
        Predicate::ProvenanceV02(_) => "provenance v0.2",
        Predicate::ProvenanceV01(_) => "provenance v0.1",
        Predicate::VerificationSummary(_) => "verification summary",
        Predicate::NpmPublish(_) => "npm publish",
        Predicate::Other(..) => "other",
        _ => "another",
    }
}

#[test]
fn every_real_statement_is_read_typed_and_written_again() {
    let Some(root) = corpora() else { return };
    let mut paths = Vec::new();
    for folder in ["slsa-verifier", "github-cli", "sigstore-conformance"] {
        files(&root.join(folder), &mut paths);
    }
    let mut kinds: BTreeMap<_, usize> = BTreeMap::new();
    let mut refused = Vec::new();
    for path in paths {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        for payload in payloads(&text) {
            let limits = StatementLimits::default();
            let statement = match Statement::parse(&payload, &limits) {
                Ok(statement) => statement,
                Err(e) => {
                    refused.push((path.clone(), e, payload));
                    continue;
                }
            };
            let predicate = statement
                .predicate()
                .unwrap_or_else(|e| panic!("{}: {e}", path.display()));
            *kinds.entry(kind(&predicate)).or_default() += 1;
            assert_nothing_lost(&predicate, statement.predicate_json(), &path);
            let again = Statement::parse(statement.to_json().as_bytes(), &limits).unwrap();
            assert_eq!(again, statement, "{}", path.display());
        }
    }
    println!("{kinds:?}, {} refused", refused.len());
    for (path, error, payload) in &refused {
        // One case of the conformance suite has a payload that is no statement.
        let is_json = serde_json::from_slice::<Value>(payload).is_ok();
        assert!(
            !is_json && matches!(error, StatementError::Json(_)),
            "{}: {error}",
            path.display()
        );
    }
    assert!(refused.len() <= 1, "{refused:?}");
    assert_eq!(kinds.get("other"), None);
    for (kind, at_least) in [
        ("provenance v1", 60),
        ("provenance v0.2", 19),
        ("provenance v0.1", 30),
        ("npm publish", 12),
    ] {
        assert!(
            kinds.get(kind).is_some_and(|n| *n >= at_least),
            "{kind}: {kinds:?}"
        );
    }
}

/// The typed predicate, written again, says what was read.
fn assert_nothing_lost(predicate: &Predicate, text: &str, path: &Path) {
    let written = match predicate {
        Predicate::ProvenanceV1(p) => serde_json::to_value(p),
        Predicate::ProvenanceV02(p) => serde_json::to_value(p),
        Predicate::ProvenanceV01(p) => serde_json::to_value(p),
        Predicate::VerificationSummary(p) => serde_json::to_value(p),
        Predicate::NpmPublish(p) => serde_json::to_value(p),
        _ => return,
    };
    // Two fields with a second spelling.
    let text = text
        .replace("buildInvocationID", "buildInvocationId")
        .replace(r#""definedInMaterial":"-1""#, r#""definedInMaterial":-1"#);
    let read: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(pruned(written.unwrap()), pruned(read), "{}", path.display());
}

/// Without what means unset: null, false and whatever is empty.
fn pruned(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.into_iter().map(|(key, member)| (key, pruned(member)));
            members.filter(|(_, member)| !is_unset(member)).collect()
        }
        Value::Array(items) => items.into_iter().map(pruned).collect(),
        other => other,
    }
}

fn is_unset(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(members) => members.is_empty(),
        _ => false,
    }
}

//! `json::check` against the files of JSONTestSuite, which are found through `SLSA_CORPORA`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::env;
use std::fs;
use std::path::PathBuf;

use slsa_predicates::json::{self, JsonLimits};

/// Names and contents of the files, or nothing where there is no corpus.
fn files() -> Option<Vec<(String, Vec<u8>)>> {
    let Some(root) = env::var_os("SLSA_CORPORA") else {
        println!("skipped: SLSA_CORPORA is not set");
        return None;
    };
    let folder = PathBuf::from(root).join("json");
    let files = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let read = files.map(|file| {
        let path = file.unwrap().path();
        (
            path.file_name().unwrap().to_string_lossy().into_owned(),
            fs::read(&path).unwrap(),
        )
    });
    Some(read.collect())
}

#[test]
fn what_must_not_parse_is_refused_and_what_must_is_accepted() {
    let Some(files) = files() else { return };
    let mut wrong = Vec::new();
    let (mut refused, mut accepted) = (0, 0);
    for (name, bytes) in &files {
        let result = json::check(bytes, &JsonLimits::default());
        // JSON allows equal keys in an object and leaves their meaning open; here they are refused.
        let duplicate = name.starts_with("y_object_duplicated_key");
        match name.get(..2) {
            Some("n_") if result.is_err() => refused += 1,
            Some("y_") if duplicate && matches!(result, Err(json::JsonError::DuplicateKey { .. })) => {
                refused += 1;
            }
            Some("y_") if !duplicate && result.is_ok() => accepted += 1,
            Some("i_") => {}
            _ => wrong.push((name, result)),
        }
    }
    println!("{refused} refused, {accepted} accepted");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        refused >= 188 && accepted >= 90,
        "{refused} refused, {accepted} accepted"
    );
}

#[test]
fn nothing_that_is_refused_by_the_check_is_refused_later_only() {
    let Some(files) = files() else { return };
    for (name, bytes) in &files {
        if json::check(bytes, &JsonLimits::default()).is_ok() {
            let value = json::from_slice::<serde_json::Value>(bytes, &JsonLimits::default());
            assert!(value.is_ok(), "{name}: {value:?}");
        }
    }
}

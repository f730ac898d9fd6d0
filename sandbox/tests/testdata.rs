//! `testdata/` is what `slsa-sandbox mint testdata` writes, byte for byte.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "tests"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use slsa_sandbox::{Clock, mint};

const AGAIN: &str = "mint it again with `cargo run --bin slsa-sandbox mint testdata`";
/// What people write.
const WRITTEN: &str = "README.md";
/// What is minted together, in bytes.
const MAX_BYTES: usize = 2_500_000;

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../testdata")
}

fn files(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(root, &path, found);
        } else {
            let name = path.strip_prefix(root).unwrap().to_owned();
            found.insert(name, std::fs::read(path).unwrap());
        }
    }
}

/// Runs `slsa-sandbox mint`, and answers whether it succeeded and what it wrote to standard error.
fn run_mint(folder: &Path) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_slsa-sandbox"))
        .arg("mint")
        .arg(folder)
        .output()
        .unwrap();
    (output.status.success(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn testdata_is_what_the_sandbox_mints() {
    let directory = tempfile::tempdir().unwrap();
    // What an earlier run left goes, and what people wrote stays.
    for name in ["cases.json", WRITTEN, "bundles/old/bundle.sigstore.json"] {
        let path = directory.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, r#"{"artifact": "bundles/artifact"}"#).unwrap();
    }
    let (succeeded, said) = run_mint(directory.path());
    assert!(succeeded, "{said}");
    let collect = |folder: &Path| {
        let mut found = BTreeMap::new();
        files(folder, folder, &mut found);
        found.remove(Path::new(WRITTEN)).expect("README.md");
        found
    };
    let (minted, found) = (collect(directory.path()), collect(&folder()));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&minted), "{AGAIN}");
    for (name, content) in &minted {
        assert!(found[name] == *content, "{} differs: {AGAIN}", name.display());
    }
    let size: usize = minted.values().map(Vec::len).sum();
    assert!(size < MAX_BYTES, "{size} bytes");
}

#[test]
fn a_folder_of_something_else_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let bundle = directory.path().join("bundles/mine");
    std::fs::create_dir_all(bundle.parent().unwrap()).unwrap();
    std::fs::write(&bundle, "mine").unwrap();
    std::fs::write(directory.path().join("cases.json"), "[]").unwrap();
    let expected = format!(
        "error: {} is neither empty nor of an earlier run, by its cases.json\n",
        directory.path().display()
    );
    assert_eq!(run_mint(directory.path()), (false, expected));
    assert_eq!(std::fs::read(bundle).unwrap(), b"mine");
}

#[test]
fn another_time_mints_other_bytes() {
    let earlier = Clock::Fixed("2026-06-30T12:00:00Z".parse().unwrap());
    let minted = mint::testdata(mint::SEED, earlier).unwrap();
    let bundle = Path::new("bundles/rekor-v1/bundle.sigstore.json");
    assert_ne!(minted[bundle], std::fs::read(folder().join(bundle)).unwrap());
}

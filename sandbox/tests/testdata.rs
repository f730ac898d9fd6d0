//! `testdata/` is what the sandbox mints, byte for byte. To mint it again:
//!
//! ```console
//! $ SLSA_MINT=1 cargo test -p slsa-sandbox --test testdata
//! ```

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

use slsa_sandbox::{Clock, mint};

const SEED: &str = "slsa-sandbox testdata";
const NOW: &str = "2026-07-01T12:00:00Z";
const AGAIN: &str = "mint it again with SLSA_MINT=1 cargo test -p slsa-sandbox --test testdata";
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

#[test]
fn testdata_is_what_the_sandbox_mints() {
    let minted = mint::testdata(SEED, Clock::Fixed(NOW.parse().unwrap())).unwrap();
    let folder = folder();
    if std::env::var_os("SLSA_MINT").is_some() {
        for part in ["bundles", "statements", "policies"] {
            let _ = std::fs::remove_dir_all(folder.join(part));
        }
        for (name, content) in &minted {
            let path = folder.join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, content).unwrap();
        }
    }
    let mut found = BTreeMap::new();
    files(&folder, &folder, &mut found);
    found.remove(Path::new(WRITTEN));
    let names = |files: &BTreeMap<PathBuf, Vec<u8>>| files.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&found), names(&minted), "{AGAIN}");
    for (name, content) in &minted {
        assert!(found[name] == *content, "{} differs: {AGAIN}", name.display());
    }
    let size: usize = minted.values().map(Vec::len).sum();
    assert!(size < MAX_BYTES, "{size} bytes");
}

#[test]
fn another_time_mints_other_bytes() {
    let earlier = Clock::Fixed("2026-06-30T12:00:00Z".parse().unwrap());
    let minted = mint::testdata(SEED, earlier).unwrap();
    let bundle = Path::new("bundles/rekor-v1/bundle.sigstore.json");
    assert_ne!(minted[bundle], std::fs::read(folder().join(bundle)).unwrap());
}

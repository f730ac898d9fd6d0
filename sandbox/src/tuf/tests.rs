use std::collections::BTreeMap;

use jiff::Timestamp;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use sigstore_tuf::transport::FetchFuture;
use sigstore_tuf::{Error, MemoryStore, Repository, Updater};

use super::{TufError, TufRepository};
use crate::loopback::{client, served};
use crate::{Clock, Fault, Faults, Seed, Service, Times};

const ROOT: &[u8] = br#"{"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"}"#;
const CONFIG: &[u8] = b"{}\n";

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn repository() -> TufRepository {
    with_seed("tuf")
}

fn with_seed(seed: &str) -> TufRepository {
    let targets = vec![
        ("trusted_root.json".to_owned(), ROOT.to_vec()),
        ("signing_config.v0.2.json".to_owned(), CONFIG.to_vec()),
    ];
    TufRepository::new(&Seed::new(seed), Clock::Fixed(now()), targets).unwrap()
}

/// The files as a client's transport.
struct Files(BTreeMap<String, Vec<u8>>);

impl Files {
    fn fetch(&self, path: &str, max: u64) -> FetchFuture<'static> {
        let found = self.0.get(path).cloned();
        let fits = found
            .as_ref()
            .is_none_or(|bytes| u64::try_from(bytes.len()).unwrap() <= max);
        let answer = if fits {
            Ok(found)
        } else {
            Err(Error::transport("too long"))
        };
        Box::pin(async move { answer })
    }
}

impl Repository for Files {
    fn fetch_metadata<'a>(&'a self, name: &'a str, max_length: u64) -> FetchFuture<'a> {
        self.fetch(name, max_length)
    }

    fn fetch_target<'a>(&'a self, path: &'a str, max_length: u64) -> FetchFuture<'a> {
        self.fetch(&format!("targets/{path}"), max_length)
    }
}

/// What a client makes of these files that has the repository's root, at this time.
async fn target(files: BTreeMap<String, Vec<u8>>, name: &str, now: Timestamp) -> Result<Vec<u8>, Error> {
    let client = Updater::new(Files(files), repository().root_json())?;
    let mut client = client.with_store(MemoryStore::new());
    client.refresh(now).await?;
    client.get_target(name, now).await
}

async fn trusted_root(files: BTreeMap<String, Vec<u8>>) -> Result<Vec<u8>, Error> {
    target(files, "trusted_root.json", now()).await
}

#[tokio::test]
async fn client_gets_both_targets() {
    let files = || repository().files().clone();
    assert_eq!(trusted_root(files()).await.unwrap(), ROOT);
    assert_eq!(
        target(files(), "signing_config.v0.2.json", now()).await.unwrap(),
        CONFIG
    );
    let error = target(files(), "other.json", now()).await.unwrap_err();
    assert!(matches!(error, Error::TargetNotFound(name) if name == "other.json"));
}

#[test]
fn same_seed_same_bytes() {
    assert_eq!(repository().files(), repository().files());
    let (one, other) = (with_seed("one"), with_seed("other"));
    for path in [
        "1.root.json",
        "timestamp.json",
        "1.snapshot.json",
        "1.targets.json",
    ] {
        assert_ne!(one.files()[path], other.files()[path], "{path}");
    }
}

#[tokio::test]
async fn client_with_another_root_gets_nothing() {
    let other = with_seed("other");
    let mut client = Updater::new(Files(repository().files().clone()), other.root_json()).unwrap();
    let error = client.refresh(now()).await.unwrap_err();
    assert!(matches!(error, Error::ThresholdNotMet { role, .. } if role == "timestamp"));
}

/// The files with one byte of one of them changed, found by what stands before it.
fn with_changed_byte(path: &str, before: &str) -> BTreeMap<String, Vec<u8>> {
    let mut files = repository().files().clone();
    let bytes = files.get_mut(path).unwrap();
    let text = String::from_utf8(bytes.clone()).unwrap();
    let (head, tail) = text.split_once(before).unwrap();
    let changed = if tail.starts_with('1') { '2' } else { '1' };
    *bytes = format!("{head}{before}{changed}{}", &tail[1..]).into_bytes();
    files
}

fn place_of_root() -> String {
    format!("targets/{}.trusted_root.json", hex::encode(Sha256::digest(ROOT)))
}

#[tokio::test]
async fn one_changed_byte_anywhere_is_refused() {
    // What stands below is refused by the hash that the role above has of it.
    for (path, before) in [
        ("1.snapshot.json", r#""version":"#),
        ("1.snapshot.json", r#""sig":"30"#),
        ("1.targets.json", r#""length":"#),
        ("1.targets.json", r#""sig":"30"#),
        (place_of_root().as_str(), "version=0."),
    ] {
        let error = trusted_root(with_changed_byte(path, before)).await.unwrap_err();
        assert!(matches!(error, Error::IntegrityMismatch(_)), "{path}: {error:?}");
    }
    // Nothing has a hash of the timestamp: its signature is what counts.
    for before in [r#""version":"#, r#""length":"#, r#""sig":"30"#] {
        let files = with_changed_byte("timestamp.json", before);
        let error = trusted_root(files).await.unwrap_err();
        let refused =
            matches!(&error, Error::ThresholdNotMet { role, found: 0, threshold: 1 } if role == "timestamp");
        assert!(refused, "{before}: {error:?}");
    }
}

#[tokio::test]
async fn root_with_one_changed_byte_is_no_root() {
    for before in [r#""version":"#, r#""threshold":"#, r#""keyids":[""#] {
        let files = with_changed_byte("1.root.json", before);
        let error = Updater::new(Files(files.clone()), &files["1.root.json"]).unwrap_err();
        assert!(
            matches!(error, Error::ThresholdNotMet { .. } | Error::Malformed(_)),
            "{before}: {error:?}"
        );
    }
}

#[tokio::test]
async fn client_gets_nothing_after_ten_years() {
    let files = || repository().files().clone();
    let end: Timestamp = "2035-12-30T00:00:00Z".parse().unwrap();
    assert_eq!(target(files(), "trusted_root.json", end).await.unwrap(), ROOT);
    let after: Timestamp = "2035-12-30T00:00:01Z".parse().unwrap();
    let error = target(files(), "trusted_root.json", after).await.unwrap_err();
    assert!(matches!(error, Error::Expired { role, expires } if role == "root" && expires == end));
}

#[tokio::test]
async fn timestamp_that_expired_is_refused_though_the_root_is_good() {
    let mut files = repository().files().clone();
    let expired = Clock::Fixed("2010-01-01T00:00:00Z".parse().unwrap());
    let old = TufRepository::new(&Seed::new("tuf"), expired, vec![]).unwrap();
    files.insert("timestamp.json".to_owned(), old.files()["timestamp.json"].clone());
    let error = trusted_root(files).await.unwrap_err();
    let expected: Timestamp = "2019-12-30T00:00:00Z".parse().unwrap();
    assert!(matches!(error, Error::Expired { role, expires } if role == "timestamp" && expires == expected));
}

#[test]
fn files_have_what_other_clients_ask_for() {
    let repository = repository();
    let role = |path: &str| -> Value { serde_json::from_slice(&repository.files()[path]).unwrap() };
    // python-tuf: no fractions of a second, the first of the hashes names the target, the key in PEM.
    let root = role("1.root.json");
    assert_eq!(root["signed"]["expires"], "2035-12-30T00:00:00Z");
    assert_eq!(root["signed"]["consistent_snapshot"], true);
    assert_eq!(root["signed"]["spec_version"], "1.0.31");
    for (id, key) in root["signed"]["keys"].as_object().unwrap() {
        assert_eq!(
            (key["keytype"].as_str(), key["scheme"].as_str()),
            (Some("ecdsa"), Some("ecdsa-sha2-nistp256"))
        );
        let public = key["keyval"]["public"].as_str().unwrap();
        assert!(
            public.starts_with("-----BEGIN PUBLIC KEY-----\n")
                && public.ends_with("\n-----END PUBLIC KEY-----\n")
        );
        // Older clients compute the id again.
        let declared: sigstore_tuf::Key = serde_json::from_value(key.clone()).unwrap();
        assert_eq!(*id, declared.key_id().unwrap());
    }
    let roles = root["signed"]["roles"].as_object().unwrap();
    assert_eq!(
        roles.keys().collect::<Vec<_>>(),
        ["root", "snapshot", "targets", "timestamp"]
    );

    let described = |bytes: &[u8]| json!({ "length": bytes.len(), "hashes": { "sha256": hex::encode(Sha256::digest(bytes)) } });
    let versioned = |bytes: &[u8]| {
        let mut meta = described(bytes);
        meta["version"] = json!(1);
        meta
    };
    let files = repository.files();
    assert_eq!(
        role("timestamp.json")["signed"]["meta"],
        json!({ "snapshot.json": versioned(&files["1.snapshot.json"]) })
    );
    assert_eq!(
        role("1.snapshot.json")["signed"]["meta"],
        json!({ "targets.json": versioned(&files["1.targets.json"]) })
    );
    assert_eq!(
        role("1.targets.json")["signed"]["targets"],
        json!({ "trusted_root.json": described(ROOT), "signing_config.v0.2.json": described(CONFIG) })
    );
}

#[tokio::test]
async fn target_in_a_directory_keeps_its_place() {
    let targets = vec![("deep/er/file.json".to_owned(), CONFIG.to_vec())];
    let repository = TufRepository::new(&Seed::new("tuf"), Clock::Fixed(now()), targets).unwrap();
    let digest = hex::encode(Sha256::digest(CONFIG));
    assert_eq!(
        repository.files()[&format!("targets/deep/er/{digest}.file.json")],
        CONFIG
    );
    assert_eq!(
        target(repository.files().clone(), "deep/er/file.json", now())
            .await
            .unwrap(),
        CONFIG
    );
}

#[test]
fn names_that_leave_the_directory_and_repeated_names_are_refused() {
    let made = |names: &[&str]| {
        let targets = names.iter().map(|name| ((*name).to_owned(), vec![])).collect();
        TufRepository::new(&Seed::new("tuf"), Clock::Fixed(now()), targets).map(drop)
    };
    for name in ["", "../x", "a/../x", "/x", "a//b", "a/", "c:x", r"a\b"] {
        let refused = made(&[name]);
        assert!(matches!(refused, Err(TufError::TargetName { found }) if found == name));
    }
    assert!(matches!(made(&["a", "a"]), Err(TufError::DuplicateTarget { found }) if found == "a"));
    assert!(made(&["a", "b"]).is_ok());
    let end = TufRepository::new(&Seed::new("tuf"), Clock::Fixed(Timestamp::MAX), vec![]);
    assert!(matches!(end, Err(TufError::EndOfTime { .. })));
}

#[test]
fn files_are_written_as_they_are_served() {
    let directory = tempfile::tempdir().unwrap();
    repository().write_to(directory.path()).unwrap();
    for (path, bytes) in repository().files() {
        assert_eq!(
            &std::fs::read(directory.path().join(path)).unwrap(),
            bytes,
            "{path}"
        );
    }
    let file = directory.path().join("timestamp.json");
    let error = repository().write_to(&file).unwrap_err();
    assert!(matches!(error, TufError::Write { path, .. } if path.starts_with(&file)));
}

/// Fetches the files of a served repository over HTTP, then asks a client what it makes of them.
async fn over_http(url: &str) -> Result<Vec<u8>, Error> {
    let mut files = BTreeMap::new();
    for path in repository().files().keys() {
        let answer = client().get(format!("{url}/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        files.insert(path.clone(), answer.bytes().await.unwrap().to_vec());
    }
    trusted_root(files).await
}

#[tokio::test]
async fn served_files_are_the_repositorys_and_the_chain_of_roots_ends_in_404() {
    let url = served(repository().router(&Faults::new())).await;
    assert_eq!(over_http(&url).await.unwrap(), ROOT);
    for path in [
        "2.root.json",
        "snapshot.json",
        "trusted_root.json",
        "targets/trusted_root.json",
    ] {
        let answer = client().get(format!("{url}/{path}")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn faults_change_signatures_and_targets() {
    let faults = Faults::new();
    let url = served(repository().router(&faults)).await;

    faults.set(Service::Tuf, Fault::WrongSignature, Times::Always);
    let error = over_http(&url).await.unwrap_err();
    assert!(matches!(error, Error::ThresholdNotMet { role, .. } if role == "timestamp"));

    faults.set(Service::Tuf, Fault::OtherEntry, Times::Always);
    let error = over_http(&url).await.unwrap_err();
    assert!(matches!(error, Error::IntegrityMismatch(_)));

    faults.clear();
    assert_eq!(over_http(&url).await.unwrap(), ROOT);
}

//! `slsa-verify trust update` fetches a root over TUF, from a repository that is really asked.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use std::path::Path;

use slsa_sandbox::{Fault, Instance, Server, ServerOptions, Service, Times};

/// Calls `slsa-verify trust update` and returns exit code, output and complaints.
fn update(sandbox: &Server, directory: &Path) -> (u8, String, String) {
    sandbox.write_files(directory).unwrap();
    let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
    let arguments = [
        "slsa-verify".into(),
        "trust".into(),
        "update".into(),
        "--tuf-url".into(),
        format!("{}/tuf", sandbox.url()).into(),
        "--tuf-root".into(),
        directory.join("tuf_root.json").into(),
        "--name".into(),
        "sandbox".into(),
        "--directory".into(),
        directory.as_os_str().to_owned(),
    ];
    let exit = slsa_verifier::cli::call(arguments, &mut stdout, &mut stderr);
    (
        exit,
        String::from_utf8(stdout).unwrap(),
        String::from_utf8(stderr).unwrap(),
    )
}

#[test]
fn the_root_that_is_published_is_fetched_and_written() {
    let sandbox = Server::start(ServerOptions::default()).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let (exit, stdout, stderr) = update(&sandbox, directory.path());
    assert_eq!(exit, 0, "{stderr}");
    let path = directory.path().join("sandbox.trusted_root.json");
    assert!(stdout.starts_with(&path.display().to_string()), "{stdout}");
    let fetched: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    let published = sandbox.sandbox().trusted_root(Instance::Public).unwrap();
    for list in [
        "tlogs",
        "certificateAuthorities",
        "ctlogs",
        "timestampAuthorities",
    ] {
        let length = |root: &serde_json::Value| root[list].as_array().map(Vec::len);
        assert_eq!(length(&fetched), length(&published), "{list}");
    }
}

#[test]
fn a_root_with_another_signature_or_another_byte_is_not_written() {
    for fault in [Fault::WrongSignature, Fault::OtherEntry, Fault::ServerError] {
        let sandbox = Server::start(ServerOptions::default()).unwrap();
        sandbox.faults().set(Service::Tuf, fault.clone(), Times::Always);
        let directory = tempfile::tempdir().unwrap();
        let (exit, stdout, stderr) = update(&sandbox, directory.path());
        assert_eq!((exit, stdout.as_str()), (1, ""), "{fault:?}");
        assert!(
            stderr.contains("the root could not be fetched"),
            "{fault:?}: {stderr}"
        );
        assert!(
            !directory.path().join("sandbox.trusted_root.json").exists(),
            "{fault:?}"
        );
    }
}

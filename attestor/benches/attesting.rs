//! Attesting 1, 100 and 10,000 artifacts, hashing beside `sha256sum`, and the whole quickstart: ratios of one run.
//!
//! ```text
//! cargo bench -p slsa-attestor
//! ```

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::arithmetic_side_effects,
    reason = "a bench"
)]

#[path = "../../verifier/benches/timing/mod.rs"]
mod timing;

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use jiff::Timestamp;
use slsa_attestor::predicate::{BuildDetails, provenance_v1};
use slsa_attestor::subjects::{SubjectOptions, SubjectSource, batches, collect};
use slsa_attestor::{
    Context, ContextRules, Http, HttpOptions, Issuer, IssuerKind, LogVisibility, Services, Signer, TokenHost,
    TokenSource,
};
use slsa_sandbox::{Instance, Server, ServerOptions};
use slsa_verifier::TrustRoot;
use timing::least;

const LARGE: usize = 256 << 20;

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

fn main() {
    let directory = tempfile::tempdir().unwrap();
    attesting(directory.path());
    hashing(directory.path());
    quickstart(directory.path());
}

/// From the token to the verified bundles, against a sandbox on this machine.
fn attesting(directory: &Path) {
    let sandbox = Server::start(ServerOptions::default()).unwrap();
    let http = || Http::new(HttpOptions::default()).unwrap();
    let issuer = Issuer::custom(
        IssuerKind::GitHub,
        sandbox.issuer().url(),
        "https://git.slsa-sandbox.test",
    )
    .unwrap();
    let variables = sandbox.environment();
    let variables = |name: &str| {
        variables
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    };
    let source = TokenSource::github(&variables, &[TokenHost::Exactly("127.0.0.1".to_owned())]).unwrap();
    let root = || {
        let root = sandbox.trusted_root(Instance::Public).unwrap();
        TrustRoot::from_json("sandbox", root.as_bytes()).unwrap()
    };
    println!("attesting: files hashed, token, certificate, signatures, log, timestamps, own verification");
    println!(
        "{:>10} {:>12} {:>12} {:>10}",
        "subjects", "statements", "ms", "x of one"
    );
    let mut one = None;
    for count in [1, 100, 10_000] {
        let folder = directory.join(count.to_string());
        std::fs::create_dir(&folder).unwrap();
        for n in 0..count {
            std::fs::write(folder.join(n.to_string()), n.to_string()).unwrap();
        }
        let mut statements = 0;
        let time = least(5, || {
            let sources = [SubjectSource::Path(folder.display().to_string())];
            let subjects = collect(&sources, &SubjectOptions::default(), &|_| {}).unwrap();
            let context = Context::establish(
                &http(),
                &source,
                &issuer,
                &ContextRules::default(),
                LogVisibility::Public,
                &Timestamp::now,
            )
            .unwrap();
            let services =
                Services::from_signing_config(&sandbox.signing_config(Some(2)), None, Timestamp::now())
                    .unwrap();
            let signer = Signer::new(http(), services, vec![root()]).unwrap();
            let predicate = provenance_v1(context.claims(), &BuildDetails::default()).unwrap();
            let certified = signer.certify(context.token(), context.claims()).unwrap();
            statements = 0;
            for batch in batches(subjects) {
                let statement = predicate.statement(batch).unwrap();
                signer.sign(&certified, &statement, Timestamp::now).unwrap();
                statements += 1;
            }
        });
        let one = *one.get_or_insert(milliseconds(time));
        println!(
            "{count:>10} {statements:>12} {:>12.1} {:>10.1}",
            milliseconds(time),
            milliseconds(time) / one
        );
    }
}

/// One large file, beside the program that everybody knows.
fn hashing(directory: &Path) {
    let file = directory.join("large");
    std::fs::write(&file, vec![7; LARGE]).unwrap();
    let ours = least(3, || {
        let sources = [SubjectSource::Path(file.display().to_string())];
        collect(&sources, &SubjectOptions::default(), &|_| {}).unwrap();
    });
    let peer = least(3, || {
        let status = Command::new("sha256sum")
            .arg(&file)
            .stdout(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    });
    println!(
        "hashing {} MiB: ours {:.0} ms, sha256sum {:.0} ms, ratio {:.2}",
        LARGE >> 20,
        milliseconds(ours),
        milliseconds(peer),
        ours.as_secs_f64() / peer.as_secs_f64()
    );
}

/// The README's first command, once it is built.
fn quickstart(directory: &Path) {
    let time = least(5, || {
        let status = Command::new(env!("CARGO_BIN_EXE_slsa-attest"))
            .arg("quickstart")
            .current_dir(directory)
            .stderr(Stdio::null())
            .status();
        assert!(status.unwrap().success());
    });
    println!("quickstart, the whole process: {:.0} ms", milliseconds(time));
}

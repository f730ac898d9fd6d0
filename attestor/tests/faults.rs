//! What the attestor does when a service fails or lies: a typed error, no bundle, no file, and no token in any text.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::print_stderr,
    reason = "tests"
)]

mod support;

use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use slsa_attestor::store::{GitHubStore, GitHubStoreError};
use slsa_attestor::{
    CertificateField, Claims, Context, ContextError, ContextRules, Http, HttpError, HttpOptions,
    LogVisibility, Pacing, Secret, Services, SignError, SignedBundle, Signer, TokenHost, TokenSource,
};
use slsa_sandbox::{Fault, Instance, Server, Service, Times};
use slsa_verifier::TrustRoot;
use support::{environment, issuer, sandbox, statement};

/// Longer than anybody here waits.
const SLOW: Duration = Duration::from_secs(60);
/// How long is waited for an answer: long enough for a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(3);
/// More than is read of any answer; those of a log may have the most.
const TOO_LARGE: usize = 5 << 20;

/// Time that passes only where somebody sleeps.
#[derive(Default)]
struct NoWaiting(Mutex<Vec<Duration>>);

impl Pacing for NoWaiting {
    fn now(&self) -> Duration {
        self.0.lock().unwrap().iter().sum()
    }

    fn sleep(&self, pause: Duration) {
        self.0.lock().unwrap().push(pause);
    }

    fn random(&self) -> u64 {
        0
    }
}

#[derive(Debug)]
enum Failed {
    Context(ContextError),
    Sign(SignError),
    Store(GitHubStoreError),
}

impl Failed {
    fn code(&self) -> &'static str {
        match self {
            Self::Context(error) => error.code(),
            Self::Sign(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Context(error) => error.to_string(),
            Self::Sign(error) => error.to_string(),
            Self::Store(error) => error.to_string(),
        }
    }
}

/// What came of it: the repository that is attested, and the bundle.
struct Attested {
    claims: Claims,
    bundle: SignedBundle,
}

/// A client of the sandbox that waits for nothing.
struct Client {
    options: HttpOptions,
    pacing: Arc<NoWaiting>,
}

impl Client {
    fn new() -> Self {
        let pacing = Arc::new(NoWaiting::default());
        let mut options = HttpOptions::default();
        options.limits.request = PATIENCE;
        options.pacing = pacing.clone();
        Self { options, pacing }
    }

    fn http(&self) -> Http {
        Http::new(self.options.clone()).unwrap()
    }

    /// The whole way, from the token to GitHub's store.
    fn attest(&self, sandbox: &Server, log: u32) -> Result<Attested, Failed> {
        let http = self.http();
        let variables = environment(sandbox);
        let hosts = [TokenHost::Exactly("127.0.0.1".to_owned())];
        let source = TokenSource::github(&variables, &hosts).unwrap();
        let (issuer, rules) = (issuer(sandbox), ContextRules::default());
        let context = Context::establish(
            &http,
            &source,
            &issuer,
            &rules,
            LogVisibility::Public,
            &Timestamp::now,
        )
        .map_err(Failed::Context)?;
        let root = sandbox.trusted_root(Instance::Public).unwrap();
        let root = TrustRoot::from_json("sandbox", root.as_bytes()).unwrap();
        let config = sandbox.signing_config(Some(log));
        let services = Services::from_signing_config(&config, None, Timestamp::now()).unwrap();
        let signer = Signer::new(self.http(), services, vec![root]).unwrap();
        let certified = signer
            .certify(context.token(), context.claims())
            .map_err(Failed::Sign)?;
        let bundle = signer
            .sign(&certified, &statement(), Timestamp::now)
            .map_err(Failed::Sign)?;
        let api = variables("GITHUB_API_URL").unwrap();
        let token = Secret::new(variables("GITHUB_TOKEN").unwrap());
        GitHubStore::new(api, "slsa-sandbox/example", token)
            .store(&http, bundle.json())
            .map_err(Failed::Store)?;
        Ok(Attested {
            claims: context.claims().clone(),
            bundle,
        })
    }
}

/// The services on the way, with the version of the log beside which they are asked.
const SERVICES: [(Service, u32); 6] = [
    (Service::Oidc, 2),
    (Service::Fulcio, 2),
    (Service::Rekor, 1),
    (Service::Rekor, 2),
    (Service::Timestamp, 2),
    (Service::GitHub, 2),
];

/// A request that must not be repeated is not: it would be logged, or stored, twice.
fn may_be_repeated(service: Service, log: u32) -> bool {
    service != Service::GitHub && (service, log) != (Service::Rekor, 2)
}

/// Commits a fault each time, and returns the error and how often the client slept.
fn fails(service: Service, log: u32, fault: Fault) -> (Failed, usize) {
    let (sandbox, client) = (sandbox(), Client::new());
    sandbox.faults().set(service, fault.clone(), Times::Always);
    let Err(failed) = client.attest(&sandbox, log) else {
        panic!("{service:?} with log {log} did {fault:?}, and nobody noticed");
    };
    assert!(
        !failed.text().contains("eyJ") && !format!("{failed:?}").contains("eyJ"),
        "{failed:?}"
    );
    // One change apart: without the fault all is well.
    sandbox.faults().clear();
    if let Err(failed) = client.attest(&sandbox, log) {
        panic!("{service:?} with log {log} after {fault:?}: {failed:?}");
    }
    let slept = client.pacing.0.lock().unwrap().len();
    (failed, slept)
}

#[test]
fn what_fails_on_the_way_is_said_with_its_code() {
    let elsewhere = || Fault::Redirect("https://elsewhere.example/".to_owned());
    for (service, log) in SERVICES {
        let again = if may_be_repeated(service, log) { 2 } else { 0 };
        // A timestamp's answer is DER; all others are JSON.
        let half = if service == Service::Timestamp {
            "service-answer"
        } else {
            "http-not-json"
        };
        for (fault, code, slept) in [
            (Fault::ServerError, "http-status", again),
            (Fault::TooManyRequests { retry_after: 2 }, "http-status", again),
            (Fault::Cut, "http-cut", again),
            (Fault::Truncated, half, 0),
            (Fault::Oversized(TOO_LARGE), "http-too-large", 0),
            (elsewhere(), "http-redirected", 0),
        ] {
            let (failed, found) = fails(service, log, fault.clone());
            assert_eq!(
                (failed.code(), found),
                (code, slept),
                "{service:?} with log {log} did {fault:?}: {failed:?}"
            );
        }
    }
}

#[test]
fn who_takes_too_long_is_not_waited_for() {
    let all = SERVICES.map(|(service, log)| {
        std::thread::spawn(move || (service, log, fails(service, log, Fault::Slow(SLOW))))
    });
    for thread in all {
        let (service, log, (failed, slept)) = thread.join().unwrap();
        assert_eq!(
            (failed.code(), slept),
            ("http-timeout", 0),
            "{service:?} with log {log}: {failed:?}"
        );
    }
}

#[test]
fn what_may_be_repeated_is_and_nothing_else() {
    for (service, log) in SERVICES {
        for fault in [
            Fault::ServerError,
            Fault::Cut,
            Fault::TooManyRequests { retry_after: 2 },
        ] {
            let (sandbox, client) = (sandbox(), Client::new());
            sandbox.faults().set(service, fault.clone(), Times::Once);
            let attested = client.attest(&sandbox, log);
            assert_eq!(
                attested.is_ok(),
                may_be_repeated(service, log),
                "{service:?} with log {log} did {fault:?} once: {:?}",
                attested.err()
            );
            let slept = client.pacing.0.lock().unwrap().clone();
            if let (Fault::TooManyRequests { .. }, [pause]) = (&fault, slept.as_slice()) {
                assert_eq!(*pause, Duration::from_secs(2), "as the service asked");
            }
        }
    }
}

#[test]
fn a_redirect_and_a_status_say_what_was_answered() {
    let (failed, _) = fails(
        Service::Fulcio,
        2,
        Fault::Redirect("https://elsewhere.example/x".to_owned()),
    );
    let Failed::Sign(SignError::Service {
        error: HttpError::Redirected { status, to_host, .. },
        ..
    }) = failed
    else {
        panic!("{failed:?}")
    };
    assert_eq!((status, to_host.as_deref()), (307, Some("elsewhere.example")));

    let (failed, _) = fails(Service::GitHub, 2, Fault::TooManyRequests { retry_after: 7 });
    let Failed::Store(GitHubStoreError::Http(HttpError::Status {
        status, retry_after, ..
    })) = failed
    else {
        panic!("{failed:?}")
    };
    assert_eq!((status, retry_after), (429, Some(Duration::from_secs(7))));
}

#[test]
fn who_lies_is_found_out_before_anything_is_returned() {
    for (service, log, fault, code) in [
        (Service::Oidc, 2, Fault::WrongSignature, "oidc-signature"),
        (Service::Fulcio, 2, Fault::WrongSignature, "certificate-untrusted"),
        (Service::Fulcio, 2, Fault::OtherIdentity, "certificate-disagrees"),
        (Service::Rekor, 1, Fault::WrongSignature, "log-promise-invalid"),
        (Service::Rekor, 2, Fault::WrongSignature, "log-checkpoint-invalid"),
        (Service::Rekor, 1, Fault::OtherEntry, "log-entry-mismatch"),
        (Service::Rekor, 2, Fault::OtherEntry, "log-entry-mismatch"),
        (Service::Timestamp, 2, Fault::WrongSignature, "timestamp-invalid"),
        (Service::Timestamp, 2, Fault::OtherEntry, "timestamp-answer"),
    ] {
        let (failed, slept) = fails(service, log, fault.clone());
        assert_eq!(
            (failed.code(), slept),
            (code, 0),
            "{service:?} with log {log} did {fault:?}: {failed:?}"
        );
    }
}

#[test]
fn a_certificate_for_another_repository_names_the_field() {
    let (failed, _) = fails(Service::Fulcio, 1, Fault::OtherIdentity);
    let Failed::Sign(SignError::Certificate(disagreement)) = failed else {
        panic!("{failed:?}")
    };
    assert_eq!(
        (
            disagreement.field,
            disagreement.claim.as_str(),
            disagreement.certificate.as_deref()
        ),
        (
            CertificateField::SourceRepositoryUri,
            "https://git.slsa-sandbox.test/slsa-sandbox/example",
            Some("https://git.slsa-sandbox.test/somebody/else")
        )
    );
}

#[test]
fn a_token_of_another_run_attests_that_run_and_not_the_one_that_asked() {
    let (sandbox, client) = (sandbox(), Client::new());
    sandbox
        .faults()
        .set(Service::Oidc, Fault::OtherIdentity, Times::Always);
    let attested = client
        .attest(&sandbox, 2)
        .unwrap_or_else(|failed| panic!("{failed:?}"));
    let Claims::GitHub(claims) = &attested.claims else {
        panic!("GitLab's")
    };
    assert_eq!(claims.repository, "slsa-sandbox/example-other");
    let signer = format!("{:?}", attested.bundle.verified().signature().signer());
    assert!(signer.contains("slsa-sandbox/example-other"), "{signer}");
}

/// The binary in a folder of its own, as a job of the sandbox would run it.
struct Job {
    sandbox: Server,
    services: tempfile::TempDir,
    folder: tempfile::TempDir,
}

impl Job {
    fn new() -> Self {
        let (services, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sandbox = sandbox();
        sandbox.write_files(services.path()).unwrap();
        std::fs::write(folder.path().join("artifact"), "what was built\n").unwrap();
        Self {
            sandbox,
            services,
            folder,
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let file = |name: &str| self.services.path().join(name);
        let output = Command::new(env!("CARGO_BIN_EXE_slsa-attest"))
            .args(["provenance", "artifact", "--signing-config"])
            .arg(file("signing_config.json"))
            .arg("--trusted-root")
            .arg(file("trusted_root.json"))
            .args(["--issuer", self.sandbox.issuer().url()])
            .args(["--server-url", "https://git.slsa-sandbox.test"])
            .args(arguments)
            .env_clear()
            .envs(self.sandbox.environment())
            .current_dir(self.folder.path())
            .output()
            .unwrap();
        for text in [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes)) {
            for (name, secret) in self.sandbox.environment() {
                assert!(
                    !name.ends_with("TOKEN") || !text.contains(&secret),
                    "{name} in: {text}"
                );
            }
            assert!(!text.contains("eyJ"), "a token in: {text}");
        }
        output
    }

    /// The files in the folder, in order.
    fn files(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

#[test]
fn the_command_says_what_failed_by_its_exit_code_and_leaves_nothing() {
    let job = Job::new();
    for (service, fault, exit, code) in [
        (Service::Oidc, Fault::WrongSignature, 10, "oidc-signature"),
        (Service::Oidc, Fault::Truncated, 1, "http-not-json"),
        (Service::Fulcio, Fault::OtherIdentity, 10, "certificate-disagrees"),
        (
            Service::Fulcio,
            Fault::Redirect("https://elsewhere.example/".to_owned()),
            1,
            "http-redirected",
        ),
        (Service::Rekor, Fault::ServerError, 1, "http-status"),
        (Service::Rekor, Fault::OtherEntry, 10, "log-entry-mismatch"),
        (Service::Timestamp, Fault::WrongSignature, 10, "timestamp-invalid"),
        (
            Service::Timestamp,
            Fault::Oversized(TOO_LARGE),
            1,
            "http-too-large",
        ),
    ] {
        job.sandbox.faults().clear();
        job.sandbox.faults().set(service, fault.clone(), Times::Always);
        let output = job.run(&[]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(
            output.status.code(),
            Some(exit),
            "{service:?} did {fault:?}: {stderr}"
        );
        assert!(stderr.contains(code), "{service:?} did {fault:?}: {stderr}");
        assert_eq!(job.files(), ["artifact"], "{service:?} did {fault:?}");
    }
    job.sandbox.faults().clear();
    let output = job.run(&[]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(job.files(), ["artifact", "provenance.sigstore.json"]);
}

#[test]
fn a_bundle_that_github_did_not_store_is_still_in_its_file() {
    let job = Job::new();
    job.sandbox
        .faults()
        .set(Service::GitHub, Fault::ServerError, Times::Always);
    let output = job.run(&["--github-store"]);
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    assert_eq!(job.files(), ["artifact", "provenance.sigstore.json"]);
}

#[test]
fn another_issuer_is_taken_with_other_services_alone() {
    let output = Command::new(env!("CARGO_BIN_EXE_slsa-attest"))
        .args(["provenance", "artifact", "--issuer", "http://127.0.0.1:1/oidc"])
        .args(["--server-url", "https://git.example.com"])
        .env_clear()
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("--signing-config"), "{stderr}");
}

//! A sandbox, and an attestor that uses it.
#![allow(
    dead_code,
    clippy::unwrap_used,
    reason = "not each test uses all of it, and a failure is a panic"
)]

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use slsa_attestor::{
    Context, ContextError, ContextRules, Http, HttpOptions, Issuer, IssuerKind, LogVisibility, Services,
    Signer, TokenHost, TokenSource,
};
use slsa_predicates::{Digest, Statement, Subject};
use slsa_sandbox::{Instance, Server, ServerOptions};
use slsa_verifier::TrustRoot;

/// The folder of a corpus, or `None` where there are no corpora, which it says aloud.
pub(crate) fn corpus(name: &str) -> Option<PathBuf> {
    match std::env::var_os("SLSA_CORPORA") {
        Some(corpora) => Some(Path::new(&corpora).join(name)),
        None => {
            eprintln!("skipped: SLSA_CORPORA is not set, so the corpus {name} was not read");
            None
        }
    }
}

/// A sandbox that is up.
pub(crate) fn sandbox() -> Server {
    Server::start(ServerOptions::default()).unwrap()
}

/// A client that waits for nothing.
pub(crate) fn http() -> Http {
    Http::new(HttpOptions::default()).unwrap()
}

/// The sandbox's issuer.
pub(crate) fn issuer(sandbox: &Server) -> Issuer {
    Issuer::custom(
        IssuerKind::GitHub,
        sandbox.issuer().url(),
        "https://git.slsa-sandbox.test",
    )
    .unwrap()
}

/// The variables that a runner sets.
pub(crate) fn environment(sandbox: &Server) -> impl Fn(&str) -> Option<String> {
    let all = sandbox.environment();
    move |name: &str| {
        all.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value.clone())
    }
}

/// The context of the sandbox's run.
pub(crate) fn context(
    sandbox: &Server,
    rules: &ContextRules,
    log: LogVisibility,
) -> Result<Context, ContextError> {
    let hosts = [TokenHost::Exactly("127.0.0.1".to_owned())];
    let source = TokenSource::github(&environment(sandbox), &hosts)?;
    Context::establish(&http(), &source, &issuer(sandbox), rules, log, &Timestamp::now)
}

/// A signer of an instance, with its log of this version.
pub(crate) fn signer(sandbox: &Server, log: Option<u32>) -> Signer {
    let instance = if log.is_some() {
        Instance::Public
    } else {
        Instance::Private
    };
    let root = sandbox.trusted_root(instance).unwrap();
    let root = TrustRoot::from_json("sandbox", root.as_bytes()).unwrap();
    let services =
        Services::from_signing_config(&sandbox.signing_config(log), None, Timestamp::now()).unwrap();
    Signer::new(http(), services, vec![root]).unwrap()
}

/// A statement about nothing much.
pub(crate) fn statement() -> Statement {
    let digest = Digest::parse(&format!("sha256:{}", "ab".repeat(32))).unwrap();
    let subject = Subject::new("artifact", digest);
    Statement::new(
        "https://example.com/predicate",
        [subject],
        &serde_json::json!({ "a": 1 }),
    )
    .unwrap()
}

//! Statements signed against the sandbox's services, over HTTP.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod support;

use jiff::Timestamp;
use slsa_attestor::{ContextRules, LogVisibility};
use slsa_verifier::{LogProof, VerifiedSigner};
use support::{context, sandbox, signer, statement};

#[test]
fn a_statement_is_signed_with_either_log_and_without_one() {
    let sandbox = sandbox();
    for (log, entries, times) in [(Some(1), 1, 2), (Some(2), 1, 1), (None, 0, 1)] {
        let visibility = if log.is_some() {
            LogVisibility::Public
        } else {
            LogVisibility::None
        };
        let context = context(&sandbox, &ContextRules::default(), visibility).unwrap();
        let signer = signer(&sandbox, log);
        let certified = signer.certify(context.token(), context.claims()).unwrap();
        let bundle = signer.sign(&certified, &statement(), Timestamp::now).unwrap();

        let verified = bundle.verified();
        assert_eq!(verified.statement(), &statement());
        let evidence = verified.signature().evidence();
        assert_eq!(
            (evidence.log_entries.len(), evidence.times.len()),
            (entries, times),
            "log {log:?}"
        );
        let VerifiedSigner::Certificate(identity) = verified.signature().signer() else {
            panic!("a key")
        };
        assert_eq!(
            identity.subject_alternative_name.as_str(),
            "https://git.slsa-sandbox.test/slsa-sandbox/example/.github/workflows/release.yml@refs/heads/main"
        );
        let _ = LogProof::Promise;
    }
}

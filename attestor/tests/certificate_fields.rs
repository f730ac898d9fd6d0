//! The certificate must say what the token says: each field that differs ends it before anything is signed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

mod support;

use slsa_attestor::{CertificateField as F, Claims, ContextRules, GitHubClaims, LogVisibility, SignError};
use support::{context, sandbox, signer};

type Change = fn(&mut GitHubClaims);

/// A claim that is not the token's, and the field of the certificate that gives it away.
const CHANGES: [(Change, F); 14] = [
    (
        |claims| claims.job_workflow_ref = "a/b/.github/workflows/c.yml@refs/heads/main".to_owned(),
        F::SubjectAlternativeName,
    ),
    (|claims| claims.issuer.push('x'), F::Issuer),
    (
        |claims| claims.job_workflow_sha = "0".repeat(40),
        F::BuildSignerDigest,
    ),
    (
        |claims| claims.runner_environment = "self-hosted".to_owned(),
        F::RunnerEnvironment,
    ),
    (
        |claims| claims.repository = "somebody/else".to_owned(),
        F::SourceRepositoryUri,
    ),
    (|claims| claims.sha = "0".repeat(40), F::SourceRepositoryDigest),
    (
        |claims| claims.git_ref = "refs/tags/v9".to_owned(),
        F::SourceRepositoryRef,
    ),
    (
        |claims| claims.repository_id = "9".to_owned(),
        F::SourceRepositoryIdentifier,
    ),
    (
        |claims| claims.repository_owner = "somebody".to_owned(),
        F::SourceRepositoryOwnerUri,
    ),
    (
        |claims| claims.repository_owner_id = "9".to_owned(),
        F::SourceRepositoryOwnerIdentifier,
    ),
    (
        |claims| claims.workflow_ref = "a/b/.github/workflows/c.yml@refs/heads/main".to_owned(),
        F::BuildConfigUri,
    ),
    (|claims| claims.event_name = "release".to_owned(), F::BuildTrigger),
    (|claims| claims.run_attempt = "9".to_owned(), F::RunInvocationUri),
    (
        |claims| claims.repository_visibility = "private".to_owned(),
        F::SourceRepositoryVisibility,
    ),
];

#[test]
fn a_certificate_of_the_same_run_is_taken_and_one_that_differs_in_any_field_is_not() {
    let sandbox = sandbox();
    let context = context(&sandbox, &ContextRules::default(), LogVisibility::Public).unwrap();
    let signer = signer(&sandbox, Some(2));
    signer.certify(context.token(), context.claims()).unwrap();

    let Claims::GitHub(claims) = context.claims() else {
        panic!("not GitHub's")
    };
    for (change, field) in CHANGES {
        let mut other = claims.clone();
        change(&mut other);
        match signer.certify(context.token(), &Claims::GitHub(other)) {
            Err(SignError::Certificate(disagreement)) => assert_eq!(disagreement.field, field),
            Err(error) => panic!("{field}: {error}"),
            Ok(_) => panic!("{field}: taken"),
        }
    }
}

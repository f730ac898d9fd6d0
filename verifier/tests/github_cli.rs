//! Every file of GitHub's command line's own test data: accepted or refused as its name says.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use slsa_verifier::{
    Artifact, Code, EmbeddedRoot, Limits, LogProof, TrustDomain, TrustRoot, Verified, VerifiedSigner,
    Verifier, parse,
};

const WHEEL: &str = "github_provenance_demo-0.0.12-py3-none-any.whl";
const TARBALL: &str = "sigstore-js-2.1.0.tgz";

fn roots(roots: &[EmbeddedRoot]) -> Vec<TrustRoot> {
    roots
        .iter()
        .map(|root| TrustRoot::embedded(*root).unwrap())
        .collect()
}

/// Verifies each attestation of a file, under the given roots.
fn verify(roots: Vec<TrustRoot>, bundle: &str, artifact: &str) -> Option<Vec<Result<Verified, Code>>> {
    let corpus = support::corpus("github-cli")?;
    let artifact = Artifact::from_bytes(&support::read(&corpus.join(artifact)));
    let verifier = Verifier::builder(roots).build().unwrap();
    let parsed = match parse(&support::read(&corpus.join(bundle)), &Limits::default()) {
        Ok(parsed) => parsed,
        Err(error) => return Some(vec![Err(error.code())]),
    };
    let verify = |item: &slsa_verifier::ParsedItem| match &item.result {
        Ok(attestation) => verifier
            .verify_any(attestation, &artifact, support::now())
            .map_err(|error| error.code()),
        Err(error) => Err(error.code()),
    };
    Some(parsed.items.iter().map(verify).collect())
}

fn codes(bundle: &str, artifact: &str) -> Option<Vec<Result<TrustDomain, Code>>> {
    let results = verify(roots(&EmbeddedRoot::DEFAULT), bundle, artifact)?;
    let domain = |verified: Verified| verified.signature().trust_domain().unwrap().clone();
    Some(results.into_iter().map(|result| result.map(domain)).collect())
}

/// A bundle, an artifact, and what becomes of each attestation.
type Expected<'a> = (&'a str, &'a str, &'a [Result<TrustDomain, Code>]);

#[test]
fn each_file_is_accepted_or_refused_as_its_name_says() {
    let expected: &[Expected<'_>] = &[
        (
            "custom-issuer.sigstore.json",
            "custom-issuer-artifact",
            &[Ok(TrustDomain::PublicGood)],
        ),
        (
            "reusable-workflow-attestation.sigstore.json",
            "reusable-workflow-artifact",
            &[Ok(TrustDomain::PublicGood)],
        ),
        (
            "sigstore-js-2.1.0-bundle-v0.1.json",
            TARBALL,
            &[Ok(TrustDomain::PublicGood)],
        ),
        (
            "sigstore-js-2.1.0-bundle.json",
            TARBALL,
            &[Ok(TrustDomain::PublicGood)],
        ),
        (
            "sigstore-js-2.1.0_with_2_bundles.jsonl",
            TARBALL,
            &[Ok(TrustDomain::PublicGood), Ok(TrustDomain::PublicGood)],
        ),
        (
            "github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl",
            WHEEL,
            &[Ok(TrustDomain::GitHub)],
        ),
        (
            "github_provenance_demo-0.0.12-py3-none-any-bundle-missing-cert.jsonl",
            WHEEL,
            &[Err(Code::BundleShape)],
        ),
        (
            "github_provenance_demo-0.0.12-py3-none-any-bundle-missing-verification-material.jsonl",
            WHEEL,
            &[Err(Code::BundleShape)],
        ),
        (
            "sigstoreBundle-invalid-signature.json",
            TARBALL,
            &[Err(Code::SignatureInvalid)],
        ),
        // The same bundles beside another artifact.
        (
            "reusable-workflow-attestation.sigstore.json",
            WHEEL,
            &[Err(Code::SubjectMismatch)],
        ),
        (
            "sigstore-js-2.1.0-bundle.json",
            WHEEL,
            &[Err(Code::SubjectMismatch)],
        ),
        (
            "github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl",
            TARBALL,
            &[Err(Code::SubjectMismatch)],
        ),
        // What is no attestation.
        ("trusted_root.json", TARBALL, &[Err(Code::NoAttestation)]),
    ];
    for (bundle, artifact, expected) in expected {
        let Some(found) = codes(bundle, artifact) else {
            return;
        };
        assert_eq!(found, *expected, "{bundle} for {artifact}");
    }
}

#[test]
fn the_signers_workflow_and_its_callers_repository_stand_apart() {
    let bundle = "reusable-workflow-attestation.sigstore.json";
    let Some(mut results) = verify(
        roots(&EmbeddedRoot::DEFAULT),
        bundle,
        "reusable-workflow-artifact",
    ) else {
        return;
    };
    let Verified::Statement(verified) = results.remove(0).unwrap() else {
        panic!("no statement")
    };
    let VerifiedSigner::Certificate(identity) = verified.signature().signer() else {
        panic!("no certificate")
    };
    let workflow = "https://github.com/github/artifact-attestations-workflows/.github/workflows/attest.yml\
                    @09b495c3f12c7881b3cc17209a327792065c1a1d";
    let extensions = &identity.extensions;
    assert_eq!(identity.subject_alternative_name.as_str(), workflow);
    assert_eq!(
        identity.issuer.as_deref(),
        Some("https://token.actions.githubusercontent.com")
    );
    assert_eq!(extensions.build_signer_uri.as_deref(), Some(workflow));
    assert_eq!(
        extensions.source_repository_uri.as_deref(),
        Some("https://github.com/malancas/attest-demo")
    );
    assert_eq!(
        extensions.source_repository_ref.as_deref(),
        Some("refs/heads/main")
    );
    assert_eq!(extensions.runner_environment.as_deref(), Some("github-hosted"));
    let [entry] = verified.signature().evidence().log_entries.as_slice() else {
        panic!("not one entry")
    };
    assert_eq!(
        (entry.log.as_str(), entry.log_index),
        ("https://rekor.sigstore.dev", 96_764_485)
    );
    assert_eq!(
        (entry.kind.as_str(), entry.proof),
        ("dsse 0.0.1", LogProof::InclusionAndPromise)
    );
    let [time] = verified.signature().evidence().times.as_slice() else {
        panic!("not one time")
    };
    assert_eq!(
        (time.time.to_string().as_str(), time.authority.as_str()),
        ("2024-05-24T19:14:24Z", "https://rekor.sigstore.dev")
    );
}

#[test]
fn githubs_instance_counts_under_its_own_root_alone() {
    let bundle = "github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl";
    let under = |root| verify(roots(&[root]), bundle, WHEEL).map(|mut results| results.remove(0).map(|_| ()));
    let Some(accepted) = under(EmbeddedRoot::GitHub) else {
        return;
    };
    assert_eq!(accepted, Ok(()));
    assert_eq!(
        under(EmbeddedRoot::PublicGood),
        Some(Err(Code::CertificateUntrusted))
    );
    assert_eq!(
        under(EmbeddedRoot::Staging),
        Some(Err(Code::CertificateUntrusted))
    );
}

#[test]
fn the_public_instance_counts_under_its_own_root_alone() {
    let bundle = "sigstore-js-2.1.0-bundle.json";
    let under =
        |root| verify(roots(&[root]), bundle, TARBALL).map(|mut results| results.remove(0).map(|_| ()));
    let Some(accepted) = under(EmbeddedRoot::PublicGood) else {
        return;
    };
    assert_eq!(accepted, Ok(()));
    assert_eq!(under(EmbeddedRoot::GitHub), Some(Err(Code::CertificateUntrusted)));
    // Staging's authority goes by the same name; its log is another.
    assert_eq!(under(EmbeddedRoot::Staging), Some(Err(Code::LogUnknown)));
}

#[test]
fn a_root_that_the_caller_gave_counts_under_the_callers_name() {
    let Some(corpus) = support::corpus("github-cli") else {
        return;
    };
    let root = TrustRoot::from_json("mine", &support::read(&corpus.join("trusted_root.json"))).unwrap();
    let mut results = verify(vec![root], "sigstore-js-2.1.0-bundle.json", TARBALL).unwrap();
    let verified = results.remove(0).unwrap();
    assert_eq!(
        verified.signature().trust_domain(),
        Some(&TrustDomain::Custom("mine".to_owned()))
    );
}

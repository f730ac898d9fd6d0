//! Provenance against the certificate of its signer: real pairs agree, and each field that is changed alone is
//! refused by its name.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use std::path::Path;

use slsa_verifier::{
    CertificateIdentity, ClaimedContent, Limits, Provenance, SharedField, compare_with_certificate, inspect,
    parse,
};

/// The view and the signer of every attestation in a file that has both. Unverified: the comparison is what is
/// looked at here.
fn pairs(path: &Path) -> Vec<(Provenance, CertificateIdentity)> {
    let Ok(parsed) = parse(&support::read(path), &Limits::default()) else {
        return Vec::new();
    };
    let inspections = parsed
        .items
        .iter()
        .filter_map(|item| item.result.as_ref().ok())
        .map(inspect);
    inspections
        .filter_map(|inspection| {
            let ClaimedContent::Envelope { statement, .. } = inspection.content else {
                return None;
            };
            let provenance = Provenance::read(statement.as_ref().as_ref().ok()?).ok()?;
            Some((provenance, inspection.certificate?.ok()?))
        })
        .collect()
}

#[test]
fn every_real_provenance_agrees_with_its_certificate_but_those_that_somebody_altered() {
    let mut paths = Vec::new();
    for corpus in ["slsa-verifier", "github-cli"] {
        let Some(corpus) = support::corpus(corpus) else {
            return;
        };
        support::files(&corpus, &mut paths);
    }
    paths.sort();
    let (mut agree, mut disagree) = (0, Vec::new());
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        for (provenance, identity) in pairs(&path) {
            match compare_with_certificate(&provenance, &identity) {
                Ok(fields) => {
                    assert!(fields.len() >= 5, "{name}: only {fields:?}");
                    agree += 1;
                }
                Err(error) => disagree.push((name.clone(), error.field)),
            }
        }
    }
    eprintln!(
        "{agree} provenances agree with their certificates, {} do not",
        disagree.len()
    );
    assert!(agree >= 40, "{agree}");
    for (name, field) in &disagree {
        assert!(
            name.contains("invalid") || name.contains("wrong-signer"),
            "{name} disagrees on {field}"
        );
    }
}

#[test]
fn each_field_changed_alone_is_refused_by_its_name() {
    let Some(corpus) = support::corpus("github-cli") else {
        return;
    };
    let bundle = corpus.join("reusable-workflow-attestation.sigstore.json");
    let (provenance, identity) = pairs(&bundle).remove(0);
    let agreed = compare_with_certificate(&provenance, &identity).unwrap();
    let change = |field| {
        let mut changed = provenance.clone();
        let text = || "changed".to_owned();
        match field {
            SharedField::WorkflowRepository => changed.workflow.as_mut().unwrap().repository = text(),
            SharedField::SourceRepository => changed.source.as_mut().unwrap().repository = text(),
            SharedField::WorkflowRef => changed.workflow.as_mut().unwrap().git_ref = Some(text()),
            SharedField::SourceRef => changed.source.as_mut().unwrap().git_ref = Some(text()),
            SharedField::Commit => changed.source.as_mut().unwrap().commit = Some(text()),
            SharedField::Event => changed.event = Some(text()),
            SharedField::WorkflowPath => changed.workflow.as_mut().unwrap().path = text(),
            SharedField::RepositoryId => changed.repository_id = Some(text()),
            SharedField::RepositoryOwnerId => changed.repository_owner_id = Some(text()),
            SharedField::RunId => changed.run.id = Some(text()),
            SharedField::RunAttempt => changed.run.attempt = Some(text()),
            SharedField::RunnerEnvironment => changed.runner_environment = Some(text()),
            other => panic!("{other} has no twin"),
        }
        changed
    };
    let fields = [
        SharedField::WorkflowRepository,
        SharedField::SourceRepository,
        SharedField::WorkflowRef,
        SharedField::SourceRef,
        SharedField::Commit,
        SharedField::Event,
        SharedField::WorkflowPath,
        SharedField::RepositoryId,
        SharedField::RepositoryOwnerId,
        SharedField::RunId,
        SharedField::RunAttempt,
        SharedField::RunnerEnvironment,
    ];
    for field in fields {
        let error = compare_with_certificate(&change(field), &identity).unwrap_err();
        assert_eq!((error.field, error.predicate.as_str()), (field, "changed"));
    }
    assert!(agreed.len() >= 11, "{agreed:?}");
}

#[test]
fn a_certificate_of_another_issuer_is_compared_by_its_current_extensions_and_not_by_githubs_old_ones() {
    let Some(corpus) = support::corpus("github-cli") else {
        return;
    };
    let bundle = corpus.join("reusable-workflow-attestation.sigstore.json");
    let (provenance, identity) = pairs(&bundle).remove(0);
    let agreed = compare_with_certificate(&provenance, &identity).unwrap();
    let mut elsewhere = identity;
    elsewhere.issuer = Some("https://github.example.com/_services/token".to_owned());
    assert_eq!(compare_with_certificate(&provenance, &elsewhere), Ok(agreed));

    let mut other_commit = elsewhere.clone();
    other_commit.extensions.source_repository_digest = Some("0".repeat(40));
    let error = compare_with_certificate(&provenance, &other_commit).unwrap_err();
    assert_eq!(error.field, SharedField::Commit);
    other_commit.extensions.source_repository_digest = None;
    other_commit.extensions.github_workflow_sha = Some("0".repeat(40));
    let shared = compare_with_certificate(&provenance, &other_commit).unwrap();
    assert!(!shared.contains(&SharedField::Commit));
}

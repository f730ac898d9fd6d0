//! What was attested, told to people and to programs.

use std::path::{Path, PathBuf};

use serde_json::json;
use slsa_predicates::Subject;
use slsa_verifier::{VerifiedLogEntry, VerifiedSigner};

use super::failure::Failure;
use crate::claims::Claims;
use crate::runner::{Source, StepSummary};
use crate::sign::SignedBundle;

/// The version of the report in JSON.
const SCHEMA_VERSION: u32 = 1;

/// Rows of subjects in the report for people.
const MAX_ROWS: usize = 10;

/// What was done.
pub(crate) struct Attested<'a> {
    pub(crate) kind: &'static str,
    pub(crate) claims: &'a Claims,
    pub(crate) bundles: &'a [SignedBundle],
    pub(crate) stored: &'a Stored,
}

/// Where it is now.
pub(crate) struct Stored {
    pub(crate) path: PathBuf,
    /// GitHub's numbers of the attestations.
    pub(crate) numbers: Vec<String>,
}

impl Attested<'_> {
    fn subjects(&self) -> impl Iterator<Item = &Subject> {
        self.bundles
            .iter()
            .flat_map(|bundle| bundle.verified().statement().subjects())
    }

    fn predicate_type(&self) -> &str {
        self.bundles
            .first()
            .map_or("", |bundle| bundle.verified().statement().predicate_type())
    }

    fn log_entries(&self) -> impl Iterator<Item = &VerifiedLogEntry> {
        self.bundles
            .iter()
            .flat_map(|bundle| bundle.verified().signature().evidence().log_entries.iter())
    }
}

/// Returns the report for people.
pub(crate) fn text(attested: &Attested<'_>) -> String {
    let count = attested.subjects().count();
    let mut lines = vec![format!(
        "attested: {} ({})",
        attested.kind,
        attested.predicate_type()
    )];
    for subject in attested.subjects().take(MAX_ROWS) {
        let digests: Vec<String> = subject.digest().iter().map(ToString::to_string).collect();
        lines.push(format!(
            "  subject   {}  {}",
            escaped(subject.name().unwrap_or_default()),
            digests.join(" ")
        ));
    }
    if count > MAX_ROWS {
        lines.push(format!("  and {} more", count.saturating_sub(MAX_ROWS)));
    }
    lines.push(format!("  signer    {}", escaped(&signer(attested))));
    if let Some((repository, git_ref, commit)) = source(attested.claims) {
        lines.push(format!(
            "  source    {} at {} ({})",
            escaped(&repository),
            escaped(git_ref),
            escaped(commit)
        ));
    }
    for entry in attested.log_entries().take(MAX_ROWS) {
        lines.push(format!(
            "  log       {} entry {}",
            escaped(&entry.log),
            entry.log_index
        ));
    }
    for number in &attested.stored.numbers {
        lines.push(format!("  GitHub    attestation {}", escaped(number)));
    }
    lines.push(format!("  bundle    {}", attested.stored.path.display()));
    lines.push("verified by our own verifier before it was written".to_owned());
    lines.join("\n")
}

/// Returns the report for programs, on one line.
pub(crate) fn json(attested: &Attested<'_>) -> String {
    let statements: Vec<serde_json::Value> = attested
        .bundles
        .iter()
        .map(|bundle| {
            let verified = bundle.verified();
            let entries = &verified.signature().evidence().log_entries;
            json!({
                "predicateType": verified.statement().predicate_type(),
                "subjects": verified.statement().subjects().iter().map(|subject| json!({
                    "name": subject.name(),
                    "digests": subject.digest().iter().map(ToString::to_string).collect::<Vec<_>>(),
                })).collect::<Vec<_>>(),
                "logEntries": entries.iter().map(|entry| json!({
                    "log": entry.log,
                    "index": entry.log_index,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "schemaVersion": SCHEMA_VERSION,
        "kind": attested.kind,
        "signer": signer(attested),
        "bundlePath": attested.stored.path.display().to_string(),
        "gitHubAttestations": attested.stored.numbers,
        "statements": statements,
    })
    .to_string()
}

/// Adds a table to the step's summary.
pub(crate) fn step_summary(attested: &Attested<'_>, path: &Path) -> Result<(), Failure> {
    let subjects: Vec<Subject> = attested.subjects().cloned().collect();
    let signer = signer(attested);
    let source = source(attested.claims);
    let bundle = attested.stored.path.display().to_string();
    let name = subjects
        .first()
        .and_then(Subject::name)
        .unwrap_or("ARTIFACT")
        .to_owned();
    let repository = source
        .as_ref()
        .map(|(repository, ..)| repository.clone())
        .unwrap_or_default();
    let verify = [
        "slsa-verify",
        "artifact",
        &name,
        "--bundle",
        &bundle,
        "--source",
        &repository,
    ];
    let summary = StepSummary {
        predicate_type: attested.predicate_type(),
        signer: &signer,
        source: source.as_ref().map(|(repository, git_ref, commit)| Source {
            repository,
            git_ref,
            commit,
        }),
        log_entry: None,
        subjects: &subjects,
        verify: &verify,
    };
    Ok(summary.append_to(path)?)
}

/// Returns who signed: the workflow, or the key.
fn signer(attested: &Attested<'_>) -> String {
    let first = attested
        .bundles
        .first()
        .map(|bundle| bundle.verified().signature().signer());
    match first {
        Some(VerifiedSigner::Certificate(identity)) => identity.subject_alternative_name.as_str().to_owned(),
        Some(VerifiedSigner::Key { fingerprint, .. }) => format!("key sha256:{fingerprint}"),
        _ => String::new(),
    }
}

/// Returns repository, ref and commit.
fn source(claims: &Claims) -> Option<(String, &str, &str)> {
    Some(match claims {
        Claims::GitHub(claims) => (
            format!("{}/{}", claims.server_url, claims.repository),
            &claims.git_ref,
            &claims.sha,
        ),
        Claims::GitLab(claims) => (
            format!("{}/{}", claims.issuer, claims.project_path),
            &claims.ref_path,
            &claims.sha,
        ),
    })
}

/// Shows what others wrote: what a terminal would act on stands there as an escape.
pub(crate) fn escaped(text: &str) -> String {
    let unsafe_ones = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .flat_map(|c| {
            let escape: String = if unsafe_ones(c) {
                c.escape_unicode().collect()
            } else {
                c.to_string()
            };
            escape.chars().collect::<Vec<_>>()
        })
        .collect()
}

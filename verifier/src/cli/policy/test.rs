//! Runs the cases of a policy: what must be accepted, and what refused with which code. Offline.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use slsa_predicates::Digest;

use crate::cli::answer::Answer;
use crate::cli::args::{EngineArg, RootArgs};
use crate::cli::exit::Exit;
use crate::cli::proven::Proven;
use crate::cli::shown::Shown;
use crate::cli::targets::{self, Kind, Target};
use crate::cli::{Failure, evidence, setup};
use crate::limits::Limits;
use crate::policy::Subject;

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Cases {
    /// The version of this format: 1.
    version: u8,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Case {
    name: String,
    /// The policy, beside the list of cases.
    policy: PathBuf,
    /// The artifact: a file beside the list, or a digest.
    artifact: String,
    /// What the artifact is called, if it is not the file's name.
    #[serde(default, rename = "as")]
    called: Option<Called>,
    #[serde(default)]
    attestations: Vec<PathBuf>,
    /// Verify as of this time.
    #[serde(default)]
    at: Option<String>,
    /// `accepted`, or the code of the refusal.
    expect: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Called {
    Artifact(String),
    Image(String),
    Package(String),
}

pub(super) fn run(directory: &Path, stdout: &mut dyn Write) -> Result<Exit, Failure> {
    let file = directory.join("cases.yaml");
    let failure = |detail: String| Failure::new(Exit::Usage, format!("{}: {detail}", file.display()));
    let text = String::from_utf8(setup::read_file(&file, 1 << 20)?)
        .map_err(|_| failure("not a text in UTF-8".to_owned()))?;
    let cases: Cases = serde_saphyr::from_str(&text).map_err(|error| failure(error.to_string()))?;
    if cases.version != 1 || cases.cases.is_empty() {
        return Err(failure("version 1, and at least one case, are needed".to_owned()));
    }
    let mut failed: usize = 0;
    for case in &cases.cases {
        let answer = decide(directory, case)?;
        let found = found(&answer);
        if found == case.expect {
            writeln!(stdout, "ok   {}", Shown(&case.name))?;
            continue;
        }
        failed = failed.saturating_add(1);
        writeln!(stdout, "FAIL {}", Shown(&case.name))?;
        writeln!(stdout, "  - {}", Shown(&case.expect))?;
        writeln!(stdout, "  + {found}")?;
        for demand in &answer.demands {
            for attempt in demand.told().into_iter().take(3) {
                for check in &attempt.checks {
                    let mark = if check.is_met() { "ok" } else { "no" };
                    writeln!(stdout, "      {mark} {}", Shown(&check.to_string()))?;
                }
            }
        }
    }
    let total = cases.cases.len();
    writeln!(
        stdout,
        "{} of {total} cases as expected",
        total.saturating_sub(failed)
    )?;
    Ok(if failed == 0 {
        Exit::Accepted
    } else {
        Exit::Refused
    })
}

/// `accepted`, or the code of what came nearest.
fn found(answer: &Answer) -> String {
    let reasons = answer.reasons();
    reasons
        .first()
        .map_or_else(|| "accepted".to_owned(), |(code, _)| code.to_string())
}

fn decide(directory: &Path, case: &Case) -> Result<Answer, Failure> {
    let limits = Limits::default();
    let now = setup::time(case.at.as_deref())?;
    let policy_file = directory.join(&case.policy);
    let policy = setup::policy(&policy_file)?;
    let (roots, engine) = (RootArgs::default(), EngineArg::default());
    let verifier = setup::verifier(&roots, Vec::new(), engine, Some((&policy, &policy_file)))?;
    let paths: Vec<PathBuf> = case
        .attestations
        .iter()
        .map(|path| directory.join(path))
        .collect();
    let found = evidence::load_all(&paths, &limits)?;
    let path = directory.join(&case.artifact);
    let kind = match Digest::parse(&case.artifact) {
        Ok(digest) if !path.exists() => Kind::Digest(digest),
        _ => Kind::File(path),
    };
    let target = Target {
        name: case.artifact.clone(),
        kind,
    };
    let name = target.file_name();
    let artifact = targets::one(target, &found, &limits)?;
    let proven = Proven::prove(&verifier, &found, now);
    let of_registry = if policy.asks_registry() {
        setup::of_registry(&found, &roots, setup::registry_keys(None)?, engine, now)?
    } else {
        Proven::default()
    };
    let subject = match &case.called {
        None => Subject::Artifact(&name),
        Some(Called::Artifact(name)) => Subject::Artifact(name),
        Some(Called::Image(name)) => Subject::Image(name),
        Some(Called::Package(name)) => Subject::Package(name),
    };
    Ok(proven.decide(&policy, name.clone(), subject, &artifact, &of_registry))
}

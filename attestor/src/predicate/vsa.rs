//! A verification summary (VSA) of a verdict: what `slsa-verify --format json` found, to be believed instead of the
//! evidence.
//!
//! Sources: SLSA v1.2, "Verification Summary Attestation"; `docs/reference/verify-output.v1.schema.json`. A verdict is
//! not signed: it is as good as the job in which `slsa-verify` ran, and that must be the one that signs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Map;
use slsa_predicates::predicate::types;
use slsa_predicates::predicate::verification_summary::{VerificationResult, VerificationSummary, Verifier};
use slsa_predicates::{DigestError, DigestSet, ResourceDescriptor, Subject};

use super::error::{PredicateInput, PredicateInputError, shown};
use super::{NewPredicate, input, uri};

/// What a summary says beside the verdict.
#[derive(Clone, Debug, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "filled field by field")]
pub struct SummaryDetails {
    /// Who verified: a URI that consumers will trust together with the signer.
    pub verifier_id: String,
    /// Versions of the verifier's parts.
    pub verifier_version: BTreeMap<String, String>,
    /// What was verified: where consumers get the artifact from.
    pub resource_uri: String,
    /// Against which policy. It must have a URI.
    pub policy: ResourceDescriptor,
    /// When it was verified.
    pub time_verified: Timestamp,
}

/// A summary, and the artifacts that the verdict was about: its subjects.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Summary {
    /// The predicate.
    pub predicate: NewPredicate,
    /// The subjects, at least one.
    pub subjects: Vec<Subject>,
}

/// Why a verdict was not summarised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// The version of the format is not known here.
    #[error("schema version {found} is not 1")]
    Schema {
        /// The version.
        found: u64,
    },
    /// The verifier could not decide, or was not asked a question. That is neither `PASSED` nor `FAILED`.
    #[error("it was not decided: exit code {exit_code}")]
    Undecided {
        /// The exit code of `slsa-verify`.
        exit_code: u64,
    },
    /// There are no artifacts.
    #[error("no artifacts")]
    NoArtifacts,
    /// An artifact has no digest by which a consumer could find it.
    #[error("artifact \"{artifact}\" has no digest")]
    NoDigest {
        /// The artifact, cut, printable.
        artifact: String,
    },
    /// A digest of an artifact is malformed.
    #[error("artifact \"{artifact}\": {source}")]
    Digest {
        /// The artifact, cut, printable.
        artifact: String,
        /// What is wrong.
        source: DigestError,
    },
    /// The parts of the verdict contradict each other: `slsa-verify` did not write it.
    #[error("it contradicts itself on \"{artifact}\": {detail}")]
    Contradiction {
        /// The artifact, cut, printable; empty where it is all of them.
        artifact: String,
        /// What is said and contradicted.
        detail: &'static str,
    },
    /// What names verifier, resource or policy is not an absolute URI (RFC 3986, section 4.3).
    #[error("{field} \"{found}\" is not an absolute URI")]
    Uri {
        /// The field.
        field: &'static str,
        /// The text, cut, printable.
        found: String,
    },
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Verdict {
    schema_version: u64,
    accepted: bool,
    exit_code: u64,
    artifacts: Vec<Artifact>,
}

#[derive(Deserialize)]
struct Artifact {
    artifact: String,
    verdict: String,
    digests: Vec<String>,
    requirements: Vec<Requirement>,
}

#[derive(Deserialize)]
struct Requirement {
    needed: u64,
    met: u64,
    attestations: Vec<Attestation>,
}

#[derive(Deserialize)]
struct Attestation {
    verdict: String,
    level: Option<u64>,
}

/// Makes the summary of a verdict.
///
/// It speaks of all artifacts at once: `PASSED` only where each of them was accepted, with the lowest of their levels.
/// The attestations behind it are not listed, for the verdict has not the digests that listing them demands.
///
/// # Errors
/// [`VerdictError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`].
pub fn verification_summary(bytes: &[u8], details: &SummaryDetails) -> Result<Summary, PredicateInputError> {
    let policy = details.policy.uri.as_deref().unwrap_or_default();
    for (field, text) in [
        ("verifier id", details.verifier_id.as_str()),
        ("resource", &details.resource_uri),
        ("policy", policy),
    ] {
        if !uri::is_absolute(text) {
            let found = shown(text);
            return Err(VerdictError::Uri { field, found }.into());
        }
    }
    let verdict: Verdict = input::report(PredicateInput::Verdict, bytes)?;
    check(&verdict)?;
    let subjects = verdict.artifacts.iter().map(subject).collect::<Result<_, _>>()?;
    let passed = verdict.accepted;
    let levels = if passed {
        level(&verdict)
    } else {
        "FAILED".to_owned()
    };
    let predicate = VerificationSummary {
        verifier: Verifier {
            id: details.verifier_id.clone(),
            version: details.verifier_version.clone(),
            extra: Map::new(),
        },
        time_verified: Some(details.time_verified.into()),
        resource_uri: details.resource_uri.clone(),
        policy: details.policy.clone(),
        input_attestations: Vec::new(),
        verification_result: if passed {
            VerificationResult::Passed
        } else {
            VerificationResult::Failed
        },
        verified_levels: vec![levels],
        dependency_levels: BTreeMap::new(),
        slsa_version: Some("1.2".to_owned()),
        extra: Map::new(),
    };
    let predicate = NewPredicate::written(types::VERIFICATION_SUMMARY_V1, &predicate)?;
    Ok(Summary { predicate, subjects })
}

/// Demands that the verdict says one thing: what it says of all artifacts must follow from what it says of each.
fn check(verdict: &Verdict) -> Result<(), VerdictError> {
    let (found, exit_code) = (verdict.schema_version, verdict.exit_code);
    if found != 1 {
        return Err(VerdictError::Schema { found });
    }
    if verdict.artifacts.is_empty() {
        return Err(VerdictError::NoArtifacts);
    }
    let undecided = |it: &Artifact| {
        !matches!(
            it.verdict.as_str(),
            "accepted" | "no-attestation" | "not-authentic" | "not-as-expected"
        )
    };
    if !matches!(exit_code, 0 | 3 | 10 | 11) || verdict.artifacts.iter().any(undecided) {
        return Err(VerdictError::Undecided { exit_code });
    }
    for artifact in &verdict.artifacts {
        let met = |requirement: &Requirement| requirement.met >= requirement.needed.max(1);
        let follows = !artifact.requirements.is_empty() && artifact.requirements.iter().all(met);
        if (artifact.verdict == "accepted") != follows {
            let detail = "its verdict does not follow from its requirements";
            let artifact = shown(&artifact.artifact);
            return Err(VerdictError::Contradiction { artifact, detail });
        }
    }
    let accepted = verdict
        .artifacts
        .iter()
        .all(|artifact| artifact.verdict == "accepted");
    if accepted != verdict.accepted || accepted != (exit_code == 0) {
        let detail = "whether all were accepted does not follow from each";
        let artifact = String::new();
        return Err(VerdictError::Contradiction { artifact, detail });
    }
    Ok(())
}

fn subject(artifact: &Artifact) -> Result<Subject, VerdictError> {
    let name = || shown(&artifact.artifact);
    if artifact.digests.is_empty() {
        return Err(VerdictError::NoDigest { artifact: name() });
    }
    let malformed = |source| VerdictError::Digest {
        artifact: name(),
        source,
    };
    let split = |text: &String| {
        let (algorithm, value) = text.split_once(':').ok_or(DigestError::NoAlgorithm)?;
        Ok((algorithm.to_owned(), value.to_owned()))
    };
    let entries: Vec<_> = artifact
        .digests
        .iter()
        .map(split)
        .collect::<Result<_, _>>()
        .map_err(malformed)?;
    let digests = DigestSet::from_entries(entries).map_err(malformed)?;
    Ok(Subject::new(&artifact.artifact, digests))
}

/// Of each artifact the highest level that was proven, of these the lowest. Where a policy demanded no provenance, no
/// level was proven, which is not level 0 either.
fn level(verdict: &Verdict) -> String {
    let of_artifact = |artifact: &Artifact| {
        let attestations = artifact.requirements.iter().flat_map(|it| &it.attestations);
        let accepted = attestations.filter(|it| it.verdict == "accepted");
        // The format knows levels 0 to 3.
        accepted
            .filter_map(|it| it.level)
            .filter(|level| *level <= 3)
            .max()
    };
    match verdict.artifacts.iter().map(of_artifact).min().flatten() {
        Some(level) => format!("SLSA_BUILD_LEVEL_{level}"),
        None => "SLSA_BUILD_LEVEL_UNEVALUATED".to_owned(),
    }
}

#[cfg(test)]
mod tests;

//! Writes a verdict as the statement of a verification summary (<https://slsa.dev/spec/v1.2/verification_summary>),
//! unsigned.

use std::path::Path;

use serde_json::{Value, json};
use slsa_predicates::{Digest, DigestAlgorithm};

use super::answer::Answer;
use super::args::OutputArgs;
use super::exit::Exit;
use super::{Failure, setup};
use crate::hash::Hasher;

/// The statement about all artifacts of the call. A summary speaks of all its subjects at once, so it says
/// `PASSED` only where every one of them was accepted.
pub(crate) fn write(
    answers: &[Answer],
    args: &OutputArgs,
    policy_file: Option<&Path>,
    now: jiff::Timestamp,
    path: &Path,
) -> Result<(), Failure> {
    let subjects: Vec<Value> = answers
        .iter()
        .map(|answer| {
            let digests = answer
                .digests
                .as_ref()
                .map_err(|error| Failure::new(Exit::Undecided, format!("{}: {error}", answer.artifact)))?;
            let digests: serde_json::Map<String, Value> = digests
                .iter()
                .map(|digest| (digest.algorithm().to_string(), json!(digest.value())))
                .collect();
            Ok(json!({ "name": answer.artifact, "digest": digests }))
        })
        .collect::<Result<_, Failure>>()?;
    let passed = answers.iter().all(|answer| answer.exit() == Exit::Accepted);
    let levels = answers
        .iter()
        .map(|answer| {
            let built = answer
                .accepted()
                .filter_map(|(_, attempt)| attempt.built.as_ref());
            built.map(|(level, _)| *level).max()
        })
        .min()
        .flatten();
    let mut inputs: Vec<Value> = Vec::new();
    for (statement, attempt) in answers.iter().flat_map(Answer::accepted) {
        let input = json!({ "uri": attempt.origin, "digest": { "sha256": sha256(statement.payload()) } });
        if !inputs.contains(&input) {
            inputs.push(input);
        }
    }
    let uri = args
        .vsa_policy_uri
        .clone()
        .or_else(|| policy_file.map(|file| file.display().to_string()));
    let mut policy = serde_json::Map::new();
    policy.insert(
        "uri".to_owned(),
        json!(uri.as_deref().unwrap_or("about:command-line")),
    );
    if let Some(file) = policy_file {
        let digest = json!({ "sha256": sha256(&setup::read_file(file, 1 << 20)?) });
        policy.insert("digest".to_owned(), digest);
    }
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": subjects,
        "predicateType": "https://slsa.dev/verification_summary/v1",
        "predicate": {
            "verifier": { "id": args.vsa_verifier_id, "version": { "slsa-verify": env!("CARGO_PKG_VERSION") } },
            "timeVerified": now.to_string(),
            "resourceUri": args.vsa_resource_uri,
            "policy": policy,
            "inputAttestations": inputs,
            "verificationResult": if passed { "PASSED" } else { "FAILED" },
            "verifiedLevels": [match levels {
                _ if !passed => "FAILED".to_owned(),
                Some(level) => level.to_string(),
                // What was demanded says nothing of how it was built.
                None => "SLSA_BUILD_LEVEL_UNEVALUATED".to_owned(),
            }],
            "slsaVersion": "1.2",
        },
    });
    let failure =
        |error: std::io::Error| Failure::new(Exit::Undecided, format!("{}: {error}", path.display()));
    let mut text = serde_json::to_string_pretty(&statement).map_err(|error| failure(error.into()))?;
    text.push('\n');
    // Written whole or not at all.
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    std::fs::write(&name, text).map_err(failure)?;
    std::fs::rename(&name, path).map_err(failure)
}

fn sha256(bytes: &[u8]) -> String {
    let mut hasher = Hasher::new(&[DigestAlgorithm::Sha256]);
    hasher.update(bytes);
    let artifact = hasher.finish();
    artifact
        .digests()
        .first()
        .map(Digest::value)
        .unwrap_or_default()
        .to_owned()
}

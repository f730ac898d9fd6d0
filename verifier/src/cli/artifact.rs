//! `slsa-verify artifact`: is there, for each artifact, an attestation of somebody who was expected?

use std::io::Write;
use std::path::{Path, PathBuf};

use slsa_predicates::{Digest, DigestAlgorithm};

use super::args::{ArtifactArgs, Format};
use super::evidence::{self, Evidence};
use super::exit::Exit;
use super::setup::{self, ExpectedSigner};
use super::{Failure, hashing, json, text};
use crate::artifact::Artifact;
use crate::code::{Code, Outcome};
use crate::hash::USUAL_ALGORITHMS;
use crate::limits::Limits;
use crate::statement::{Verified, VerifiedSigner};
use crate::verify::{Verifier, algorithms_for};

/// The answer about one artifact.
pub(crate) struct Answer {
    /// The artifact, as it was named in the call.
    pub(crate) artifact: String,
    /// What is known of it, or why it could not be read.
    pub(crate) digests: Result<Vec<Digest>, String>,
    /// What became of each attestation, in the order in which they were found.
    pub(crate) attempts: Vec<Attempt>,
}

/// What became of one attestation.
pub(crate) struct Attempt {
    /// Where it was found.
    pub(crate) origin: String,
    pub(crate) judgement: Judgement,
}

pub(crate) enum Judgement {
    Accepted(Verified),
    /// It holds, and nobody said whom to expect.
    Unjudged(Verified),
    /// It does not hold, or it does and is another's: then what was verified is kept.
    Refused {
        code: Code,
        message: String,
        verified: Option<Verified>,
    },
}

impl Answer {
    /// One acceptable attestation is enough; what else there is takes nothing away.
    pub(crate) fn exit(&self) -> Exit {
        if self.digests.is_err() {
            return Exit::Undecided;
        }
        // Otherwise the attestation that came nearest to acceptance tells why it was not.
        let nearest = self.attempts.iter().map(|attempt| match &attempt.judgement {
            Judgement::Accepted(_) => (0, Exit::Accepted),
            Judgement::Unjudged(_) => (1, Exit::Usage),
            Judgement::Refused { code, .. } => match code.outcome() {
                outcome @ Outcome::NotAsExpected => (2, outcome.into()),
                outcome @ Outcome::Undecided => (3, outcome.into()),
                outcome @ Outcome::NotAuthentic => (4, outcome.into()),
                outcome @ Outcome::Unreadable => (5, outcome.into()),
                outcome => (6, outcome.into()),
            },
        });
        nearest
            .min_by_key(|(distance, _)| *distance)
            .map_or(Exit::NoAttestation, |(_, exit)| exit)
    }
}

/// What was asked about.
enum Target {
    File(PathBuf),
    Digest(Digest),
}

pub(crate) fn run(
    args: &ArtifactArgs,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let expected = setup::signer(&args.signer)?;
    let now = setup::time(args.at.as_deref())?;
    let mut builder = Verifier::builder(setup::roots(&args.roots)?).engine(setup::engine(args.engine));
    for key in setup::keys(&args.signer)? {
        builder = builder.key(key);
    }
    let verifier = builder
        .build()
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;

    let targets: Vec<(String, Target)> = args
        .artifacts
        .iter()
        .map(|name| target(name).map(|target| (name.clone(), target)))
        .collect::<Result<_, _>>()?;
    let mut common = Vec::new();
    for path in &args.bundle {
        common.extend(evidence::load(path, &limits)?);
    }

    let mut beside: Vec<Vec<Evidence>> = Vec::new();
    for (_, target) in &targets {
        let discovered = match (args.bundle.is_empty(), target) {
            (true, Target::File(path)) => evidence::discover(path, None, &limits)?,
            (true, Target::Digest(digest)) => evidence::discover(Path::new(""), sha256(digest), &limits)?,
            (false, _) => Vec::new(),
        };
        beside.push(discovered);
    }
    let artifacts = artifacts(&targets, common.iter().chain(beside.iter().flatten()), &limits);

    let mut answers = Vec::new();
    for (((name, _), artifact), mut own) in targets.iter().zip(artifacts).zip(beside) {
        // `gh attestation download` names its files by the digest, which is known only now.
        if let Ok(artifact) = &artifact
            && own.is_empty()
            && args.bundle.is_empty()
            && let Some(digest) = artifact.digest(DigestAlgorithm::Sha256)
        {
            own = evidence::discover(Path::new(""), sha256(digest), &limits)?;
        }
        let (digests, attempts) = match artifact {
            Err(error) => (Err(error), Vec::new()),
            Ok(artifact) => {
                let attempts = common.iter().chain(&own).map(|evidence| Attempt {
                    origin: evidence.origin.clone(),
                    judgement: judge(&verifier, evidence, &artifact, now, &expected),
                });
                (Ok(artifact.digests().to_vec()), attempts.collect())
            }
        };
        answers.push(Answer {
            artifact: name.clone(),
            digests,
            attempts,
        });
    }
    match args.format {
        Format::Text => text::answers(&answers, stdout, stderr)?,
        Format::Json => json::answers(&answers, stdout)?,
    }
    Ok(Exit::of_all(answers.iter().map(Answer::exit)))
}

/// A digest is what parses as one and is no file.
fn target(name: &str) -> Result<Target, Failure> {
    let path = Path::new(name);
    if path.exists() {
        return Ok(Target::File(path.to_owned()));
    }
    let algorithm = name
        .split_once(':')
        .map(|(algorithm, _)| algorithm.parse::<DigestAlgorithm>());
    match algorithm {
        Some(Ok(_)) => Digest::parse(name)
            .map(Target::Digest)
            .map_err(|error| Failure::new(Exit::Usage, format!("{name}: {error}"))),
        _ => Ok(Target::File(path.to_owned())),
    }
}

fn sha256(digest: &Digest) -> Option<&str> {
    (digest.algorithm() == DigestAlgorithm::Sha256).then(|| digest.value())
}

/// Hashes the files among the targets, all at once, in every algorithm that an attestation asks for.
fn artifacts<'a>(
    targets: &[(String, Target)],
    evidence: impl Iterator<Item = &'a Evidence>,
    limits: &Limits,
) -> Vec<Result<Artifact, String>> {
    let mut algorithms = USUAL_ALGORITHMS.to_vec();
    for attestation in evidence.filter_map(|evidence| evidence.result.as_ref().ok()) {
        for algorithm in algorithms_for(attestation, limits) {
            if !algorithms.contains(&algorithm) {
                algorithms.push(algorithm);
            }
        }
    }
    let paths: Vec<PathBuf> = targets
        .iter()
        .filter_map(|(_, target)| match target {
            Target::File(path) => Some(path.clone()),
            Target::Digest(_) => None,
        })
        .collect();
    let mut hashed = hashing::hash_files(&paths, &algorithms).into_iter();
    let artifact = |(_, target): &(String, Target)| match target {
        Target::Digest(digest) => Ok(Artifact::from_digest(digest.clone())),
        Target::File(_) => match hashed.next() {
            Some(hashed) => hashed.map_err(|error| error.to_string()),
            None => Err("not read".to_owned()),
        },
    };
    targets.iter().map(artifact).collect()
}

fn judge(
    verifier: &Verifier,
    evidence: &Evidence,
    artifact: &Artifact,
    now: jiff::Timestamp,
    expected: &ExpectedSigner,
) -> Judgement {
    let attestation = match &evidence.result {
        Ok(attestation) => attestation,
        Err(error) => {
            return Judgement::Refused {
                code: error.code(),
                message: error.to_string(),
                verified: None,
            };
        }
    };
    let verified = match verifier.verify_any(attestation, artifact, now) {
        Ok(verified) => verified,
        Err(error) => {
            return Judgement::Refused {
                code: error.code(),
                message: error.to_string(),
                verified: None,
            };
        }
    };
    match (verified.signature().signer(), expected) {
        // The caller gave the key, and so said whom to expect.
        (VerifiedSigner::Key { .. }, _) | (VerifiedSigner::Certificate(_), ExpectedSigner::Any) => {
            Judgement::Accepted(verified)
        }
        (VerifiedSigner::Certificate(identity), ExpectedSigner::Identity(rule)) => match rule.check(identity)
        {
            Ok(()) => Judgement::Accepted(verified),
            Err(error) => {
                let (code, message) = (error.code(), error.to_string());
                Judgement::Refused {
                    code,
                    message,
                    verified: Some(verified),
                }
            }
        },
        (VerifiedSigner::Certificate(_), ExpectedSigner::Unsaid) => Judgement::Unjudged(verified),
    }
}

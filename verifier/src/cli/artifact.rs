//! `slsa-verify artifact`: is there, for each artifact, what was demanded?

use std::io::Write;
use std::path::Path;

use slsa_predicates::DigestAlgorithm;

use super::answer::{Answer, Attempt, Judgement};
use super::args::ArtifactArgs;
use super::evidence::{self, Evidence};
use super::exit::Exit;
use super::proven::Proven;
use super::setup::{self, ExpectedSigner};
use super::targets::{self, Kind, Target, sha256};
use super::{Failure, output};
use crate::artifact::Artifact;
use crate::limits::Limits;
use crate::policy::{Policy, Subject};
use crate::statement::VerifiedSigner;
use crate::verify::Verifier;

/// What is demanded.
pub(crate) enum Demanded {
    /// A signer, of whatever was signed.
    Signer(ExpectedSigner),
    Policy(Box<Policy>),
}

pub(crate) fn run(
    args: &ArtifactArgs,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let now = setup::time(args.demand.verification.at.as_deref())?;
    let targets = targets::of(&args.artifacts, args.checksums.as_deref())?;
    let demanded = setup::demanded(&args.demand)?;
    let verifier = match &demanded {
        Demanded::Policy(policy) => args.demand.verifier(Some(policy))?,
        Demanded::Signer(_) => args.demand.verifier(None)?,
    };
    let common = evidence::load_all(&args.bundle, &limits)?;
    let mut beside: Vec<Vec<Evidence>> = Vec::new();
    for target in &targets {
        let discovered = match (args.bundle.is_empty(), &target.kind) {
            (true, Kind::File(path) | Kind::Listed(path, _)) => evidence::discover(path, None, &limits)?,
            (true, Kind::Digest(digest)) => evidence::discover(Path::new(""), sha256(digest), &limits)?,
            (false, _) => Vec::new(),
        };
        beside.push(discovered);
    }
    let artifacts = targets::hashed(&targets, common.iter().chain(beside.iter().flatten()), &limits);
    let evidence = match demanded {
        // A signature over the artifact itself counts too, and cannot be proven without it.
        Demanded::Signer(expected) => Common::Unproven(common, expected),
        Demanded::Policy(policy) => Common::Proven(Proven::prove(&verifier, &common, now), policy),
    };
    let mut answers = Vec::new();
    for ((target, artifact), mut own) in targets.iter().zip(artifacts).zip(beside) {
        // `gh attestation download` names its files by the digest, which is known only now.
        if let Ok(artifact) = &artifact
            && own.is_empty()
            && args.bundle.is_empty()
            && let Some(digest) = artifact.digest(DigestAlgorithm::Sha256)
        {
            own = evidence::discover(Path::new(""), sha256(digest), &limits)?;
        }
        let name = target.name.clone();
        answers.push(match artifact {
            Err(error) => Answer::unread(name, error),
            Ok(artifact) => evidence.decide(&verifier, target, &artifact, own, now),
        });
    }
    let policy_file = args.demand.policy.as_deref();
    output::finish(&answers, &args.demand.output, policy_file, now, stdout, stderr)
}

/// The evidence that counts for all artifacts, and what is demanded of it.
enum Common {
    Unproven(Vec<Evidence>, ExpectedSigner),
    Proven(Proven, Box<Policy>),
}

impl Common {
    /// Decides about an artifact, with this evidence and with its own.
    fn decide(
        &self,
        verifier: &Verifier,
        target: &Target,
        artifact: &Artifact,
        own: Vec<Evidence>,
        now: jiff::Timestamp,
    ) -> Answer {
        let name = target.name.clone();
        match self {
            Self::Proven(common, policy) => {
                let mut proven = common.clone();
                proven.extend(Proven::prove(verifier, &own, now));
                let called = target.file_name();
                let subject = Subject::Artifact(&called);
                proven.decide(policy, name, subject, artifact, &Proven::default())
            }
            Self::Unproven(common, expected) => {
                let attempts = common.iter().chain(&own).map(|evidence| {
                    let judgement = judge(verifier, evidence, artifact, now, expected);
                    Attempt::new(evidence.origin.clone(), judgement)
                });
                Answer::of_signer(name, artifact.digests().to_vec(), attempts.collect())
            }
        }
    }
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
        Err(error) => return Judgement::failed(&error.clone().into()),
    };
    let verified = match verifier.verify_any(attestation, artifact, now) {
        Ok(verified) => verified,
        Err(error) => return Judgement::failed(&error),
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

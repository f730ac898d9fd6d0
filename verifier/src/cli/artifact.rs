//! `slsa-verify artifact`: is there, for each artifact, what was demanded?

use std::io::Write;
use std::path::Path;

use rayon::iter::{IntoParallelRefIterator as _, ParallelIterator as _};
use slsa_predicates::DigestAlgorithm;

use super::answer::{Answer, Attempt, Demand, Judgement};
use super::args::{ArtifactArgs, OutputArgs};
use super::evidence::{self, Evidence};
use super::exit::Exit;
use super::setup::{self, ExpectedSigner};
use super::targets::{self, Kind, Target, sha256};
use super::{Failure, output};
use crate::artifact::Artifact;
use crate::limits::Limits;
use crate::policy::{Authenticated, Policy, Subject};
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
    let now = setup::time(args.verification.at.as_deref())?;
    let targets = targets::of(&args.artifacts, args.checksums.as_deref())?;
    let demanded = setup::demanded(&args.expected, &args.signer, args.policy.as_deref())?;
    let verifier = setup::verifier(
        &args.roots,
        &args.signer,
        &args.verification,
        args.policy.as_deref(),
        &demanded,
    )?;
    let mut common = Vec::new();
    for path in &args.bundle {
        common.extend(evidence::load(path, &limits)?);
    }
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
    let session = Session {
        verifier,
        now,
        demanded,
    };
    let common = session.authenticate(common);
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
        let own = session.authenticate(own);
        answers.push(session.answer(target, artifact, &common, &own));
    }
    let output = args.output.with_policy(args.policy.as_deref());
    finish(&answers, &session, &output, stdout, stderr)
}

/// Shows the answers and, where that was asked for, writes the summary.
pub(crate) fn finish(
    answers: &[Answer],
    session: &Session,
    args: &OutputArgs,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    let exit = Exit::of_all(answers.iter().map(Answer::exit));
    if let Some(path) = &args.vsa_out {
        super::vsa_out::write(answers, args, session.now, path)?;
    }
    output::answers(answers, args.format, stdout, stderr)?;
    Ok(exit)
}

/// What is the same for all artifacts of a call.
pub(crate) struct Session {
    pub(crate) verifier: Verifier,
    pub(crate) now: jiff::Timestamp,
    pub(crate) demanded: Demanded,
}

/// Evidence whose signatures were proven once, for whatever artifacts there are.
pub(crate) struct Proven {
    evidence: Vec<Evidence>,
    authenticated: Vec<Authenticated>,
}

impl Session {
    /// Proves the signatures, on all processors.
    pub(crate) fn authenticate(&self, evidence: Vec<Evidence>) -> Proven {
        let prove = |evidence: &Evidence| match &evidence.result {
            Ok(attestation) => self.verifier.authenticate(attestation, self.now),
            Err(error) => Err(error.clone().into()),
        };
        let authenticated = match &self.demanded {
            Demanded::Policy(_) => evidence.par_iter().map(prove).collect(),
            // A signature over the artifact itself counts too, and needs the artifact.
            Demanded::Signer(_) => Vec::new(),
        };
        Proven {
            evidence,
            authenticated,
        }
    }

    fn answer(
        &self,
        target: &Target,
        artifact: Result<Artifact, String>,
        common: &Proven,
        own: &Proven,
    ) -> Answer {
        let name = target.name.clone();
        let artifact = match artifact {
            Ok(artifact) => artifact,
            Err(error) => {
                return Answer {
                    artifact: name,
                    digests: Err(error),
                    demands: Vec::new(),
                };
            }
        };
        match &self.demanded {
            Demanded::Policy(policy) => {
                let file_name = target.file_name();
                let subject = Subject::Artifact(&file_name);
                self.by_policy(policy, name, subject, &artifact, &[common, own])
            }
            Demanded::Signer(expected) => {
                let evidence = common.evidence.iter().chain(&own.evidence);
                let attempts: Vec<Attempt> = evidence
                    .map(|evidence| {
                        let judgement = judge(&self.verifier, evidence, &artifact, self.now, expected);
                        Attempt::new(evidence.origin.clone(), judgement)
                    })
                    .collect();
                let accepted = |attempt: &&Attempt| matches!(attempt.judgement, Judgement::Accepted(_));
                let demand = Demand {
                    name: None,
                    needed: 1,
                    met: attempts.iter().filter(accepted).count(),
                    attempts,
                };
                Answer {
                    artifact: name,
                    digests: Ok(artifact.digests().to_vec()),
                    demands: vec![demand],
                }
            }
        }
    }

    /// Asks a policy about an artifact.
    pub(crate) fn by_policy(
        &self,
        policy: &Policy,
        name: String,
        subject: Subject<'_>,
        artifact: &Artifact,
        proven: &[&Proven],
    ) -> Answer {
        let origins: Vec<String> = proven
            .iter()
            .flat_map(|proven| &proven.evidence)
            .map(|evidence| evidence.origin.clone())
            .collect();
        let authenticated: Vec<Authenticated> = proven
            .iter()
            .flat_map(|proven| &proven.authenticated)
            .cloned()
            .collect();
        let verdict = policy.evaluate(subject, artifact, &authenticated, &[]);
        Answer::of_verdict(name, artifact.digests().to_vec(), verdict, &origins)
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

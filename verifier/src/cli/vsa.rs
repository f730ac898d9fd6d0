//! `slsa-verify vsa`: the summary of another verifier, believed in place of the evidence that it saw.

use std::io::Write;
use std::path::PathBuf;

use slsa_predicates::Digest;

use super::answer::Answer;
use super::args::{SignerArgs, VsaArgs};
use super::artifact::{Demanded, Session, finish};
use super::evidence;
use super::exit::Exit;
use super::image::prove;
use super::targets::{self, Kind, Target};
use super::{Failure, setup};
use crate::artifact::Artifact;
use crate::expect::SignerRule;
use crate::limits::Limits;
use crate::policy::{Policy, Requirement, Subject};
use crate::summary::SummaryExpectations;

pub(crate) fn run(args: &VsaArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let now = setup::time(args.verification.at.as_deref())?;
    let mut expected = SummaryExpectations::new(
        non_empty("--verifier-id", &args.verifier_id)?,
        non_empty("--resource-uri", &args.resource_uri)?,
    );
    expected.levels = args.verified_level.clone();
    expected.signer = named(&args.signer)?;
    let policy = Policy::of_anything(setup::builders()?, vec![Requirement::summary(expected)]);
    let demanded = Demanded::Policy(Box::new(policy.clone()));
    let verifier = setup::verifier(&args.roots, &args.signer, &args.verification, None, &demanded)?;
    let mut found = Vec::new();
    for path in &args.bundle {
        found.extend(evidence::load(path, &limits)?);
    }
    let artifact = artifact(&args.artifact, &found, &limits)?;
    let session = Session {
        verifier,
        now,
        demanded,
    };
    let (origins, authenticated) = prove(&session, &found);
    let name = args.artifact.join(" ");
    let verdict = policy.evaluate(Subject::Artifact(&name), &artifact, &authenticated, &[]);
    let answer = Answer::of_verdict(name, artifact.digests().to_vec(), verdict, &origins);
    finish(&[answer], &session, &args.output, stdout, stderr)
}

fn non_empty(flag: &str, text: &str) -> Result<String, Failure> {
    if text.trim().is_empty() {
        Err(Failure::new(Exit::Usage, format!("{flag} must not be empty")))
    } else {
        Ok(text.to_owned())
    }
}

fn named(args: &SignerArgs) -> Result<Option<SignerRule>, Failure> {
    match (&args.certificate_identity, &args.certificate_oidc_issuer) {
        (Some(identity), Some(issuer)) => SignerRule::identity(identity, issuer)
            .map(Some)
            .map_err(|error| Failure::new(Exit::Usage, error.to_string())),
        (None, None) if !args.key.is_empty() => Ok(None),
        _ => {
            let message = "say who signs for the verifier: --key, or --certificate-identity with --certificate-oidc-issuer";
            Err(Failure::new(Exit::Usage, message))
        }
    }
}

/// The artifact: a file, or all that is known of it.
fn artifact(names: &[String], found: &[evidence::Evidence], limits: &Limits) -> Result<Artifact, Failure> {
    if let [name] = names
        && PathBuf::from(name).is_file()
    {
        let target = Target {
            name: name.clone(),
            kind: Kind::File(PathBuf::from(name)),
        };
        let hashed = targets::hashed(&[target], found.iter(), limits).pop();
        return match hashed {
            Some(Ok(artifact)) => Ok(artifact),
            Some(Err(error)) => Err(Failure::new(Exit::Undecided, format!("{name}: {error}"))),
            None => Err(Failure::new(Exit::Undecided, format!("{name}: not read"))),
        };
    }
    known(names)
}

/// Digests of one artifact, and names beside them that are none, such as `gce_image_id`.
pub(crate) fn known(texts: &[String]) -> Result<Artifact, Failure> {
    let (mut digests, mut names) = (Vec::new(), Vec::new());
    for text in texts {
        let wrong = |what: &str| Failure::new(Exit::Usage, format!("{text}: {what}"));
        let (name, value) = text
            .split_once(':')
            .filter(|(name, value)| !name.is_empty() && !value.is_empty())
            .ok_or_else(|| wrong("neither a file nor ALGORITHM:VALUE"))?;
        if name.parse::<slsa_predicates::DigestAlgorithm>().is_ok() {
            digests.push(Digest::parse(text).map_err(|error| wrong(&error.to_string()))?);
        } else {
            names.push((name.to_owned(), value.to_owned()));
        }
    }
    Ok(Artifact::from_known(digests, names))
}

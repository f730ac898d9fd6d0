//! `slsa-verify vsa`: the summary of another verifier, believed in place of the evidence that it saw.

use std::io::Write;
use std::path::Path;

use slsa_predicates::Digest;

use super::answer::Answer;
use super::args::{SignerArgs, VsaArgs};
use super::exit::Exit;
use super::proven::Proven;
use super::targets::{self, Target};
use super::{Failure, evidence, output, setup};
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
    let keys = setup::keys(&args.signer)?;
    let verifier = setup::verifier(&args.roots, keys, args.verification.engine, None)?;
    let found = evidence::load_all(&args.bundle, &limits)?;
    let artifact = artifact(&args.artifact, &found, &limits)?;
    let proven = Proven::prove(&verifier, &found, now);
    let answer = decide(&proven, expected, args.artifact.join(" "), &artifact)?;
    output::finish(&[answer], &args.output, None, now, stdout, stderr)
}

/// Holds summaries against what is expected of one.
pub(crate) fn decide(
    proven: &Proven,
    expected: SummaryExpectations,
    name: String,
    artifact: &Artifact,
) -> Result<Answer, Failure> {
    let policy = Policy::of_anything(setup::builders()?, vec![Requirement::summary(expected)]);
    let subject = name.clone();
    Ok(proven.decide(
        &policy,
        name,
        Subject::Artifact(&subject),
        artifact,
        &Proven::default(),
    ))
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
        && Path::new(name).is_file()
    {
        return targets::one(Target::file(Path::new(name)), found, limits);
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

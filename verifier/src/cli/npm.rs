//! `slsa-verify npm`: a package's provenance, and the registry's own statement that it published it.

use std::io::Write;
use std::path::Path;

use super::answer::Answer;
use super::args::{ExpectedArgs, NpmArgs, RootArgs, VerificationArgs};
use super::exit::Exit;
use super::proven::Proven;
use super::targets::{self, Target};
use super::{Failure, evidence, output, setup};
use crate::builder::TrustedBuilders;
use crate::expect::Expectations;
use crate::key::PublicKey;
use crate::limits::Limits;
use crate::npm::PackageRule;
use crate::policy::{Policy, Requirement, Subject};

pub(crate) fn run(args: &NpmArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<Exit, Failure> {
    let name = format!("pkg:npm/{}", args.package_name.as_deref().unwrap_or_default());
    let policy = match &args.policy {
        Some(_) if args.expected != ExpectedArgs::default() => return Err(setup::policy_and_expectations()),
        Some(path) => setup::policy(path)?,
        None => of_flags(
            PackageRule::of(args.package_name.as_deref(), args.package_version.as_deref()),
            setup::expectations(&args.expected)?,
            setup::builders()?,
        ),
    };
    let package = Package {
        tarball: &args.tarball,
        attestations: &args.attestations,
        name,
        policy,
        policy_file: args.policy.as_deref(),
        keys: setup::registry_keys(args.registry_keys.as_deref())?,
    };
    let now = setup::time(args.verification.at.as_deref())?;
    let answer = verify(package, &args.roots, &args.verification, now)?;
    output::finish(
        &[answer],
        &args.output,
        args.policy.as_deref(),
        now,
        stdout,
        stderr,
    )
}

/// What the flags demand: the registry's word, and provenance, both of this package.
pub(crate) fn of_flags(rule: PackageRule, expected: Expectations, builders: TrustedBuilders) -> Policy {
    let requirements = vec![
        Requirement::publish(rule.clone()),
        Requirement::provenance(expected).about(rule),
    ];
    Policy::of_anything(builders, requirements)
}

/// A package, and what is demanded of it.
pub(crate) struct Package<'a> {
    pub(crate) tarball: &'a Path,
    pub(crate) attestations: &'a Path,
    /// Its purl without version, for a policy's rules.
    pub(crate) name: String,
    pub(crate) policy: Policy,
    /// The file that the policy was read from, beside which its roots and keys lie.
    pub(crate) policy_file: Option<&'a Path>,
    /// The registry's keys.
    pub(crate) keys: Vec<PublicKey>,
}

pub(crate) fn verify(
    package: Package<'_>,
    roots: &RootArgs,
    args: &VerificationArgs,
    now: jiff::Timestamp,
) -> Result<Answer, Failure> {
    let limits = Limits::default();
    let policy = &package.policy;
    let found = evidence::load(package.attestations, &limits)?;
    let target = Target::file(package.tarball);
    let name = target.name.clone();
    let artifact = targets::one(target, &found, &limits)?;
    let trust = package.policy_file.map(|file| (policy, file));
    let verifier = setup::verifier(roots, Vec::new(), args.engine, trust)?;
    let proven = Proven::prove(&verifier, &found, now);
    let of_registry = setup::of_registry(&found, roots, package.keys, args.engine, now)?;
    let subject = Subject::Package(&package.name);
    Ok(proven.decide(policy, name, subject, &artifact, &of_registry))
}

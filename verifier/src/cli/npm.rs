//! `slsa-verify npm`: a package's provenance, and the registry's own statement that it published it.

use std::io::Write;
use std::path::PathBuf;

use super::answer::Answer;
use super::args::{EngineArg, ExpectedArgs, NpmArgs, SignerArgs, VerificationArgs};
use super::artifact::{Demanded, Session, finish};
use super::evidence;
use super::exit::Exit;
use super::image::prove;
use super::targets::{self, Kind, Target};
use super::{Failure, setup};
use crate::builder::TrustedBuilders;
use crate::expect::Expectations;
use crate::key::PublicKey;
use crate::limits::Limits;
use crate::npm::{PackageRule, registry_keys, registry_keys_from};
use crate::policy::{Policy, Requirement, Subject};

/// Bytes of a list of keys: 1 MiB.
const MAX_KEYS_BYTES: usize = 1 << 20;

pub(crate) fn run(args: &NpmArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<Exit, Failure> {
    let keys = match &args.registry_keys {
        None => registry_keys(),
        Some(path) => registry_keys_from(&setup::read_file(path, MAX_KEYS_BYTES)?),
    };
    let keys = keys.map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
    let rule = PackageRule::of(args.package_name.as_deref(), args.package_version.as_deref());
    let name = format!("pkg:npm/{}", args.package_name.as_deref().unwrap_or_default());
    let policy = match &args.policy {
        Some(_) if args.expected != ExpectedArgs::default() => {
            let message = "a policy says all that is expected: give --policy or expectations, not both";
            return Err(Failure::new(Exit::Usage, message));
        }
        Some(path) => setup::policy(path)?,
        None => of_flags(rule, setup::expectations(&args.expected)?, setup::builders()?),
    };
    let package = Package {
        tarball: args.tarball.clone(),
        attestations: args.attestations.clone(),
        name,
        policy,
        policy_file: args.policy.clone(),
        keys,
    };
    let (answer, session) = verify(package, &args.roots, &args.verification)?;
    let output = args.output.with_policy(args.policy.as_deref());
    finish(&[answer], &session, &output, stdout, stderr)
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
pub(crate) struct Package {
    pub(crate) tarball: PathBuf,
    pub(crate) attestations: PathBuf,
    /// Its purl without version, for a policy's rules.
    pub(crate) name: String,
    pub(crate) policy: Policy,
    /// The file that the policy was read from, beside which its roots and keys lie.
    pub(crate) policy_file: Option<PathBuf>,
    pub(crate) keys: Vec<PublicKey>,
}

pub(crate) fn verify(
    package: Package,
    roots: &super::args::RootArgs,
    args: &VerificationArgs,
) -> Result<(Answer, Session), Failure> {
    let limits = Limits::default();
    let now = setup::time(args.at.as_deref())?;
    let policy = package.policy;
    let found = evidence::load(&package.attestations, &limits)?;
    let name = package.tarball.display().to_string();
    let target = Target {
        name: name.clone(),
        kind: Kind::File(package.tarball),
    };
    let hashed = targets::hashed(std::slice::from_ref(&target), found.iter(), &limits).pop();
    let demanded = Demanded::Policy(Box::new(policy.clone()));
    let signer = SignerArgs::default();
    // Keys of the registry speak for the registry: provenance signed with one of them would be none.
    let of_registry = Session {
        verifier: setup::build(setup::roots(roots)?, package.keys, args.engine)?,
        now,
        demanded: Demanded::Policy(Box::new(policy.clone())),
    };
    let session = Session {
        verifier: setup::verifier(roots, &signer, args, package.policy_file.as_deref(), &demanded)?,
        now,
        demanded,
    };
    let artifact = match hashed {
        Some(Ok(artifact)) => artifact,
        Some(Err(error)) => return Err(Failure::new(Exit::Undecided, format!("{name}: {error}"))),
        None => return Err(Failure::new(Exit::Undecided, format!("{name}: not read"))),
    };
    let (origins, authenticated) = prove(&session, &found);
    let (_, published) = prove(&of_registry, &found);
    let verdict = policy.evaluate(
        Subject::Package(&package.name),
        &artifact,
        &authenticated,
        &published,
    );
    let answer = Answer::of_verdict(name, artifact.digests().to_vec(), verdict, &origins);
    Ok((answer, session))
}

/// How the commands verify that have no flags for it.
pub(crate) fn usual() -> VerificationArgs {
    VerificationArgs {
        engine: EngineArg::Native,
        at: None,
    }
}

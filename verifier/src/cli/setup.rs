//! From flags to what the library needs: roots, keys, rules, time.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr;

use jiff::Timestamp;
use serde_json::Value;

use super::Failure;
use super::args::{DemandArgs, DomainArg, EngineArg, ExpectedArgs, RootArgs, SignerArgs};
use super::artifact::Demanded;
use super::evidence::Evidence;
use super::exit::Exit;
use super::hint;
use super::proven::Proven;
use crate::builder::{BuildLevel, TrustedBuilders};
use crate::code::Code;
use crate::engine::Engine;
use crate::expect::{Expectations, SignerRule};
use crate::identity::{IdentityRule, RuleError, TextRule};
use crate::key::PublicKey;
use crate::npm;
use crate::policy::{Policy, Requirement, TrustedRootName};
use crate::trust::{EmbeddedRoot, TrustRoot};
use crate::verify::{Verifier, VerifierBuilder};

/// What the caller demands: by a policy, by what provenance must say, or by the signer alone.
pub(crate) fn demanded(args: &DemandArgs) -> Result<Demanded, Failure> {
    let signer = &args.signer;
    let says_something = args.expected != ExpectedArgs::default();
    let names_signer = signer.certificate_identity.is_some() || signer.certificate_identity_regexp.is_some();
    if let Some(path) = &args.policy {
        if says_something || names_signer || signer.any_identity {
            return Err(policy_and_expectations());
        }
        return Ok(Demanded::Policy(Box::new(policy(path)?)));
    }
    if !says_something {
        return Ok(Demanded::Signer(self::signer(signer)?));
    }
    let mut expectations = expectations(&args.expected)?;
    if names_signer {
        expectations.signer = Some(signer_rule(signer)?);
    }
    let policy = Policy::of_anything(builders()?, vec![Requirement::provenance(expectations)]);
    Ok(Demanded::Policy(Box::new(policy)))
}

pub(crate) fn policy_and_expectations() -> Failure {
    let message = "a policy says all that is expected: give --policy or expectations, not both";
    Failure::new(Exit::Usage, message)
}

/// The builders that ship with the program.
pub(crate) fn builders() -> Result<TrustedBuilders, Failure> {
    TrustedBuilders::shipped().map_err(|error| Failure::new(Exit::Undecided, error.to_string()))
}

/// Reads a policy.
pub(crate) fn policy(path: &Path) -> Result<Policy, Failure> {
    let invalid = |detail: String| {
        Failure::new(
            Exit::Usage,
            format!("{}: {}: {detail}", path.display(), Code::PolicyInvalid),
        )
        .with_hint(hint::of(Code::PolicyInvalid))
    };
    let bytes = read_file(path, 1 << 20)?;
    let text = String::from_utf8(bytes).map_err(|_| invalid("not a text in UTF-8".to_owned()))?;
    Policy::read(&text).map_err(|error| invalid(error.to_string()))
}

/// The expectations that the flags make.
pub(crate) fn expectations(args: &ExpectedArgs) -> Result<Expectations, Failure> {
    fn parsed<T: FromStr>(flag: &str, text: Option<&String>) -> Result<Option<T>, Failure>
    where
        T::Err: std::fmt::Display,
    {
        let read = |text: &String| {
            text.parse()
                .map_err(|error: T::Err| Failure::new(Exit::Usage, format!("{flag}: {error}")))
        };
        text.map(read).transpose()
    }

    let level = args.min_level.map(BuildLevel::try_from).transpose();
    Ok(Expectations {
        source: parsed("--source-uri", args.source_uri.as_ref())?,
        branch: args.source_branch.clone(),
        tag: args.source_tag.clone(),
        versioned_tag: parsed("--source-versioned-tag", args.source_versioned_tag.as_ref())?,
        commit: args.source_commit.clone(),
        repository_id: args.repository_id.clone(),
        builder: parsed("--builder-id", args.builder_id.as_ref())?,
        level: level.map_err(|error| Failure::new(Exit::Usage, format!("--min-level: {error}")))?,
        build_type: args.build_type.clone(),
        event: args.event.clone(),
        workflow: args.workflow.clone(),
        inputs: pairs("--build-workflow-input", &args.build_workflow_input)?,
        parameters: pairs("--parameter", &args.parameter)?,
        allow_parameters: args.allow_parameter.clone(),
        allow_self_hosted: args.allow_self_hosted,
        ..Expectations::default()
    })
}

/// Reads `NAME=VALUE`, split at the first `=`, each name once.
fn pairs(flag: &str, texts: &[String]) -> Result<BTreeMap<String, Value>, Failure> {
    let mut pairs = BTreeMap::new();
    for text in texts {
        let wrong = |what: &str| Failure::new(Exit::Usage, format!("{flag} {text}: {what}"));
        let (name, value) = text.split_once('=').ok_or_else(|| wrong("not NAME=VALUE"))?;
        if name.is_empty() {
            return Err(wrong("the name is empty"));
        }
        if pairs.insert(name.to_owned(), Value::from(value)).is_some() {
            return Err(wrong("the name was given before"));
        }
    }
    Ok(pairs)
}

fn signer_rule(args: &SignerArgs) -> Result<SignerRule, Failure> {
    let (Some(identity), Some(issuer)) = (&args.certificate_identity, &args.certificate_oidc_issuer) else {
        let message = "with expectations of provenance, name the signer by --certificate-identity and --certificate-oidc-issuer";
        return Err(Failure::new(Exit::Usage, message).with_hint("patterns can be written in a policy"));
    };
    SignerRule::identity(identity, issuer).map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

impl DemandArgs {
    /// The verifier that the flags, and the `trust` of a policy, make.
    pub(crate) fn verifier(&self, policy: Option<&Policy>) -> Result<Verifier, Failure> {
        let file = self.policy.as_deref();
        let keys = keys(&self.signer)?;
        verifier(&self.roots, keys, self.verification.engine, policy.zip(file))
    }
}

/// The verifier that flags make, and the `trust` of a policy, with the file that it was read from.
pub(crate) fn verifier(
    root_args: &RootArgs,
    mut keys: Vec<PublicKey>,
    engine: EngineArg,
    policy: Option<(&Policy, &Path)>,
) -> Result<Verifier, Failure> {
    let mut roots = self::roots(root_args)?;
    if let Some((policy, file)) = policy {
        let folder = file.parent().unwrap_or(Path::new(""));
        if !policy.roots.is_empty() {
            if !root_args.trusted_root.is_empty() || !root_args.trust_domain.is_empty() {
                let message =
                    "the policy names its roots of trust: leave --trusted-root and --trust-domain out";
                return Err(Failure::new(Exit::Usage, message));
            }
            roots = policy
                .roots
                .iter()
                .map(|root| match root {
                    TrustedRootName::Embedded(root) => embedded(*root),
                    TrustedRootName::File(path) => root_file(&folder.join(path)),
                })
                .collect::<Result<_, _>>()?;
        }
        for (path, name) in &policy.keys {
            let key = key_file(&folder.join(path))?;
            keys.push(match name {
                Some(name) => key.with_name(name.clone()),
                None => key,
            });
        }
    }
    build(roots, keys, engine)
}

fn embedded(root: EmbeddedRoot) -> Result<TrustRoot, Failure> {
    TrustRoot::embedded(root).map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

/// Proves what npm's registry signed, with its own keys and no others: provenance signed with one of them would
/// be none.
pub(crate) fn of_registry(
    evidence: &[Evidence],
    roots: &RootArgs,
    keys: Vec<PublicKey>,
    engine: EngineArg,
    now: Timestamp,
) -> Result<Proven, Failure> {
    let verifier = build(self::roots(roots)?, keys, engine)?;
    Ok(Proven::prove(&verifier, evidence, now))
}

/// The registry's keys: those in a file, or those that are built in.
pub(crate) fn registry_keys(path: Option<&Path>) -> Result<Vec<PublicKey>, Failure> {
    let keys = match path {
        None => npm::registry_keys(),
        Some(path) => npm::registry_keys_from(&read_file(path, 1 << 20)?),
    };
    keys.map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

/// Makes a verifier.
pub(crate) fn build(
    roots: Vec<TrustRoot>,
    keys: Vec<PublicKey>,
    engine: EngineArg,
) -> Result<Verifier, Failure> {
    let builder = Verifier::builder(roots).engine(self::engine(engine));
    keys.into_iter()
        .fold(builder, VerifierBuilder::key)
        .build()
        .map_err(|error| Failure::new(Exit::Usage, error.to_string()))
}

/// Whom the caller expects to have signed with a certificate.
pub(crate) enum ExpectedSigner {
    Identity(IdentityRule),
    Any,
    /// Nobody was named: what verifies can be shown, and not be accepted.
    Unsaid,
}

pub(crate) fn roots(args: &RootArgs) -> Result<Vec<TrustRoot>, Failure> {
    if !args.trusted_root.is_empty() {
        return args.trusted_root.iter().map(|path| root_file(path)).collect();
    }
    domains(&args.trust_domain).into_iter().map(embedded).collect()
}

/// The built-in roots that were named, or the default ones.
pub(crate) fn domains(named: &[DomainArg]) -> Vec<EmbeddedRoot> {
    if named.is_empty() {
        return EmbeddedRoot::DEFAULT.to_vec();
    }
    let mut roots: Vec<EmbeddedRoot> = Vec::new();
    for name in named {
        let root = match name {
            DomainArg::PublicGood => EmbeddedRoot::PublicGood,
            DomainArg::Github => EmbeddedRoot::GitHub,
            DomainArg::Staging => EmbeddedRoot::Staging,
        };
        if !roots.contains(&root) {
            roots.push(root);
        }
    }
    roots
}

fn root_file(path: &Path) -> Result<TrustRoot, Failure> {
    let bytes = read_file(path, 4 << 20)?;
    let name = path
        .file_name()
        .map_or_else(|| "custom".to_owned(), |name| name.to_string_lossy().into_owned());
    TrustRoot::from_json(name, &bytes).map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {error}", path.display())).with_hint(hint::of(error.code()))
    })
}

pub(crate) fn keys(args: &SignerArgs) -> Result<Vec<PublicKey>, Failure> {
    args.key.iter().map(|path| key_file(path)).collect()
}

pub(crate) fn key_file(path: &Path) -> Result<PublicKey, Failure> {
    PublicKey::parse(&read_file(path, 64 << 10)?).map_err(|error| {
        Failure::new(Exit::Usage, format!("{}: {error}", path.display()))
            .with_hint(hint::of(Code::KeyInvalid))
    })
}

pub(crate) fn signer(args: &SignerArgs) -> Result<ExpectedSigner, Failure> {
    if args.any_identity {
        return Ok(ExpectedSigner::Any);
    }
    let rule = |exact: &Option<String>, pattern: &Option<String>| match (exact, pattern) {
        (Some(exact), _) => TextRule::exact(exact.clone()).map(Some),
        (None, Some(pattern)) => TextRule::pattern(pattern).map(Some),
        (None, None) => Ok(None),
    };
    let invalid =
        |error: RuleError| Failure::new(Exit::Usage, error.to_string()).with_hint(hint::of(error.code()));
    let identity = rule(&args.certificate_identity, &args.certificate_identity_regexp).map_err(invalid)?;
    let issuer = rule(
        &args.certificate_oidc_issuer,
        &args.certificate_oidc_issuer_regexp,
    )
    .map_err(invalid)?;
    match (identity, issuer) {
        (Some(identity), Some(issuer)) => Ok(ExpectedSigner::Identity(IdentityRule::new(identity, issuer))),
        (None, None) => Ok(ExpectedSigner::Unsaid),
        (identity, _) => {
            let missing = if identity.is_some() {
                "--certificate-oidc-issuer"
            } else {
                "--certificate-identity"
            };
            let message = "an identity means nothing without the issuer that gave it";
            Err(Failure::new(Exit::Usage, message).with_hint(format!("give {missing} too")))
        }
    }
}

pub(crate) fn engine(arg: EngineArg) -> Engine {
    match arg {
        EngineArg::Native => Engine::Native,
        EngineArg::SigstoreVerify => Engine::SigstoreVerify,
        EngineArg::Both => Engine::Both,
    }
}

/// The time of verification: the one place where the clock is read.
pub(crate) fn time(at: Option<&str>) -> Result<Timestamp, Failure> {
    let Some(at) = at else { return Ok(Timestamp::now()) };
    let time = slsa_predicates::Timestamp::from_str(at).map(|time| time.get());
    time.map_err(|error| {
        Failure::new(Exit::Usage, error.to_string()).with_hint("write it as 2026-01-31T12:00:00Z")
    })
}

/// Reads a file up to a size, whatever the file says of its own.
pub(crate) fn read_file(path: &Path, max: usize) -> Result<Vec<u8>, Failure> {
    let failure = |detail: String| {
        Failure::new(Exit::Undecided, format!("{}: {detail}", path.display()))
            .with_hint(hint::of(Code::FileUnreadable))
    };
    let file = File::open(path).map_err(|error| failure(error.to_string()))?;
    let mut bytes = Vec::new();
    let limit = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| failure(error.to_string()))?;
    if bytes.len() > max {
        Err(failure(format!("larger than {max} bytes")))
    } else {
        Ok(bytes)
    }
}

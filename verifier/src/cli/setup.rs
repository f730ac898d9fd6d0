//! From flags to what the library needs: roots, keys, rules, time.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::str::FromStr as _;

use jiff::Timestamp;

use super::Failure;
use super::args::{DomainArg, EngineArg, RootArgs, SignerArgs};
use super::exit::Exit;
use super::hint;
use crate::code::Code;
use crate::engine::Engine;
use crate::identity::{IdentityRule, RuleError, TextRule};
use crate::key::PublicKey;
use crate::trust::{EmbeddedRoot, TrustRoot};

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
    domains(&args.trust_domain)
        .into_iter()
        .map(|root| TrustRoot::embedded(root).map_err(|error| Failure::new(Exit::Usage, error.to_string())))
        .collect()
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
    let read = |path: &std::path::PathBuf| {
        PublicKey::parse(&read_file(path, 64 << 10)?).map_err(|error| {
            Failure::new(Exit::Usage, format!("{}: {error}", path.display()))
                .with_hint(hint::of(Code::KeyInvalid))
        })
    };
    args.key.iter().map(read).collect()
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

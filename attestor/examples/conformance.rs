//! The client of the sigstore-conformance suite
//! (<https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md>):
//!
//! ```text
//! conformance sign-bundle [--staging] [--in-toto] --identity-token TOKEN --bundle FILE
//!     [--trusted-root FILE] [--signing-config FILE] FILE
//! conformance verify-bundle [--staging] --bundle FILE
//!     (--certificate-identity ID --certificate-oidc-issuer URL | --key PEM)
//!     [--trusted-root FILE] FILE_OR_DIGEST
//! ```
//!
//! Exit code 0 for a bundle that verifies, or was signed, 1 for any other. It goes the product's own way: parse, verify,
//! judge the signer; certify, sign, log, verify.

#![allow(clippy::print_stderr, reason = "a command")]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clap::{Parser, Subcommand};
use serde_json::Value;
use sigstore_trust_root::SigstoreInstance;
use slsa_attestor::{Http, HttpOptions, IdentityToken, Services, Signer};
use slsa_verifier::predicates::{Digest, DigestAlgorithm};
use slsa_verifier::{
    EmbeddedRoot, IdentityRule, Limits, PublicKey, TextRule, Timestamp, TrustRoot, VerifiedSigner, Verifier,
    hash_reader, parse,
};

#[derive(Parser)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    SignBundle(SignBundle),
    VerifyBundle(VerifyBundle),
}

#[derive(clap::Args)]
struct SignBundle {
    #[arg(long)]
    staging: bool,
    /// The file is a statement, to be signed as it stands.
    #[arg(long)]
    in_toto: bool,
    #[arg(long)]
    identity_token: String,
    #[arg(long)]
    bundle: PathBuf,
    #[arg(long)]
    trusted_root: Option<PathBuf>,
    #[arg(long)]
    signing_config: Option<PathBuf>,
    file: PathBuf,
}

#[derive(clap::Args)]
struct VerifyBundle {
    #[arg(long)]
    staging: bool,
    #[arg(long)]
    bundle: PathBuf,
    #[arg(long, requires = "certificate_oidc_issuer", required_unless_present = "key")]
    certificate_identity: Option<String>,
    #[arg(long)]
    certificate_oidc_issuer: Option<String>,
    #[arg(long)]
    key: Option<PathBuf>,
    #[arg(long)]
    trusted_root: Option<PathBuf>,
    file_or_digest: String,
}

fn main() -> ExitCode {
    let done = match Args::parse().command {
        Command::SignBundle(args) => sign(args),
        Command::VerifyBundle(args) => verify(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn trust_root(given: Option<&PathBuf>, staging: bool) -> Result<TrustRoot, Box<dyn Error>> {
    Ok(match (given, staging) {
        (Some(path), _) => TrustRoot::from_json("given", &fs::read(path)?)?,
        (None, true) => TrustRoot::embedded(EmbeddedRoot::Staging)?,
        (None, false) => TrustRoot::embedded(EmbeddedRoot::PublicGood)?,
    })
}

fn sign(args: SignBundle) -> Result<(), Box<dyn Error>> {
    let instance = if args.staging {
        SigstoreInstance::Staging
    } else {
        SigstoreInstance::PublicGood
    };
    let config = match &args.signing_config {
        Some(path) => fs::read_to_string(path)?,
        None => instance
            .embedded_signing_config_json()
            .ok_or("no signing config is built in")?
            .to_owned(),
    };
    let services = Services::from_signing_config(&config, None, Timestamp::now())?;
    let root = trust_root(args.trusted_root.as_ref(), args.staging)?;
    let signer = Signer::new(Http::new(HttpOptions::default())?, services, vec![root])?;
    let subject = subject(&args.identity_token)?;
    let token = IdentityToken::parse(args.identity_token)?;
    let certified = signer.certify_unverified(&token, &subject)?;
    let content = fs::read(&args.file)?;
    let bundle = if args.in_toto {
        let signed = signer.sign_as_is(&certified, &content, Timestamp::now)?;
        signed.json().to_owned()
    } else {
        let signed = signer.sign_artifact(&certified, &content, Timestamp::now)?;
        signed.json().to_owned()
    };
    Ok(fs::write(&args.bundle, bundle)?)
}

/// Returns what Fulcio takes as the name of a token's owner, unverified as it is: an address, or else the subject.
fn subject(token: &str) -> Result<String, Box<dyn Error>> {
    let payload = token.split('.').nth(1).ok_or("not a token")?;
    let claims: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload)?)?;
    let owner = claims.get("email").or_else(|| claims.get("sub"));
    Ok(owner
        .and_then(Value::as_str)
        .ok_or("the token names nobody")?
        .to_owned())
}

fn verify(args: &VerifyBundle) -> Result<(), Box<dyn Error>> {
    let root = trust_root(args.trusted_root.as_ref(), args.staging)?;
    let mut builder = Verifier::builder(vec![root]);
    if let Some(key) = &args.key {
        builder = builder.key(PublicKey::parse(&fs::read(key)?)?);
    }
    let verifier = builder.build()?;
    let parsed = parse(&fs::read(&args.bundle)?, &Limits::default())?;
    let attestation = parsed.items.into_iter().next().ok_or("no bundle")?.result?;
    let artifact = match Digest::parse(&args.file_or_digest) {
        Ok(digest) => slsa_verifier::Artifact::from_digest(digest),
        Err(_) => {
            let algorithms = [
                DigestAlgorithm::Sha256,
                DigestAlgorithm::Sha384,
                DigestAlgorithm::Sha512,
            ];
            hash_reader(fs::File::open(&args.file_or_digest)?, &algorithms, |_| {})?
        }
    };
    let verified = verifier.verify_any(&attestation, &artifact, Timestamp::now())?;
    match (
        verified.signature().signer(),
        &args.certificate_identity,
        &args.certificate_oidc_issuer,
    ) {
        (VerifiedSigner::Certificate(signer), Some(identity), Some(issuer)) => {
            Ok(IdentityRule::new(TextRule::exact(identity)?, TextRule::exact(issuer)?).check(signer)?)
        }
        (VerifiedSigner::Key { .. }, ..) if args.key.is_some() => Ok(()),
        _ => Err("signed by something else than what was asked for".into()),
    }
}

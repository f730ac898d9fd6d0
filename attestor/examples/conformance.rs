//! The client of the sigstore-conformance suite
//! (<https://github.com/sigstore/sigstore-conformance/blob/main/docs/cli_protocol.md>), for verification:
//!
//! ```text
//! conformance verify-bundle [--staging] --bundle FILE
//!     (--certificate-identity ID --certificate-oidc-issuer URL | --key PEM)
//!     [--trusted-root FILE] FILE_OR_DIGEST
//! ```
//!
//! Exit code 0 for a bundle that verifies, 1 for any other. It goes the product's own way: parse, verify, judge
//! the signer.

#![allow(clippy::print_stderr, reason = "a command")]

use std::error::Error;
use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
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
    VerifyBundle(VerifyBundle),
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
    let Command::VerifyBundle(args) = Args::parse().command;
    match verify(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn verify(args: &VerifyBundle) -> Result<(), Box<dyn Error>> {
    let root = match (&args.trusted_root, args.staging) {
        (Some(path), _) => TrustRoot::from_json("given", &fs::read(path)?)?,
        (None, true) => TrustRoot::embedded(EmbeddedRoot::Staging)?,
        (None, false) => TrustRoot::embedded(EmbeddedRoot::PublicGood)?,
    };
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

//! The flags.

use std::path::PathBuf;

use clap::{Parser, Subcommand, ValueEnum};

const EXIT_CODES: &str = "\
Exit codes:
  0   accepted
  1   could not decide: a file, the network or the program failed, or something is missing
  2   usage or configuration
  3   no attestation found
  10  not authentic, or unreadable evidence
  11  authentic, but not what was asked for";

/// Says whether an artifact is what its signer says it is, offline, and why.
#[derive(Debug, Parser)]
#[command(name = "slsa-verify", version, after_help = EXIT_CODES)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Verifies that somebody known attested to artifacts
    #[command(after_help = ARTIFACT_EXAMPLES)]
    Artifact(ArtifactArgs),
    /// Shows what attestations claim; verifies nothing
    #[command(after_help = INSPECT_EXAMPLES)]
    Inspect(InspectArgs),
    /// Shows or fetches the roots of trust
    #[command(subcommand)]
    Trust(TrustCommand),
    /// Prints a completion script
    #[command(after_help = "Example:\n  slsa-verify completions bash > /etc/bash_completion.d/slsa-verify")]
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Writes the manual pages into a folder
    #[command(after_help = "Example:\n  slsa-verify man /usr/local/share/man/man1")]
    Man {
        /// The folder
        directory: PathBuf,
    },
}

const ARTIFACT_EXAMPLES: &str = "\
Examples:
  # the attestation beside it: tool.tar.gz.sigstore.json, .intoto.jsonl, .build.slsa or .jsonl
  slsa-verify artifact tool.tar.gz \\
    --certificate-identity 'https://github.com/o/r/.github/workflows/release.yml@refs/tags/v1.0.0' \\
    --certificate-oidc-issuer 'https://token.actions.githubusercontent.com'

  # see who signed, before deciding whom to expect
  slsa-verify artifact tool.tar.gz --bundle attestations.jsonl --any-identity

  # an image, by its digest, with the attestations in an OCI layout
  slsa-verify artifact sha256:… --bundle ./layout --any-identity

  # an envelope signed with a key
  slsa-verify artifact tool.tar.gz --bundle tool.intoto.json --key release.pub

Without an expected identity, a key or --any-identity nothing is accepted.";

#[derive(Debug, clap::Args)]
pub(crate) struct ArtifactArgs {
    /// Files, or digests such as sha256:HEX
    #[arg(required = true, value_name = "FILE|DIGEST")]
    pub(crate) artifacts: Vec<String>,
    /// Attestations: a file, a folder, an OCI layout, or - for standard input [default: beside the artifact]
    #[arg(long, value_name = "PATH")]
    pub(crate) bundle: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    #[command(flatten)]
    pub(crate) roots: RootArgs,
    /// Which engine verifies
    #[arg(long, value_enum, default_value_t = EngineArg::Native, help_heading = "Verification")]
    pub(crate) engine: EngineArg,
    /// Verify as of this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME", help_heading = "Verification")]
    pub(crate) at: Option<String>,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub(crate) format: Format,
}

/// Who may have signed.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Signer")]
pub(crate) struct SignerArgs {
    /// The certificate's identity, exactly
    #[arg(long, value_name = "ID", conflicts_with = "certificate_identity_regexp")]
    pub(crate) certificate_identity: Option<String>,
    /// The certificate's identity as a regular expression, matched from end to end
    #[arg(long, value_name = "REGEXP")]
    pub(crate) certificate_identity_regexp: Option<String>,
    /// Who vouched for the identity, exactly
    #[arg(long, value_name = "URL", conflicts_with = "certificate_oidc_issuer_regexp")]
    pub(crate) certificate_oidc_issuer: Option<String>,
    /// Who vouched for the identity, as a regular expression, matched from end to end
    #[arg(long, value_name = "REGEXP")]
    pub(crate) certificate_oidc_issuer_regexp: Option<String>,
    /// Accept whoever signed, if a trusted authority knows them
    #[arg(long, conflicts_with_all = [
        "certificate_identity", "certificate_identity_regexp",
        "certificate_oidc_issuer", "certificate_oidc_issuer_regexp",
    ])]
    pub(crate) any_identity: bool,
    /// A public key that may sign without certificate, in PEM or JWK
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Vec<PathBuf>,
}

/// Whom to trust.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Trust")]
pub(crate) struct RootArgs {
    /// A trusted_root.json; then no built-in root counts
    #[arg(long, value_name = "FILE", conflicts_with = "trust_domain")]
    pub(crate) trusted_root: Vec<PathBuf>,
    /// A built-in root [default: public-good and github]
    #[arg(long, value_enum, value_name = "NAME")]
    pub(crate) trust_domain: Vec<DomainArg>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum DomainArg {
    /// Sigstore's public instance
    PublicGood,
    /// GitHub's instance, for private repositories
    Github,
    /// Sigstore's staging instance: for tests, anybody gets any identity there
    Staging,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    /// This project's own
    Native,
    /// The Sigstore project's library
    SigstoreVerify,
    /// Both must accept
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs: docs/reference/verify-output.v1.schema.json
    Json,
}

const INSPECT_EXAMPLES: &str = "\
Examples:
  slsa-verify inspect tool.tar.gz.sigstore.json
  slsa-verify inspect --payload tool.tar.gz.sigstore.json | jq .predicate";

#[derive(Debug, clap::Args)]
pub(crate) struct InspectArgs {
    /// A file, an OCI layout, or - for standard input
    pub(crate) file: PathBuf,
    /// Print the payload of the one attestation, byte for byte
    #[arg(long, conflicts_with = "format")]
    pub(crate) payload: bool,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TrustCommand {
    /// Lists the authorities of the roots of trust
    #[command(
        after_help = "Examples:\n  slsa-verify trust show\n  slsa-verify trust show --trusted-root trusted_root.json --format json"
    )]
    Show {
        #[command(flatten)]
        roots: RootArgs,
        /// The form of the answer
        #[arg(long, value_enum, default_value_t = Format::Text)]
        format: Format,
    },
    /// Fetches the current roots over TUF and writes each as NAME.trusted_root.json
    #[command(
        after_help = "Example:\n  slsa-verify trust update --directory ~/.cache/slsa-verify\n  slsa-verify artifact FILE --trusted-root ~/.cache/slsa-verify/public-good.trusted_root.json …"
    )]
    Update {
        /// Which roots [default: public-good and github]
        #[arg(long, value_enum, value_name = "NAME")]
        trust_domain: Vec<DomainArg>,
        /// Where to write them, and to keep TUF's metadata
        #[arg(long, value_name = "DIR")]
        directory: PathBuf,
    },
}

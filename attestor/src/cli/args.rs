//! The command line, as clap reads it.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Signs provenance of what a workflow built, and other attestations, keylessly.
#[derive(Debug, Parser)]
#[command(name = "slsa-attest", version, max_term_width = 110)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Attest(Box<AttestCommand>),
    /// See it all at work on this machine, without network: attest a file, verify it, break it
    #[command(after_help = "Example:\n  slsa-attest quickstart")]
    Quickstart(QuickstartArgs),
    /// Print a completion script for a shell
    #[command(after_help = "Example:\n  slsa-attest completions bash > /etc/bash_completion.d/slsa-attest")]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[command(after_help = "Example:\n  slsa-attest man target/man")]
    Man {
        /// The folder.
        directory: PathBuf,
    },
}

/// What is attested.
#[derive(Debug, Subcommand)]
pub(crate) enum AttestCommand {
    /// Attest how artifacts were built: SLSA provenance of this run
    #[command(
        after_help = "Example, in a job with `id-token: write`:\n  slsa-attest provenance dist/*.tar.gz"
    )]
    Provenance(ProvenanceArgs),
    /// Attest a bill of materials: SPDX or CycloneDX in JSON
    #[command(after_help = "Example:\n  slsa-attest sbom --file sbom.spdx.json dist/tool.tar.gz")]
    Sbom(FileArgs),
    /// Attest an OpenVEX document
    #[command(after_help = "Example:\n  slsa-attest vex --file tool.vex.json dist/tool.tar.gz")]
    Vex(FileArgs),
    /// Attest a vulnerability scan: Trivy's or Grype's JSON
    #[command(after_help = "Example:\n  slsa-attest scan --file trivy.json dist/tool.tar.gz")]
    Scan(FileArgs),
    /// Attest test results: JUnit XML, or SARIF
    #[command(after_help = "Example:\n  slsa-attest test --file junit.xml dist/tool.tar.gz")]
    Test(FileArgs),
    /// Attest a predicate of any type, except provenance, which is not taken from files
    #[command(
        after_help = "Example:\n  slsa-attest predicate --type https://example.com/review/v1 --file review.json dist/tool.tar.gz"
    )]
    Predicate(PredicateArgs),
    /// Attest a verdict of `slsa-verify --format json`, as a verification summary (VSA)
    #[command(
        after_help = "Example:\n  slsa-verify artifact tool.tar.gz --policy policy.yaml --format json > verdict.json\n  slsa-attest vsa --file verdict.json --verifier-id https://example.com/verifier --resource-uri https://example.com/tool.tar.gz"
    )]
    Vsa(VsaArgs),
}

#[derive(Debug, Args)]
pub(crate) struct ProvenanceArgs {
    /// The version of the predicate; v0.2 is for verifiers that know no other
    #[arg(
        long = "slsa-version",
        value_enum,
        default_value = "v1",
        value_name = "VERSION"
    )]
    pub(crate) slsa_version: ProvenanceVersion,
    /// No step of the caller runs in this job: then the event's payload is what GitHub wrote, and its inputs are recorded
    #[arg(long)]
    pub(crate) isolated: bool,
    /// The event's payload, read with --isolated alone [default: what GITHUB_EVENT_PATH names]
    #[arg(long, value_name = "FILE")]
    pub(crate) event: Option<PathBuf>,
    /// The variables that the workflow could read, as JSON: what `toJSON(vars)` gives
    #[arg(long, value_name = "JSON")]
    pub(crate) vars: Option<String>,
    /// An input of the event or a variable whose value must not be published: `***` is recorded
    #[arg(long = "mask", value_name = "NAME")]
    pub(crate) masked: Vec<String>,
    /// The type of this build, where the workflow that signs has built: it says what --parameters mean
    #[arg(long, value_name = "URI", requires_all = ["parameters", "isolated"])]
    pub(crate) build_type: Option<String>,
    /// What it built with, as a JSON object: external parameters beside the run's own
    #[arg(long, value_name = "FILE", requires = "build_type")]
    pub(crate) parameters: Option<PathBuf>,
    /// When the build began
    #[arg(long, value_name = "TIME")]
    pub(crate) started_on: Option<jiff::Timestamp>,
    /// When the build ended [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) finished_on: Option<jiff::Timestamp>,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProvenanceVersion {
    V1,
    #[value(name = "v0.2")]
    V02,
}

#[derive(Debug, Args)]
pub(crate) struct FileArgs {
    /// The document
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(crate) struct PredicateArgs {
    /// The predicate's type
    #[arg(long = "type", value_name = "URI")]
    pub(crate) predicate_type: String,
    /// The predicate: a JSON object
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(crate) struct VsaArgs {
    /// The verdict
    #[arg(long, value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Who verified: `verifier.id`
    #[arg(long, value_name = "URI")]
    pub(crate) verifier_id: String,
    /// What was verified, as its users know it: `resourceUri`
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: String,
    /// The policy that was applied: `policy.uri`
    #[arg(long, value_name = "URI")]
    pub(crate) policy_uri: String,
    #[command(flatten)]
    pub(crate) common: CommonArgs,
}

#[derive(Debug, Args)]
pub(crate) struct QuickstartArgs {
    /// The file to attest [default: a sample]
    pub(crate) file: Option<PathBuf>,
    /// Where to leave the results
    #[arg(long, value_name = "FOLDER", default_value = "slsa-quickstart")]
    pub(crate) directory: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct CommonArgs {
    #[command(flatten)]
    pub(crate) subjects: SubjectArgs,
    #[command(flatten)]
    pub(crate) run: RunArgs,
    #[command(flatten)]
    pub(crate) signing: SigningArgs,
    #[command(flatten)]
    pub(crate) store: StoreArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "What is attested")]
pub(crate) struct SubjectArgs {
    /// Files, folders, or patterns such as 'dist/**/*.whl'
    #[arg(value_name = "PATH")]
    pub(crate) paths: Vec<String>,
    /// A list in the format of sha256sum
    #[arg(long, value_name = "FILE")]
    pub(crate) checksums: Vec<PathBuf>,
    /// Such a list in base64, as slsa-github-generator's `base64-subjects`
    #[arg(long, value_name = "TEXT")]
    pub(crate) checksums_base64: Vec<String>,
    /// A name and a digest: NAME@sha256:HEX
    #[arg(long = "subject", value_name = "NAME@DIGEST")]
    pub(crate) named: Vec<String>,
    /// An image by its digest: REGISTRY/NAME@sha256:HEX
    #[arg(long, value_name = "REFERENCE")]
    pub(crate) image: Vec<String>,
    /// The images of an OCI layout
    #[arg(long, value_name = "FOLDER")]
    pub(crate) oci_layout: Vec<PathBuf>,
    /// Also take the SHA-512 of files
    #[arg(long)]
    pub(crate) sha512: bool,
    /// Name files in folders by their file name alone, without the path below the folder
    #[arg(long)]
    pub(crate) file_names: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "The run")]
pub(crate) struct RunArgs {
    /// Another issuer than github.com's: `enterprise:SLUG`, `tenant:NAME` (ghe.com), or the URL of GitHub Enterprise Server
    #[arg(long, value_name = "ISSUER", conflicts_with = "gitlab")]
    pub(crate) github: Option<String>,
    /// GitLab CI at this URL, with the ID token of --token-variable or --token-file
    #[arg(long, value_name = "URL")]
    pub(crate) gitlab: Option<String>,
    /// Another issuer of tokens like GitHub's, for tests with other services: its URL
    #[arg(long, value_name = "URL", requires_all = ["server_url", "signing_config"], conflicts_with_all = ["github", "gitlab"])]
    pub(crate) issuer: Option<String>,
    /// Where the repositories are that it speaks of
    #[arg(long, value_name = "URL", requires = "issuer")]
    pub(crate) server_url: Option<String>,
    /// Where on this machine something stands in for that issuer
    #[arg(long, value_name = "URL", requires = "issuer")]
    pub(crate) issuer_at: Option<String>,
    /// The environment variable that holds the identity token
    #[arg(long, value_name = "NAME")]
    pub(crate) token_variable: Option<String>,
    /// The file that holds the identity token
    #[arg(long, value_name = "FILE", conflicts_with = "token_variable")]
    pub(crate) token_file: Option<PathBuf>,
    /// Allow runs that this event started, beside push, release, workflow_dispatch and create
    #[arg(long = "allow-event", value_name = "EVENT")]
    pub(crate) events: Vec<String>,
    /// Allow runners that the provider does not host
    #[arg(long)]
    pub(crate) allow_self_hosted: bool,
    /// Allow the name of a private repository to stand in a public log
    #[arg(long)]
    pub(crate) allow_public_log: bool,
    /// Demand that this job is of this workflow, at a release's tag or a commit: OWNER/NAME/.github/workflows/FILE
    #[arg(long, value_name = "WORKFLOW")]
    pub(crate) signer_workflow: Option<String>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Signing")]
pub(crate) struct SigningArgs {
    /// The instance of Sigstore; `auto` is GitHub's for repositories that are not public
    #[arg(long, value_enum, default_value = "auto", conflicts_with_all = ["signing_config", "key", "sandbox"])]
    pub(crate) instance: InstanceChoice,
    /// The services of another instance
    #[arg(long, value_name = "FILE", requires = "trusted_root")]
    pub(crate) signing_config: Option<PathBuf>,
    /// The trust root of that instance
    #[arg(long, value_name = "FILE", requires = "signing_config")]
    pub(crate) trusted_root: Option<PathBuf>,
    /// The log's version, where the instance has both
    #[arg(long, value_name = "VERSION", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub(crate) rekor_version: Option<u8>,
    /// An encrypted private key (PKCS #8, PEM) instead, for where there is no network
    #[arg(long, value_name = "FILE", conflicts_with = "sandbox")]
    pub(crate) key: Option<PathBuf>,
    /// The environment variable that holds the key's password
    #[arg(long, value_name = "NAME", default_value = "SLSA_ATTEST_KEY_PASSWORD")]
    pub(crate) key_password_variable: String,
    /// Further certificate authorities for TLS, in PEM
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_certificates: Option<PathBuf>,
    /// An HTTP proxy; the environment's are not used
    #[arg(long, value_name = "URL")]
    pub(crate) proxy: Option<String>,
    /// Sign in a sandbox on this machine that nobody trusts, as a run that does not exist
    #[arg(long)]
    pub(crate) sandbox: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum InstanceChoice {
    Auto,
    PublicGood,
    Github,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Results")]
pub(crate) struct StoreArgs {
    /// The file for the bundle [default: the kind's name with .sigstore.json]
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Replace the file if it is there
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Also store it in GitHub's attestations API, with GITHUB_TOKEN
    #[arg(long)]
    pub(crate) github_store: bool,
    /// Print the statement and sign nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// How to report
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

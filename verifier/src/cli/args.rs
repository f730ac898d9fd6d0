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
    /// Verifies attestations of container images
    #[command(after_help = IMAGE_EXAMPLES)]
    Image(ImageArgs),
    /// Verifies npm packages: provenance, and the registry's own statement
    #[command(after_help = NPM_EXAMPLES)]
    Npm(NpmArgs),
    /// Verifies the summary (VSA) of another verifier
    #[command(after_help = VSA_EXAMPLES)]
    Vsa(VsaArgs),
    /// Checks, tests, writes and explains policies
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Compares the provenance of two releases
    #[command(after_help = DIFF_EXAMPLES)]
    Diff(DiffArgs),
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
    #[command(flatten)]
    Compatible(super::compat::Command),
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

  # provenance of a trusted builder, from this repository and of this version
  slsa-verify artifact tool.tar.gz --source-uri github.com/o/r --source-versioned-tag v1.2 --min-level 3

  # all files of a release, by a policy
  slsa-verify artifact --checksums SHA256SUMS --bundle attestations.jsonl --policy policy.yaml

Without an expectation, a policy, an identity, a key or --any-identity nothing is accepted.";

#[derive(Debug, clap::Args)]
pub(crate) struct ArtifactArgs {
    /// Files, folders of files, or digests such as sha256:HEX
    #[arg(value_name = "FILE|DIGEST", required_unless_present = "checksums")]
    pub(crate) artifacts: Vec<String>,
    /// A list as sha256sum writes it: verify every file in it
    #[arg(long, value_name = "FILE")]
    pub(crate) checksums: Option<PathBuf>,
    /// Attestations: a file, a folder, an OCI layout, or - for standard input [default: beside the artifact]
    #[arg(long, value_name = "PATH")]
    pub(crate) bundle: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) demand: DemandArgs,
}

/// What is demanded, whom to trust, and how to answer.
#[derive(Debug, clap::Args)]
pub(crate) struct DemandArgs {
    /// A policy that says what is demanded
    #[arg(long, value_name = "FILE")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) expected: ExpectedArgs,
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    #[command(flatten)]
    pub(crate) roots: RootArgs,
    #[command(flatten)]
    pub(crate) verification: VerificationArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

/// What provenance must say.
#[derive(Debug, Clone, Default, PartialEq, clap::Args)]
#[command(next_help_heading = "Provenance")]
pub(crate) struct ExpectedArgs {
    /// The source repository: HOST/OWNER/NAME
    #[arg(long, value_name = "REPOSITORY")]
    pub(crate) source_uri: Option<String>,
    /// The branch that was built
    #[arg(long, value_name = "NAME")]
    pub(crate) source_branch: Option<String>,
    /// The tag that was built, exactly
    #[arg(long, value_name = "NAME", conflicts_with = "source_versioned_tag")]
    pub(crate) source_tag: Option<String>,
    /// The version that the tag is of: v1, v1.2, v1.2.3
    #[arg(long, value_name = "VERSION")]
    pub(crate) source_versioned_tag: Option<String>,
    /// The commit that was built
    #[arg(long, value_name = "HEX")]
    pub(crate) source_commit: Option<String>,
    /// The number of the source repository
    #[arg(long, value_name = "NUMBER")]
    pub(crate) repository_id: Option<String>,
    /// The builder, with or without @ and a tag, a ref or a commit [default: any that is trusted]
    #[arg(long, value_name = "URL")]
    pub(crate) builder_id: Option<String>,
    /// The lowest SLSA build level
    #[arg(long, value_name = "0-3")]
    pub(crate) min_level: Option<u8>,
    /// The build type
    #[arg(long, value_name = "URL")]
    pub(crate) build_type: Vec<String>,
    /// The event that started the build
    #[arg(long, value_name = "NAME")]
    pub(crate) event: Vec<String>,
    /// The path of the workflow that was started
    #[arg(long, value_name = "PATH")]
    pub(crate) workflow: Option<String>,
    /// An input with which the workflow was started
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) build_workflow_input: Vec<String>,
    /// An external parameter, by name or by JSON Pointer
    #[arg(long, value_name = "NAME=VALUE")]
    pub(crate) parameter: Vec<String>,
    /// An external parameter that may be there though it is not known
    #[arg(long, value_name = "NAME")]
    pub(crate) allow_parameter: Vec<String>,
    /// Accept builds on self-hosted runners, up to level 1
    #[arg(long)]
    pub(crate) allow_self_hosted: bool,
}

/// How to verify.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Verification")]
pub(crate) struct VerificationArgs {
    /// Which engine verifies
    #[arg(long, value_enum, default_value_t = EngineArg::Native)]
    pub(crate) engine: EngineArg,
    /// Verify as of this time (RFC 3339) instead of now
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<String>,
}

/// What to say, and where.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Output")]
pub(crate) struct OutputArgs {
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = AnswerFormat::Text)]
    pub(crate) format: AnswerFormat,
    /// Write the verdict as the statement of a verification summary (VSA), unsigned
    #[arg(
        long,
        value_name = "FILE",
        requires = "vsa_verifier_id",
        requires = "vsa_resource_uri"
    )]
    pub(crate) vsa_out: Option<PathBuf>,
    /// Who verifies, for the summary
    #[arg(long, value_name = "URI")]
    pub(crate) vsa_verifier_id: Option<String>,
    /// What is verified, for the summary
    #[arg(long, value_name = "URI")]
    pub(crate) vsa_resource_uri: Option<String>,
    /// The policy as it shall be named in the summary [default: its file]
    #[arg(long, value_name = "URI")]
    pub(crate) vsa_policy_uri: Option<String>,
}

const IMAGE_EXAMPLES: &str = "\
Examples:
  # an image and its attestations in an OCI layout, as skopeo or `cosign save` write it
  slsa-verify image oci-layout:./layout@sha256:… --source-uri github.com/o/r

  # what Google Cloud Build says of an image
  gcloud artifacts docker images describe IMAGE --format json --show-provenance > provenance.json
  slsa-verify image IMAGE@sha256:… --bundle provenance.json --keys ./gcb-keys --source-uri github.com/o/r";

#[derive(Debug, clap::Args)]
pub(crate) struct ImageArgs {
    /// oci-layout:DIR@sha256:HEX, or NAME@sha256:HEX with --bundle
    pub(crate) image: String,
    /// The image's name, for a policy's rules [default: NAME, or the layout's folder]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Attestations: a file, a folder, an OCI layout, or what gcloud printed
    #[arg(long, value_name = "PATH")]
    pub(crate) bundle: Vec<PathBuf>,
    /// A folder with Google Cloud Build's public keys: REGION.key, global.key, global-pae-NAME_VERSION.key
    #[arg(long, value_name = "DIR")]
    pub(crate) keys: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) demand: DemandArgs,
}

const NPM_EXAMPLES: &str = "\
Example:
  curl -sO https://registry.npmjs.org/@scope/name/-/name-1.0.0.tgz
  curl -s https://registry.npmjs.org/-/npm/v1/attestations/@scope%2fname@1.0.0 > attestations.json
  slsa-verify npm name-1.0.0.tgz --attestations attestations.json \\
    --package-name @scope/name --package-version 1.0.0 --source-uri github.com/o/r";

#[derive(Debug, clap::Args)]
pub(crate) struct NpmArgs {
    /// The package's tarball
    pub(crate) tarball: PathBuf,
    /// The registry's answer for this version: /-/npm/v1/attestations/NAME@VERSION
    #[arg(long, value_name = "FILE")]
    pub(crate) attestations: PathBuf,
    /// The package's name, with its scope
    #[arg(long, value_name = "NAME")]
    pub(crate) package_name: Option<String>,
    /// The package's version
    #[arg(long, value_name = "VERSION")]
    pub(crate) package_version: Option<String>,
    /// The registry's keys, in the format of npm's keys.json [default: built in]
    #[arg(long, value_name = "FILE")]
    pub(crate) registry_keys: Option<PathBuf>,
    /// A policy that says what is demanded; its rules for packages are asked
    #[arg(long, value_name = "FILE", requires = "package_name")]
    pub(crate) policy: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) expected: ExpectedArgs,
    #[command(flatten)]
    pub(crate) roots: RootArgs,
    #[command(flatten)]
    pub(crate) verification: VerificationArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

const VSA_EXAMPLES: &str = "\
Example:
  slsa-verify vsa tool.tar.gz --bundle tool.vsa.json --key verifier.pub \\
    --verifier-id https://verifier.example/v1 --resource-uri pkg:generic/tool@1.0.0 \\
    --verified-level SLSA_BUILD_LEVEL_3";

#[derive(Debug, clap::Args)]
pub(crate) struct VsaArgs {
    /// A file, or digests of one artifact, of which one subject must have all: sha256:HEX, gce_image_id:NUMBER
    #[arg(required = true, value_name = "FILE|DIGEST")]
    pub(crate) artifact: Vec<String>,
    /// The summary
    #[arg(long, value_name = "FILE", required = true)]
    pub(crate) bundle: Vec<PathBuf>,
    /// The verifier's id
    #[arg(long, value_name = "URI")]
    pub(crate) verifier_id: String,
    /// What was verified
    #[arg(long, value_name = "URI")]
    pub(crate) resource_uri: String,
    /// A level or a property that was verified
    #[arg(long, value_name = "LEVEL")]
    pub(crate) verified_level: Vec<String>,
    #[command(flatten)]
    pub(crate) signer: SignerArgs,
    #[command(flatten)]
    pub(crate) roots: RootArgs,
    #[command(flatten)]
    pub(crate) verification: VerificationArgs,
    #[command(flatten)]
    pub(crate) output: OutputArgs,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Says whether policies can be used, and what is wrong where
    #[command(after_help = "Example:\n  slsa-verify policy check policy.yaml")]
    Check {
        /// The policies
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
    /// Runs the cases in a folder: what must be accepted, and what refused with which code
    #[command(
        after_help = "Example:\n  slsa-verify policy test ./policy-tests    # reads policy-tests/cases.yaml"
    )]
    Test {
        /// The folder with cases.yaml
        directory: PathBuf,
    },
    /// Writes the tightest policy that accepts an artifact with its attestation: trust on first use
    #[command(
        after_help = "Example:\n  slsa-verify policy init --from tool.sigstore.json tool.tar.gz > policy.yaml"
    )]
    Init {
        /// The attestation
        #[arg(long, value_name = "BUNDLE")]
        from: PathBuf,
        /// The artifact: a file, or a digest
        artifact: String,
        #[command(flatten)]
        roots: RootArgs,
    },
    /// Says in words what a policy demands
    #[command(after_help = "Example:\n  slsa-verify policy explain policy.yaml")]
    Explain {
        /// The policy
        file: PathBuf,
    },
    /// Prints the JSON Schema of the policy file
    #[command(after_help = "Example:\n  slsa-verify policy schema > policy.schema.json")]
    Schema,
}

const DIFF_EXAMPLES: &str = "\
Example:
  slsa-verify diff v1.0.0/tool.sigstore.json v1.1.0/tool.sigstore.json

Compares what the attestations claim. It verifies nothing: verify each of them first.";

#[derive(Debug, clap::Args)]
pub(crate) struct DiffArgs {
    /// The attestation of the old release
    pub(crate) old: PathBuf,
    /// The attestation of the new release
    pub(crate) new: PathBuf,
    /// The form of the answer
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// Who may have signed.
#[derive(Debug, Clone, Default, clap::Args)]
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
#[derive(Debug, Clone, Default, clap::Args)]
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

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum EngineArg {
    /// This project's own
    #[default]
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
    /// For programs
    Json,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum AnswerFormat {
    /// For people
    Text,
    /// For programs: docs/reference/verify-output.v1.schema.json
    Json,
    /// For code scanning: SARIF 2.1.0
    Sarif,
    /// For the summary of a workflow's step
    Markdown,
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
        after_help = "Examples:\n  slsa-verify trust update --directory ~/.cache/slsa-verify\n  slsa-verify artifact FILE --trusted-root ~/.cache/slsa-verify/public-good.trusted_root.json …\n  slsa-verify trust update --directory . --tuf-url https://tuf.example.com --tuf-root root.json --name ours"
    )]
    Update {
        /// Which roots [default: public-good and github]
        #[arg(long, value_enum, value_name = "NAME", conflicts_with = "tuf_url")]
        trust_domain: Vec<DomainArg>,
        /// Another instance's TUF repository
        #[arg(long, value_name = "URL", requires_all = ["tuf_root", "name"])]
        tuf_url: Option<String>,
        /// The TUF root of that instance from which the way to the current one begins
        #[arg(long, value_name = "FILE", requires = "tuf_url")]
        tuf_root: Option<PathBuf>,
        /// What to call that instance
        #[arg(long, value_name = "NAME", requires = "tuf_url", value_parser = instance_name)]
        name: Option<String>,
        /// Where to write them, and to keep TUF's metadata
        #[arg(long, value_name = "DIR")]
        directory: PathBuf,
    },
}

/// A name becomes a file's: letters, digits, hyphens and underscores, at most 64.
fn instance_name(text: &str) -> Result<String, String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if text.is_empty() || text.len() > 64 || !text.chars().all(allowed) {
        return Err("letters, digits, hyphens and underscores only, at most 64".to_owned());
    }
    Ok(text.to_owned())
}

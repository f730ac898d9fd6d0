//! The five commands of slsa-verifier, with its flags, so that a script needs to change the program's name alone.
//!
//! Verdicts go to standard error as slsa-verifier writes them, `--print-provenance` to standard output. What it
//! refuses is refused; where it is laxer than this program (an unset `--attestations-path`, a commit that
//! certificate and provenance disagree on), this program's own rules hold. `docs/guides/from-slsa-verifier.md`
//! lists the differences.

use std::io::Write;
use std::path::{Path, PathBuf};

use super::answer::Answer;
use super::args::{EngineArg, ExpectedArgs, RootArgs, VerificationArgs};
use super::exit::Exit;
use super::gcloud::{self, Input};
use super::proven::Proven;
use super::shown::Shown;
use super::targets::{self, Target};
use super::{Failure, evidence, image, npm, setup, vsa};
use crate::artifact::Artifact;
use crate::builder::TrustedBuilders;
use crate::code::Code;
use crate::expect::Expectations;
use crate::limits::Limits;
use crate::npm::PackageRule;
use crate::policy::{Policy, Requirement, Subject};
use crate::summary::SummaryExpectations;
use crate::verify::Verifier;

/// slsa-verifier's commands.
#[derive(Debug, clap::Subcommand)]
#[expect(clippy::enum_variant_names, reason = "these are slsa-verifier's names")]
pub(crate) enum Command {
    /// As slsa-verifier's command of this name
    #[command(
        after_help = "Example:\n  slsa-verify verify-artifact tool --provenance-path tool.intoto.jsonl --source-uri github.com/o/r --source-tag v1.0.0"
    )]
    VerifyArtifact(VerifyArtifact),
    /// As slsa-verifier's command of this name
    #[command(
        after_help = "Example:\n  slsa-verify verify-image ./layout@sha256:… --source-uri github.com/o/r"
    )]
    VerifyImage(VerifyImage),
    /// As slsa-verifier's command of this name
    #[command(
        after_help = "Example:\n  slsa-verify verify-npm-package name-1.0.0.tgz --attestations-path attestations.json --package-name name --package-version 1.0.0 --builder-id https://github.com/actions/runner/github-hosted --source-uri github.com/o/r"
    )]
    VerifyNpmPackage(VerifyNpmPackage),
    /// As slsa-verifier's command of this name
    #[command(
        after_help = "Example:\n  slsa-verify verify-github-attestation MODULE.bazel --attestation-path MODULE.bazel.intoto.jsonl --source-uri github.com/o/r --builder-id https://github.com/bazel-contrib/publish-to-bcr/.github/workflows/publish.yaml"
    )]
    VerifyGithubAttestation(VerifyGithubAttestation),
    /// As slsa-verifier's command of this name
    #[command(
        after_help = "Example:\n  slsa-verify verify-vsa --subject-digest sha256:… --attestation-path vsa.jsonl --verifier-id https://verifier.example --resource-uri pkg:generic/tool --public-key-path key.pem"
    )]
    VerifyVsa(VerifyVsa),
}

/// What slsa-verifier's commands expect of the source.
#[derive(Debug, clap::Args)]
pub(crate) struct Source {
    /// The source repository: github.com/OWNER/NAME
    #[arg(long, value_name = "REPOSITORY")]
    source_uri: String,
    /// The branch that was built
    #[arg(long, value_name = "NAME")]
    source_branch: Option<String>,
    /// The tag that was built
    #[arg(long, value_name = "NAME", conflicts_with = "source_versioned_tag")]
    source_tag: Option<String>,
    /// The version that the tag is of
    #[arg(long, value_name = "VERSION")]
    source_versioned_tag: Option<String>,
    /// An input with which the workflow was started
    #[arg(long, value_name = "NAME=VALUE")]
    build_workflow_input: Vec<String>,
    /// Print the verified statement
    #[arg(long)]
    print_provenance: bool,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyArtifact {
    /// The artifacts
    #[arg(required = true, value_name = "FILE")]
    artifacts: Vec<PathBuf>,
    /// The provenance
    #[arg(long, value_name = "FILE")]
    provenance_path: PathBuf,
    /// The builder
    #[arg(long, value_name = "URL")]
    builder_id: Option<String>,
    /// Taken, and without effect, as in slsa-verifier
    #[arg(long, value_name = "REPOSITORY", hide = true)]
    provenance_repository: Option<String>,
    #[command(flatten)]
    source: Source,
    /// A policy whose builders are trusted beside slsa-verifier's
    #[arg(long, value_name = "FILE")]
    policy: Option<PathBuf>,
    #[command(flatten)]
    roots: RootArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyImage {
    /// The image: the folder of an OCI layout and @sha256:HEX, or with --provenance-path NAME@sha256:HEX
    image: String,
    /// What gcloud printed of the image
    #[arg(long, value_name = "FILE")]
    provenance_path: Option<PathBuf>,
    /// Registries are not asked: give an OCI layout
    #[arg(long, value_name = "REPOSITORY", hide = true)]
    provenance_repository: Option<String>,
    /// The builder
    #[arg(long, value_name = "URL")]
    builder_id: Option<String>,
    /// A folder with Google Cloud Build's public keys
    #[arg(long, value_name = "DIR")]
    keys: Option<PathBuf>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    roots: RootArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyNpmPackage {
    /// The package's tarball
    tarball: PathBuf,
    /// The registry's answer for this version
    #[arg(long, value_name = "FILE")]
    attestations_path: PathBuf,
    /// The package's name
    #[arg(long, value_name = "NAME")]
    package_name: Option<String>,
    /// The package's version
    #[arg(long, value_name = "VERSION")]
    package_version: Option<String>,
    /// The builder
    #[arg(long, value_name = "URL")]
    builder_id: Option<String>,
    #[command(flatten)]
    source: Source,
    #[command(flatten)]
    roots: RootArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyGithubAttestation {
    /// The artifact
    artifact: PathBuf,
    /// The attestation
    #[arg(long, value_name = "FILE")]
    attestation_path: PathBuf,
    /// The source repository
    #[arg(long, value_name = "REPOSITORY")]
    source_uri: String,
    /// The builder
    #[arg(long, value_name = "URL")]
    builder_id: String,
    /// Print the verified statement
    #[arg(long)]
    print_attestation: bool,
    #[command(flatten)]
    roots: RootArgs,
}

#[derive(Debug, clap::Args)]
pub(crate) struct VerifyVsa {
    /// A digest of the artifact
    #[arg(long, value_name = "ALGORITHM:VALUE", required = true)]
    subject_digest: Vec<String>,
    /// The summary
    #[arg(long, value_name = "FILE")]
    attestation_path: PathBuf,
    /// The verifier's id
    #[arg(long, value_name = "URI")]
    verifier_id: String,
    /// What was verified
    #[arg(long, value_name = "URI")]
    resource_uri: String,
    /// A level that was verified
    #[arg(long, value_name = "LEVEL")]
    verified_level: Vec<String>,
    /// The verifier's public key
    #[arg(long, value_name = "FILE")]
    public_key_path: PathBuf,
    /// The key's id in the envelope
    #[arg(long, value_name = "ID")]
    public_key_id: Option<String>,
    /// Print the verified statement
    #[arg(long)]
    print_attestation: bool,
}

pub(crate) fn run(
    command: &Command,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    let (answers, print) = match command {
        Command::VerifyArtifact(args) => (artifact(args)?, args.source.print_provenance),
        Command::VerifyImage(args) => (verify_image(args)?, args.source.print_provenance),
        Command::VerifyNpmPackage(args) => (npm_package(args)?, args.source.print_provenance),
        Command::VerifyGithubAttestation(args) => (github_attestation(args)?, args.print_attestation),
        Command::VerifyVsa(args) => (verify_vsa(args)?, args.print_attestation),
    };
    let exit = Exit::of_all(answers.iter().map(Answer::exit));
    for answer in &answers {
        let name = Shown(&answer.artifact);
        if answer.exit() == Exit::Accepted {
            let builder = answer.accepted().find_map(|(_, attempt)| attempt.built.as_ref());
            if let Some((level, Some(builder))) = builder {
                writeln!(stderr, "Verified build using builder {:?} ({level})", builder.id)?;
            }
            writeln!(stderr, "Verifying {name}: PASSED\n")?;
        } else {
            writeln!(stderr, "Verifying {name}: FAILED: {}\n", reason(answer))?;
        }
    }
    if exit != Exit::Accepted {
        writeln!(stderr, "FAILED: SLSA verification failed")?;
        return Ok(exit);
    }
    if print {
        let mut printed: Vec<&[u8]> = Vec::new();
        for (statement, attempt) in answers.iter().flat_map(Answer::accepted) {
            // Of an npm package the provenance is meant, not the registry's statement.
            let is_provenance = attempt
                .built
                .as_ref()
                .is_some_and(|(_, builder)| builder.is_some());
            if (is_provenance || matches!(command, Command::VerifyVsa(_)))
                && !printed.contains(&statement.payload())
            {
                printed.push(statement.payload());
                stdout.write_all(statement.payload())?;
                writeln!(stdout)?;
            }
        }
    }
    writeln!(stderr, "PASSED: SLSA verification passed")?;
    Ok(exit)
}

/// Why an artifact is not accepted, in a line.
fn reason(answer: &Answer) -> String {
    let reasons = answer.reasons();
    let first = reasons.first();
    first.map_or_else(String::new, |(code, text)| format!("{code}: {}", Shown(text)))
}

/// slsa-verifier's own expectations: it minds the case of a repository's name.
fn expectations(source: &Source, builder_id: Option<&str>) -> Result<Expectations, Failure> {
    let args = ExpectedArgs {
        source_uri: Some(source.source_uri.clone()),
        source_branch: source.source_branch.clone(),
        source_tag: source.source_tag.clone(),
        source_versioned_tag: source.source_versioned_tag.clone(),
        builder_id: builder_id.filter(|id| !id.is_empty()).map(ToOwned::to_owned),
        build_workflow_input: source.build_workflow_input.clone(),
        ..ExpectedArgs::default()
    };
    let mut expected = setup::expectations(&args)?;
    expected.source = expected.source.map(crate::expect::Repository::with_exact_case);
    Ok(expected)
}

/// The builders that slsa-verifier trusts for a command.
fn builders(names: &[&str]) -> Result<TrustedBuilders, Failure> {
    Ok(setup::builders()?.only(|row| names.contains(&row.name.as_str())))
}

const OF_ARTIFACTS: [&str; 5] = [
    "slsa-github-generator-generic",
    "slsa-github-generator-go",
    "slsa-github-generator-container-based",
    "slsa-github-generator-delegator",
    "slsa-github-generator-delegator-lowperms",
];

fn artifact(args: &VerifyArtifact) -> Result<Vec<Answer>, Failure> {
    let mut trusted = builders(&OF_ARTIFACTS)?;
    if let Some(path) = &args.policy {
        trusted = trusted.extended(setup::policy(path)?.builders);
    }
    let expected = expectations(&args.source, args.builder_id.as_deref())?;
    files(
        &args.artifacts,
        &args.provenance_path,
        expected,
        trusted,
        &args.roots,
    )
}

fn github_attestation(args: &VerifyGithubAttestation) -> Result<Vec<Answer>, Failure> {
    if args.builder_id.is_empty() {
        return Err(no_builder());
    }
    let source = Source {
        source_uri: args.source_uri.clone(),
        source_branch: None,
        source_tag: None,
        source_versioned_tag: None,
        build_workflow_input: Vec::new(),
        print_provenance: args.print_attestation,
    };
    let expected = expectations(&source, Some(&args.builder_id))?;
    let trusted = builders(&["bazel-registry-publish", "bazel-registry-release-ruleset"])?;
    let artifacts = std::slice::from_ref(&args.artifact);
    files(artifacts, &args.attestation_path, expected, trusted, &args.roots)
}

fn no_builder() -> Failure {
    let message = format!(
        "{}: no builder was named, and none is trusted by default",
        Code::BuilderUntrusted
    );
    Failure::new(Exit::Refused, message).with_hint("name it with --builder-id")
}

/// Verifies files with one provenance.
fn files(
    files: &[PathBuf],
    provenance: &Path,
    expected: Expectations,
    trusted: TrustedBuilders,
    roots: &RootArgs,
) -> Result<Vec<Answer>, Failure> {
    let limits = Limits::default();
    let policy = Policy::of_anything(trusted, vec![Requirement::provenance(expected)]);
    let found = evidence::load(provenance, &limits)?;
    let targets: Vec<Target> = files.iter().map(|path| Target::file(path)).collect();
    let hashed = targets::hashed(&targets, found.iter(), &limits);
    let proven = Proven::prove(&verifier(roots)?, &found, setup::time(None)?);
    let answer = |(target, artifact): (&Target, Result<Artifact, String>)| {
        let name = target.name.clone();
        match artifact {
            Ok(artifact) => {
                let subject = Subject::Artifact(&target.name);
                proven.decide(&policy, name, subject, &artifact, &Proven::default())
            }
            Err(error) => Answer::unread(name, error),
        }
    };
    Ok(targets.iter().zip(hashed).map(answer).collect())
}

fn verifier(roots: &RootArgs) -> Result<Verifier, Failure> {
    setup::verifier(roots, Vec::new(), EngineArg::default(), None)
}

fn verify_image(args: &VerifyImage) -> Result<Vec<Answer>, Failure> {
    let limits = Limits::default();
    let now = setup::time(None)?;
    let image = image::image(&args.image)?;
    let expected = expectations(&args.source, args.builder_id.as_deref())?;
    let trusted = builders(&["slsa-github-generator-container", "google-cloud-build"])?;
    let policy = Policy::of_anything(trusted, vec![Requirement::provenance(expected)]);
    let artifact = Artifact::from_digest(image.digest.clone());
    let proven = if let Some(path) = &args.provenance_path {
        let Input::Described(described) = gcloud::load(path, &limits)? else {
            let message = format!("{}: not what gcloud prints", path.display());
            return Err(Failure::new(Exit::Usage, message));
        };
        let keys = match &args.keys {
            Some(folder) => gcloud::keys(folder)?,
            None => Vec::new(),
        };
        let verifier = setup::build(Vec::new(), keys, EngineArg::default())?;
        gcloud::prove(&described, path, &verifier, &artifact, now)
    } else {
        let layout = image.layout.unwrap_or_else(|| PathBuf::from(&image.name));
        if !layout.join("oci-layout").is_file() {
            let message = format!(
                "{}: no OCI layout, and registries are not asked",
                layout.display()
            );
            return Err(Failure::new(Exit::Undecided, message)
                .with_hint("save the image with `cosign save --dir DIR IMAGE` and give DIR@sha256:…"));
        }
        Proven::prove(&verifier(&args.roots)?, &evidence::load(&layout, &limits)?, now)
    };
    let subject = Subject::Image(&args.image);
    let answer = proven.decide(
        &policy,
        args.image.clone(),
        subject,
        &artifact,
        &Proven::default(),
    );
    Ok(vec![answer])
}

fn npm_package(args: &VerifyNpmPackage) -> Result<Vec<Answer>, Failure> {
    let builder_id = args.builder_id.as_deref().filter(|id| !id.is_empty());
    let source = &args.source;
    if source.source_branch.is_some() || source.source_tag.is_some() || source.source_versioned_tag.is_some()
    {
        let message = "npm's own provenance tells no branch and no tag that can be trusted";
        return Err(Failure::new(Exit::Usage, message)
            .with_hint("use `slsa-verify npm` for packages of other builders"));
    }
    let package = npm::Package {
        tarball: &args.tarball,
        attestations: &args.attestations_path,
        name: args.package_name.clone().unwrap_or_default(),
        policy: npm::of_flags(
            PackageRule::of(args.package_name.as_deref(), args.package_version.as_deref()),
            expectations(source, Some(builder_id.ok_or_else(no_builder)?))?,
            builders(&["npm-cli", "slsa-github-generator-delegator-lowperms"])?,
        ),
        policy_file: None,
        keys: setup::registry_keys(None)?,
    };
    let usual = VerificationArgs::default();
    Ok(vec![npm::verify(
        package,
        &args.roots,
        &usual,
        setup::time(None)?,
    )?])
}

fn verify_vsa(args: &VerifyVsa) -> Result<Vec<Answer>, Failure> {
    let limits = Limits::default();
    let artifact = vsa::known(&args.subject_digest)?;
    let mut expected = SummaryExpectations::new(args.verifier_id.clone(), args.resource_uri.clone());
    expected.levels = args.verified_level.clone();
    let key = setup::key_file(&args.public_key_path)?;
    let key = match &args.public_key_id {
        Some(id) => key.with_name(id.clone()),
        None => key,
    };
    let verifier = setup::build(Vec::new(), vec![key], EngineArg::default())?;
    let found = evidence::load(&args.attestation_path, &limits)?;
    let proven = Proven::prove(&verifier, &found, setup::time(None)?);
    let name = args.subject_digest.join(" ");
    Ok(vec![vsa::decide(&proven, expected, name, &artifact)?])
}

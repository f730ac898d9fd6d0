//! All of it on one machine without network: attest a file, verify it, break it.

use std::path::{Path, PathBuf};

use clap::Parser as _;
use jiff::Timestamp;
use slsa_sandbox::Instance;
use slsa_verifier::{
    Artifact, Judged, Limits, Policy, Subject, TimeSource, TrustRoot, Verdict, Verifier, parse,
};

use super::Terminal;
use super::args::{Cli, Command, QuickstartArgs};
use super::attest::{Done, attest};
use super::failure::Failure;
use super::report::escaped;
use super::session::read;
use crate::store::{Overwrite, write_atomically};

/// Bytes of a file that is broken for show: 256 MiB.
const MAX_FILE_BYTES: usize = 256 << 20;

/// The sample, where no file is named.
const SAMPLE: (&str, &str) = ("hello.txt", "hello from a build\n");

/// What the verifier is told to demand: the sandbox's root, its builder, and the source.
const POLICY: &str = "\
# Who may be believed, and what must be true of what is admitted.
version: 1
trust:
  roots: [trusted_root.json]
builders:
  add:
    - name: the sandbox's builder
      kind: reusable-workflow
      issuer: ISSUER
      signer: https://git.slsa-sandbox.test/slsa-sandbox/builder/.github/workflows/build.yml
      refs: [release-tags]
      build-types: [https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1]
      level: 3
rules:
  - name: everything
    match:
      artifact: [\"**\"]
    require:
      - provenance:
          source: git.slsa-sandbox.test/slsa-sandbox/example
          tag: v1.2.3
          level: 3
";

/// The files that are left behind.
struct Files {
    artifact: PathBuf,
    bundle: PathBuf,
    root: PathBuf,
    policy: PathBuf,
}

pub(crate) fn run(args: &QuickstartArgs, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    std::fs::create_dir_all(&args.directory).map_err(|error| Failure::file(&args.directory, &error))?;
    let files = files(args)?;

    terminal.say("1  A Sigstore starts on this machine, and needs no network")?;
    let done = attest_file(&files, terminal)?;

    terminal.say(&format!(
        "\n2  Provenance of {} is signed by a made-up release",
        shown(&files.artifact)
    ))?;
    tell_statement(&done, terminal)?;

    let bytes = read(&files.artifact, MAX_FILE_BYTES)?;
    let judge = judge(&done, &files)?;
    terminal.say("\n3  The verifier is asked whether it may be admitted, offline, by a policy")?;
    tell_verdict(&files.artifact, &judge.verdict(&files.artifact, &bytes), terminal)?;

    terminal.say("\n4  One bit of the file changes, and it is asked again")?;
    tell_verdict(
        &files.artifact,
        &judge.verdict(&files.artifact, &broken(bytes)),
        terminal,
    )?;

    terminal.say(&format!(
        "\n5  Look for yourself\n   slsa-verify artifact {} --bundle {} --policy {}\n   slsa-verify inspect {}",
        shown(&files.artifact),
        shown(&files.bundle),
        shown(&files.policy),
        shown(&files.bundle),
    ))
}

fn files(args: &QuickstartArgs) -> Result<Files, Failure> {
    let within = |name: &str| args.directory.join(name);
    let artifact = match &args.file {
        Some(file) => file.clone(),
        None => {
            let (name, content) = SAMPLE;
            let path = within(name);
            write_atomically(&path, content.as_bytes(), Overwrite::Replace)?;
            path
        }
    };
    Ok(Files {
        artifact,
        bundle: within("provenance.sigstore.json"),
        root: within("trusted_root.json"),
        policy: within("policy.yaml"),
    })
}

/// Does what a user would with `slsa-attest provenance --sandbox`, in an environment of its own.
fn attest_file(files: &Files, terminal: &mut Terminal<'_>) -> Result<Done, Failure> {
    let arguments = [
        "slsa-attest",
        "provenance",
        "--sandbox",
        "--overwrite",
        "--output",
    ]
    .map(Into::into);
    let paths = [
        files.bundle.as_os_str(),
        "--".as_ref(),
        files.artifact.as_os_str(),
    ]
    .map(ToOwned::to_owned);
    let usage = |detail: String| Failure::Option {
        option: "quickstart",
        detail,
    };
    let cli =
        Cli::try_parse_from(arguments.into_iter().chain(paths)).map_err(|error| usage(error.to_string()))?;
    let Command::Attest(command) = cli.command else {
        return Err(usage("another command".to_owned()));
    };
    attest(&command, |_| None, terminal)?.ok_or_else(|| usage("a dry run".to_owned()))
}

fn tell_statement(done: &Done, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    for bundle in &done.bundles {
        let verified = bundle.verified();
        let mut say = |what: &str, found: &str| terminal.say(&format!("   {what:<9} {}", escaped(found)));
        for subject in verified.statement().subjects() {
            let digests: Vec<String> = subject.digest().iter().map(ToString::to_string).collect();
            say(
                "subject",
                &format!("{} {}", subject.name().unwrap_or_default(), digests.join(" ")),
            )?;
        }
        if let Ok(provenance) = verified.provenance() {
            say("builder", &provenance.builder_id)?;
            if let Some(source) = &provenance.source {
                let git_ref = source.git_ref.as_deref().unwrap_or("no ref");
                say("source", &format!("{} at {git_ref}", source.repository))?;
                say("commit", source.commit.as_deref().unwrap_or("none"))?;
            }
            say("event", provenance.event.as_deref().unwrap_or("none"))?;
        }
        let evidence = verified.signature().evidence();
        for entry in &evidence.log_entries {
            say("log", &format!("{} entry {}", entry.log, entry.log_index))?;
        }
        for time in &evidence.times {
            let by = match &time.source {
                TimeSource::TimestampAuthority => "the timestamp authority",
                _ => "the log",
            };
            say("time", &format!("{} by {by}", time.time))?;
        }
    }
    Ok(())
}

/// Who decides: the verifier's library, with the files that are left behind.
struct Judge {
    verifier: Verifier,
    policy: Policy,
    bundle: Vec<u8>,
}

fn judge(done: &Done, files: &Files) -> Result<Judge, Failure> {
    let sandbox = done.session.sandbox.as_ref();
    let (issuer, root) = match sandbox {
        Some(sandbox) => (
            sandbox.issuer().url().to_owned(),
            sandbox.trusted_root(Instance::Public)?,
        ),
        None => Default::default(),
    };
    let policy = POLICY.replace("ISSUER", &issuer);
    write_atomically(&files.root, root.as_bytes(), Overwrite::Replace)?;
    write_atomically(&files.policy, policy.as_bytes(), Overwrite::Replace)?;
    let policy = Policy::read(&policy).map_err(|error| Failure::Option {
        option: "quickstart",
        detail: error.to_string(),
    })?;
    let root = TrustRoot::from_json("sandbox", root.as_bytes())?;
    Ok(Judge {
        verifier: Verifier::builder(vec![root]).build()?,
        policy,
        bundle: read(&files.bundle, Limits::default().input_bytes)?,
    })
}

impl Judge {
    fn verdict(&self, path: &Path, bytes: &[u8]) -> Verdict {
        let items = parse(&self.bundle, &Limits::default()).map_or(Vec::new(), |parsed| parsed.items);
        let authenticated: Vec<_> = items
            .into_iter()
            .map(|item| {
                let attestation = item.result?;
                self.verifier.authenticate(&attestation, Timestamp::now())
            })
            .collect();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let artifact = Artifact::from_bytes(bytes);
        self.policy
            .evaluate(Subject::Artifact(&name), &artifact, &authenticated, &[])
    }
}

fn tell_verdict(path: &Path, verdict: &Verdict, terminal: &mut Terminal<'_>) -> Result<(), Failure> {
    match verdict.refusal() {
        None => terminal.say(&format!("   ACCEPTED  {}", shown(path)))?,
        Some(code) => terminal.say(&format!("   REFUSED   {} [{code}]", shown(path)))?,
    }
    for attempt in verdict
        .requirements
        .iter()
        .flat_map(|requirement| &requirement.attempts)
    {
        match &attempt.judged {
            Judged::Failed(error) => terminal.say(&format!("   no  {}", escaped(&error.to_string())))?,
            Judged::Compared { evaluation, .. } => {
                terminal.say("   ok  signature, certificate, log entry and time")?;
                for check in &evaluation.checks {
                    let mark = if check.is_met() { "ok" } else { "no" };
                    terminal.say(&format!("   {mark}  {}", escaped(&check.to_string())))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Flips the lowest bit of the last byte; of nothing, makes something.
fn broken(mut bytes: Vec<u8>) -> Vec<u8> {
    match bytes.last_mut() {
        Some(last) => *last ^= 1,
        None => bytes.push(0),
    }
    bytes
}

fn shown(path: &Path) -> String {
    escaped(&path.display().to_string())
}

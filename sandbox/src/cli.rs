//! The command line: `slsa-sandbox`.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};
use jiff::Timestamp;

use crate::clock::Clock;
use crate::error::SandboxError;
use crate::mint;
use crate::run::{Run, RunError};
use crate::seed::Seed;
use crate::server::{Server, ServerError, ServerOptions};

/// A whole Sigstore on this machine, for tests and demonstrations. Nobody trusts it, and nobody should.
#[derive(Debug, Parser)]
#[command(name = "slsa-sandbox", version, max_term_width = 110)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run it until it is interrupted: issuer, Fulcio, Rekor v1 and v2, timestamps, GitHub's attestations, TUF
    #[command(
        after_help = "Example:\n  slsa-sandbox serve --directory /tmp/sandbox &\n  set -a; . /tmp/sandbox/sandbox.env; set +a\n  cosign verify-blob-attestation --trusted-root /tmp/sandbox/trusted_root.json …"
    )]
    Serve {
        /// Where to write trust root, signing config and environment
        #[arg(long, value_name = "FOLDER")]
        directory: PathBuf,
        /// The run that asks for tokens, in YAML [default: a push to an example]
        #[arg(long, value_name = "FILE")]
        run: Option<PathBuf>,
        /// The issuer for which the sandbox stands in, so that tokens and certificates name it [default: the sandbox itself]
        #[arg(long, value_name = "URL")]
        issuer: Option<String>,
        /// The port [default: one that is free]
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// The seed of all keys; whoever knows it has them
        #[arg(long, default_value = "slsa-sandbox")]
        seed: String,
    },
    /// Write honest bundles, and each forgery with the code of its refusal: the same bytes for the same seed and time
    #[command(
        after_help = "Example:\n  slsa-sandbox mint testdata\n  slsa-verify artifact testdata/bundles/artifact --bundle testdata/bundles/rekor-v2/bundle.sigstore.json \\\n    --trusted-root testdata/bundles/trusted_root.json --any-identity"
    )]
    Mint {
        /// The folder: a new or empty one, or one of an earlier run, whose bundles, statements and policies are replaced
        #[arg(value_name = "FOLDER")]
        folder: PathBuf,
        /// The seed of all keys; whoever knows it has them
        #[arg(long, default_value = mint::SEED)]
        seed: String,
        /// The time at which everything is signed
        #[arg(long, value_name = "TIME", default_value = mint::TIME)]
        at: Timestamp,
    },
}

/// Why the sandbox did not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: {error}", path.display())]
    Run { path: PathBuf, error: RunError },
    #[error("{} is neither empty nor of an earlier run, by its cases.json", .0.display())]
    Folder(PathBuf),
    #[error("{0}")]
    Server(#[from] ServerError),
    #[error("{0}")]
    Mint(#[from] SandboxError),
    #[error("cannot write: {0}")]
    Report(#[from] io::Error),
}

/// Runs the command line of this process: 0 if it did what it was told, 1 if not, 2 for a wrong call.
#[must_use]
pub fn main() -> ExitCode {
    let (mut stdout, mut stderr) = (io::stdout().lock(), io::stderr().lock());
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let shown = error.render();
            let _ = if error.use_stderr() {
                write!(stderr, "{shown}")
            } else {
                write!(stdout, "{shown}")
            };
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(&cli.command, &mut stderr) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            let _ = writeln!(stderr, "error: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command, stderr: &mut dyn Write) -> Result<(), Failure> {
    match command {
        Command::Serve {
            directory,
            run,
            issuer,
            port,
            seed,
        } => {
            let options = ServerOptions {
                seed: Seed::new(seed.as_str()),
                run: run.as_deref().map(read_run).transpose()?.unwrap_or_default(),
                issuer: issuer.clone(),
                port: *port,
                ..ServerOptions::default()
            };
            let server = Server::start(options)?;
            server.write_files(directory)?;
            writeln!(
                stderr,
                "sandbox: a Sigstore that nobody should trust, at {}",
                server.url()
            )?;
            if let Some(issuer) = issuer {
                writeln!(
                    stderr,
                    "sandbox: its tokens and certificates name {issuer}, which it is not"
                )?;
            }
            writeln!(stderr, "sandbox: its files are in {}", directory.display())?;
            loop {
                std::thread::sleep(Duration::from_secs(3600));
            }
        }
        Command::Mint { folder, seed, at } => {
            let minted = mint::testdata(seed.as_str(), Clock::Fixed(*at))?;
            write_minted(folder, &minted)?;
            writeln!(
                stderr,
                "sandbox: {} files of a Sigstore that nobody should trust, in {}",
                minted.len(),
                folder.display()
            )?;
            Ok(())
        }
    }
}

fn read_run(path: &Path) -> Result<Run, Failure> {
    let text = std::fs::read_to_string(path).map_err(|error| Failure::File {
        path: path.to_owned(),
        error,
    })?;
    Run::parse(&text).map_err(|error| Failure::Run {
        path: path.to_owned(),
        error,
    })
}

/// Writes what was minted, and takes away what an earlier run left in its folders.
fn write_minted(folder: &Path, minted: &BTreeMap<PathBuf, Vec<u8>>) -> Result<(), Failure> {
    let at = |path: &Path| {
        let path = path.to_owned();
        move |error| Failure::File { path, error }
    };
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let empty = std::fs::read_dir(folder).map_err(at(folder))?.next().is_none();
    if !empty && !is_minted(folder) {
        return Err(Failure::Folder(folder.to_owned()));
    }
    for part in mint::FOLDERS {
        let part = folder.join(part);
        if part.is_dir() {
            std::fs::remove_dir_all(&part).map_err(at(&part))?;
        }
    }
    for (name, content) in minted {
        let path = folder.join(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(at(parent))?;
        }
        std::fs::write(&path, content).map_err(at(&path))?;
    }
    Ok(())
}

/// Says whether an earlier run wrote the folder: its list, a file and no link, says so.
fn is_minted(folder: &Path) -> bool {
    let list = folder.join(mint::CASES);
    let is_file = std::fs::symlink_metadata(&list).is_ok_and(|found| found.is_file());
    let list: Option<serde_json::Value> = std::fs::read(&list)
        .ok()
        .filter(|_| is_file)
        .and_then(|bytes| serde_json::from_slice(&bytes).ok());
    list.is_some_and(|list| {
        list.get("artifact").and_then(serde_json::Value::as_str) == Some(mint::ARTIFACT_PATH)
    })
}

//! The command line: `slsa-sandbox`.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use clap::{Parser, Subcommand};

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
        /// The port [default: one that is free]
        #[arg(long, default_value_t = 0, hide_default_value = true)]
        port: u16,
        /// The seed of all keys; whoever knows it has them
        #[arg(long, default_value = "slsa-sandbox")]
        seed: String,
    },
}

/// Why the sandbox did not run.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{}: {error}", path.display())]
    File { path: PathBuf, error: io::Error },
    #[error("{}: {error}", path.display())]
    Run { path: PathBuf, error: RunError },
    #[error("{0}")]
    Server(#[from] ServerError),
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
            port,
            seed,
        } => {
            let options = ServerOptions {
                seed: Seed::new(seed.as_str()),
                run: run.as_deref().map(read_run).transpose()?.unwrap_or_default(),
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
            writeln!(stderr, "sandbox: its files are in {}", directory.display())?;
            loop {
                std::thread::sleep(Duration::from_secs(3600));
            }
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

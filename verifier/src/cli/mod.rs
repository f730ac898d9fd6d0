//! The command line: the edge at which files, clock and terminal come in.
//!
//! The library says what holds; what stands here reads the inputs, asks it, and shows the answer. `args` has
//! the flags, one file each command, `text` and `json` the two forms of the answer, `exit` the codes.

mod answer;
mod args;
mod artifact;
mod compat;
mod diff;
mod evidence;
mod exit;
mod gcloud;
mod hashing;
mod hint;
mod image;
mod inspect;
mod json;
mod markdown;
mod npm;
mod output;
mod policy;
mod proven;
mod sarif;
mod setup;
mod shown;
mod targets;
mod text;
mod trust;
mod vsa;
mod vsa_out;

use std::io::Write;
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Args, Command};
use exit::Exit;

/// What ends a command without a verdict.
#[derive(Debug)]
pub(crate) struct Failure {
    exit: Exit,
    message: String,
    hint: Option<String>,
    /// The reader of the output closed it.
    reader_left: bool,
}

impl Failure {
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self {
            exit,
            message: message.into(),
            hint: None,
            reader_left: false,
        }
    }

    pub(crate) fn with_hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        let reader_left = error.kind() == std::io::ErrorKind::BrokenPipe;
        Self {
            reader_left,
            ..Self::new(Exit::Undecided, format!("output: {error}"))
        }
    }
}

/// Runs the command that the process was called with.
#[must_use]
pub fn main() -> ExitCode {
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(error) => {
            // `--help` and `--version` come as errors too, and are none.
            let exit = if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Accepted
            };
            let _ = error.print();
            return exit.into();
        }
    };
    // A panic is a defect. It must end neither in 0 nor in a code that means something else.
    let exit = std::panic::catch_unwind(|| run(args)).unwrap_or(Exit::Undecided);
    exit.into()
}

fn run(args: Args) -> Exit {
    let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr().lock());
    match dispatch(args, &mut stdout, &mut stderr) {
        Ok(exit) => exit,
        // Whoever reads has seen enough. That is no acceptance either.
        Err(failure) if failure.reader_left => failure.exit,
        Err(failure) => {
            let _ = writeln!(stderr, "error: {}", failure.message);
            if let Some(hint) = failure.hint {
                let _ = writeln!(stderr, "hint: {hint}");
            }
            failure.exit
        }
    }
}

fn dispatch(args: Args, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<Exit, Failure> {
    let exit = match args.command {
        Command::Artifact(args) => artifact::run(&args, stdout, stderr)?,
        Command::Image(args) => image::run(&args, stdout, stderr)?,
        Command::Npm(args) => npm::run(&args, stdout, stderr)?,
        Command::Vsa(args) => vsa::run(&args, stdout, stderr)?,
        Command::Policy(command) => policy::run(&command, stdout, stderr)?,
        Command::Diff(args) => diff::run(&args, stdout)?,
        Command::Compatible(command) => compat::run(&command, stdout, stderr)?,
        Command::Inspect(args) => inspect::run(&args, stdout)?,
        Command::Trust(command) => trust::run(&command, stdout, stderr)?,
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Args::command(), "slsa-verify", stdout);
            Exit::Accepted
        }
        Command::Man { directory } => {
            let written = clap_mangen::generate_to(Args::command(), &directory);
            written.map_err(|error| {
                Failure::new(Exit::Undecided, format!("{}: {error}", directory.display()))
            })?;
            Exit::Accepted
        }
    };
    stdout.flush()?;
    Ok(exit)
}

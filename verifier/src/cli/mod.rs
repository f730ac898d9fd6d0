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

use std::ffi::OsString;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
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
    let (mut stdout, mut stderr) = (std::io::stdout().lock(), std::io::stderr().lock());
    // A panic is a defect. It must end neither in 0 nor in a code that means something else.
    let called = AssertUnwindSafe(|| call(std::env::args_os(), &mut stdout, &mut stderr));
    catch_unwind(called).map_or(Exit::Undecided.into(), ExitCode::from)
}

/// Runs a command, with its output where the caller wants it, and returns the exit code.
pub fn call(
    arguments: impl IntoIterator<Item = OsString>,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> u8 {
    let args = match Args::try_parse_from(arguments) {
        Ok(args) => args,
        Err(error) => {
            // `--help` and `--version` come as errors too, and are none.
            let shown = error.render();
            let (exit, written) = if error.use_stderr() {
                (Exit::Usage, write!(stderr, "{shown}"))
            } else {
                (Exit::Accepted, write!(stdout, "{shown}"))
            };
            let _ = written;
            return exit.code();
        }
    };
    let exit = match dispatch(args, stdout, stderr) {
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
    };
    exit.code()
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

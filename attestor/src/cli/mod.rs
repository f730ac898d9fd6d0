//! The command line: `slsa-attest`.
//!
//! `args` is what clap reads, `session` who signs where, `predicates` what is said, `attest` the way through, `report`
//! what is told, `failure` what went wrong, with its hint and exit code, `quickstart` all of it on one machine.

mod args;
mod attest;
mod failure;
mod predicates;
#[cfg(feature = "sandbox")]
mod quickstart;
mod report;
mod session;

use std::ffi::OsString;
use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

use clap::{CommandFactory as _, Parser as _};

use args::{Cli, Command};
use failure::{Exit, Failure};

/// Where people and programs are told: people on stderr, programs on stdout.
pub struct Terminal<'a> {
    /// For programs.
    pub stdout: &'a mut dyn Write,
    /// For people.
    pub stderr: &'a mut dyn Write,
}

impl Terminal<'_> {
    fn say(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.stderr, "{text}")?)
    }

    fn print(&mut self, text: &str) -> Result<(), Failure> {
        Ok(writeln!(self.stdout, "{text}")?)
    }
}

/// Runs a command and returns the exit code.
///
/// `environment` gives the variables of the process; nothing else of the environment is read.
pub fn run(
    arguments: impl IntoIterator<Item = OsString>,
    environment: fn(&str) -> Option<String>,
    terminal: &mut Terminal<'_>,
) -> u8 {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error, terminal),
    };
    match dispatch(&cli.command, environment, terminal) {
        Ok(()) => Exit::Done.code(),
        Err(failure) => {
            let _ = writeln!(terminal.stderr, "error: {failure} [{}]", failure.code());
            if let Some(hint) = failure.hint() {
                let _ = writeln!(terminal.stderr, "hint: {hint}");
            }
            failure.exit().code()
        }
    }
}

fn dispatch(
    command: &Command,
    environment: fn(&str) -> Option<String>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    match command {
        #[cfg(feature = "sandbox")]
        Command::Quickstart(args) => quickstart::run(args, terminal),
        #[cfg(not(feature = "sandbox"))]
        Command::Quickstart(_) => Err(Failure::Option {
            option: "quickstart",
            detail: "this build has no sandbox".to_owned(),
        }),
        Command::Completions { shell } => {
            clap_complete::generate(*shell, &mut Cli::command(), "slsa-attest", terminal.stdout);
            Ok(())
        }
        Command::Man { directory } => {
            std::fs::create_dir_all(directory).map_err(|error| Failure::file(directory, &error))?;
            clap_mangen::generate_to(Cli::command(), directory)
                .map_err(|error| Failure::file(directory, &error))
        }
        Command::Attest(command) => attest::run(command, environment, terminal),
    }
}

/// Help and version go to stdout and are no failure.
fn usage(error: &clap::Error, terminal: &mut Terminal<'_>) -> u8 {
    let text = error.render();
    if error.use_stderr() {
        let _ = write!(terminal.stderr, "{text}");
        Exit::Usage.code()
    } else {
        let _ = write!(terminal.stdout, "{text}");
        Exit::Done.code()
    }
}

/// Runs the command line of this process.
#[must_use]
pub fn main() -> ExitCode {
    let mut terminal = Terminal {
        stdout: &mut io::stdout().lock(),
        stderr: &mut io::stderr().lock(),
    };
    // A panic is a defect, and must not look like anything else.
    let called = AssertUnwindSafe(|| {
        run(
            std::env::args_os(),
            |name| std::env::var(name).ok(),
            &mut terminal,
        )
    });
    catch_unwind(called).unwrap_or(Exit::Undecided.code()).into()
}

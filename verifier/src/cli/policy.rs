//! `slsa-verify policy`: checks, tests, writes and explains policies.

mod explain;
mod init;
mod test;

use std::io::Write;

use super::args::PolicyCommand;
use super::exit::Exit;
use super::{Failure, json, setup};
use crate::policy::Policy;

pub(crate) fn run(
    command: &PolicyCommand,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    match command {
        PolicyCommand::Check { files } => {
            let mut exit = Exit::Accepted;
            for file in files {
                match setup::policy(file) {
                    Ok(policy) => writeln!(stdout, "ok {} ({} rules)", file.display(), policy.rules.len())?,
                    Err(failure) => {
                        writeln!(stderr, "error: {}", failure.message)?;
                        exit = failure.exit;
                    }
                }
            }
            Ok(exit)
        }
        PolicyCommand::Test { directory } => test::run(directory, stdout),
        PolicyCommand::Init {
            from,
            artifact,
            roots,
        } => init::run(from, artifact, roots, stdout, stderr),
        PolicyCommand::Explain { file } => {
            explain::run(&setup::policy(file)?, stdout)?;
            Ok(Exit::Accepted)
        }
        PolicyCommand::Schema => {
            json::write(&Policy::json_schema(), stdout)?;
            Ok(Exit::Accepted)
        }
    }
}

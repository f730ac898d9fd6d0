//! The command `slsa-verify`.

use std::process::ExitCode;

fn main() -> ExitCode {
    slsa_verifier::cli::main()
}

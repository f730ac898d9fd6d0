//! `slsa-sandbox`: a whole Sigstore on loopback, for tests and demonstrations. The command line is in `cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    slsa_sandbox::cli::main()
}

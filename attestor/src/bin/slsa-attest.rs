//! `slsa-attest`: signs provenance of what a workflow built. The command line is in `cli/`.

use std::process::ExitCode;

fn main() -> ExitCode {
    slsa_attestor::cli::main()
}

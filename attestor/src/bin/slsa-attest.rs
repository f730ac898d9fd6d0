//! `slsa-attest`: signs provenance of what a workflow built.

fn main() {}

//! `slsa-sandbox`: a whole Sigstore on loopback, for tests and demonstrations.

fn main() {}

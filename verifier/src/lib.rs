//! Verifies SLSA provenance and other in-toto attestations.

//! The types of predicates that are known here: values of `predicateType`.

/// SLSA provenance v1.
pub const PROVENANCE_V1: &str = "https://slsa.dev/provenance/v1";
/// SLSA provenance v0.2.
pub const PROVENANCE_V02: &str = "https://slsa.dev/provenance/v0.2";
/// SLSA provenance v0.1.
pub const PROVENANCE_V01: &str = "https://slsa.dev/provenance/v0.1";
/// SLSA verification summary v1.
pub const VERIFICATION_SUMMARY_V1: &str = "https://slsa.dev/verification_summary/v1";
/// SPDX, also followed by a version: `/v2.3`, `/v3`.
pub const SPDX: &str = "https://spdx.dev/Document";
/// CycloneDX, also followed by a version: `/v1.4`.
pub const CYCLONE_DX: &str = "https://cyclonedx.org/bom";
/// OpenVEX, also followed by a version: `/v0.2.0`.
pub const OPEN_VEX: &str = "https://openvex.dev/ns";
/// Vulnerabilities v0.1.
pub const VULNERABILITIES_V01: &str = "https://in-toto.io/attestation/vulns/v0.1";
/// Vulnerabilities v0.2.
pub const VULNERABILITIES_V02: &str = "https://in-toto.io/attestation/vulns/v0.2";
/// Test result v0.1.
pub const TEST_RESULT_V01: &str = "https://in-toto.io/attestation/test-result/v0.1";
/// Link v0.3.
pub const LINK_V03: &str = "https://in-toto.io/attestation/link/v0.3";
/// Release v0.1.
pub const RELEASE_V01: &str = "https://in-toto.io/attestation/release/v0.1";
/// Release v0.2, also of GitHub's immutable releases.
pub const RELEASE_V02: &str = "https://in-toto.io/attestation/release/v0.2";
/// SCAI attribute report v0.2.
pub const SCAI_V02: &str = "https://in-toto.io/attestation/scai/attribute-report/v0.2";
/// SCAI attribute report v0.3.
pub const SCAI_V03: &str = "https://in-toto.io/attestation/scai/v0.3";
/// What npm's registry says when it publishes a package, v0.1.
pub const NPM_PUBLISH_V01: &str = "https://github.com/npm/attestation/tree/main/specs/publish/v0.1";
/// Simple verification result v0.1.
pub const SIMPLE_VERIFICATION_RESULT_V01: &str = "https://in-toto.io/attestation/svr/v0.1";

/// Returns whether the type is `base` or `base` with a version: `/v` and digits and points.
pub(crate) fn is_version_of(predicate_type: &str, base: &str) -> bool {
    match predicate_type.strip_prefix(base) {
        Some("") => true,
        Some(rest) => rest.strip_prefix("/v").is_some_and(|version| {
            !version.is_empty() && version.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        }),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_and_its_versions_are_recognised_and_nothing_else() {
        for good in [SPDX.to_owned(), format!("{SPDX}/v2.3"), format!("{SPDX}/v3")] {
            assert!(is_version_of(&good, SPDX), "{good}");
        }
        for bad in ["/", "/v", "/v2.3/x", "/2.3", "s", "/v2.3 "].map(|end| format!("{SPDX}{end}")) {
            assert!(!is_version_of(&bad, SPDX), "{bad}");
        }
    }
}

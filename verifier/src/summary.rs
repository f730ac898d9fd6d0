//! Verification summaries (VSA): another verifier says what it found, and is believed instead of the evidence
//! that it saw (<https://slsa.dev/spec/v1.2/verification_summary>).

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};
use slsa_predicates::Predicate;
use slsa_predicates::predicate::verification_summary::VerificationResult;

use crate::builder::BuildLevel;
use crate::check::{Check, Checked, Witness};
use crate::code::Code;
use crate::expect::{Evaluation, SignerRule, describe_signer};
use crate::statement::{VerifiedSigner, VerifiedStatement};

/// What a verification summary must say.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct SummaryExpectations {
    /// Who signs for the verifier. A key that the caller gave needs no rule; a certificate always does.
    #[serde(default)]
    pub signer: Option<SignerRule>,
    /// The verifier's id, exactly.
    #[serde(deserialize_with = "not_empty")]
    pub verifier: String,
    /// What was verified, exactly: a summary for one place must not admit to another.
    #[serde(deserialize_with = "not_empty")]
    pub resource: String,
    /// Levels and properties that must have been verified. `SLSA_<TRACK>_LEVEL_<n>` is met by a higher level of
    /// the track; anything else by itself alone.
    #[serde(default)]
    pub levels: Vec<String>,
}

fn not_empty<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    if text.trim().is_empty() {
        Err(serde::de::Error::custom("must not be empty"))
    } else {
        Ok(text)
    }
}

impl SummaryExpectations {
    /// What a summary of this verifier for this resource must say.
    #[must_use]
    pub fn new(verifier: impl Into<String>, resource: impl Into<String>) -> Self {
        Self {
            signer: None,
            verifier: verifier.into(),
            resource: resource.into(),
            levels: Vec::new(),
        }
    }

    pub(crate) fn describe(&self) -> Vec<String> {
        let mut lines = vec![format!(
            "a summary by {} of {} that passed",
            self.verifier, self.resource
        )];
        lines.extend(
            self.signer
                .iter()
                .map(|signer| format!("signed by {}", signer.describe())),
        );
        lines.extend(self.levels.iter().map(|level| format!("verified as {level}")));
        lines
    }

    /// Compares a verified summary with these expectations: steps 3 to 7 of the specification; 1 and 2,
    /// signature and subject, are behind a [`VerifiedStatement`].
    #[must_use]
    pub fn evaluate(&self, verified: &VerifiedStatement) -> Evaluation {
        let mut checks = Vec::new();
        let signer = verified.signature().signer();
        let found = describe_signer(signer);
        match (&self.signer, signer) {
            (None, VerifiedSigner::Key { .. }) => {
                checks.push(Check::met(
                    Checked::Signer,
                    Witness::Key,
                    "a key that was given",
                    found,
                ));
            }
            (None, VerifiedSigner::Certificate(_)) => {
                let (code, expected) = (Code::IdentityMismatch, "a signer that was named");
                let check =
                    Check::refused(code, Checked::Signer, Witness::Certificate, expected, Some(found));
                return Evaluation::of(vec![check]);
            }
            (Some(rule), _) => {
                let refusal = rule.check(signer).err().map(|error| error.code());
                checks.push(Check {
                    checked: Checked::Signer,
                    expected: rule.describe(),
                    found: Some(found),
                    witness: Witness::Certificate,
                    refusal,
                });
                if refusal.is_some() {
                    return Evaluation::of(checks);
                }
            }
        }
        let predicate_type = verified.statement().predicate_type();
        let summary = match verified.statement().predicate() {
            Ok(Predicate::VerificationSummary(summary)) => summary,
            other => {
                let code = match other {
                    Ok(_) => Code::PredicateTypeMismatch,
                    Err(_) => Code::ProvenanceMalformed,
                };
                let expected = "a verification summary";
                let found = Some(predicate_type.to_owned());
                let check = Check::refused(code, Checked::PredicateType, Witness::Predicate, expected, found);
                checks.push(check);
                return Evaluation::of(checks);
            }
        };
        let passed = summary.verification_result == VerificationResult::Passed;
        let result = if passed { "PASSED" } else { "FAILED" };
        let exact = [
            (
                Checked::Verifier,
                Code::VerifierMismatch,
                self.verifier.as_str(),
                summary.verifier.id.as_str(),
            ),
            (
                Checked::Resource,
                Code::ResourceMismatch,
                &self.resource,
                &summary.resource_uri,
            ),
            (
                Checked::VerificationResult,
                Code::VerificationFailed,
                "PASSED",
                result,
            ),
        ];
        for (checked, code, expected, found) in exact {
            checks.push(Check {
                checked,
                expected: expected.to_owned(),
                found: Some(found.to_owned()),
                witness: Witness::Predicate,
                refusal: (expected != found).then_some(code),
            });
        }
        for level in &self.levels {
            let met = reaches(&summary.verified_levels, level);
            checks.push(Check {
                checked: Checked::VerifiedLevel,
                expected: level.clone(),
                found: Some(summary.verified_levels.join(", ")),
                witness: Witness::Predicate,
                refusal: (!met).then_some(Code::VerifiedLevelMissing),
            });
        }
        let level = (0..=3)
            .rev()
            .filter_map(|level| BuildLevel::try_from(level).ok())
            .find(|level| reaches(&summary.verified_levels, &level.to_string()));
        Evaluation {
            level: level.filter(|_| passed).unwrap_or(BuildLevel::ZERO),
            ..Evaluation::of(checks)
        }
    }
}

/// Says whether levels include the one that is wanted. Of a track that is listed twice, which the specification
/// forbids, the lowest counts.
fn reaches(found: &[String], wanted: &str) -> bool {
    let Some((track, wanted_level)) = split(wanted) else {
        return found.iter().any(|found| found == wanted);
    };
    found
        .iter()
        .filter_map(|found| split(found))
        .filter(|(found, _)| *found == track)
        .map(|(_, level)| level)
        .min()
        .is_some_and(|level| level >= wanted_level)
}

/// Splits `SLSA_<TRACK>_LEVEL_<n>`. Properties such as `SLSA_SOURCE_TWO_PARTY_REVIEWED` and
/// `SLSA_BUILD_LEVEL_UNEVALUATED` are no levels.
fn split(level: &str) -> Option<(&str, u64)> {
    let (track, number) = level.strip_prefix("SLSA_")?.rsplit_once("_LEVEL_")?;
    let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let canonical = digits && (number == "0" || !number.starts_with('0'));
    canonical.then(|| Some((track, number.parse().ok()?))).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reach(found: &[&str], wanted: &str) -> bool {
        let found: Vec<String> = found.iter().map(|level| (*level).to_owned()).collect();
        reaches(&found, wanted)
    }

    #[test]
    fn a_level_is_reached_by_itself_and_by_higher_ones_of_its_track() {
        assert!(reach(&["SLSA_BUILD_LEVEL_3"], "SLSA_BUILD_LEVEL_2"));
        assert!(reach(&["BCID_L1", "SLSA_BUILD_LEVEL_2"], "SLSA_BUILD_LEVEL_2"));
        for found in [
            &["SLSA_BUILD_LEVEL_1"][..],
            &["SLSA_SOURCE_LEVEL_3"],
            &["SLSA_BUILD_LEVEL_UNEVALUATED"],
            &["SLSA_BUILD_LEVEL_03"],
            &["SLSA_BUILD_LEVEL_3", "SLSA_BUILD_LEVEL_1"],
            &["FAILED"],
            &[],
        ] {
            assert!(!reach(found, "SLSA_BUILD_LEVEL_2"), "{found:?}");
        }
    }

    #[test]
    fn a_property_is_met_by_itself_alone_and_disturbs_no_level() {
        let found = ["SLSA_SOURCE_TWO_PARTY_REVIEWED", "SLSA_BUILD_LEVEL_3", "ORG_X"];
        assert!(reach(&found, "SLSA_SOURCE_TWO_PARTY_REVIEWED"));
        assert!(reach(&found, "ORG_X"));
        assert!(reach(&found, "SLSA_BUILD_LEVEL_3"));
        assert!(!reach(&found, "ORG_"));
    }
}

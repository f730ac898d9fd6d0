//! What reports of tests and of analysers have in common: each test, or rule, ends in one way.
//!
//! Type: in-toto attestation predicates, `test-result.md`, v0.1.

use std::collections::BTreeMap;

use serde_json::Map;
use slsa_predicates::ResourceDescriptor;
use slsa_predicates::predicate::test_result::{Outcome, TestResult};
use slsa_predicates::predicate::types;

use super::error::{PredicateInputError, shown};
use super::{NewPredicate, uri};

/// What the caller knows of a run of tests.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "filled field by field")]
pub struct TestDetails {
    /// Which configuration was used, such as the workflow's file.
    pub configuration: Vec<ResourceDescriptor>,
    /// Where the run can be seen.
    pub url: Option<String>,
}

/// How one test ended; the worst is last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ended {
    Passed,
    Warned,
    Failed,
}

/// Tests by name. Of those that have one name, the worst counts: a test with parameters is one test.
#[derive(Debug, Default)]
pub(super) struct Tests(BTreeMap<String, Ended>);

impl Tests {
    pub(super) fn add(&mut self, name: &str, ended: Ended) {
        let entry = self.0.entry(name.to_owned()).or_insert(ended);
        *entry = ended.max(*entry);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Makes the predicate; the names are sorted.
    pub(super) fn predicate(
        self,
        details: &TestDetails,
        tools: Vec<ResourceDescriptor>,
    ) -> Result<NewPredicate, PredicateInputError> {
        if let Some(url) = details.url.as_deref().filter(|url| !uri::is_absolute(url)) {
            return Err(PredicateInputError::TestUrl { found: shown(url) });
        }
        let worst = self.0.values().max().copied().unwrap_or(Ended::Passed);
        let [mut passed_tests, mut warned_tests, mut failed_tests] = [const { Vec::new() }; 3];
        for (name, ended) in self.0 {
            match ended {
                Ended::Passed => passed_tests.push(name),
                Ended::Warned => warned_tests.push(name),
                Ended::Failed => failed_tests.push(name),
            }
        }
        let mut configuration = details.configuration.clone();
        configuration.extend(tools);
        let predicate = TestResult {
            result: match worst {
                Ended::Passed => Outcome::Passed,
                Ended::Warned => Outcome::Warned,
                Ended::Failed => Outcome::Failed,
            },
            configuration,
            url: details.url.clone(),
            passed_tests,
            warned_tests,
            failed_tests,
            extra: Map::new(),
        };
        NewPredicate::written(types::TEST_RESULT_V01, &predicate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::testing::value;

    #[test]
    fn of_tests_with_one_name_the_worst_counts_in_any_order() {
        for order in [[Ended::Passed, Ended::Failed], [Ended::Failed, Ended::Passed]] {
            let mut tests = Tests::default();
            order.into_iter().for_each(|ended| tests.add("a", ended));
            let made = value(&tests.predicate(&TestDetails::default(), Vec::new()).unwrap());
            let expected = serde_json::json!({"result": "FAILED", "configuration": [], "failedTests": ["a"]});
            assert_eq!(made, expected);
        }
    }

    #[test]
    fn the_run_is_named_by_an_absolute_uri() {
        let make = |url: &str| {
            let url = Some(url.to_owned());
            let details = TestDetails {
                url,
                ..TestDetails::default()
            };
            Tests::default().predicate(&details, Vec::new())
        };
        assert!(make("https://example.com/runs/1").is_ok());
        let found = "runs/1".to_owned();
        assert_eq!(
            make("runs/1").unwrap_err(),
            PredicateInputError::TestUrl { found }
        );
    }
}

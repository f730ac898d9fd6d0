//! SARIF logs: what static analysers found, summarised as a result of tests in which each rule is one.
//!
//! Source: SARIF 2.1.0 (OASIS). A rule fails by a result of level `error`, warns by one of level `warning`, and
//! passes where all of its results are notes or passes. A rule without results is not listed: that a tool knows it
//! does not mean that it was run.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Map;
use slsa_predicates::ResourceDescriptor;

use super::error::{PredicateInput, PredicateInputError, shown};
use super::test_result::{Ended, TestDetails, Tests};
use super::{NewPredicate, input, uri};

/// Why a SARIF log was not summarised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SarifError {
    /// The log is not of version 2.1.0.
    #[error("version \"{found}\" is not 2.1.0")]
    Version {
        /// The version, cut, printable.
        found: String,
    },
    /// There are no runs: nothing was analysed.
    #[error("no runs")]
    NoRuns,
    /// A run has no results. An empty list would say that there are none; this says that none were looked for.
    #[error("run {index} of \"{tool}\" has no list of results")]
    NoResults {
        /// Which run, from 0.
        index: usize,
        /// The tool, cut, printable.
        tool: String,
    },
    /// A tool says that it did not succeed, so that what it did not find means nothing.
    #[error("run {index} of \"{tool}\" was not successful")]
    Unsuccessful {
        /// Which run, from 0.
        index: usize,
        /// The tool, cut, printable.
        tool: String,
    },
    /// A result names no rule.
    #[error("result {result} of run {index} names no rule")]
    NoRule {
        /// Which run, from 0.
        index: usize,
        /// Which result, from 0.
        result: usize,
    },
    /// A result leaves its level to a configuration that was overridden for this run, which is not read here.
    #[error("result {result} of run {index} has a level that the invocation overrides")]
    Overridden {
        /// Which run, from 0.
        index: usize,
        /// Which result, from 0.
        result: usize,
    },
    /// A level, a kind or a state that SARIF does not know.
    #[error("result {result} of run {index}: unknown {field} \"{found}\"")]
    Unknown {
        /// Which run, from 0.
        index: usize,
        /// Which result, from 0.
        result: usize,
        /// The field.
        field: &'static str,
        /// Its value, cut, printable.
        found: String,
    },
}

#[derive(Deserialize)]
struct Log {
    version: String,
    #[serde(default)]
    runs: Vec<Run>,
}

#[derive(Deserialize)]
struct Run {
    tool: Tool,
    #[serde(default)]
    invocations: Vec<Invocation>,
    results: Option<Vec<Finding>>,
}

#[derive(Deserialize)]
struct Tool {
    driver: Component,
    #[serde(default)]
    extensions: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    name: String,
    semantic_version: Option<String>,
    version: Option<String>,
    information_uri: Option<String>,
    #[serde(default)]
    rules: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    id: String,
    default_configuration: Option<Configuration>,
}

#[derive(Deserialize)]
struct Configuration {
    level: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invocation {
    #[serde(default = "yes")]
    execution_successful: bool,
    #[serde(default)]
    rule_configuration_overrides: Vec<IgnoredAny>,
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Finding {
    rule_id: Option<String>,
    rule_index: Option<i64>,
    rule: Option<RuleReference>,
    level: Option<String>,
    kind: Option<String>,
    baseline_state: Option<String>,
    #[serde(default)]
    suppressions: Option<Vec<Suppression>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct RuleReference {
    id: Option<String>,
    index: Option<i64>,
    tool_component: Option<ComponentReference>,
}

#[derive(Deserialize)]
struct ComponentReference {
    index: Option<i64>,
}

#[derive(Deserialize)]
struct Suppression {
    status: Option<String>,
}

/// Makes the predicate of what static analysers found.
///
/// A result that the project suppressed, and whose suppression nobody has rejected, warns instead of failing: it is
/// seen, and does not stop a release.
///
/// # Errors
/// [`SarifError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`],
/// [`PredicateInputError::TestUrl`].
pub fn sarif(bytes: &[u8], details: &TestDetails) -> Result<NewPredicate, PredicateInputError> {
    let log: Log = input::report(PredicateInput::Sarif, bytes)?;
    if log.version != "2.1.0" {
        let found = shown(&log.version);
        return Err(SarifError::Version { found }.into());
    }
    if log.runs.is_empty() {
        return Err(SarifError::NoRuns.into());
    }
    let mut tests = Tests::default();
    for (index, run) in log.runs.iter().enumerate() {
        read_run(index, run, &mut tests)?;
    }
    tests.predicate(
        details,
        log.runs.iter().map(|run| tool(&run.tool.driver)).collect(),
    )
}

fn read_run(index: usize, run: &Run, tests: &mut Tests) -> Result<(), SarifError> {
    let tool = || shown(&run.tool.driver.name);
    if run
        .invocations
        .iter()
        .any(|invocation| !invocation.execution_successful)
    {
        return Err(SarifError::Unsuccessful { index, tool: tool() });
    }
    let Some(results) = &run.results else {
        return Err(SarifError::NoResults { index, tool: tool() });
    };
    let rules = Rules::of(&run.tool);
    let overridden = |it: &Invocation| !it.rule_configuration_overrides.is_empty();
    let overridden = run.invocations.iter().any(overridden);
    for (result, finding) in results.iter().enumerate() {
        if overridden && finding.level.is_none() {
            return Err(SarifError::Overridden { index, result });
        }
        let unknown = |(field, found): (&'static str, &str)| SarifError::Unknown {
            index,
            result,
            field,
            found: shown(found),
        };
        let rule = rules.of_result(finding);
        let id = finding.id().or(rule.map(|rule| rule.id.as_str()));
        let id = id
            .filter(|id| !id.is_empty())
            .ok_or(SarifError::NoRule { index, result })?;
        if let Some(ended) = ended(finding, rule).map_err(unknown)? {
            tests.add(id, ended);
        }
    }
    Ok(())
}

impl Finding {
    fn id(&self) -> Option<&str> {
        let in_reference = || self.rule.as_ref()?.id.as_deref();
        self.rule_id.as_deref().or_else(in_reference)
    }

    /// An index that is not there is -1 (3.7.4).
    fn index(&self) -> Option<usize> {
        let index = self.rule_index.or_else(|| self.rule.as_ref()?.index)?;
        usize::try_from(index).ok()
    }

    fn extension(&self) -> Option<usize> {
        let index = self.rule.as_ref()?.tool_component.as_ref()?.index?;
        usize::try_from(index).ok()
    }
}

/// The rules of a tool: those of its driver, then those of each extension. Looked up, not searched, since results and
/// rules may both be many.
struct Rules<'a>(Vec<(&'a [Rule], BTreeMap<&'a str, &'a Rule>)>);

impl<'a> Rules<'a> {
    fn of(tool: &'a Tool) -> Self {
        let components = std::iter::once(&tool.driver).chain(&tool.extensions);
        let indexed = |component: &'a Component| {
            let by_id = component.rules.iter().map(|rule| (rule.id.as_str(), rule));
            (component.rules.as_slice(), by_id.collect())
        };
        Self(components.map(indexed).collect())
    }

    /// The rule that a result refers to, by index or by identifier (3.27.5 to 3.27.7, 3.52).
    fn of_result(&self, finding: &Finding) -> Option<&'a Rule> {
        let component = finding
            .extension()
            .map_or(0, |extension| extension.saturating_add(1));
        let (rules, by_id) = self.0.get(component)?;
        match finding.index() {
            Some(index) => rules.get(index),
            None => by_id.get(finding.id()?).copied(),
        }
    }
}

/// How a result ends its rule, or nothing for a result that is not there any more.
fn ended<'a>(finding: &'a Finding, rule: Option<&'a Rule>) -> Result<Option<Ended>, (&'static str, &'a str)> {
    match finding.baseline_state.as_deref() {
        None | Some("new" | "unchanged" | "updated") => {}
        Some("absent") => return Ok(None),
        Some(other) => return Err(("baselineState", other)),
    }
    let by_level = match level(finding, rule)? {
        "error" => Ended::Failed,
        "warning" => Ended::Warned,
        "note" | "none" => Ended::Passed,
        other => return Err(("level", other)),
    };
    Ok(Some(if is_suppressed(finding)? {
        by_level.min(Ended::Warned)
    } else {
        by_level
    }))
}

/// 3.27.10: where a result has no level, it has that of its rule if it is a failure, and none if it is not.
fn level<'a>(finding: &'a Finding, rule: Option<&'a Rule>) -> Result<&'a str, (&'static str, &'a str)> {
    let level = finding.level.as_deref();
    match finding.kind.as_deref() {
        None | Some("fail") => {
            let of_rule = || rule?.default_configuration.as_ref()?.level.as_deref();
            Ok(level.or_else(of_rule).unwrap_or("warning"))
        }
        Some("pass" | "open" | "informational" | "notApplicable" | "review") => Ok(level.unwrap_or("none")),
        Some(other) => Err(("kind", other)),
    }
}

/// 3.27.23: suppressed, if there are suppressions and none is under review or rejected.
fn is_suppressed(finding: &Finding) -> Result<bool, (&'static str, &str)> {
    let suppressions = finding.suppressions.as_deref().unwrap_or_default();
    for suppression in suppressions {
        match suppression.status.as_deref() {
            None | Some("accepted") => {}
            Some("underReview" | "rejected") => return Ok(false),
            Some(other) => return Err(("suppression status", other)),
        }
    }
    Ok(!suppressions.is_empty())
}

/// The tool, as a part of the configuration. A descriptor must have a URI: where the tool has none, it is a package of
/// no registry.
fn tool(driver: &Component) -> ResourceDescriptor {
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
    let annotations =
        version.map(|version| Map::from_iter([("version".to_owned(), version.as_str().into())]));
    let uri = driver
        .information_uri
        .clone()
        .filter(|text| uri::is_absolute(text));
    ResourceDescriptor {
        name: Some(driver.name.clone()),
        uri: uri.or_else(|| Some(format!("pkg:generic/{}", uri::escaped(&driver.name)))),
        annotations,
        ..ResourceDescriptor::default()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use slsa_predicates::Predicate;

    use super::*;
    use crate::predicate::testing::{typed, value};

    fn log(run: &Value) -> Vec<u8> {
        json!({"version": "2.1.0", "runs": [run]})
            .to_string()
            .into_bytes()
    }

    /// A run of a tool with three rules.
    fn run(results: &Value) -> Value {
        json!({
            "tool": {"driver": {"name": "Some lint", "semanticVersion": "1.2.0", "rules": [
                {"id": "R1", "defaultConfiguration": {"level": "error"}},
                {"id": "R2"},
                {"id": "R3", "defaultConfiguration": {"level": "note"}}
            ]}},
            "results": results
        })
    }

    fn make(run: &Value) -> Result<NewPredicate, PredicateInputError> {
        sarif(&log(run), &TestDetails::default())
    }

    /// Result, passed, warned and failed tests.
    fn summary(results: &Value) -> [Value; 4] {
        let made = make(&run(results)).unwrap();
        assert!(matches!(typed(&made), Predicate::TestResult(_)));
        let made = value(&made);
        ["result", "passedTests", "warnedTests", "failedTests"]
            .map(|key| made.get(key).cloned().unwrap_or_default())
    }

    #[test]
    fn a_rule_ends_as_its_worst_result() {
        let results = json!([
            {"ruleId": "a", "level": "warning"}, {"ruleId": "a", "level": "error"},
            {"ruleId": "b", "level": "warning"}, {"ruleId": "c", "level": "note"},
        ]);
        let expected = [json!("FAILED"), json!(["c"]), json!(["b"]), json!(["a"])];
        assert_eq!(summary(&results), expected);
        let warned = json!([{"ruleId": "b", "level": "warning"}]);
        assert_eq!(
            summary(&warned),
            [json!("WARNED"), Value::Null, json!(["b"]), Value::Null]
        );
        let none = [json!("PASSED"), Value::Null, Value::Null, Value::Null];
        assert_eq!(summary(&json!([])), none);
    }

    #[test]
    fn a_level_that_a_result_leaves_out_is_that_of_its_rule() {
        for (result, expected) in [
            (json!({"ruleId": "R1"}), "FAILED"),
            (json!({"ruleIndex": 0}), "FAILED"),
            (json!({"rule": {"id": "R1"}}), "FAILED"),
            (
                json!({"rule": {"index": 0, "toolComponent": {"index": -1}}}),
                "FAILED",
            ),
            (json!({"ruleId": "R1", "ruleIndex": -1}), "FAILED"),
            (json!({"ruleId": "R2"}), "WARNED"),
            (json!({"ruleId": "unlisted"}), "WARNED"),
            (json!({"ruleId": "R3"}), "PASSED"),
            (json!({"ruleId": "R1", "kind": "pass"}), "PASSED"),
            (json!({"ruleId": "R1", "kind": "fail"}), "FAILED"),
            (json!({"ruleId": "R3", "level": "error"}), "FAILED"),
        ] {
            assert_eq!(summary(&json!([result]))[0], expected, "{result}");
        }
    }

    #[test]
    fn a_rule_of_an_extension_is_looked_up_there() {
        let mut run = run(&json!([{"rule": {"index": 0, "toolComponent": {"index": 0}}}]));
        run["tool"]["extensions"] = json!([{"name": "more", "rules": [{"id": "X1"}]}]);
        let made = value(&make(&run).unwrap());
        assert_eq!(made["warnedTests"], json!(["X1"]));
    }

    #[test]
    fn what_was_suppressed_warns_unless_that_was_not_accepted() {
        for (suppressions, expected) in [
            (json!([{"kind": "inSource"}]), "WARNED"),
            (json!([{"kind": "external", "status": "accepted"}]), "WARNED"),
            (
                json!([{"status": "accepted"}, {"status": "underReview"}]),
                "FAILED",
            ),
            (json!([{"status": "rejected"}]), "FAILED"),
            (json!([]), "FAILED"),
        ] {
            let results = json!([{"ruleId": "R1", "suppressions": suppressions}]);
            assert_eq!(summary(&results)[0], expected, "{suppressions}");
        }
    }

    #[test]
    fn a_result_that_is_gone_since_the_baseline_does_not_count() {
        assert_eq!(
            summary(&json!([{"ruleId": "R1", "baselineState": "absent"}]))[0],
            "PASSED"
        );
        assert_eq!(
            summary(&json!([{"ruleId": "R1", "baselineState": "unchanged"}]))[0],
            "FAILED"
        );
    }

    #[test]
    fn the_tool_is_a_part_of_the_configuration() {
        let mut run = run(&json!([]));
        let tool =
            |uri: &str| json!([{"name": "Some lint", "uri": uri, "annotations": {"version": "1.2.0"}}]);
        assert_eq!(
            value(&make(&run).unwrap())["configuration"],
            tool("pkg:generic/Some%20lint")
        );
        run["tool"]["driver"]["informationUri"] = json!("https://example.com/lint");
        assert_eq!(
            value(&make(&run).unwrap())["configuration"],
            tool("https://example.com/lint")
        );
    }

    #[test]
    fn a_run_that_says_nothing_is_refused() {
        let tool = || "Some lint".to_owned();
        let mut failed = run(&json!([]));
        failed["invocations"] = json!([{"executionSuccessful": true}]);
        assert!(make(&failed).is_ok());
        failed["invocations"] = json!([{"executionSuccessful": false}]);
        let (index, tool_name) = (0, tool());
        assert_eq!(
            make(&failed).unwrap_err(),
            SarifError::Unsuccessful {
                index,
                tool: tool_name
            }
            .into()
        );
        let error = SarifError::NoResults { index, tool: tool() };
        assert_eq!(make(&run(&Value::Null)).unwrap_err(), error.into());
        let empty = sarif(br#"{"version":"2.1.0","runs":[]}"#, &TestDetails::default());
        assert_eq!(empty.unwrap_err(), SarifError::NoRuns.into());
    }

    #[test]
    fn levels_that_an_invocation_overrides_are_refused_where_a_result_relies_on_them() {
        let mut run = run(&json!([{"ruleId": "R2", "level": "note"}]));
        run["invocations"] = json!([{"executionSuccessful": true, "ruleConfigurationOverrides": [{}]}]);
        assert!(make(&run).is_ok());
        run["results"] = json!([{"ruleId": "R2"}]);
        let error = SarifError::Overridden { index: 0, result: 0 };
        assert_eq!(make(&run).unwrap_err(), error.into());
    }

    #[test]
    fn a_result_without_rule_or_with_an_unknown_word_is_refused() {
        let (index, result) = (0, 1);
        let refusal = |bad: Value| make(&run(&json!([{"ruleId": "R2"}, bad]))).unwrap_err();
        for bad in [
            json!({"level": "error"}),
            json!({"ruleId": ""}),
            json!({"ruleIndex": 9}),
        ] {
            assert_eq!(refusal(bad), SarifError::NoRule { index, result }.into());
        }
        for (bad, field) in [
            (json!({"ruleId": "R1", "level": "x"}), "level"),
            (json!({"ruleId": "R1", "kind": "x"}), "kind"),
            (json!({"ruleId": "R1", "baselineState": "x"}), "baselineState"),
            (
                json!({"ruleId": "R1", "suppressions": [{"status": "x"}]}),
                "suppression status",
            ),
        ] {
            let found = "x".to_owned();
            let error = SarifError::Unknown {
                index,
                result,
                field,
                found,
            };
            assert_eq!(refusal(bad), error.into());
        }
    }

    #[test]
    fn another_version_is_refused() {
        let log = br#"{"version":"2.0.0","runs":[]}"#;
        let found = "2.0.0".to_owned();
        assert_eq!(
            sarif(log, &TestDetails::default()).unwrap_err(),
            SarifError::Version { found }.into()
        );
    }
}

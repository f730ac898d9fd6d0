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
    let tool = |uri: &str| json!([{"name": "Some lint", "uri": uri, "annotations": {"version": "1.2.0"}}]);
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

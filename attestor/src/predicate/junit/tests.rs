use serde_json::{Value, json};
use slsa_predicates::{Predicate, ResourceDescriptor};

use super::*;
use crate::predicate::testing::{typed, value};

fn make(text: &str) -> Result<NewPredicate, PredicateInputError> {
    junit(text.as_bytes(), &TestDetails::default())
}

fn refusal(text: &str) -> PredicateInputError {
    make(text).unwrap_err()
}

/// A suite with these cases.
fn suite_of(cases: &str) -> String {
    format!(
        r#"<?xml version="1.0"?><testsuites><testsuite name="s" tests="9">{cases}</testsuite></testsuites>"#
    )
}

/// Result, passed, warned and failed tests.
fn summary(cases: &str) -> [Value; 4] {
    let made = make(&suite_of(cases)).unwrap();
    assert!(matches!(typed(&made), Predicate::TestResult(_)));
    let made = value(&made);
    ["result", "passedTests", "warnedTests", "failedTests"]
        .map(|key| made.get(key).cloned().unwrap_or_default())
}

const PASSED: &str = r#"<testcase classname="C" name="a" time="0.1"/>"#;

#[test]
fn a_test_without_complaint_passes_and_is_named_by_class_and_name() {
    let cases =
        format!(r#"{PASSED}<testcase name="b"><system-out>x &amp; &lt;failure/&gt;</system-out></testcase>"#);
    assert_eq!(
        summary(&cases),
        [json!("PASSED"), json!(["C.a", "b"]), Value::Null, Value::Null]
    );
}

#[test]
fn failures_and_errors_fail_whatever_else_there_is() {
    for tag in ["failure", "error", "rerunFailure", "rerunError"] {
        let case = format!(
            r#"<testcase name="b"><flakyFailure/><{tag} message="m">trace</{tag}><skipped/></testcase>"#
        );
        let expected = [json!("FAILED"), json!(["C.a"]), Value::Null, json!(["b"])];
        assert_eq!(summary(&format!("{PASSED}{case}")), expected, "{tag}");
    }
}

#[test]
fn a_test_that_passed_when_run_again_warns() {
    let case = r#"<testcase name="b"><flakyFailure message="m"/></testcase>"#;
    assert_eq!(
        summary(case),
        [json!("WARNED"), Value::Null, json!(["b"]), Value::Null]
    );
}

#[test]
fn a_skipped_test_is_in_no_list_and_a_report_of_nothing_else_is_refused() {
    let skipped = r#"<testcase name="b"><skipped/></testcase>"#;
    let expected = [json!("PASSED"), json!(["C.a"]), Value::Null, Value::Null];
    assert_eq!(summary(&format!("{PASSED}{skipped}")), expected);
    for cases in [skipped, ""] {
        assert_eq!(refusal(&suite_of(cases)), JunitError::NoTests.into());
    }
}

#[test]
fn a_suite_that_counts_failures_which_no_case_shows_fails_itself() {
    let suites = |failures: u8, inner: &str| {
        let text = format!(
            r#"<testsuites failures="{failures}"><testsuite name="s" errors="{failures}">{inner}</testsuite></testsuites>"#
        );
        value(&make(&text).unwrap())
    };
    assert_eq!(suites(0, PASSED)["result"], "PASSED");
    assert_eq!(suites(1, PASSED)["failedTests"], json!(["s"]));
    let failed = r#"<testcase name="b"><failure/></testcase>"#;
    assert_eq!(suites(1, failed)["failedTests"], json!(["b"]));
    assert_eq!(suites(0, failed)["failedTests"], json!(["b"]));
}

#[test]
fn the_callers_configuration_and_url_are_recorded() {
    let details = TestDetails {
        configuration: vec![ResourceDescriptor {
            uri: Some("https://example.com/ci.yml".to_owned()),
            ..ResourceDescriptor::default()
        }],
        url: Some("https://example.com/runs/1".to_owned()),
    };
    let made = value(&junit(suite_of(PASSED).as_bytes(), &details).unwrap());
    let expected = json!({
        "result": "PASSED",
        "configuration": [{"uri": "https://example.com/ci.yml"}],
        "url": "https://example.com/runs/1",
        "passedTests": ["C.a"]
    });
    assert_eq!(made, expected);
}

#[test]
fn a_failure_outside_of_a_case_is_no_tests() {
    let nested =
        r#"<testcase name="b"><properties><failure/></properties></testcase><x><testcase name="c"/></x>"#;
    assert_eq!(
        summary(nested),
        [json!("PASSED"), json!(["b"]), Value::Null, Value::Null]
    );
}

#[test]
fn a_document_type_is_refused_so_that_there_are_no_entities_to_expand() {
    let bomb = r#"<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>"#;
    let text = format!(r#"{bomb}<testsuite><testcase name="&b;"/></testsuite>"#);
    assert_eq!(refusal(&text), JunitError::Doctype { offset: 0 }.into());
}

#[test]
fn an_entity_that_xml_does_not_define_is_refused_in_a_name_and_not_read_in_output() {
    let names = r#"<testcase name="&lt;a&#x41;&gt;"/>"#;
    assert_eq!(summary(names)[1], json!(["<aA>"]));
    for name in ["&b;", "&x", "&#0;"] {
        let refused = refusal(&suite_of(&format!(r#"<testcase name="{name}"/>"#)));
        assert!(
            matches!(
                refused,
                PredicateInputError::Junit(JunitError::Xml { offset: 63, .. })
            ),
            "{refused:?}"
        );
    }
    let output = r#"<testcase name="a"><system-out>&b;</system-out></testcase>"#;
    assert_eq!(summary(output)[1], json!(["a"]));
}

#[test]
fn elements_may_nest_so_deep_and_no_deeper() {
    let nested = |depth: usize| {
        let (open, close) = ("<x>".repeat(depth), "</x>".repeat(depth));
        make(&format!(r#"<testsuite>{PASSED}{open}{close}</testsuite>"#))
    };
    assert!(nested(MAX_DEPTH - 1).is_ok());
    let error = JunitError::TooDeep { limit: MAX_DEPTH };
    assert_eq!(nested(MAX_DEPTH).unwrap_err(), error.clone().into());
    assert_eq!(nested(1_000_000).unwrap_err(), error.into());
}

#[test]
fn an_element_may_have_so_many_attributes_and_no_more() {
    let case = |attributes: usize| {
        let more: String = (1..attributes).map(|i| format!(r#" a{i}="""#)).collect();
        make(&format!(r#"<testsuite><testcase name="a"{more}/></testsuite>"#))
    };
    assert!(case(MAX_ATTRIBUTES).is_ok());
    let error = JunitError::TooManyAttributes {
        offset: 11,
        limit: MAX_ATTRIBUTES,
    };
    assert_eq!(case(MAX_ATTRIBUTES + 1).unwrap_err(), error.into());
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "<testsuite><testcase name=\"a\"/>",
        "<testsuite><testcase name=\"a\"></testsuite>",
        "<testsuite><testcase name=\"a\"/></testsuites>",
        "<testsuite><testcase name=\"a\" name=\"b\"/></testsuite>",
        "<testsuite><testcase name=a/></testsuite>",
        "<testsuite",
    ] {
        let refused = refusal(text);
        assert!(
            matches!(refused, PredicateInputError::Junit(JunitError::Xml { .. })),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn one_outermost_element_of_a_known_name_is_demanded() {
    for (text, found) in [
        ("", ""),
        ("text", ""),
        ("<html></html>", "html"),
        ("<testcase name=\"a\"/>", "testcase"),
        (
            "<testsuite><testcase name=\"a\"/></testsuite><testsuite/>",
            "testsuite",
        ),
    ] {
        let found = found.to_owned();
        assert_eq!(refusal(text), JunitError::Root { found }.into(), "{text}");
    }
}

#[test]
fn a_case_without_name_and_bytes_that_are_no_utf_8_are_refused() {
    let error = JunitError::NoName { offset: 11 };
    assert_eq!(
        refusal(r#"<testsuite><testcase classname="C"/></testsuite>"#),
        error.into()
    );
    let refused = junit(b"<testsuite>\xff</testsuite>", &TestDetails::default()).unwrap_err();
    assert_eq!(refused, JunitError::NotUtf8 { offset: 11 }.into());
}

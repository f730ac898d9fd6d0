//! What holds of conditions in either language; what each language means stands in a file of its own.

#[cfg(feature = "cel")]
mod in_cel;
#[cfg(feature = "rego")]
mod in_rego;

use std::time::{Duration, Instant};

use serde_json::json;

use super::*;

#[cfg(feature = "cel")]
fn cel(expression: &str, input: &Value) -> Result<bool, ConditionError> {
    Condition::cel(expression)?.evaluate(input)
}

#[cfg(feature = "rego")]
fn rego(body: &str, input: &Value) -> Result<bool, ConditionError> {
    Condition::rego(&format!("package policy\n{body}"))?.evaluate(input)
}

fn input() -> Value {
    json!({
        "level": 3,
        "large": u64::MAX,
        "provenance": {"source": {"ref": "refs/tags/v1.2"}, "parameters": {"a": true, "b": false}},
        "materials": [{"uri": "pkg:a"}, {"uri": "pkg:b"}],
    })
}

#[track_caller]
fn in_time<T>(work: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let result = work();
    let elapsed = start.elapsed();
    assert!(elapsed < Duration::from_secs(2), "{elapsed:?}");
    result
}

fn is_syntax(result: &Result<bool, ConditionError>) -> bool {
    matches!(result, Err(ConditionError::Syntax { .. }))
}

fn is_evaluation(result: &Result<bool, ConditionError>) -> bool {
    matches!(result, Err(ConditionError::Evaluation { .. }))
}

fn is_too_much(result: &Result<bool, ConditionError>) -> bool {
    matches!(result, Err(ConditionError::TooMuchWork { .. }))
}

/// What grows a chain or a nesting as deep as the source is long.
fn deep_sources() -> Vec<String> {
    let whole = |start: &str, unit: &str, end: &str| {
        let room = MAX_SOURCE.saturating_sub(start.len().saturating_add(end.len()).saturating_add(100));
        let times = room.div_euclid(unit.len());
        format!("{start}{}{end}", unit.repeat(times))
    };
    vec![
        whole("1", "+1", " == 1"),
        whole("true", " && true", ""),
        whole("x", ".x", " == 1"),
        whole("x", "[0]", " == 1"),
        whole("", "(", ""),
        whole("", "[", ""),
        whole("", "{", ""),
        whole("", "!", "true"),
        whole("", "-", "1 == 1"),
        whole("", "true ? true : ", "true"),
        whole("", "size(", ""),
        whole("1", "==1", ""),
        whole("1", " in [1]", ""),
        whole("x", ".map(x, x", ""),
        whole("", "[1].map(x, ", ""),
        whole("[", "1,", "1] == 1"),
    ]
}

#[test]
fn conditions_can_be_shared_between_threads() {
    fn check<T: Send + Sync + Clone + fmt::Debug>() {}
    check::<Condition>();
}

#[test]
fn a_source_may_have_sixteen_kibibytes_and_no_more() {
    let longest = format!("true{}", " ".repeat(MAX_SOURCE - 4));
    let too_long = format!("{longest} ");
    let expected = ConditionError::TooLong {
        found: MAX_SOURCE + 1,
        max: MAX_SOURCE,
    };
    assert_eq!(Condition::cel(&too_long).unwrap_err(), expected);
    assert_eq!(Condition::rego(&too_long).unwrap_err(), expected);
    #[cfg(feature = "cel")]
    assert_eq!(cel(&longest, &json!({})), Ok(true));
}

#[cfg(not(feature = "cel"))]
#[test]
fn cel_that_was_not_compiled_in_is_an_error() {
    let language = Language::Cel;
    assert_eq!(
        Condition::cel("true").unwrap_err(),
        ConditionError::NotCompiledIn { language }
    );
}

#[cfg(not(feature = "rego"))]
#[test]
fn rego_that_was_not_compiled_in_is_an_error() {
    let language = Language::Rego;
    assert_eq!(
        Condition::rego("package a\nallow := true").unwrap_err(),
        ConditionError::NotCompiledIn { language }
    );
}

/// One condition in each language that is compiled in, which `input.x` or `x` being there makes true.
fn conditions() -> Vec<Condition> {
    vec![
        #[cfg(feature = "cel")]
        Condition::cel("type(x) != type").unwrap(),
        #[cfg(feature = "rego")]
        Condition::rego("package a\nallow if input.x == input.x").unwrap(),
    ]
}

#[test]
fn an_input_is_bounded_in_values_bytes_and_depth() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    for condition in conditions() {
        for (fits, too_large) in [
            (
                json!({"x": vec![1; MAX_VALUES - 2]}),
                json!({"x": vec![1; MAX_VALUES - 1]}),
            ),
            (
                json!({"x": nested(MAX_DEPTH - 2)}),
                json!({"x": nested(MAX_DEPTH - 1)}),
            ),
            (
                json!({"x": "a".repeat(MAX_BYTES - 1)}),
                json!({"x": "a".repeat(MAX_BYTES)}),
            ),
            (
                json!({"x": {"a".repeat(MAX_BYTES - 1): 1}}),
                json!({"x": {"a".repeat(MAX_BYTES): 1}}),
            ),
        ] {
            let outcome = in_time(|| condition.evaluate(&fits));
            assert_eq!(outcome, Ok(true), "{}", condition.language());
            assert!(is_too_much(&in_time(|| condition.evaluate(&too_large))));
        }
        assert!(is_too_much(&condition.evaluate(&json!({"x": nested(1_000)}))));
    }
}

#[test]
fn numbers_of_any_size_are_read() {
    for number in [
        json!(i64::MIN),
        json!(i64::MAX),
        json!(u64::MAX),
        serde_json::from_str("123456789012345678901234567890").unwrap(),
        serde_json::from_str("1e308").unwrap(),
        serde_json::from_str("-0.0").unwrap(),
        serde_json::from_str("5e-324").unwrap(),
    ] {
        for condition in conditions() {
            assert_eq!(condition.evaluate(&json!({"x": number})), Ok(true), "{number}");
        }
    }
    // Larger ones do not come so far.
    assert!(serde_json::from_str::<Value>("1e400").is_err());
}

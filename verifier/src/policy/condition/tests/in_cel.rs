//! What conditions in CEL mean, and what they may not do.

use super::*;

#[test]
fn a_condition_keeps_its_source_and_language() {
    let condition = Condition::cel("level >= 3").unwrap();
    assert_eq!(
        (condition.source(), condition.language()),
        ("level >= 3", Language::Cel)
    );
}

#[test]
fn expressions_decide() {
    for (holds, fails) in [
        ("level >= 3", "level >= 4"),
        ("level + 1 == 4", "level + 1 == 5"),
        ("large > 9223372036854775807u", "large < 9223372036854775807u"),
        ("type(level) == int", "type(level) == double"),
        ("type(large) == uint", "type(large) == int"),
        (
            "provenance.source.ref.startsWith('refs/tags/')",
            "provenance.source.ref.startsWith('refs/heads/')",
        ),
        (
            "provenance.source.ref.matches('^refs/tags/v[0-9.]+$')",
            "provenance.source.ref.matches('^v[0-9.]+$')",
        ),
        (
            "matches(provenance.source.ref, 'v1')",
            "matches(provenance.source.ref, 'v2')",
        ),
        (
            "materials.all(m, m.uri.startsWith('pkg:'))",
            "materials.all(m, m.uri == 'pkg:a')",
        ),
        (
            "materials.exists(m, m.uri == 'pkg:b')",
            "materials.exists(m, m.uri == 'pkg:c')",
        ),
        (
            "materials.exists_one(m, m.uri == 'pkg:b')",
            "materials.exists_one(m, m.uri.contains('pkg'))",
        ),
        (
            "materials.map(m, m.uri) == ['pkg:a', 'pkg:b']",
            "materials.map(m, m.uri) == ['pkg:a']",
        ),
        (
            "materials.map(m, m.uri != 'pkg:a', m.uri) == ['pkg:b']",
            "materials.map(m, true, m.uri) == ['pkg:b']",
        ),
        (
            "materials.filter(m, m.uri == 'pkg:a').size() == 1",
            "materials.filter(m, true).size() == 1",
        ),
        ("has(provenance.source)", "has(provenance.sauce)"),
        (
            "provenance.parameters.exists(key, key == 'a')",
            "provenance.parameters.exists(key, key == 'c')",
        ),
        ("'a' in provenance.parameters", "'c' in provenance.parameters"),
        ("materials[0]['uri'] == 'pkg:a'", "materials[1]['uri'] == 'pkg:a'"),
        ("{'k': level}.k == 3", "{'k': level}.k == 4"),
        (
            "timestamp('2026-01-01T00:00:00Z') < timestamp('2027-01-01T00:00:00Z')",
            "timestamp('2026-01-01T00:00:00Z') > timestamp('2027-01-01T00:00:00Z')",
        ),
    ] {
        assert_eq!(cel(holds, &input()), Ok(true), "{holds}");
        assert_eq!(cel(fails, &input()), Ok(false), "{fails}");
    }
}

#[test]
fn only_a_boolean_is_an_outcome() {
    for (expression, found) in [
        ("level", "int"),
        ("'true'", "string"),
        ("[true]", "list"),
        ("null", "null_type"),
    ] {
        let language = Language::Cel;
        let found = found.to_owned();
        assert_eq!(
            cel(expression, &input()),
            Err(ConditionError::NotBoolean { language, found })
        );
    }
    assert_eq!(cel("level == 3", &input()), Ok(true));
}

#[test]
fn an_error_is_not_an_outcome() {
    for expression in [
        "absent == 1",
        "provenance.absent == 1",
        "level == 3 && absent",
        "1 / 0 == 1",
        "materials[2].uri == ''",
        "materials[0.5] == 1",
        "int(large) == 1",
        "-9223372036854775807 - 2 < 0",
        "-(-9223372036854775807 - 1) > 0",
        "(-9223372036854775807 - 1) / -1 > 0",
        "(-9223372036854775807 - 1) % -1 == 0",
        "9223372036854775807 * 2 > 0",
        "int(1e300) > 0",
        "int(0.0 / 0.0) > 0",
        "duration('9999999999999h') > duration('1s')",
        "timestamp('9999-12-31T23:59:59Z') + duration('999999h') > timestamp('2000-01-01T00:00:00Z')",
        "timestamp('2026-13-01T00:00:00Z') == timestamp('2026-13-01T00:00:00Z')",
        "provenance.parameters.map(key, key)[0] == 'a'",
    ] {
        let outcome = cel(expression, &input());
        assert!(is_evaluation(&outcome), "{expression}: {outcome:?}");
    }
    assert_eq!(cel("level == 3 || absent", &input()), Ok(true));
}

#[test]
fn an_input_is_an_object() {
    assert_eq!(cel("true", &json!({})), Ok(true));
    assert!(is_evaluation(&cel("true", &json!([]))));
}

#[test]
fn what_is_not_cel_is_refused_when_it_is_made() {
    for expression in [
        "",
        "level >=",
        "level = 3",
        "x.?y",
        "a.b.C{d: 1}",
        "{?'a': 1}",
        "'",
        "@charge(1)",
    ] {
        assert!(is_syntax(&cel(expression, &input())), "{expression}");
    }
}

#[test]
fn there_is_no_clock_no_randomness_and_no_environment() {
    for expression in [
        "now() > timestamp('2026-01-01T00:00:00Z')",
        "time.now() > 1",
        "timestamp.now() == timestamp('2026-01-01T00:00:00Z')",
        "rand() > 1",
        "math.rand() > 1",
        "env('PATH') == ''",
        "http.send({}) == 1",
        "opa.runtime() == {}",
        "print('x') == 'x'",
        "timestamp('2026-01-01T00:00:00Z').getHours('Europe/Berlin') == 1",
    ] {
        assert!(is_syntax(&cel(expression, &input())), "{expression}");
    }
}

#[test]
fn a_regular_expression_is_a_literal_of_bounded_size() {
    assert_eq!(cel("'aaa'.matches('^a{3}$')", &json!({})), Ok(true));
    assert!(is_syntax(&cel("'aaa'.matches('^a' + '$')", &json!({}))));
    assert!(is_syntax(&cel("'aaa'.matches('^(')", &json!({}))));
    assert!(is_syntax(&cel(r"'aaa'.matches('\\w{900}')", &json!({}))));
    assert!(is_syntax(&cel(
        &format!("'a'.matches('{}')", "a".repeat(1025)),
        &json!({})
    )));
}

#[test]
fn deep_sources_neither_overflow_nor_hang() {
    for source in deep_sources() {
        // Whether it holds does not matter: the parser folds `!!` and `--`, and balances `&&`.
        let _ = in_time(|| cel(&source, &json!({"x": [1]})));
    }
}

#[test]
fn work_is_bounded_in_time() {
    let many = json!({
        "list": (0..90_000).collect::<Vec<_>>(),
        "few": (0..300).collect::<Vec<_>>(),
        "texts": vec!["a".repeat(100); 1000],
        "text": "ab".repeat(512 << 10),
        "map": (0..1000).map(|it| (it.to_string(), json!(it))).collect::<serde_json::Map<_, _>>(),
    });
    // Doubles the text at each level, beside each other and within each other.
    let mut doubled = "text".to_owned();
    for _ in 0..20 {
        doubled = format!("[{doubled}].map(t, t + t)[0]");
    }
    let wide = format!("few.all(x, few.all(y, {}))", vec!["x != 900"; 1000].join(" && "));
    for expression in [
        "list.all(x, list.all(y, x + y >= 0))",
        "list.all(x, list.exists(y, x == y)) || true",
        "list.all(x, list == list)",
        "list.map(x, list).size() == 1",
        "list.filter(x, x in list).size() == 1",
        "list.all(x, text.contains('c') || true)",
        "list.all(x, size(text) > 0)",
        "list.all(x, !text.matches('(a|b)*a(a|b){60}c'))",
        "list.all(x, text[0] == 1 || text < text || true) && list.all(x, size(text + text) > 0)",
        "list.all(x, list['a'] == 1 || list + list == list || true)",
        "texts.all(t, texts.all(u, t + u != ''))",
        &wide,
        &format!("{doubled} != ''"),
    ] {
        let outcome = in_time(|| cel(expression, &many));
        assert!(is_too_much(&outcome), "{expression:.60}: {outcome:?}");
    }
    for expression in [
        "few.all(x, few.exists(y, x == y))",
        "list.all(x, x >= 0)",
        "text.matches('^(ab)*$')",
        "texts.all(t, t.startsWith('a'))",
        "map.all(key, map[key] >= 0)",
    ] {
        assert_eq!(in_time(|| cel(expression, &many)), Ok(true), "{expression}");
    }
}

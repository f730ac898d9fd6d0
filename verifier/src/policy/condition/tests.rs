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

#[cfg(feature = "cel")]
mod in_cel {
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
}

#[cfg(feature = "rego")]
mod in_rego {
    use super::*;

    #[test]
    fn a_condition_keeps_its_source_and_language() {
        let source = "package a.b\nallow := true";
        let condition = Condition::rego(source).unwrap();
        assert_eq!(
            (condition.source(), condition.language()),
            (source, Language::Rego)
        );
        assert_eq!(condition.evaluate(&json!({})), Ok(true));
    }

    #[test]
    fn modules_decide() {
        for (holds, fails) in [
            ("allow if input.level >= 3", "allow if input.level >= 4"),
            (
                "import rego.v1\nallow if input.level + 1 == 4",
                "import rego.v1\nallow if input.level + 1 == 5",
            ),
            (
                "default allow := false\nallow if input.level == 3",
                "default allow := false\nallow if input.level == 4",
            ),
            (
                "allow if input.large == 18446744073709551615",
                "allow if input.large == 18446744073709551614",
            ),
            ("allow if not input.absent", "allow if input.absent"),
            (
                "allow if every m in input.materials { startswith(m.uri, `pkg:`) }",
                "allow if every m in input.materials { m.uri == `pkg:a` }",
            ),
            (
                "allow if { some m in input.materials; m.uri == `pkg:b` }",
                "allow if { some m in input.materials; m.uri == `pkg:c` }",
            ),
            (
                "allow if regex.match(`^refs/tags/v[0-9.]+$`, input.provenance.source.ref)",
                "allow if regex.match(`^v[0-9.]+$`, input.provenance.source.ref)",
            ),
            (
                "f(x) := x + 1\nallow if f(input.level) == 4",
                "f(x) := x + 1\nallow if f(input.level) == 5",
            ),
            (
                "allow if concat(`/`, [`a`, `b`]) == `a/b`",
                "allow if concat(`/`, [`a`, `b`]) == `ab`",
            ),
            (
                "allow if count({m.uri | some m in input.materials}) == 2",
                "allow if count([m | some m in input.materials; m.uri == `pkg:a`]) == 2",
            ),
            ("allow if input.level * 2 == 6", "allow if input.level * 2 == 7"),
        ] {
            assert_eq!(rego(holds, &input()), Ok(true), "{holds}");
            assert_eq!(rego(fails, &input()), Ok(false), "{fails}");
        }
    }

    #[test]
    fn only_a_boolean_is_an_outcome() {
        for (body, found) in [
            ("allow := 1", "number"),
            ("allow := `true`", "string"),
            ("allow := null", "null"),
            ("allow contains true", "set"),
        ] {
            let language = Language::Rego;
            let found = found.to_owned();
            assert_eq!(
                rego(body, &input()),
                Err(ConditionError::NotBoolean { language, found })
            );
        }
        assert_eq!(rego("allow := true", &input()), Ok(true));
    }

    #[test]
    fn an_error_is_not_an_outcome() {
        for body in [
            "allow := true\nallow := false if input.level == 3",
            "allow if not to_number(`a`)",
            "f(x) := to_number(x)\nallow if not f(`a`)",
            "allow if not concat(``, [1])",
            "allow if not 1 / 0 == 1",
        ] {
            let outcome = rego(body, &input());
            assert!(is_evaluation(&outcome), "{body}: {outcome:?}");
        }
        assert_eq!(rego("allow if not to_number(`1`) == 2", &input()), Ok(true));
    }

    #[test]
    fn what_is_not_a_module_is_refused_when_it_is_made() {
        for body in [
            "",
            "deny := true",
            "allow if",
            "allow if x",
            "allow { input.level == 3 }",
            "allow if deny",
            "import data.other\nallow if other.x",
            "import input\nallow if input.x",
        ] {
            let outcome = rego(body, &input());
            assert!(is_syntax(&outcome), "{body}: {outcome:?}");
        }
        assert!(matches!(
            Condition::rego("allow := true"),
            Err(ConditionError::Syntax { .. })
        ));
    }

    #[test]
    fn recursion_is_refused() {
        for body in [
            "allow if allow",
            "f(x) := f(x)\nallow if f(1)",
            "f(x) := g(x)\ng(x) := f(x)\nallow if f(1)",
            "f(x) := g\ng := f(1)\nallow if f(1)",
            "f(x) := [y | y := f(x)]\nallow if f(1)",
        ] {
            let outcome = in_time(|| rego(body, &input()));
            assert!(
                is_syntax(&outcome) || is_evaluation(&outcome),
                "{body}: {outcome:?}"
            );
        }
        assert_eq!(
            rego("f(x) := g(x)\ng(x) := x\nallow if f(1) == 1", &input()),
            Ok(true)
        );
    }

    #[test]
    fn there_is_no_network_no_clock_no_randomness_no_environment_and_no_output() {
        for call in [
            "http.send({})",
            "time.now_ns()",
            "opa.runtime()",
            "rand.intn(`a`, 5)",
            "rand[`intn`](`a`, 5)",
            "rand . intn(`a`, 5)",
            "uuid.rfc4122(`a`)",
            "net.lookup_ip_addr(`a`)",
            "trace(`a`)",
            "print(`a`)",
            "numbers.range(0, 1000000000000000)",
            "bits.lsh(1, 4000000000)",
            "replace(`a`, `a`, `aa`)",
            "sprintf(`%d`, [1])",
            "walk(input)",
            "data.policy.allow(1)",
        ] {
            for body in [
                format!("allow if {call}"),
                format!("allow if not {call}"),
                format!("allow if {{ x := [y | y := {call}]; x }}"),
                format!("f(x) := {call}\nallow if not f(1)"),
                format!("allow if every x in [1] {{ {call} }}"),
                format!("allow := {{`a`: {call}}}"),
                format!("allow := true if false else := {call}"),
            ] {
                let outcome = rego(&body, &input());
                assert!(is_syntax(&outcome), "{body}: {outcome:?}");
            }
        }
        assert!(is_syntax(&rego(
            "allow if count([1]) with count as rand.intn",
            &input()
        )));
        assert_eq!(rego("allow if count([1]) == 1", &input()), Ok(true));
    }

    #[test]
    fn a_regular_expression_is_a_literal_of_bounded_size() {
        assert_eq!(
            rego("allow if regex.match(`^a{3}$`, `aaa`)", &json!({})),
            Ok(true)
        );
        for pattern in ["input.pattern", "`^(`", r"`\w{900}`"] {
            let body = format!("allow if regex.match({pattern}, `aaa`)");
            assert!(is_syntax(&rego(&body, &json!({"pattern": "^a"}))), "{body}");
        }
    }

    #[test]
    fn deep_sources_neither_overflow_nor_hang() {
        for source in deep_sources() {
            // A line may have 1,024 columns.
            let lines = source
                .replace("+1", "+1\n")
                .replace("&&", "\n")
                .replace("1,", "1,\n");
            let outcome = in_time(|| rego(&format!("allow if {lines}"), &json!({"x": [1]})));
            assert!(outcome != Ok(true) || source.contains("&&"), "{source:.40}");
        }
        // Brackets as deep as they may be, around what makes the parser try them all.
        for open in ["[", "{", "("] {
            let body = format!("allow if {}1 2", open.repeat(8));
            assert!(is_syntax(&in_time(|| rego(&body, &json!({})))));
        }
        let mut chain = String::new();
        for index in 0..900 {
            chain.push_str(&format!("a{index} := a{}\n", index + 1));
        }
        let outcome = in_time(|| rego(&format!("{chain}a900 := true\nallow := a0"), &json!({})));
        assert_eq!(outcome, Ok(true));
    }

    #[test]
    fn work_is_bounded_in_time() {
        let many = json!({"list": (0..90_000).collect::<Vec<_>>(), "text": "ab".repeat(4 << 20)});
        for body in [
            "allow if { some x in input.list; some y in input.list; x + y == -1 }",
            "allow if every x in input.list { some y in input.list; y == x }",
            "allow if not f(1)\nf(x) if { some a in input.list; some b in input.list; a + b == 0 - x }",
            "f(x) := x if { some a in input.list; some b in input.list; a + b == 0 - x }\nf(x) := 1\nallow if f(1)",
            "allow if { some x in input.list; regex.match(`(a|b)*a(a|b){60}c`, input.text) }",
            "allow if { some x in input.list; count(sort(input.list)) == x + 100000 }",
        ] {
            let outcome = in_time(|| rego(body, &many));
            assert!(is_too_much(&outcome), "{body}: {outcome:?}");
        }
        for body in [
            "allow if every x in input.list { x >= 0 }",
            "allow if regex.match(`^(ab)*$`, input.text)",
        ] {
            assert_eq!(in_time(|| rego(body, &many)), Ok(true), "{body}");
        }
        let mut grown = "a0 := `a`\n".to_owned();
        for index in 0..40 {
            grown.push_str(&format!("a{} := concat(``, [a{index}, a{index}])\n", index + 1));
        }
        assert!(is_evaluation(&in_time(|| rego(
            &format!("{grown}allow if a40"),
            &json!({})
        ))));
        assert!(is_syntax(&rego(
            "f(x) := x * x\nallow if f(f(2)) == 16",
            &json!({})
        )));
    }
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

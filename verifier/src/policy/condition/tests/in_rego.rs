//! What conditions in Rego mean, and what they may not do.

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

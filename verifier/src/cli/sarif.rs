//! The answer as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>): one result for
//! each reason why an artifact is not accepted.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::Answer;
use super::{hint, json};
use crate::code::{Code, Outcome};

pub(crate) fn answers(answers: &[Answer], stdout: &mut dyn Write) -> io::Result<()> {
    let results: Vec<(Code, Value)> = answers
        .iter()
        .flat_map(|answer| {
            answer
                .reasons()
                .into_iter()
                .map(|(code, text)| result(answer, code, &text))
        })
        .collect();
    let mut codes: Vec<Code> = results.iter().map(|(code, _)| *code).collect();
    codes.sort_unstable();
    codes.dedup();
    let rules: Vec<Value> = codes
        .iter()
        .map(|code| {
            json!({
                "id": code.as_str(),
                "shortDescription": { "text": code.as_str() },
                "help": { "text": hint::of(*code) },
                "helpUri": format!("https://github.com/slsa-tools/slsa/blob/main/docs/reference/findings.md#{code}"),
            })
        })
        .collect();
    let results: Vec<Value> = results.into_iter().map(|(_, result)| result).collect();
    json::write(
        &json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "slsa-verify",
                    "version": env!("CARGO_PKG_VERSION"),
                    "rules": rules,
                } },
                "results": results,
            }],
        }),
        stdout,
    )
}

fn result(answer: &Answer, code: Code, message: &str) -> (Code, Value) {
    let level = match code.outcome() {
        Outcome::Undecided => "warning",
        _ => "error",
    };
    let uri: String = answer
        .artifact
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect();
    let value = json!({
        "ruleId": code.as_str(),
        "level": level,
        "message": { "text": format!("{}: {message}", answer.artifact) },
        "locations": [{ "physicalLocation": { "artifactLocation": { "uri": uri } } }],
    });
    (code, value)
}

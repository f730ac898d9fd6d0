//! The answer as SARIF 2.1.0 (<https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html>): one result for
//! each reason why an artifact is not accepted.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::answer::{Answer, Judgement};
use super::{hint, json};
use crate::code::{Code, Outcome};

pub(crate) fn answers(answers: &[Answer], stdout: &mut dyn Write) -> io::Result<()> {
    let results: Vec<(Code, Value)> = answers.iter().flat_map(results).collect();
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

fn results(answer: &Answer) -> Vec<(Code, Value)> {
    if let Err(error) = &answer.digests {
        return vec![result(answer, Code::FileUnreadable, error)];
    }
    if answer.demands.is_empty() {
        return vec![result(
            answer,
            Code::NoRule,
            "the policy has no rule for this artifact",
        )];
    }
    let unmet = answer.demands.iter().filter(|demand| !demand.is_met());
    unmet
        .map(
            |demand| match demand.told().first().map(|attempt| &attempt.judgement) {
                Some(Judgement::Refused { code, message, .. }) => result(answer, *code, message),
                Some(Judgement::Accepted(_)) => {
                    let text = format!("{} of {} attestations", demand.met, demand.needed);
                    result(answer, Code::TooFewAttestations, &text)
                }
                Some(Judgement::Unjudged(_)) => result(
                    answer,
                    Code::IdentityRuleInvalid,
                    "nobody was expected to have signed it",
                ),
                None => result(answer, Code::NoAttestation, "no attestation was found"),
            },
        )
        .collect()
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

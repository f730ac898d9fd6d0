//! The answer as Markdown, for the summary of a workflow's step.

use std::io::{self, Write};

use super::answer::Answer;
use super::exit::Exit;
use super::hint;
use super::shown::Shown;
use crate::code::Code;

pub(crate) fn answers(answers: &[Answer], stdout: &mut dyn Write) -> io::Result<()> {
    let accepted = answers
        .iter()
        .filter(|answer| answer.exit() == Exit::Accepted)
        .count();
    writeln!(
        stdout,
        "### slsa-verify: {accepted} of {} accepted\n",
        answers.len()
    )?;
    writeln!(stdout, "| artifact | verdict | builder | level | reason |")?;
    writeln!(stdout, "|---|---|---|---|---|")?;
    for answer in answers {
        let verdict = match answer.exit() {
            Exit::Accepted => "✅ accepted",
            Exit::Undecided => "⚠️ could not decide",
            Exit::Usage => "⚠️ not judged",
            Exit::NoAttestation | Exit::NotAuthentic | Exit::Refused => "❌ refused",
        };
        let built = answer.accepted().find_map(|(_, attempt)| attempt.built.as_ref());
        let builder = built.and_then(|(_, builder)| builder.as_ref().map(|builder| builder.id.as_str()));
        let level = built
            .map(|(level, _)| level.get().to_string())
            .unwrap_or_default();
        writeln!(
            stdout,
            "| {} | {verdict} | {} | {level} | {} |",
            cell(&answer.artifact),
            cell(builder.unwrap_or_default()),
            reason(answer)
        )?;
    }
    Ok(())
}

/// Why an artifact is not accepted, and what to do.
fn reason(answer: &Answer) -> String {
    let reason =
        |(code, text): (Code, String)| format!("`{code}`: {}<br>{}", cell(&text), cell(hint::of(code)));
    let reasons: Vec<String> = answer.reasons().into_iter().map(reason).collect();
    reasons.join("<br>")
}

/// Text of others within a table: nothing in it may end the cell, or be read as Markdown or HTML.
fn cell(text: &str) -> String {
    let mut shown = String::new();
    for character in Shown(text).to_string().chars() {
        match character {
            '<' => shown.push_str("&lt;"),
            '>' => shown.push_str("&gt;"),
            '&' => shown.push_str("&amp;"),
            '|' | '`' | '*' | '_' | '[' | ']' | '!' | '\\' | '~' | '#' | '@' => {
                shown.push('\\');
                shown.push(character);
            }
            _ => shown.push(character),
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_of_others_ends_no_cell_and_is_no_markup() {
        assert_eq!(
            cell("a|b\n<img src=x> [x](y) `c`"),
            r"a\|b\\u{a}&lt;img src=x&gt; \[x\](y) \`c\`"
        );
    }
}

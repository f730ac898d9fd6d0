//! The forms of the answer.

use std::io::Write;
use std::path::Path;

use jiff::Timestamp;

use super::answer::Answer;
use super::args::{AnswerFormat, OutputArgs};
use super::exit::Exit;
use super::{Failure, json, markdown, sarif, text, vsa_out};

/// Shows the answers and, where that was asked for, writes the summary, which names the policy.
pub(crate) fn finish(
    answers: &[Answer],
    args: &OutputArgs,
    policy_file: Option<&Path>,
    now: Timestamp,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    if let Some(path) = &args.vsa_out {
        vsa_out::write(answers, args, policy_file, now, path)?;
    }
    match args.format {
        AnswerFormat::Text => text::answers(answers, stdout, stderr)?,
        AnswerFormat::Json => json::answers(answers, stdout)?,
        AnswerFormat::Sarif => sarif::answers(answers, stdout)?,
        AnswerFormat::Markdown => markdown::answers(answers, stdout)?,
    }
    Ok(Exit::of_all(answers.iter().map(Answer::exit)))
}

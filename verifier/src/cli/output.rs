//! The forms of the answer.

use std::io::Write;

use super::answer::Answer;
use super::args::AnswerFormat;
use super::{json, markdown, sarif, text};

pub(crate) fn answers(
    answers: &[Answer],
    format: AnswerFormat,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> std::io::Result<()> {
    match format {
        AnswerFormat::Text => text::answers(answers, stdout, stderr),
        AnswerFormat::Json => json::answers(answers, stdout),
        AnswerFormat::Sarif => sarif::answers(answers, stdout),
        AnswerFormat::Markdown => markdown::answers(answers, stdout),
    }
}

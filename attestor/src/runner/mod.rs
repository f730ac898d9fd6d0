//! What the runner of GitHub Actions reads back from a step: outputs, the summary, and what to mask.
//!
//! Source: <https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands>. Paths and texts
//! are the caller's; nothing here looks into the environment.

mod append;
mod error;
mod markdown;
mod mask;
mod output;
mod summary;

pub use error::RunnerError;
pub use mask::mask;
pub use output::{Delimiter, MAX_KEY_BYTES, MAX_OUTPUT_BYTES, append_outputs};
pub use summary::{MAX_SUMMARY_BYTES, Source, StepSummary};

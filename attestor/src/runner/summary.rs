//! The summary of a step: the file whose path is in `GITHUB_STEP_SUMMARY`, in Markdown.

use std::fmt;
use std::path::Path;

use slsa_predicates::{Digest, Subject};

use super::append::append;
use super::error::RunnerError;
use super::markdown::{code, link, shell, visible};

/// Bytes of one step's summary: 1 MiB, what GitHub shows.
pub const MAX_SUMMARY_BYTES: u64 = 1 << 20;

/// Subjects that are listed: 20. The others are counted.
const MAX_ROWS: usize = 20;

/// Hexadecimal digits of a digest that are shown: 12, enough to compare by eye.
const SHORT_DIGEST: usize = 12;

/// Characters of the command to verify: 4,096. Our own bound.
const MAX_COMMAND: usize = 4096;

/// Where the artifacts were built from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(clippy::exhaustive_structs, reason = "made by whoever attests")]
pub struct Source<'a> {
    /// The repository's address.
    pub repository: &'a str,
    /// The branch or tag.
    pub git_ref: &'a str,
    /// The commit.
    pub commit: &'a str,
}

/// What was attested, for people to read. As text it is Markdown, with everything escaped that is not ours.
#[derive(Debug, Clone, Copy)]
#[allow(clippy::exhaustive_structs, reason = "made by whoever attests")]
pub struct StepSummary<'a> {
    /// The type of what is said, such as `https://slsa.dev/provenance/v1`.
    pub predicate_type: &'a str,
    /// The workflow in the certificate.
    pub signer: &'a str,
    /// Where the artifacts were built from.
    pub source: Option<Source<'a>>,
    /// The address of the entry in the transparency log.
    pub log_entry: Option<&'a str>,
    /// The artifacts.
    pub subjects: &'a [Subject],
    /// The words of the command that verifies.
    pub verify: &'a [&'a str],
}

impl StepSummary<'_> {
    /// Adds the summary to a step's.
    ///
    /// # Errors
    /// [`RunnerError`].
    pub fn append_to(&self, path: &Path) -> Result<(), RunnerError> {
        append(path, &self.to_string(), Some(MAX_SUMMARY_BYTES))
    }
}

impl fmt::Display for StepSummary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.subjects.len();
        let plural = if count == 1 { "" } else { "s" };
        writeln!(f, "### Attested: {count} artifact{plural}\n")?;
        writeln!(f, "| | |\n|---|---|")?;
        writeln!(f, "| What is said | {} |", code(self.predicate_type))?;
        writeln!(f, "| Signed by | {} |", code(self.signer))?;
        if let Some(source) = self.source {
            writeln!(f, "| Source | {} |", code(source.repository))?;
            writeln!(f, "| Ref | {} |", code(source.git_ref))?;
            writeln!(f, "| Commit | {} |", code(source.commit))?;
        }
        if let Some(entry) = self.log_entry {
            let entry = link(entry, entry).unwrap_or_else(|| code(entry));
            writeln!(f, "| Log entry | {entry} |")?;
        }
        writeln!(f, "\n| Artifact | Digest |\n|---|---|")?;
        for subject in self.subjects.iter().take(MAX_ROWS) {
            let name = subject.name().or(subject.uri()).unwrap_or_default();
            let digest = subject.digest().strongest().map(short).unwrap_or_default();
            writeln!(f, "| {} | {} |", code(name), code(&digest))?;
        }
        let more = count.saturating_sub(MAX_ROWS);
        if more > 0 {
            writeln!(f, "| … and {more} more | |")?;
        }
        if self.verify.is_empty() {
            return Ok(());
        }
        // One line that begins with the name of a program cannot end the block.
        let command = visible(&shell(self.verify), MAX_COMMAND);
        writeln!(f, "\nVerify with\n\n````sh\n{command}\n````")
    }
}

fn short(digest: &Digest) -> String {
    let hex: String = digest.value().chars().take(SHORT_DIGEST).collect();
    format!("{}:{hex}…", digest.algorithm())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn subjects(count: usize) -> Vec<Subject> {
        let digest = Digest::parse(&format!("sha256:{}", "0123456789abcdef".repeat(4))).unwrap();
        (1..=count)
            .map(|i| Subject::new(format!("tool-{i}.gz"), digest.clone()))
            .collect()
    }

    fn summary(subjects: &[Subject]) -> StepSummary<'_> {
        StepSummary {
            predicate_type: "https://slsa.dev/provenance/v1",
            signer: "https://github.com/o/r/.github/workflows/slsa.yml@refs/tags/v1",
            source: Some(Source {
                repository: "https://github.com/o/app",
                git_ref: "refs/heads/main",
                commit: "da39a3ee5e6b4b0d3255bfef95601890afd80709",
            }),
            log_entry: Some("https://search.sigstore.dev/?logIndex=12"),
            subjects,
            verify: &["slsa-verify", "artifact", "tool-1.gz"],
        }
    }

    #[test]
    fn a_summary_says_what_by_whom_from_where_and_how_to_verify() {
        let expected = "\
### Attested: 1 artifact

| | |
|---|---|
| What is said | <code>https&#58;//slsa.dev/provenance/v1</code> |
| Signed by | <code>https&#58;//github.com/o/r/.github/workflows/slsa.yml&#64;refs/tags/v1</code> |
| Source | <code>https&#58;//github.com/o/app</code> |
| Ref | <code>refs/heads/main</code> |
| Commit | <code>da39a3ee5e6b4b0d3255bfef95601890afd80709</code> |
| Log entry | [https&#58;//search.sigstore.dev/&#63;logIndex=12](<https://search.sigstore.dev/?logIndex=12>) |

| Artifact | Digest |
|---|---|
| <code>tool-1.gz</code> | <code>sha256&#58;0123456789ab…</code> |

Verify with

````sh
slsa-verify artifact tool-1.gz
````
";
        assert_eq!(summary(&subjects(1)).to_string(), expected);
    }

    #[test]
    fn as_many_rows_as_fit_are_shown_and_the_others_counted() {
        let text = summary(&subjects(20)).to_string();
        assert!(text.contains("tool-20.gz") && !text.contains("more"));
        let text = summary(&subjects(22)).to_string();
        assert!(text.contains("tool-20.gz") && !text.contains("tool-21.gz"));
        assert!(text.contains("| … and 2 more | |\n"));
    }

    #[test]
    fn no_text_of_others_becomes_markup() {
        let name = "x|y\n### no `<script>`\u{202e}";
        let digest = Digest::parse(&format!("sha256:{}", "a".repeat(64))).unwrap();
        let subjects = [Subject::new(name, digest)];
        let evil = StepSummary {
            predicate_type: name,
            signer: name,
            source: Some(Source {
                repository: name,
                git_ref: name,
                commit: name,
            }),
            log_entry: Some(name),
            subjects: &subjects,
            verify: &["slsa-verify", "$(id)\n````\n<script>\u{202e}"],
        };
        let text = evil.to_string();
        let (tables, command) = text.split_once("````sh\n").unwrap();
        assert!(!tables.contains("<script") && !tables.contains("\n### no") && !text.contains('\u{202e}'));
        assert_eq!(
            command,
            "slsa-verify '$(id)\\u{a}````\\u{a}<script>\\u{202e}'\n````\n"
        );
        for line in tables.lines().filter(|line| line.starts_with('|')) {
            assert_eq!(line.matches('|').count(), 3, "{line}");
        }
    }

    #[test]
    fn a_step_gets_as_much_as_github_shows_and_not_one_byte_more() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("summary");
        let subjects = subjects(1);
        let summary = summary(&subjects);
        let room = usize::try_from(MAX_SUMMARY_BYTES).unwrap() - summary.to_string().len();
        let earlier = |bytes: usize| fs::write(&path, format!("{}\n", "a".repeat(bytes - 1))).unwrap();
        earlier(room);
        assert_eq!(summary.append_to(&path), Ok(()));
        assert_eq!(fs::metadata(&path).unwrap().len(), MAX_SUMMARY_BYTES);
        earlier(room + 1);
        let (found, max) = (MAX_SUMMARY_BYTES + 1, MAX_SUMMARY_BYTES);
        assert_eq!(
            summary.append_to(&path),
            Err(RunnerError::TooLarge { found, max })
        );
        assert_eq!(
            fs::metadata(&path).unwrap().len(),
            u64::try_from(room + 1).unwrap()
        );
    }
}

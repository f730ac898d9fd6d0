//! The parts of `owner/name/path@ref`, in which tokens name workflows.

use super::ProvenanceInputError;

/// A workflow: the repository that it stands in, its path there, and the ref or commit that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WorkflowRef<'a> {
    pub(super) repository: &'a str,
    pub(super) path: &'a str,
    pub(super) git_ref: &'a str,
}

impl<'a> WorkflowRef<'a> {
    /// Splits at the first `@`, as verifiers do. A path that has one itself would be read in two ways; its rest is
    /// then no ref, and it is refused.
    pub(super) fn parse(claim: &'static str, text: &'a str) -> Result<Self, ProvenanceInputError> {
        let expected = "owner/name/path@ref";
        let malformed = || ProvenanceInputError::claim(claim, text, expected);
        let (place, git_ref) = text.split_once('@').ok_or_else(malformed)?;
        let mut parts = place.splitn(3, '/');
        let (owner, name, path) = (parts.next(), parts.next(), parts.next());
        let (Some(owner), Some(name), Some(path)) = (owner, name, path) else {
            return Err(malformed());
        };
        let repository = place.get(..owner.len().saturating_add(name.len()).saturating_add(1));
        let repository = repository.ok_or_else(malformed)?;
        if !is_plain_path(place) || path.is_empty() || !(is_git_ref(git_ref) || is_commit(git_ref)) {
            return Err(malformed());
        }
        Ok(Self {
            repository,
            path,
            git_ref,
        })
    }
}

/// As [`WorkflowRef::parse`], of a workflow that was started: that is done at a ref, never at a commit.
pub(super) fn started<'a>(
    claim: &'static str,
    text: &'a str,
) -> Result<WorkflowRef<'a>, ProvenanceInputError> {
    let workflow = WorkflowRef::parse(claim, text)?;
    if is_git_ref(workflow.git_ref) {
        return Ok(workflow);
    }
    let expected = "owner/name/path@ref with a ref below refs/";
    Err(ProvenanceInputError::claim(claim, text, expected))
}

/// Checks `owner/name`.
pub(super) fn repository(claim: &'static str, text: &str) -> Result<(), ProvenanceInputError> {
    if text.split('/').count() == 2 && is_plain_path(text) {
        return Ok(());
    }
    Err(ProvenanceInputError::claim(claim, text, "owner/name"))
}

/// Checks a full ref, such as `refs/tags/v1`.
pub(super) fn git_ref(claim: &'static str, text: &str) -> Result<(), ProvenanceInputError> {
    if is_git_ref(text) {
        return Ok(());
    }
    Err(ProvenanceInputError::claim(claim, text, "a ref below refs/"))
}

/// Returns whether a path needs no escaping in a URL and stays below its beginning: what `slsa-verify` reads as a
/// repository's URL.
pub(super) fn is_plain_path(path: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_~/".contains(&byte);
    path.bytes().all(plain) && path.split('/').all(|part| !matches!(part, "" | "." | ".."))
}

/// git-check-ref-format(1) forbids spaces and control characters in refs.
fn is_git_ref(text: &str) -> bool {
    let name = text.strip_prefix("refs/").unwrap_or_default();
    !name.is_empty() && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

fn is_commit(text: &str) -> bool {
    matches!(text.len(), 40 | 64) && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_split_into_repository_path_and_ref() {
        let commit = "a".repeat(40);
        for git_ref in ["refs/heads/main", "refs/heads/a@b", &commit] {
            let text = format!("o/r/.github/workflows/w.yml@{git_ref}");
            let expected = WorkflowRef {
                repository: "o/r",
                path: ".github/workflows/w.yml",
                git_ref,
            };
            assert_eq!(WorkflowRef::parse("workflow_ref", &text), Ok(expected));
        }
    }

    #[test]
    fn what_could_be_split_in_two_ways_or_leave_its_place_is_refused() {
        for text in [
            "",
            "o/r/w.yml",
            "o/r@refs/heads/main",
            "o/r/@refs/heads/main",
            "o//w.yml@refs/heads/main",
            "o/r/../x/w.yml@refs/heads/main",
            "o/r/w@1.yml@refs/heads/main",
            "o/r/w.yml@main",
            "o/r/w.yml@refs/",
            "o/r/w.yml@refs/heads/a b",
            "o/r/w.yml@refs/heads/a\n",
            "o/r/w.yml?x@refs/heads/main",
            "o/r/w.yml@AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        ] {
            assert_eq!(
                WorkflowRef::parse("workflow_ref", text),
                Err(ProvenanceInputError::claim(
                    "workflow_ref",
                    text,
                    "owner/name/path@ref"
                ))
            );
        }
    }

    #[test]
    fn a_repository_has_an_owner_and_a_name() {
        assert_eq!(repository("repository", "o/r.js"), Ok(()));
        for text in ["r", "o/", "/r", "o/r/x", "o/..", "o/r x"] {
            let error = ProvenanceInputError::claim("repository", text, "owner/name");
            assert_eq!(repository("repository", text), Err(error));
        }
    }
}

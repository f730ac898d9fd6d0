//! Collecting subjects, from sources to statements' worth of names and digests.

mod checksums;
mod files;
mod layout;

use std::fs;
use std::path::{Path, PathBuf};

use slsa_predicates::{Digest, DigestAlgorithm, DigestError, Subject};

use super::error::{Origin, SubjectsError};
use super::name::{MAX_NAME_ACROSS_JOBS, NameFault};
use super::{SubjectOptions, SubjectSource, collect};

/// Of no bytes, and of `abc`.
const EMPTY: &str = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const ABC: &str = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// A directory with files: names that end in `/` are directories, others have the bytes `abc`.
fn directory(names: &[&str]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for name in names {
        let path = directory.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "abc").unwrap();
        }
    }
    directory
}

fn within(base: &Path) -> SubjectOptions {
    SubjectOptions {
        base: base.to_owned(),
        ..SubjectOptions::default()
    }
}

fn path(text: &str) -> SubjectSource {
    SubjectSource::Path(text.to_owned())
}

fn named(text: &str) -> SubjectSource {
    SubjectSource::named_digest(text).unwrap()
}

fn names(subjects: &[Subject]) -> Vec<&str> {
    subjects.iter().map(|subject| subject.name().unwrap()).collect()
}

fn collected(sources: &[SubjectSource], options: &SubjectOptions) -> Result<Vec<Subject>, SubjectsError> {
    collect(sources, options, &|_| {})
}

fn collect_all(sources: &[SubjectSource]) -> Result<Vec<Subject>, SubjectsError> {
    collected(sources, &SubjectOptions::default())
}

#[test]
fn no_source_is_an_error() {
    assert_eq!(collect_all(&[]), Err(SubjectsError::NoSources));
}

#[test]
fn subjects_of_all_sources_are_sorted_by_name() {
    let directory = directory(&["b"]);
    let subjects = collected(
        &[
            named(&format!("c@d@{EMPTY}")),
            SubjectSource::Image(format!("ghcr.io/o/r:v1@{EMPTY}")),
            path("b"),
            SubjectSource::Checksums(format!("{}  a\n", &ABC[7..])),
        ],
        &within(directory.path()),
    )
    .unwrap();
    assert_eq!(names(&subjects), ["a", "b", "c@d", "ghcr.io/o/r"]);
    let expected = [ABC, ABC, EMPTY, EMPTY].map(|digest| Digest::parse(digest).unwrap().into());
    assert!(subjects.iter().map(Subject::digest).eq(&expected));
}

#[test]
fn a_name_without_digest_or_with_a_malformed_one_is_refused() {
    let text = "tool.gz".to_owned();
    assert_eq!(
        SubjectSource::named_digest(&text),
        Err(SubjectsError::NoDigest { text })
    );
    let fault = DigestError::Length {
        algorithm: DigestAlgorithm::Sha256,
        found: 2,
    };
    let name = "tool.gz".to_owned();
    assert_eq!(
        SubjectSource::named_digest("tool.gz@sha256:ab"),
        Err(SubjectsError::Digest { name, fault })
    );
}

#[test]
fn a_weak_digest_is_refused_and_a_commit_is_not() {
    let of = |algorithm: &str| collect_all(&[named(&format!("a@{algorithm}:{}", "a".repeat(40)))]);
    assert!(of("gitCommit").is_ok());
    let weak = SubjectsError::WeakDigest {
        name: "a".into(),
        algorithm: DigestAlgorithm::Sha1,
    };
    assert_eq!(of("sha1"), Err(weak));
}

#[test]
fn a_name_as_long_as_one_that_crosses_jobs_is_accepted_and_one_byte_more_refused() {
    let longest = "a".repeat(MAX_NAME_ACROSS_JOBS);
    assert!(collect_all(&[named(&format!("{longest}@{ABC}"))]).is_ok());
    let fault = NameFault::TooLong { found: 256, max: 255 };
    let name = longest[..80].to_owned();
    for source in [
        named(&format!("{longest}a@{ABC}")),
        SubjectSource::Checksums(format!("{}  {longest}a", &ABC[7..])),
    ] {
        let error = SubjectsError::Name {
            name: name.clone(),
            fault: fault.clone(),
        };
        assert_eq!(collect_all(&[source]), Err(error));
    }
}

#[test]
fn two_different_artifacts_with_one_name_are_refused() {
    let directory = directory(&["x/tool", "y/other"]);
    fs::write(directory.path().join("y/tool"), "").unwrap();
    let options = within(directory.path());
    let error = collected(&[path("*/tool")], &options).unwrap_err();
    let origin = |name: &str| Origin::File(directory.path().join(name));
    let twice = SubjectsError::NameTwice {
        name: "tool".into(),
        first: origin("x/tool"),
        second: origin("y/tool"),
    };
    assert_eq!(error, twice);
    assert_eq!(
        names(&collected(&[path("y/*")], &options).unwrap()),
        ["other", "tool"]
    );
}

#[test]
fn one_artifact_named_twice_is_refused_and_one_with_two_names_is_not() {
    let directory = directory(&["tool", "copy"]);
    let options = SubjectOptions {
        sha512: true,
        ..within(directory.path())
    };
    let both = [path("tool"), path("copy")];
    assert_eq!(names(&collected(&both, &options).unwrap()), ["copy", "tool"]);
    let duplicate = SubjectsError::DuplicateSubject {
        name: "tool".into(),
        first: Origin::NamedDigest,
        second: Origin::File(directory.path().join("tool")),
    };
    let same = [named(&format!("tool@{ABC}")), path("tool")];
    assert_eq!(collected(&same, &options), Err(duplicate));
}

#[test]
fn digests_of_one_name_in_different_algorithms_are_not_taken_for_one_artifact() {
    let sources = [
        named(&format!("a@{ABC}")),
        named(&format!("a@sha512:{}", "a".repeat(128))),
    ];
    let twice = SubjectsError::NameTwice {
        name: "a".into(),
        first: Origin::NamedDigest,
        second: Origin::NamedDigest,
    };
    assert_eq!(collect_all(&sources), Err(twice));
}

#[test]
fn as_many_subjects_as_allowed_are_accepted_and_one_more_refused() {
    assert_eq!(super::MAX_SUBJECTS, SubjectOptions::default().max_subjects);
    let directory = directory(&["a", "b"]);
    let at_most = |max_subjects| SubjectOptions {
        max_subjects,
        ..within(directory.path())
    };
    let sources = [path("*"), named(&format!("c@{ABC}"))];
    assert_eq!(collected(&sources, &at_most(3)).map(|s| s.len()), Ok(3));
    assert_eq!(
        collected(&sources, &at_most(2)),
        Err(SubjectsError::TooMany { max: 2 })
    );
    assert_eq!(
        collected(&sources, &at_most(1)),
        Err(SubjectsError::TooMany { max: 1 })
    );
}

#[test]
fn an_image_by_tag_alone_is_refused() {
    let reference = "ghcr.io/o/r:v1".to_owned();
    let error = SubjectsError::Image {
        reference: reference.clone(),
        fault: super::ImageFault::NoDigest,
    };
    assert_eq!(collect_all(&[SubjectSource::Image(reference)]), Err(error));
}

#[test]
fn messages_have_no_character_that_acts_on_a_terminal() {
    for error in [
        SubjectsError::NoFiles {
            pattern: "a\u{1b}[2J\u{202e}\n".into(),
        },
        SubjectsError::EmptyDirectory {
            path: PathBuf::from("a\u{1b}[2J\u{202e}\n"),
        },
    ] {
        let text = error.to_string();
        assert!(
            !text.chars().any(char::is_control) && !text.contains('\u{202e}'),
            "{text}"
        );
    }
}

//! Files, directories and patterns.

use std::fs;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use slsa_predicates::{Digest, DigestAlgorithm};

use super::{ABC, collected, directory, names, path, within};
use crate::subjects::{NameFault, OpenFault, Progress, SubjectNames, SubjectOptions, SubjectsError, collect};

#[test]
fn a_file_has_its_own_name_and_a_sha256() {
    let directory = directory(&["dist/tool.gz"]);
    let options = within(directory.path());
    let subjects = collected(&[path("dist/tool.gz")], &options).unwrap();
    assert_eq!(names(&subjects), ["tool.gz"]);
    assert_eq!(subjects[0].digest(), &Digest::parse(ABC).unwrap().into());
}

#[test]
fn a_sha512_is_added_when_it_is_asked_for() {
    let directory = directory(&["tool"]);
    let options = SubjectOptions {
        sha512: true,
        ..within(directory.path())
    };
    let subjects = collected(&[path("tool")], &options).unwrap();
    let digest = subjects[0].digest();
    assert_eq!(digest.len(), 2);
    assert_eq!(
        digest.get(DigestAlgorithm::Sha512).unwrap().value()[..16],
        *"ddaf35a193617aba"
    );
}

#[test]
fn files_of_a_directory_are_named_from_there_on_or_by_their_own_name() {
    let directory = directory(&["dist/b", "dist/lib/.a", "dist/lib/x/c", "dist/none/", "other"]);
    let mut options = within(directory.path());
    let collect_with = |options: &SubjectOptions| collected(&[path("dist")], options).unwrap();
    assert_eq!(names(&collect_with(&options)), ["b", "lib/.a", "lib/x/c"]);
    options.names = SubjectNames::FileName;
    assert_eq!(names(&collect_with(&options)), [".a", "b", "c"]);
}

#[test]
fn a_pattern_names_files_and_passes_over_directories() {
    let directory = directory(&["dist/a.gz", "dist/b.gz", "dist/lib.gz/c.gz", "dist/d.txt"]);
    let options = within(directory.path());
    let of = |pattern: &str| {
        let subjects = collected(&[path(pattern)], &options).unwrap();
        names(&subjects).join(" ")
    };
    assert_eq!(of("dist/*.gz"), "a.gz b.gz");
    assert_eq!(of("**/*.gz"), "a.gz b.gz c.gz");
    assert_eq!(of("dist/[ab].??"), "a.gz b.gz");
    assert_eq!(of("./dist/./d*"), "d.txt");
}

#[test]
fn what_exists_under_the_name_of_a_pattern_is_taken_by_that_name() {
    let directory = directory(&["[ab]", "a"]);
    let options = within(directory.path());
    assert_eq!(names(&collected(&[path("[ab]")], &options).unwrap()), ["[ab]"]);
    assert_eq!(names(&collected(&[path("?")], &options).unwrap()), ["a"]);
}

#[test]
fn what_names_no_file_is_an_error() {
    let directory = directory(&["empty/deep/", "a"]);
    let options = within(directory.path());
    for pattern in ["missing", "*.gz", "missing/*", "a/*", "empty/*", "**/b", "", " "] {
        let pattern = pattern.to_owned();
        let error = collected(&[path(&pattern)], &options);
        assert_eq!(error, Err(SubjectsError::NoFiles { pattern }));
    }
    let error = collected(&[path("empty")], &options);
    let path = directory.path().join("empty");
    assert_eq!(error, Err(SubjectsError::EmptyDirectory { path }));
}

#[cfg(unix)]
#[test]
fn a_link_is_refused_by_name_wherever_it_stands() {
    use std::os::unix::fs::symlink;
    let directory = directory(&["real/tool", "dist/"]);
    let options = within(directory.path());
    let link = directory.path().join("dist/link");
    for target in ["../real/tool", "../real", "nowhere"] {
        symlink(target, &link).unwrap();
        for pattern in ["dist/link", "dist", "dist/*", "**/link"] {
            let error = SubjectsError::Open {
                path: link.clone(),
                fault: OpenFault::Symlink,
            };
            assert_eq!(
                collected(&[path(pattern)], &options),
                Err(error),
                "{pattern} → {target}"
            );
        }
        fs::remove_file(&link).unwrap();
    }
    // A link that no pattern names is not followed, and harms nobody.
    symlink("../real", &link).unwrap();
    let subjects = collected(&[path("**/tool")], &options).unwrap();
    assert_eq!(names(&subjects), ["tool"]);
    let pattern = "dist/*/tool".to_owned();
    let error = collected(&[path(&pattern)], &options);
    assert_eq!(error, Err(SubjectsError::NoFiles { pattern }));
}

#[cfg(unix)]
#[test]
fn a_socket_is_refused() {
    let directory = directory(&["dist/"]);
    let options = within(directory.path());
    let socket = directory.path().join("dist/socket");
    let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for pattern in ["dist/socket", "dist", "dist/*"] {
        let error = SubjectsError::Open {
            path: socket.clone(),
            fault: OpenFault::NotAFile,
        };
        assert_eq!(collected(&[path(pattern)], &options), Err(error), "{pattern}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_json_cannot_hold_or_a_terminal_acts_on_is_refused() {
    use std::os::unix::ffi::OsStrExt as _;
    for (bytes, fault) in [(&b"a\xff"[..], NameFault::NotUtf8), (b"a\nb", NameFault::Control)] {
        let directory = directory(&["dist/b"]);
        let name = std::ffi::OsStr::from_bytes(bytes);
        fs::write(directory.path().join("dist").join(name), "").unwrap();
        let options = within(directory.path());
        for pattern in ["dist", "dist/*"] {
            let error = SubjectsError::Name {
                name: name.to_string_lossy().into_owned(),
                fault: fault.clone(),
            };
            assert_eq!(collected(&[path(pattern)], &options), Err(error), "{pattern}");
        }
        assert!(collected(&[path("dist/b")], &options).is_ok());
    }
}

#[test]
fn a_file_that_changes_while_it_is_hashed_is_refused() {
    let directory = directory(&["tool"]);
    let file = directory.path().join("tool");
    let once = AtomicU64::new(0);
    let error = collect(&[path("tool")], &within(directory.path()), &|progress| {
        if matches!(progress, Progress::Hashed { .. }) && once.fetch_add(1, Ordering::Relaxed) == 0 {
            fs::write(&file, "abcd").unwrap();
        }
    });
    assert_eq!(error, Err(SubjectsError::Changed { path: file }));
}

#[test]
fn progress_tells_what_is_ahead_and_every_byte_once() {
    let directory = directory(&["a", "b", "c"]);
    let (ahead, hashed) = (AtomicU64::new(0), AtomicU64::new(0));
    collect(
        &[path("*")],
        &within(directory.path()),
        &|progress| match progress {
            Progress::Found { files, bytes } => {
                assert_eq!(files, 3);
                ahead.fetch_add(bytes, Ordering::Relaxed);
            }
            Progress::Hashed { bytes } => {
                hashed.fetch_add(bytes, Ordering::Relaxed);
            }
        },
    )
    .unwrap();
    assert_eq!((ahead.into_inner(), hashed.into_inner()), (9, 9));
}

#[test]
fn as_many_entries_as_allowed_are_looked_at_and_one_more_is_an_error() {
    let directory = directory(&["dist/lib/a", "dist/b"]);
    let at_most = |max_entries| SubjectOptions {
        max_entries,
        ..within(directory.path())
    };
    for pattern in ["dist", "dist/**"] {
        assert_eq!(names(&collected(&[path(pattern)], &at_most(3)).unwrap()).len(), 2);
        let pattern = pattern.to_owned();
        let error = collected(&[path(&pattern)], &at_most(2));
        assert_eq!(error, Err(SubjectsError::TooManyEntries { pattern, max: 2 }));
    }
}

#[test]
fn of_several_broken_files_the_first_is_named_whoever_was_faster() {
    let directory = directory(&["a", "b", "c", "d"]);
    for workers in [1, 2, 4] {
        let options = SubjectOptions {
            workers,
            ..within(directory.path())
        };
        let files = ["a", "b", "c", "d"].map(|name| directory.path().join(name));
        files.iter().for_each(|file| fs::write(file, "abc").unwrap());
        let error = collect(&[path("*")], &options, &|progress| {
            if matches!(progress, Progress::Found { .. }) {
                fs::remove_file(&files[1]).unwrap();
                fs::remove_file(&files[3]).unwrap();
            }
        });
        let fault = OpenFault::Io {
            kind: io::ErrorKind::NotFound,
        };
        let path = files[1].clone();
        assert_eq!(error, Err(SubjectsError::Open { path, fault }));
    }
}

#[test]
fn ten_thousand_files_give_the_same_subjects_with_one_worker_and_with_two() {
    let directory = directory(&["d/"]);
    for i in 0..10_000_u32 {
        fs::write(directory.path().join(format!("d/{i}")), i.to_string()).unwrap();
    }
    let with = |workers| {
        let options = SubjectOptions {
            workers,
            ..within(directory.path())
        };
        collected(&[path("d")], &options).unwrap()
    };
    let one = with(1);
    assert_eq!(one, with(2));
    assert_eq!(one.len(), 10_000);
    assert!(names(&one).is_sorted());
}

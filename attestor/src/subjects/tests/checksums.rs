//! Lists of checksums.

use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use slsa_predicates::{Digest, DigestAlgorithm};

use super::{ABC, EMPTY, collect_all, collected, names, within};
use crate::subjects::{
    Checksum, ChecksumsError, LineFault, MAX_CHECKSUMS_BASE64_BYTES, MAX_CHECKSUMS_BYTES, NameFault,
    OpenFault, SubjectSource, SubjectsError,
};

const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Reads the one name of a list whose digest is that of no bytes.
fn name(line: &str) -> Result<String, LineFault> {
    match Checksum::parse_list(line) {
        Ok(list) => {
            assert_eq!((list.len(), list[0].digest().to_string().as_str()), (1, EMPTY));
            Ok(list[0].name().to_owned())
        }
        Err(ChecksumsError::Line { line: 1, fault }) => Err(fault),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn what_sha256sum_writes_is_read() {
    for (line, expected) in [
        (format!("{HEX}  a b.gz"), "a b.gz"),
        (format!("{HEX} *a.gz"), "a.gz"),
        (format!("{HEX}  a.gz\n"), "a.gz"),
        (format!("{HEX}  a.gz\r\n"), "a.gz"),
        (format!("# by hand\n\n{HEX}  a.gz\n\n"), "a.gz"),
        (format!("{}  a.gz", HEX.to_uppercase()), "a.gz"),
        (format!("{HEX}  *x"), "*x"),
        (format!("{HEX}   x"), " x"),
        (format!("SHA256 (a) (b) = c) = {HEX}"), "a) (b) = c"),
        (format!("\\{HEX}  a\\\\b\\nc\\rd"), "a\\b\nc\rd"),
        (format!("\\SHA256 (a\\\\b) = {HEX}"), "a\\b"),
        (format!("{HEX}  a\\nb"), "a\\nb"),
    ] {
        let list = Checksum::parse_list(&line).unwrap();
        assert_eq!((list.len(), list[0].name()), (1, expected), "{line:?}");
        assert_eq!(list[0].digest(), &Digest::parse(EMPTY).unwrap());
    }
}

#[test]
fn the_length_of_a_digest_says_its_algorithm_and_a_tag_must_agree() {
    let digest = |length: usize| {
        Checksum::parse_list(&format!("{}  a", "a".repeat(length))).map(|list| list[0].digest().algorithm())
    };
    assert_eq!(digest(64), Ok(DigestAlgorithm::Sha256));
    assert_eq!(digest(96), Ok(DigestAlgorithm::Sha384));
    assert_eq!(digest(128), Ok(DigestAlgorithm::Sha512));
    for found in [0, 32, 40, 63, 65, 127, 129] {
        let fault = LineFault::Length { found };
        assert_eq!(digest(found), Err(ChecksumsError::Line { line: 1, fault }));
    }
    let tagged = |tag: &str| name(&format!("{tag} (a) = {HEX}"));
    assert_eq!(tagged("SHA256").as_deref(), Ok("a"));
    assert_eq!(tagged("SHA512"), Err(LineFault::Length { found: 64 }));
    assert_eq!(tagged("BLAKE2b"), Err(LineFault::Form));
}

#[test]
fn what_sha256sum_does_not_write_is_an_error_and_not_passed_over() {
    for (line, fault) in [
        (HEX.to_owned(), LineFault::Form),
        (format!("{HEX} a"), LineFault::Form),
        (format!("{HEX}\ta"), LineFault::Form),
        (format!("  {HEX}  a"), LineFault::Length { found: 0 }),
        ("   ".to_owned(), LineFault::Length { found: 0 }),
        (format!("{HEX}  "), LineFault::NoName),
        (format!("SHA256 () = {HEX}"), LineFault::NoName),
        (format!("SHA256 (a)= {HEX}"), LineFault::Form),
        (format!("{}  a", HEX.replace('e', "g")), LineFault::NotHex),
        (format!("{}  a", HEX.replace('e', "é")), LineFault::NotHex),
        (format!("\\{HEX}  a\\tb"), LineFault::Escape),
        (format!("\\{HEX}  a\\"), LineFault::Escape),
    ] {
        assert_eq!(name(&line), Err(fault), "{line:?}");
    }
    let second = format!("{HEX}  a\n\nwrong\n");
    let error = ChecksumsError::Line {
        line: 3,
        fault: LineFault::Form,
    };
    assert_eq!(Checksum::parse_list(&second), Err(error));
}

#[test]
fn a_name_with_a_control_character_is_read_and_not_attested() {
    let source = SubjectSource::Checksums(format!("\\{HEX}  a\\nb"));
    let error = SubjectsError::Name {
        name: "a\nb".into(),
        fault: NameFault::Control,
    };
    assert_eq!(collect_all(&[source]), Err(error));
}

#[test]
fn an_empty_list_is_an_error() {
    for source in [
        SubjectSource::Checksums(String::new()),
        SubjectSource::Checksums("\n# nothing\r\n\r\n".into()),
        SubjectSource::ChecksumsBase64(String::new()),
        SubjectSource::ChecksumsBase64("\n".into()),
    ] {
        assert_eq!(collect_all(&[source]), Err(ChecksumsError::Empty.into()));
    }
}

#[test]
fn a_list_in_base64_is_read_as_slsa_github_generator_gets_it() {
    let list = format!("{HEX}  a.gz\n{}  b.gz\n", &ABC[7..]);
    let encoded = STANDARD.encode(&list);
    let of = |text: &str| collect_all(&[SubjectSource::ChecksumsBase64(text.into())]);
    let subjects = of(&encoded).unwrap();
    assert_eq!(names(&subjects), ["a.gz", "b.gz"]);
    let (first, second) = encoded.split_at(76);
    assert_eq!(of(&format!("{first}\r\n{second}\n")), Ok(subjects));
    let unpadded = encoded.trim_end_matches('=');
    assert_ne!(unpadded, encoded);
    for text in [unpadded, "ab c", "a-_=", "***"] {
        assert_eq!(of(text), Err(ChecksumsError::NotBase64.into()), "{text}");
    }
    assert_eq!(of(&STANDARD.encode(b"\xff")), Err(ChecksumsError::NotUtf8.into()));
}

#[test]
fn a_list_in_a_file_is_read_and_a_link_to_one_is_not() {
    let directory = tempfile::tempdir().unwrap();
    let list = directory.path().join("SHA256SUMS");
    fs::write(&list, format!("{HEX}  a.gz\n")).unwrap();
    let options = within(directory.path());
    let source = SubjectSource::ChecksumsFile("SHA256SUMS".into());
    assert_eq!(names(&collected(&[source], &options).unwrap()), ["a.gz"]);
    #[cfg(unix)]
    {
        let link = directory.path().join("link");
        std::os::unix::fs::symlink(&list, &link).unwrap();
        let error = SubjectsError::Open {
            path: link,
            fault: OpenFault::Symlink,
        };
        let source = SubjectSource::ChecksumsFile("link".into());
        assert_eq!(collected(&[source], &options), Err(error));
    }
}

#[test]
fn as_many_lines_as_allowed_are_accepted_and_one_more_refused() {
    let lines = |count: usize| -> String { (0..count).map(|i| format!("{HEX}  {i}\n")).collect() };
    assert_eq!(
        Checksum::parse_list(&lines(1024)).map(|list| list.len()),
        Ok(1024)
    );
    let error = ChecksumsError::TooMany { max: 1024 };
    assert_eq!(Checksum::parse_list(&lines(1025)), Err(error));
}

#[test]
fn a_list_as_large_as_allowed_is_accepted_and_one_byte_more_refused() {
    let of_bytes = |bytes: usize| {
        let line = format!("{HEX}  a\n#");
        format!("{line}{}", "x".repeat(bytes - line.len()))
    };
    let (fits, too_large) = (of_bytes(MAX_CHECKSUMS_BYTES), of_bytes(MAX_CHECKSUMS_BYTES + 1));
    let max = MAX_CHECKSUMS_BYTES;
    let error = SubjectsError::from(ChecksumsError::TooLarge { max });
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("list");
    let in_file = |text: &str| {
        fs::write(&file, text).unwrap();
        collect_all(&[SubjectSource::ChecksumsFile(file.clone())])
    };
    assert!(collect_all(&[SubjectSource::Checksums(fits.clone())]).is_ok() && in_file(&fits).is_ok());
    assert_eq!(in_file(&too_large), Err(error.clone()));
    assert_eq!(collect_all(&[SubjectSource::Checksums(too_large)]), Err(error));
}

#[test]
fn base64_as_large_as_allowed_is_read_and_one_byte_more_refused() {
    let encoded = STANDARD.encode(format!("{HEX}  a\n"));
    let of_bytes = |bytes: usize| {
        let padding = "\n".repeat(bytes - encoded.len());
        collect_all(&[SubjectSource::ChecksumsBase64(format!("{encoded}{padding}"))])
    };
    let max = MAX_CHECKSUMS_BASE64_BYTES;
    assert!(of_bytes(max).is_ok());
    assert_eq!(of_bytes(max + 1), Err(ChecksumsError::TooLarge { max }.into()));
}

#[test]
fn a_line_is_made_only_of_what_can_be_read_again() {
    let digest = |text: &str| Digest::parse(text).unwrap();
    assert!(Checksum::new("a", digest(ABC)).is_ok());
    assert_eq!(Checksum::new("", digest(ABC)), Err(LineFault::NoName));
    let sha1 = digest(&format!("sha1:{}", "a".repeat(40)));
    assert_eq!(Checksum::new("a", sha1), Err(LineFault::Length { found: 40 }));
    let sha3 = digest(&format!("sha3_256:{}", "a".repeat(64)));
    assert_eq!(Checksum::new("a", sha3), Err(LineFault::Length { found: 64 }));
}

fn any_digest() -> impl Strategy<Value = Digest> {
    let of = |algorithm, length: usize| {
        proptest::collection::vec(any::<u8>(), length)
            .prop_map(move |bytes| Digest::from_bytes(algorithm, &bytes).unwrap())
    };
    prop_oneof![
        of(DigestAlgorithm::Sha256, 32),
        of(DigestAlgorithm::Sha384, 48),
        of(DigestAlgorithm::Sha512, 64)
    ]
}

proptest! {
    #[test]
    fn a_list_that_was_written_is_read_again(
        entries in proptest::collection::vec(("(?s)([\\\\\n\r*() =]|.){1,20}", any_digest()), 1..8),
        end in "\r?\n",
    ) {
        let written: Vec<Checksum> = entries
            .iter()
            .map(|(name, digest)| Checksum::new(name.as_str(), digest.clone()).unwrap())
            .collect();
        let text: String = written.iter().map(|line| format!("{line}{end}")).collect();
        let read = Checksum::parse_list(&text).unwrap();
        let parts = |list: &[Checksum]| -> Vec<_> {
            list.iter().map(|line| (line.name().to_owned(), line.digest().clone())).collect()
        };
        prop_assert_eq!(parts(&read), parts(&written));
    }

    #[test]
    fn no_text_makes_reading_panic(text in "(?s)(\\\\|SHA256 \\(|\\) = |[0-9a-f]{64}|  | \\*|\n|\r|.){0,12}") {
        let _ = Checksum::parse_list(&text);
        let _ = collect_all(&[SubjectSource::ChecksumsBase64(text.clone()), SubjectSource::Image(text)]);
    }
}

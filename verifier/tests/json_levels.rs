//! JSONTestSuite at every level at which an adversary's JSON is read: bundle, statement and predicate. What the
//! suite says must not parse is refused there, what it says must parse does.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    reason = "tests"
)]

mod support;

use slsa_verifier::predicates::{Predicate, Statement, StatementLimits};
use slsa_verifier::{Limits, parse};

/// Splices a document, as it is, into another one.
fn splice(before: &str, document: &[u8], after: &str) -> Vec<u8> {
    [before.as_bytes(), document, after.as_bytes()].concat()
}

fn as_bundle(document: &[u8]) -> bool {
    let before = r#"{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","verificationMaterial":{"publicKey":{}},"dsseEnvelope":{"payloadType":"t","payload":"e30=","signatures":[{"sig":"AA=="}]},"unknown":"#;
    let parsed = parse(&splice(before, document, "}"), &Limits::default());
    parsed.is_ok_and(|parsed| parsed.items.iter().any(|item| item.result.is_ok()))
}

const STATEMENT: &str = r#"{"_type":"https://in-toto.io/Statement/v1","subject":[{"digest":{"sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}],"predicateType":"https://slsa.dev/provenance/v1","#;
const PROVENANCE: &str =
    r#"{"runDetails":{"builder":{"id":"b"}},"buildDefinition":{"buildType":"t","externalParameters":{"p":"#;

fn as_statement(document: &[u8]) -> bool {
    let bytes = splice(
        &format!(r#"{STATEMENT}"predicate":{{}},"unknown":"#),
        document,
        "}",
    );
    Statement::parse(&bytes, &StatementLimits::default()).is_ok()
}

fn as_predicate(document: &[u8]) -> bool {
    let limits = StatementLimits::default();
    let bytes = splice(
        &format!(r#"{STATEMENT}"predicate":{PROVENANCE}"#),
        document,
        "}}}}",
    );
    let through_statement =
        Statement::parse(&bytes, &limits).is_ok_and(|statement| statement.predicate().is_ok());
    // The same predicate alone.
    let bytes = splice(PROVENANCE, document, "}}}");
    let alone = std::str::from_utf8(&bytes)
        .is_ok_and(|text| Predicate::parse("https://slsa.dev/provenance/v1", text, &limits).is_ok());
    assert_eq!(through_statement, alone);
    alone
}

/// Says whether a document is read where it stands.
type Accepts = fn(&[u8]) -> bool;

#[test]
fn every_document_that_must_not_parse_is_refused_and_every_other_is_read_on_all_levels() {
    let Some(corpus) = support::corpus("json") else {
        return;
    };
    let mut counts = [0_usize; 2];
    for entry in std::fs::read_dir(corpus).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let must_parse = match name.split_once('_') {
            Some(("y", _)) => true,
            Some(("n", _)) => false,
            _ => continue,
        };
        // A repeated key gives signed bytes two meanings: refused here on purpose.
        let expected = must_parse && !name.starts_with("y_object_duplicated_key");
        let document = support::read(&path);
        let levels: [(&str, Accepts); 3] = [
            ("bundle", as_bundle),
            ("statement", as_statement),
            ("predicate", as_predicate),
        ];
        for (level, accepts) in levels {
            assert_eq!(accepts(&document), expected, "{name} as a part of a {level}");
        }
        counts[usize::from(must_parse)] = counts[usize::from(must_parse)].saturating_add(1);
    }
    eprintln!(
        "JSONTestSuite: {} documents refused, {} read, on three levels",
        counts[0], counts[1]
    );
    assert_eq!(counts, [188, 95]);
}

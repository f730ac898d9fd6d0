//! What holds for every statement, digest and document.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing
)]

use std::collections::BTreeMap;

use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Map, Value, json};
use slsa_predicates::json::{self, JsonError, JsonLimits};
use slsa_predicates::{
    Digest, DigestAlgorithm, DigestSet, Predicate, ResourceDescriptor, Statement, StatementLimits, Subject,
    Timestamp, predicate::types,
};

fn digest() -> impl Strategy<Value = Digest> {
    (select(DigestAlgorithm::ALL), any::<Index>(), vec(any::<u8>(), 64)).prop_map(
        |(algorithm, length, bytes)| {
            let lengths = algorithm.hex_lengths();
            let length = lengths[length.index(lengths.len())] / 2;
            Digest::from_bytes(algorithm, &bytes[..length]).unwrap()
        },
    )
}

fn digest_set() -> impl Strategy<Value = DigestSet> {
    let other = btree_map("x[a-zA-Z0-9_]{0,10}", ".{1,128}", 0..3);
    (vec(digest(), 0..5), other).prop_filter_map("no digest", |(digests, other)| {
        let digests: BTreeMap<_, _> = digests
            .into_iter()
            .map(|d| (d.algorithm().to_string(), d.value().to_owned()))
            .collect();
        DigestSet::from_entries(digests.into_iter().chain(other)).ok()
    })
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            btree_map("\\PC{0,4}", inner, 0..4).prop_map(|m| Value::Object(m.into_iter().collect())),
        ]
    })
}

fn object() -> impl Strategy<Value = Map<String, Value>> {
    members(0)
}

fn members(at_least: usize) -> impl Strategy<Value = Map<String, Value>> {
    btree_map("\\PC{0,6}", value(), at_least..4).prop_map(|m| m.into_iter().collect())
}

fn text() -> impl Strategy<Value = Option<String>> {
    proptest::option::of(".{1,12}")
}

fn subject() -> impl Strategy<Value = Subject> {
    let annotations = object().prop_map(|a| Some(a).filter(|a| !a.is_empty()));
    let extra = btree_map("x-[a-z]{0,4}", value(), 0..3);
    (digest_set(), text(), text(), text(), annotations, extra).prop_map(
        |(digest, name, uri, media_type, annotations, extra)| {
            let digest = Some(digest);
            let extra = extra.into_iter().collect();
            let rest = ResourceDescriptor::default();
            Subject::from_descriptor(ResourceDescriptor {
                name,
                uri,
                digest,
                media_type,
                annotations,
                extra,
                ..rest
            })
            .unwrap()
        },
    )
}

/// Where the objects of a value are: the way to each.
fn objects(value: &Value, way: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if !members.is_empty() {
                found.push(way.to_owned());
            }
            for (key, member) in members {
                objects(
                    member,
                    &format!("{way}/{}", key.replace('~', "~0").replace('/', "~1")),
                    found,
                );
            }
        }
        Value::Array(items) => {
            for (i, item) in items.iter().enumerate() {
                objects(item, &format!("{way}/{i}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    // Files of past failures would not be found beside an integration test; a failure prints its input.
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_digest_is_what_its_text_says(digest in digest()) {
        prop_assert_eq!(Digest::parse(&digest.to_string()), Ok(digest));
    }

    #[test]
    fn a_set_of_digests_survives_json(set in digest_set()) {
        let text = serde_json::to_string(&set).unwrap();
        prop_assert_eq!(serde_json::from_str::<DigestSet>(&text).unwrap(), set);
    }

    #[test]
    fn a_statement_survives_json(subjects in vec(subject(), 1..4), name in "\\PC{1,20}", predicate in object()) {
        let made = Statement::new(name.as_str(), subjects.as_slice(), &predicate).unwrap();
        prop_assert_eq!(made.subjects(), &subjects);
        prop_assert_eq!(made.predicate_type(), name);
        prop_assert_eq!(serde_json::from_str::<Value>(made.predicate_json()).unwrap(), Value::Object(predicate));
        let read = Statement::parse(made.to_json().as_bytes(), &StatementLimits::default()).unwrap();
        prop_assert_eq!(read.to_json(), made.to_json());
        prop_assert_eq!(read, made);
    }

    #[test]
    fn a_key_written_twice_anywhere_is_refused(document in members(1), place in any::<Index>(), which in any::<Index>()) {
        let document = Value::Object(document);
        prop_assert_eq!(json::check(document.to_string().as_bytes(), &JsonLimits::default()), Ok(()));
        let mut ways = Vec::new();
        objects(&document, "", &mut ways);
        let way = &ways[place.index(ways.len())];

        // A value cannot hold a key twice: put a mark there, and in the text make the mark the key.
        let mut marked = document.clone();
        let members = marked.pointer_mut(way).unwrap().as_object_mut().unwrap();
        let key = members.keys().nth(which.index(members.len())).unwrap().clone();
        members.insert("\u{0}mark".to_owned(), Value::Null);
        let key_text = Value::from(key).to_string();
        let text = marked.to_string().replace(r#""\u0000mark""#, &key_text);
        let err = json::check(text.as_bytes(), &JsonLimits::default());
        prop_assert!(matches!(err, Err(JsonError::DuplicateKey { line: 1, .. })), "{}: {:?}", text, err);
    }

    #[test]
    fn bytes_of_any_kind_do_no_harm(bytes in vec(any::<u8>(), 0..200)) {
        let limits = StatementLimits::default();
        let good = json::check(&bytes, &limits.json).is_ok();
        prop_assert_eq!(good, json::from_slice::<Value>(&bytes, &limits.json).is_ok());
        prop_assert!(Statement::parse(&bytes, &limits).is_err());
    }

    #[test]
    fn text_of_any_kind_does_no_harm(text in ".{0,80}") {
        let _ = text.parse::<Timestamp>();
        let _ = Digest::parse(&text);
        if let Err(e) = json::check(text.as_bytes(), &JsonLimits::default()) {
            prop_assert!(e.to_string().chars().all(|c| !c.is_control()));
        }
    }

    #[test]
    fn predicates_of_any_content_do_no_harm(
        name in select(vec![types::PROVENANCE_V1, types::PROVENANCE_V02, types::PROVENANCE_V01,
            types::VERIFICATION_SUMMARY_V1, types::VULNERABILITIES_V02, types::TEST_RESULT_V01, types::LINK_V03,
            types::RELEASE_V02, types::SCAI_V03, types::NPM_PUBLISH_V01, types::SIMPLE_VERIFICATION_RESULT_V01,
            types::SPDX, types::CYCLONE_DX, types::OPEN_VEX]),
        content in object(),
    ) {
        let _ = Predicate::parse(name, &Value::Object(content).to_string(), &StatementLimits::default());
    }

    #[test]
    fn a_statement_that_is_cut_or_changed_does_no_harm(at in any::<Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let subject = Subject::new("a", Digest::from_bytes(DigestAlgorithm::Sha256, &[7; 32]).unwrap());
        let predicate = json!({"buildDefinition": {"buildType": "b"}, "runDetails": {"builder": {"id": "x"}}});
        let mut text = Statement::new(types::PROVENANCE_V1, [subject], &predicate).unwrap().to_json().into_bytes();
        let at = at.index(text.len());
        if cut {
            text.truncate(at);
        } else {
            text[at] = byte;
        }
        if let Ok(statement) = Statement::parse(&text, &StatementLimits::default()) {
            prop_assert!(!cut);
            let _ = statement.predicate();
        }
    }
}

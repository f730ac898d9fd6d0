//! From bytes to a statement.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::{Statement, StatementError, StatementLimits};
use crate::digest::DigestEntries;
use crate::json::{self, JsonError, JsonLimits};
use crate::raw_json::RawJson;
use crate::subject::Subject;

pub(super) fn statement(bytes: &[u8], limits: &StatementLimits) -> Result<Statement, StatementError> {
    // 1. One meaning, bounded depth; nothing is built yet.
    json::check(bytes, &limits.json)?;
    let fields: Fields<'_> = json::from_checked_slice(bytes)?;
    // 2. A version that is understood.
    let statement_type = fields
        .statement_type
        .ok_or(StatementError::MissingType)?
        .parse()?;
    // 3. What is said. The predicate stays text.
    let predicate_type = fields
        .predicate_type
        .filter(|t| !t.is_empty())
        .ok_or(StatementError::MissingPredicateType)?;
    let predicate = match fields.predicate.map(RawValue::get) {
        None | Some("null") => None,
        Some(text) if text.starts_with('{') => fields.predicate.map(ToOwned::to_owned).map(RawJson::new),
        Some(_) => return Err(StatementError::PredicateNotAnObject),
    };
    // 4. Of what. Counted before any of it is built.
    let subjects = fields.subjects.ok_or(StatementError::NoSubjects)?;
    let budget = JsonLimits {
        values: limits.subject_values,
        ..limits.json
    };
    json::check(subjects.get().as_bytes(), &budget)?;
    let subjects = subject_texts(subjects.get(), limits.subjects)?
        .into_iter()
        .enumerate()
        .map(|(index, text)| subject(index, text.get(), limits))
        .collect::<Result<_, _>>()?;
    Ok(Statement {
        statement_type,
        subjects,
        predicate_type,
        predicate,
        extra: fields.extra,
        limits: *limits,
    })
}

/// Splits the list into its entries, of which there must be 1 to `limit`.
fn subject_texts(list: &str, limit: usize) -> Result<Vec<&RawValue>, StatementError> {
    let mut parser = serde_json::Deserializer::from_str(list);
    let seed = Entries { limit };
    let (texts, found) = seed
        .deserialize(&mut parser)
        .map_err(|e| JsonError::from_parser(&e))?;
    match found {
        0 => Err(StatementError::NoSubjects),
        found if found > limit => Err(StatementError::TooManySubjects { found, limit }),
        _ => Ok(texts),
    }
}

fn subject(index: usize, text: &str, limits: &StatementLimits) -> Result<Subject, StatementError> {
    if !text.starts_with('{') {
        return Err(StatementError::SubjectNotAnObject { index });
    }
    let shape = |source| StatementError::Subject { index, source };
    let head: Head<'_> = json::from_checked_slice(text.as_bytes()).map_err(shape)?;
    if let Some(found) = head.name.map(|n| n.len()).filter(|n| *n > limits.name_bytes) {
        return Err(StatementError::NameTooLong {
            index,
            found,
            limit: limits.name_bytes,
        });
    }
    let digests = head
        .digest
        .filter(|d| d.found() > 0)
        .ok_or(StatementError::SubjectWithoutDigest { index })?;
    if digests.found() > limits.digests {
        return Err(StatementError::TooManyDigests {
            index,
            found: digests.found(),
            limit: limits.digests,
        });
    }
    let digest = digests
        .into_set()
        .map_err(|source| StatementError::Digest { index, source })?;
    let descriptor = json::from_checked_slice(text.as_bytes()).map_err(shape)?;
    Ok(Subject::with_digest(descriptor, digest))
}

/// What is checked of a subject before all of it is built.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow, default)]
    name: Option<Cow<'a, str>>,
    #[serde(default)]
    digest: Option<DigestEntries>,
}

/// The fields of a statement, borrowed from its text. Written by hand since derived unknown fields
/// would become values.
#[derive(Default)]
struct Fields<'a> {
    statement_type: Option<String>,
    subjects: Option<&'a RawValue>,
    predicate_type: Option<String>,
    predicate: Option<&'a RawValue>,
    extra: BTreeMap<String, RawJson>,
}

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(key) = members.next_key::<String>()? {
            match key.as_str() {
                "_type" => fields.statement_type = members.next_value()?,
                "subject" => fields.subjects = members.next_value()?,
                "predicateType" => fields.predicate_type = members.next_value()?,
                "predicate" => fields.predicate = members.next_value()?,
                _ => {
                    let value: Box<RawValue> = members.next_value()?;
                    fields.extra.insert(key, RawJson::new(value));
                }
            }
        }
        Ok(fields)
    }
}

/// Reads a list's entries as texts; those beyond the limit are counted only.
struct Entries {
    limit: usize,
}

impl<'de> DeserializeSeed<'de> for Entries {
    type Value = (Vec<&'de RawValue>, usize);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Entries {
    type Value = (Vec<&'de RawValue>, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of subjects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut texts = Vec::new();
        while texts.len() < self.limit
            && let Some(text) = items.next_element()?
        {
            texts.push(text);
        }
        let mut found = texts.len();
        while items.next_element::<IgnoredAny>()?.is_some() {
            found = found.saturating_add(1);
        }
        Ok((texts, found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{DigestAlgorithm, DigestError};

    const SUBJECT: &str = r#"{"name":"a","digest":{"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"}}"#;

    fn parse(json: &str) -> Result<Statement, StatementError> {
        statement(json.as_bytes(), &StatementLimits::default())
    }

    fn with(subjects: &str, predicate: &str) -> String {
        format!(
            r#"{{"_type":"https://in-toto.io/Statement/v1","subject":{subjects},"predicateType":"t"{predicate}}}"#
        )
    }

    fn good() -> String {
        with(&format!("[{SUBJECT}]"), r#","predicate":{}"#)
    }

    #[test]
    fn a_good_statement_is_accepted() {
        let statement = parse(&good()).unwrap();
        assert_eq!(statement.subjects().len(), 1);
        assert_eq!(statement.subjects()[0].name(), Some("a"));
        assert_eq!(statement.predicate_type(), "t");
    }

    #[test]
    fn an_unknown_or_missing_type_is_refused() {
        assert_eq!(
            parse(&good().replace("Statement/v1", "Statement/v1/")),
            Err(StatementError::UnknownType {
                found: "https://in-toto.io/Statement/v1/".into()
            })
        );
        assert_eq!(
            parse(&good().replace("_type", "type")),
            Err(StatementError::MissingType)
        );
    }

    #[test]
    fn no_subjects_in_any_form_are_refused() {
        for none in ["[]", "null"] {
            assert_eq!(parse(&with(none, "")), Err(StatementError::NoSubjects));
        }
        assert_eq!(
            parse(&good().replace("subject", "subjects")),
            Err(StatementError::NoSubjects)
        );
        assert!(matches!(
            parse(&with("{}", "")),
            Err(StatementError::Json(JsonError::Shape { .. }))
        ));
    }

    #[test]
    fn a_null_subject_beside_a_good_one_is_refused() {
        for other in ["null", "[]", "1"] {
            assert_eq!(
                parse(&with(&format!("[{SUBJECT},{other}]"), "")),
                Err(StatementError::SubjectNotAnObject { index: 1 })
            );
        }
    }

    #[test]
    fn a_subject_without_digest_is_refused() {
        for other in [r#"{"name":"b"}"#, r#"{"digest":null}"#, r#"{"digest":{}}"#] {
            assert_eq!(
                parse(&with(&format!("[{SUBJECT}, {other}]"), "")),
                Err(StatementError::SubjectWithoutDigest { index: 1 })
            );
        }
    }

    #[test]
    fn a_malformed_digest_is_refused_with_its_reason() {
        assert_eq!(
            parse(&good().replace("da39", "DA39")),
            Err(StatementError::Digest {
                index: 0,
                source: DigestError::NotLowerHex {
                    algorithm: DigestAlgorithm::Sha1
                }
            })
        );
        assert!(matches!(
            parse(&with(r#"[{"digest":{"sha1":1}}]"#, "")),
            Err(StatementError::Subject {
                index: 0,
                source: JsonError::Shape { .. }
            })
        ));
    }

    #[test]
    fn a_missing_or_empty_predicate_type_is_refused() {
        for bad in [
            good().replace(r#""predicateType":"t""#, r#""predicateType":"""#),
            good().replace("predicateType", "p"),
        ] {
            assert_eq!(parse(&bad), Err(StatementError::MissingPredicateType));
        }
    }

    #[test]
    fn an_unset_or_null_predicate_is_empty_and_another_type_is_refused() {
        for none in ["", r#","predicate":null"#, r#","predicate":{}"#] {
            assert_eq!(
                parse(&with(&format!("[{SUBJECT}]"), none))
                    .unwrap()
                    .predicate_json(),
                "{}"
            );
        }
        for bad in ["[]", "\"{}\"", "1"] {
            assert_eq!(
                parse(&with(&format!("[{SUBJECT}]"), &format!(r#","predicate":{bad}"#))),
                Err(StatementError::PredicateNotAnObject)
            );
        }
    }

    #[test]
    fn duplicate_keys_are_refused_on_every_level() {
        let nested = |key: &str| {
            with(
                &format!("[{SUBJECT}]"),
                &format!(r#","predicate":{{"a":[{{"b":1,"{key}":2}}]}}"#),
            )
        };
        assert!(parse(&nested("c")).is_ok());
        for bad in [
            nested("b"),
            nested("\\u0062"),
            good().replace(r#""name":"a""#, r#""name":"a","name":"b""#),
            good().replace(r#""digest":{"#, r#""digest":{"sha1":"","#),
            good().replace(r#""predicateType":"#, r#""predicateType":"u","predicateType":"#),
        ] {
            assert!(
                matches!(
                    parse(&bad),
                    Err(StatementError::Json(JsonError::DuplicateKey { .. }))
                ),
                "{bad}"
            );
        }
    }

    #[test]
    fn as_many_subjects_digests_and_bytes_as_allowed_are_accepted_and_one_more_refused() {
        let limits = StatementLimits {
            subjects: 2,
            digests: 1,
            name_bytes: 3,
            ..StatementLimits::default()
        };
        let parse = |subjects: &str| statement(with(subjects, "").as_bytes(), &limits);
        assert!(parse(&format!("[{SUBJECT},{SUBJECT}]")).is_ok());
        assert_eq!(
            parse(&format!("[{SUBJECT},{SUBJECT},{SUBJECT},null]")),
            Err(StatementError::TooManySubjects { found: 4, limit: 2 })
        );
        assert_eq!(
            parse(&format!(
                "[{}]",
                SUBJECT.replace("\"sha1\"", "\"x\":\"1\",\"sha1\"")
            )),
            Err(StatementError::TooManyDigests {
                index: 0,
                found: 2,
                limit: 1
            })
        );
        assert!(parse(&format!("[{}]", SUBJECT.replace("\"a\"", "\"abc\""))).is_ok());
        assert_eq!(
            parse(&format!("[{}]", SUBJECT.replace("\"a\"", "\"abcd\""))),
            Err(StatementError::NameTooLong {
                index: 0,
                found: 4,
                limit: 3
            })
        );
    }

    #[test]
    fn default_limits_hold_the_largest_statement_that_they_name() {
        let digests: Vec<_> = (0..32).map(|i| format!(r#""x{i}":"1""#)).collect();
        let subject = format!(
            r#"{{"name":"{}","digest":{{{}}}}}"#,
            "n".repeat(4096),
            digests.join(",")
        );
        let statement = parse(&with(&format!("[{}]", vec![subject; 1024].join(",")), "")).unwrap();
        assert_eq!(statement.subjects().len(), 1024);
    }

    #[test]
    fn values_in_subjects_are_counted_before_they_are_built() {
        let limits = StatementLimits {
            subject_values: 8,
            ..StatementLimits::default()
        };
        let with_list = |n: usize| {
            let annotated = SUBJECT.replace("\"a\",", &format!("\"a\",\"x\":[{}],", vec!["0"; n].join(",")));
            statement(with(&format!("[{annotated}]"), "").as_bytes(), &limits)
        };
        assert!(with_list(2).is_ok());
        assert_eq!(
            with_list(3),
            Err(StatementError::Json(JsonError::TooManyValues { limit: 8 }))
        );
    }
}

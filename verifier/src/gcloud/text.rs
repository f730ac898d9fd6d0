//! Whether the readable text beside a provenance says what was signed.

use std::collections::BTreeSet;

use serde_json::{Map, Value};
use slsa_predicates::json::{self, JsonLimits};

/// The name that Google Cloud Build gives the predicate in the text of a provenance v0.1. What it signs has the
/// predicate under both names.
const OTHER_NAME: &str = "slsaProvenance";

/// Compares text and signed payload as JSON values: order and white space do not matter.
///
/// # Errors
/// The first place that differs, as a JSON pointer; empty where one of the two cannot be compared at all.
pub(super) fn compare(text: &str, payload: &[u8], limits: &JsonLimits) -> Result<(), String> {
    let text = statement(text.as_bytes(), limits)?;
    let signed = statement(payload, limits)?;
    objects(&text, &signed, "")
}

/// Reads a statement, and puts its predicate under the one name that in-toto gives it.
fn statement(bytes: &[u8], limits: &JsonLimits) -> Result<Map<String, Value>, String> {
    let mut statement: Map<String, Value> = json::from_slice(bytes, limits).map_err(|_| String::new())?;
    if let Some(other) = statement.remove(OTHER_NAME) {
        match statement.get("predicate") {
            // A second predicate that says something else would be one that nobody compares.
            Some(predicate) => values(&other, predicate, &format!("/{OTHER_NAME}"))?,
            None => {
                statement.insert("predicate".to_owned(), other);
            }
        }
    }
    Ok(statement)
}

/// Both documents were checked for their depth, which bounds the recursion.
fn values(one: &Value, other: &Value, at: &str) -> Result<(), String> {
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => objects(one, other, at),
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .try_for_each(|(index, (one, other))| values(one, other, &format!("{at}/{index}"))),
        (one, other) if one == other => Ok(()),
        _ => Err(at.to_owned()),
    }
}

fn objects(one: &Map<String, Value>, other: &Map<String, Value>, at: &str) -> Result<(), String> {
    let keys: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    keys.into_iter().try_for_each(|key| {
        let at = format!("{at}/{}", key.replace('~', "~0").replace('/', "~1"));
        match (one.get(key), other.get(key)) {
            (Some(one), Some(other)) => values(one, other, &at),
            _ => Err(at),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compared(text: &str, payload: &str) -> Result<(), String> {
        compare(text, payload.as_bytes(), &JsonLimits::default())
    }

    #[test]
    fn order_and_the_predicates_name_do_not_matter() {
        let text = r#"{"b":[1,{"c":null}], "slsaProvenance":{"d":"e"}}"#;
        for payload in [
            r#"{"predicate":{"d":"e"},"b":[1,{"c":null}]}"#,
            r#"{"slsaProvenance":{"d":"e"},"b":[1,{"c":null}]}"#,
            r#"{"slsaProvenance":{"d":"e"},"predicate":{"d":"e"},"b":[1,{"c":null}]}"#,
        ] {
            assert_eq!(compared(text, payload), Ok(()), "{payload}");
        }
    }

    #[test]
    fn the_first_difference_is_named_wherever_it_is() {
        for (text, payload, at) in [
            (r#"{"a":1}"#, r#"{"a":2}"#, "/a"),
            (r#"{"a":1}"#, r#"{"a":"1"}"#, "/a"),
            (r#"{"a":1}"#, r#"{"a":1,"b":null}"#, "/b"),
            (r#"{"a":1,"b":null}"#, r#"{"a":1}"#, "/b"),
            (r#"{"a":[{"b/c":1}]}"#, r#"{"a":[{"b/c":2}]}"#, "/a/0/b~1c"),
            (r#"{"a":[1]}"#, r#"{"a":[1,1]}"#, "/a"),
            (
                r#"{"predicate":1}"#,
                r#"{"predicate":1,"slsaProvenance":2}"#,
                "/slsaProvenance",
            ),
            ("[]", "{}", ""),
            (r#"{"a":1}"#, r#"{"a":2,"a":1}"#, ""),
        ] {
            assert_eq!(compared(text, payload), Err(at.to_owned()), "{payload}");
        }
    }
}

//! Changes to JSON documents, each at one place that must be there.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use crate::error::SandboxError;

/// The places of a bundle that are forged most.
pub(super) const ENTRIES: &str = "/verificationMaterial/tlogEntries";
pub(super) const ENTRY: &str = "/verificationMaterial/tlogEntries/0";
pub(super) const PROOF: &str = "/verificationMaterial/tlogEntries/0/inclusionProof";
pub(super) const TIMESTAMPS: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps";

/// Returns a document with its keys in order, whatever order the parser keeps.
pub(crate) fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            let entries = entries.into_iter().map(|(key, value)| (key, sorted(value)));
            Value::Object(Map::from_iter(entries))
        }
        Value::Array(list) => Value::Array(list.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// Writes a document for people, the same each time.
pub(crate) fn to_text(value: Value) -> Result<String, SandboxError> {
    let mut text = serde_json::to_string_pretty(&sorted(value))?;
    text.push('\n');
    Ok(text)
}

/// Returns what stands at a place.
pub(super) fn at<'a>(document: &'a mut Value, pointer: &str) -> Result<&'a mut Value, SandboxError> {
    document.pointer_mut(pointer).ok_or(SandboxError::Malformed {
        what: "the place to forge",
    })
}

/// Replaces what stands at a place.
pub(super) fn set(document: &mut Value, pointer: &str, value: impl Into<Value>) -> Result<(), SandboxError> {
    *at(document, pointer)? = value.into();
    Ok(())
}

/// Adds a field to an object.
pub(super) fn insert(
    document: &mut Value,
    pointer: &str,
    key: &str,
    value: impl Into<Value>,
) -> Result<(), SandboxError> {
    object(document, pointer)?.insert(key.to_owned(), value.into());
    Ok(())
}

/// Takes a field out of an object.
pub(super) fn remove(document: &mut Value, pointer: &str, key: &str) -> Result<(), SandboxError> {
    object(document, pointer)?
        .remove(key)
        .map(|_| ())
        .ok_or(SandboxError::Malformed {
            what: "the field to forge",
        })
}

/// Returns a list.
pub(super) fn list<'a>(document: &'a mut Value, pointer: &str) -> Result<&'a mut Vec<Value>, SandboxError> {
    at(document, pointer)?
        .as_array_mut()
        .ok_or(SandboxError::Malformed {
            what: "the list to forge",
        })
}

/// Returns a text.
pub(super) fn text(document: &mut Value, pointer: &str) -> Result<String, SandboxError> {
    let text = at(document, pointer)?.as_str();
    text.map(ToOwned::to_owned).ok_or(SandboxError::Malformed {
        what: "the text to forge",
    })
}

/// Changes bytes that stand there in base64.
pub(super) fn bytes(
    document: &mut Value,
    pointer: &str,
    change: impl FnOnce(&mut Vec<u8>),
) -> Result<(), SandboxError> {
    let mut bytes = STANDARD
        .decode(text(document, pointer)?)
        .map_err(|_| SandboxError::Malformed {
            what: "the base64 to forge",
        })?;
    change(&mut bytes);
    set(document, pointer, STANDARD.encode(bytes))
}

/// Changes the last bit.
#[allow(clippy::ptr_arg, reason = "given where a change of bytes is taken")]
pub(super) fn flip(bytes: &mut Vec<u8>) {
    if let Some(last) = bytes.last_mut() {
        *last ^= 1;
    }
}

fn object<'a>(document: &'a mut Value, pointer: &str) -> Result<&'a mut Map<String, Value>, SandboxError> {
    at(document, pointer)?
        .as_object_mut()
        .ok_or(SandboxError::Malformed {
            what: "the object to forge",
        })
}

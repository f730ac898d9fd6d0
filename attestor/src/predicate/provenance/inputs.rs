//! What came from outside when a run was started.

use serde_json::{Map, Value};

/// The parameters of a release that reach a workflow.
pub(super) const RELEASE_PARAMETERS: [&str; 5] = ["body", "draft", "name", "prerelease", "target_commitish"];

/// Returns the parameters that are not empty: neither null nor an empty text.
pub(super) fn not_empty(parameters: &Map<String, Value>) -> Map<String, Value> {
    let is_empty = |value: &Value| value.is_null() || value.as_str().is_some_and(str::is_empty);
    let kept = parameters.iter().filter(|(_, value)| !is_empty(value));
    kept.map(|(key, value)| (key.clone(), value.clone())).collect()
}

/// Returns the parameters of a release that have not their default, which is empty or false.
pub(super) fn not_default(parameters: &Map<String, Value>) -> Map<String, Value> {
    let mut kept = not_empty(parameters);
    kept.retain(|_, value| value != &Value::Bool(false));
    kept
}

/// Puts an object under a key, unless it is empty: unset and empty mean the same.
pub(super) fn put(into: &mut Map<String, Value>, key: &str, object: Map<String, Value>) {
    if !object.is_empty() {
        into.insert(key.to_owned(), Value::Object(object));
    }
}

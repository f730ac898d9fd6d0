//! JSON that is kept as text.

use std::fmt;

use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A JSON value, kept as the text in which it was read.
///
/// Costs what the text costs, where a tree of values costs ten times as much. Equality is that of the text.
#[derive(Clone)]
pub struct RawJson(Box<RawValue>);

impl RawJson {
    /// Returns the text, without space around it.
    pub fn get(&self) -> &str {
        self.0.get()
    }

    /// Takes over what the parser found.
    pub(crate) fn new(raw: Box<RawValue>) -> Self {
        Self(raw)
    }
}

impl PartialEq for RawJson {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl Eq for RawJson {}

impl fmt::Debug for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RawJson").field(&self.get()).finish()
    }
}

impl fmt::Display for RawJson {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.get())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_kept_as_it_was_written() {
        let raw = RawJson::new(serde_json::from_str(" { \"a\" : 1e2 } ").unwrap());
        assert_eq!(raw.get(), "{ \"a\" : 1e2 }");
        assert_eq!(serde_json::to_string(&raw).unwrap(), raw.to_string());
    }
}

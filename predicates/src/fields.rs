//! How fields are read: unset, null and empty mean the same.
//!
//! Source: SLSA provenance v1, "Parsing rules"; in-toto attestation specification v1, "Parsing rules".

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};

use crate::digest::{DigestEntries, DigestSet};
use crate::timestamp::Timestamp;

/// A value that can be empty.
pub(crate) trait Emptiable {
    /// Returns whether it is.
    fn is_empty(&self) -> bool;
}

impl Emptiable for String {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<T> Emptiable for Vec<T> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl Emptiable for Map<String, Value> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

impl<K, V> Emptiable for BTreeMap<K, V> {
    fn is_empty(&self) -> bool {
        self.is_empty()
    }
}

/// Reads null as the default.
pub(crate) fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Default + Deserialize<'de>,
{
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// Reads null and empty as unset.
pub(crate) fn optional<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Emptiable + Deserialize<'de>,
{
    Ok(Option::<T>::deserialize(deserializer)?.filter(|value| !value.is_empty()))
}

/// Reads what must be there: null and empty are refused.
pub(crate) fn required<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Emptiable + Deserialize<'de>,
{
    optional(deserializer)?.ok_or_else(|| D::Error::custom("a required field is null or empty"))
}

/// Reads null and an empty object as no digests.
pub(crate) fn optional_digests<'de, D>(deserializer: D) -> Result<Option<DigestSet>, D::Error>
where
    D: Deserializer<'de>,
{
    match Option::<DigestEntries>::deserialize(deserializer)? {
        Some(entries) if entries.found() > 0 => entries.into_set().map(Some).map_err(D::Error::custom),
        _ => Ok(None),
    }
}

/// Reads null and an empty text as no moment.
pub(crate) fn optional_timestamp<'de, D>(deserializer: D) -> Result<Option<Timestamp>, D::Error>
where
    D: Deserializer<'de>,
{
    let text: Option<String> = optional(deserializer)?;
    text.map(|t| t.parse().map_err(D::Error::custom)).transpose()
}

/// Returns whether there is nothing to write.
pub(crate) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Fields {
        #[serde(deserialize_with = "required")]
        id: String,
        #[serde(default, deserialize_with = "optional")]
        uri: Option<String>,
        #[serde(default, deserialize_with = "nullable")]
        list: Vec<u8>,
        #[serde(default, deserialize_with = "optional_digests")]
        digest: Option<DigestSet>,
    }

    fn parse(json: &str) -> Result<Fields, serde_json::Error> {
        serde_json::from_str(json)
    }

    #[test]
    fn unset_null_and_empty_are_read_alike() {
        for json in [
            r#"{"id":"x"}"#,
            r#"{"id":"x","uri":null,"list":null,"digest":null}"#,
            r#"{"id":"x","uri":"","list":[],"digest":{}}"#,
        ] {
            let fields = parse(json).unwrap();
            assert_eq!(
                (fields.uri, fields.list, fields.digest),
                (None, vec![], None),
                "{json}"
            );
            assert_eq!(fields.id, "x");
        }
    }

    #[test]
    fn a_required_field_that_is_unset_null_or_empty_is_refused() {
        for json in ["{}", r#"{"id":null}"#, r#"{"id":""}"#] {
            assert!(parse(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_malformed_digest_is_refused_where_digests_are_optional() {
        assert!(parse(r#"{"id":"x","digest":{"sha256":"aa"}}"#).is_err());
    }
}

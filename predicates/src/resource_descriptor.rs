//! A description of any artifact or resource.
//!
//! Source: in-toto attestation specification v1, `resource_descriptor.md`.

use serde::Deserialize;
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use crate::digest::DigestSet;
use crate::fields::{optional, optional_digests};

/// A description of any artifact or resource.
///
/// The specification wants one of `uri`, `digest` and `content`; that is not checked here, since older
/// predicates that use the same fields do not want it. Empty fields are read as unset.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "camelCase")]
pub struct ResourceDescriptor {
    /// Tells descriptors in one document apart.
    #[serde(default, deserialize_with = "optional")]
    pub name: Option<String>,
    /// Identifies the resource globally.
    #[serde(default, deserialize_with = "optional")]
    pub uri: Option<String>,
    /// Digests of the content.
    #[serde(default, deserialize_with = "optional_digests")]
    pub digest: Option<DigestSet>,
    /// The content itself, in base64, not decoded here.
    #[serde(default, deserialize_with = "optional")]
    pub content: Option<String>,
    /// Where the resource can be had, if not at `uri`.
    #[serde(default, deserialize_with = "optional")]
    pub download_location: Option<String>,
    /// Media type of the resource.
    #[serde(default, deserialize_with = "optional")]
    pub media_type: Option<String>,
    /// What else a consumer may want to know.
    #[serde(default, deserialize_with = "optional")]
    pub annotations: Option<Map<String, Value>>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ResourceDescriptor {
    /// Returns the descriptor as a JSON object; unset fields are left out.
    pub(crate) fn to_object(&self) -> Map<String, Value> {
        let mut object = self.extra.clone();
        let strings = [
            ("name", &self.name),
            ("uri", &self.uri),
            ("content", &self.content),
            ("downloadLocation", &self.download_location),
            ("mediaType", &self.media_type),
        ];
        for (key, value) in strings {
            if let Some(value) = value {
                object.insert(key.to_owned(), Value::from(value.as_str()));
            }
        }
        if let Some(digest) = &self.digest {
            let digests = digest
                .entries()
                .map(|(name, value)| (name.to_owned(), Value::from(value)));
            object.insert("digest".to_owned(), Value::Object(digests.collect()));
        }
        if let Some(annotations) = &self.annotations {
            object.insert("annotations".to_owned(), Value::Object(annotations.clone()));
        }
        object
    }
}

impl Serialize for ResourceDescriptor {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_object().serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_fields_and_unknown_ones_are_read_and_written_again() {
        let json = r#"{"annotations":{"a":[1,null]},"content":"eA==","digest":{"sha1":"da39a3ee5e6b4b0d3255bfef95601890afd80709"},"downloadLocation":"https://d","mediaType":"text/plain","name":"n","uri":"u","x-y":{"z":1}}"#;
        let descriptor: ResourceDescriptor = serde_json::from_str(json).unwrap();
        assert_eq!(descriptor.extra["x-y"]["z"], 1);
        assert_eq!(serde_json::to_string(&descriptor).unwrap(), json);
    }

    #[test]
    fn null_and_empty_fields_are_unset() {
        let json = r#"{"name":"","uri":null,"digest":{},"annotations":{}}"#;
        let descriptor: ResourceDescriptor = serde_json::from_str(json).unwrap();
        assert_eq!(descriptor, ResourceDescriptor::default());
    }

    #[test]
    fn a_field_of_another_type_is_refused() {
        assert!(serde_json::from_str::<ResourceDescriptor>(r#"{"name":1}"#).is_err());
        assert!(serde_json::from_str::<ResourceDescriptor>(r#"{"digest":{"sha256":"aa"}}"#).is_err());
    }
}

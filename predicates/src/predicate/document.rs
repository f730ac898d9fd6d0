//! A predicate that is a document of another standard and is kept as text.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::json::{self, JsonError};
use crate::raw_json::RawJson;

/// A document of another standard, kept as text: a bill of materials may have megabytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    version: Option<String>,
    content: RawJson,
}

impl Document {
    /// Returns the standard's version as the document gives it, if it does, on its uppermost level.
    pub fn version(&self) -> Option<&str> {
        self.version.as_deref()
    }

    /// Returns the document.
    pub fn content(&self) -> &RawJson {
        &self.content
    }

    /// SPDX 2, "spdxVersion"; SPDX 3 has its version further below.
    pub(super) fn spdx(text: &str) -> Result<Self, JsonError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            spdx_version: Option<String>,
        }
        let head: Head = json::from_checked_slice(text.as_bytes())?;
        Self::new(head.spdx_version, text)
    }

    /// CycloneDX, "specVersion".
    pub(super) fn cyclone_dx(text: &str) -> Result<Self, JsonError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Head {
            spec_version: Option<String>,
        }
        let head: Head = json::from_checked_slice(text.as_bytes())?;
        Self::new(head.spec_version, text)
    }

    /// OpenVEX, "@context".
    pub(super) fn open_vex(text: &str) -> Result<Self, JsonError> {
        #[derive(Deserialize)]
        struct Head {
            #[serde(rename = "@context")]
            context: Option<String>,
        }
        let head: Head = json::from_checked_slice(text.as_bytes())?;
        Self::new(head.context, text)
    }

    fn new(version: Option<String>, text: &str) -> Result<Self, JsonError> {
        let version = version.filter(|v| !v.is_empty());
        Ok(Self {
            version,
            content: object(text)?,
        })
    }
}

/// Takes over a text that must be an object.
pub(super) fn object(text: &str) -> Result<RawJson, JsonError> {
    let raw: Box<RawValue> = json::from_checked_slice(text.as_bytes())?;
    if raw.get().starts_with('{') {
        Ok(RawJson::new(raw))
    } else {
        Err(JsonError::Shape {
            line: 1,
            column: 1,
            detail: "expected an object".to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_where_each_standard_has_them() {
        let version = |document: Result<Document, JsonError>| document.unwrap().version().map(str::to_owned);
        assert_eq!(
            version(Document::spdx(r#"{"spdxVersion":"SPDX-2.3"}"#)),
            Some("SPDX-2.3".into())
        );
        assert_eq!(version(Document::spdx(r#"{"@context":"x"}"#)), None);
        assert_eq!(
            version(Document::cyclone_dx(r#"{"specVersion":"1.5"}"#)),
            Some("1.5".into())
        );
        assert_eq!(
            version(Document::open_vex(
                r#"{"@context":"https://openvex.dev/ns/v0.2.0"}"#
            )),
            Some("https://openvex.dev/ns/v0.2.0".into())
        );
    }

    #[test]
    fn what_is_no_object_is_refused() {
        assert!(Document::spdx("{}").is_ok());
        assert!(Document::spdx("[]").is_err());
        assert!(Document::spdx("\"{}\"").is_err());
    }
}

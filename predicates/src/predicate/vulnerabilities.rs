//! Vulnerabilities v0.1 and v0.2: what a scanner found.
//!
//! Source: in-toto attestation predicates, `vulns.md` and `vulns_02.md`; types
//! [`VULNERABILITIES_V01`](super::types::VULNERABILITIES_V01) and
//! [`VULNERABILITIES_V02`](super::types::VULNERABILITIES_V02).

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::fields::{is_default, nullable, optional, optional_timestamp, required};
use crate::timestamp::Timestamp;

/// What a scanner found.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Vulnerabilities {
    /// Which scanner, and its findings.
    pub scanner: Scanner,
    /// When it looked.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub metadata: Metadata,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// A scanner and its findings.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scanner {
    /// Which scanner.
    #[serde(deserialize_with = "required")]
    pub uri: String,
    /// Its version.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub version: Option<String>,
    /// What it knew.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub db: Database,
    /// What it found; empty means that it found nothing.
    #[serde(default, deserialize_with = "findings")]
    pub result: Vec<Finding>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// What a scanner knew.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Database {
    /// Which database.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub uri: Option<String>,
    /// Its version.
    #[serde(
        default,
        deserialize_with = "optional",
        skip_serializing_if = "Option::is_none"
    )]
    pub version: Option<String>,
    /// When it was last brought up to date.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub last_update: Option<Timestamp>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// One vulnerability.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// Its identifier, such as `CVE-2017-5645`.
    #[serde(deserialize_with = "required")]
    pub id: String,
    /// How bad it is, by one or more methods.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub severity: Vec<Severity>,
    /// What else the scanner says.
    #[serde(default, deserialize_with = "nullable", skip_serializing_if = "is_default")]
    pub annotations: Vec<Map<String, Value>>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How bad it is, by one method.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Severity {
    /// The method, such as `nvd` or `cvss_score`.
    #[serde(deserialize_with = "required")]
    pub method: String,
    /// The score, a text.
    #[serde(deserialize_with = "required")]
    pub score: String,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// When the scanner looked.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Metadata {
    /// When it began.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub scan_started_on: Option<Timestamp>,
    /// When it ended.
    #[serde(
        default,
        deserialize_with = "optional_timestamp",
        skip_serializing_if = "Option::is_none"
    )]
    pub scan_finished_on: Option<Timestamp>,
    /// Fields that the specification does not have.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Reads findings. The text of v0.1 puts each into a `vulnerability` object of its own, its example does not.
fn findings<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Finding>, D::Error> {
    let entries: Vec<Map<String, Value>> = nullable(deserializer)?;
    entries
        .into_iter()
        .map(|entry| serde_json::from_value(Value::Object(unwrapped(entry))).map_err(D::Error::custom))
        .collect()
}

fn unwrapped(mut entry: Map<String, Value>) -> Map<String, Value> {
    match entry.get_mut("vulnerability").map(Value::take) {
        Some(Value::Object(mut finding)) => {
            entry.remove("vulnerability");
            for (key, value) in entry {
                finding.entry(key).or_insert(value);
            }
            finding
        }
        _ => entry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"scanner":{"uri":"pkg:s","version":"1","db":{"lastUpdate":"2021-08-06T17:45:50.52Z"},"result":[{"id":"CVE-1","severity":[{"method":"nvd","score":"medium"}]}]},"metadata":{"scanStartedOn":"2021-08-06T17:45:50.52Z"}}"#;

    #[test]
    fn a_report_is_read_and_written_again() {
        let report: Vulnerabilities = serde_json::from_str(TEXT).unwrap();
        assert_eq!(report.scanner.result[0].severity[0].score, "medium");
        assert_eq!(serde_json::to_string(&report).unwrap(), TEXT);
    }

    #[test]
    fn a_finding_in_an_object_of_its_own_is_read_alike() {
        let wrapped = TEXT
            .replace(r#"[{"id""#, r#"[{"x":1,"vulnerability":{"id""#)
            .replace(r#""medium"}]}"#, r#""medium"}]}}"#);
        let report: Vulnerabilities = serde_json::from_str(&wrapped).unwrap();
        assert_eq!(report.scanner.result[0].id, "CVE-1");
        assert_eq!(report.scanner.result[0].extra["x"], 1);
    }

    #[test]
    fn a_scanner_without_uri_or_a_finding_without_id_is_refused() {
        for (good, bad) in [("pkg:s", ""), ("\"id\"", "\"x\"")] {
            assert!(
                serde_json::from_str::<Vulnerabilities>(&TEXT.replace(good, bad)).is_err(),
                "{good}"
            );
        }
    }
}

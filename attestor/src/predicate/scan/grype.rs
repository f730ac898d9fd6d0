//! Reports of Grype (`grype … --output json`).

use serde::Deserialize;
use serde_json::{Map, Number, Value};
use slsa_predicates::Timestamp;
use slsa_predicates::predicate::vulnerabilities::Database;

use super::{Findings, Package, Report, ScanError, by_cvss, in_words};

const SCANNER: &str = "pkg:github/anchore/grype";

#[derive(Deserialize)]
pub(super) struct GrypeReport {
    descriptor: Descriptor,
    matches: Vec<Match>,
}

#[derive(Deserialize)]
struct Descriptor {
    name: String,
    version: Option<String>,
    timestamp: Option<Timestamp>,
    db: Option<DatabaseReport>,
}

/// Up to 0.87 the database describes itself here, from 0.88 on below `status`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DatabaseReport {
    status: Option<Box<DatabaseReport>>,
    built: Option<Timestamp>,
    /// A number, or a text.
    schema_version: Option<Value>,
    from: Option<String>,
}

#[derive(Deserialize)]
struct Match {
    vulnerability: Vulnerability,
    artifact: Artifact,
}

#[derive(Deserialize)]
struct Vulnerability {
    #[serde(default)]
    id: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    cvss: Option<Vec<Cvss>>,
    fix: Option<Fix>,
}

#[derive(Deserialize)]
struct Cvss {
    #[serde(default)]
    source: String,
    #[serde(default)]
    version: String,
    metrics: Option<Metrics>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metrics {
    base_score: Option<Number>,
}

#[derive(Deserialize)]
struct Fix {
    #[serde(default)]
    versions: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Artifact {
    #[serde(default)]
    name: String,
    #[serde(default)]
    version: String,
    #[serde(default)]
    purl: String,
}

pub(super) fn read(report: GrypeReport) -> Result<Report, ScanError> {
    let descriptor = report.descriptor;
    if descriptor.name != "grype" {
        return Err(ScanError::Unknown);
    }
    let mut findings = Findings::default();
    for found in &report.matches {
        add(&mut findings, found)?;
    }
    Ok(Report {
        scanner: SCANNER,
        version: descriptor.version,
        database: descriptor.db.map(database).unwrap_or_default(),
        time: descriptor.timestamp,
        findings,
    })
}

fn database(report: DatabaseReport) -> Database {
    let report = match report.status {
        Some(status) => *status,
        None => report,
    };
    let version = report.schema_version.and_then(|version| match version {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    Database {
        uri: report.from,
        version,
        last_update: report.built,
        extra: Map::new(),
    }
}

fn add(findings: &mut Findings, found: &Match) -> Result<(), ScanError> {
    let (vulnerability, artifact) = (&found.vulnerability, &found.artifact);
    let fixed = vulnerability.fix.as_ref().and_then(|fix| fix.versions.as_deref());
    let fixed = fixed.unwrap_or_default().join(", ");
    let package = Package {
        name: &artifact.name,
        version: &artifact.version,
        purl: &artifact.purl,
        fixed_version: &fixed,
    };
    let scores = vulnerability.cvss.iter().flatten().filter_map(|cvss| {
        let score = cvss.metrics.as_ref()?.base_score.as_ref()?;
        let major = cvss.version.split('.').next().unwrap_or_default();
        Some(by_cvss(major, &cvss.source, score))
    });
    let severities = in_words("grype", &vulnerability.severity)
        .into_iter()
        .chain(scores);
    findings.add(&vulnerability.id, &package, severities)
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use slsa_predicates::Predicate;

    use super::*;
    use crate::predicate::testing::{typed, value};
    use crate::predicate::{NewPredicate, PredicateInputError, ScanDetails, scan};

    const REPORT: &str = r#"{
        "matches": [
            {"vulnerability": {"id": "GHSA-1", "severity": "High",
                "fix": {"versions": ["1.1", "2.0"], "state": "fixed"},
                "cvss": [{"source": "nvd", "type": "Primary", "version": "3.1", "metrics": {"baseScore": 7.5}},
                         {"version": "2.0", "metrics": {"baseScore": 5.0}}, {"version": "4.0"}]},
             "artifact": {"name": "a", "version": "1.0", "purl": "pkg:npm/a@1.0", "type": "npm"}},
            {"vulnerability": {"id": "GHSA-1", "severity": "High", "fix": {"versions": null}},
             "artifact": {"name": "a", "version": "0.9"}}
        ],
        "descriptor": {"name": "grype", "version": "0.90.0", "timestamp": "2026-01-02T03:04:05.123456789Z",
            "db": {"status": {"schemaVersion": "v6.0.2", "from": "https://example.com/db.tar.zst",
                "built": "2026-01-01T00:00:00Z", "valid": true}}}}"#;

    fn make(text: &str) -> Result<NewPredicate, PredicateInputError> {
        scan(text.as_bytes(), &ScanDetails::default())
    }

    #[test]
    fn findings_scanner_and_database_are_read() {
        let made = make(REPORT).unwrap();
        assert!(matches!(typed(&made), Predicate::Vulnerabilities(_)));
        let time = "2026-01-02T03:04:05.123456789Z";
        let expected = json!({
            "scanner": {
                "uri": "pkg:github/anchore/grype",
                "version": "0.90.0",
                "db": {
                    "uri": "https://example.com/db.tar.zst",
                    "version": "v6.0.2",
                    "lastUpdate": "2026-01-01T00:00:00Z"
                },
                "result": [{
                    "id": "GHSA-1",
                    "severity": [
                        {"method": "grype", "score": "high"},
                        {"method": "cvss_v3:nvd", "score": "7.5"},
                        {"method": "cvss_v2", "score": "5.0"}
                    ],
                    "annotations": [
                        {"package": "a", "version": "1.0", "purl": "pkg:npm/a@1.0", "fixedVersion": "1.1, 2.0"},
                        {"package": "a", "version": "0.9"}
                    ]
                }]
            },
            "metadata": {"scanStartedOn": time, "scanFinishedOn": time}
        });
        assert_eq!(value(&made), expected);
    }

    #[test]
    fn the_database_of_older_reports_is_read() {
        let old = r#""db": {"built": "2026-01-01T00:00:00Z", "schemaVersion": 5, "location": "/x"}}}"#;
        let (head, _) = REPORT.split_once("\"db\"").unwrap();
        let made = value(&make(&format!("{head}{old}")).unwrap());
        let expected = json!({"version": "5", "lastUpdate": "2026-01-01T00:00:00Z"});
        assert_eq!(made["scanner"]["db"], expected);
    }

    #[test]
    fn nothing_found_is_an_empty_list_and_no_list_is_no_report() {
        let (_, descriptor) = REPORT.split_once("\"descriptor\"").unwrap();
        let report = |list: &str| make(&format!("{{{list}\"descriptor\"{descriptor}"));
        let made = value(&report("\"matches\": [],").unwrap());
        assert_eq!(made["scanner"]["result"], json!([]));
        assert!(matches!(report(""), Err(PredicateInputError::Json { .. })));
    }

    #[test]
    fn another_program_and_a_vulnerability_without_identifier_are_refused() {
        let text = REPORT.replace("\"grype\"", "\"syft\"");
        assert_eq!(make(&text).unwrap_err(), ScanError::Unknown.into());
        let package = "a".to_owned();
        assert_eq!(
            make(&REPORT.replace("GHSA-1", "")).unwrap_err(),
            ScanError::NoIdentifier { package }.into()
        );
    }
}

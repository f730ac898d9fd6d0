//! Reports of Trivy (`trivy … --format json`), schema 2.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Number;
use slsa_predicates::Timestamp;
use slsa_predicates::predicate::vulnerabilities::Database;

use super::{Findings, Package, Report, ScanError, by_cvss, in_words, shown};

const SCANNER: &str = "pkg:github/aquasecurity/trivy";

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct TrivyReport {
    schema_version: u64,
    created_at: Option<Timestamp>,
    trivy: Option<Program>,
    #[serde(default)]
    results: Option<Vec<ScanResult>>,
}

/// New versions name themselves.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Program {
    version: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ScanResult {
    #[serde(default)]
    class: String,
    #[serde(default)]
    vulnerabilities: Option<Vec<Vulnerability>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Vulnerability {
    #[serde(rename = "VulnerabilityID", default)]
    id: String,
    #[serde(default)]
    pkg_name: String,
    #[serde(default)]
    installed_version: String,
    #[serde(default)]
    fixed_version: String,
    pkg_identifier: Option<Identifier>,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    severity_source: String,
    #[serde(rename = "CVSS", default)]
    cvss: Option<BTreeMap<String, Cvss>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Identifier {
    #[serde(rename = "PURL", default)]
    purl: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Cvss {
    v2_score: Option<Number>,
    v3_score: Option<Number>,
    #[serde(rename = "V40Score")]
    v4_score: Option<Number>,
}

pub(super) fn read(report: TrivyReport) -> Result<Report, ScanError> {
    if report.schema_version != 2 {
        let (scanner, found) = ("Trivy", report.schema_version);
        return Err(ScanError::Schema { scanner, found });
    }
    let results = report.results.unwrap_or_default();
    for_vulnerabilities(&results)?;
    let mut findings = Findings::default();
    for vulnerability in results
        .iter()
        .filter_map(|result| result.vulnerabilities.as_ref())
        .flatten()
    {
        add(&mut findings, vulnerability)?;
    }
    Ok(Report {
        scanner: SCANNER,
        version: report.trivy.and_then(|program| program.version),
        database: Database::default(),
        time: report.created_at,
        findings,
    })
}

/// Trivy leaves the list out where it found nothing, and also where it did not look. What it looked for is seen from
/// the classes of its results.
fn for_vulnerabilities(results: &[ScanResult]) -> Result<(), ScanError> {
    let looked = |result: &ScanResult| {
        matches!(result.class.as_str(), "os-pkgs" | "lang-pkgs") || result.vulnerabilities.is_some()
    };
    match results.first() {
        Some(first) if !results.iter().any(looked) => Err(ScanError::NotForVulnerabilities {
            found: shown(&first.class),
        }),
        _ => Ok(()),
    }
}

fn add(findings: &mut Findings, vulnerability: &Vulnerability) -> Result<(), ScanError> {
    let purl = vulnerability.pkg_identifier.as_ref();
    let package = Package {
        name: &vulnerability.pkg_name,
        version: &vulnerability.installed_version,
        purl: purl.map_or("", |identifier| &identifier.purl),
        fixed_version: &vulnerability.fixed_version,
    };
    let method = match vulnerability.severity_source.as_str() {
        "" => "trivy",
        source => source,
    };
    let scores = vulnerability.cvss.iter().flatten().flat_map(|(source, cvss)| {
        let scores = [
            ("2", &cvss.v2_score),
            ("3", &cvss.v3_score),
            ("4", &cvss.v4_score),
        ];
        scores
            .into_iter()
            .filter_map(move |(version, score)| Some(by_cvss(version, source, score.as_ref()?)))
    });
    let severities = in_words(method, &vulnerability.severity)
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
    use crate::predicate::{PredicateInputError, ScanDetails, scan};

    const REPORT: &str = r#"{
        "SchemaVersion": 2, "CreatedAt": "2026-01-02T03:04:05.000000006+01:00", "ArtifactName": "app:1",
        "Trivy": {"Version": "0.70.0"},
        "Results": [
            {"Target": "app:1 (wolfi)", "Class": "os-pkgs", "Type": "wolfi"},
            {"Target": "app.jar", "Class": "lang-pkgs", "Type": "jar", "Vulnerabilities": [
                {"VulnerabilityID": "CVE-2026-2", "PkgName": "b", "InstalledVersion": "1", "Severity": "UNKNOWN"},
                {"VulnerabilityID": "CVE-2026-1", "PkgName": "a", "InstalledVersion": "1.0", "FixedVersion": "1.1",
                 "PkgIdentifier": {"PURL": "pkg:maven/x/a@1.0", "UID": "1"}, "Severity": "CRITICAL",
                 "SeveritySource": "nvd", "CVSS": {"nvd": {"V3Vector": "CVSS:3.1/AV:N", "V3Score": 9.8}}},
                {"VulnerabilityID": "CVE-2026-1", "PkgName": "a-core", "InstalledVersion": "1.0",
                 "Severity": "CRITICAL", "SeveritySource": "nvd"}
            ]}
        ]}"#;

    fn make(text: &str) -> Result<crate::predicate::NewPredicate, PredicateInputError> {
        scan(text.as_bytes(), &ScanDetails::default())
    }

    #[test]
    fn findings_are_listed_once_with_their_packages_and_severities() {
        let made = make(REPORT).unwrap();
        assert!(matches!(typed(&made), Predicate::Vulnerabilities(_)));
        let time = "2026-01-02T03:04:05.000000006+01:00";
        let expected = json!({
            "scanner": {
                "uri": "pkg:github/aquasecurity/trivy",
                "version": "0.70.0",
                "result": [
                    {
                        "id": "CVE-2026-1",
                        "severity": [
                            {"method": "nvd", "score": "critical"},
                            {"method": "cvss_v3:nvd", "score": "9.8"}
                        ],
                        "annotations": [
                            {"package": "a", "version": "1.0", "purl": "pkg:maven/x/a@1.0", "fixedVersion": "1.1"},
                            {"package": "a-core", "version": "1.0"}
                        ]
                    },
                    {
                        "id": "CVE-2026-2",
                        "severity": [{"method": "trivy", "score": "unknown"}],
                        "annotations": [{"package": "b", "version": "1"}]
                    }
                ]
            },
            "metadata": {"scanStartedOn": time, "scanFinishedOn": time}
        });
        assert_eq!(value(&made), expected);
    }

    #[test]
    fn what_the_report_leaves_open_comes_from_the_caller() {
        let details = ScanDetails {
            scanner_version: Some("0.1.0".to_owned()),
            database: Database {
                last_update: Some("2026-01-01T00:00:00Z".parse().unwrap()),
                ..Database::default()
            },
            started_on: Some("2026-01-02T00:00:00Z".parse().unwrap()),
            finished_on: None,
        };
        let made = value(&scan(REPORT.as_bytes(), &details).unwrap());
        assert_eq!(made["scanner"]["version"], "0.70.0");
        assert_eq!(
            made["scanner"]["db"],
            json!({"lastUpdate": "2026-01-01T00:00:00Z"})
        );
        assert_eq!(made["metadata"]["scanStartedOn"], "2026-01-02T00:00:00Z");
    }

    #[test]
    fn a_scan_needs_a_time_and_one_that_runs_forward() {
        let text = REPORT.replace("CreatedAt", "x");
        assert_eq!(make(&text).unwrap_err(), ScanError::NoTime.into());
        let started: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let finished: Timestamp = "2026-01-02T03:04:04Z".parse().unwrap();
        let mut details = ScanDetails {
            finished_on: Some(finished.clone()),
            ..ScanDetails::default()
        };
        assert!(scan(text.as_bytes(), &details).is_ok());
        details.started_on = Some(started.clone());
        let error = ScanError::Times { started, finished };
        assert_eq!(scan(text.as_bytes(), &details).unwrap_err(), error.into());
    }

    #[test]
    fn nothing_found_is_an_empty_list() {
        for results in [
            r#""Results": [{"Class": "os-pkgs"}]"#,
            r#""Results": null"#,
            r#""ArtifactName": "a""#,
        ] {
            let text = format!(r#"{{"SchemaVersion": 2, "CreatedAt": "2026-01-02T03:04:05Z", {results}}}"#);
            assert_eq!(
                value(&make(&text).unwrap())["scanner"]["result"],
                json!([]),
                "{results}"
            );
        }
    }

    #[test]
    fn a_scan_for_something_else_is_refused() {
        let text =
            r#"{"SchemaVersion": 2, "CreatedAt": "2026-01-02T03:04:05Z", "Results": [{"Class": "secret"}]}"#;
        let found = "secret".to_owned();
        assert_eq!(
            make(text).unwrap_err(),
            ScanError::NotForVulnerabilities { found }.into()
        );
    }

    #[test]
    fn another_schema_a_vulnerability_without_identifier_and_other_json_are_refused() {
        let (scanner, found) = ("Trivy", 3);
        assert_eq!(
            make(&REPORT.replace(r#""SchemaVersion": 2"#, r#""SchemaVersion": 3"#)).unwrap_err(),
            ScanError::Schema { scanner, found }.into()
        );
        let package = "b".to_owned();
        assert_eq!(
            make(&REPORT.replace("CVE-2026-2", "")).unwrap_err(),
            ScanError::NoIdentifier { package }.into()
        );
        for text in ["{}", r#"{"SchemaVersion":2,"descriptor":{}}"#] {
            assert_eq!(make(text).unwrap_err(), ScanError::Unknown.into());
        }
    }
}

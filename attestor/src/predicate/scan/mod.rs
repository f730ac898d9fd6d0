//! What a vulnerability scanner found: the reports of Trivy and Grype, in JSON.
//!
//! Type: in-toto attestation predicates, `vulns_02.md`. A vulnerability is listed once, with all packages that have
//! it, sorted by its identifier.

mod grype;
mod trivy;

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};
use slsa_predicates::Timestamp;
use slsa_predicates::predicate::types;
use slsa_predicates::predicate::vulnerabilities::{
    Database, Finding, Metadata, Scanner, Severity, Vulnerabilities,
};

use super::error::{PredicateInput, PredicateInputError, shown};
use super::{NewPredicate, input};

/// What the caller knows of a scan. It fills what the report leaves open; where both speak, the report counts.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(clippy::exhaustive_structs, reason = "filled field by field")]
pub struct ScanDetails {
    /// The scanner's version.
    pub scanner_version: Option<String>,
    /// What the scanner knew: Trivy's reports do not say it, `trivy version --format json` does.
    pub database: Database,
    /// When the scan began. Reports have one moment; unset, it is this one.
    pub started_on: Option<Timestamp>,
    /// When the scan ended.
    pub finished_on: Option<Timestamp>,
}

/// Why a scanner's report was not summarised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Neither a report of Trivy nor of Grype.
    #[error("neither of Trivy nor of Grype, in JSON")]
    Unknown,
    /// The report's schema is not the one that is known here.
    #[error("schema version {found} of {scanner} is not known")]
    Schema {
        /// The scanner.
        scanner: &'static str,
        /// The version.
        found: u64,
    },
    /// The report is of a scan for something else, such as secrets: that it lists no vulnerability means nothing.
    #[error("the scan did not look for vulnerabilities, but for: {found}")]
    NotForVulnerabilities {
        /// For what, cut, printable.
        found: String,
    },
    /// Neither report nor caller says when the scan was.
    #[error("neither the report nor the caller says when the scan was")]
    NoTime,
    /// The scan ends before it begins.
    #[error("the scan ended at {finished}, before it began at {started}")]
    Times {
        /// When it began.
        started: Timestamp,
        /// When it ended.
        finished: Timestamp,
    },
    /// A vulnerability has no identifier.
    #[error("a vulnerability of package \"{package}\" has no identifier")]
    NoIdentifier {
        /// The package, cut, printable.
        package: String,
    },
}

/// Makes the predicate of what a scanner found. Which scanner it was is seen from the report.
///
/// # Errors
/// [`ScanError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`], and
/// [`PredicateInputError::Predicate`] where there are more findings than a verifier reads.
pub fn scan(bytes: &[u8], details: &ScanDetails) -> Result<NewPredicate, PredicateInputError> {
    #[derive(Deserialize)]
    struct Head {
        #[serde(rename = "SchemaVersion")]
        trivy: Option<IgnoredAny>,
        #[serde(rename = "descriptor")]
        grype: Option<IgnoredAny>,
    }
    let head: Head = input::report(PredicateInput::Scan, bytes)?;
    let report = match (head.trivy, head.grype) {
        (Some(_), None) => trivy::read(input::report(PredicateInput::Scan, bytes)?)?,
        (None, Some(_)) => grype::read(input::report(PredicateInput::Scan, bytes)?)?,
        _ => return Err(ScanError::Unknown.into()),
    };
    NewPredicate::written(types::VULNERABILITIES_V02, &predicate(report, details)?)
}

fn predicate(report: Report, details: &ScanDetails) -> Result<Vulnerabilities, ScanError> {
    let finished = report.time.or_else(|| details.finished_on.clone());
    let finished = finished.ok_or(ScanError::NoTime)?;
    let started = details.started_on.clone().unwrap_or_else(|| finished.clone());
    if finished.get() < started.get() {
        return Err(ScanError::Times { started, finished });
    }
    let given = &details.database;
    Ok(Vulnerabilities {
        scanner: Scanner {
            uri: report.scanner.to_owned(),
            version: report.version.or_else(|| details.scanner_version.clone()),
            db: Database {
                uri: report.database.uri.or_else(|| given.uri.clone()),
                version: report.database.version.or_else(|| given.version.clone()),
                last_update: report.database.last_update.or_else(|| given.last_update.clone()),
                extra: Map::new(),
            },
            result: report.findings.into_list(),
            extra: Map::new(),
        },
        metadata: Metadata {
            scan_started_on: Some(started),
            scan_finished_on: Some(finished),
            extra: Map::new(),
        },
        extra: Map::new(),
    })
}

/// A report, whichever scanner wrote it.
struct Report {
    /// The scanner, as a package URL without version.
    scanner: &'static str,
    version: Option<String>,
    database: Database,
    time: Option<Timestamp>,
    findings: Findings,
}

/// Findings by the identifier of the vulnerability.
#[derive(Default)]
struct Findings(BTreeMap<String, Found>);

#[derive(Default)]
struct Found {
    severities: Vec<Severity>,
    packages: Vec<Map<String, Value>>,
}

/// A package that has a vulnerability. What is empty is not written.
struct Package<'a> {
    name: &'a str,
    version: &'a str,
    purl: &'a str,
    fixed_version: &'a str,
}

impl Findings {
    /// Adds a package to a vulnerability. Each severity and each package is listed once.
    fn add(
        &mut self,
        id: &str,
        package: &Package<'_>,
        severities: impl IntoIterator<Item = Severity>,
    ) -> Result<(), ScanError> {
        if id.is_empty() {
            let package = shown(package.name);
            return Err(ScanError::NoIdentifier { package });
        }
        let found = self.0.entry(id.to_owned()).or_default();
        for severity in severities {
            if !found.severities.contains(&severity) {
                found.severities.push(severity);
            }
        }
        let fields = [
            ("package", package.name),
            ("version", package.version),
            ("purl", package.purl),
            ("fixedVersion", package.fixed_version),
        ];
        let annotation: Map<String, Value> = fields
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(key, value)| (key.to_owned(), value.into()))
            .collect();
        if !annotation.is_empty() {
            found.packages.push(annotation);
        }
        Ok(())
    }

    fn into_list(self) -> Vec<Finding> {
        let finding = |(id, found): (String, Found)| Finding {
            id,
            severity: found.severities,
            annotations: found.packages,
            extra: Map::new(),
        };
        self.0.into_iter().map(finding).collect()
    }
}

/// A severity in words, in lower case whichever scanner it is of: `critical`.
fn in_words(method: &str, word: &str) -> Option<Severity> {
    (!word.is_empty()).then(|| severity(method.to_owned(), word.to_ascii_lowercase()))
}

/// A score by CVSS, with the version and who gave it: `cvss_v3:nvd`.
fn by_cvss(version: &str, source: &str, score: &serde_json::Number) -> Severity {
    let source = if source.is_empty() {
        String::new()
    } else {
        format!(":{source}")
    };
    severity(format!("cvss_v{version}{source}"), score.to_string())
}

fn severity(method: String, score: String) -> Severity {
    let extra = Map::new();
    Severity { method, score, extra }
}

//! SARIF logs: what static analysers found, summarised as a result of tests in which each rule is one.
//!
//! Source: SARIF 2.1.0 (OASIS). A rule fails by a result of level `error`, warns by one of level `warning`, and
//! passes where all of its results are notes or passes. A rule without results is not listed: that a tool knows it
//! does not mean that it was run.

mod log;
#[cfg(test)]
mod tests;

use serde_json::Map;
use slsa_predicates::ResourceDescriptor;

use super::error::{PredicateInput, PredicateInputError, shown};
use super::test_result::{Ended, TestDetails, Tests};
use super::{NewPredicate, input, uri};
use log::{Component, Finding, Invocation, Log, Rule, Rules, Run};

/// Why a SARIF log was not summarised.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SarifError {
    /// The log is not of version 2.1.0.
    #[error("version \"{found}\" is not 2.1.0")]
    Version {
        /// The version, cut, printable.
        found: String,
    },
    /// There are no runs: nothing was analysed.
    #[error("no runs")]
    NoRuns,
    /// A run has no results. An empty list would say that there are none; this says that none were looked for.
    #[error("run {index} of \"{tool}\" has no list of results")]
    NoResults {
        /// Which run, from 0.
        index: usize,
        /// The tool, cut, printable.
        tool: String,
    },
    /// A tool says that it did not succeed, so that what it did not find means nothing.
    #[error("run {index} of \"{tool}\" was not successful")]
    Unsuccessful {
        /// Which run, from 0.
        index: usize,
        /// The tool, cut, printable.
        tool: String,
    },
    /// A result names no rule.
    #[error("result {result} of run {index} names no rule")]
    NoRule {
        /// Which run, from 0.
        index: usize,
        /// Which result, from 0.
        result: usize,
    },
    /// A result leaves its level to a configuration that was overridden for this run, which is not read here.
    #[error("result {result} of run {index} has a level that the invocation overrides")]
    Overridden {
        /// Which run, from 0.
        index: usize,
        /// Which result, from 0.
        result: usize,
    },
    /// A level, a kind or a state that SARIF does not know.
    #[error("result {result} of run {index}: unknown {field} \"{found}\"")]
    Unknown {
        /// Which run, from 0.
        index: usize,
        /// Which result, from 0.
        result: usize,
        /// The field.
        field: &'static str,
        /// Its value, cut, printable.
        found: String,
    },
}

/// Makes the predicate of what static analysers found.
///
/// A result that the project suppressed, and whose suppression nobody has rejected, warns instead of failing: it is
/// seen, and does not stop a release.
///
/// # Errors
/// [`SarifError`]; [`PredicateInputError::TooLarge`], [`PredicateInputError::Json`],
/// [`PredicateInputError::TestUrl`].
pub fn sarif(bytes: &[u8], details: &TestDetails) -> Result<NewPredicate, PredicateInputError> {
    let log: Log = input::report(PredicateInput::Sarif, bytes)?;
    if log.version != "2.1.0" {
        let found = shown(&log.version);
        return Err(SarifError::Version { found }.into());
    }
    if log.runs.is_empty() {
        return Err(SarifError::NoRuns.into());
    }
    let mut tests = Tests::default();
    for (index, run) in log.runs.iter().enumerate() {
        read_run(index, run, &mut tests)?;
    }
    tests.predicate(
        details,
        log.runs.iter().map(|run| tool(&run.tool.driver)).collect(),
    )
}

fn read_run(index: usize, run: &Run, tests: &mut Tests) -> Result<(), SarifError> {
    let tool = || shown(&run.tool.driver.name);
    if run
        .invocations
        .iter()
        .any(|invocation| !invocation.execution_successful)
    {
        return Err(SarifError::Unsuccessful { index, tool: tool() });
    }
    let Some(results) = &run.results else {
        return Err(SarifError::NoResults { index, tool: tool() });
    };
    let rules = Rules::of(&run.tool);
    let overridden = |it: &Invocation| !it.rule_configuration_overrides.is_empty();
    let overridden = run.invocations.iter().any(overridden);
    for (result, finding) in results.iter().enumerate() {
        if overridden && finding.level.is_none() {
            return Err(SarifError::Overridden { index, result });
        }
        let unknown = |(field, found): (&'static str, &str)| SarifError::Unknown {
            index,
            result,
            field,
            found: shown(found),
        };
        let rule = rules.of_result(finding);
        let id = finding.id().or(rule.map(|rule| rule.id.as_str()));
        let id = id
            .filter(|id| !id.is_empty())
            .ok_or(SarifError::NoRule { index, result })?;
        if let Some(ended) = ended(finding, rule).map_err(unknown)? {
            tests.add(id, ended);
        }
    }
    Ok(())
}

/// How a result ends its rule, or nothing for a result that is not there any more.
fn ended<'a>(finding: &'a Finding, rule: Option<&'a Rule>) -> Result<Option<Ended>, (&'static str, &'a str)> {
    match finding.baseline_state.as_deref() {
        None | Some("new" | "unchanged" | "updated") => {}
        Some("absent") => return Ok(None),
        Some(other) => return Err(("baselineState", other)),
    }
    let by_level = match level(finding, rule)? {
        "error" => Ended::Failed,
        "warning" => Ended::Warned,
        "note" | "none" => Ended::Passed,
        other => return Err(("level", other)),
    };
    Ok(Some(if is_suppressed(finding)? {
        by_level.min(Ended::Warned)
    } else {
        by_level
    }))
}

/// 3.27.10: where a result has no level, it has that of its rule if it is a failure, and none if it is not.
fn level<'a>(finding: &'a Finding, rule: Option<&'a Rule>) -> Result<&'a str, (&'static str, &'a str)> {
    let level = finding.level.as_deref();
    match finding.kind.as_deref() {
        None | Some("fail") => {
            let of_rule = || rule?.default_configuration.as_ref()?.level.as_deref();
            Ok(level.or_else(of_rule).unwrap_or("warning"))
        }
        Some("pass" | "open" | "informational" | "notApplicable" | "review") => Ok(level.unwrap_or("none")),
        Some(other) => Err(("kind", other)),
    }
}

/// 3.27.23: suppressed, if there are suppressions and none is under review or rejected.
fn is_suppressed(finding: &Finding) -> Result<bool, (&'static str, &str)> {
    let suppressions = finding.suppressions.as_deref().unwrap_or_default();
    for suppression in suppressions {
        match suppression.status.as_deref() {
            None | Some("accepted") => {}
            Some("underReview" | "rejected") => return Ok(false),
            Some(other) => return Err(("suppression status", other)),
        }
    }
    Ok(!suppressions.is_empty())
}

/// The tool, as a part of the configuration. A descriptor must have a URI: where the tool has none, it is a package of
/// no registry.
fn tool(driver: &Component) -> ResourceDescriptor {
    let version = driver.semantic_version.as_ref().or(driver.version.as_ref());
    let annotations =
        version.map(|version| Map::from_iter([("version".to_owned(), version.as_str().into())]));
    let uri = driver
        .information_uri
        .clone()
        .filter(|text| uri::is_absolute(text));
    ResourceDescriptor {
        name: Some(driver.name.clone()),
        uri: uri.or_else(|| Some(format!("pkg:generic/{}", uri::escaped(&driver.name)))),
        annotations,
        ..ResourceDescriptor::default()
    }
}

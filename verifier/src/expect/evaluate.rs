//! Comparing a verified statement with expectations, one check a line.

use serde_json::Value;

use super::{Expectations, signer};
use crate::builder::{BuildLevel, BuilderKind, Question, Resolved, TrustedBuilders};
use crate::check::{Check, Checked, Witness};
use crate::code::Code;
use crate::consistency::{SharedField, compare};
use crate::npm::Package;
use crate::provenance::Provenance;
use crate::statement::{VerifiedSigner, VerifiedStatement};

/// What came of comparing a statement with expectations.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Evaluation {
    /// The checks in the order in which they were made. The first that was not met refuses.
    pub checks: Vec<Check>,
    /// The builder, as far as it was found to be trusted.
    pub builder: Option<MatchedBuilder>,
    /// The level that was proven.
    pub level: BuildLevel,
    /// What the statement says of the build, where it is provenance and that was asked.
    pub provenance: Option<Box<Provenance>>,
}

/// A builder that may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MatchedBuilder {
    /// Its id, with its version.
    pub id: String,
    /// The row of the table that trusts it, or `None` where the caller named it.
    pub row: Option<String>,
}

impl Evaluation {
    /// Returns the check that refuses, if one does.
    #[must_use]
    pub fn refusal(&self) -> Option<&Check> {
        self.checks.iter().find(|check| !check.is_met())
    }

    pub(crate) fn of(checks: Vec<Check>) -> Self {
        Self {
            checks,
            builder: None,
            level: BuildLevel::ZERO,
            provenance: None,
        }
    }

    fn refused(mut self, check: Check) -> Self {
        self.checks.push(check);
        self
    }
}

impl Expectations {
    /// Compares a verified statement with these expectations.
    ///
    /// Where a check fails on which the others rest (the signer, its agreement with the certificate, the
    /// builder), it is the last; otherwise all are made.
    #[must_use]
    pub fn evaluate(&self, verified: &VerifiedStatement, builders: &TrustedBuilders) -> Evaluation {
        let evaluation = self.evaluate_signature(verified);
        if evaluation.refusal().is_some() {
            return evaluation;
        }
        let provenance = match verified.provenance() {
            Ok(provenance) => provenance,
            Err(error) => {
                let (code, expected) = (error.code(), "provenance that can be read");
                let check = Check::refused(
                    code,
                    Checked::PredicateType,
                    Witness::Predicate,
                    expected,
                    Some(error.to_string()),
                );
                return evaluation.refused(check);
            }
        };
        let mut evaluation = self.provenance(verified, &provenance, builders, evaluation);
        evaluation.provenance = Some(Box::new(provenance));
        evaluation
    }

    /// Compares the predicate's type and the signer alone: all that is known of statements that are no provenance.
    pub(crate) fn evaluate_signature(&self, verified: &VerifiedStatement) -> Evaluation {
        let mut evaluation = Evaluation::of(Vec::new());
        let signer = verified.signature().signer();
        let found = verified.statement().predicate_type();
        if !self.predicate_type.is_empty() {
            let expected = self.predicate_type.join(" or ");
            let met = self.predicate_type.iter().any(|expected| expected == found);
            let check = line(
                Checked::PredicateType,
                Code::PredicateTypeMismatch,
                Witness::Predicate,
                expected,
                Some(found),
                met,
            );
            evaluation.checks.push(check);
            if !met {
                return evaluation;
            }
        }
        if let Some(rule) = &self.signer {
            let found = signer::describe(signer);
            let witness = witness(signer);
            match rule.check(signer) {
                Ok(()) => {
                    evaluation
                        .checks
                        .push(Check::met(Checked::Signer, witness, rule.describe(), found))
                }
                Err(error) => {
                    let check = Check::refused(
                        error.code(),
                        Checked::Signer,
                        witness,
                        rule.describe(),
                        Some(found),
                    );
                    return evaluation.refused(check);
                }
            }
        }
        evaluation
    }

    fn provenance(
        &self,
        verified: &VerifiedStatement,
        provenance: &Provenance,
        builders: &TrustedBuilders,
        mut evaluation: Evaluation,
    ) -> Evaluation {
        let signer = verified.signature().signer();
        let purl = verified.subject().name.as_deref();
        let question = Question {
            signer,
            provenance,
            of_npm: purl.and_then(Package::from_purl).is_some(),
            expected: self.builder.as_ref(),
            signer_is_named: self.signer.is_some(),
        };
        let resolved = match builders.resolve(question) {
            Ok(resolved) => resolved,
            Err(check) => return evaluation.refused(*check),
        };
        let Resolved {
            row,
            kind,
            id,
            level,
            checks,
        } = resolved;
        evaluation.checks.extend(checks);
        let mut agreed = Vec::new();
        if let VerifiedSigner::Certificate(identity) = signer {
            let expected = "the same run in certificate and predicate";
            match compare(provenance, identity) {
                Ok(fields) => {
                    let found: Vec<&str> = fields.iter().map(|field| field.as_str()).collect();
                    let found = if found.is_empty() {
                        "nothing that both tell".to_owned()
                    } else {
                        format!("the same {}", found.join(", "))
                    };
                    let check = Check::met(Checked::Consistency, Witness::Both, expected, found);
                    evaluation.checks.push(check);
                    agreed = fields;
                }
                Err(error) => {
                    let found = Some(format!("{} {}", error.field, error.predicate));
                    let expected = format!("{} {}", error.field, error.certificate);
                    let check = Check::refused(
                        error.code(),
                        Checked::Consistency,
                        Witness::Predicate,
                        expected,
                        found,
                    );
                    return evaluation.refused(check);
                }
            }
        }
        evaluation.builder = Some(MatchedBuilder { id, row });
        if kind == Some(BuilderKind::NpmCli)
            && let Some(claim) = crate::provenance::unbacked_claim(verified.statement(), provenance, &agreed)
        {
            let expected = "nothing that the certificate does not back";
            let check = Check::refused(
                Code::ClaimUnbacked,
                Checked::Consistency,
                Witness::Predicate,
                expected,
                Some(claim),
            );
            return evaluation.refused(check);
        }
        let self_hosted = self.runner(signer, provenance, &mut evaluation);
        evaluation.level = if self_hosted {
            level.min(BuildLevel::ONE)
        } else {
            level
        };
        let facts = Facts {
            expected: self,
            provenance,
            agreed: &agreed,
        };
        facts.source(&mut evaluation.checks);
        facts.git_ref(&mut evaluation.checks);
        facts.start(&mut evaluation.checks);
        facts.parameters(&mut evaluation.checks);
        if let Some(least) = self.level {
            let (found, met) = (evaluation.level.to_string(), evaluation.level >= least);
            let expected = format!("{least} or above");
            evaluation.checks.push(line(
                Checked::Level,
                Code::LevelTooLow,
                Witness::Policy,
                expected,
                Some(&found),
                met,
            ));
        }
        evaluation
    }

    /// Looks at the runner, and says whether it is self-hosted.
    fn runner(&self, signer: &VerifiedSigner, provenance: &Provenance, evaluation: &mut Evaluation) -> bool {
        let in_certificate = match signer {
            VerifiedSigner::Certificate(identity) => identity.extensions.runner_environment.as_deref(),
            VerifiedSigner::Key { .. } => None,
        };
        let (found, witness) = match (in_certificate, provenance.runner_environment.as_deref()) {
            (Some(found), _) => (found, Witness::Certificate),
            (None, Some(found)) => (found, Witness::Predicate),
            (None, None) => return false,
        };
        let provider = if found == "gitlab-hosted" {
            found
        } else {
            "github-hosted"
        };
        let self_hosted = found != provider;
        let expected = if self.allow_self_hosted {
            format!("{provider} or self-hosted")
        } else {
            provider.to_owned()
        };
        let met = !self_hosted || (self.allow_self_hosted && found == "self-hosted");
        evaluation.checks.push(line(
            Checked::Runner,
            Code::RunnerSelfHosted,
            witness,
            expected,
            Some(found),
            met,
        ));
        self_hosted
    }
}

/// What the single checks need.
struct Facts<'a> {
    expected: &'a Expectations,
    provenance: &'a Provenance,
    agreed: &'a [SharedField],
}

impl Facts<'_> {
    /// Who says a field: both, where the certificate agreed.
    fn witness(&self, field: SharedField) -> Witness {
        if self.agreed.contains(&field) {
            Witness::Both
        } else {
            Witness::Predicate
        }
    }

    fn source(&self, checks: &mut Vec<Check>) {
        let (expected, provenance) = (self.expected, self.provenance);
        let source = provenance.source.as_ref();
        if let Some(repository) = &expected.source {
            let started = provenance.workflow.as_ref().map(|workflow| &workflow.repository);
            let found = source.map(|source| &source.repository);
            // What was started and what was fetched must both be of the repository.
            let met = found.is_some_and(|found| repository.is(found))
                && started.is_none_or(|started| repository.is(started));
            let shown = found.filter(|found| !repository.is(found)).or(started).or(found);
            checks.push(line(
                Checked::Source,
                Code::SourceMismatch,
                self.witness(SharedField::SourceRepository),
                repository.to_string(),
                shown.map(String::as_str),
                met,
            ));
        }
        let numbers = [
            (
                &expected.repository_id,
                &provenance.repository_id,
                Checked::RepositoryId,
                SharedField::RepositoryId,
            ),
            (
                &expected.owner_id,
                &provenance.repository_owner_id,
                Checked::OwnerId,
                SharedField::RepositoryOwnerId,
            ),
        ];
        for (expected, found, checked, field) in numbers {
            if let Some(expected) = expected {
                let met = found.as_ref() == Some(expected);
                let witness = self.witness(field);
                checks.push(line(
                    checked,
                    Code::SourceIdMismatch,
                    witness,
                    expected.clone(),
                    found.as_deref(),
                    met,
                ));
            }
        }
        if let Some(commit) = &expected.commit {
            let found = source.and_then(|source| source.commit.as_deref());
            let met = found.is_some_and(|found| found.eq_ignore_ascii_case(commit));
            let witness = self.witness(SharedField::Commit);
            checks.push(line(
                Checked::Commit,
                Code::CommitMismatch,
                witness,
                commit.clone(),
                found,
                met,
            ));
        }
    }

    fn git_ref(&self, checks: &mut Vec<Check>) {
        let (expected, provenance) = (self.expected, self.provenance);
        let of_source = provenance
            .source
            .as_ref()
            .and_then(|source| source.git_ref.as_deref());
        let of_workflow = provenance
            .workflow
            .as_ref()
            .and_then(|workflow| workflow.git_ref.as_deref());
        let git_ref = of_source.or(of_workflow);
        let witness = self.witness(SharedField::SourceRef);
        if let Some(branch) = &expected.branch {
            let found = match git_ref.and_then(|git_ref| git_ref.strip_prefix("refs/heads/")) {
                Some(branch) => Some(branch),
                // The branch that a tag was made on, where the event tells it.
                None => provenance
                    .branch
                    .as_deref()
                    .map(|branch| branch.strip_prefix("refs/heads/").unwrap_or(branch)),
            };
            let met = found == Some(branch.as_str());
            let shown = found.or(git_ref);
            checks.push(line(
                Checked::Branch,
                Code::BranchMismatch,
                witness,
                branch.clone(),
                shown,
                met,
            ));
        }
        let tag = git_ref.and_then(|git_ref| git_ref.strip_prefix("refs/tags/"));
        let mut tagged = |checked, code, expected: String, met: bool| {
            let (code, found) = match tag {
                Some(tag) => (code, Some(tag)),
                None => (Code::NotATag, git_ref),
            };
            checks.push(line(checked, code, witness, expected, found, met));
        };
        if let Some(expected) = &expected.tag {
            let met = tag == Some(expected.as_str());
            tagged(Checked::Tag, Code::TagMismatch, expected.clone(), met);
        }
        if let Some(expected) = &expected.versioned_tag {
            let met = tag.is_some_and(|tag| expected.is(tag));
            tagged(
                Checked::VersionedTag,
                Code::VersionedTagMismatch,
                expected.to_string(),
                met,
            );
        }
    }

    fn start(&self, checks: &mut Vec<Check>) {
        let (expected, provenance) = (self.expected, self.provenance);
        if !expected.build_type.is_empty() {
            let found = &provenance.build_type;
            let met = expected.build_type.contains(found);
            let expected = expected.build_type.join(" or ");
            let witness = Witness::Predicate;
            checks.push(line(
                Checked::BuildType,
                Code::BuildTypeMismatch,
                witness,
                expected,
                Some(found),
                met,
            ));
        }
        if !expected.event.is_empty() {
            let found = provenance.event.as_deref();
            let met = found.is_some_and(|found| expected.event.iter().any(|event| event == found));
            let witness = self.witness(SharedField::Event);
            checks.push(line(
                Checked::Event,
                Code::EventMismatch,
                witness,
                expected.event.join(" or "),
                found,
                met,
            ));
        }
        if let Some(workflow) = &expected.workflow {
            let found = provenance
                .workflow
                .as_ref()
                .map(|workflow| workflow.path.as_str());
            let met = found == Some(workflow);
            let witness = self.witness(SharedField::WorkflowPath);
            checks.push(line(
                Checked::Workflow,
                Code::WorkflowMismatch,
                witness,
                workflow.clone(),
                found,
                met,
            ));
        }
    }

    fn parameters(&self, checks: &mut Vec<Check>) {
        let (expected, provenance) = (self.expected, self.provenance);
        let mut compared = |checked, code, name: &str, expected: &Value, found: Option<&Value>| {
            let met = found.is_some_and(|found| same_value(expected, found));
            let found = found.map(|found| format!("{name}={}", shown(found)));
            let expected = format!("{name}={}", shown(expected));
            checks.push(line(
                checked,
                code,
                Witness::Predicate,
                expected,
                found.as_deref(),
                met,
            ));
        };
        for (name, value) in &expected.inputs {
            let found = provenance.inputs.get(name);
            compared(Checked::Input, Code::InputMismatch, name, value, found);
        }
        for (name, value) in &expected.parameters {
            let found = match name.strip_prefix('/') {
                Some(pointer) => pointed(&provenance.external_parameters, pointer),
                None => provenance.external_parameters.get(name),
            };
            compared(Checked::Parameter, Code::ParameterMismatch, name, value, found);
        }
        // SLSA, "Verifying artifacts", step 2: what a verifier does not recognise must not pass.
        for name in provenance.unrecognised_parameters() {
            let of_name = |pointer: &String| {
                pointer == name
                    || pointer.strip_prefix('/').and_then(|rest| rest.split('/').next()) == Some(name)
            };
            let allowed = expected.allow_parameters.iter().any(|allowed| allowed == name)
                || expected.parameters.keys().any(of_name);
            if !allowed {
                let expected = "external parameters that are known or allowed".to_owned();
                let witness = Witness::Predicate;
                checks.push(line(
                    Checked::Parameter,
                    Code::ParameterUnknown,
                    witness,
                    expected,
                    Some(name),
                    false,
                ));
            }
        }
    }
}

/// Follows a JSON Pointer without its first slash.
fn pointed<'a>(map: &'a serde_json::Map<String, Value>, pointer: &str) -> Option<&'a Value> {
    let (first, rest) = match pointer.split_once('/') {
        Some((first, rest)) => (first, Some(rest)),
        None => (pointer, None),
    };
    let value = map.get(&first.replace("~1", "/").replace("~0", "~"))?;
    match rest {
        Some(rest) => value.pointer(&format!("/{rest}")),
        None => Some(value),
    }
}

/// Compares a value with an expectation. A text also stands for the number or the truth value that it spells:
/// a command line has nothing but texts, and events record inputs as texts whatever their type.
fn same_value(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::String(text), Value::Bool(found)) => text == if *found { "true" } else { "false" },
        (Value::String(text), Value::Number(found)) => *text == found.to_string(),
        _ => expected == found,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn witness(signer: &VerifiedSigner) -> Witness {
    match signer {
        VerifiedSigner::Certificate(_) => Witness::Certificate,
        VerifiedSigner::Key { .. } => Witness::Key,
    }
}

fn line(
    checked: Checked,
    code: Code,
    witness: Witness,
    expected: String,
    found: Option<&str>,
    met: bool,
) -> Check {
    Check {
        checked,
        expected,
        found: found.map(ToOwned::to_owned),
        witness,
        refusal: (!met).then_some(code),
    }
}

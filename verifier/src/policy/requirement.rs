//! One demand of a rule: how many attestations must meet which expectations.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::condition::Condition;
use super::view;
use crate::builder::TrustedBuilders;
use crate::check::{Check, Checked, Witness};
use crate::code::Code;
use crate::expect::{Evaluation, Expectations, SignerRule};
use crate::npm::PackageRule;
use crate::statement::VerifiedStatement;
use crate::summary::SummaryExpectations;

/// How many attestations must meet a requirement. Never "all": whoever adds an attestation could refuse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Quantifier {
    /// One is enough.
    #[default]
    Any,
    /// At least so many, of different content or different signers. Copies count once.
    AtLeast(#[schemars(range(min = 1))] usize),
}

impl Quantifier {
    /// Returns how many attestations are needed, at least one.
    #[must_use]
    pub fn needed(self) -> usize {
        match self {
            Self::Any => 1,
            Self::AtLeast(needed) => needed.max(1),
        }
    }
}

/// What a statement must be that is neither provenance nor a summary: a bill of materials, a scan.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct StatementExpectations {
    /// The predicate's type: one of these.
    pub predicate_type: Vec<String>,
    /// Who signs.
    pub signer: SignerRule,
}

/// What must be attested to an artifact.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Requirement {
    /// Its name, for people.
    pub name: String,
    /// How many attestations must meet it.
    pub quantifier: Quantifier,
    /// What is demanded of them.
    pub(crate) demand: Demand,
    /// The package that the statement must be about.
    pub package: Option<PackageRule>,
    /// Free conditions, all of which must hold.
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
pub(crate) enum Demand {
    Provenance(Box<Expectations>),
    Statement(Box<Expectations>),
    Summary(Box<SummaryExpectations>),
    Publish(PackageRule),
}

impl Requirement {
    /// One attestation of provenance that is as expected.
    #[must_use]
    pub fn provenance(expectations: Expectations) -> Self {
        Self::of("provenance", Demand::Provenance(Box::new(expectations)))
    }

    /// One verification summary that is as expected.
    #[must_use]
    pub fn summary(expectations: SummaryExpectations) -> Self {
        Self::of("summary", Demand::Summary(Box::new(expectations)))
    }

    /// The npm registry's own statement that it published the package.
    #[must_use]
    pub fn publish(package: PackageRule) -> Self {
        Self::of("publish", Demand::Publish(package))
    }

    /// The same, about this package.
    #[must_use]
    pub fn about(self, package: PackageRule) -> Self {
        Self {
            package: Some(package),
            ..self
        }
    }

    fn of(name: &str, demand: Demand) -> Self {
        Self {
            name: name.to_owned(),
            quantifier: Quantifier::Any,
            demand,
            package: None,
            conditions: Vec::new(),
        }
    }

    /// Returns in words what is demanded, one line each.
    #[must_use]
    pub fn describe(&self) -> Vec<String> {
        let mut lines = match &self.demand {
            Demand::Provenance(expected) => {
                let mut lines = expected.describe();
                lines.insert(
                    0,
                    "provenance that agrees with its signer's certificate".to_owned(),
                );
                lines
            }
            Demand::Statement(expected) => expected.describe(),
            Demand::Summary(expected) => expected.describe(),
            Demand::Publish(package) => {
                let mut lines = vec!["the npm registry's statement that it published the package".to_owned()];
                lines.extend(package.describe());
                lines
            }
        };
        lines.extend(self.package.iter().flat_map(PackageRule::describe));
        for condition in &self.conditions {
            lines.push(format!(
                "a condition in {}: {}",
                condition.language(),
                condition.source().trim()
            ));
        }
        lines
    }

    /// Says whether this is met by what npm's registry signs with its own keys.
    pub(crate) fn is_of_registry(&self) -> bool {
        matches!(self.demand, Demand::Publish(_))
    }

    /// Compares one verified statement with what is demanded.
    pub(crate) fn evaluate(&self, verified: &VerifiedStatement, builders: &TrustedBuilders) -> Evaluation {
        let mut evaluation = match &self.demand {
            Demand::Provenance(expected) => expected.evaluate(verified, builders),
            Demand::Statement(expected) => expected.evaluate_signature(verified),
            Demand::Summary(expected) => expected.evaluate(verified),
            Demand::Publish(package) => package.evaluate_publish(verified),
        };
        if evaluation.refusal().is_some() {
            return evaluation;
        }
        if let Some(package) = &self.package {
            evaluation
                .checks
                .extend(package.evaluate_subject(verified).checks);
        }
        if self.conditions.is_empty() {
            return evaluation;
        }
        let view = view::of(verified, &evaluation);
        for condition in &self.conditions {
            let (refusal, found) = match condition.evaluate(&view) {
                Ok(true) => (None, "true".to_owned()),
                Ok(false) => (Some(Code::ConditionFalse), "false".to_owned()),
                Err(error) => (Some(Code::ConditionFailed), error.to_string()),
            };
            evaluation.checks.push(Check {
                checked: Checked::Condition,
                expected: condition.source().to_owned(),
                found: Some(found),
                witness: Witness::Policy,
                refusal,
            });
        }
        evaluation
    }
}

/// The requirement as it stands in a policy.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Requirement")]
pub(super) struct Written {
    /// Its name, for people. Left out, it is called by its kind.
    #[serde(default)]
    name: Option<String>,
    /// How many attestations must meet it: `any`, or `at-least: 2`.
    #[serde(default)]
    quantifier: Quantifier,
    /// SLSA provenance. Exactly one of provenance, statement, summary and npm-publish must be given.
    #[serde(default)]
    provenance: Option<Expectations>,
    /// Any other statement.
    #[serde(default)]
    statement: Option<StatementExpectations>,
    /// A verification summary of another verifier.
    #[serde(default)]
    summary: Option<SummaryExpectations>,
    /// The npm registry's statement that it published the package.
    #[serde(default)]
    npm_publish: Option<PackageRule>,
    /// The npm package that the statement must be about.
    #[serde(default)]
    package: Option<PackageRule>,
    /// Free conditions over the verified view, all of which must hold.
    #[serde(default)]
    conditions: Vec<WrittenCondition>,
}

/// A condition, in one of two languages.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(rename = "Condition")]
enum WrittenCondition {
    /// An expression in CEL that is true.
    Cel(String),
    /// A module in Rego whose rule `allow` is true.
    Rego(String),
}

/// Why a requirement cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum RequirementError {
    #[error(
        "a requirement has exactly one of provenance, statement, summary and npm-publish, this has {found}"
    )]
    Kinds { found: usize },
    #[error("at-least must be 1 or more")]
    Quantifier,
    #[error("statement needs at least one predicate-type")]
    PredicateType,
    #[error("condition {index}: {source}")]
    Condition {
        index: usize,
        source: super::condition::ConditionError,
    },
}

impl TryFrom<Written> for Requirement {
    type Error = RequirementError;

    fn try_from(written: Written) -> Result<Self, Self::Error> {
        if written.quantifier == Quantifier::AtLeast(0) {
            return Err(RequirementError::Quantifier);
        }
        let statement = match written.statement {
            Some(statement) if statement.predicate_type.is_empty() => {
                return Err(RequirementError::PredicateType);
            }
            statement => statement.map(|statement| Expectations {
                predicate_type: statement.predicate_type,
                signer: Some(statement.signer),
                ..Expectations::default()
            }),
        };
        let demands = [
            written
                .provenance
                .map(|expected| ("provenance", Demand::Provenance(Box::new(expected)))),
            statement.map(|expected| ("statement", Demand::Statement(Box::new(expected)))),
            written
                .summary
                .map(|expected| ("summary", Demand::Summary(Box::new(expected)))),
            written
                .npm_publish
                .map(|package| ("npm-publish", Demand::Publish(package))),
        ];
        let mut demands: Vec<_> = demands.into_iter().flatten().collect();
        let found = demands.len();
        let (kind, demand) = match (demands.pop(), found) {
            (Some(demand), 1) => demand,
            _ => return Err(RequirementError::Kinds { found }),
        };
        let condition = |(index, written): (usize, WrittenCondition)| {
            let condition = match written {
                WrittenCondition::Cel(expression) => Condition::cel(&expression),
                WrittenCondition::Rego(module) => Condition::rego(&module),
            };
            condition.map_err(|source| RequirementError::Condition {
                index: index.saturating_add(1),
                source,
            })
        };
        let conditions = written
            .conditions
            .into_iter()
            .enumerate()
            .map(condition)
            .collect::<Result<_, _>>()?;
        Ok(Self {
            name: written.name.unwrap_or_else(|| kind.to_owned()),
            quantifier: written.quantifier,
            demand,
            package: written.package,
            conditions,
        })
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?
            .try_into()
            .map_err(serde::de::Error::custom)
    }
}

impl JsonSchema for Requirement {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        Written::schema_name()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Written::json_schema(generator)
    }
}

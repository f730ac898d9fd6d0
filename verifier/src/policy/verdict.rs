//! The verdict on one artifact: each requirement, and what became of each attestation.

use super::file::{Policy, Subject};
use super::requirement::Requirement;
use crate::artifact::Artifact;
use crate::code::Code;
use crate::error::Error;
use crate::expect::Evaluation;
use crate::statement::{SignedStatement, VerifiedStatement};

/// What is decided about an artifact, and why.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Verdict {
    /// The requirements of all rules that are for the artifact, in the policy's order. None means that no rule
    /// is, and then the artifact is refused.
    pub requirements: Vec<RequirementVerdict>,
}

/// Whether a requirement is met.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct RequirementVerdict {
    /// The rule that it stands in.
    pub rule: String,
    /// Its name.
    pub name: String,
    /// How many attestations must meet it.
    pub needed: usize,
    /// How many do, copies counted once.
    pub met: usize,
    /// What became of each attestation, in the order in which they were given.
    pub attempts: Vec<Attempt>,
}

/// What became of one attestation.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Attempt {
    /// Its place among those that were given, from 0.
    pub attestation: usize,
    /// Whether it counts.
    pub judged: Judged,
}

/// Whether an attestation counts for a requirement.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Judged {
    /// It could not be read, does not hold, or is about another artifact.
    Failed(Error),
    /// It holds, and was compared with what is demanded.
    Compared {
        /// What was verified.
        verified: Box<VerifiedStatement>,
        /// The checks.
        evaluation: Evaluation,
    },
}

impl Judged {
    /// Returns why the attestation does not count, if it does not.
    #[must_use]
    pub fn refusal(&self) -> Option<Code> {
        match self {
            Self::Failed(error) => Some(error.code()),
            Self::Compared { evaluation, .. } => evaluation.refusal().and_then(|check| check.refusal),
        }
    }
}

impl RequirementVerdict {
    /// Says whether enough attestations meet the requirement.
    #[must_use]
    pub fn is_met(&self) -> bool {
        self.met >= self.needed
    }

    /// Returns why it is not met: the reason of the attestation that came nearest.
    #[must_use]
    pub fn refusal(&self) -> Option<Code> {
        if self.is_met() {
            return None;
        }
        if self.met > 0 {
            return Some(Code::TooFewAttestations);
        }
        let nearest = self
            .attempts
            .iter()
            .filter_map(|attempt| attempt.judged.refusal());
        Some(
            nearest
                .min_by_key(|code| distance(*code))
                .unwrap_or(Code::NoAttestation),
        )
    }
}

/// How far from acceptance a refusal is. Among many attestations most are about something else, and the one that
/// nearly did is the one to hear of.
pub(crate) fn distance(code: Code) -> u8 {
    use crate::code::Outcome;
    match code {
        Code::PredicateTypeMismatch | Code::NotProvenance => 3,
        Code::KeyRequired => 6,
        Code::SubjectMismatch => 5,
        code => match code.outcome() {
            Outcome::NotAsExpected => 0,
            Outcome::Undecided => 1,
            Outcome::NotAuthentic => 2,
            Outcome::Unreadable => 7,
            Outcome::Configuration | Outcome::NoAttestation => 8,
        },
    }
}

impl Verdict {
    /// Says whether the artifact is accepted.
    #[must_use]
    pub fn is_accepted(&self) -> bool {
        !self.requirements.is_empty() && self.requirements.iter().all(RequirementVerdict::is_met)
    }

    /// Returns why the artifact is refused, if it is: the reason of the first requirement that is not met.
    #[must_use]
    pub fn refusal(&self) -> Option<Code> {
        if self.requirements.is_empty() {
            return Some(Code::NoRule);
        }
        self.requirements.iter().find_map(RequirementVerdict::refusal)
    }
}

/// An attestation whose signature was proven, or the reason why it was not.
pub type Authenticated = Result<SignedStatement, Error>;

impl Policy {
    /// Decides about an artifact.
    ///
    /// `attestations` are those that a verifier with the policy's roots and keys authenticated; `of_registry`
    /// the same ones, in the same order, authenticated with the npm registry's keys, or empty where no
    /// requirement asks for them.
    #[must_use]
    pub fn evaluate(
        &self,
        subject: Subject<'_>,
        artifact: &Artifact,
        attestations: &[Authenticated],
        of_registry: &[Authenticated],
    ) -> Verdict {
        let requirements = self
            .rules
            .iter()
            .filter(|rule| rule.matches(subject))
            .flat_map(|rule| {
                rule.requirements
                    .iter()
                    .map(|requirement| (rule.name.clone(), requirement))
            })
            .map(|(rule, requirement)| {
                let attestations = if requirement.is_of_registry() {
                    of_registry
                } else {
                    attestations
                };
                self.requirement(rule, requirement, artifact, attestations)
            });
        Verdict {
            requirements: requirements.collect(),
        }
    }

    fn requirement(
        &self,
        rule: String,
        requirement: &Requirement,
        artifact: &Artifact,
        attestations: &[Authenticated],
    ) -> RequirementVerdict {
        let judge = |(attestation, signed): (usize, &Authenticated)| {
            let verified = signed
                .as_ref()
                .map_err(Clone::clone)
                .and_then(|signed| signed.about(artifact));
            let judged = match verified {
                Err(error) => Judged::Failed(error),
                Ok(verified) => Judged::Compared {
                    evaluation: requirement.evaluate(&verified, &self.builders),
                    verified: Box::new(verified),
                },
            };
            Attempt { attestation, judged }
        };
        let attempts: Vec<Attempt> = attestations.iter().enumerate().map(judge).collect();
        let mut counted: Vec<&VerifiedStatement> = Vec::new();
        for attempt in &attempts {
            let Judged::Compared { verified, evaluation } = &attempt.judged else {
                continue;
            };
            let copy = |other: &&VerifiedStatement| {
                other.payload() == verified.payload()
                    && other.signature().signer() == verified.signature().signer()
            };
            if evaluation.refusal().is_none() && !counted.iter().any(copy) {
                counted.push(verified);
            }
        }
        RequirementVerdict {
            rule,
            name: requirement.name.clone(),
            needed: requirement.quantifier.needed(),
            met: counted.len(),
            attempts,
        }
    }
}

//! The answer about one artifact, whatever was asked.

use slsa_predicates::Digest;

use super::exit::Exit;
use crate::builder::BuildLevel;
use crate::check::Check;
use crate::code::Code;
use crate::error::Error;
use crate::expect::MatchedBuilder;
use crate::policy::{Judged, RequirementVerdict, Verdict, distance};
use crate::statement::{Verified, VerifiedStatement};

/// The answer about one artifact.
pub(crate) struct Answer {
    /// The artifact, as it was named in the call.
    pub(crate) artifact: String,
    /// What is known of it, or why it could not be read.
    pub(crate) digests: Result<Vec<Digest>, String>,
    /// What was demanded, and what came of it. Empty where no rule is for the artifact.
    pub(crate) demands: Vec<Demand>,
}

/// A demand, and what became of each attestation.
pub(crate) struct Demand {
    /// The rule that it stands in, and its name: `None` for the signer that the flags name.
    pub(crate) name: Option<(String, String)>,
    pub(crate) needed: usize,
    pub(crate) met: usize,
    /// In the order in which they were found.
    pub(crate) attempts: Vec<Attempt>,
}

/// What became of one attestation.
pub(crate) struct Attempt {
    /// Where it was found.
    pub(crate) origin: String,
    pub(crate) judgement: Judgement,
    /// The checks that were made of what it says.
    pub(crate) checks: Vec<Check>,
    /// The level that was proven, and the builder, where that was asked.
    pub(crate) built: Option<(BuildLevel, Option<MatchedBuilder>)>,
}

pub(crate) enum Judgement {
    Accepted(Verified),
    /// It holds, and nobody said whom to expect.
    Unjudged(Verified),
    /// It does not hold, or it does and is another's: then what was verified is kept.
    Refused {
        code: Code,
        message: String,
        verified: Option<Verified>,
    },
}

impl Judgement {
    pub(crate) fn failed(error: &Error) -> Self {
        Self::Refused {
            code: error.code(),
            message: error.to_string(),
            verified: None,
        }
    }
}

impl Attempt {
    pub(crate) fn new(origin: String, judgement: Judgement) -> Self {
        Self {
            origin,
            judgement,
            checks: Vec::new(),
            built: None,
        }
    }
}

impl Answer {
    /// The answer that a policy's verdict is.
    pub(crate) fn of_verdict(
        artifact: String,
        digests: Vec<Digest>,
        verdict: Verdict,
        origins: &[String],
    ) -> Self {
        let demand = |requirement: RequirementVerdict| Demand {
            name: Some((requirement.rule, requirement.name)),
            needed: requirement.needed,
            met: requirement.met,
            attempts: requirement
                .attempts
                .into_iter()
                .map(|attempt| {
                    let origin = origins.get(attempt.attestation).cloned().unwrap_or_default();
                    self::attempt(origin, attempt.judged)
                })
                .collect(),
        };
        Self {
            artifact,
            digests: Ok(digests),
            demands: verdict.requirements.into_iter().map(demand).collect(),
        }
    }

    /// The answer about an artifact that could not be read.
    pub(crate) fn unread(artifact: String, error: String) -> Self {
        Self {
            artifact,
            digests: Err(error),
            demands: Vec::new(),
        }
    }

    /// The answer where nothing but the signer is demanded.
    pub(crate) fn of_signer(artifact: String, digests: Vec<Digest>, attempts: Vec<Attempt>) -> Self {
        let accepted = |attempt: &&Attempt| matches!(attempt.judgement, Judgement::Accepted(_));
        let met = attempts.iter().filter(accepted).count();
        Self {
            artifact,
            digests: Ok(digests),
            demands: vec![Demand {
                name: None,
                needed: 1,
                met,
                attempts,
            }],
        }
    }

    /// Returns why the artifact is not accepted: a code and a text for each demand that is not met.
    pub(crate) fn reasons(&self) -> Vec<(Code, String)> {
        if let Err(error) = &self.digests {
            return vec![(Code::FileUnreadable, error.clone())];
        }
        if self.demands.is_empty() {
            let text = "the policy has no rule for this artifact".to_owned();
            return vec![(Code::NoRule, text)];
        }
        self.demands.iter().filter_map(Demand::reason).collect()
    }

    /// Every demand must be met. Of those that are not, the gravest decides.
    pub(crate) fn exit(&self) -> Exit {
        if self.digests.is_err() {
            return Exit::Undecided;
        }
        if self.demands.is_empty() {
            return Exit::Refused;
        }
        Exit::of_all(self.demands.iter().map(Demand::exit))
    }

    /// Returns the statements that were accepted.
    pub(crate) fn accepted(&self) -> impl Iterator<Item = (&VerifiedStatement, &Attempt)> {
        self.demands
            .iter()
            .flat_map(|demand| &demand.attempts)
            .filter_map(|attempt| match &attempt.judgement {
                Judgement::Accepted(Verified::Statement(statement)) => Some((statement.as_ref(), attempt)),
                _ => None,
            })
    }
}

impl Demand {
    pub(crate) fn is_met(&self) -> bool {
        self.met >= self.needed
    }

    /// Returns why this is not met: the reason of the attestation that came nearest.
    fn reason(&self) -> Option<(Code, String)> {
        if self.is_met() {
            return None;
        }
        Some(match self.told().first().map(|attempt| &attempt.judgement) {
            Some(Judgement::Refused { code, message, .. }) => (*code, message.clone()),
            Some(Judgement::Accepted(_)) => {
                let text = format!("{} of {} attestations", self.met, self.needed);
                (Code::TooFewAttestations, text)
            }
            Some(Judgement::Unjudged(_)) => {
                let text = "nobody was expected to have signed it".to_owned();
                (Code::IdentityRuleInvalid, text)
            }
            None => (Code::NoAttestation, "no attestation was found".to_owned()),
        })
    }

    /// One acceptable attestation is enough where one is needed; what else there is takes nothing away.
    pub(crate) fn exit(&self) -> Exit {
        if self.is_met() {
            return Exit::Accepted;
        }
        if self.met > 0 {
            return Exit::Refused;
        }
        // Otherwise the attestation that came nearest to acceptance tells why it was not.
        let nearest = self.attempts.iter().map(|attempt| match &attempt.judgement {
            Judgement::Accepted(_) => (0, Exit::Accepted),
            Judgement::Unjudged(_) => (0, Exit::Usage),
            Judgement::Refused { code, .. } => (distance(*code), code.outcome().into()),
        });
        nearest
            .min_by_key(|(distance, _)| *distance)
            .map_or(Exit::NoAttestation, |(_, exit)| exit)
    }

    /// Returns the attempts that are worth telling: the accepted ones, or else the nearest first, and none that
    /// is about something else where another is not.
    pub(crate) fn told(&self) -> Vec<&Attempt> {
        let accepted = |attempt: &&Attempt| matches!(attempt.judgement, Judgement::Accepted(_));
        let found: Vec<&Attempt> = self.attempts.iter().filter(accepted).collect();
        if self.is_met() {
            return found.into_iter().take(self.needed).collect();
        }
        let mut told: Vec<(u8, &Attempt)> = self
            .attempts
            .iter()
            .map(|attempt| match &attempt.judgement {
                Judgement::Refused { code, .. } => (distance(*code), attempt),
                _ => (0, attempt),
            })
            .collect();
        told.sort_by_key(|(distance, _)| *distance);
        told.into_iter().map(|(_, attempt)| attempt).collect()
    }
}

fn attempt(origin: String, judged: Judged) -> Attempt {
    match judged {
        Judged::Failed(error) => Attempt::new(origin, Judgement::failed(&error)),
        Judged::Compared { verified, evaluation } => {
            let verified = Verified::Statement(verified);
            let judgement = match evaluation.refusal() {
                None => Judgement::Accepted(verified),
                Some(check) => Judgement::Refused {
                    code: check.refusal.unwrap_or(Code::PolicyInvalid),
                    message: check.to_string(),
                    verified: Some(verified),
                },
            };
            Attempt {
                built: Some((evaluation.level, evaluation.builder.clone())),
                checks: evaluation.checks,
                ..Attempt::new(origin, judgement)
            }
        }
    }
}

//! Exit codes: an interface, see `docs/reference/findings.md`.

use std::process::ExitCode;

use crate::code::Outcome;

/// How the command ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    Accepted,
    /// A file, the network or the program itself failed, or something is missing for a decision.
    Undecided,
    /// The call or the configuration is at fault.
    Usage,
    NoAttestation,
    NotAuthentic,
    /// Authentic, and not what was asked for.
    Refused,
}

impl Exit {
    pub(crate) fn code(self) -> u8 {
        match self {
            Self::Accepted => 0,
            Self::Undecided => 1,
            Self::Usage => 2,
            Self::NoAttestation => 3,
            Self::NotAuthentic => 10,
            Self::Refused => 11,
        }
    }

    /// Of several artifacts' exits the gravest, and acceptance only if all were accepted.
    pub(crate) fn of_all(exits: impl IntoIterator<Item = Self>) -> Self {
        let grave = [
            Self::Usage,
            Self::Undecided,
            Self::NotAuthentic,
            Self::Refused,
            Self::NoAttestation,
            Self::Accepted,
        ];
        let exits: Vec<Self> = exits.into_iter().collect();
        grave
            .into_iter()
            .find(|exit| exits.contains(exit))
            .unwrap_or(Self::NoAttestation)
    }
}

impl From<Outcome> for Exit {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Unreadable | Outcome::NotAuthentic => Self::NotAuthentic,
            Outcome::NotAsExpected => Self::Refused,
            Outcome::Undecided => Self::Undecided,
            Outcome::NoAttestation => Self::NoAttestation,
            Outcome::Configuration => Self::Usage,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_refusal_among_acceptances_decides_and_nothing_at_all_is_no_acceptance() {
        assert_eq!(Exit::of_all([Exit::Accepted, Exit::Accepted]), Exit::Accepted);
        assert_eq!(
            Exit::of_all([Exit::Accepted, Exit::NotAuthentic, Exit::Accepted]),
            Exit::NotAuthentic
        );
        assert_eq!(
            Exit::of_all([Exit::Refused, Exit::NotAuthentic]),
            Exit::NotAuthentic
        );
        assert_eq!(
            Exit::of_all([Exit::NotAuthentic, Exit::Undecided]),
            Exit::Undecided
        );
        assert_eq!(Exit::of_all([]), Exit::NoAttestation);
    }
}

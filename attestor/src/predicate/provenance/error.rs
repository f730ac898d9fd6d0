//! Why provenance was not made.

use jiff::Timestamp;

use crate::predicate::error::shown;

/// Why provenance was not made of claims and details.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ProvenanceInputError {
    /// A claim has not the form that its issuer documents, so that URLs made of it would mean something else.
    #[error("claim {claim} is \"{found}\", not {expected}")]
    Claim {
        /// The claim.
        claim: &'static str,
        /// What it is, cut, printable.
        found: String,
        /// What it should be.
        expected: &'static str,
    },
    /// The build type does not describe runs that this event starts: what came from outside could not be enumerated.
    #[error("provenance does not describe runs started by {found}")]
    Event {
        /// The event, cut, printable.
        found: String,
    },
    /// There are parameters that the event does not have.
    #[error("a run started by {event} has no {parameter}")]
    ParameterOfOtherEvent {
        /// The event.
        event: String,
        /// The external parameter.
        parameter: &'static str,
    },
    /// The build type does not know this parameter of a release.
    #[error("\"{found}\" is no parameter of a release")]
    ReleaseParameter {
        /// Its name, cut, printable.
        found: String,
    },
    /// A descriptor has neither uri nor digest nor content.
    #[error("{field}, entry {index}: neither uri nor digest nor content")]
    Descriptor {
        /// The list.
        field: &'static str,
        /// Which one, from 0.
        index: usize,
    },
    /// The build ends before it begins.
    #[error("the build ended at {finished}, before it began at {started}")]
    Times {
        /// When it began.
        started: Timestamp,
        /// When it ended.
        finished: Timestamp,
    },
    /// The build type is not an absolute URI (RFC 3986, section 4.3).
    #[error("build type \"{found}\" is not an absolute URI")]
    BuildType {
        /// The type, cut, printable.
        found: String,
    },
    /// A build type adds no parameter, or one that the token or the event tells.
    #[error("a build type adds at least one external parameter, and none that the run itself has{}", named(.found))]
    Parameters {
        /// The parameter that the run itself has, cut, printable.
        found: Option<String>,
    },
    /// Only provenance v1 of a run on GitHub has build types with further parameters.
    #[error("further external parameters are of provenance v1 on GitHub alone")]
    NotExtended,
    /// Provenance v0.2 is written for GitHub only.
    #[error("provenance v0.2 is not written for GitLab")]
    NotInV02,
}

impl ProvenanceInputError {
    pub(super) fn claim(claim: &'static str, found: &str, expected: &'static str) -> Self {
        let found = shown(found);
        Self::Claim {
            claim,
            found,
            expected,
        }
    }
}

fn named(found: &Option<String>) -> String {
    found
        .as_ref()
        .map_or_else(String::new, |name| format!(": \"{name}\""))
}

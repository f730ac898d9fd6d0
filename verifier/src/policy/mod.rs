//! Policies: which artifacts need which attestations, and what these must say.
//!
//! ```text
//! YAML ─ Policy::read ─→ Policy
//! artifact's name ─ rules that match ─→ requirements ─ each against every attestation ─→ Verdict
//! ```
//! An artifact is accepted if every rule that matches it has every requirement met, and at least one rule
//! matches. What is not demanded takes nothing away: more attestations never refuse.

mod condition;
mod file;
mod pattern;
mod requirement;
mod verdict;
mod view;

pub use condition::{Condition, ConditionError, Language};
pub use file::{Policy, PolicyError, Rule, Subject, TrustedRootName};
pub use pattern::{NamePattern, NamePatternError};
pub use requirement::{Quantifier, Requirement, StatementExpectations};
#[cfg(feature = "cli")]
pub(crate) use verdict::distance;
pub use verdict::{Attempt, Authenticated, Judged, RequirementVerdict, Verdict};
#[cfg(feature = "cli")]
pub(crate) use view::provenance as provenance_view;

//! Trusted builders: which signer may speak for which builder, and up to which level it is believed.
//!
//! The table is data (`default.yaml`), as the specification wants it: pairs of signer and `builder.id`, each
//! with a level (<https://slsa.dev/spec/v1.1/verifying-artifacts#step-1-check-slsa-build-level>). What stands in
//! no row is level 1 at most, and only where the caller names it.

mod refs;
mod resolve;
mod rule;
#[cfg(test)]
mod tests;

use serde::Deserialize;

pub use refs::AllowedRef;
pub(crate) use resolve::{Question, Resolved};
pub use rule::{BuilderRule, BuilderRuleError};

/// A level of the SLSA build track, 0 to 3.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct BuildLevel(u8);

/// A number is not a level of the build track.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{found} is not a build level: 0 to 3 are")]
pub struct BuildLevelError {
    /// The number.
    pub found: u8,
}

impl BuildLevel {
    /// Nothing is known.
    pub const ZERO: Self = Self(0);
    /// Provenance exists.
    pub const ONE: Self = Self(1);
    /// It is authentic, and the build ran hosted.
    pub const TWO: Self = Self(2);
    /// It cannot be forged by the build.
    pub const THREE: Self = Self(3);

    /// Returns the number.
    #[must_use]
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<u8> for BuildLevel {
    type Error = BuildLevelError;

    fn try_from(found: u8) -> Result<Self, Self::Error> {
        if found <= 3 {
            Ok(Self(found))
        } else {
            Err(BuildLevelError { found })
        }
    }
}

impl From<BuildLevel> for u8 {
    fn from(level: BuildLevel) -> Self {
        level.0
    }
}

impl std::fmt::Display for BuildLevel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SLSA_BUILD_LEVEL_{}", self.0)
    }
}

/// How a builder's signature and its `builder.id` belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum BuilderKind {
    /// A reusable workflow signs, and is the builder: `builder.id` is the signer.
    ReusableWorkflow,
    /// A reusable workflow signs for another one, which is the builder and which only the predicate names.
    Delegator,
    /// The source repository's own workflow signs, and is the builder.
    CallerWorkflow,
    /// The npm command line writes the predicate in the job itself: worth what the certificate backs.
    NpmCli,
    /// The holder of a key that the caller gave.
    Key,
}

/// One row of the table.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct TrustedBuilder {
    /// The row's name, for people.
    pub name: String,
    /// How signature and `builder.id` belong together.
    pub kind: BuilderKind,
    /// Who vouches for the signer: the OIDC issuer, exactly. Not for keys.
    #[serde(default)]
    pub issuer: Option<String>,
    /// The workflow that signs, as a URL without ref. For `reusable-workflow` and `delegator`.
    #[serde(default)]
    pub signer: Option<String>,
    /// The refs at which the signer is trusted. For `reusable-workflow` and `delegator`.
    #[serde(default)]
    pub refs: Vec<AllowedRef>,
    /// What `builder.id` may be: for `npm-cli` and `key` exactly, for `delegator` what it begins with, up to
    /// a slash.
    #[serde(default)]
    pub builder_ids: Vec<String>,
    /// The refs at which a delegator's builders are trusted.
    #[serde(default)]
    pub builder_refs: Vec<AllowedRef>,
    /// What the names of the keys begin with. For `key`.
    #[serde(default)]
    pub key_prefix: Option<String>,
    /// The build types that it makes.
    pub build_types: Vec<String>,
    /// The level up to which it is believed.
    #[schemars(with = "u8")]
    pub level: BuildLevel,
}

/// Why a table cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildersError {
    /// It is not the YAML or JSON of a table.
    #[error("{detail}")]
    Malformed {
        /// What the parser said, with line and column.
        detail: String,
    },
    /// A field is missing that a row of this kind needs.
    #[error("builder {name:?}: {field} is missing")]
    Missing {
        /// The row.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// A field stands in a row of a kind that has no use for it.
    #[error("builder {name:?}: {field} has no meaning for this kind")]
    Meaningless {
        /// The row.
        name: String,
        /// The field.
        field: &'static str,
    },
    /// The signer is not the URL of a workflow without ref.
    #[error("builder {name:?}: {signer:?} is not the URL of a workflow, without ref")]
    Signer {
        /// The row.
        name: String,
        /// The signer.
        signer: String,
    },
}

/// The table of builders that are trusted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<TrustedBuilder>")]
pub struct TrustedBuilders {
    rows: Vec<TrustedBuilder>,
}

impl TryFrom<Vec<TrustedBuilder>> for TrustedBuilders {
    type Error = BuildersError;

    fn try_from(rows: Vec<TrustedBuilder>) -> Result<Self, Self::Error> {
        Self::new(rows)
    }
}

impl TrustedBuilders {
    /// Returns the table that ships with this library, `builder/default.yaml`.
    ///
    /// # Errors
    /// None that a released version returns: the table is tested.
    pub fn shipped() -> Result<Self, BuildersError> {
        serde_saphyr::from_str(include_str!("default.yaml")).map_err(|error| BuildersError::Malformed {
            detail: error.to_string(),
        })
    }

    /// Makes a table.
    ///
    /// # Errors
    /// [`BuildersError`] for a row that its kind cannot use.
    pub fn new(rows: Vec<TrustedBuilder>) -> Result<Self, BuildersError> {
        rows.iter().try_for_each(check)?;
        Ok(Self { rows })
    }

    /// Adds the rows of another table before these, so that they come first where both know a signer.
    #[must_use]
    pub fn extended(mut self, rows: Self) -> Self {
        self.rows.splice(0..0, rows.rows);
        self
    }

    /// Keeps the rows that a caller chooses.
    #[must_use]
    pub fn only(mut self, keep: impl Fn(&TrustedBuilder) -> bool) -> Self {
        self.rows.retain(keep);
        self
    }

    /// Returns the rows.
    #[must_use]
    pub fn rows(&self) -> &[TrustedBuilder] {
        &self.rows
    }
}

fn check(row: &TrustedBuilder) -> Result<(), BuildersError> {
    use BuilderKind::{Delegator, Key, NpmCli, ReusableWorkflow};
    let (workflow, by_id) = (
        matches!(row.kind, ReusableWorkflow | Delegator),
        matches!(row.kind, Delegator | NpmCli | Key),
    );
    let fields = [
        ("issuer", row.issuer.is_some(), row.kind != Key),
        ("signer", row.signer.is_some(), workflow),
        ("refs", !row.refs.is_empty(), workflow),
        ("builder-ids", !row.builder_ids.is_empty(), by_id),
        (
            "builder-refs",
            !row.builder_refs.is_empty(),
            row.kind == Delegator,
        ),
        ("key-prefix", row.key_prefix.is_some(), row.kind == Key),
        ("build-types", !row.build_types.is_empty(), true),
    ];
    for (field, present, needed) in fields {
        let name = || row.name.clone();
        match (present, needed) {
            (false, true) => return Err(BuildersError::Missing { name: name(), field }),
            (true, false) => return Err(BuildersError::Meaningless { name: name(), field }),
            _ => {}
        }
    }
    if let Some(signer) = &row.signer
        && (!signer.starts_with("https://") || signer.contains(['@', '*', ' ']))
    {
        return Err(BuildersError::Signer {
            name: row.name.clone(),
            signer: signer.clone(),
        });
    }
    Ok(())
}

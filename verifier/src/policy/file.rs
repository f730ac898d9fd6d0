//! The policy file.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer};

use super::pattern::NamePattern;
use super::requirement::Requirement;
use crate::builder::{BuildersError, TrustedBuilder, TrustedBuilders};

/// Bytes of a policy file: 1 MiB.
const MAX_BYTES: usize = 1 << 20;

/// A policy: whom to trust, and what is demanded of which artifact.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The roots of trust that it names; none means the caller's own.
    pub roots: Vec<TrustedRootName>,
    /// Files with public keys, relative to the policy, each with the name by which attestations know it.
    pub keys: Vec<(String, Option<String>)>,
    /// The builders that are trusted.
    pub builders: TrustedBuilders,
    /// The rules.
    pub rules: Vec<Rule>,
}

/// A root of trust that a policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustedRootName {
    /// One that is built in.
    Embedded(crate::trust::EmbeddedRoot),
    /// A `trusted_root.json`, relative to the policy.
    File(String),
}

/// What is demanded of some artifacts.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Rule {
    /// Its name, for people.
    pub name: String,
    /// The artifacts that it is for. Empty means any, which only flags can say.
    pub(crate) artifacts: Vec<NamePattern>,
    pub(crate) images: Vec<NamePattern>,
    pub(crate) packages: Vec<NamePattern>,
    pub(crate) anything: bool,
    /// What must be attested.
    pub requirements: Vec<Requirement>,
}

/// What an artifact is called, as its caller knows it. A name in an attestation is its author's choice, and
/// never decides which rule holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Subject<'a> {
    /// A file, by its name without folders.
    Artifact(&'a str),
    /// An image, by its name without tag and digest.
    Image(&'a str),
    /// A package, by its purl without version.
    Package(&'a str),
}

/// Why a policy cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PolicyError {
    /// It is larger than a policy can be.
    #[error("{found} bytes, at most {MAX_BYTES} are allowed")]
    TooLarge {
        /// Its size.
        found: usize,
    },
    /// It is not a policy: not YAML, or a key or value that a policy does not have.
    #[error("{detail}")]
    Malformed {
        /// What is wrong, with line and column.
        detail: String,
    },
    /// Its builders cannot be used.
    #[error(transparent)]
    Builders(#[from] BuildersError),
}

impl PolicyError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> crate::Code {
        crate::Code::PolicyInvalid
    }
}

/// The file as it is written.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "Policy of slsa-verify")]
pub(crate) struct Written {
    /// The version of this format: 1.
    #[schemars(with = "u8", range(min = 1, max = 1))]
    #[serde(rename = "version")]
    _version: Version,
    /// Whom to trust. Left out, the roots that are built in.
    #[serde(default)]
    trust: Trust,
    /// Which builders to trust beside the default ones.
    #[serde(default)]
    builders: Builders,
    /// What is demanded of which artifact. At least one.
    #[schemars(length(min = 1))]
    rules: NotEmpty<WrittenRule>,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(try_from = "u8")]
struct Version;

impl TryFrom<u8> for Version {
    type Error = String;

    fn try_from(version: u8) -> Result<Self, Self::Error> {
        if version == 1 {
            Ok(Self)
        } else {
            Err(format!("version {version} is unknown, 1 is known"))
        }
    }
}

/// Whom to trust.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Trust {
    /// Roots of trust: public-good, github, staging, or the path of a trusted_root.json beside the policy.
    roots: Vec<String>,
    /// Public keys that may sign without certificate.
    keys: Vec<WrittenKey>,
}

/// A public key.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct WrittenKey {
    /// The path of its file, PEM or JWK, beside the policy.
    file: String,
    /// The name by which attestations know it.
    #[serde(default)]
    name: Option<String>,
}

/// Which builders to trust.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct Builders {
    /// Trust none of the default builders.
    replace_default: bool,
    /// Further builders. They come first where both name a signer.
    #[schemars(with = "Vec<TrustedBuilder>")]
    add: TrustedBuilders,
}

/// What is demanded of some artifacts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(rename = "Rule")]
struct WrittenRule {
    /// Its name, for people.
    name: String,
    /// The artifacts that it is for.
    #[serde(rename = "match")]
    #[schemars(with = "WrittenMatch")]
    matches: Match,
    /// What must be attested to them: all of these. At least one.
    #[schemars(length(min = 1))]
    require: NotEmpty<Requirement>,
}

/// Names of artifacts. At least one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
#[schemars(rename = "Match")]
struct WrittenMatch {
    /// Files, by their names without folders.
    artifact: Vec<NamePattern>,
    /// Images, by their names without tag and digest.
    image: Vec<NamePattern>,
    /// Packages, by their purls without version: pkg:npm/@scope/name.
    package: Vec<NamePattern>,
}

/// Names of artifacts, at least one.
#[derive(Debug, Clone, Deserialize)]
#[serde(try_from = "WrittenMatch")]
struct Match(WrittenMatch);

impl TryFrom<WrittenMatch> for Match {
    type Error = &'static str;

    fn try_from(written: WrittenMatch) -> Result<Self, Self::Error> {
        if written.artifact.is_empty() && written.image.is_empty() && written.package.is_empty() {
            Err("match names no artifact, image or package")
        } else {
            Ok(Self(written))
        }
    }
}

/// A list with something in it.
#[derive(Debug, Clone, JsonSchema)]
#[schemars(transparent)]
struct NotEmpty<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for NotEmpty<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let list = Vec::deserialize(deserializer)?;
        if list.is_empty() {
            Err(serde::de::Error::custom(
                "an empty list demands nothing, and would accept anything",
            ))
        } else {
            Ok(Self(list))
        }
    }
}

impl Policy {
    /// Reads a policy from YAML, of which JSON is a part.
    ///
    /// # Errors
    /// [`PolicyError`], for an unknown key as well, with line and column.
    pub fn read(text: &str) -> Result<Self, PolicyError> {
        if text.len() > MAX_BYTES {
            return Err(PolicyError::TooLarge { found: text.len() });
        }
        let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
        let written: Written = serde_saphyr::from_str_with_options(text, options).map_err(malformed)?;
        let builders = written.builders.add;
        let builders = if written.builders.replace_default {
            builders
        } else {
            TrustedBuilders::shipped()?.extended(builders)
        };
        let root = |name: String| match name.as_str() {
            "public-good" => TrustedRootName::Embedded(crate::trust::EmbeddedRoot::PublicGood),
            "github" => TrustedRootName::Embedded(crate::trust::EmbeddedRoot::GitHub),
            "staging" => TrustedRootName::Embedded(crate::trust::EmbeddedRoot::Staging),
            _ => TrustedRootName::File(name),
        };
        let rules = written.rules.0.into_iter().map(rule).collect();
        Ok(Self {
            roots: written.trust.roots.into_iter().map(root).collect(),
            keys: written
                .trust
                .keys
                .into_iter()
                .map(|key| (key.file, key.name))
                .collect(),
            builders,
            rules,
        })
    }

    /// A policy that demands the same of whatever it is asked about.
    #[must_use]
    pub fn of_anything(builders: TrustedBuilders, requirements: Vec<Requirement>) -> Self {
        Self {
            roots: Vec::new(),
            keys: Vec::new(),
            builders,
            rules: vec![Rule {
                name: "the call".to_owned(),
                artifacts: Vec::new(),
                images: Vec::new(),
                packages: Vec::new(),
                anything: true,
                requirements,
            }],
        }
    }

    /// Returns the JSON Schema of the policy file.
    #[must_use]
    pub fn json_schema() -> serde_json::Value {
        schemars::schema_for!(Written).to_value()
    }
}

fn malformed(error: serde_saphyr::Error) -> PolicyError {
    PolicyError::Malformed {
        detail: error.to_string(),
    }
}

fn rule(written: WrittenRule) -> Rule {
    let WrittenMatch {
        artifact,
        image,
        package,
    } = written.matches.0;
    Rule {
        name: written.name,
        artifacts: artifact,
        images: image,
        packages: package,
        anything: false,
        requirements: written.require.0,
    }
}

impl Policy {
    /// Says whether a requirement asks for what npm's registry signs.
    #[must_use]
    pub fn asks_registry(&self) -> bool {
        let mut requirements = self.rules.iter().flat_map(|rule| &rule.requirements);
        requirements.any(Requirement::is_of_registry)
    }
}

impl Rule {
    /// Returns in words what the rule is for.
    #[must_use]
    pub fn describe(&self) -> String {
        let kinds = [
            ("files", &self.artifacts),
            ("images", &self.images),
            ("packages", &self.packages),
        ];
        let named: Vec<String> = kinds
            .into_iter()
            .filter(|(_, patterns)| !patterns.is_empty())
            .map(|(kind, patterns)| {
                let patterns: Vec<String> = patterns.iter().map(ToString::to_string).collect();
                format!("{kind} called {}", patterns.join(" or "))
            })
            .collect();
        if named.is_empty() {
            "anything".to_owned()
        } else {
            named.join(", and ")
        }
    }

    /// Says whether the rule is for this artifact.
    #[must_use]
    pub fn matches(&self, subject: Subject<'_>) -> bool {
        let (patterns, name) = match subject {
            Subject::Artifact(name) => (&self.artifacts, name),
            Subject::Image(name) => (&self.images, name),
            Subject::Package(name) => (&self.packages, name),
        };
        self.anything || patterns.iter().any(|pattern| pattern.matches(name))
    }
}

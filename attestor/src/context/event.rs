//! What a person or a release handed to the run, as the runner's event file has it.
//!
//! The token does not say it, so it is only as good as the file: in a job where a build runs, the build can write the
//! file before it is read. The caller says whether this is such a job, and then it is not read at all.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use serde_json::{Map, Value};
use slsa_predicates::json::{self, JsonError, JsonLimits};

use crate::claims::GitHubClaims;
use crate::http::excerpt;

/// Bytes of an event file: 1 MiB. A release's text has at most 125 000 characters, all inputs of a dispatch together
/// 65 535 (docs.github.com, "Events that trigger workflows").
const EVENT_LIMIT: usize = 1 << 20;
/// JSON values in an event file: 100 000, which take 3 MiB.
const EVENT_VALUES: usize = 100_000;
/// What stands for a value that must not be shown. That there was one remains to be seen.
const MASKED: &str = "***";

/// Whether what is in this job's files was written by the platform alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Isolation {
    /// Nothing of the project runs or ran in this job.
    Isolated,
    /// The build is in this job, or was.
    Shared,
}

/// The event that started the run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum EventPayload {
    /// As the platform wrote it.
    Read(Map<String, Value>),
    /// Not looked at, because the job is [`Shared`](Isolation::Shared).
    NotRead,
}

/// What was handed to the run besides its source.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[allow(
    clippy::exhaustive_structs,
    reason = "the parameters of the build type, and made in tests"
)]
pub struct ExternalInputs {
    /// `inputs` of a `workflow_dispatch`, without empty ones.
    pub inputs: Map<String, Value>,
    /// `vars`, without empty ones.
    pub vars: Map<String, Value>,
    /// What of a `release` is not as it is by default.
    pub release: Option<Map<String, Value>>,
    /// Whether the event was read; without it, `inputs` and `release` are unknown and not absent.
    pub event_read: bool,
}

/// Why the event is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EventError {
    /// The file cannot be read.
    #[error("the event file cannot be read: {kind}")]
    File {
        /// Why.
        kind: io::ErrorKind,
    },
    /// The file is larger than events are.
    #[error("the event file has more than {limit} bytes")]
    TooLarge {
        /// The limit.
        limit: usize,
    },
    /// The file is not a JSON object of one meaning.
    #[error("the event file: {0}")]
    Json(#[from] JsonError),
    /// The event is about another repository than the token.
    #[error("the event is about repository {}, the token about {expected}", found.as_deref().unwrap_or("without id"))]
    Repository {
        /// `repository_id` of the token.
        expected: String,
        /// The repository's `id` in the event.
        found: Option<String>,
    },
    /// A field that is recorded has another type.
    #[error("{field} of the event is not {expected}")]
    Field {
        /// Which one.
        field: String,
        /// The type.
        expected: &'static str,
    },
}

impl EventError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "event-file",
            Self::TooLarge { .. } => "event-too-large",
            Self::Json(_) => "event-json",
            Self::Repository { .. } => "event-repository",
            Self::Field { .. } => "event-field",
        }
    }
}

impl EventPayload {
    /// Reads the file that `GITHUB_EVENT_PATH` names, but in a shared job.
    ///
    /// # Errors
    /// [`EventError::File`], and as [`parse`](Self::parse).
    pub fn file(path: &Path, isolation: Isolation) -> Result<Self, EventError> {
        if isolation == Isolation::Shared {
            return Ok(Self::NotRead);
        }
        let mut bytes = Vec::new();
        let most = u64::try_from(EVENT_LIMIT).unwrap_or(u64::MAX).saturating_add(1);
        File::open(path)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .map_err(|error| EventError::File { kind: error.kind() })?;
        Self::parse(&bytes, isolation)
    }

    /// Reads the content of such a file, but in a shared job.
    ///
    /// # Errors
    /// [`EventError::TooLarge`] and [`EventError::Json`].
    pub fn parse(bytes: &[u8], isolation: Isolation) -> Result<Self, EventError> {
        if isolation == Isolation::Shared {
            return Ok(Self::NotRead);
        }
        if bytes.len() > EVENT_LIMIT {
            return Err(EventError::TooLarge { limit: EVENT_LIMIT });
        }
        let limits = JsonLimits {
            values: EVENT_VALUES,
            ..JsonLimits::default()
        };
        Ok(Self::Read(json::from_slice(bytes, &limits)?))
    }

    /// Returns what was handed to the run of these claims, with the values of `masked` inputs and variables as `***`.
    ///
    /// Masked ones are not left out: external parameters are complete, or a reader could not tell (SLSA provenance v1,
    /// `externalParameters`).
    ///
    /// # Errors
    /// [`EventError::Repository`] and [`EventError::Field`].
    pub fn external_inputs(
        &self,
        claims: &GitHubClaims,
        vars: &Map<String, Value>,
        masked: &[String],
    ) -> Result<ExternalInputs, EventError> {
        let vars = parameters("vars", Some(vars), masked)?;
        let Self::Read(event) = self else {
            return Ok(ExternalInputs {
                vars,
                ..ExternalInputs::default()
            });
        };
        let repository = event.get("repository").and_then(Value::as_object);
        let found = repository.and_then(|r| r.get("id")).and_then(Value::as_u64);
        let found = found.map(|id| id.to_string());
        // `schedule` is the one event without a repository, and hands nothing over.
        let about_none = repository.is_none() && claims.event_name == "schedule";
        if found.as_deref() != Some(claims.repository_id.as_str()) && !about_none {
            return Err(EventError::Repository {
                expected: claims.repository_id.clone(),
                found,
            });
        }
        let branch = repository.and_then(|r| r.get("default_branch"));
        Ok(ExternalInputs {
            inputs: match claims.event_name.as_str() {
                "workflow_dispatch" => parameters("inputs", object(event, "inputs")?, masked)?,
                _ => Map::new(),
            },
            vars,
            release: match claims.event_name.as_str() {
                "release" => Some(release(object(event, "release")?, branch)?).filter(|r| !r.is_empty()),
                _ => None,
            },
            event_read: true,
        })
    }
}

fn object<'a>(
    event: &'a Map<String, Value>,
    name: &str,
) -> Result<Option<&'a Map<String, Value>>, EventError> {
    match event.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Object(object)) => Ok(Some(object)),
        Some(_) => Err(wrong(name, "an object")),
    }
}

fn wrong(field: &str, expected: &'static str) -> EventError {
    EventError::Field {
        field: excerpt(field, 100),
        expected,
    }
}

/// Those that are not empty, as they are.
fn parameters(
    what: &str,
    given: Option<&Map<String, Value>>,
    masked: &[String],
) -> Result<Map<String, Value>, EventError> {
    let mut kept = Map::new();
    for (name, value) in given.into_iter().flatten() {
        let value = match value {
            Value::Null => continue,
            Value::String(text) if text.is_empty() => continue,
            Value::Array(_) | Value::Object(_) => {
                return Err(wrong(&format!("{what}.{name}"), "text, a number or a boolean"));
            }
            // GitHub does not tell names apart by case.
            _ if masked.iter().any(|secret| secret.eq_ignore_ascii_case(name)) => MASKED.into(),
            value => value.clone(),
        };
        kept.insert(name.clone(), value);
    }
    Ok(kept)
}

/// The parameters of a release that have other values than by default
/// (<https://docs.github.com/en/rest/releases/releases#create-a-release>).
fn release(
    given: Option<&Map<String, Value>>,
    default_branch: Option<&Value>,
) -> Result<Map<String, Value>, EventError> {
    let given = given.ok_or_else(|| wrong("release", "an object"))?;
    let mut kept = Map::new();
    for (name, is_text) in [
        ("body", true),
        ("draft", false),
        ("name", true),
        ("prerelease", false),
        ("target_commitish", true),
    ] {
        let value = match given.get(name) {
            None | Some(Value::Null | Value::Bool(false)) => continue,
            Some(Value::String(text)) if text.is_empty() => continue,
            Some(value) if name == "target_commitish" && Some(value) == default_branch => continue,
            Some(value) => value,
        };
        match value {
            Value::String(_) if is_text => {}
            Value::Bool(_) if !is_text => {}
            _ => {
                let expected = if is_text { "text" } else { "a boolean" };
                return Err(wrong(&format!("release.{name}"), expected));
            }
        }
        kept.insert(name.to_owned(), value.clone());
    }
    Ok(kept)
}

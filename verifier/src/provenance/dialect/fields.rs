//! Reading fields of a build type's own.

use serde_json::{Map, Value};
use slsa_predicates::predicate::provenance_v1::BuildDefinition;
use slsa_predicates::{DigestSet, ResourceDescriptor};

use crate::provenance::{Provenance, ProvenanceError, Source, Workflow};

/// Returns a text, or a number as text: some producers write run numbers as numbers. Empty counts as absent.
pub(super) fn text(map: &Map<String, Value>, key: &str) -> Option<String> {
    match map.get(key) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    }
}

pub(super) fn object<'a>(map: &'a Map<String, Value>, key: &str) -> Option<&'a Map<String, Value>> {
    map.get(key).and_then(Value::as_object)
}

/// Reads the source from a location and the digests beside it.
pub(super) fn source(
    field: &'static str,
    location: Option<&str>,
    digests: Option<&DigestSet>,
) -> Result<Option<Source>, ProvenanceError> {
    let Some(location) = location else { return Ok(None) };
    let source = Source::read(location, digests);
    source
        .map(Some)
        .map_err(|source| ProvenanceError::Source { field, source })
}

/// Reads the source from what was fetched first: that is what these producers build from.
pub(super) fn first_source(
    field: &'static str,
    fetched: &[ResourceDescriptor],
) -> Result<Option<Source>, ProvenanceError> {
    let Some(first) = fetched.first() else {
        return Ok(None);
    };
    source(field, first.uri.as_deref(), first.digest.as_ref())
}

/// Reads the file that was started from the external parameter that has its `repository`, `path` and `ref`.
pub(super) fn started(
    definition: &BuildDefinition,
    parameter: &str,
    field: &'static str,
) -> Result<Workflow, ProvenanceError> {
    let expected = |expected| ProvenanceError::Field {
        build_type: definition.build_type.clone(),
        field,
        expected,
    };
    let file = object(&definition.external_parameters, parameter).ok_or_else(|| expected("an object"))?;
    let (Some(repository), Some(path)) = (text(file, "repository"), text(file, "path")) else {
        return Err(expected("a repository, a path and a ref"));
    };
    let repository = Source::read(&repository, None)
        .map_err(|source| ProvenanceError::Source { field, source })?
        .repository;
    Ok(Workflow {
        repository,
        path,
        git_ref: text(file, "ref"),
    })
}

/// Reads `owner/name/path/of/workflow.yml@ref`, as `GITHUB_WORKFLOW_REF` has it, on GitHub's own server.
pub(super) fn workflow_ref(text: &str) -> Option<Workflow> {
    let (path, git_ref) = text.split_once('@')?;
    let mut parts = path.splitn(3, '/');
    let (owner, name, path) = (parts.next()?, parts.next()?, parts.next()?);
    if [owner, name, path, git_ref].iter().any(|part| part.is_empty()) {
        return None;
    }
    Some(Workflow {
        repository: format!("https://github.com/{owner}/{name}"),
        path: path.to_owned(),
        git_ref: Some(git_ref.to_owned()),
    })
}

/// The prefix and the spelling of the variables in which a run describes itself.
#[derive(Clone, Copy)]
pub(super) enum Spelling {
    /// `github_event_name`, as slsa-github-generator writes v0.2.
    Lower,
    /// `GITHUB_EVENT_NAME`, as the runner has it.
    Upper,
}

impl Spelling {
    fn key(self, name: &str) -> String {
        match self {
            Self::Lower => format!("github_{}", name.to_ascii_lowercase()),
            Self::Upper => format!("GITHUB_{name}"),
        }
    }
}

/// Takes over what the variables of a GitHub run say of it.
pub(super) fn github_run(variables: &Map<String, Value>, spelling: Spelling, view: &mut Provenance) {
    let get = |name: &str| text(variables, &spelling.key(name));
    view.event = get("EVENT_NAME");
    view.repository_id = get("REPOSITORY_ID");
    view.repository_owner_id = get("REPOSITORY_OWNER_ID");
    view.run.id = get("RUN_ID");
    view.run.attempt = get("RUN_ATTEMPT");
    let payload = object(variables, &spelling.key("EVENT_PAYLOAD"));
    let git_ref = get("REF").or_else(|| view.source.as_ref().and_then(|source| source.git_ref.clone()));
    view.branch = match get("REF_TYPE").as_deref() {
        Some("branch") => git_ref,
        // A tag's branch is known only where the event says it.
        Some("tag") => {
            let release = payload.and_then(|payload| object(payload, "release"));
            get("BASE_REF")
                .or_else(|| payload.and_then(|payload| text(payload, "base_ref")))
                .or_else(|| release.and_then(|release| text(release, "target_commitish")))
        }
        _ => git_ref.filter(|git_ref| git_ref.starts_with("refs/heads/")),
    };
    if view.event.as_deref() == Some("workflow_dispatch")
        && let Some(inputs) = payload.and_then(|payload| object(payload, "inputs"))
    {
        view.inputs = inputs.clone();
    }
}

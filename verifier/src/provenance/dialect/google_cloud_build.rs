//! Google Cloud Build: provenance v0.1 of its workers 0.2 and 0.3, and provenance v1.

use serde_json::Value;
use slsa_predicates::predicate::{provenance_v01, provenance_v1};

use super::fields::{object, text};
use crate::provenance::source::commit;
use crate::provenance::{Provenance, ProvenanceError, Source, Workflow};

pub(super) fn v01(
    predicate: &provenance_v01::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    let Some(material) = predicate.materials.first() else {
        return Ok(());
    };
    let Some(uri) = material.uri.as_deref() else {
        return Ok(());
    };
    // A source in a bucket is no repository. Where it stands is all that is known of it.
    if uri.starts_with("gs://") {
        view.source = Some(Source {
            repository: uri.split_once('#').map_or(uri, |(object, _)| object).to_owned(),
            git_ref: None,
            commit: None,
        });
    }
    // Worker 0.2 writes the commit into the URI, worker 0.3 beside it.
    let (repository, in_uri) = match uri.split_once("/commit/").or_else(|| uri.split_once('#')) {
        Some((repository, commit)) => (repository, Some(commit.to_owned())),
        None => (uri, None),
    };
    let substitutions = predicate
        .recipe
        .as_ref()
        .and_then(|recipe| object(&recipe.arguments, "substitutions"));
    let get = |key| substitutions.and_then(|substitutions| text(substitutions, key));
    if let Ok(mut source) = Source::read(repository, None) {
        source.commit = material.digest.as_ref().and_then(commit).or(in_uri);
        source.git_ref = match (get("TAG_NAME"), get("BRANCH_NAME")) {
            (Some(tag), _) => Some(format!("refs/tags/{tag}")),
            (None, Some(branch)) => Some(format!("refs/heads/{branch}")),
            (None, None) => None,
        };
        view.workflow = predicate
            .recipe
            .as_ref()
            .and_then(|recipe| recipe.entry_point.clone())
            .map(|path| Workflow {
                repository: source.repository.clone(),
                path,
                git_ref: source.git_ref.clone(),
            });
        view.source = Some(source);
    }
    view.branch = get("BRANCH_NAME").map(|branch| format!("refs/heads/{branch}"));
    view.run.id = view.run.invocation_id.clone();
    Ok(())
}

pub(super) fn v1(
    predicate: &provenance_v1::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    let definition = &predicate.build_definition;
    let parameters = &definition.external_parameters;
    if let Some(config) = object(parameters, "buildConfigSource")
        && let (Some(repository), Some(path)) = (text(config, "repository"), text(config, "path"))
    {
        let field = "externalParameters.buildConfigSource.repository";
        let source =
            Source::read(&repository, None).map_err(|source| ProvenanceError::Source { field, source })?;
        let git_ref = text(config, "ref");
        view.branch = git_ref
            .clone()
            .filter(|git_ref| git_ref.starts_with("refs/heads/"));
        let commit = definition.resolved_dependencies.iter().find_map(|dependency| {
            let uri = dependency.uri.as_deref()?;
            let same = Source::read(uri, None).is_ok_and(|read| read.repository == source.repository);
            same.then(|| dependency.digest.as_ref().and_then(commit))
                .flatten()
        });
        let repository = source.repository;
        view.workflow = Some(Workflow {
            repository: repository.clone(),
            path,
            git_ref: git_ref.clone(),
        });
        view.source = Some(Source {
            repository,
            git_ref,
            commit,
        });
    }
    view.inputs = parameters
        .get("substitutions")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    view.run.id = view.run.invocation_id.clone();
    Ok(())
}

//! Where each build type keeps source, workflow, event and inputs.

mod container_based;
mod fields;
mod github_workflow;
mod gitlab_pipeline;
mod google_cloud_build;
mod npm_cli;
mod slsa_generator;

use slsa_predicates::predicate::{provenance_v01, provenance_v1, provenance_v02};

use super::{Provenance, ProvenanceError};

/// Build types of our own: for reusable workflows slsa-framework's, and what a workflow adds to it; and GitLab's pipelines.
const CONTAINER_BASED: &str =
    "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/container-based-v1.md";
const DELEGATED: &str =
    "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/delegated-v1.md";
const NPM_PACKAGE: &str =
    "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/npm-package-v1.md";
const GITLAB_PIPELINE: &str =
    "https://github.com/slsa-tools/slsa/blob/main/docs/reference/buildtypes/gitlab-pipeline-v1.md";

type Read<P> = fn(&P, &mut Provenance) -> Result<(), ProvenanceError>;

/// Build types of provenance v1, the dialect's name, and its reader.
const V1: &[(&str, &str, Read<provenance_v1::Provenance>)] = &[
    (
        "https://actions.github.io/buildtypes/workflow/v1",
        "github-workflow",
        github_workflow::read,
    ),
    (
        "https://slsa-framework.github.io/github-actions-buildtypes/workflow/v1",
        "slsa-framework-workflow",
        github_workflow::read,
    ),
    (
        CONTAINER_BASED,
        "slsa-tools-container-based",
        github_workflow::read,
    ),
    (DELEGATED, "slsa-tools-delegated", github_workflow::read),
    (NPM_PACKAGE, "slsa-tools-npm-package", github_workflow::read),
    (
        GITLAB_PIPELINE,
        "slsa-tools-gitlab-pipeline",
        gitlab_pipeline::read,
    ),
    (
        "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
        "slsa-github-generator-delegator",
        slsa_generator::delegator_v1,
    ),
    (
        "https://slsa.dev/container-based-build/v0.1?draft",
        "container-based",
        container_based::read,
    ),
    (
        "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
        "google-cloud-build",
        google_cloud_build::v1,
    ),
];

/// Build types of provenance v0.2.
const V02: &[(&str, &str, Read<provenance_v02::Provenance>)] = &[
    (
        "https://github.com/slsa-framework/slsa-github-generator/generic@v1",
        "slsa-github-generator-generic",
        slsa_generator::v02,
    ),
    (
        "https://github.com/slsa-framework/slsa-github-generator/container@v1",
        "slsa-github-generator-container",
        slsa_generator::v02,
    ),
    (
        "https://github.com/slsa-framework/slsa-github-generator/go@v1",
        "slsa-github-generator-go",
        slsa_generator::v02,
    ),
    (
        "https://github.com/slsa-framework/slsa-github-generator@v1",
        "slsa-github-generator-go",
        slsa_generator::v02,
    ),
    (
        "https://github.com/slsa-framework/slsa-github-generator-go@v1",
        "slsa-github-generator-go",
        slsa_generator::v02,
    ),
    (
        "https://github.com/slsa-framework/slsa-github-generator/delegator-generic@v0",
        "slsa-github-generator-delegator",
        slsa_generator::v02,
    ),
    ("https://github.com/npm/cli/gha@v1", "npm-cli", npm_cli::github),
    ("https://github.com/npm/cli/gha/v2", "npm-cli", npm_cli::github),
    (
        "https://github.com/npm/cli/gitlab/v0alpha1",
        "npm-cli-gitlab",
        npm_cli::gitlab,
    ),
];

/// The external parameters of slsa-framework's build type, and of ours that add to it.
const OF_WORKFLOW: &[&str] = &["workflow", "inputs", "vars", "release"];

/// Says whether a dialect's build type defines an external parameter, or does not say which it has.
pub(super) fn knows_parameter(dialect: Option<&str>, name: &str) -> bool {
    let (parameters, further): (&[&str], &[&str]) = match dialect {
        Some("github-workflow") => (&["workflow"], &[]),
        Some("slsa-framework-workflow") => (OF_WORKFLOW, &[]),
        Some("slsa-tools-container-based") => (OF_WORKFLOW, &["builderImage", "command", "artifacts"]),
        Some("slsa-tools-delegated") => (OF_WORKFLOW, &["tool", "action", "toolInputs", "artifacts"]),
        Some("slsa-tools-npm-package") => (OF_WORKFLOW, &["directory", "nodeVersion", "runScripts"]),
        Some("slsa-tools-gitlab-pipeline") => (&["pipeline", "inputs", "variables"], &[]),
        Some("container-based") => (&["source", "builderImage", "configPath", "buildConfig"], &[]),
        Some(name) if name.starts_with("slsa-github-generator-") => {
            (&["event_inputs", "inputs", "vars"], &[])
        }
        // The whole build stands among the arguments of v0.1, which no document enumerates.
        Some("google-cloud-build-v0.1") => return true,
        Some("google-cloud-build") => (&["buildConfigSource", "substitutions"], &[]),
        _ => (&[], &[]),
    };
    parameters.contains(&name) || further.contains(&name)
}

pub(super) fn v1(
    predicate: &provenance_v1::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    read(V1, predicate, view)
}

pub(super) fn v02(
    predicate: &provenance_v02::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    read(V02, predicate, view)
}

pub(super) fn v01(
    predicate: &provenance_v01::Provenance,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    if predicate
        .builder
        .id
        .starts_with("https://cloudbuild.googleapis.com/GoogleHostedWorker@")
    {
        view.dialect = Some("google-cloud-build-v0.1");
        google_cloud_build::v01(predicate, view)?;
    }
    Ok(())
}

fn read<P>(
    dialects: &[(&str, &'static str, Read<P>)],
    predicate: &P,
    view: &mut Provenance,
) -> Result<(), ProvenanceError> {
    match dialects
        .iter()
        .find(|(build_type, _, _)| *build_type == view.build_type)
    {
        Some((_, name, read)) => {
            view.dialect = Some(name);
            read(predicate, view)
        }
        None => Ok(()),
    }
}

//! From a command to what is said of the artifacts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::args::{AttestCommand, CommonArgs, ProvenanceArgs, ProvenanceVersion};
use super::failure::Failure;
use super::session::{Session, read};
use crate::claims::Claims;
use crate::context::{EventPayload, ExternalInputs, Isolation};
use crate::predicate::{
    self, BuildDetails, ExtendedBuildType, MAX_PREDICATE_BYTES, MAX_REPORT_BYTES, NewPredicate, ScanDetails,
    SummaryDetails, TestDetails,
};
use crate::token::Environment as _;

/// Returns the name of what a command attests, and what all such commands have in common.
pub(crate) fn common(command: &AttestCommand) -> (&'static str, &CommonArgs) {
    match command {
        AttestCommand::Provenance(args) => ("provenance", &args.common),
        AttestCommand::Sbom(args) => ("sbom", &args.common),
        AttestCommand::Vex(args) => ("vex", &args.common),
        AttestCommand::Scan(args) => ("scan", &args.common),
        AttestCommand::Test(args) => ("test", &args.common),
        AttestCommand::Predicate(args) => ("predicate", &args.common),
        AttestCommand::Vsa(args) => ("vsa", &args.common),
    }
}

/// Makes the predicate.
pub(crate) fn predicate(command: &AttestCommand, session: &Session) -> Result<NewPredicate, Failure> {
    Ok(match command {
        AttestCommand::Provenance(args) => provenance(args, session)?,
        AttestCommand::Sbom(args) => predicate::sbom(&read(&args.file, MAX_PREDICATE_BYTES)?)?,
        AttestCommand::Vex(args) => predicate::openvex(&read(&args.file, MAX_PREDICATE_BYTES)?)?,
        AttestCommand::Scan(args) => {
            let details = ScanDetails::default();
            predicate::scan(&read(&args.file, MAX_REPORT_BYTES)?, &details)?
        }
        AttestCommand::Test(args) => test(&read(&args.file, MAX_REPORT_BYTES)?, session)?,
        AttestCommand::Predicate(args) => {
            predicate::custom(&args.predicate_type, &read(&args.file, MAX_PREDICATE_BYTES)?)?
        }
        AttestCommand::Vsa(args) => summary(args)?.predicate,
    })
}

/// XML begins with a bracket, JSON with a brace.
fn test(bytes: &[u8], session: &Session) -> Result<NewPredicate, Failure> {
    let details = TestDetails {
        url: run_url(session.context.claims()),
        ..TestDetails::default()
    };
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    Ok(if first == Some(&b'{') {
        predicate::sarif(bytes, &details)?
    } else {
        predicate::junit(bytes, &details)?
    })
}

fn provenance(args: &ProvenanceArgs, session: &Session) -> Result<NewPredicate, Failure> {
    let claims = session.context.claims();
    let build_type = match (&args.build_type, &args.parameters) {
        (Some(uri), Some(file)) => Some(ExtendedBuildType::new(uri, &read(file, MAX_PREDICATE_BYTES)?)?),
        _ => None,
    };
    // A mask is for the run's own inputs and variables: whoever names a parameter must learn that it would be published.
    let parameters = build_type.iter().flat_map(ExtendedBuildType::names);
    if let Some(name) = parameters
        .into_iter()
        .find(|name| args.masked.iter().any(|masked| masked == name))
    {
        return Err(Failure::Option {
            option: "--mask",
            detail: format!("{name} is a parameter of the build, which is recorded as it is"),
        });
    }
    let details = BuildDetails {
        external: external_inputs(args, session)?,
        build_type,
        builder_version: BTreeMap::from([("slsa-attest".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
        started_on: args.started_on,
        finished_on: Some(args.finished_on.unwrap_or_else(Timestamp::now)),
        ..BuildDetails::default()
    };
    Ok(match args.slsa_version {
        ProvenanceVersion::V1 => predicate::provenance_v1(claims, &details)?,
        ProvenanceVersion::V02 => predicate::provenance_v02(claims, &details)?,
    })
}

/// Returns what the run was started with. In a job that is not isolated, whoever shares it could have written the file.
fn external_inputs(args: &ProvenanceArgs, session: &Session) -> Result<ExternalInputs, Failure> {
    let Claims::GitHub(claims) = session.context.claims() else {
        return Ok(ExternalInputs::default());
    };
    let vars: Map<String, Value> = match &args.vars {
        None => Map::new(),
        Some(text) => serde_json::from_str(text).map_err(|error| Failure::Option {
            option: "--vars",
            detail: format!("not a JSON object: {error}"),
        })?,
    };
    let path = args
        .event
        .clone()
        .or_else(|| session.variables.get("GITHUB_EVENT_PATH").map(Into::into));
    let event = match path {
        Some(path) if args.isolated => EventPayload::file(&path, Isolation::Isolated)?,
        _ => EventPayload::parse(b"{}", Isolation::Shared)?,
    };
    Ok(event.external_inputs(claims, &vars, &args.masked)?)
}

pub(crate) fn summary(args: &super::args::VsaArgs) -> Result<predicate::Summary, Failure> {
    let details = SummaryDetails {
        verifier_id: args.verifier_id.clone(),
        resource_uri: args.resource_uri.clone(),
        policy: slsa_predicates::ResourceDescriptor {
            uri: Some(args.policy_uri.clone()),
            ..Default::default()
        },
        verifier_version: BTreeMap::new(),
        time_verified: Timestamp::now(),
    };
    Ok(predicate::verification_summary(
        &read(&args.file, MAX_REPORT_BYTES)?,
        &details,
    )?)
}

/// Returns the run's page.
pub(crate) fn run_url(claims: &Claims) -> Option<String> {
    Some(match claims {
        Claims::GitHub(run) => format!(
            "{}/{}/actions/runs/{}/attempts/{}",
            run.server_url, run.repository, run.run_id, run.run_attempt
        ),
        Claims::GitLab(run) => format!("{}/{}/-/jobs/{}", run.issuer, run.project_path, run.job_id),
    })
}

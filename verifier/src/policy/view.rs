//! What a condition sees: the verified facts as one JSON object. Its shape is described in
//! `docs/reference/conditions.md`.

use serde_json::{Map, Value, json};

use crate::consistency::is_github_identity;
use crate::expect::Evaluation;
use crate::provenance::Provenance;
use crate::statement::{VerifiedSigner, VerifiedStatement};

/// The view of one statement, after all other expectations were met.
pub(super) fn of(verified: &VerifiedStatement, evaluation: &Evaluation) -> Value {
    let signature = verified.signature();
    let statement = verified.statement();
    let subjects: Vec<Value> = statement
        .subjects()
        .iter()
        .map(|subject| {
            let digests: Map<String, Value> = subject
                .digest()
                .iter()
                .map(|digest| (digest.algorithm().to_string(), json!(digest.value())))
                .collect();
            json!({ "name": subject.name(), "digest": digests })
        })
        .collect();
    let times: Vec<String> = signature
        .evidence()
        .times
        .iter()
        .map(|time| time.time.to_string())
        .collect();
    // Parsed here for the first time: a statement's own predicate may be large, and a condition is bounded by
    // the number of values that it sees.
    let payload: Value = serde_json::from_slice(verified.payload()).unwrap_or(Value::Null);
    // Read already where provenance was demanded, and not where any statement was.
    let view = match &evaluation.provenance {
        Some(view) => Some(provenance(view)),
        None => verified.provenance().ok().as_ref().map(provenance),
    };
    json!({
        "level": evaluation.level.get(),
        "builder": evaluation.builder.as_ref().map(|builder| json!({ "id": builder.id, "row": builder.row })),
        "signer": signer(signature.signer()),
        "times": times,
        "trustDomain": signature.trust_domain().map(crate::TrustDomain::as_str),
        "statement": {
            "predicateType": statement.predicate_type(),
            "subject": subjects,
            "predicate": payload.get("predicate"),
        },
        "subject": { "index": verified.subject().index, "name": verified.subject().name },
        "provenance": view,
    })
}

fn signer(signer: &VerifiedSigner) -> Value {
    match signer {
        VerifiedSigner::Certificate(identity) => {
            let extensions: Map<String, Value> = identity
                .extensions
                .iter()
                .map(|(_, name, value)| (name.to_owned(), json!(value)))
                .collect();
            json!({
                "identity": identity.subject_alternative_name.as_str(),
                "issuer": identity.issuer,
                "github": is_github_identity(identity),
                "extensions": extensions,
            })
        }
        VerifiedSigner::Key { name, fingerprint } => json!({ "key": name, "keySha256": fingerprint }),
    }
}

pub(crate) fn provenance(view: &Provenance) -> Value {
    let source = view.source.as_ref().map(
        |source| json!({ "repository": source.repository, "ref": source.git_ref, "commit": source.commit }),
    );
    let workflow = view.workflow.as_ref().map(|workflow| {
        json!({ "repository": workflow.repository, "path": workflow.path, "ref": workflow.git_ref })
    });
    let dependencies: Vec<Value> = view
        .dependencies
        .iter()
        .map(|dependency| {
            let digests: Map<String, Value> = dependency
                .digest
                .iter()
                .flat_map(|digests| digests.iter())
                .map(|digest| (digest.algorithm().to_string(), json!(digest.value())))
                .collect();
            json!({ "uri": dependency.uri, "name": dependency.name, "digest": digests })
        })
        .collect();
    json!({
        "predicateType": view.predicate_type,
        "builderId": view.builder_id,
        "buildType": view.build_type,
        "source": source,
        "workflow": workflow,
        "event": view.event,
        "branch": view.branch,
        "inputs": view.inputs,
        "vars": view.vars,
        "externalParameters": view.external_parameters,
        "repositoryId": view.repository_id,
        "repositoryOwnerId": view.repository_owner_id,
        "run": { "id": view.run.id, "attempt": view.run.attempt, "invocationId": view.run.invocation_id },
        "runnerEnvironment": view.runner_environment,
        "dependencies": dependencies,
        "startedOn": view.started_on.as_ref().map(ToString::to_string),
        "finishedOn": view.finished_on.as_ref().map(ToString::to_string),
    })
}

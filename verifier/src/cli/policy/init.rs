//! Writes the tightest policy that accepts what was just verified: trust on first use.

use std::io::Write;
use std::path::Path;

use crate::cli::args::{EngineArg, RootArgs};
use crate::cli::exit::Exit;
use crate::cli::targets;
use crate::cli::{Failure, evidence, setup};
use crate::expect::{Evaluation, Expectations, SignerRule};
use crate::limits::Limits;
use crate::policy::{Policy, Subject};
use crate::provenance::Provenance;
use crate::statement::{VerifiedSigner, VerifiedStatement};

pub(super) fn run(
    from: &Path,
    artifact: &str,
    roots: &RootArgs,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let found = evidence::load(from, &limits)?;
    let mut targets = targets::of(&[artifact.to_owned()], None)?;
    let (Some(target), true) = (targets.pop(), targets.is_empty()) else {
        return Err(Failure::new(
            Exit::Usage,
            format!("{artifact}: give one file or digest"),
        ));
    };
    let name = target.file_name();
    let artifact = targets::one(target, &found, &limits)?;
    let verifier = setup::build(setup::roots(roots)?, Vec::new(), EngineArg::default())?;
    let (now, builders) = (setup::time(None)?, setup::builders()?);
    let mut refusal = "no attestation".to_owned();
    for evidence in &found {
        let signed = match &evidence.result {
            Ok(attestation) => verifier
                .authenticate(attestation, now)
                .map_err(|error| error.to_string()),
            Err(error) => Err(error.to_string()),
        };
        let about = signed.and_then(|signed| {
            let verified = signed.about(&artifact).map_err(|error| error.to_string())?;
            Ok((signed, verified))
        });
        let (signed, verified) = match about {
            Ok(proven) => proven,
            Err(error) => {
                refusal = error;
                continue;
            }
        };
        let (Ok(provenance), VerifiedSigner::Certificate(identity)) =
            (verified.provenance(), verified.signature().signer())
        else {
            refusal = "not provenance that was signed with a certificate".to_owned();
            continue;
        };
        let mut expected = Expectations {
            allow_self_hosted: provenance.runner_environment.as_deref() == Some("self-hosted"),
            ..Expectations::default()
        };
        let mut evaluation = expected.evaluate(&verified, &builders);
        // A signer that no row trusts is named itself.
        let signer = if evaluation.refusal().is_some() {
            let name = identity.subject_alternative_name.as_str();
            let issuer = identity.issuer.as_deref().unwrap_or_default();
            expected.signer = SignerRule::identity(name, issuer).ok();
            evaluation = expected.evaluate(&verified, &builders);
            Some((name.to_owned(), issuer.to_owned()))
        } else {
            None
        };
        if let Some(check) = evaluation.refusal() {
            refusal = check.to_string();
            continue;
        }
        let text = written(&name, &verified, &provenance, &evaluation, signer.as_ref());
        // What is written must accept what it was made from.
        let made = Policy::read(&text).map_err(|error| error.to_string());
        let accepts = made.map(|policy| {
            let subject = Subject::Artifact(&name);
            policy.evaluate(subject, &artifact, &[Ok(signed)], &[]).refusal()
        });
        if accepts != Ok(None) {
            let message = format!("the policy that was made does not accept the artifact: {accepts:?}");
            return Err(Failure::new(Exit::Undecided, message));
        }
        stdout.write_all(text.as_bytes())?;
        writeln!(
            stderr,
            "read it before you trust it: it accepts what was verified just now, and what is like it"
        )?;
        return Ok(Exit::Accepted);
    }
    Err(Failure::new(
        Exit::NotAuthentic,
        format!("{}: {refusal}", from.display()),
    ))
}

fn written(
    name: &str,
    verified: &VerifiedStatement,
    provenance: &Provenance,
    evaluation: &Evaluation,
    signer: Option<&(String, String)>,
) -> String {
    let mut lines = vec![
        "# Made from a verified attestation. Each line was true of it; loosen what may change.".to_owned(),
        "version: 1".to_owned(),
    ];
    if let Some(domain) = verified.signature().trust_domain() {
        let domain = domain.as_str();
        if matches!(domain, "public-good" | "github") {
            lines.push(format!("trust:\n  roots: [{domain}]"));
        }
    }
    lines.push(format!("rules:\n  - name: {}", quoted(name)));
    lines.push(format!("    match:\n      artifact: [{}]", quoted(name)));
    lines.push("    require:\n      - provenance:".to_owned());
    let mut field = |key: &str, value: String| lines.push(format!("          {key}: {value}"));
    if let Some((identity, issuer)) = signer {
        field(
            "signer",
            format!("{{ identity: {}, issuer: {} }}", quoted(identity), quoted(issuer)),
        );
    }
    if let Some(builder) = evaluation
        .builder
        .as_ref()
        .filter(|builder| builder.row.is_some())
    {
        // The source's own workflow is named by source and workflow, and its version is the source's.
        if builder.row.as_deref() != Some("github-workflow") {
            field("builder", quoted(&builder.id));
        }
    }
    field("level", evaluation.level.get().to_string());
    field("build-type", format!("[{}]", quoted(&provenance.build_type)));
    if let Some(source) = &provenance.source {
        field("source", quoted(&source.repository));
    }
    if let Some(id) = &provenance.repository_id {
        field("repository-id", quoted(id));
    }
    if let Some(id) = &provenance.repository_owner_id {
        field("owner-id", quoted(id));
    }
    if let Some(workflow) = &provenance.workflow {
        field("workflow", quoted(&workflow.path));
    }
    if let Some(event) = &provenance.event {
        field("event", format!("[{}]", quoted(event)));
    }
    let git_ref = provenance
        .source
        .as_ref()
        .and_then(|source| source.git_ref.as_deref());
    match git_ref.and_then(|git_ref| {
        git_ref
            .strip_prefix("refs/")
            .and_then(|rest| rest.split_once('/'))
    }) {
        Some(("tags", tag)) => {
            field(
                "tag",
                format!(
                    "{}  # or versioned-tag: v1, to take every release below it",
                    quoted(tag)
                ),
            );
        }
        Some(("heads", branch)) => field("branch", quoted(branch)),
        _ => {}
    }
    if evaluation.level == crate::BuildLevel::ONE
        && provenance.runner_environment.as_deref() == Some("self-hosted")
    {
        field("allow-self-hosted", "true".to_owned());
    }
    let unknown: Vec<String> = provenance.unrecognised_parameters().map(quoted).collect();
    if !unknown.is_empty() {
        field("allow-parameters", format!("[{}]", unknown.join(", ")));
    }
    lines.push(String::new());
    lines.join("\n")
}

/// A text as YAML's double-quoted scalar, which is JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

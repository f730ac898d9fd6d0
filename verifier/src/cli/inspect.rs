//! `slsa-verify inspect`: what attestations claim.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::args::{Format, InspectArgs};
use super::evidence::{self, Evidence};
use super::exit::Exit;
use super::json::{self, ExtensionReport};
use super::shown::Shown;
use super::{Failure, hint, text};
use crate::code::Code;
use crate::inspect::{ClaimedContent, Inspection, inspect};
use crate::limits::Limits;
use crate::provenance::Provenance;

const WARNING: &str = "NOTHING IS VERIFIED: this is what the file claims";

pub(crate) fn run(args: &InspectArgs, stdout: &mut dyn Write) -> Result<Exit, Failure> {
    let found = evidence::load(&args.file, &Limits::default())?;
    if args.payload {
        return payload(&found, stdout);
    }
    match args.format {
        Format::Text => {
            writeln!(stdout, "{WARNING}")?;
            for evidence in &found {
                show(evidence, stdout)?;
            }
        }
        Format::Json => {
            let attestations = found.iter().map(report).collect();
            json::write(
                &Report {
                    schema_version: 1,
                    verified: false,
                    attestations,
                },
                stdout,
            )?;
        }
    }
    let unreadable = found.iter().filter_map(|evidence| evidence.result.as_ref().err());
    Ok(Exit::of_all(
        unreadable
            .map(|error| error.code().outcome().into())
            .chain([Exit::Accepted]),
    ))
}

fn payload(found: &[Evidence], stdout: &mut dyn Write) -> Result<Exit, Failure> {
    let [
        Evidence {
            result: Ok(attestation),
            ..
        },
    ] = found
    else {
        let message = format!(
            "--payload takes a file with one readable attestation; this has {}",
            found.len()
        );
        return Err(Failure::new(Exit::Usage, message));
    };
    let ClaimedContent::Envelope { payload, .. } = inspect(attestation).content else {
        let message = "this signs the artifact itself: there is no payload";
        return Err(Failure::new(Exit::Refused, message).with_hint(hint::of(Code::NotAStatement)));
    };
    stdout.write_all(&payload)?;
    Ok(Exit::Accepted)
}

fn show(evidence: &Evidence, stdout: &mut dyn Write) -> io::Result<()> {
    writeln!(stdout, "{}", Shown(&evidence.origin))?;
    let attestation = match &evidence.result {
        Ok(attestation) => attestation,
        Err(error) => return writeln!(stdout, "  {}: {}", error.code(), Shown(&error.to_string())),
    };
    let inspection = inspect(attestation);
    let mut line = |name: &str, value: &str| writeln!(stdout, "  {name:<12} {}", Shown(value));
    line("form", inspection.form.as_str())?;
    match &inspection.certificate {
        Some(Ok(identity)) => {
            line("signer", identity.subject_alternative_name.as_str())?;
            line("authority", &identity.authority)?;
            line(
                "valid",
                &format!("{} to {}", identity.not_before, identity.not_after),
            )?;
            for (_, name, value) in identity.extensions.iter() {
                line("", &format!("{name} = {value}"))?;
            }
        }
        Some(Err(error)) => line("signer", &format!("unreadable certificate: {error}"))?,
        None => line(
            "signer",
            &format!("key {}", inspection.key_hint.as_deref().unwrap_or("(no hint)")),
        )?,
    }
    for entry in &inspection.log_entries {
        let time = entry
            .integrated_time
            .map(|time| format!(", time {time}"))
            .unwrap_or_default();
        let promise = if entry.has_promise { ", promise" } else { "" };
        let proof = if entry.has_proof { ", inclusion proof" } else { "" };
        let log = format!(
            "entry {} of log {}, {}{time}{promise}{proof}",
            entry.log_index, entry.log_id, entry.kind
        );
        line("log", &log)?;
    }
    if inspection.timestamps > 0 {
        line("timestamps", &inspection.timestamps.to_string())?;
    }
    match &inspection.content {
        ClaimedContent::Message => line("signs", "the artifact itself, without a statement"),
        ClaimedContent::Envelope {
            payload_type,
            payload,
            statement,
        } => {
            line("payload", &format!("{payload_type}, {} bytes", payload.len()))?;
            match statement.as_ref() {
                Ok(statement) => {
                    for subject in statement.subjects() {
                        let digests: Vec<String> = subject.digest().iter().map(ToString::to_string).collect();
                        let name = subject.name().or_else(|| subject.uri()).unwrap_or("(no name)");
                        line("subject", &format!("{name} {}", digests.join(", ")))?;
                    }
                    line("predicate", statement.predicate_type())?;
                    match Provenance::read(statement) {
                        Ok(view) => {
                            if let Some(source) = &view.source {
                                let git_ref = source.git_ref.as_deref().unwrap_or_default();
                                let commit = source.commit.as_deref().unwrap_or_default();
                                let source = format!("{} {git_ref} {commit}", source.repository);
                                writeln!(stdout, "  {:<12} {}", "source", Shown(source.trim_end()))?;
                            }
                            text::provenance(&view, stdout)
                        }
                        Err(_) => Ok(()),
                    }
                }
                Err(error) => line("statement", &format!("{}: {error}", error.code())),
            }
        }
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    /// Always false.
    verified: bool,
    attestations: Vec<Attestation<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attestation<'a> {
    origin: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Problem>,
    #[serde(skip_serializing_if = "Option::is_none")]
    claims: Option<Value>,
}

#[derive(Serialize)]
struct Problem {
    code: &'static str,
    message: String,
}

fn report(evidence: &Evidence) -> Attestation<'_> {
    let (error, claims) = match &evidence.result {
        Ok(attestation) => (None, Some(claims(&inspect(attestation)))),
        Err(error) => (
            Some(Problem {
                code: error.code().as_str(),
                message: error.to_string(),
            }),
            None,
        ),
    };
    Attestation {
        origin: &evidence.origin,
        error,
        claims,
    }
}

fn claims(inspection: &Inspection) -> Value {
    let certificate = inspection
        .certificate
        .as_ref()
        .and_then(|certificate| certificate.as_ref().ok());
    let extensions: Option<Vec<ExtensionReport<'_>>> = certificate.map(json::extensions);
    let log_entries: Vec<Value> = inspection
        .log_entries
        .iter()
        .map(|entry| {
            serde_json::json!({
                "logId": entry.log_id, "logIndex": entry.log_index, "kind": entry.kind,
                "integratedTime": entry.integrated_time, "promise": entry.has_promise, "proof": entry.has_proof,
            })
        })
        .collect();
    let content = match &inspection.content {
        ClaimedContent::Message => serde_json::json!({ "kind": "message" }),
        ClaimedContent::Envelope {
            payload_type,
            payload,
            statement,
        } => serde_json::json!({
            "kind": "envelope",
            "payloadType": payload_type,
            "payloadBytes": payload.len(),
            "predicateType": statement.as_ref().as_ref().ok().map(|statement| statement.predicate_type()),
            // The statement as its signer wrote it, of which the JSON has been checked.
            "statement": statement
                .as_ref()
                .as_ref()
                .ok()
                .and_then(|_| serde_json::from_slice::<Value>(payload).ok()),
        }),
    };
    serde_json::json!({
        "form": inspection.form.as_str(),
        "subjectAlternativeName": certificate.map(|identity| identity.subject_alternative_name.as_str()),
        "issuer": certificate.and_then(|identity| identity.issuer.as_deref()),
        "extensions": extensions,
        "keyHint": inspection.key_hint,
        "logEntries": log_entries,
        "timestamps": inspection.timestamps,
        "content": content,
    })
}

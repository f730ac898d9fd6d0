//! The answer for programs, version 1: `docs/reference/verify-output.v1.schema.json`.
//!
//! The structs here are the format. They are not the library's, so that those may change and this does not.

use std::io::{self, Write};

use serde::Serialize;

use super::answer::{Answer, Attempt, Demand, Judgement};
use super::exit::Exit;
use super::hint;
use crate::certificate::CertificateIdentity;
use crate::check::Check;
use crate::statement::{Verified, VerifiedSigner, VerifiedStatement};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    accepted: bool,
    exit_code: u8,
    artifacts: Vec<ArtifactReport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ArtifactReport<'a> {
    artifact: &'a str,
    verdict: &'static str,
    digests: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a str>,
    requirements: Vec<RequirementReport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequirementReport<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    name: &'a str,
    needed: usize,
    met: usize,
    attestations: Vec<AttestationReport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct AttestationReport<'a> {
    origin: &'a str,
    verdict: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    builder: Option<BuilderReport<'a>>,
    checks: &'a [Check],
    #[serde(skip_serializing_if = "Option::is_none")]
    verified: Option<VerifiedReport<'a>>,
}

#[derive(Serialize)]
struct BuilderReport<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VerifiedReport<'a> {
    form: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trust_domain: Option<&'a str>,
    signer: SignerReport<'a>,
    times: Vec<TimeReport<'a>>,
    log_entries: Vec<LogEntryReport<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    statement: Option<StatementReport<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
enum SignerReport<'a> {
    Certificate {
        subject_alternative_name: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        issuer: Option<&'a str>,
        authority: &'a str,
        not_before: String,
        not_after: String,
        extensions: Vec<ExtensionReport<'a>>,
    },
    Key {
        #[serde(skip_serializing_if = "Option::is_none")]
        name: Option<&'a str>,
        sha256: &'a str,
    },
}

#[derive(Serialize)]
pub(super) struct ExtensionReport<'a> {
    oid: String,
    name: &'static str,
    value: &'a str,
}

#[derive(Serialize)]
struct TimeReport<'a> {
    time: String,
    source: &'static str,
    authority: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogEntryReport<'a> {
    log: &'a str,
    log_id: &'a str,
    log_index: u64,
    kind: &'a str,
    proof: &'static str,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatementReport<'a> {
    predicate_type: &'a str,
    subject: SubjectReport<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    builder_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    build_type: Option<String>,
}

#[derive(Serialize)]
struct SubjectReport<'a> {
    index: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
    digests: Vec<String>,
}

pub(crate) fn answers(answers: &[Answer], stdout: &mut dyn Write) -> io::Result<()> {
    let exit = Exit::of_all(answers.iter().map(Answer::exit));
    let report = Report {
        schema_version: 1,
        accepted: exit == Exit::Accepted,
        exit_code: exit.code(),
        artifacts: answers.iter().map(artifact).collect(),
    };
    write(&report, stdout)
}

/// Writes a document, and a line feed behind it.
pub(super) fn write(document: &impl Serialize, stdout: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *stdout, document).map_err(io::Error::from)?;
    writeln!(stdout)
}

pub(super) fn extensions(identity: &CertificateIdentity) -> Vec<ExtensionReport<'_>> {
    let report = |(number, name, value)| ExtensionReport {
        oid: format!("1.3.6.1.4.1.57264.1.{number}"),
        name,
        value,
    };
    identity.extensions.iter().map(report).collect()
}

fn artifact(answer: &Answer) -> ArtifactReport<'_> {
    ArtifactReport {
        artifact: &answer.artifact,
        verdict: match answer.exit() {
            Exit::Accepted => "accepted",
            Exit::Undecided => "undecided",
            Exit::Usage => "unjudged",
            Exit::NoAttestation => "no-attestation",
            Exit::NotAuthentic => "not-authentic",
            Exit::Refused => "not-as-expected",
        },
        digests: answer.digests.iter().flatten().map(ToString::to_string).collect(),
        error: answer.digests.as_ref().err().map(String::as_str),
        requirements: answer.demands.iter().map(requirement).collect(),
    }
}

fn requirement(demand: &Demand) -> RequirementReport<'_> {
    let (rule, name) = match &demand.name {
        Some((rule, name)) => (Some(rule.as_str()), name.as_str()),
        None => (None, "signer"),
    };
    RequirementReport {
        rule,
        name,
        needed: demand.needed,
        met: demand.met,
        attestations: demand.attempts.iter().map(attestation).collect(),
    }
}

fn attestation(attempt: &Attempt) -> AttestationReport<'_> {
    let (verdict, code, message, verified) = match &attempt.judgement {
        Judgement::Accepted(verified) => ("accepted", None, None, Some(verified)),
        Judgement::Unjudged(verified) => ("unjudged", None, None, Some(verified)),
        Judgement::Refused {
            code,
            message,
            verified,
        } => ("refused", Some(*code), Some(message.as_str()), verified.as_ref()),
    };
    AttestationReport {
        origin: &attempt.origin,
        verdict,
        code: code.map(crate::Code::as_str),
        message,
        hint: code.map(hint::of),
        level: attempt.built.as_ref().map(|(level, _)| level.get()),
        builder: attempt
            .built
            .as_ref()
            .and_then(|(_, builder)| builder.as_ref())
            .map(|builder| BuilderReport {
                id: &builder.id,
                row: builder.row.as_deref(),
            }),
        checks: &attempt.checks,
        verified: verified.map(self::verified),
    }
}

fn verified(verified: &Verified) -> VerifiedReport<'_> {
    let signature = verified.signature();
    let evidence = signature.evidence();
    let signer = match signature.signer() {
        VerifiedSigner::Certificate(identity) => SignerReport::Certificate {
            subject_alternative_name: identity.subject_alternative_name.as_str(),
            issuer: identity.issuer.as_deref(),
            authority: &identity.authority,
            not_before: identity.not_before.to_string(),
            not_after: identity.not_after.to_string(),
            extensions: extensions(identity),
        },
        VerifiedSigner::Key { name, fingerprint } => SignerReport::Key {
            name: name.as_deref(),
            sha256: fingerprint,
        },
    };
    let times = evidence.times.iter().map(|time| TimeReport {
        time: time.time.to_string(),
        source: time.source.as_str(),
        authority: &time.authority,
    });
    let log_entries = evidence.log_entries.iter().map(|entry| LogEntryReport {
        log: &entry.log,
        log_id: &entry.log_id,
        log_index: entry.log_index,
        kind: &entry.kind,
        proof: entry.proof.as_str(),
    });
    VerifiedReport {
        form: signature.form().as_str(),
        trust_domain: signature.trust_domain().map(crate::TrustDomain::as_str),
        signer,
        times: times.collect(),
        log_entries: log_entries.collect(),
        statement: match verified {
            Verified::Statement(verified) => Some(statement(verified)),
            Verified::Message(_) => None,
        },
    }
}

fn statement(verified: &VerifiedStatement) -> StatementReport<'_> {
    let subject = verified.subject();
    let view = verified.provenance().ok();
    StatementReport {
        predicate_type: verified.statement().predicate_type(),
        subject: SubjectReport {
            index: subject.index,
            name: subject.name.as_deref(),
            digests: subject.digests.iter().map(ToString::to_string).collect(),
        },
        builder_id: view.as_ref().map(|view| view.builder_id.clone()),
        build_type: view.map(|view| view.build_type),
    }
}

//! The answer for people. Verdicts go to standard output, advice to standard error.

use std::io::{self, Write};

use super::answer::{Answer, Attempt, Demand, Judgement};
use super::exit::Exit;
use super::hint;
use super::shown::Shown;
use crate::certificate::CertificateIdentity;
use crate::code::Code;
use crate::provenance::Provenance;
use crate::statement::{Verified, VerifiedSigner};

pub(crate) fn answers(answers: &[Answer], stdout: &mut dyn Write, stderr: &mut dyn Write) -> io::Result<()> {
    for answer in answers {
        // Among many, an acceptance is told in one line; what is not accepted is told in full.
        if answers.len() > 1 && answer.exit() == Exit::Accepted {
            accepted_in_brief(answer, stdout)?;
        } else {
            self::answer(answer, stdout, stderr)?;
        }
    }
    if answers.len() > 1 {
        let accepted = answers
            .iter()
            .filter(|answer| answer.exit() == Exit::Accepted)
            .count();
        writeln!(stdout, "{accepted} of {} accepted", answers.len())?;
    }
    Ok(())
}

fn accepted_in_brief(answer: &Answer, stdout: &mut dyn Write) -> io::Result<()> {
    let built = answer.accepted().find_map(|(_, attempt)| attempt.built.as_ref());
    write!(stdout, "ACCEPTED {}", Shown(&answer.artifact))?;
    if let Some((level, Some(builder))) = built {
        write!(stdout, "  level {} by {}", level.get(), Shown(&builder.id))?;
    }
    writeln!(stdout)
}

fn answer(answer: &Answer, stdout: &mut dyn Write, stderr: &mut dyn Write) -> io::Result<()> {
    let name = Shown(&answer.artifact);
    let headline = match answer.exit() {
        Exit::Accepted => "ACCEPTED",
        Exit::Undecided => "UNDECIDED",
        Exit::Usage => "NOT ACCEPTED",
        Exit::NoAttestation | Exit::NotAuthentic | Exit::Refused => "REFUSED",
    };
    writeln!(stdout, "{headline} {name}")?;
    if let Err(error) = &answer.digests {
        writeln!(stdout, "  {}: {}", Code::FileUnreadable, Shown(error))?;
        return writeln!(stderr, "hint: {}", hint::of(Code::FileUnreadable));
    }
    if answer.demands.is_empty() {
        writeln!(
            stdout,
            "  {}: the policy has no rule for this artifact",
            Code::NoRule
        )?;
        return writeln!(stderr, "hint: {}", hint::of(Code::NoRule));
    }
    let mut hints: Vec<String> = Vec::new();
    for demand in &answer.demands {
        self::demand(demand, &mut hints, stdout)?;
    }
    hints.dedup();
    hints.iter().try_for_each(|hint| writeln!(stderr, "hint: {hint}"))
}

fn demand(demand: &Demand, hints: &mut Vec<String>, stdout: &mut dyn Write) -> io::Result<()> {
    if let Some((rule, name)) = &demand.name {
        let verdict = if demand.is_met() { "met" } else { "not met" };
        let needed = if demand.needed > 1 {
            format!(", {} of {}", demand.met, demand.needed)
        } else {
            String::new()
        };
        writeln!(stdout, "  {verdict}: {} ({}{needed})", Shown(name), Shown(rule))?;
    }
    let told = demand.told();
    if told.is_empty() {
        writeln!(stdout, "  {}: no attestation was found", Code::NoAttestation)?;
        hints.push(hint::of(Code::NoAttestation).to_owned());
    }
    // One acceptance says it all; without one, every attestation says why not.
    for attempt in told {
        self::attempt(attempt, hints, stdout)?;
    }
    if !demand.is_met() && demand.met > 0 {
        writeln!(
            stdout,
            "  {}: {} of {}",
            Code::TooFewAttestations,
            demand.met,
            demand.needed
        )?;
        hints.push(hint::of(Code::TooFewAttestations).to_owned());
    }
    Ok(())
}

fn attempt(attempt: &Attempt, hints: &mut Vec<String>, stdout: &mut dyn Write) -> io::Result<()> {
    let origin = Shown(&attempt.origin);
    match &attempt.judgement {
        Judgement::Accepted(verified) => {
            line(stdout, "attestation", &attempt.origin)?;
            self::verified(verified, stdout)?;
        }
        Judgement::Unjudged(verified) => {
            line(stdout, "attestation", &attempt.origin)?;
            self::verified(verified, stdout)?;
            writeln!(stdout, "  it holds, but nobody was expected to have signed it")?;
            hints.push(expect(verified));
        }
        Judgement::Refused {
            code,
            message,
            verified,
        } => {
            writeln!(stdout, "  {code}: {} ({origin})", Shown(message))?;
            if let Some(verified) = verified {
                self::verified(verified, stdout)?;
            }
            hints.push(hint::of(*code).to_owned());
        }
    }
    if let Some((level, Some(builder))) = &attempt.built {
        let row = builder.row.as_deref().unwrap_or("named in the call");
        line(stdout, "level", &format!("{} ({row})", level.get()))?;
    }
    for check in &attempt.checks {
        let mark = if check.is_met() { "ok" } else { "no" };
        line(stdout, mark, &check.to_string())?;
    }
    Ok(())
}

/// The flags that would accept this signer.
fn expect(verified: &Verified) -> String {
    let VerifiedSigner::Certificate(identity) = verified.signature().signer() else {
        return String::new();
    };
    let quote = |text: &str| format!("'{}'", Shown(text).to_string().replace('\'', r"'\''"));
    format!(
        "to accept this signer, add --certificate-identity {} --certificate-oidc-issuer {}; to accept any, --any-identity",
        quote(identity.subject_alternative_name.as_str()),
        quote(identity.issuer.as_deref().unwrap_or_default()),
    )
}

/// One aligned line.
fn line(stdout: &mut dyn Write, name: &str, value: &str) -> io::Result<()> {
    writeln!(stdout, "  {name:<12} {}", Shown(value))
}

fn verified(verified: &Verified, stdout: &mut dyn Write) -> io::Result<()> {
    let signature = verified.signature();
    match signature.signer() {
        VerifiedSigner::Certificate(identity) => certificate(identity, stdout)?,
        VerifiedSigner::Key { name, fingerprint } => {
            let name = name.as_deref().unwrap_or("key");
            line(stdout, "signer", &format!("{name} (sha256:{fingerprint})"))?;
        }
    }
    if let Some(domain) = signature.trust_domain() {
        line(stdout, "trust", domain.as_str())?;
    }
    for time in &signature.evidence().times {
        let authority = if time.authority.is_empty() {
            time.source.as_str()
        } else {
            &time.authority
        };
        line(stdout, "signed at", &format!("{}, says {authority}", time.time))?;
    }
    for entry in &signature.evidence().log_entries {
        let entry = format!(
            "{} entry {}, {}, {}",
            entry.log,
            entry.log_index,
            entry.kind,
            entry.proof.as_str()
        );
        line(stdout, "log", &entry)?;
    }
    match verified {
        Verified::Message(_) => line(stdout, "signs", "the artifact itself, without a statement"),
        Verified::Statement(statement) => {
            let subject = statement.subject();
            let digests: Vec<String> = subject.digests.iter().map(ToString::to_string).collect();
            let name = subject
                .name
                .as_deref()
                .map(|name| format!(" as {name}"))
                .unwrap_or_default();
            line(stdout, "subject", &format!("{}{name}", digests.join(", ")))?;
            line(stdout, "predicate", statement.statement().predicate_type())?;
            if let Ok(view) = statement.provenance() {
                provenance(&view, stdout)?;
            }
            Ok(())
        }
    }
}

fn certificate(identity: &CertificateIdentity, stdout: &mut dyn Write) -> io::Result<()> {
    line(stdout, "signer", identity.subject_alternative_name.as_str())?;
    line(stdout, "issuer", identity.issuer.as_deref().unwrap_or("(none)"))?;
    let extensions = &identity.extensions;
    let repository = extensions
        .source_repository_uri
        .as_deref()
        .or(extensions.github_workflow_repository.as_deref());
    if let Some(repository) = repository {
        let git_ref = extensions
            .source_repository_ref
            .as_deref()
            .or(extensions.github_workflow_ref.as_deref());
        let commit = extensions
            .source_repository_digest
            .as_deref()
            .or(extensions.github_workflow_sha.as_deref());
        let git_ref = git_ref.map(|git_ref| format!(" {git_ref}")).unwrap_or_default();
        let commit = commit.map(|commit| format!(" {commit}")).unwrap_or_default();
        line(stdout, "source", &format!("{repository}{git_ref}{commit}"))?;
    }
    if let Some(environment) = &extensions.runner_environment {
        line(stdout, "runner", environment)?;
    }
    Ok(())
}

/// What the provenance says of the builder. The source above is the certificate's, which is the better witness.
pub(super) fn provenance(view: &Provenance, stdout: &mut dyn Write) -> io::Result<()> {
    line(stdout, "builder", &view.builder_id)?;
    line(stdout, "build type", &view.build_type)
}

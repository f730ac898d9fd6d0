//! The way of an attestation: session → subjects → predicate → statements → bundles → store → report.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};
use jiff::Timestamp;
use slsa_predicates::{Statement, Subject};

use super::args::{AttestCommand, CommonArgs, Format, StoreArgs, SubjectArgs};
use super::failure::Failure;
use super::report::{self, Attested, Stored};
use super::session::{Session, Signing};
use super::{Terminal, predicates};
use crate::claims::Claims;
use crate::http::Secret;
use crate::predicate::NewPredicate;
use crate::runner::{Delimiter, append_outputs};
use crate::sign::{SignedBundle, sign_with_key};
use crate::store::{BundleName, GitHubStore, Overwrite, json_lines, write_atomically};
use crate::subjects::{Progress, SubjectNames, SubjectOptions, SubjectSource, batches, collect};
use crate::token::Environment as _;

/// Files below this size, 64 MiB together, are hashed before anybody would look at a progress bar.
const PROGRESS_FROM: u64 = 64 << 20;

/// What came of a command.
pub(crate) struct Done {
    /// What was attested: `provenance`, `sbom`, …
    pub(crate) kind: &'static str,
    pub(crate) session: Session,
    pub(crate) bundles: Vec<SignedBundle>,
    pub(crate) stored: Stored,
}

/// Does what a command says, from the arguments to the report.
pub(crate) fn run(
    command: &AttestCommand,
    of_process: fn(&str) -> Option<String>,
    terminal: &mut Terminal<'_>,
) -> Result<(), Failure> {
    let Some(done) = attest(command, of_process, terminal)? else {
        return Ok(());
    };
    let attested = done.attested();
    tell_runner(&attested, &done.session)?;
    let (_, args) = predicates::common(command);
    match args.store.format {
        Format::Text => terminal.say(&report::text(&attested)),
        Format::Json => terminal.print(&report::json(&attested)),
    }
}

/// Attests and stores; of a dry run, prints the statements and returns nothing.
pub(crate) fn attest(
    command: &AttestCommand,
    of_process: fn(&str) -> Option<String>,
    terminal: &mut Terminal<'_>,
) -> Result<Option<Done>, Failure> {
    let (kind, args) = predicates::common(command);
    // What is wrong with the artifacts is said before a token is asked for.
    let subjects = subjects(command, &args.subjects)?;
    let session = Session::open(args, of_process, terminal)?;
    let predicate = predicates::predicate(command, &session)?;
    let statements = statements(&predicate, subjects)?;
    if args.store.dry_run {
        for statement in &statements {
            terminal.print(&statement.to_json())?;
        }
        return Ok(None);
    }
    let bundles = sign(&session, &statements)?;
    let stored = store(kind, args, &session, &bundles)?;
    Ok(Some(Done {
        kind,
        session,
        bundles,
        stored,
    }))
}

impl Done {
    /// Returns what is reported of it.
    pub(crate) fn attested(&self) -> Attested<'_> {
        Attested {
            kind: self.kind,
            claims: self.session.context.claims(),
            bundles: &self.bundles,
            stored: &self.stored,
        }
    }
}

/// A summary is about the artifacts that its verdict names; everything else is about those that the caller names.
fn subjects(command: &AttestCommand, args: &SubjectArgs) -> Result<Vec<Subject>, Failure> {
    let sources = sources(args)?;
    if let (AttestCommand::Vsa(vsa), true) = (command, sources.is_empty()) {
        return Ok(predicates::summary(vsa)?.subjects);
    }
    let options = SubjectOptions {
        sha512: args.sha512,
        names: if args.file_names {
            SubjectNames::FileName
        } else {
            SubjectNames::default()
        },
        ..SubjectOptions::default()
    };
    let bar = ProgressBar::hidden();
    let style = ProgressStyle::with_template("hashing {bytes}/{total_bytes} {wide_bar} {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    let subjects = collect(&sources, &options, &|progress| match progress {
        Progress::Found { bytes, .. } if bytes >= PROGRESS_FROM => {
            bar.set_length(bytes);
            bar.set_draw_target(indicatif::ProgressDrawTarget::stderr());
        }
        Progress::Hashed { bytes } => bar.inc(bytes),
        _ => {}
    });
    bar.finish_and_clear();
    Ok(subjects?)
}

fn sources(args: &SubjectArgs) -> Result<Vec<SubjectSource>, Failure> {
    let mut sources: Vec<SubjectSource> = args.paths.iter().cloned().map(SubjectSource::Path).collect();
    sources.extend(args.checksums.iter().cloned().map(SubjectSource::ChecksumsFile));
    sources.extend(
        args.checksums_base64
            .iter()
            .cloned()
            .map(SubjectSource::ChecksumsBase64),
    );
    for named in &args.named {
        sources.push(SubjectSource::named_digest(named)?);
    }
    sources.extend(args.image.iter().cloned().map(SubjectSource::Image));
    sources.extend(
        args.oci_layout
            .iter()
            .cloned()
            .map(|directory| SubjectSource::OciLayout {
                directory,
                name: None,
            }),
    );
    Ok(sources)
}

/// Makes as many statements as the subjects need.
fn statements(predicate: &NewPredicate, subjects: Vec<Subject>) -> Result<Vec<Statement>, Failure> {
    batches(subjects)
        .map(|batch| Ok(predicate.statement(batch)?))
        .collect()
}

/// Signs all statements with one certificate, and with another where the first is nearly over.
fn sign(session: &Session, statements: &[Statement]) -> Result<Vec<SignedBundle>, Failure> {
    let signer = match &session.signing {
        Signing::Keyless(signer) => signer,
        Signing::Key(key) => {
            let sign = |statement| Ok(sign_with_key(key, statement, Timestamp::now())?);
            return statements.iter().map(sign).collect();
        }
    };
    let certify = || signer.certify(session.context.token(), session.context.claims());
    let mut certified = certify()?;
    let mut bundles = Vec::with_capacity(statements.len());
    for statement in statements {
        if certified.is_nearly_over(Timestamp::now()) {
            certified = certify()?;
        }
        bundles.push(signer.sign(&certified, statement, Timestamp::now)?);
    }
    Ok(bundles)
}

fn store(
    kind: &'static str,
    args: &CommonArgs,
    session: &Session,
    bundles: &[SignedBundle],
) -> Result<Stored, Failure> {
    let path = path(kind, &args.store, bundles.len());
    let overwrite = if args.store.overwrite {
        Overwrite::Replace
    } else {
        Overwrite::Refuse
    };
    write_atomically(&path, &file(bundles)?, overwrite)?;
    let mut stored = Stored {
        path,
        numbers: Vec::new(),
    };
    if args.store.github_store {
        let store = github_store(session)?;
        for bundle in bundles {
            stored.numbers.push(store.store(&session.http, bundle.json())?);
        }
    }
    Ok(stored)
}

/// One bundle is a file of its own, several are JSON Lines.
fn file(bundles: &[SignedBundle]) -> Result<Vec<u8>, Failure> {
    match bundles {
        [bundle] => Ok(format!("{}\n", bundle.json()).into_bytes()),
        bundles => Ok(json_lines(
            &bundles.iter().map(SignedBundle::json).collect::<Vec<_>>(),
        )?),
    }
}

fn path(kind: &str, args: &StoreArgs, bundles: usize) -> PathBuf {
    let name = if bundles == 1 {
        BundleName::for_one(kind)
    } else {
        BundleName::for_several(kind)
    };
    args.output.clone().unwrap_or_else(|| name.within(Path::new("")))
}

fn github_store(session: &Session) -> Result<GitHubStore, Failure> {
    let Claims::GitHub(claims) = session.context.claims() else {
        return Err(Failure::Option {
            option: "--github-store",
            detail: "the run is not GitHub's".to_owned(),
        });
    };
    let token = session.variables.get("GITHUB_TOKEN").ok_or(Failure::Variable {
        name: "GITHUB_TOKEN".to_owned(),
    })?;
    let api = session.variables.get("GITHUB_API_URL");
    let api = api.unwrap_or_else(|| "https://api.github.com".to_owned());
    Ok(GitHubStore::new(api, &claims.repository, Secret::new(token)))
}

/// Writes the step's outputs and its summary, where the runner says that it reads them.
fn tell_runner(attested: &Attested<'_>, session: &Session) -> Result<(), Failure> {
    if let Some(path) = session.variables.get("GITHUB_OUTPUT") {
        let bundle = attested.stored.path.display().to_string();
        let ids = attested.stored.numbers.join(",");
        let outputs = [
            ("bundle-path", bundle.as_str()),
            ("attestation-ids", ids.as_str()),
        ];
        append_outputs(Path::new(&path), &outputs, &Delimiter::random()?)?;
    }
    if let Some(path) = session.variables.get("GITHUB_STEP_SUMMARY") {
        report::step_summary(attested, Path::new(&path))?;
    }
    Ok(())
}

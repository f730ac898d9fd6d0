//! `slsa-verify trust`: which authorities count, and the current ones.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;
use sigstore_trust_root::{SigstoreInstance, TufConfig};

use super::args::{Format, TrustCommand};
use super::exit::Exit;
use super::shown::Shown;
use super::{Failure, json, setup};
use crate::trust::{EmbeddedRoot, TrustRoot};

pub(crate) fn run(
    command: &TrustCommand,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<Exit, Failure> {
    match command {
        TrustCommand::Show { roots, format } => {
            let roots = setup::roots(roots)?;
            match format {
                Format::Text => roots.iter().try_for_each(|root| show(root, stdout))?,
                Format::Json => {
                    let roots = roots.iter().map(report).collect();
                    json::write(
                        &Report {
                            schema_version: 1,
                            roots,
                        },
                        stdout,
                    )?;
                }
            }
            Ok(Exit::Accepted)
        }
        TrustCommand::Update {
            trust_domain,
            tuf_url,
            tuf_root,
            name,
            directory,
        } => {
            if let (Some(url), Some(root), Some(name)) = (tuf_url, tuf_root, name) {
                let repository = Repository::another(name, url, root)?;
                update(repository, directory, stdout, stderr)?;
                return Ok(Exit::Accepted);
            }
            for root in setup::domains(trust_domain) {
                update(Repository::of(root), directory, stdout, stderr)?;
            }
            Ok(Exit::Accepted)
        }
    }
}

fn show(root: &TrustRoot, stdout: &mut dyn Write) -> io::Result<()> {
    writeln!(
        stdout,
        "{} (sha256:{})",
        Shown(root.domain().as_str()),
        root.sha256()
    )?;
    for party in root.describe() {
        let from = party
            .valid_from
            .map_or_else(|| "ever".to_owned(), |time| time.to_string());
        let until = party
            .valid_until
            .map_or_else(|| "no end".to_owned(), |time| time.to_string());
        writeln!(
            stdout,
            "  {:<28} {}  {from} to {until}",
            party.kind,
            Shown(&party.uri)
        )?;
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    roots: Vec<RootReport<'a>>,
}

#[derive(Serialize)]
struct RootReport<'a> {
    name: &'a str,
    sha256: String,
    parties: Vec<PartyReport>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct PartyReport {
    kind: &'static str,
    uri: String,
    valid_from: Option<String>,
    valid_until: Option<String>,
}

fn report(root: &TrustRoot) -> RootReport<'_> {
    let parties = root.describe().into_iter().map(|party| PartyReport {
        kind: party.kind,
        uri: party.uri,
        valid_from: party.valid_from.map(|time| time.to_string()),
        valid_until: party.valid_until.map(|time| time.to_string()),
    });
    RootReport {
        name: root.domain().as_str(),
        sha256: root.sha256(),
        parties: parties.collect(),
    }
}

/// A TUF repository, and the name of the root that it gives.
struct Repository {
    name: String,
    url: String,
    config: TufConfig,
}

impl Repository {
    /// The repository of a root that is built in, as its TUF root is.
    fn of(root: EmbeddedRoot) -> Self {
        let instance = match root {
            EmbeddedRoot::PublicGood => SigstoreInstance::PublicGood,
            EmbeddedRoot::GitHub => SigstoreInstance::GitHub,
            EmbeddedRoot::Staging => SigstoreInstance::Staging,
        };
        Self {
            name: root.domain().as_str().to_owned(),
            url: instance.tuf_url().to_owned(),
            config: TufConfig::for_instance(instance),
        }
    }

    /// Another one, with a TUF root that the caller trusts.
    fn another(name: &str, url: &str, root: &Path) -> Result<Self, Failure> {
        let config = TufConfig::custom_from_file(url, root)
            .map_err(|error| Failure::new(Exit::Usage, format!("{}: {error}", root.display())))?;
        Ok(Self {
            name: name.to_owned(),
            url: url.to_owned(),
            config,
        })
    }
}

/// Fetches one root over TUF, starting from a TUF root that is trusted already, and writes it once it is known to
/// be usable.
fn update(
    repository: Repository,
    directory: &Path,
    stdout: &mut dyn Write,
    stderr: &mut dyn Write,
) -> Result<(), Failure> {
    let Repository { name, url, config } = repository;
    let failure = |error: String| {
        Failure::new(Exit::Undecided, format!("{name}: the root could not be fetched: {error}")).with_hint(
            "this needs the network; verification does not, and uses the built-in roots unless --trusted-root names others",
        )
    };
    writeln!(stderr, "fetching the root of {name} from {}", Shown(&url))?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| failure(error.to_string()))?;
    let config = config.with_cache_dir(directory.join("tuf").join(&name));
    let fetched = runtime
        .block_on(sigstore_trust_root::TrustedRoot::from_tuf_at(
            config,
            setup::time(None)?,
        ))
        .map_err(|error| failure(error.to_string()))?;
    let bytes = serde_json::to_vec_pretty(&fetched).map_err(|error| failure(error.to_string()))?;
    let usable = TrustRoot::from_json(&name, &bytes).map_err(|error| failure(error.to_string()))?;
    let path = directory.join(format!("{name}.trusted_root.json"));
    write_whole(&path, &bytes).map_err(|error| failure(format!("{}: {error}", path.display())))?;
    writeln!(stdout, "{} (sha256:{})", path.display(), usable.sha256())?;
    Ok(())
}

/// Writes a file so that at no moment a part of it stands under its name.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent() {
        std::fs::create_dir_all(directory)?;
    }
    let temporary = path.with_extension(format!("{}.part", std::process::id()));
    let mut file = File::create(&temporary)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| std::fs::rename(&temporary, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&temporary);
    }
    written
}

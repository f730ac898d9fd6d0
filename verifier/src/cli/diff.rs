//! `slsa-verify diff`: what changed between the provenance of two releases.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

use super::args::{DiffArgs, Format};
use super::exit::Exit;
use super::shown::Shown;
use super::{Failure, evidence, json};
use crate::inspect::{ClaimedContent, inspect};
use crate::limits::Limits;
use crate::policy::provenance_view;
use crate::provenance::Provenance;

/// A value that is not the same in both.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Change {
    field: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report<'a> {
    schema_version: u32,
    verified: bool,
    changes: &'a [Change],
}

pub(crate) fn run(args: &DiffArgs, stdout: &mut dyn Write) -> Result<Exit, Failure> {
    let (old, new) = (provenance(&args.old)?, provenance(&args.new)?);
    let changes = changes(&facts(&old), &facts(&new));
    match args.format {
        Format::Json => json::write(
            &Report {
                schema_version: 1,
                verified: false,
                changes: &changes,
            },
            stdout,
        )?,
        Format::Text => {
            writeln!(stdout, "NOTHING IS VERIFIED: this is what the files claim")?;
            if changes.is_empty() {
                writeln!(stdout, "no difference")?;
            }
            for change in &changes {
                writeln!(stdout, "{}", Shown(&change.field))?;
                for (mark, value) in [('-', &change.old), ('+', &change.new)] {
                    if let Some(value) = value {
                        writeln!(stdout, "  {mark} {}", Shown(value))?;
                    }
                }
            }
        }
    }
    Ok(Exit::Accepted)
}

/// Reads the one provenance in a file.
fn provenance(path: &Path) -> Result<Provenance, Failure> {
    let limits = Limits::default();
    let failure = |detail: String| Failure::new(Exit::NoAttestation, format!("{}: {detail}", path.display()));
    let mut found = Vec::new();
    for evidence in evidence::load(path, &limits)? {
        let Ok(attestation) = &evidence.result else {
            continue;
        };
        if let ClaimedContent::Envelope { statement, .. } = inspect(attestation).content
            && let Ok(statement) = *statement
            && let Ok(provenance) = Provenance::read(&statement)
        {
            found.push(provenance);
        }
    }
    match (found.pop(), found.len()) {
        (Some(provenance), 0) => Ok(provenance),
        (None, _) => Err(failure("no provenance".to_owned())),
        (Some(_), more) => Err(failure(format!(
            "{} provenances: give one of them",
            more.saturating_add(1)
        ))),
    }
}

/// The facts of a provenance by name. Dependencies are named by what they are, not by their place, so that one
/// that was added does not make all the others look changed.
fn facts(provenance: &Provenance) -> BTreeMap<String, String> {
    let mut view = provenance_view(provenance);
    let mut facts = BTreeMap::new();
    if let Some(view) = view.as_object_mut() {
        for field in ["dependencies", "run", "startedOn", "finishedOn"] {
            view.remove(field);
        }
    }
    flatten("", &view, &mut facts);
    for dependency in &provenance.dependencies {
        let uri = dependency
            .uri
            .as_deref()
            .or(dependency.name.as_deref())
            .unwrap_or("(no name)");
        let (name, version) = uri.rsplit_once('@').unwrap_or((uri, ""));
        let digests: Vec<String> = dependency
            .digest
            .iter()
            .flat_map(|digests| digests.iter())
            .map(ToString::to_string)
            .collect();
        let value = format!("{version} {}", digests.join(" ")).trim().to_owned();
        facts
            .entry(format!("dependency {name}"))
            .and_modify(|known: &mut String| {
                known.push_str(", ");
                known.push_str(&value);
            })
            .or_insert(value);
    }
    facts
}

fn flatten(at: &str, value: &Value, facts: &mut BTreeMap<String, String>) {
    let below = |key: &str| {
        if at.is_empty() {
            key.to_owned()
        } else {
            format!("{at}.{key}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(map) => map
            .iter()
            .for_each(|(key, value)| flatten(&below(key), value, facts)),
        Value::Array(list) => list
            .iter()
            .enumerate()
            .for_each(|(index, value)| flatten(&below(&index.to_string()), value, facts)),
        Value::String(text) => {
            facts.insert(at.to_owned(), text.clone());
        }
        other => {
            facts.insert(at.to_owned(), other.to_string());
        }
    }
}

fn changes(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Vec<Change> {
    let mut fields: Vec<&String> = old.keys().chain(new.keys()).collect();
    fields.sort();
    fields.dedup();
    fields
        .into_iter()
        .filter(|field| old.get(*field) != new.get(*field))
        .map(|field| Change {
            field: field.clone(),
            old: old.get(field).cloned(),
            new: new.get(field).cloned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(facts: &[(&str, &str)]) -> BTreeMap<String, String> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        facts.iter().map(owned).collect()
    }

    #[test]
    fn what_is_the_same_is_not_told_and_what_came_or_went_is() {
        let old = map(&[("a", "1"), ("b", "2"), ("c", "3")]);
        let new = map(&[("a", "1"), ("b", "4"), ("d", "5")]);
        let change = |field: &str, old: Option<&str>, new: Option<&str>| Change {
            field: field.to_owned(),
            old: old.map(ToOwned::to_owned),
            new: new.map(ToOwned::to_owned),
        };
        assert_eq!(
            changes(&old, &new),
            [
                change("b", Some("2"), Some("4")),
                change("c", Some("3"), None),
                change("d", None, Some("5")),
            ]
        );
        assert_eq!(changes(&old, &old), []);
    }
}

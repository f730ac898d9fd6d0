//! From a verified signer and what it says of the builder to a row of the table, and a level.

use super::rule::split;
use super::{AllowedRef, BuildLevel, BuilderKind, BuilderRule, TrustedBuilder, TrustedBuilders};
use crate::certificate::CertificateIdentity;
use crate::check::{Check, Checked, Witness};
use crate::code::Code;
use crate::provenance::Provenance;
use crate::statement::VerifiedSigner;

/// What is asked of the table.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) signer: &'a VerifiedSigner,
    pub(crate) provenance: &'a Provenance,
    /// The builder that the caller named.
    pub(crate) expected: Option<&'a BuilderRule>,
    /// Whether the artifact is an npm package, as the statement names it.
    pub(crate) of_npm: bool,
    /// Whether the caller named the signer itself, so that it needs no row.
    pub(crate) signer_is_named: bool,
}

/// Who built, as far as it may be believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Resolved {
    /// The row's name, `None` where the caller alone vouches for the signer.
    pub(crate) row: Option<String>,
    pub(crate) kind: Option<BuilderKind>,
    /// `builder.id`.
    pub(crate) id: String,
    pub(crate) level: BuildLevel,
    /// The checks on the way.
    pub(crate) checks: Vec<Check>,
}

impl TrustedBuilders {
    /// Finds the builder, or the check at which that failed.
    pub(crate) fn resolve(&self, question: Question<'_>) -> Result<Resolved, Box<Check>> {
        match question.signer {
            VerifiedSigner::Certificate(identity) => self.of_certificate(question, identity),
            VerifiedSigner::Key { name, .. } => self.of_key(question, name.as_deref()),
        }
    }

    fn of_certificate(
        &self,
        question: Question<'_>,
        identity: &CertificateIdentity,
    ) -> Result<Resolved, Box<Check>> {
        let san = identity.subject_alternative_name.as_str();
        let (signer, git_ref) = split(san);
        let issued = |row: &&TrustedBuilder| row.issuer.as_deref() == identity.issuer.as_deref();
        let rows: Vec<&TrustedBuilder> = self
            .rows
            .iter()
            .filter(issued)
            .filter(|row| row.signer.as_deref() == Some(signer))
            .collect();
        if rows.is_empty() {
            return self.unlisted(question, identity, issued);
        }
        let commit = identity.extensions.build_signer_digest.as_deref();
        let git_ref = git_ref.unwrap_or_default();
        let allowed = |row: &&&TrustedBuilder| row.refs.iter().any(|rule| rule.allows(git_ref, commit));
        let named = |rule: &BuilderRule| is_pinned(rule, san, commit);
        let row = match rows.iter().find(allowed) {
            Some(row) => row,
            // Who names the signer with its version has decided which one is trusted.
            None if question.expected.is_some_and(named) => {
                return own_id(question, san, commit).map(|check| Resolved {
                    row: None,
                    kind: Some(BuilderKind::ReusableWorkflow),
                    id: question.provenance.builder_id.clone(),
                    level: BuildLevel::ONE,
                    checks: vec![check],
                });
            }
            None => {
                let refs: Vec<String> = rows.iter().map(|row| list(&row.refs)).collect();
                return Err(refused(
                    Code::BuilderRef,
                    Checked::BuilderRef,
                    Witness::Certificate,
                    refs.join(", "),
                    git_ref,
                ));
            }
        };
        let at = Check::met(
            Checked::BuilderRef,
            Witness::Certificate,
            list(&row.refs),
            git_ref,
        );
        let builder = match row.kind {
            BuilderKind::Delegator => delegated(question, row)?,
            _ => own_id(question, san, commit)?,
        };
        let build_type = build_type(question, row)?;
        Ok(resolved(question, row, row.level, vec![builder, at, build_type]))
    }

    /// A signer with no row of its own: the source's own workflow, or one that the caller named.
    fn unlisted<'a>(
        &'a self,
        question: Question<'_>,
        identity: &CertificateIdentity,
        issued: impl Fn(&&'a TrustedBuilder) -> bool,
    ) -> Result<Resolved, Box<Check>> {
        let san = identity.subject_alternative_name.as_str();
        let extensions = &identity.extensions;
        let commit = extensions.build_signer_digest.as_deref();
        let provenance = question.provenance;
        let of_kind = |kind| {
            self.rows
                .iter()
                .filter(&issued)
                .find(|row| row.kind == kind && row.build_types.contains(&provenance.build_type))
        };
        // The certificate names the workflow that was started (1.18). If that one signs, no other builder
        // stands between it and the signature.
        let is_caller = extensions.build_config_uri.as_deref() == Some(san);
        // npm's command line, and early attestations of GitHub's, name the runner as builder, whichever workflow of whomever
        // they run in. Of anything but packages, and by nobody whom the caller named, that would let a workflow that no row
        // knows name the runner, and pass.
        let may_name_the_runner = is_caller || question.of_npm || question.signer_is_named;
        if let Some(row) = of_kind(BuilderKind::NpmCli)
            .filter(|row| may_name_the_runner && row.builder_ids.contains(&provenance.builder_id))
        {
            let check = expected_id(question, &provenance.builder_id, commit)?;
            return Ok(resolved(question, row, row.level, vec![check]));
        }
        if is_caller && let Some(row) = of_kind(BuilderKind::CallerWorkflow) {
            let check = own_id(question, san, commit)?;
            // Old certificates do not tell the runner, and then it is not known to be hosted.
            let level = match extensions.runner_environment.as_deref() {
                Some("github-hosted") => row.level,
                _ => row.level.min(BuildLevel::ONE),
            };
            return Ok(resolved(question, row, level, vec![check]));
        }
        let named = question.expected.filter(|rule| rule.names(san));
        if named.is_none() && !question.signer_is_named {
            return Err(refused(
                Code::BuilderUntrusted,
                Checked::Builder,
                Witness::Certificate,
                question
                    .expected
                    .map_or_else(|| "a trusted builder".to_owned(), ToString::to_string),
                san,
            ));
        }
        if let Some(rule) = named
            && !is_caller
            && !is_pinned(rule, san, commit)
            && !AllowedRef::ReleaseTags.allows(split(san).1.unwrap_or_default(), commit)
        {
            let expected = format!("{rule} at a release tag");
            return Err(refused(
                Code::BuilderRef,
                Checked::BuilderRef,
                Witness::Certificate,
                expected,
                san,
            ));
        }
        let check = own_id(question, san, commit)?;
        Ok(Resolved {
            row: None,
            kind: None,
            id: provenance.builder_id.clone(),
            level: BuildLevel::ONE,
            checks: vec![check],
        })
    }

    fn of_key(&self, question: Question<'_>, name: Option<&str>) -> Result<Resolved, Box<Check>> {
        let provenance = question.provenance;
        let row = self.rows.iter().find(|row| {
            let prefix = row.key_prefix.as_deref();
            row.kind == BuilderKind::Key
                && prefix
                    .zip(name)
                    .is_some_and(|(prefix, name)| name.starts_with(prefix))
                && row.builder_ids.contains(&provenance.builder_id)
        });
        let check = expected_id(question, &provenance.builder_id, None)?;
        match row {
            Some(row) => {
                let build_type = build_type(question, row)?;
                Ok(resolved(question, row, row.level, vec![check, build_type]))
            }
            // Who gives the key and names the builder vouches for both.
            None if question.expected.is_some() || question.signer_is_named => Ok(Resolved {
                row: None,
                kind: Some(BuilderKind::Key),
                id: provenance.builder_id.clone(),
                level: BuildLevel::ONE,
                checks: vec![check],
            }),
            None => Err(refused(
                Code::BuilderUntrusted,
                Checked::Builder,
                Witness::Key,
                "a builder that this key may speak for",
                &provenance.builder_id,
            )),
        }
    }
}

fn resolved(question: Question<'_>, row: &TrustedBuilder, level: BuildLevel, checks: Vec<Check>) -> Resolved {
    Resolved {
        row: Some(row.name.clone()),
        kind: Some(row.kind),
        id: question.provenance.builder_id.clone(),
        level,
        checks,
    }
}

/// Says whether the rule names this signer in this very version.
fn is_pinned(rule: &BuilderRule, san: &str, commit: Option<&str>) -> bool {
    rule.has_version() && rule.matches(san, commit)
}

/// The signer is the builder, so the predicate must name it, and the caller must have expected it.
fn own_id(question: Question<'_>, san: &str, commit: Option<&str>) -> Result<Check, Box<Check>> {
    if let Some(expected) = question.expected
        && !expected.matches(san, commit)
    {
        let (checked, witness) = (Checked::Builder, Witness::Certificate);
        return Err(refused(
            Code::BuilderMismatch,
            checked,
            witness,
            expected.to_string(),
            san,
        ));
    }
    let found = &question.provenance.builder_id;
    if found != san {
        let (checked, witness) = (Checked::Builder, Witness::Predicate);
        return Err(refused(Code::BuilderIdMismatch, checked, witness, san, found));
    }
    Ok(Check::met(Checked::Builder, Witness::Both, san, found))
}

/// The predicate names the builder, and the caller must have expected it.
fn expected_id(question: Question<'_>, id: &str, commit: Option<&str>) -> Result<Check, Box<Check>> {
    let expected = question.expected.map(ToString::to_string);
    if question
        .expected
        .is_some_and(|expected| !expected.matches(id, commit))
    {
        let (checked, witness) = (Checked::Builder, Witness::Predicate);
        return Err(refused(
            Code::BuilderMismatch,
            checked,
            witness,
            expected.unwrap_or_default(),
            id,
        ));
    }
    let expected = expected.unwrap_or_else(|| id.to_owned());
    Ok(Check::met(Checked::Builder, Witness::Predicate, expected, id))
}

/// A trusted delegator vouches for the builder that the predicate names.
fn delegated(question: Question<'_>, row: &TrustedBuilder) -> Result<Check, Box<Check>> {
    let id = &question.provenance.builder_id;
    // The commit in the certificate is the delegator's, not the builder's.
    let check = expected_id(question, id, None)?;
    let known = row.builder_ids.iter().any(|prefix| {
        let rest = id.strip_prefix(prefix.as_str());
        rest.is_some_and(|rest| prefix.ends_with('/') && !split(rest).0.contains('/'))
    });
    if question.expected.is_none() && !known {
        let (checked, witness) = (Checked::Builder, Witness::Predicate);
        let expected = row.builder_ids.join(", ");
        return Err(refused(Code::BuilderUntrusted, checked, witness, expected, id));
    }
    let git_ref = split(id).1.unwrap_or_default();
    let pinned = question.expected.is_some_and(|rule| is_pinned(rule, id, None));
    let allowed = row.builder_refs.iter().any(|rule| rule.allows(git_ref, None));
    if !pinned && !allowed {
        return Err(refused(
            Code::BuilderRef,
            Checked::BuilderRef,
            Witness::Predicate,
            list(&row.builder_refs),
            git_ref,
        ));
    }
    Ok(check)
}

fn build_type(question: Question<'_>, row: &TrustedBuilder) -> Result<Check, Box<Check>> {
    let found = &question.provenance.build_type;
    let expected = row.build_types.join(", ");
    if row.build_types.contains(found) {
        Ok(Check::met(
            Checked::BuildType,
            Witness::Predicate,
            expected,
            found,
        ))
    } else {
        Err(refused(
            Code::BuilderBuildType,
            Checked::BuildType,
            Witness::Predicate,
            expected,
            found,
        ))
    }
}

fn refused(
    code: Code,
    checked: Checked,
    witness: Witness,
    expected: impl Into<String>,
    found: &str,
) -> Box<Check> {
    Box::new(Check::refused(
        code,
        checked,
        witness,
        expected,
        Some(found.to_owned()),
    ))
}

fn list(refs: &[AllowedRef]) -> String {
    refs.iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(", ")
}

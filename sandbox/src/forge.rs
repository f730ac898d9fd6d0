//! Forgeries: bundles that differ from an honest one in exactly one thing. Whatever is signed around it is signed
//! honestly, with the sandbox's own keys, so that a verifier can refuse for one reason only.

mod base;
mod certificate;
mod certificate_form;
mod certificate_name;
mod certificate_timestamp;
mod checkpoint;
mod document;
mod envelope;
mod flaws;
mod identity;
mod inclusion;
mod log;
mod log_body;
mod parts;
mod statement;
mod subject;
mod timestamp;
mod trust_root;

use crate::entry::EntryKind;
use crate::error::SandboxError;
use crate::sandbox::Sandbox;

pub use base::{ARTIFACT, Base};
pub(crate) use base::{expected, provenance_v1, provenance_v02, statement};
pub(crate) use document::{sorted, to_text};
use flaws::{Ask, Change, Promises, step};
pub(crate) use flaws::{Context, Flaws};

/// A way to forge a bundle.
#[derive(Debug)]
#[non_exhaustive]
pub struct Forgery {
    /// Its name in kebab-case.
    pub name: &'static str,
    /// What is wrong, in one sentence.
    pub about: &'static str,
    /// The stable code with which the verifier refuses it (`docs/reference/findings.md`).
    pub code: &'static str,
    /// The honest bundles that it is made of, the most telling first.
    pub bases: &'static [Base],
    /// Whether the verifier must ask for provenance to notice.
    pub provenance: bool,
    flaws: Flaws,
}

impl Forgery {
    const fn new(
        name: &'static str,
        about: &'static str,
        code: &'static str,
        bases: &'static [Base],
        flaws: Flaws,
    ) -> Self {
        Self {
            name,
            about,
            code,
            bases,
            provenance: false,
            flaws,
        }
    }

    const fn of_provenance(self) -> Self {
        Self {
            provenance: true,
            ..self
        }
    }
}

/// A bundle, with what is needed to verify it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Case {
    /// `bundle.sigstore.json`.
    pub bundle: Vec<u8>,
    /// What it should be about.
    pub artifact: Vec<u8>,
    /// `trusted_root.json`.
    pub trusted_root: Vec<u8>,
    /// The subject alternative name that is expected.
    pub identity: String,
    /// The issuer that is expected.
    pub issuer: String,
    /// The stable code with which the verifier refuses it; nothing for an honest one.
    pub code: Option<&'static str>,
}

/// Returns every forgery, by what is forged.
pub fn forgeries() -> impl Iterator<Item = &'static Forgery> {
    [
        certificate::FORGERIES,
        certificate_form::FORGERIES,
        certificate_name::FORGERIES,
        certificate_timestamp::FORGERIES,
        log::FORGERIES,
        inclusion::FORGERIES,
        log_body::FORGERIES,
        checkpoint::FORGERIES,
        timestamp::FORGERIES,
        envelope::FORGERIES,
        statement::FORGERIES,
        subject::FORGERIES,
        trust_root::FORGERIES,
        identity::FORGERIES,
    ]
    .into_iter()
    .flatten()
}

impl Sandbox {
    /// Makes the honest bundle of a kind.
    ///
    /// # Errors
    /// [`SandboxError`], where it cannot be made: a defect.
    pub fn honest(&self, base: Base) -> Result<Case, SandboxError> {
        self.case(base, &Flaws::NONE, None)
    }

    /// Forges a bundle. The sandbox's logs are left alone: the entry is in a log of the same keys, behind five others.
    ///
    /// # Errors
    /// [`SandboxError::Malformed`], where there is no forgery of that name, or not of that base.
    pub fn forge(&self, name: &str, base: Base) -> Result<Case, SandboxError> {
        let forgery = forgeries()
            .find(|forgery| forgery.name == name && forgery.bases.contains(&base))
            .ok_or(SandboxError::Malformed {
                what: "the forgery's name",
            })?;
        self.case(base, &forgery.flaws, Some(forgery.code))
    }

    fn case(&self, base: Base, flaws: &Flaws, code: Option<&'static str>) -> Result<Case, SandboxError> {
        let scratch = self.scratch()?;
        let mut request = base.request()?;
        if let Some(change) = flaws.request {
            change(&mut request)?;
        }
        let bundle = scratch.bundle_with(&request, flaws)?;
        let mut root = scratch.trusted_root(base.instance())?;
        let key = scratch.ephemeral_key(&request);
        let context = Context {
            sandbox: &scratch,
            request: &request,
            key: &key,
        };
        flaws.root(&context, &mut root)?;
        let (mut bundle, mut root) = (to_text(bundle)?, to_text(root)?);
        if let Some(change) = flaws.text {
            change(&mut bundle);
        }
        if let Some(change) = flaws.root_text {
            change(&mut root);
        }
        let (identity, issuer) = expected(base.identity()?);
        Ok(Case {
            bundle: bundle.into_bytes(),
            artifact: ARTIFACT.to_vec(),
            trusted_root: root.into_bytes(),
            identity,
            issuer,
            code,
        })
    }

    /// Makes the same sandbox with logs of five entries each, so that an entry has neighbours in the tree.
    pub(crate) fn scratch(&self) -> Result<Self, SandboxError> {
        let scratch = self.with_empty_logs();
        for number in 0..5_u8 {
            for kind in [EntryKind::DsseV001, EntryKind::HashedRekordV002] {
                scratch.append(kind, vec![number])?;
            }
        }
        Ok(scratch)
    }
}

//! Forgeries: bundles that differ from an honest one in exactly one thing. Whatever is signed around it is signed
//! honestly, with the sandbox's own keys, so that a verifier can refuse for one reason only.

mod base;
mod certificate;
mod certificate_name;
mod certificate_timestamp;
mod checkpoint;
mod document;
mod envelope;
mod identity;
mod log;
mod log_body;
mod parts;
mod statement;
mod timestamp;
mod trust_root;

use serde_json::Value;
use x509_cert::ext::Extension;

use crate::bundle::BundleRequest;
use crate::certificate::Draft;
use crate::clock::Clock;
use crate::entry::EntryKind;
use crate::error::SandboxError;
use crate::key::Key;
use crate::log::LogEntry;
use crate::sandbox::{Instance, Sandbox};
use crate::timestamp::{TokenDraft, TokenFlaw};

pub use base::{ARTIFACT, Base};
pub(crate) use base::{expected, provenance_v1, provenance_v02, statement};
pub(crate) use document::{sorted, to_text};

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
        certificate_name::FORGERIES,
        certificate_timestamp::FORGERIES,
        log::FORGERIES,
        log_body::FORGERIES,
        checkpoint::FORGERIES,
        timestamp::FORGERIES,
        envelope::FORGERIES,
        statement::FORGERIES,
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
        let scratch = Self::new(self.seed().clone(), Clock::Fixed(self.now()))?;
        for number in 0..5_u8 {
            for kind in [EntryKind::DsseV001, EntryKind::HashedRekordV002] {
                scratch.append(kind, vec![number])?;
            }
        }
        Ok(scratch)
    }
}

/// What a flaw can look at.
pub(crate) struct Context<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) request: &'a BundleRequest,
    /// The signer's key.
    pub(crate) key: &'a Key,
}

impl Context<'_> {
    fn instance(&self) -> Instance {
        self.request.instance
    }
}

/// Changes one thing of a bundle in the making.
type Change<T> = fn(&Context<'_>, &mut T) -> Result<(), SandboxError>;
/// Asks for another bundle than the base's.
type Ask = fn(&mut BundleRequest) -> Result<(), SandboxError>;
/// Makes the extensions that a certificate carries in place of its log's promise.
type Promise = for<'a> fn(&Context<'_>, &'a Draft) -> Result<Vec<Extension>, SandboxError>;
/// Makes something in place of the honest one, from what is left as it was.
type Make<T, U> = fn(&Context<'_>, T) -> Result<U, SandboxError>;

/// Where a bundle differs from an honest one, from the first step of its making to the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Flaws {
    /// What is asked for.
    request: Option<Ask>,
    /// The certificate before a log promises to publish it.
    draft: Option<Change<Draft>>,
    /// What the certificate carries in place of the log's promise.
    promises: Option<Promise>,
    /// Who signs the certificate, and how.
    issue: Option<Make<Draft, Vec<u8>>>,
    /// The signature, before it is logged or timestamped.
    signature: Option<Change<Vec<u8>>>,
    /// What is logged.
    body: Option<Change<Vec<u8>>>,
    /// What the log says of it.
    entry: Option<Change<LogEntry>>,
    /// The timestamp before it is signed.
    token: Option<Change<TokenDraft>>,
    /// What is wrong in the form of a timestamp that is signed.
    token_flaw: Option<TokenFlaw>,
    /// The timestamp authority's own certificate.
    timestamp_authority: Option<Change<Draft>>,
    /// Who timestamps the signature.
    timestamp: Option<Make<TokenDraft, Vec<u8>>>,
    /// The bundle.
    bundle: Option<Change<Value>>,
    /// The bundle's text.
    text: Option<fn(&mut String)>,
    /// The trust root.
    root: Option<Change<Value>>,
    /// The trust root's text.
    root_text: Option<fn(&mut String)>,
}

impl Flaws {
    /// An honest bundle.
    pub(crate) const NONE: Self = Self {
        request: None,
        draft: None,
        promises: None,
        issue: None,
        signature: None,
        body: None,
        entry: None,
        token: None,
        token_flaw: None,
        timestamp_authority: None,
        timestamp: None,
        bundle: None,
        text: None,
        root: None,
        root_text: None,
    };

    pub(crate) fn certificate(&self, context: &Context<'_>) -> Result<Vec<u8>, SandboxError> {
        let (sandbox, request) = (context.sandbox, context.request);
        let mut draft = sandbox.draft(request.instance, &context.key.spki()?, &request.identity)?;
        apply(self.draft, context, &mut draft)?;
        if let Some(issue) = self.issue {
            return issue(context, draft);
        }
        if let Some(promises) = self.promises {
            draft.extensions.extend(promises(context, &draft)?);
            return draft.sign(&sandbox.authority.key);
        }
        sandbox.sign_draft(request.instance, draft)
    }

    pub(crate) fn signature(&self, context: &Context<'_>, made: &mut Vec<u8>) -> Result<(), SandboxError> {
        apply(self.signature, context, made)
    }

    pub(crate) fn body(&self, context: &Context<'_>, body: &mut Vec<u8>) -> Result<(), SandboxError> {
        apply(self.body, context, body)
    }

    pub(crate) fn entry(&self, context: &Context<'_>, entry: &mut LogEntry) -> Result<(), SandboxError> {
        apply(self.entry, context, entry)
    }

    pub(crate) fn timestamp(&self, context: &Context<'_>, signature: &[u8]) -> Result<Vec<u8>, SandboxError> {
        let mut draft = TokenDraft::of(signature, context.sandbox.now());
        apply(self.token, context, &mut draft)?;
        draft.flaw = self.token_flaw;
        if let Some(change) = self.timestamp_authority {
            return parts::timestamp_authority(context, change)?.answer(&draft);
        }
        match self.timestamp {
            Some(answer) => answer(context, draft),
            None => context.sandbox.answer_timestamp(context.instance(), &draft),
        }
    }

    fn root(&self, context: &Context<'_>, root: &mut Value) -> Result<(), SandboxError> {
        if let Some(change) = self.timestamp_authority {
            let chain = parts::timestamp_authority(context, change)?.chain();
            parts::list_chain(root, "timestampAuthorities", &chain)?;
        }
        apply(self.root, context, root)
    }

    pub(crate) fn bundle(&self, context: &Context<'_>, bundle: &mut Value) -> Result<(), SandboxError> {
        apply(self.bundle, context, bundle)
    }
}

fn apply<T>(change: Option<Change<T>>, context: &Context<'_>, to: &mut T) -> Result<(), SandboxError> {
    change.map_or(Ok(()), |change| change(context, to))
}

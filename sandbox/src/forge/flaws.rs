//! Where a bundle differs from an honest one, from the first step of its making to the last.

use serde_json::Value;
use x509_cert::ext::Extension;

use super::parts::{list_chain, timestamp_authority};
use crate::bundle::BundleRequest;
use crate::certificate::Draft;
use crate::error::SandboxError;
use crate::key::Key;
use crate::log::LogEntry;
use crate::sandbox::{Instance, Sandbox};
use crate::timestamp::{TokenDraft, TokenFlaw};

/// What a flaw can look at.
pub(crate) struct Context<'a> {
    pub(crate) sandbox: &'a Sandbox,
    pub(crate) request: &'a BundleRequest,
    /// The signer's key.
    pub(crate) key: &'a Key,
}

impl Context<'_> {
    pub(super) fn instance(&self) -> Instance {
        self.request.instance
    }
}

/// Changes one thing of a bundle in the making.
pub(super) type Change<T> = fn(&Context<'_>, &mut T) -> Result<(), SandboxError>;
/// Makes something in place of the honest one, from what is left as it was.
pub(super) type Make<T, U> = fn(&Context<'_>, T) -> Result<U, SandboxError>;

/// Asks for another bundle than the base's.
pub(super) type Ask = fn(&mut BundleRequest) -> Result<(), SandboxError>;
/// Makes the extensions that a certificate carries in place of its log's promise.
pub(super) type Promises = for<'a> fn(&Context<'_>, &'a Draft) -> Result<Vec<Extension>, SandboxError>;

/// Writes, of the steps in which a bundle is made, the struct that can hold a flaw for each, and a constructor of
/// forgeries for each.
macro_rules! steps {
    ($( $(#[$doc:meta])+ $step:ident: $flaw:ty, )+) => {
        /// Where a bundle differs from an honest one, from the first step of its making to the last.
        #[derive(Debug, Clone, Copy)]
        pub(crate) struct Flaws {
            $( $(#[$doc])+ pub(super) $step: Option<$flaw>, )+
        }

        impl Flaws {
            /// An honest bundle.
            pub(crate) const NONE: Self = Self { $( $step: None, )+ };
        }

        /// Forgeries by the one step in which they differ.
        #[allow(dead_code, reason = "not each step is forged alone")]
        pub(super) mod step {
            use super::*;
            use crate::forge::{Base, Forgery};
            $(
                $(#[$doc])+
                pub(in crate::forge) const fn $step(
                    name: &'static str,
                    about: &'static str,
                    code: &'static str,
                    bases: &'static [Base],
                    flaw: $flaw,
                ) -> Forgery {
                    let flaws = Flaws { $step: Some(flaw), ..Flaws::NONE };
                    Forgery::new(name, about, code, bases, flaws)
                }
            )+
        }
    };
}

steps! {
    /// What is asked for.
    request: Ask,
    /// The certificate before a log promises to publish it.
    draft: Change<Draft>,
    /// What the certificate carries in place of the log's promise.
    promises: Promises,
    /// Who signs the certificate, and how.
    issue: Make<Draft, Vec<u8>>,
    /// The signature, before it is logged or timestamped.
    signature: Change<Vec<u8>>,
    /// What is logged.
    body: Change<Vec<u8>>,
    /// What the log says of it.
    entry: Change<LogEntry>,
    /// The timestamp before it is signed.
    token: Change<TokenDraft>,
    /// What is wrong in the form of a timestamp that is signed.
    token_flaw: TokenFlaw,
    /// The timestamp authority's own certificate.
    timestamp_authority: Change<Draft>,
    /// Who timestamps the signature.
    timestamp: Make<TokenDraft, Vec<u8>>,
    /// The bundle.
    bundle: Change<Value>,
    /// The bundle's text.
    text: fn(&mut String),
    /// The trust root.
    root: Change<Value>,
    /// The trust root's text.
    root_text: fn(&mut String),
}

impl Flaws {
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
            return timestamp_authority(context, change)?.answer(&draft);
        }
        match self.timestamp {
            Some(answer) => answer(context, draft),
            None => context.sandbox.answer_timestamp(context.instance(), &draft),
        }
    }

    pub(super) fn root(&self, context: &Context<'_>, root: &mut Value) -> Result<(), SandboxError> {
        if let Some(change) = self.timestamp_authority {
            let chain = timestamp_authority(context, change)?.chain();
            list_chain(root, "timestampAuthorities", &chain)?;
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

//! What several kinds of forgeries make: strangers' keys, authorities that differ, certificates signed by hand.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use x509_cert::der::asn1::{BitString, ObjectIdentifier};
use x509_cert::der::{Any, Encode as _, Tag};
use x509_cert::ext::Extension;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::document::set;
use super::{Change, Context};
use crate::authority::Drafts;
use crate::certificate::Draft;
use crate::clock::Clock;
use crate::error::SandboxError;
use crate::key::Key;
use crate::sandbox::{Instance, ORGANISATION, Sandbox};
use crate::timestamp::TimestampAuthority;

/// Returns a key that nobody trusts.
pub(super) fn stranger(context: &Context<'_>) -> Key {
    Key::P256(context.sandbox.seed().p256("a stranger"))
}

/// Returns a sandbox whose authorities and logs have the same names, and other keys.
pub(super) fn namesake(context: &Context<'_>) -> Result<Sandbox, SandboxError> {
    Sandbox::new("another seed", Clock::Fixed(context.sandbox.now()))
}

/// Returns the drafts of the authority that issues the bundle's certificate.
pub(super) fn authority(context: &Context<'_>) -> Result<Drafts, SandboxError> {
    let kind = match context.instance() {
        Instance::Public => "fulcio",
        Instance::Private => "private-fulcio",
    };
    Drafts::new(context.sandbox.seed(), ORGANISATION, kind)
}

/// Returns the name of the bundle's timestamp authority.
pub(super) fn timestamp_authority_name(context: &Context<'_>) -> &'static str {
    match context.instance() {
        Instance::Public => "tsa",
        Instance::Private => "private-tsa",
    }
}

/// Makes the bundle's timestamp authority with another certificate.
pub(super) fn timestamp_authority(
    context: &Context<'_>,
    change: Change<Draft>,
) -> Result<TimestampAuthority, SandboxError> {
    let name = timestamp_authority_name(context);
    TimestampAuthority::with(context.sandbox.seed(), ORGANISATION, name, |draft| {
        change(context, draft)
    })
}

/// Writes certificates as a trust root has them.
pub(super) fn certificates(chain: &[Vec<u8>]) -> Value {
    chain
        .iter()
        .map(|der| json!({ "rawBytes": STANDARD.encode(der) }))
        .collect()
}

/// Replaces the chain of an authority in a trust root.
pub(super) fn list_chain(root: &mut Value, authorities: &str, chain: &[Vec<u8>]) -> Result<(), SandboxError> {
    let place = format!("/{authorities}/0/certChain/certificates");
    set(root, &place, certificates(chain))
}

/// Puts an extension in the place of the one of its kind.
pub(super) fn replace(draft: &mut Draft, extension: Extension) {
    draft
        .extensions
        .retain(|other| other.extn_id != extension.extn_id);
    draft.extensions.push(extension);
}

/// Takes an extension out.
pub(super) fn without(draft: &mut Draft, id: ObjectIdentifier) {
    draft.extensions.retain(|extension| extension.extn_id != id);
}

/// Signs the part of a certificate that is signed, and names the algorithm.
pub(super) fn certificate_of(
    to_be_signed: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
    by: &Key,
) -> Result<Vec<u8>, SandboxError> {
    let signature = BitString::from_bytes(&by.sign(to_be_signed))?;
    let parts = [to_be_signed.to_vec(), algorithm.to_der()?, signature.to_der()?];
    Ok(Any::new(Tag::Sequence, parts.concat())?.to_der()?)
}

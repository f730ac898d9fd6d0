//! What a certificate carries in place of a transparency log's honest promise to publish it (RFC 6962).

use jiff::SignedDuration;
use serde_json::Value;
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::{Null, ObjectIdentifier, OctetStringRef};

use super::base::Base;
use super::document::{flip, insert, set};
use super::parts::{namesake, stranger};
use super::{Change, Context, Flaws, Forgery, Promises, step};
use crate::certificate::{Draft, extension, raw_extension};
use crate::ct_log::{self, Promise, SCT_LIST};
use crate::error::SandboxError;

/// What makes a certificate one that is to be logged, and not to be used (RFC 6962, section 3.1).
const POISON: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.3");

const KINDS: &[Base] = &[Base::Message, Base::RekorV1, Base::RekorV2];

const fn promises(name: &'static str, about: &'static str, flaw: Promises) -> Forgery {
    step::promises(name, about, "certificate-timestamp", KINDS, flaw)
}

const fn root(name: &'static str, about: &'static str, flaw: Change<Value>) -> Forgery {
    step::root(name, about, "certificate-timestamp", KINDS, flaw)
}

pub(super) const FORGERIES: &[Forgery] = &[
    promises(
        "certificate-timestamp-missing",
        "No log has promised to publish the certificate.",
        |_, _| Ok(Vec::new()),
    ),
    promises(
        "certificate-timestamp-list-empty",
        "The list of promises is empty.",
        |_, _| Ok(vec![ct_log::extension(&[])?]),
    ),
    promises(
        "certificate-timestamp-signature",
        "The promise's signature is over something else.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            promise.signature = context.sandbox.ct_log.sign(b"something else");
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-other-key",
        "A stranger signed the promise in the log's name.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            sign(context, draft, &mut promise, &stranger(context))?;
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-unknown-log",
        "The promise is of a log that nobody trusts.",
        |context, draft| {
            let log = stranger(context);
            let mut promise = honest(context, draft)?;
            promise.log_id = log.id()?;
            sign(context, draft, &mut promise, &log)?;
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-other-issuer",
        "The promise is for the same certificate of an authority with the issuer's name, and another key.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            let issuer = namesake(context)?.authority.key.spki()?;
            let to_be_signed = draft.to_be_signed(&context.sandbox.authority.key)?;
            promise.sign(&context.sandbox.ct_log, &issuer, &to_be_signed)?;
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-other-certificate",
        "The promise is for another certificate.",
        |context, draft| {
            let mut other = draft.clone();
            flip(&mut other.serial);
            Ok(vec![ct_log::extension(&[honest(context, &other)?])?])
        },
    ),
    promises(
        "certificate-timestamp-time-changed",
        "The promise's time is a second later than when it was signed.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            promise.at = later(promise.at, SignedDuration::from_secs(1))?;
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-extensions-changed",
        "The promise has extensions that the log did not sign.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            promise.extensions = vec![0, 0, 5, 0, 0, 0, 0, 1];
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-version",
        "The promise is of a version that does not exist, and signed so.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            promise.version = 1;
            let log = &context.sandbox.ct_log;
            sign(context, draft, &mut promise, log)?;
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-future",
        "The log promised an hour after now.",
        |context, draft| {
            let mut promise = honest(context, draft)?;
            promise.at = later(promise.at, SignedDuration::from_hours(1))?;
            let log = &context.sandbox.ct_log;
            sign(context, draft, &mut promise, log)?;
            Ok(vec![ct_log::extension(&[promise])?])
        },
    ),
    promises(
        "certificate-timestamp-hash",
        "The promise's signature is said to be over a SHA-1.",
        |context, draft| {
            let promise = honest(context, draft)?;
            let mut bytes = promise.to_bytes()?;
            let hash = bytes
                .len()
                .saturating_sub(promise.signature.len().saturating_add(4));
            if let Some(byte) = bytes.get_mut(hash) {
                *byte = 2;
            }
            Ok(vec![ct_log::extension_of(&[bytes])?])
        },
    ),
    promises(
        "certificate-timestamp-length",
        "The promise says that its signature is a byte longer than it is.",
        |context, draft| {
            let promise = honest(context, draft)?;
            let mut bytes = promise.to_bytes()?;
            let length = bytes
                .len()
                .saturating_sub(promise.signature.len().saturating_add(1));
            if let Some(byte) = bytes.get_mut(length) {
                *byte = byte.saturating_add(1);
            }
            Ok(vec![ct_log::extension_of(&[bytes])?])
        },
    ),
    promises(
        "certificate-timestamp-garbage",
        "In place of promises there is something else.",
        |_, _| {
            Ok(vec![raw_extension(
                SCT_LIST,
                false,
                &OctetStringRef::new(b"promises")?.to_der()?,
            )?])
        },
    ),
    promises(
        "certificate-timestamp-second-forged",
        "Beside the honest promise there is one that the log did not sign.",
        |context, draft| {
            let promise = honest(context, draft)?;
            let mut forged = promise.clone();
            forged.at = later(forged.at, SignedDuration::from_secs(1))?;
            Ok(vec![ct_log::extension(&[promise, forged])?])
        },
    ),
    Forgery::new(
        "certificate-timestamp-list-twice",
        "There are two lists of promises, the first one honest.",
        "certificate-malformed",
        KINDS,
        Flaws {
            promises: Some(|context, draft| {
                let list = ct_log::extension(&[honest(context, draft)?])?;
                Ok(vec![list, ct_log::extension(&[])?])
            }),
            ..Flaws::NONE
        },
    ),
    Forgery::new(
        "certificate-poisoned",
        "The certificate is the one that was logged, which must not be used.",
        "certificate-untrusted",
        KINDS,
        Flaws {
            draft: Some(|_, draft| {
                draft.extensions.push(extension(POISON, true, &Null)?);
                Ok(())
            }),
            ..Flaws::NONE
        },
    ),
    root(
        "certificate-log-retired",
        "The trust root retired the log a day before its promise.",
        |context, root| {
            let end = later(context.sandbox.now(), SignedDuration::from_hours(-24))?;
            insert(root, VALIDITY, "end", end.to_string())
        },
    ),
    root(
        "certificate-log-not-yet-trusted",
        "The trust root trusts the log from the day after its promise.",
        |context, root| {
            let start = later(context.sandbox.now(), SignedDuration::from_hours(24))?;
            insert(root, VALIDITY, "start", start.to_string())
        },
    ),
    root(
        "certificate-log-other-key",
        "The trust root has another key for the log.",
        |context, root| {
            let key = namesake(context)?.ct_log.spki()?;
            set(root, "/ctlogs/0/publicKey/rawBytes", base64(&key))
        },
    ),
];

const VALIDITY: &str = "/ctlogs/0/publicKey/validFor";

fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn later(at: jiff::Timestamp, by: SignedDuration) -> Result<jiff::Timestamp, SandboxError> {
    at.checked_add(by).map_err(|_| SandboxError::Time { at })
}

/// The promise that the log gives for a certificate.
fn honest(context: &Context<'_>, draft: &Draft) -> Result<Promise, SandboxError> {
    let authority = &context.sandbox.authority.key;
    let to_be_signed = draft.to_be_signed(authority)?;
    ct_log::promise(
        &context.sandbox.ct_log,
        &authority.spki()?,
        &to_be_signed,
        draft.not_before,
    )
}

fn sign(
    context: &Context<'_>,
    draft: &Draft,
    promise: &mut Promise,
    by: &crate::key::Key,
) -> Result<(), SandboxError> {
    let authority = &context.sandbox.authority.key;
    promise.sign(by, &authority.spki()?, &draft.to_be_signed(authority)?)
}

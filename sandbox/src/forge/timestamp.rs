//! Timestamps of something else, of another time, or by somebody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage};

use super::base::Base;
use super::document::{TIMESTAMPS, at, bytes, flip, insert, list, remove, set};
use super::parts::{list_chain, replace, timestamp_authority_name};
use super::step::{bundle, token};
use super::{Change, Context, Flaws, Forgery, step};
use crate::authority::{BASIC_CONSTRAINTS, CODE_SIGNING, EXTENDED_KEY_USAGE, TIME_STAMPING, serial};
use crate::bundle::Content;
use crate::certificate::{Draft, extension};
use crate::error::SandboxError;
use crate::sandbox::{Instance, ORGANISATION};
use crate::seed::Seed;
use crate::timestamp::{TimestampAuthority, TokenDraft, TokenFlaw};

const INVALID: &str = "timestamp-invalid";
const KINDS: &[Base] = &[Base::Private, Base::RekorV2];
const FIRST: &str = "/verificationMaterial/timestampVerificationData/rfc3161Timestamps/0/signedTimestamp";
const AUTHORITIES: &str = "timestampAuthorities";

const fn root(name: &'static str, about: &'static str, code: &'static str, flaw: Change<Value>) -> Forgery {
    step::root(name, about, code, KINDS, flaw)
}

pub(super) const FORGERIES: &[Forgery] = &[
    // - of what
    bundle(
        "timestamp-missing",
        "Nothing tells the time.",
        "time-missing",
        Base::TIMESTAMPED,
        |_, bundle| remove(bundle, "/verificationMaterial", "timestampVerificationData"),
    ),
    token(
        "timestamp-of-payload",
        "The timestamp is of the payload, which could be signed later.",
        INVALID,
        KINDS,
        |context, draft| {
            if let Content::Envelope { payload, .. } = &context.request.content {
                *draft = TokenDraft::of(payload, draft.at);
            }
            Ok(())
        },
    ),
    token(
        "timestamp-of-signed-bytes",
        "The timestamp is of what was signed, which could be signed later.",
        INVALID,
        Base::TIMESTAMPED,
        |context, draft| {
            *draft = TokenDraft::of(&context.request.content.signed_bytes(), draft.at);
            Ok(())
        },
    ),
    token(
        "timestamp-of-other-signature",
        "The timestamp is of another signature of the same key.",
        INVALID,
        Base::TIMESTAMPED,
        |context, draft| {
            *draft = TokenDraft::of(&context.key.sign(b"something else"), draft.at);
            Ok(())
        },
    ),
    token(
        "timestamp-of-sha1",
        "The timestamp names the signature by something that is as short as a SHA-1.",
        INVALID,
        Base::TIMESTAMPED,
        |_, draft| {
            *draft = draft.clone().with_sha1_imprint();
            Ok(())
        },
    ),
    token(
        "timestamp-imprint-short",
        "The timestamp names the signature by a SHA-256 without its last byte.",
        INVALID,
        KINDS,
        |_, draft| {
            draft.imprint.pop();
            Ok(())
        },
    ),
    // - of when
    token(
        "timestamp-before-certificate",
        "The timestamp is of a second before the certificate became valid.",
        "certificate-expired",
        Base::TIMESTAMPED,
        |_, draft| {
            draft.at = later(draft.at, SignedDuration::from_secs(-1))?;
            Ok(())
        },
    ),
    token(
        "timestamp-future",
        "The timestamp is of a second after now.",
        INVALID,
        Base::TIMESTAMPED,
        |_, draft| {
            draft.at = later(draft.at, SignedDuration::from_secs(1))?;
            Ok(())
        },
    ),
    bundle(
        "second-timestamp-before-certificate",
        "Beside the honest timestamp there is one of a second before the certificate became valid.",
        "certificate-expired",
        Base::TIMESTAMPED,
        |context, bundle| {
            let at = later(context.sandbox.now(), SignedDuration::from_secs(-1))?;
            let draft = TokenDraft::of(&signature(context), at);
            push(
                bundle,
                &context.sandbox.answer_timestamp(context.instance(), &draft)?,
            )
        },
    ),
    bundle(
        "second-timestamp-forged",
        "Beside the honest timestamp there is one of something else.",
        INVALID,
        Base::TIMESTAMPED,
        |context, bundle| {
            push(
                bundle,
                &context.sandbox.timestamp(context.instance(), b"something else")?,
            )
        },
    ),
    bundle(
        "timestamps-too-many",
        "There are 33 timestamps.",
        "limit-exceeded",
        &[Base::Private, Base::RekorV1],
        |_, bundle| {
            let timestamps = vec![json!({ "signedTimestamp": "" }); 33];
            insert(
                bundle,
                "/verificationMaterial",
                "timestampVerificationData",
                json!({ "rfc3161Timestamps": timestamps }),
            )
        },
    ),
    // - in what form
    bundle(
        "timestamp-changed",
        "The last bit of the authority's signature is another one.",
        INVALID,
        Base::TIMESTAMPED,
        |_, bundle| bytes(bundle, FIRST, flip),
    ),
    bundle(
        "timestamp-empty",
        "The timestamp is empty.",
        INVALID,
        Base::TIMESTAMPED,
        |_, bundle| set(bundle, FIRST, ""),
    ),
    flawed(
        "timestamp-trailing-byte",
        "There is a byte after the timestamp.",
        TokenFlaw::TrailingByte,
    ),
    flawed(
        "timestamp-rejected",
        "The authority's answer is that it rejects the request.",
        TokenFlaw::StatusRejected,
    ),
    flawed(
        "timestamp-without-signer",
        "Nobody signed the timestamp.",
        TokenFlaw::NoSigner,
    ),
    flawed(
        "timestamp-two-signers",
        "The authority signed the timestamp twice, differently.",
        TokenFlaw::TwoSigners,
    ),
    flawed(
        "timestamp-without-attributes",
        "The authority signed the content without attributes.",
        TokenFlaw::NoSignedAttributes,
    ),
    flawed(
        "timestamp-other-digest",
        "The authority signed the digest of another content.",
        TokenFlaw::OtherMessageDigest,
    ),
    flawed(
        "timestamp-other-content-type",
        "The authority signed that the content is of another type.",
        TokenFlaw::OtherContentType,
    ),
    flawed(
        "timestamp-other-signing-certificate",
        "The authority signed that another certificate is its own.",
        TokenFlaw::OtherSigningCertificate,
    ),
    // - by whom
    by_stranger(
        "timestamp-of-stranger",
        "An authority that nobody trusts signed the timestamp.",
        |_, draft| {
            draft.with_certificate = false;
            Ok(())
        },
    ),
    by_stranger(
        "timestamp-of-stranger-with-certificate",
        "An authority that nobody trusts signed the timestamp, and put its certificate in.",
        |_, draft| {
            draft.with_certificate = true;
            Ok(())
        },
    ),
    Forgery::new(
        "timestamp-of-code-signer",
        "Whom the trusted authority certified for signing code signed the timestamp, and put the trusted certificate beside its own.",
        INVALID,
        KINDS,
        Flaws {
            timestamp: Some(|context, mut draft| {
                draft.with_certificate = true;
                draft.bag = vec![own(context).chain().into_iter().next().unwrap_or_default()];
                TimestampAuthority::with(context.sandbox.seed(), ORGANISATION, "signer of code", |draft| {
                    replace(draft, purpose(&[CODE_SIGNING], true)?);
                    Ok(())
                })?
                .answer(&draft)
            }),
            ..Flaws::NONE
        },
    ),
    Forgery::new(
        "timestamp-of-sister",
        "An honest timestamp authority that the same authority certified, and that nobody trusts, signed the timestamp.",
        INVALID,
        KINDS,
        Flaws {
            timestamp: Some(|context, mut draft| {
                draft.with_certificate = true;
                TimestampAuthority::new(context.sandbox.seed(), ORGANISATION, "sister")?.answer(&draft)
            }),
            ..Flaws::NONE
        },
    ),
    Forgery::new(
        "timestamp-certificates-too-many",
        "The timestamp carries 17 certificates.",
        "limit-exceeded",
        &[Base::Private],
        Flaws {
            token: Some(|context, draft| {
                for number in 0..17_u8 {
                    let other =
                        TimestampAuthority::with(context.sandbox.seed(), ORGANISATION, "tsa", |draft| {
                            draft.serial = serial(&[&[number]]);
                            Ok(())
                        })?;
                    draft.bag.extend(other.chain().into_iter().next());
                }
                Ok(())
            }),
            ..Flaws::NONE
        },
    ),
    // - the authority in the trust root
    root(
        "timestamp-authority-retired",
        "The trust root retired the timestamp authority a day before.",
        "timestamp-authority-expired",
        |context, root| {
            let end = later(context.sandbox.now(), SignedDuration::from_hours(-24))?;
            insert(root, "/timestampAuthorities/0/validFor", "end", end.to_string())
        },
    ),
    root(
        "timestamp-authority-not-yet-trusted",
        "The trust root trusts the timestamp authority from the day after.",
        "timestamp-authority-expired",
        |context, root| {
            let start = later(context.sandbox.now(), SignedDuration::from_hours(24))?;
            set(root, "/timestampAuthorities/0/validFor/start", start.to_string())
        },
    ),
    root(
        "timestamp-authority-retired-beside-other",
        "The timestamp authority is retired, and another one, which signed nothing, is not.",
        "timestamp-authority-expired",
        |context, root| {
            let other = TimestampAuthority::new(&Seed::new("another seed"), ORGANISATION, "tsa")?;
            let mut second = at(root, "/timestampAuthorities/0")?.clone();
            let certificates = super::parts::certificates(&other.chain());
            set(&mut second, "/certChain/certificates", certificates)?;
            let end = later(context.sandbox.now(), SignedDuration::from_hours(-24))?;
            insert(root, "/timestampAuthorities/0/validFor", "end", end.to_string())?;
            list(root, "/timestampAuthorities")?.push(second);
            Ok(())
        },
    ),
    root(
        "timestamp-authority-other-key",
        "The trusted timestamp authority has the signer's name, and another key.",
        INVALID,
        |context, root| {
            let name = timestamp_authority_name(context);
            let other = TimestampAuthority::new(&Seed::new("another seed"), ORGANISATION, name)?;
            list_chain(root, AUTHORITIES, &other.chain())
        },
    ),
    certified(
        "timestamp-authority-expired",
        "The timestamp authority's own certificate had expired.",
        |_, draft| {
            draft.not_after = later(draft.not_before, SignedDuration::from_hours(24))?;
            Ok(())
        },
    ),
    certified(
        "timestamp-authority-for-code",
        "The timestamp authority is certified for signing code.",
        |_, draft| {
            replace(draft, purpose(&[CODE_SIGNING], true)?);
            Ok(())
        },
    ),
    certified(
        "timestamp-authority-for-both",
        "The timestamp authority is certified for signing code, too, which it must not be.",
        |_, draft| {
            replace(draft, purpose(&[TIME_STAMPING, CODE_SIGNING], true)?);
            Ok(())
        },
    ),
    certified(
        "timestamp-authority-purpose-optional",
        "The timestamp authority's certificate lets others ignore what it is for.",
        |_, draft| {
            replace(draft, purpose(&[TIME_STAMPING], false)?);
            Ok(())
        },
    ),
    certified(
        "timestamp-authority-issues",
        "The timestamp authority's certificate is one of an authority for certificates.",
        |_, draft| {
            let constraints = BasicConstraints {
                ca: true,
                path_len_constraint: None,
            };
            replace(draft, extension(BASIC_CONSTRAINTS, true, &constraints)?);
            Ok(())
        },
    ),
];

/// A timestamp that is signed, and wrong in its form.
const fn flawed(name: &'static str, about: &'static str, flaw: TokenFlaw) -> Forgery {
    step::token_flaw(name, about, INVALID, KINDS, flaw)
}

/// An honest timestamp of an authority that has a wrong certificate.
const fn certified(name: &'static str, about: &'static str, flaw: Change<Draft>) -> Forgery {
    step::timestamp_authority(name, about, INVALID, KINDS, flaw)
}

/// A timestamp of an authority with other keys.
const fn by_stranger(name: &'static str, about: &'static str, change: Change<TokenDraft>) -> Forgery {
    let flaws = Flaws {
        token: Some(change),
        timestamp: Some(|_, draft| {
            TimestampAuthority::new(&Seed::new("another seed"), ORGANISATION, "tsa")?.answer(&draft)
        }),
        ..Flaws::NONE
    };
    Forgery::new(name, about, INVALID, Base::TIMESTAMPED, flaws)
}

fn later(at: Timestamp, by: SignedDuration) -> Result<Timestamp, SandboxError> {
    at.checked_add(by).map_err(|_| SandboxError::Time { at })
}

fn purpose(
    purposes: &[x509_cert::der::asn1::ObjectIdentifier],
    critical: bool,
) -> Result<x509_cert::ext::Extension, SandboxError> {
    extension(EXTENDED_KEY_USAGE, critical, &ExtendedKeyUsage(purposes.to_vec()))
}

/// The bundle's honest timestamp authority.
fn own<'a>(context: &Context<'a>) -> &'a TimestampAuthority {
    match context.instance() {
        Instance::Public => &context.sandbox.timestamps,
        Instance::Private => &context.sandbox.private_timestamps,
    }
}

/// The signature of the bundle, which is the same each time.
fn signature(context: &Context<'_>) -> Vec<u8> {
    context.key.sign(&context.request.content.signed_bytes())
}

fn push(bundle: &mut Value, token: &[u8]) -> Result<(), SandboxError> {
    list(bundle, TIMESTAMPS)?.push(json!({ "signedTimestamp": STANDARD.encode(token) }));
    Ok(())
}

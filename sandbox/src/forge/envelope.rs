//! Envelopes and messages whose signature is over something else, and bundles that do not say in one way what is
//! signed.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use sha2::{Digest as _, Sha256, Sha384};

use super::base::Base;
use super::document::{at, bytes, flip, insert, list, remove, set, text};
use super::parts::stranger;
use super::step::bundle;
use super::{Ask, Change, Forgery, step};
use crate::bundle::{BundleRequest, Content};
use crate::error::SandboxError;

const KINDS: &[Base] = Base::EACH_TIME;
const INVALID: &str = "signature-invalid";
const SIGNATURES: &str = "/dsseEnvelope/signatures";
const SIG: &str = "/dsseEnvelope/signatures/0/sig";
const PAYLOAD: &str = "/dsseEnvelope/payload";
const MESSAGE: &str = "/messageSignature/signature";
const DIGEST: &str = "/messageSignature/messageDigest";

/// A signature that is logged and timestamped as if it were right.
const fn signature(
    name: &'static str,
    about: &'static str,
    bases: &'static [Base],
    flaw: Change<Vec<u8>>,
) -> Forgery {
    step::signature(name, about, INVALID, bases, flaw)
}

/// Another type, signed as such.
const fn payload_type(name: &'static str, about: &'static str, flaw: Ask) -> Forgery {
    step::request(name, about, "payload-type", KINDS, flaw)
}

const fn text_of(
    name: &'static str,
    about: &'static str,
    code: &'static str,
    flaw: fn(&mut String),
) -> Forgery {
    step::text(
        name,
        about,
        code,
        &[Base::Private, Base::RekorV1, Base::Message],
        flaw,
    )
}

pub(super) const FORGERIES: &[Forgery] = &[
    // - signatures over something else
    signature(
        "signature-of-payload",
        "The signature is over the payload alone.",
        KINDS,
        |context, made| {
            if let Content::Envelope { payload, .. } = &context.request.content {
                *made = context.key.sign(payload);
            }
            Ok(())
        },
    ),
    signature(
        "signature-of-other-payload",
        "The signature is over another payload.",
        KINDS,
        |context, made| {
            *made = context.key.sign(&Content::statement("{}").signed_bytes());
            Ok(())
        },
    ),
    signature(
        "signature-of-other-key",
        "A stranger signed.",
        Base::ALL,
        |context, made| {
            *made = stranger(context).sign(&context.request.content.signed_bytes());
            Ok(())
        },
    ),
    signature(
        "signature-of-other-artifact",
        "The signature is over another artifact.",
        Base::MESSAGES,
        |context, made| {
            *made = context.key.sign(b"another artifact");
            Ok(())
        },
    ),
    signature(
        "signature-changed",
        "The last bit of the signature is another one.",
        Base::ALL,
        |_, made| {
            flip(made);
            Ok(())
        },
    ),
    signature(
        "signature-empty",
        "The signature is empty.",
        Base::ALL,
        |_, made| {
            made.clear();
            Ok(())
        },
    ),
    signature(
        "signature-trailing-byte",
        "There is a byte after the signature.",
        Base::ALL,
        |_, made| {
            made.push(0);
            Ok(())
        },
    ),
    signature(
        "signature-bare",
        "The signature's two numbers stand there bare, where DER is prescribed.",
        Base::ALL,
        |_, made| {
            let read = p256::ecdsa::Signature::from_der(made).map_err(|_| SandboxError::Signature)?;
            *made = read.to_bytes().to_vec();
            Ok(())
        },
    ),
    bundle(
        "signature-not-logged",
        "The bundle's signature is a stranger's, the logged one is right.",
        INVALID,
        &[Base::RekorV1, Base::RekorV1Old],
        |context, bundle| {
            let made = stranger(context).sign(&context.request.content.signed_bytes());
            set(bundle, SIG, STANDARD.encode(made))
        },
    ),
    // - what was changed after it was signed
    bundle(
        "payload-changed",
        "The payload was changed after it was signed: a space stands behind it.",
        INVALID,
        Base::ENVELOPES,
        |_, bundle| bytes(bundle, PAYLOAD, |payload| payload.push(b' ')),
    ),
    bundle(
        "payload-of-other-artifact",
        "In the signed statement the artifact's digest was replaced.",
        INVALID,
        Base::ENVELOPES,
        |_, bundle| {
            bytes(bundle, PAYLOAD, |payload| {
                let text = String::from_utf8_lossy(payload);
                let own = hex::encode(Sha256::digest(super::ARTIFACT));
                *payload = text
                    .replace(&own, &hex::encode(Sha256::digest("another")))
                    .into_bytes();
            })
        },
    ),
    bundle(
        "payload-type-changed",
        "The payload's type was changed after it was signed.",
        INVALID,
        KINDS,
        |_, bundle| {
            set(
                bundle,
                "/dsseEnvelope/payloadType",
                "application/vnd.in-toto.provenance+json",
            )
        },
    ),
    bundle(
        "payload-type-look-alike",
        "Letters of the payload's type were replaced by others that end in the same byte (CVE-2026-48758).",
        INVALID,
        KINDS,
        |_, bundle| {
            let text = text(bundle, "/dsseEnvelope/payloadType")?
                .replace("in-toto", "\u{169}\u{16e}-\u{174}\u{16f}\u{174}\u{16f}");
            set(bundle, "/dsseEnvelope/payloadType", text)
        },
    ),
    // - what kind of payload it is
    payload_type(
        "payload-type-other",
        "The payload is signed as something else than a statement.",
        |request| typed(request, "application/json"),
    ),
    payload_type(
        "payload-type-case",
        "The payload's type is written in capitals.",
        |request| typed(request, "application/vnd.in-toto+JSON"),
    ),
    payload_type(
        "payload-type-parameter",
        "The payload's type has a parameter.",
        |request| typed(request, "application/vnd.in-toto+json; charset=utf-8"),
    ),
    payload_type("payload-type-empty", "The payload's type is empty.", |request| {
        typed(request, "")
    }),
    payload_type(
        "payload-type-suffix",
        "The payload's type begins with a statement's.",
        |request| typed(request, "application/vnd.in-toto+json-seq"),
    ),
    // - how many signatures
    bundle(
        "signatures-none",
        "The envelope has no signature.",
        "signature-count",
        KINDS,
        |_, bundle| set(bundle, SIGNATURES, json!([])),
    ),
    bundle(
        "signatures-twice",
        "The envelope has the same signature twice.",
        "signature-count",
        KINDS,
        |_, bundle| {
            let first = at(bundle, "/dsseEnvelope/signatures/0")?.clone();
            list(bundle, SIGNATURES)?.push(first);
            Ok(())
        },
    ),
    bundle(
        "signatures-two",
        "Behind the honest signature there is a stranger's.",
        "signature-count",
        KINDS,
        |context, bundle| {
            let made = stranger(context).sign(&context.request.content.signed_bytes());
            list(bundle, SIGNATURES)?.push(json!({ "sig": STANDARD.encode(made) }));
            Ok(())
        },
    ),
    // - a message
    bundle(
        "digest-of-other-artifact",
        "The bundle says that the artifact has another digest.",
        "subject-mismatch",
        Base::MESSAGES,
        |_, bundle| {
            set(
                bundle,
                &format!("{DIGEST}/digest"),
                STANDARD.encode(Sha256::digest("another artifact")),
            )
        },
    ),
    bundle(
        "digest-short",
        "The artifact's digest lacks its last byte.",
        "subject-mismatch",
        Base::MESSAGES,
        |_, bundle| {
            bytes(bundle, &format!("{DIGEST}/digest"), |digest| {
                digest.pop();
            })
        },
    ),
    bundle(
        "digest-of-other-algorithm",
        "The artifact's digest is right, and of another algorithm than the signature's.",
        INVALID,
        &[Base::Message],
        |_, bundle| {
            let digest = STANDARD.encode(Sha384::digest(super::ARTIFACT));
            set(
                bundle,
                DIGEST,
                json!({ "algorithm": "SHA2_384", "digest": digest }),
            )
        },
    ),
    bundle(
        "digest-algorithm-unknown",
        "The artifact's digest is of an unknown algorithm.",
        "bundle-encoding",
        Base::MESSAGES,
        |_, bundle| set(bundle, &format!("{DIGEST}/algorithm"), "SHA1"),
    ),
    bundle(
        "message-signature-missing",
        "There is a digest, and no signature.",
        "bundle-shape",
        Base::MESSAGES,
        |_, bundle| remove(bundle, "/messageSignature", "signature"),
    ),
    bundle(
        "message-signature-padding",
        "The signature's base64 lacks its padding.",
        "bundle-encoding",
        Base::MESSAGES,
        |_, bundle| {
            let padded = text(bundle, MESSAGE)?;
            // A signature whose length needs no padding gets some that it does not need.
            let other = padded
                .strip_suffix('=')
                .map_or(format!("{padded}="), ToOwned::to_owned);
            set(bundle, MESSAGE, other)
        },
    ),
    // - the bundle
    bundle(
        "content-missing",
        "Nothing is signed.",
        "bundle-shape",
        KINDS,
        |_, bundle| remove(bundle, "", "dsseEnvelope"),
    ),
    bundle(
        "content-two",
        "A statement and a message are signed at once.",
        "bundle-shape",
        KINDS,
        |_, bundle| insert(bundle, "", "messageSignature", json!({ "signature": "AAAA" })),
    ),
    bundle(
        "material-missing",
        "The bundle brings no evidence.",
        "bundle-shape",
        Base::ALL,
        |_, bundle| remove(bundle, "", "verificationMaterial"),
    ),
    bundle(
        "media-type-missing",
        "The bundle does not say of which version it is.",
        "bundle-media-type",
        Base::ALL,
        |_, bundle| remove(bundle, "", "mediaType"),
    ),
    bundle(
        "media-type-unknown",
        "The bundle is of a version that does not exist.",
        "bundle-media-type",
        Base::ALL,
        |_, bundle| {
            set(
                bundle,
                "/mediaType",
                "application/vnd.dev.sigstore.bundle.v0.9+json",
            )
        },
    ),
    bundle(
        "payload-base64",
        "The payload is not in base64.",
        "bundle-encoding",
        KINDS,
        |_, bundle| set(bundle, PAYLOAD, "{}"),
    ),
    text_of(
        "bundle-truncated",
        "The bundle breaks off.",
        "json-invalid",
        |text| {
            text.truncate(text.find("\"verificationMaterial\"").unwrap_or_default());
        },
    ),
    text_of(
        "bundle-key-twice",
        "The bundle has its evidence twice, an empty one first.",
        "json-invalid",
        |text| {
            *text = text.replacen(
                "\"verificationMaterial\"",
                "\"verificationMaterial\": {}, \"verificationMaterial\"",
                1,
            );
        },
    ),
    text_of(
        "bundle-two-spellings",
        "The bundle has its evidence twice, in both spellings of the name.",
        "json-invalid",
        |text| {
            *text = text.replacen(
                "\"verificationMaterial\"",
                "\"verification_material\": {}, \"verificationMaterial\"",
                1,
            );
        },
    ),
    text_of(
        "bundle-escaped-key",
        "The bundle has its evidence twice, once with a letter of the name as its code.",
        "json-invalid",
        |text| {
            *text = text.replacen(
                "\"verificationMaterial\"",
                "\"verificationM\\u0061terial\": {}, \"verificationMaterial\"",
                1,
            );
        },
    ),
    text_of(
        "bundle-too-deep",
        "An unknown field of the bundle is nested 100 levels deep.",
        "json-invalid",
        |text| {
            let deep = format!("{{\"x\": {}{},", "[".repeat(100), "]".repeat(100));
            *text = text.replacen('{', &deep, 1);
        },
    ),
    text_of(
        "bundle-trailing-text",
        "There is something behind the bundle.",
        "json-invalid",
        |text| text.push_str("and more\n"),
    ),
];

fn typed(request: &mut BundleRequest, name: &str) -> Result<(), SandboxError> {
    if let Content::Envelope { payload_type, .. } = &mut request.content {
        name.clone_into(payload_type);
    }
    Ok(())
}

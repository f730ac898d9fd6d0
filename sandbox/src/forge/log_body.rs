//! Entries that are about something else than the bundle. Each is logged, promised and proven honestly: only the
//! comparison of every field finds the forgery (CVE-2022-36056, CVE-2026-22703).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::base::Base;
use super::document::{ENTRIES, ENTRY, at, insert, list, remove, set, sorted};
use super::log::other_entry;
use super::parts::stranger;
use super::step::{body, bundle, request};
use super::{Context, Flaws, Forgery};
use crate::bundle::Content;
use crate::certificate::{certificate_pem, public_key_pem};
use crate::entry::EntryKind;
use crate::error::SandboxError;

const DSSE: &[Base] = &[Base::RekorV1];
const INTOTO: &[Base] = &[Base::RekorV1Old];
const HASHED: &[Base] = &[Base::Message];
const MISMATCH: &str = "log-entry-mismatch";
const MALFORMED: &str = "log-entry-malformed";

// Where the kinds of entries keep their fields.
const DSSE_SIGNATURE: &str = "/spec/signatures/0/signature";
const DSSE_VERIFIER: &str = "/spec/signatures/0/verifier";
const INTOTO_SIGNATURE: &str = "/spec/content/envelope/signatures/0";
const HASHED_KEY: &str = "/spec/signature/publicKey/content";
const RECORD: &str = "/spec/hashedRekordV002";

pub(super) const FORGERIES: &[Forgery] = &[
    // - about another signature
    bundle(
        "log-entry-of-other-signature",
        "The entry is honest, and about another signature of the same signer.",
        MISMATCH,
        Base::LOGGED,
        |context, bundle| {
            let other = other_entry(context)?;
            *list(bundle, ENTRIES)? = vec![other];
            Ok(())
        },
    ),
    body(
        "logged-signature-other",
        "The logged signature is of the same key over something else.",
        MISMATCH,
        Base::LOGGED,
        |context, body| log_signature(context, body, &context.key.sign(b"something else")),
    ),
    body(
        "logged-signature-twin",
        "The logged signature is the other one of two that are valid for the same bytes and key.",
        MISMATCH,
        Base::LOGGED,
        |context, body| {
            let twin = twin(&context.key.sign(&context.request.content.signed_bytes()))?;
            log_signature(context, body, &twin)
        },
    ),
    body(
        "logged-certificate-other",
        "The logged certificate is the same signer's for another key.",
        MISMATCH,
        Base::LOGGED,
        |context, body| {
            let spki = stranger(context).spki()?;
            let certificate = context
                .sandbox
                .issue(context.instance(), &spki, &context.request.identity)?;
            log_verifier(context, body, &certificate_pem(&certificate)?, &certificate)
        },
    ),
    body(
        "logged-key-alone",
        "In place of the certificate its key was logged.",
        MISMATCH,
        Base::LOGGED,
        |context, body| {
            let spki = context.key.spki()?;
            log_verifier(context, body, &public_key_pem(&spki)?, &spki)
        },
    ),
    // - about another content
    body(
        "logged-payload-hash-other",
        "The logged hash is of another payload.",
        MISMATCH,
        DSSE,
        |_, body| edit(body, |body| set(body, "/spec/payloadHash/value", other_hash())),
    ),
    body(
        "logged-intoto-payload-hash-other",
        "The logged hash is of another payload.",
        MISMATCH,
        INTOTO,
        |_, body| {
            edit(body, |body| {
                set(body, "/spec/content/payloadHash/value", other_hash())
            })
        },
    ),
    body(
        "logged-payload-type-other",
        "The logged payload type is another one.",
        MISMATCH,
        INTOTO,
        |_, body| {
            edit(body, |body| {
                set(body, "/spec/content/envelope/payloadType", "text/plain")
            })
        },
    ),
    body(
        "logged-digest-other",
        "The logged digest is of another artifact.",
        MISMATCH,
        HASHED,
        |_, body| edit(body, |body| set(body, "/spec/data/hash/value", other_hash())),
    ),
    body(
        "logged-digest-other-rekor-v2",
        "The logged digest is of something else than what is signed.",
        MISMATCH,
        Base::V2,
        |_, body| {
            edit(body, |body| {
                set(
                    body,
                    &format!("{RECORD}/data/digest"),
                    STANDARD.encode(Sha256::digest("another")),
                )
            })
        },
    ),
    body(
        "logged-digest-of-payload",
        "The logged digest is of the payload alone, not of what is signed.",
        MISMATCH,
        &[Base::RekorV2],
        |context, body| {
            let Content::Envelope { payload, .. } = &context.request.content else {
                return Ok(());
            };
            let digest = STANDARD.encode(Sha256::digest(payload));
            edit(body, |body| set(body, &format!("{RECORD}/data/digest"), digest))
        },
    ),
    body(
        "logged-algorithm-other",
        "The logged digest is said to be a SHA-512.",
        MISMATCH,
        DSSE,
        |_, body| edit(body, |body| set(body, "/spec/payloadHash/algorithm", "sha512")),
    ),
    body(
        "logged-algorithm-other-rekor-v2",
        "The logged digest is said to be a SHA-512.",
        MISMATCH,
        Base::V2,
        |_, body| {
            edit(body, |body| {
                set(body, &format!("{RECORD}/data/algorithm"), "SHA2_512")
            })
        },
    ),
    body(
        "logged-algorithm-unknown",
        "The logged digest is a SHA-1.",
        MALFORMED,
        HASHED,
        |_, body| edit(body, |body| set(body, "/spec/data/hash/algorithm", "sha1")),
    ),
    body(
        "logged-algorithm-unknown-rekor-v2",
        "The logged digest is of no known algorithm.",
        MALFORMED,
        Base::V2,
        |_, body| {
            edit(body, |body| {
                set(body, &format!("{RECORD}/data/algorithm"), "SHA1")
            })
        },
    ),
    // - of several signatures, or of none
    body(
        "logged-signatures-two",
        "Two signatures were logged, the bundle's first.",
        MISMATCH,
        DSSE,
        |_, body| {
            edit(body, |body| {
                let first = at(body, "/spec/signatures/0")?.clone();
                list(body, "/spec/signatures")?.push(first);
                Ok(())
            })
        },
    ),
    body(
        "logged-signatures-none",
        "No signature was logged.",
        MISMATCH,
        DSSE,
        |_, body| edit(body, |body| set(body, "/spec/signatures", json!([]))),
    ),
    body(
        "logged-verifier-both",
        "Certificate and key were logged at once.",
        MALFORMED,
        Base::V2,
        |context, body| {
            let spki = json!({ "rawBytes": STANDARD.encode(context.key.spki()?) });
            edit(body, |body| {
                insert(body, &format!("{RECORD}/signature/verifier"), "publicKey", spki)
            })
        },
    ),
    body(
        "logged-verifier-none",
        "Neither certificate nor key was logged.",
        MALFORMED,
        Base::V2,
        |_, body| {
            edit(body, |body| {
                remove(body, &format!("{RECORD}/signature/verifier"), "x509Certificate")
            })
        },
    ),
    // - of another kind
    bundle(
        "kind-of-other-body",
        "The bundle says that the entry is of another kind than it is.",
        MALFORMED,
        DSSE,
        |_, bundle| {
            set(
                bundle,
                &format!("{ENTRY}/kindVersion"),
                json!({ "kind": "intoto", "version": "0.0.2" }),
            )
        },
    ),
    body(
        "logged-version-other",
        "The logged kind is of another version than the bundle says.",
        MISMATCH,
        Base::LOGGED,
        |_, body| edit(body, |body| set(body, "/apiVersion", "0.0.9")),
    ),
    body(
        "logged-kind-other",
        "The logged kind is another one than the bundle says.",
        MISMATCH,
        Base::LOGGED,
        |_, body| edit(body, |body| set(body, "/kind", "alpine")),
    ),
    Forgery::new(
        "kind-unknown",
        "The entry is of a kind that nobody knows.",
        "log-entry-kind",
        Base::LOGGED,
        Flaws {
            body: Some(|_, body| edit(body, |body| set(body, "/kind", "unknown"))),
            bundle: Some(|_, bundle| set(bundle, &format!("{ENTRY}/kindVersion/kind"), "unknown")),
            ..Flaws::NONE
        },
    ),
    request(
        "kind-of-files",
        "The envelope is logged as if it were a file, in Rekor v1, where that stands for files alone.",
        "log-entry-kind",
        DSSE,
        |request| {
            request.entry = Some(EntryKind::HashedRekordV001);
            Ok(())
        },
    ),
    Forgery::new(
        "kind-of-envelopes",
        "The signature over a file is logged as if it were one over an envelope.",
        "log-entry-kind",
        HASHED,
        Flaws {
            body: Some(|_, body| edit(body, |body| set(body, "/kind", "dsse"))),
            bundle: Some(|_, bundle| set(bundle, &format!("{ENTRY}/kindVersion/kind"), "dsse")),
            ..Flaws::NONE
        },
    ),
    bundle(
        "kind-missing",
        "The bundle does not say what kind the entry is of.",
        "bundle-shape",
        Base::LOGGED,
        |_, bundle| remove(bundle, ENTRY, "kindVersion"),
    ),
    // - in another form
    bundle(
        "logged-body-missing",
        "The bundle lacks what was logged.",
        "bundle-shape",
        Base::LOGGED,
        |_, bundle| remove(bundle, ENTRY, "canonicalizedBody"),
    ),
    body(
        "logged-body-empty",
        "Nothing was logged.",
        MALFORMED,
        Base::LOGGED,
        |_, body| {
            body.clear();
            Ok(())
        },
    ),
    body(
        "logged-body-garbage",
        "What was logged is no document.",
        MALFORMED,
        Base::LOGGED,
        |_, body| {
            *body = b"an entry".to_vec();
            Ok(())
        },
    ),
    body(
        "logged-spec-empty",
        "The logged entry says nothing.",
        MALFORMED,
        Base::LOGGED,
        |_, body| edit(body, |body| set(body, "/spec", json!({}))),
    ),
    body(
        "logged-key-twice",
        "The logged entry says twice what it is about, the bundle's content last.",
        MALFORMED,
        Base::LOGGED,
        |_, body| {
            let text = String::from_utf8_lossy(body).replacen("\"spec\":", "\"spec\":{},\"spec\":", 1);
            *body = text.into_bytes();
            Ok(())
        },
    ),
    body(
        "logged-not-canonical",
        "What was logged is not in its one canonical form (RFC 8785): spaces stand in it.",
        MALFORMED,
        Base::LOGGED,
        |_, body| {
            let text = String::from_utf8_lossy(body).replace("\":", "\": ");
            *body = text.into_bytes();
            Ok(())
        },
    ),
];

/// Changes what is logged as a document, and writes it in its canonical form.
fn edit(
    body: &mut Vec<u8>,
    change: impl FnOnce(&mut Value) -> Result<(), SandboxError>,
) -> Result<(), SandboxError> {
    let mut document = serde_json::from_slice(body)?;
    change(&mut document)?;
    *body = serde_json::to_vec(&sorted(document))?;
    Ok(())
}

fn other_hash() -> String {
    hex::encode(Sha256::digest("another"))
}

fn log_signature(context: &Context<'_>, body: &mut Vec<u8>, made: &[u8]) -> Result<(), SandboxError> {
    let text = STANDARD.encode(made);
    edit(body, |body| match context.request.entry {
        Some(EntryKind::DsseV001) => set(body, DSSE_SIGNATURE, text),
        Some(EntryKind::IntotoV002) => set(body, &format!("{INTOTO_SIGNATURE}/sig"), STANDARD.encode(text)),
        Some(EntryKind::HashedRekordV001) => set(body, "/spec/signature/content", text),
        Some(EntryKind::HashedRekordV002) => set(body, &format!("{RECORD}/signature/content"), text),
        None => Ok(()),
    })
}

fn log_verifier(
    context: &Context<'_>,
    body: &mut Vec<u8>,
    pem: &str,
    der: &[u8],
) -> Result<(), SandboxError> {
    let text = STANDARD.encode(pem);
    edit(body, |body| match context.request.entry {
        Some(EntryKind::DsseV001) => set(body, DSSE_VERIFIER, text),
        Some(EntryKind::IntotoV002) => set(body, &format!("{INTOTO_SIGNATURE}/publicKey"), text),
        Some(EntryKind::HashedRekordV001) => set(body, HASHED_KEY, text),
        Some(EntryKind::HashedRekordV002) => {
            let raw = json!({ "rawBytes": STANDARD.encode(der) });
            let is_key = pem.contains("PUBLIC KEY");
            let field = if is_key { "publicKey" } else { "x509Certificate" };
            let place = format!("{RECORD}/signature/verifier");
            remove(body, &place, "x509Certificate")?;
            insert(body, &place, field, raw)
        }
        None => Ok(()),
    })
}

/// Returns the other signature that is valid: (r, -s) for (r, s).
#[allow(clippy::arithmetic_side_effects, reason = "modulo the group's order")]
fn twin(signature: &[u8]) -> Result<Vec<u8>, SandboxError> {
    let malformed = |_| SandboxError::Signature;
    let signature = p256::ecdsa::Signature::from_der(signature).map_err(malformed)?;
    let (r, s) = signature.split_scalars();
    let negated = -*s;
    let twin = p256::ecdsa::Signature::from_scalars(r.to_bytes(), negated.to_bytes()).map_err(malformed)?;
    Ok(twin.to_der().as_bytes().to_vec())
}

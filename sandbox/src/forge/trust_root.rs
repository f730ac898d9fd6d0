//! Trust roots that cannot be used, or not for this bundle. The bundle is honest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::base::Base;
use super::document::{at, bytes, insert, list, remove, set};
use super::parts::{namesake, stranger};
use super::step::root;
use super::{Flaws, Forgery, step};
use crate::entry::EntryKind;
use crate::sandbox::Instance;

const INVALID: &str = "trust-root-invalid";
const PUBLIC: &[Base] = &[Base::Message];
const BOTH: &[Base] = &[Base::Private, Base::RekorV1];
const FIRST_LOG: &str = "/tlogs/0/publicKey";

const fn text(name: &'static str, about: &'static str, flaw: fn(&mut String)) -> Forgery {
    step::root_text(name, about, INVALID, PUBLIC, flaw)
}

pub(super) const FORGERIES: &[Forgery] = &[
    // - cannot be used
    root(
        "root-media-type",
        "The trust root is of an unknown version.",
        INVALID,
        BOTH,
        |_, root| {
            set(
                root,
                "/mediaType",
                "application/vnd.dev.sigstore.trustedroot+json;version=0.9",
            )
        },
    ),
    root(
        "root-validity-reversed",
        "A log's validity ends before it starts.",
        INVALID,
        PUBLIC,
        |_, root| {
            insert(
                root,
                &format!("{FIRST_LOG}/validFor"),
                "end",
                "2020-01-01T00:00:00Z",
            )
        },
    ),
    root(
        "root-authority-validity-reversed",
        "A certificate authority's validity ends before it starts.",
        INVALID,
        BOTH,
        |_, root| {
            insert(
                root,
                "/certificateAuthorities/0/validFor",
                "end",
                "2020-01-01T00:00:00Z",
            )
        },
    ),
    root(
        "root-validity-without-start",
        "A log's validity has an end and no start.",
        INVALID,
        PUBLIC,
        |_, root| {
            set(
                root,
                &format!("{FIRST_LOG}/validFor"),
                json!({ "end": "2040-01-01T00:00:00Z" }),
            )
        },
    ),
    root(
        "root-validity-garbage",
        "A log's validity starts at no time.",
        INVALID,
        PUBLIC,
        |_, root| set(root, &format!("{FIRST_LOG}/validFor/start"), "yesterday"),
    ),
    root(
        "root-log-twice",
        "Two logs have one identifier.",
        INVALID,
        PUBLIC,
        |_, root| {
            let first = at(root, "/tlogs/0")?.clone();
            list(root, "/tlogs")?.push(first);
            Ok(())
        },
    ),
    root(
        "root-log-id-short",
        "A log's identifier has 31 bytes.",
        INVALID,
        PUBLIC,
        |_, root| {
            bytes(root, "/tlogs/0/logId/keyId", |id| {
                id.pop();
            })
        },
    ),
    root(
        "root-key-unknown",
        "A log's key is of an unknown kind.",
        INVALID,
        PUBLIC,
        |_, root| {
            // The object identifier of a kind of key below the enterprise number for examples (RFC 5612).
            let spki = [
                0x30, 0x12, 0x30, 0x0b, 0x06, 0x09, 0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 3, 3, 0, 0, 0,
            ];
            set(root, &format!("{FIRST_LOG}/rawBytes"), STANDARD.encode(spki))
        },
    ),
    root(
        "root-key-garbage",
        "A log's key is none.",
        INVALID,
        PUBLIC,
        |_, root| set(root, &format!("{FIRST_LOG}/rawBytes"), STANDARD.encode("a key")),
    ),
    root(
        "root-key-missing",
        "A log has no key.",
        INVALID,
        PUBLIC,
        |_, root| remove(root, FIRST_LOG, "rawBytes"),
    ),
    root(
        "root-authority-chain-empty",
        "A certificate authority has no certificate.",
        INVALID,
        BOTH,
        |_, root| {
            set(
                root,
                "/certificateAuthorities/0/certChain/certificates",
                json!([]),
            )
        },
    ),
    root(
        "root-timestamp-chain-empty",
        "A timestamp authority has no certificate.",
        INVALID,
        BOTH,
        |_, root| set(root, "/timestampAuthorities/0/certChain/certificates", json!([])),
    ),
    root(
        "root-certificate-garbage",
        "A certificate authority's certificate is none.",
        INVALID,
        BOTH,
        |_, root| {
            set(
                root,
                "/certificateAuthorities/0/certChain/certificates/0/rawBytes",
                STANDARD.encode("a certificate"),
            )
        },
    ),
    root(
        "root-without-times",
        "There is neither a log nor a timestamp authority.",
        INVALID,
        BOTH,
        |_, root| {
            set(root, "/tlogs", json!([]))?;
            set(root, "/timestampAuthorities", json!([]))
        },
    ),
    text("root-truncated", "The trust root breaks off.", |text| {
        text.truncate(text.find("\"tlogs\"").unwrap_or_default());
    }),
    text(
        "root-key-twice",
        "The trust root lists its certificate authorities twice.",
        |text| {
            *text = text.replacen(
                "\"certificateAuthorities\"",
                "\"certificateAuthorities\": [], \"certificateAuthorities\"",
                1,
            );
        },
    ),
    // - not for this bundle
    root(
        "root-without-authority",
        "There is no certificate authority.",
        "certificate-untrusted",
        BOTH,
        |_, root| set(root, "/certificateAuthorities", json!([])),
    ),
    root(
        "root-without-log",
        "The entry's log is not in the trust root.",
        "log-unknown",
        Base::LOGGED,
        |context, root| {
            let v2 = context.request.entry == Some(EntryKind::HashedRekordV002);
            list(root, "/tlogs")?.remove(usize::from(v2));
            Ok(())
        },
    ),
    root(
        "root-without-timestamp-authority",
        "The trust root has no authority for the bundle's timestamp.",
        "timestamp-invalid",
        Base::V2,
        |_, root| set(root, "/timestampAuthorities", json!([])),
    ),
    root(
        "root-log-other-key",
        "The trust root has another key for the log.",
        "log-promise-invalid",
        Base::V1,
        |context, root| {
            set(
                root,
                &format!("{FIRST_LOG}/rawBytes"),
                STANDARD.encode(stranger(context).spki()?),
            )
        },
    ),
    root(
        "root-log-other-key-rekor-v2",
        "The trust root has another key for the log.",
        "log-checkpoint-invalid",
        Base::V2,
        |context, root| {
            let key = namesake(context)?.rekor_v2().signer.key.spki()?;
            set(root, "/tlogs/1/publicKey/rawBytes", STANDARD.encode(key))
        },
    ),
    root(
        "root-of-other-instance",
        "The trust root is the other instance's.",
        "certificate-untrusted",
        Base::ALL,
        |context, root| {
            *root = context.sandbox.trusted_root(match context.instance() {
                Instance::Public => Instance::Private,
                Instance::Private => Instance::Public,
            })?;
            Ok(())
        },
    ),
    Forgery::new(
        "private-form-of-public",
        "The public instance vouches for the signer, and the bundle has timestamps alone, as the private one's have.",
        "log-entry-missing",
        Base::V2,
        Flaws {
            request: Some(|request| {
                request.entry = None;
                Ok(())
            }),
            ..Flaws::NONE
        },
    ),
];

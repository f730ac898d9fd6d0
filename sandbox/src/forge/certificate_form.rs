//! Certificates that cannot be read in one way, and how they stand in the bundle.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::Forgery;
use super::base::Base;
use super::certificate::{CHAIN, EXAMPLE, KINDS, OLD};
use super::document::{at, bytes, insert, list, remove, set};
use super::parts::{certificate_of, certificates};
use super::step::{bundle, draft, issue};
use crate::certificate::raw_extension;

const LEAF: &str = "/verificationMaterial/certificate/rawBytes";
const MATERIAL: &str = "/verificationMaterial";

pub(super) const FORGERIES: &[Forgery] = &[
    issue(
        "certificate-trailing-byte",
        "There is a byte after the certificate.",
        "certificate-malformed",
        KINDS,
        |context, draft| {
            let mut der = context.sandbox.sign_draft(context.instance(), draft)?;
            der.push(0);
            Ok(der)
        },
    ),
    issue(
        "certificate-negative-serial",
        "The certificate's serial number is negative.",
        "certificate-malformed",
        &[Base::Private],
        |context, draft| {
            let by = &context.sandbox.private_authority.key;
            let mut to_be_signed = draft.to_be_signed(by)?;
            let serial = &draft.serial;
            let place = to_be_signed
                .windows(serial.len())
                .position(|bytes| bytes == serial);
            if let Some(first) = place.and_then(|place| to_be_signed.get_mut(place)) {
                *first |= 0x80;
            }
            certificate_of(&to_be_signed, &by.algorithm(), by)
        },
    ),
    draft(
        "certificate-too-large",
        "The certificate has more than 16 KiB.",
        "limit-exceeded",
        &[Base::Private],
        |_, draft| {
            draft
                .extensions
                .push(raw_extension(EXAMPLE, false, &[0; 16 << 10])?);
            Ok(())
        },
    ),
    bundle(
        "certificate-missing",
        "There is no certificate.",
        "bundle-shape",
        KINDS,
        |_, bundle| remove(bundle, MATERIAL, "certificate"),
    ),
    bundle(
        "certificate-and-key",
        "Beside the certificate there is the name of a public key.",
        "bundle-shape",
        KINDS,
        |_, bundle| insert(bundle, MATERIAL, "publicKey", json!({ "hint": "a" })),
    ),
    bundle(
        "key-instead-of-certificate",
        "In place of the certificate there is the name of a public key, which nobody was given.",
        "key-required",
        KINDS,
        |_, bundle| {
            remove(bundle, MATERIAL, "certificate")?;
            insert(bundle, MATERIAL, "publicKey", json!({ "hint": "a" }))
        },
    ),
    bundle(
        "certificate-garbage",
        "In place of the certificate there is something else.",
        "certificate-malformed",
        KINDS,
        |_, bundle| set(bundle, LEAF, STANDARD.encode("a certificate")),
    ),
    bundle(
        "certificate-truncated",
        "The certificate lacks its last byte.",
        "certificate-malformed",
        KINDS,
        |_, bundle| {
            bytes(bundle, LEAF, |der| {
                der.pop();
            })
        },
    ),
    bundle(
        "chain-in-v0.3",
        "A bundle of version 0.3 carries a chain, as older ones do.",
        "bundle-shape",
        KINDS,
        |_, bundle| {
            let leaf = at(bundle, "/verificationMaterial/certificate")?.clone();
            remove(bundle, MATERIAL, "certificate")?;
            insert(
                bundle,
                MATERIAL,
                "x509CertificateChain",
                json!({ "certificates": [leaf] }),
            )
        },
    ),
    bundle(
        "chain-empty",
        "The chain of certificates is empty.",
        "bundle-shape",
        OLD,
        |_, bundle| set(bundle, CHAIN, json!([])),
    ),
    bundle(
        "chain-in-disorder",
        "The root stands in the chain ahead of the authority below it.",
        "bundle-shape",
        OLD,
        |context, bundle| {
            let root = certificates(std::slice::from_ref(&context.sandbox.authority.root));
            let root = root.as_array().cloned().unwrap_or_default();
            list(bundle, CHAIN)?.splice(1..1, root);
            Ok(())
        },
    ),
    bundle(
        "chain-too-long",
        "The chain has eleven certificates.",
        "limit-exceeded",
        OLD,
        |context, bundle| {
            let root = certificates(&vec![context.sandbox.authority.root.clone(); 9]);
            list(bundle, CHAIN)?.extend(root.as_array().cloned().unwrap_or_default());
            Ok(())
        },
    ),
];

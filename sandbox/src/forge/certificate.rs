//! Certificates that no authority should have issued, or not then, or not for this key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use x509_cert::der::asn1::{Ia5String, Null, ObjectIdentifier};
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, NameConstraints};
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::base::Base;
use super::document::{insert, list, set};
use super::parts::{
    authority, certificate_of, certificates, list_chain, namesake, replace, stranger, without,
};
use super::step::{draft, issue, root};
use super::{Context, Flaws, Forgery};
use crate::authority::{
    self, Authority, BASIC_CONSTRAINTS, CODE_SIGNING, EXTENDED_KEY_USAGE, KEY_USAGE, TIME_STAMPING,
    authority_draft,
};
use crate::certificate::{Draft, extension};
use crate::error::SandboxError;
use crate::key::Key;
use crate::sandbox::Instance;

/// RSA of 1024 bits.
const RSA_1024: &str = "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQClbpj2eAZZQetoWvJjn0T6y0Nwp0637+gqpQaaKCVngd6LpvdgRh0FFUHTh\
    qUxfKXzUY3pccOjwEQB3k6n3Mp/DsclU2thMetSPxUo6peZoR7g5UcsPLZMFl251ngVdZ7WvWEwe+zc4LqElVTG3jB+EkcheqkTfFkFlg8lx04s\
    vQIDAQAB";
/// A point on P-192.
const P192: &str =
    "MEkwEwYHKoZIzj0CAQYIKoZIzj0DAQEDMgAE4q0qN+FDt0xx08r2HQA0+BceuqFSx1pCu3YbD24E2oC9a4gFLcTTutDXLlIUME9P";
/// Below the enterprise number for examples (RFC 5612).
pub(super) const EXAMPLE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.32473.2");
const NAME_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.30");
const ECDSA_WITH_SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.1");
pub(super) const CHAIN: &str = "/verificationMaterial/x509CertificateChain/certificates";

pub(super) const KINDS: &[Base] = Base::EACH_TIME;
pub(super) const OLD: &[Base] = &[Base::RekorV1Old];

pub(super) const FORGERIES: &[Forgery] = &[
    // - when
    draft(
        "certificate-not-yet-valid",
        "The certificate becomes valid a minute after it was used.",
        "certificate-expired",
        Base::ALL,
        |_, draft| {
            draft.not_before = later(draft, SignedDuration::from_mins(1))?;
            Ok(())
        },
    ),
    draft(
        "certificate-expired",
        "The certificate had expired a second before it was used.",
        "certificate-expired",
        Base::ALL,
        |_, draft| {
            draft.not_after = later(draft, SignedDuration::from_secs(-1))?;
            draft.not_before = later(draft, SignedDuration::from_mins(-10))?;
            Ok(())
        },
    ),
    root(
        "authority-retired",
        "The trust root retired the certificate authority a day before it issued the certificate.",
        "certificate-expired",
        KINDS,
        |context, root| {
            let end = context.sandbox.now().checked_sub(SignedDuration::from_hours(24));
            let end = end.map_err(|_| SandboxError::Malformed { what: "time" })?;
            insert(root, "/certificateAuthorities/0/validFor", "end", end.to_string())
        },
    ),
    root(
        "authority-not-yet-trusted",
        "The trust root trusts the certificate authority from the day after it issued the certificate.",
        "certificate-expired",
        KINDS,
        |context, root| {
            let start = context.sandbox.now().checked_add(SignedDuration::from_hours(24));
            let start = start.map_err(|_| SandboxError::Malformed { what: "time" })?;
            set(
                root,
                "/certificateAuthorities/0/validFor/start",
                start.to_string(),
            )
        },
    ),
    root(
        "intermediate-expired",
        "The issuing authority's own certificate had expired before it issued.",
        "certificate-expired",
        KINDS,
        |context, root| {
            let mut drafts = authority(context)?;
            drafts.intermediate.not_after = later(&drafts.intermediate, SignedDuration::from_hours(24))?;
            list_chain(root, AUTHORITIES, &drafts.sign()?.chain())
        },
    ),
    root(
        "root-expired",
        "The certificate of the root above the issuing authority had expired before that issued.",
        "certificate-expired",
        KINDS,
        |context, root| {
            let mut drafts = authority(context)?;
            drafts.root.not_after = later(&drafts.root, SignedDuration::from_hours(24))?;
            list_chain(root, AUTHORITIES, &drafts.sign()?.chain())
        },
    ),
    // - by whom
    root(
        "authority-namesake",
        "The trusted authority has the issuer's name, and another key.",
        "certificate-untrusted",
        KINDS,
        |context, root| {
            list_chain(
                root,
                AUTHORITIES,
                &namesake(context)?.issuer_chain(context.instance()),
            )
        },
    ),
    issue(
        "certificate-of-namesake",
        "An authority with the trusted one's name, and another key, issued the certificate.",
        "certificate-untrusted",
        KINDS,
        |context, draft| namesake(context)?.sign_draft(context.instance(), draft),
    ),
    issue(
        "certificate-of-other-instance",
        "The authority of the other instance issued the certificate.",
        "certificate-untrusted",
        KINDS,
        |context, _| {
            let other = match context.instance() {
                Instance::Public => Instance::Private,
                Instance::Private => Instance::Public,
            };
            let spki = context.key.spki()?;
            context.sandbox.issue(other, &spki, &context.request.identity)
        },
    ),
    issue(
        "certificate-self-signed",
        "The signer issued the certificate to itself, under a name of its own.",
        "certificate-untrusted",
        KINDS,
        |context, mut draft| {
            draft.subject = authority::name("a stranger", "signer")?;
            draft.issuer = draft.subject.clone();
            draft.sign(context.key)
        },
    ),
    issue(
        "certificate-self-signed-as-authority",
        "The signer issued the certificate to itself, in the authority's name.",
        "certificate-untrusted",
        KINDS,
        |context, draft| draft.sign(context.key),
    ),
    Forgery::new(
        "certificate-of-hidden-authority",
        "An authority that issued the certificate is vouched for by the trusted one, which must have none below it, \
         and stands in the bundle alone.",
        "certificate-untrusted",
        OLD,
        Flaws {
            issue: Some(|context, _| {
                let spki = context.key.spki()?;
                let now = context.sandbox.now();
                let hidden = subordinate(context)?;
                let draft = hidden.draft_leaf(&spki, &context.request.identity, now)?;
                hidden.issue(draft, &context.sandbox.ct_log)
            }),
            bundle: Some(|context, bundle| {
                let hidden = certificates(&[subordinate(context)?.certificate]);
                let hidden = hidden.as_array().cloned().unwrap_or_default();
                list(bundle, CHAIN)?.splice(1..1, hidden);
                Ok(())
            }),
            ..Flaws::NONE
        },
    ),
    issue(
        "certificate-signature-changed",
        "The last bit of the authority's signature is another one.",
        "certificate-untrusted",
        KINDS,
        |context, draft| {
            let mut der = context.sandbox.sign_draft(context.instance(), draft)?;
            super::document::flip(&mut der);
            Ok(der)
        },
    ),
    issue(
        "certificate-signed-with-sha1",
        "The authority's signature is said to be over a SHA-1.",
        "certificate-untrusted",
        &[Base::Private],
        |context, draft| {
            let by = &context.sandbox.private_authority.key;
            let sha1 = AlgorithmIdentifierOwned {
                oid: ECDSA_WITH_SHA1,
                parameters: None,
            };
            certificate_of(&draft.to_be_signed_as(&sha1)?, &sha1, by)
        },
    ),
    // - for what
    draft(
        "certificate-is-authority",
        "The certificate is one of an authority.",
        "certificate-untrusted",
        KINDS,
        |_, draft| {
            let constraints = BasicConstraints {
                ca: true,
                path_len_constraint: None,
            };
            replace(draft, extension(BASIC_CONSTRAINTS, true, &constraints)?);
            Ok(())
        },
    ),
    draft(
        "certificate-for-timestamps",
        "The certificate is for timestamps, not for code.",
        "certificate-untrusted",
        KINDS,
        |_, draft| {
            replace(draft, purpose(&[TIME_STAMPING])?);
            Ok(())
        },
    ),
    draft(
        "certificate-without-purpose",
        "The certificate does not say what it is for.",
        "certificate-untrusted",
        KINDS,
        |_, draft| {
            without(draft, EXTENDED_KEY_USAGE);
            Ok(())
        },
    ),
    draft(
        "certificate-key-usage",
        "The certificate's key is for agreeing on keys, not for signatures.",
        "certificate-untrusted",
        KINDS,
        |_, draft| {
            let usage = KeyUsage(KeyUsages::KeyAgreement.into());
            replace(draft, extension(KEY_USAGE, true, &usage)?);
            Ok(())
        },
    ),
    draft(
        "certificate-critical-extension",
        "The certificate holds an unknown extension that must be understood.",
        "certificate-untrusted",
        KINDS,
        |_, draft| {
            draft.extensions.push(extension(EXAMPLE, true, &Null)?);
            Ok(())
        },
    ),
    draft(
        "certificate-purpose-twice",
        "The certificate says twice what it is for: for code, and for anything else.",
        "certificate-malformed",
        KINDS,
        |_, draft| {
            draft.extensions.push(purpose(&[TIME_STAMPING])?);
            Ok(())
        },
    ),
    root(
        "authority-name-constraints",
        "The issuing authority may name workflows of another host alone.",
        "certificate-untrusted",
        KINDS,
        |context, root| {
            let mut drafts = authority(context)?;
            drafts.intermediate.extensions.push(other_host()?);
            list_chain(root, AUTHORITIES, &drafts.sign()?.chain())
        },
    ),
    root(
        "root-name-constraints",
        "The root above the issuing authority may name workflows of another host alone.",
        "trust-root-invalid",
        KINDS,
        |context, root| {
            let mut drafts = authority(context)?;
            drafts.root.extensions.push(other_host()?);
            list_chain(root, AUTHORITIES, &drafts.sign()?.chain())
        },
    ),
    // - of which key
    draft(
        "certificate-of-other-key",
        "The certificate was honestly issued to the same signer for another key.",
        "signature-invalid",
        Base::ALL,
        |context, draft| {
            draft.spki = stranger(context).spki()?;
            Ok(())
        },
    ),
    draft(
        "certificate-key-rsa-1024",
        "The certificate's key is RSA of 1024 bits. Nobody has its other half: the verifier must not come so far.",
        "key-unsupported",
        &[Base::Private],
        |_, draft| spki(draft, RSA_1024),
    ),
    draft(
        "certificate-key-p192",
        "The certificate's key is on the curve P-192. Nobody has its other half: the verifier must not come so far.",
        "key-unsupported",
        &[Base::Private],
        |_, draft| spki(draft, P192),
    ),
];

const AUTHORITIES: &str = "certificateAuthorities";

fn later(draft: &Draft, by: SignedDuration) -> Result<jiff::Timestamp, SandboxError> {
    let at = draft.not_before;
    at.checked_add(by).map_err(|_| SandboxError::Time { at })
}

fn purpose(purposes: &[ObjectIdentifier]) -> Result<Extension, SandboxError> {
    let usage = ExtendedKeyUsage(purposes.to_vec());
    extension(EXTENDED_KEY_USAGE, false, &usage)
}

fn spki(draft: &mut Draft, base64: &str) -> Result<(), SandboxError> {
    draft.spki = STANDARD.decode(base64).map_err(|_| SandboxError::PublicKey)?;
    Ok(())
}

/// An authority below the one that must have none below it.
fn subordinate(context: &Context<'_>) -> Result<Authority, SandboxError> {
    let above = &context.sandbox.authority;
    let key = Key::P384(context.sandbox.seed().p384("subordinate"));
    let name = authority::name("a stranger", "subordinate")?;
    let mut draft = authority_draft(&above.name, &name, &above.key, &key, None)?;
    draft.extensions.push(purpose(&[CODE_SIGNING])?);
    Ok(Authority {
        certificate: draft.sign(&above.key)?,
        root: above.certificate.clone(),
        name,
        key,
    })
}

/// The constraint to names on a host where no workflow of the sandbox is.
fn other_host() -> Result<Extension, SandboxError> {
    let host = Ia5String::new("other.slsa-sandbox.test")?;
    let subtree = GeneralSubtree {
        base: GeneralName::UniformResourceIdentifier(host),
        minimum: 0,
        maximum: None,
    };
    let constraints = NameConstraints {
        permitted_subtrees: Some(vec![subtree]),
        excluded_subtrees: None,
    };
    extension(NAME_CONSTRAINTS, true, &constraints)
}

//! The certificate authority: what Fulcio does, without its web interface.

use jiff::{SignedDuration, Timestamp};
use sha2::{Digest as _, Sha256};
use x509_cert::der::asn1::{ObjectIdentifier, OctetString};
use x509_cert::der::flagset::FlagSet;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::name::Name;

use crate::certificate::{Draft, extension};
use crate::ct_log;
use crate::error::SandboxError;
use crate::identity::Identity;
use crate::key::Key;
use crate::seed::Seed;

/// A certificate for signing is valid this long, as with Fulcio.
const LEAF_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// The second from which authorities are valid: 2025-01-01. They last until 2049, the end of UTCTime.
pub(crate) const AUTHORITIES_FROM: i64 = 1_735_689_600;
const AUTHORITIES_UNTIL: i64 = 2_524_607_999;

pub(crate) const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
pub(crate) const EXTENDED_KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37");
pub(crate) const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const SUBJECT_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.14");
const AUTHORITY_KEY_IDENTIFIER: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.35");
pub(crate) const CODE_SIGNING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.3");
pub(crate) const TIME_STAMPING: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.8");

/// A root and an intermediate authority, which issues.
pub(crate) struct Authority {
    pub(crate) key: Key,
    pub(crate) name: Name,
    pub(crate) certificate: Vec<u8>,
    pub(crate) root: Vec<u8>,
}

impl Authority {
    /// Makes both from the seed; the same seed gives the same certificates.
    pub(crate) fn new(seed: &Seed, organisation: &str, kind: &str) -> Result<Self, SandboxError> {
        Drafts::new(seed, organisation, kind)?.sign()
    }

    /// Returns the certificates from intermediate to root.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.certificate.clone(), self.root.clone()]
    }

    /// Drafts a certificate for signing, as Fulcio would: for ten minutes from now.
    pub(crate) fn draft_leaf(
        &self,
        spki: &[u8],
        identity: &Identity,
        now: Timestamp,
    ) -> Result<Draft, SandboxError> {
        let mut extensions = leaf_extensions(&self.key, spki, CODE_SIGNING, false)?;
        extensions.extend(identity.to_extensions()?);
        Ok(Draft {
            serial: serial(&[spki, &now.as_second().to_be_bytes()]),
            issuer: self.name.clone(),
            subject: Name::default(),
            not_before: now,
            not_after: now
                .checked_add(LEAF_LIFETIME)
                .map_err(|_| SandboxError::Time { at: now })?,
            spki: spki.to_vec(),
            extensions,
        })
    }

    /// Signs a draft, with a log's promise to publish it inside.
    pub(crate) fn issue(&self, mut draft: Draft, ct_log: &Key) -> Result<Vec<u8>, SandboxError> {
        let to_be_signed = draft.to_be_signed(&self.key)?;
        let promise = ct_log::promise(ct_log, &self.key.spki()?, &to_be_signed, draft.not_before)?;
        draft.extensions.push(ct_log::extension(&[promise])?);
        draft.sign(&self.key)
    }
}

/// An [`Authority`] before its certificates are signed. Forged ones differ from honest ones here.
pub(crate) struct Drafts {
    pub(crate) root_key: Key,
    pub(crate) root: Draft,
    pub(crate) key: Key,
    pub(crate) intermediate: Draft,
}

impl Drafts {
    pub(crate) fn new(seed: &Seed, organisation: &str, kind: &str) -> Result<Self, SandboxError> {
        let root_key = Key::P384(seed.p384(&format!("{kind}/root")));
        let key = Key::P384(seed.p384(&format!("{kind}/intermediate")));
        let root_name = name(organisation, kind)?;
        let intermediate_name = name(organisation, &format!("{kind}-intermediate"))?;
        let root = authority_draft(&root_name, &root_name, &root_key, &root_key, None)?;
        let mut intermediate = authority_draft(&root_name, &intermediate_name, &root_key, &key, Some(0))?;
        // An authority that is limited to a purpose says so in its intermediate.
        let purpose = if kind == TIMESTAMPING {
            TIME_STAMPING
        } else {
            CODE_SIGNING
        };
        intermediate.extensions.push(extension(
            EXTENDED_KEY_USAGE,
            false,
            &ExtendedKeyUsage(vec![purpose]),
        )?);
        Ok(Self {
            root_key,
            root,
            key,
            intermediate,
        })
    }

    pub(crate) fn sign(self) -> Result<Authority, SandboxError> {
        Ok(Authority {
            certificate: self.intermediate.sign(&self.root_key)?,
            root: self.root.sign(&self.root_key)?,
            name: self.intermediate.subject,
            key: self.key,
        })
    }
}

/// The kind of [`Authority`] that signs certificates of timestamp authorities.
pub(crate) const TIMESTAMPING: &str = "tsa";

/// Returns a name `O=…, CN=…`.
pub(crate) fn name(organisation: &str, common_name: &str) -> Result<Name, SandboxError> {
    // RFC 4514 writes the last part first.
    Ok(format!("CN={common_name},O={organisation}").parse()?)
}

/// Returns a serial number made of whatever makes the certificate different: positive, 20 bytes (RFC 5280).
pub(crate) fn serial(parts: &[&[u8]]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(part);
    }
    let mut serial: Vec<u8> = hasher.finalize().into_iter().take(20).collect();
    if let Some(first) = serial.first_mut() {
        *first = (*first & 0x3f) | 0x40;
    }
    serial
}

/// The extensions of every certificate that is not an authority's.
pub(crate) fn leaf_extensions(
    issuer: &Key,
    spki: &[u8],
    purpose: ObjectIdentifier,
    purpose_is_critical: bool,
) -> Result<Vec<Extension>, SandboxError> {
    let usage = KeyUsage(FlagSet::from(KeyUsages::DigitalSignature));
    Ok(vec![
        extension(KEY_USAGE, true, &usage)?,
        extension(
            EXTENDED_KEY_USAGE,
            purpose_is_critical,
            &ExtendedKeyUsage(vec![purpose]),
        )?,
        subject_key_identifier(spki)?,
        authority_key_identifier(issuer)?,
    ])
}

/// Drafts the certificate of an authority.
pub(crate) fn authority_draft(
    issuer: &Name,
    subject: &Name,
    by: &Key,
    key: &Key,
    path_length: Option<u8>,
) -> Result<Draft, SandboxError> {
    let spki = key.spki()?;
    let constraints = BasicConstraints {
        ca: true,
        path_len_constraint: path_length,
    };
    let usage = KeyUsage(KeyUsages::KeyCertSign | KeyUsages::CRLSign);
    Ok(Draft {
        serial: serial(&[&spki]),
        issuer: issuer.clone(),
        subject: subject.clone(),
        not_before: second(AUTHORITIES_FROM)?,
        not_after: second(AUTHORITIES_UNTIL)?,
        extensions: vec![
            extension(KEY_USAGE, true, &usage)?,
            extension(BASIC_CONSTRAINTS, true, &constraints)?,
            subject_key_identifier(&spki)?,
            authority_key_identifier(by)?,
        ],
        spki,
    })
}

/// Returns the time of a constant.
pub(crate) fn second(second: i64) -> Result<Timestamp, SandboxError> {
    Timestamp::from_second(second).map_err(|_| SandboxError::Malformed { what: "time" })
}

fn subject_key_identifier(spki: &[u8]) -> Result<Extension, SandboxError> {
    let identifier = SubjectKeyIdentifier(OctetString::new(key_identifier(spki))?);
    extension(SUBJECT_KEY_IDENTIFIER, false, &identifier)
}

fn authority_key_identifier(issuer: &Key) -> Result<Extension, SandboxError> {
    let identifier = AuthorityKeyIdentifier {
        key_identifier: Some(OctetString::new(key_identifier(&issuer.spki()?))?),
        ..Default::default()
    };
    extension(AUTHORITY_KEY_IDENTIFIER, false, &identifier)
}

/// A name for a key: 160 bits of the SHA-256 of its SubjectPublicKeyInfo (RFC 7093, section 2, method 4).
fn key_identifier(spki: &[u8]) -> Vec<u8> {
    Sha256::digest(spki).into_iter().take(20).collect()
}

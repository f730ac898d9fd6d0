//! Certificate authorities and timestamp authorities.

use rustls_pki_types::{CertificateDer, TrustAnchor};
use sigstore_trust_root::TrustedRoot;
use sigstore_types::{DerCertificate, TsaAuthority};

use super::{TrustRootError, TrustedParty, Window};
use crate::certificate;
use crate::hash::sha256;

/// A certificate that may issue signers' certificates.
///
/// Each certificate of a listed chain is one. Its window is what the trust root grants, cut to the validity of
/// the certificate itself and of all above it: an authority whose own certificate has expired issues nothing
/// (CVE-2026-24122).
#[derive(Debug)]
pub(crate) struct Authority {
    pub(crate) uri: String,
    /// DER of the subject, to find the issuer of a certificate by.
    pub(crate) subject: Vec<u8>,
    pub(crate) anchor: [TrustAnchor<'static>; 1],
    /// SHA-256 of its `SubjectPublicKeyInfo`: the issuer key hash of RFC 6962.
    pub(crate) key_hash: [u8; 32],
    pub(crate) window: Window,
}

impl Authority {
    pub(crate) fn describe(&self) -> TrustedParty {
        self.window.describe("certificate-authority", &self.uri)
    }
}

/// A timestamp authority: its chain and its window are never taken apart (TOB-SIGSTORE-11).
#[derive(Debug)]
pub(crate) struct TimestampAuthority {
    pub(crate) uri: String,
    pub(crate) window: Window,
    pub(crate) chain: TsaAuthority,
}

impl TimestampAuthority {
    pub(crate) fn describe(&self) -> TrustedParty {
        self.window.describe("timestamp-authority", &self.uri)
    }
}

pub(super) fn authorities(root: &TrustedRoot) -> Result<Vec<Authority>, TrustRootError> {
    let mut authorities = Vec::new();
    for listed in &root.certificate_authorities {
        let error = |detail| TrustRootError::Authority {
            authority: listed.uri.clone(),
            detail,
        };
        let mut window = Window::read(listed.valid_for, &listed.uri)?;
        if listed.cert_chain.certificates.is_empty() {
            return Err(error("its certificate chain is empty"));
        }
        let mut constrained = false;
        // From the root down, so that each window is cut by those above it.
        for entry in listed.cert_chain.certificates.iter().rev() {
            let der = entry.raw_bytes.as_bytes();
            let parsed = certificate::from_der(der).map_err(|_| error("a certificate is malformed"))?;
            let (from, until) = certificate::validity(&parsed)
                .map_err(|_| error("a certificate's validity is out of range"))?;
            window = window.intersect(Window {
                from: Some(from),
                until: Some(until),
            });
            // Each is an anchor: what a certificate above it forbids would be forgotten.
            if constrained {
                return Err(error(
                    "a certificate above another one constrains names: list the constrained one alone, if it is to be trusted",
                ));
            }
            constrained = parsed
                .name_constraints()
                .map_or(true, |constraints| constraints.is_some());
            let trusted = CertificateDer::from(der);
            let anchor = webpki::anchor_from_trusted_cert(&trusted)
                .map_err(|_| error("a certificate cannot be an authority"))?
                .to_owned();
            authorities.push(Authority {
                uri: listed.uri.clone(),
                subject: parsed.tbs_certificate.subject.as_raw().to_vec(),
                anchor: [anchor],
                key_hash: sha256(parsed.tbs_certificate.subject_pki.raw),
                window,
            });
        }
    }
    Ok(authorities)
}

pub(super) fn timestamp_authorities(root: &TrustedRoot) -> Result<Vec<TimestampAuthority>, TrustRootError> {
    let mut authorities = Vec::new();
    for listed in &root.timestamp_authorities {
        let uri = listed
            .uri
            .clone()
            .unwrap_or_else(|| "timestamp authority without url".to_owned());
        let error = |detail| TrustRootError::Authority {
            authority: uri.clone(),
            detail,
        };
        let window = Window::read(listed.valid_for, &uri)?;
        let certificates: Vec<&DerCertificate> = listed
            .cert_chain
            .certificates
            .iter()
            .map(|entry| &entry.raw_bytes)
            .collect();
        let (leaf, intermediates, root) = match certificates.as_slice() {
            [] => return Err(error("its certificate chain is empty")),
            [only] => (*only, &[][..], *only),
            [leaf, intermediates @ .., root] => (*leaf, intermediates, *root),
        };
        for certificate in &certificates {
            certificate::from_der(certificate.as_bytes()).map_err(|_| error("a certificate is malformed"))?;
        }
        let chain = TsaAuthority::new(
            leaf.clone(),
            intermediates
                .iter()
                .map(|certificate| (*certificate).clone())
                .collect(),
            root.clone(),
            listed.valid_for,
        );
        authorities.push(TimestampAuthority { uri, window, chain });
    }
    Ok(authorities)
}

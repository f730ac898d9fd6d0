//! The certificate transparency log, which promises to publish each certificate (RFC 6962).

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use x509_cert::der::Encode as _;
use x509_cert::der::asn1::{ObjectIdentifier, OctetStringRef};
use x509_cert::ext::Extension;

use crate::certificate::raw_extension;
use crate::error::SandboxError;
use crate::key::Key;

/// A certificate's list of promises (RFC 6962, section 3.3).
pub(crate) const SCT_LIST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11129.2.4.2");

/// A log's promise to publish a certificate: a signed certificate timestamp (RFC 6962, section 3.2).
#[derive(Debug, Clone)]
pub(crate) struct Promise {
    pub(crate) version: u8,
    pub(crate) log_id: [u8; 32],
    pub(crate) at: Timestamp,
    pub(crate) extensions: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Promises to publish a certificate that is still to be signed.
pub(crate) fn promise(
    log: &Key,
    issuer_spki: &[u8],
    to_be_signed: &[u8],
    at: Timestamp,
) -> Result<Promise, SandboxError> {
    let mut promise = Promise {
        version: 0,
        log_id: log.id()?,
        at,
        extensions: Vec::new(),
        signature: Vec::new(),
    };
    promise.sign(log, issuer_spki, to_be_signed)?;
    Ok(promise)
}

/// Returns what the log signs: `precert_entry` with the issuer's key and the certificate without its promises.
fn signed_bytes(promise: &Promise, issuer_spki: &[u8], to_be_signed: &[u8]) -> Result<Vec<u8>, SandboxError> {
    let mut bytes = vec![promise.version, 0];
    bytes.extend(milliseconds(promise.at)?.to_be_bytes());
    bytes.extend([0, 1]);
    bytes.extend(Sha256::digest(issuer_spki));
    bytes.extend(length::<3>(to_be_signed.len())?);
    bytes.extend(to_be_signed);
    bytes.extend(length::<2>(promise.extensions.len())?);
    bytes.extend(&promise.extensions);
    Ok(bytes)
}

/// Returns the extension that carries promises.
pub(crate) fn extension(promises: &[Promise]) -> Result<Extension, SandboxError> {
    let promises = promises.iter().map(Promise::to_bytes);
    extension_of(&promises.collect::<Result<Vec<_>, _>>()?)
}

/// Returns the extension that carries promises which are written already.
pub(crate) fn extension_of(promises: &[Vec<u8>]) -> Result<Extension, SandboxError> {
    let mut list = Vec::new();
    for promise in promises {
        list.extend(length::<2>(promise.len())?);
        list.extend(promise);
    }
    let list = [&length::<2>(list.len())?[..], &list].concat();
    raw_extension(SCT_LIST, false, &OctetStringRef::new(&list)?.to_der()?)
}

impl Promise {
    /// Signs anew what was changed.
    pub(crate) fn sign(
        &mut self,
        log: &Key,
        issuer_spki: &[u8],
        to_be_signed: &[u8],
    ) -> Result<(), SandboxError> {
        self.signature = log.sign(&signed_bytes(self, issuer_spki, to_be_signed)?);
        Ok(())
    }

    /// Writes it as `SerializedSCT`.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, SandboxError> {
        let mut bytes = vec![self.version];
        bytes.extend(self.log_id);
        bytes.extend(milliseconds(self.at)?.to_be_bytes());
        bytes.extend(length::<2>(self.extensions.len())?);
        bytes.extend(&self.extensions);
        // SHA-256 with ECDSA, as TLS 1.2 numbers them.
        bytes.extend([4, 3]);
        bytes.extend(length::<2>(self.signature.len())?);
        bytes.extend(&self.signature);
        Ok(bytes)
    }
}

fn milliseconds(at: Timestamp) -> Result<u64, SandboxError> {
    u64::try_from(at.as_millisecond()).map_err(|_| SandboxError::Time { at })
}

/// Writes a length in as many bytes, the highest first.
fn length<const BYTES: usize>(length: usize) -> Result<[u8; BYTES], SandboxError> {
    let malformed = || SandboxError::Malformed {
        what: "certificate timestamp",
    };
    let all = u64::try_from(length).map_err(|_| malformed())?.to_be_bytes();
    let (high, low) = all
        .split_at_checked(all.len().saturating_sub(BYTES))
        .ok_or_else(malformed)?;
    if high.iter().any(|byte| *byte != 0) {
        return Err(malformed());
    }
    low.try_into().map_err(|_| malformed())
}

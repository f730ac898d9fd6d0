//! Certificates before they are signed (RFC 5280, section 4.1).

use jiff::Timestamp;
use x509_cert::der::asn1::{BitString, ObjectIdentifier, OctetString, UtcTime};
use x509_cert::der::pem::LineEnding;
use x509_cert::der::{Decode as _, Encode, pem};
use x509_cert::ext::Extension;
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};
use x509_cert::{Certificate, TbsCertificate, Version};

use crate::error::SandboxError;
use crate::key::Key;

/// What a certificate says, to be signed. Forged ones differ from honest ones here.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) serial: Vec<u8>,
    pub(crate) issuer: Name,
    pub(crate) subject: Name,
    pub(crate) not_before: Timestamp,
    pub(crate) not_after: Timestamp,
    /// SubjectPublicKeyInfo in DER.
    pub(crate) spki: Vec<u8>,
    pub(crate) extensions: Vec<Extension>,
}

impl Draft {
    /// Returns the part that is signed, in DER.
    pub(crate) fn to_be_signed(&self, by: &Key) -> Result<Vec<u8>, SandboxError> {
        self.to_be_signed_as(&by.algorithm())
    }

    /// Returns the same, with a name for the signature's algorithm.
    pub(crate) fn to_be_signed_as(
        &self,
        algorithm: &AlgorithmIdentifierOwned,
    ) -> Result<Vec<u8>, SandboxError> {
        Ok(self.tbs(algorithm)?.to_der()?)
    }

    /// Signs it, and returns the certificate in DER.
    pub(crate) fn sign(&self, by: &Key) -> Result<Vec<u8>, SandboxError> {
        let tbs_certificate = self.tbs(&by.algorithm())?;
        let signature = by.sign(&tbs_certificate.to_der()?);
        let certificate = Certificate {
            tbs_certificate,
            signature_algorithm: by.algorithm(),
            signature: BitString::from_bytes(&signature)?,
        };
        Ok(certificate.to_der()?)
    }

    fn tbs(&self, algorithm: &AlgorithmIdentifierOwned) -> Result<TbsCertificate, SandboxError> {
        Ok(TbsCertificate {
            version: Version::V3,
            serial_number: SerialNumber::new(&self.serial)?,
            signature: algorithm.clone(),
            issuer: self.issuer.clone(),
            validity: Validity {
                not_before: time(self.not_before)?,
                not_after: time(self.not_after)?,
            },
            subject: self.subject.clone(),
            subject_public_key_info: SubjectPublicKeyInfoOwned::from_der(&self.spki)?,
            issuer_unique_id: None,
            subject_unique_id: None,
            extensions: Some(self.extensions.clone()),
        })
    }
}

/// Makes an extension of a value that is DER.
pub(crate) fn extension(
    id: ObjectIdentifier,
    critical: bool,
    value: &impl Encode,
) -> Result<Extension, SandboxError> {
    raw_extension(id, critical, &value.to_der()?)
}

/// Makes an extension of any bytes.
pub(crate) fn raw_extension(
    extn_id: ObjectIdentifier,
    critical: bool,
    value: &[u8],
) -> Result<Extension, SandboxError> {
    Ok(Extension {
        extn_id,
        critical,
        extn_value: OctetString::new(value)?,
    })
}

/// Writes a certificate as PEM (RFC 7468).
pub(crate) fn certificate_pem(der: &[u8]) -> Result<String, SandboxError> {
    pem_of("CERTIFICATE", der)
}

/// Writes a public key as PEM (RFC 7468).
pub(crate) fn public_key_pem(spki: &[u8]) -> Result<String, SandboxError> {
    pem_of("PUBLIC KEY", spki)
}

fn pem_of(label: &'static str, der: &[u8]) -> Result<String, SandboxError> {
    pem::encode_string(label, LineEnding::LF, der).map_err(|_| SandboxError::Malformed { what: "PEM" })
}

/// Reads PEM of any label: the label and the DER in it.
pub(crate) fn read_pem(text: &[u8]) -> Result<(String, Vec<u8>), SandboxError> {
    let (label, der) = pem::decode_vec(text).map_err(|_| SandboxError::Malformed { what: "PEM" })?;
    Ok((label.to_owned(), der))
}

/// Until 2049, a certificate's times are written as UTCTime (RFC 5280, section 4.1.2.5).
fn time(at: Timestamp) -> Result<Time, SandboxError> {
    let error = || SandboxError::Time { at };
    let seconds = u64::try_from(at.as_second()).map_err(|_| error())?;
    UtcTime::from_unix_duration(std::time::Duration::from_secs(seconds))
        .map(Time::UtcTime)
        .map_err(|_| error())
}

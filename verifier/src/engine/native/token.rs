//! What RFC 3161 demands of a timestamp beyond its signature and its chain, which the library does not look at.

use aws_lc_rs::digest;
use cms::cert::x509::attr::Attribute;
use cms::cert::x509::der::asn1::{ObjectIdentifier, OctetString};
use cms::cert::x509::der::{Any, Decode, Tag, Tagged};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::content_info::ContentInfo;
use cms::signed_data::{SignedData, SignerInfo};

use super::timestamp::TimestampError;
use crate::{certificate, der};

/// `id-ct-TSTInfo` (RFC 3161, section 2.4.2).
const TST_INFO: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.1.4");
/// `id-contentType` (RFC 5652, section 11.1).
const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
/// `id-aa-signingCertificate` (RFC 2634, section 5.4), whose hash is SHA-1.
const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.12");
/// `id-aa-signingCertificateV2` (RFC 5035, section 3), whose hash is SHA-256 unless it says otherwise.
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");
/// The DER of an extended key usage of `id-kp-timeStamping` and nothing else.
const TIME_STAMPING_ALONE: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 8];

/// Looks at what the library leaves out, of a timestamp that it verified under the authority of this
/// certificate (DER).
pub(super) fn check(token: &[u8], authority: &[u8]) -> Result<(), TimestampError> {
    purpose(authority)?;
    let signers = signers(token).ok_or_else(|| TimestampError::Unverified {
        detail: "it is not a timestamp token".to_owned(),
    })?;
    let [signer] = signers.as_slice() else {
        return Err(TimestampError::Signers { found: signers.len() });
    };
    let content_type = attribute(signer, CONTENT_TYPE).and_then(|value| value.decode_as().ok());
    if content_type != Some(TST_INFO) {
        return Err(TimestampError::ContentType);
    }
    if names(signer, authority) != Some(true) {
        return Err(TimestampError::SigningCertificate);
    }
    Ok(())
}

fn purpose(authority: &[u8]) -> Result<(), TimestampError> {
    let parsed = certificate::from_der(authority).map_err(|_| TimestampError::AuthorityPurpose)?;
    let alone = parsed.extensions().iter().any(|extension| {
        matches!(
            extension.parsed_extension(),
            x509_parser::extensions::ParsedExtension::ExtendedKeyUsage(_)
        ) && extension.critical
            && extension.value == TIME_STAMPING_ALONE
    });
    if alone {
        Ok(())
    } else {
        Err(TimestampError::AuthorityPurpose)
    }
}

fn signers(token: &[u8]) -> Option<Vec<SignerInfo>> {
    let token = ContentInfo::from_der(der::timestamp_token(token)?).ok()?;
    let data: SignedData = token.content.decode_as().ok()?;
    Some(data.signer_infos.0.into_vec())
}

/// Returns the one value of a signed attribute that stands there once.
fn attribute(signer: &SignerInfo, oid: ObjectIdentifier) -> Option<&Any> {
    let of = |attribute: &&Attribute| attribute.oid == oid;
    let mut found = signer.signed_attrs.as_ref()?.iter().filter(of);
    match (found.next(), found.next()) {
        (Some(attribute), None) if attribute.values.len() == 1 => attribute.values.get(0),
        _ => None,
    }
}

/// Says whether the signer signed that this is its certificate. The second form of the attribute counts where
/// both are there.
fn names(signer: &SignerInfo, certificate: &[u8]) -> Option<bool> {
    if let Some(value) = attribute(signer, SIGNING_CERTIFICATE_V2) {
        let (algorithm, hash) = match first_identifier(value)?.as_slice() {
            [algorithm, hash, ..] if algorithm.tag() == Tag::Sequence => {
                let algorithm: AlgorithmIdentifierOwned = algorithm.decode_as().ok()?;
                (algorithm.oid, hash.decode_as::<OctetString>().ok()?)
            }
            [hash, ..] => (SHA256, hash.decode_as::<OctetString>().ok()?),
            [] => return None,
        };
        let algorithm = match algorithm {
            SHA256 => &digest::SHA256,
            SHA384 => &digest::SHA384,
            SHA512 => &digest::SHA512,
            _ => return None,
        };
        return Some(digest::digest(algorithm, certificate).as_ref() == hash.as_bytes());
    }
    let identifier = first_identifier(attribute(signer, SIGNING_CERTIFICATE)?)?;
    let hash: OctetString = identifier.first()?.decode_as().ok()?;
    // The key that signed is the authority's in any case: the attribute says which of its certificates is meant.
    let own = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, certificate);
    Some(own.as_ref() == hash.as_bytes())
}

/// Returns the fields of the first `ESSCertID`, which is of the signer's certificate.
fn first_identifier(signing_certificate: &Any) -> Option<Vec<Any>> {
    let fields: Vec<Any> = signing_certificate.decode_as().ok()?;
    let identifiers: Vec<Any> = fields.first()?.decode_as().ok()?;
    identifiers.first()?.decode_as().ok()
}

//! Certificate transparency: the timestamps (SCTs) embedded in the certificate (RFC 6962, sections 3.2 to 3.4).

use jiff::Timestamp;
use x509_parser::certificate::X509Certificate;
use x509_parser::extensions::ParsedExtension;

use crate::attestation::HashAlgorithm;
use crate::der;
use crate::trust::Log;

/// Content of the object identifier of the SCT list, 1.3.6.1.4.1.11129.2.4.2.
const SCT_LIST: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xd6, 0x79, 0x02, 0x04, 0x02];

/// Why no certificate transparency log vouches for a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SctError {
    /// The certificate carries no timestamp, or they cannot be read.
    #[error("the certificate carries no readable timestamp of a log")]
    Missing,
    /// None of its timestamps is from a log of the trust root.
    #[error("no timestamp is from a log of the trust root (found: {})", .found.join(", "))]
    UnknownLog {
        /// The identifiers of the logs in hex.
        found: Vec<String>,
    },
    /// A timestamp's signature does not verify.
    #[error("the timestamp of log {log} does not verify")]
    Signature {
        /// The log's URL in the trust root.
        log: String,
    },
    /// A timestamp lies in the future.
    #[error("the timestamp of log {log} is of {time}, later than now ({now})")]
    Future {
        /// The log's URL in the trust root.
        log: String,
        /// The timestamp.
        time: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// A timestamp lies outside the validity of the log's key.
    #[error("the timestamp of log {log} is of {time}, outside the validity of the log's key")]
    Expired {
        /// The log's URL in the trust root.
        log: String,
        /// The timestamp.
        time: Timestamp,
    },
}

/// Sees to it that at least one trusted log has seen the certificate. A timestamp that claims to be of a
/// trusted log and is not is fatal.
pub(super) fn verify(
    certificate: &X509Certificate<'_>,
    issuer_key_hash: &[u8; 32],
    logs: &[Log],
    now: Timestamp,
) -> Result<(), SctError> {
    let list = certificate
        .extensions()
        .iter()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SCT(list) => Some(list),
            _ => None,
        });
    let list = list.ok_or(SctError::Missing)?;
    let precertificate =
        der::without_extension(certificate.tbs_certificate.as_ref(), SCT_LIST).ok_or(SctError::Missing)?;
    let mut seen = false;
    for sct in list {
        let Some(log) = logs.iter().find(|log| log.id == *sct.id.key_id) else {
            continue;
        };
        let time = i64::try_from(sct.timestamp)
            .ok()
            .and_then(|ms| Timestamp::from_millisecond(ms).ok());
        let time = time.ok_or(SctError::Missing)?;
        if !log.window.contains(time) {
            return Err(SctError::Expired {
                log: log.uri.clone(),
                time,
            });
        }
        let signed = signed_data(sct.timestamp, issuer_key_hash, &precertificate, sct.extensions.0);
        let holds = match (sct.version.0, hash(sct.signature.hash_alg_id), signed) {
            (0, Some(hash), Some(signed)) => log.key.verifies_with(hash, &signed, sct.signature.data),
            _ => false,
        };
        if !holds {
            return Err(SctError::Signature { log: log.uri.clone() });
        }
        // RFC 6962, section 5.2: a client must refuse a timestamp of the future. In whole seconds, as all other times
        // of signing are: who verifies at the second of the log's entry must not stumble over its milliseconds.
        if time.as_second() > now.as_second() {
            return Err(SctError::Future {
                log: log.uri.clone(),
                time,
                now,
            });
        }
        seen = true;
    }
    if seen {
        return Ok(());
    }
    Err(SctError::UnknownLog {
        found: list.iter().map(|sct| hex::encode(sct.id.key_id)).collect(),
    })
}

/// The hash of a TLS `SignatureAndHashAlgorithm` (RFC 5246, section 7.4.1.4.1). The signature's kind is the
/// key's.
fn hash(id: u8) -> Option<HashAlgorithm> {
    match id {
        4 => Some(HashAlgorithm::Sha2_256),
        5 => Some(HashAlgorithm::Sha2_384),
        6 => Some(HashAlgorithm::Sha2_512),
        _ => None,
    }
}

/// What the log signed: `digitally-signed struct` of RFC 6962, section 3.2, for a precertificate.
fn signed_data(time: u64, issuer_key_hash: &[u8; 32], tbs: &[u8], extensions: &[u8]) -> Option<Vec<u8>> {
    const VERSION_1: u8 = 0;
    const CERTIFICATE_TIMESTAMP: u8 = 0;
    const PRECERTIFICATE_ENTRY: [u8; 2] = [0, 1];
    let [0, tbs_length @ ..] = u32::try_from(tbs.len()).ok()?.to_be_bytes() else {
        return None;
    };
    let extensions_length = u16::try_from(extensions.len()).ok()?.to_be_bytes();
    let mut signed = vec![VERSION_1, CERTIFICATE_TIMESTAMP];
    signed.extend_from_slice(&time.to_be_bytes());
    signed.extend_from_slice(&PRECERTIFICATE_ENTRY);
    signed.extend_from_slice(issuer_key_hash);
    signed.extend_from_slice(&tbs_length);
    signed.extend_from_slice(tbs);
    signed.extend_from_slice(&extensions_length);
    signed.extend_from_slice(extensions);
    Some(signed)
}

//! RFC 3161 timestamps, each under the one authority that signed it.

use sigstore_types::{SignatureBytes, TimestampToken};

use crate::error::{Error, NotAuthentic};
use crate::evidence::{TimeSource, VerifiedTime};
use crate::trust::TrustRoot;

/// Verifies a timestamp over the signature's bytes.
pub(super) fn verify(
    root: &TrustRoot,
    index: usize,
    token: &[u8],
    signature: &[u8],
) -> Result<VerifiedTime, Error> {
    let token = TimestampToken::new(token.to_vec());
    let signature = SignatureBytes::new(signature.to_vec());
    let mut outside = None;
    let mut detail = None;
    for authority in &root.timestamp_authorities {
        match sigstore_tsa::verify_timestamp_for_authority(&token, &signature, &authority.chain) {
            Ok(time) => {
                let authority = authority.uri.clone();
                return Ok(VerifiedTime {
                    time,
                    source: TimeSource::TimestampAuthority,
                    authority,
                });
            }
            Err(sigstore_tsa::Error::TimestampOutsideValidity { time }) => outside = Some(time),
            Err(error) => detail = Some(error.to_string()),
        }
    }
    if let Some(time) = outside {
        return Err(NotAuthentic::TimestampAuthorityExpired { index, time }.into());
    }
    let detail = detail.unwrap_or_else(|| "the trust root has no timestamp authority".to_owned());
    Err(NotAuthentic::Timestamp { index, detail }.into())
}

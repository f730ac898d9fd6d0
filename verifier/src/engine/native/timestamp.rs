//! RFC 3161 timestamps, each under the one authority that signed it.

use jiff::Timestamp;
use sigstore_types::{SignatureBytes, TimestampToken};

use super::token;
use crate::error::{Error, NotAuthentic};
use crate::evidence::{TimeSource, VerifiedTime};
use crate::trust::TrustRoot;

/// Why a signed timestamp does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TimestampError {
    /// The trust root names no timestamp authority.
    #[error("the trust root has no timestamp authority")]
    NoAuthority,
    /// It cannot be read, is over something else, or none of the trust root's authorities signed it.
    #[error("{detail}")]
    Unverified {
        /// What the parser or the check of the authority said last.
        detail: String,
    },
    /// It lies in the future.
    #[error("it is of {time}, later than now ({now})")]
    Future {
        /// The signed time.
        time: Timestamp,
        /// The time of verification.
        now: Timestamp,
    },
    /// It has not exactly one signer (RFC 3161, section 2.4.2).
    #[error("{found} signers, exactly one is allowed")]
    Signers {
        /// How many there are.
        found: usize,
    },
    /// What is signed does not say, once, that the content is a timestamp (RFC 5652, section 11.1).
    #[error("it is not signed as a timestamp: the content-type attribute names something else")]
    ContentType,
    /// What is signed does not name the authority's own certificate (RFC 3161, section 2.4.2; RFC 5816).
    #[error("the signing-certificate attribute does not name the authority's certificate")]
    SigningCertificate,
    /// The authority's certificate is not, critically, for timestamps alone (RFC 3161, section 2.3).
    #[error("its authority's certificate is not for timestamps alone")]
    AuthorityPurpose,
}

/// Verifies a timestamp over the signature's bytes.
pub(super) fn verify(
    root: &TrustRoot,
    index: usize,
    token: &[u8],
    signature: &[u8],
    now: Timestamp,
) -> Result<VerifiedTime, Error> {
    let bytes = TimestampToken::new(token.to_vec());
    let signature = SignatureBytes::new(signature.to_vec());
    let mut outside = None;
    let mut reason = TimestampError::NoAuthority;
    for authority in &root.timestamp_authorities {
        let verified = sigstore_tsa::verify_timestamp_for_authority(&bytes, &signature, &authority.chain)
            .map(|time| token::check(token, authority.chain.leaf.as_bytes()).map(|()| time));
        match verified {
            Ok(Ok(time)) if time > now => {
                let reason = TimestampError::Future { time, now };
                return Err(NotAuthentic::Timestamp { index, reason }.into());
            }
            Ok(Ok(time)) => {
                let authority = authority.uri.clone();
                return Ok(VerifiedTime {
                    time,
                    source: TimeSource::TimestampAuthority,
                    authority,
                });
            }
            Ok(Err(error)) => reason = error,
            Err(sigstore_tsa::Error::TimestampOutsideValidity { time }) => outside = Some(time),
            Err(error) => {
                reason = TimestampError::Unverified {
                    detail: error.to_string(),
                }
            }
        }
    }
    if let Some(time) = outside {
        return Err(NotAuthentic::TimestampAuthorityExpired { index, time }.into());
    }
    Err(NotAuthentic::Timestamp { index, reason }.into())
}

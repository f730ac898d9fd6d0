//! The certificate's issuer: RFC 5280 path validation, one step long, under the trust root alone.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{ALL_VERIFICATION_ALGS, EndEntityCert, KeyUsage};
use x509_parser::certificate::X509Certificate;

use crate::error::{Error, NotAuthentic, ReadError};
use crate::evidence::VerifiedTime;
use crate::trust::{Authority, TrustRoot};

/// Content of the object identifier of `id-kp-codeSigning` (RFC 5280, section 4.2.1.12).
const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];

/// Finds the authority that issued the certificate for signing code, and sees to it that certificate and
/// authority were valid at each of the times.
///
/// Certificates that came with the bundle play no part: Fulcio's intermediates stand in the trust root.
pub(super) fn issuer<'a>(
    root: &'a TrustRoot,
    leaf: &[u8],
    certificate: &X509Certificate<'_>,
    times: &[VerifiedTime],
) -> Result<&'a Authority, Error> {
    if !is_for_signatures(certificate) {
        return Err(NotAuthentic::CertificateKeyUsage.into());
    }
    let (not_before, not_after) = crate::certificate::validity(certificate).map_err(ReadError::from)?;
    for VerifiedTime { time, .. } in times {
        if *time < not_before || *time > not_after {
            let of = "the certificate";
            return Err(NotAuthentic::CertificateExpired {
                of,
                time: *time,
                not_before,
                not_after: Some(not_after),
            }
            .into());
        }
    }
    let untrusted = || NotAuthentic::CertificateUntrusted {
        issuer: certificate.issuer().to_string(),
    };
    let Some(at) = times.iter().map(|verified| verified.time).min() else {
        return Err(untrusted().into());
    };
    let der = CertificateDer::from(leaf);
    let end_entity = EndEntityCert::try_from(&der).map_err(|_| untrusted())?;
    let mut expired = None;
    for authority in &root.authorities {
        if authority.subject != certificate.tbs_certificate.issuer.as_raw() {
            continue;
        }
        if let Some(outside) = times
            .iter()
            .find(|verified| !authority.window.contains(verified.time))
        {
            expired.get_or_insert((authority, outside.time));
            continue;
        }
        if issued(&end_entity, authority, at) {
            return Ok(authority);
        }
    }
    match expired {
        // Say that it is the authority's time that is over only where it is the authority's signature.
        Some((authority, time)) if issued(&end_entity, authority, at) => {
            Err(NotAuthentic::CertificateExpired {
                of: "the certificate authority",
                time,
                not_before: authority.window.from.unwrap_or(Timestamp::MIN),
                not_after: authority.window.until,
            }
            .into())
        }
        _ => Err(untrusted().into()),
    }
}

/// Says whether the key is for signatures, which webpki does not ask. Where the extension is missing, it is for
/// everything (RFC 5280, section 4.2.1.3).
fn is_for_signatures(certificate: &X509Certificate<'_>) -> bool {
    match certificate.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.digital_signature()),
        Err(_) => false,
    }
}

fn issued(end_entity: &EndEntityCert<'_>, authority: &Authority, at: Timestamp) -> bool {
    let seconds = u64::try_from(at.as_second()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    let usage = KeyUsage::required(CODE_SIGNING);
    end_entity
        .verify_for_usage(
            ALL_VERIFICATION_ALGS,
            &authority.anchor,
            &[],
            time,
            usage,
            None,
            None,
        )
        .is_ok()
}

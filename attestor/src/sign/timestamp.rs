//! Having a signature timestamped (RFC 3161).

use aws_lc_rs::digest::{SHA256, digest};
use cms::cert::x509::der::asn1::{Int, ObjectIdentifier, OctetString};
use cms::cert::x509::der::{Decode as _, Encode as _};
use cms::cert::x509::spki::AlgorithmIdentifierOwned;
use cms::signed_data::SignedData;
use sigstore_types::TimestampToken;
use x509_tsp::{MessageImprint, TimeStampReq, TimeStampResp, TspVersion, TstInfo};

use super::error::{ServiceName, SignError, of};
use crate::http::{Http, Request};

const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");

/// Asks for a timestamp over the SHA-256 of a signature. Whether it is signed by an authority that the trust root names
/// is found out when the bundle is verified; that it answers this request, here.
pub(super) fn timestamp(http: &Http, url: &str, signature: &[u8]) -> Result<TimestampToken, SignError> {
    let request = request(signature)?;
    let body = request.to_der().map_err(|_| SignError::Encoding)?;
    let ask = Request::post(url, body, "application/timestamp-query")
        .map_err(of(ServiceName::Timestamp))?
        .accept("application/timestamp-reply")
        .idempotent();
    let answer = http.send(ask).map_err(of(ServiceName::Timestamp))?.into_body();
    check(&request, &answer)?;
    Ok(TimestampToken::new(answer))
}

fn request(signature: &[u8]) -> Result<TimeStampReq, SignError> {
    let mut nonce = [0; 9];
    // The first byte stays zero, so that the number is positive.
    let random = nonce.get_mut(1..).unwrap_or_default();
    aws_lc_rs::rand::fill(random).map_err(|_| SignError::Key)?;
    let first = nonce
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(0)
        .saturating_sub(1);
    let nonce = nonce.get(first..).unwrap_or_default();
    // Minimal DER: a zero ahead only where the next byte would make it negative.
    let nonce = match nonce {
        [0, rest @ ..] if rest.first().is_some_and(|byte| *byte < 0x80) => rest,
        nonce => nonce,
    };
    let hashed = digest(&SHA256, signature);
    Ok(TimeStampReq {
        version: TspVersion::V1,
        message_imprint: MessageImprint {
            hash_algorithm: AlgorithmIdentifierOwned {
                oid: SHA_256,
                parameters: None,
            },
            hashed_message: OctetString::new(hashed.as_ref()).map_err(|_| SignError::Encoding)?,
        },
        req_policy: None,
        nonce: Some(Int::new(nonce).map_err(|_| SignError::Encoding)?),
        // The trust root has the authority's certificates.
        cert_req: false,
        extensions: None,
    })
}

/// Checks that an answer is one to this request (RFC 3161, section 2.4.2).
fn check(request: &TimeStampReq, answer: &[u8]) -> Result<(), SignError> {
    let malformed = |field| SignError::Answer {
        service: ServiceName::Timestamp,
        field,
    };
    let response = TimeStampResp::from_der(answer).map_err(|_| malformed("response"))?;
    let token = response.time_stamp_token.ok_or(malformed("timestamp"))?;
    let data: SignedData = token.content.decode_as().map_err(|_| malformed("signed data"))?;
    let content = data.encap_content_info.econtent.ok_or(malformed("content"))?;
    let info = TstInfo::from_der(content.value()).map_err(|_| malformed("content"))?;
    let differs = |field| Err(SignError::TimestampAnswer { field });
    if info.nonce != request.nonce {
        return differs("nonce");
    }
    if info.message_imprint.hashed_message != request.message_imprint.hashed_message {
        return differs("imprint");
    }
    Ok(())
}

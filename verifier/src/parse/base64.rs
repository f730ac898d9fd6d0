//! Base64 as RFC 4648 and ProtoJSON write it: one encoding for each value.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE};

use crate::error::ReadError;
use crate::limits::Limit;

/// Decodes a field, after its decoded size has been compared with the limit.
///
/// Both alphabets are taken, since DSSE and ProtoJSON allow both; padding is required, white space and
/// non-zero trailing bits are refused, so that no two texts of one alphabet mean the same bytes.
pub(crate) fn decode(
    field: &'static str,
    text: &str,
    limit: Limit,
    max: usize,
) -> Result<Vec<u8>, ReadError> {
    let decoded = decoded_length(text);
    if decoded > max {
        return Err(ReadError::Limit {
            limit,
            found: decoded,
            max,
        });
    }
    let engine = if text.bytes().any(|byte| byte == b'-' || byte == b'_') {
        &URL_SAFE
    } else {
        &STANDARD
    };
    engine.decode(text).map_err(|_| ReadError::FieldValue {
        field,
        expected: "base64",
    })
}

/// Decodes a field of exactly 32 bytes.
pub(crate) fn decode_sha256(field: &'static str, text: &str) -> Result<[u8; 32], ReadError> {
    const EXPECTED: &str = "base64 of 32 bytes";
    // 32 bytes take 44 characters.
    if text.len() > 44 {
        return Err(ReadError::FieldValue {
            field,
            expected: EXPECTED,
        });
    }
    STANDARD
        .decode(text)
        .ok()
        .and_then(|bytes| <[u8; 32]>::try_from(bytes).ok())
        .ok_or(ReadError::FieldValue {
            field,
            expected: EXPECTED,
        })
}

fn decoded_length(text: &str) -> usize {
    let padding = text.bytes().rev().take(2).filter(|byte| *byte == b'=').count();
    (text.len() / 4).saturating_mul(3).saturating_sub(padding)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_small(text: &str) -> Result<Vec<u8>, ReadError> {
        decode("field", text, Limit::SignatureBytes, 4)
    }

    #[test]
    fn both_alphabets_are_read() {
        assert_eq!(decode_small("+/+/"), Ok(vec![0xfb, 0xff, 0xbf]));
        assert_eq!(decode_small("-_-_"), Ok(vec![0xfb, 0xff, 0xbf]));
    }

    #[test]
    fn a_mix_of_alphabets_missing_padding_white_space_and_trailing_bits_are_refused() {
        for text in [
            "+_+/", "YQ", "YQ=", "YWI=\n", " YWI=", "YR==", "YWJ=", "=", "====",
        ] {
            assert_eq!(
                decode_small(text),
                Err(ReadError::FieldValue {
                    field: "field",
                    expected: "base64"
                }),
                "{text:?}"
            );
        }
    }

    #[test]
    fn size_is_checked_before_decoding() {
        assert_eq!(decode_small("YWFhYQ=="), Ok(b"aaaa".to_vec()));
        assert_eq!(
            decode_small("YWFhYWE="),
            Err(ReadError::Limit {
                limit: Limit::SignatureBytes,
                found: 5,
                max: 4
            })
        );
    }
}

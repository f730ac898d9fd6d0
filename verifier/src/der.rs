//! The little of DER (X.690) that no library gives: how deep and how large something is before a parser sees
//! it, and a certificate without one of its extensions, byte for byte (RFC 6962, section 3.2).

use crate::error::ReadError;
use crate::limits::{Limit, Limits};

const SEQUENCE: u8 = 0x30;
/// The bit of a tag that says that the content is elements again.
const CONSTRUCTED: u8 = 0x20;
/// `[0] EXPLICIT`, the content of a `ContentInfo`, and `[0] IMPLICIT`, the certificates of a `SignedData`.
const CONTEXT_0: u8 = 0xa0;
const OBJECT_IDENTIFIER: u8 = 0x06;
/// `[3] EXPLICIT`: the extensions of a `TBSCertificate`.
const EXTENSIONS: u8 = 0xa3;

/// An element: its tag, its content, and all its bytes.
struct Element<'a> {
    tag: u8,
    content: &'a [u8],
    whole: &'a [u8],
}

/// Splits the first element off. Only definite, minimal lengths of up to three bytes are DER of a certificate.
fn split(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (tag, rest) = input.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x83 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(*first & 0x7f))?;
            let length = bytes
                .iter()
                .fold(0_usize, |length, byte| (length << 8) | usize::from(*byte));
            (encode_length(length).len() == bytes.len().saturating_add(1)).then_some((length, rest))?
        }
        _ => return None,
    };
    let content = rest.get(..length)?;
    let after = rest.get(length..)?;
    let whole = input.get(..input.len().checked_sub(after.len())?)?;
    Some((
        Element {
            tag: *tag,
            content,
            whole,
        },
        after,
    ))
}

/// Splits one element that is all of the input.
fn only(input: &[u8], tag: u8) -> Option<&[u8]> {
    match split(input)? {
        (element, []) if element.tag == tag => Some(element.content),
        _ => None,
    }
}

fn elements(mut input: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut elements = Vec::new();
    while !input.is_empty() {
        let (element, rest) = split(input)?;
        elements.push(element);
        input = rest;
    }
    Some(elements)
}

fn encode_length(length: usize) -> Vec<u8> {
    let bytes: Vec<u8> = length
        .to_be_bytes()
        .into_iter()
        .skip_while(|byte| *byte == 0)
        .collect();
    match bytes.as_slice() {
        [] => vec![0],
        [short] if *short < 0x80 => vec![*short],
        long => {
            let count = u8::try_from(long.len()).unwrap_or(0);
            [&[0x80 | count], long].concat()
        }
    }
}

fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    [&[tag], encode_length(content.len()).as_slice(), content].concat()
}

/// Sees to it that a certificate or a timestamp is not nested too deep for a parser. What is no DER at all is
/// left to the parser, which refuses it at its first octets.
pub(crate) fn check_depth(der: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let max = limits.der_depth;
    match depth(der, max) {
        Some(found) if found > max => Err(ReadError::Limit {
            limit: Limit::DerDepth,
            found,
            max,
        }),
        _ => Ok(()),
    }
}

/// Sees to it that a timestamp is neither nested too deep nor too wide, nor full of certificates.
pub(crate) fn check_timestamp(der: &[u8], limits: &Limits) -> Result<(), ReadError> {
    check_depth(der, limits)?;
    let counts = [
        (
            Limit::TimestampCertificates,
            token_certificates(der),
            limits.timestamp_certificates,
        ),
        (
            Limit::TimestampElements,
            width(der).unwrap_or(0),
            limits.timestamp_elements,
        ),
    ];
    match counts.into_iter().find(|(_, found, max)| found > max) {
        Some((limit, found, max)) => Err(ReadError::Limit { limit, found, max }),
        None => Ok(()),
    }
}

/// Returns how many elements stand side by side at most in any one element, or `None` if it is not DER. Of what
/// [`depth`] has seen, so that the way down has an end.
fn width(input: &[u8]) -> Option<usize> {
    let mut widest: usize = 0;
    let mut open = vec![input];
    while let Some(inside) = open.pop() {
        let mut count: usize = 0;
        let mut rest = inside;
        while !rest.is_empty() {
            let (element, after) = split(rest)?;
            count = count.saturating_add(1);
            if element.tag & CONSTRUCTED != 0 {
                open.push(element.content);
            }
            rest = after;
        }
        widest = widest.max(count);
    }
    Some(widest)
}

/// Returns how deep elements are nested in the one element that the input is, or `None` if it is not DER.
///
/// Goes on without recursion, and no further than one level beyond `max`.
fn depth(input: &[u8], max: usize) -> Option<usize> {
    let (_, rest) = split(input)?;
    if !rest.is_empty() {
        return None;
    }
    let mut deepest: usize = 0;
    // What is still to be looked at, and on which level it stands.
    let mut open = vec![(input, 1_usize)];
    while let Some((elements, level)) = open.pop() {
        if elements.is_empty() {
            continue;
        }
        let (element, rest) = split(elements)?;
        deepest = deepest.max(level);
        if deepest > max {
            break;
        }
        open.push((rest, level));
        if element.tag & CONSTRUCTED != 0 {
            open.push((element.content, level.saturating_add(1)));
        }
    }
    Some(deepest)
}

/// Returns the token (a `ContentInfo`) of an RFC 3161 timestamp, whether it stands alone or in a response
/// (RFC 3161, section 2.4.2).
pub(crate) fn timestamp_token(timestamp: &[u8]) -> Option<&[u8]> {
    // A token begins with the object identifier of its content, a response with its status.
    match elements(only(timestamp, SEQUENCE)?)?.as_slice() {
        [status, token] if status.tag == SEQUENCE => Some(token.whole),
        _ => Some(timestamp),
    }
}

/// Counts the certificates that an RFC 3161 token carries (RFC 5652, section 5.1), whether it stands alone or
/// in a response. What is not of that shape carries none.
fn token_certificates(token: &[u8]) -> usize {
    let count = || {
        let content_info = elements(only(timestamp_token(token)?, SEQUENCE)?)?;
        let signed_data = content_info.iter().find(|element| element.tag == CONTEXT_0)?;
        let fields = elements(only(signed_data.content, SEQUENCE)?)?;
        let certificates = fields.iter().find(|element| element.tag == CONTEXT_0)?;
        Some(elements(certificates.content)?.len())
    };
    count().unwrap_or(0)
}

/// Returns a `TBSCertificate` without the extension of this object identifier.
pub(crate) fn without_extension(tbs: &[u8], oid: &[u8]) -> Option<Vec<u8>> {
    let mut content = Vec::with_capacity(tbs.len());
    for field in elements(only(tbs, SEQUENCE)?)? {
        if field.tag != EXTENSIONS {
            content.extend_from_slice(field.whole);
            continue;
        }
        let mut kept = Vec::with_capacity(field.content.len());
        for extension in elements(only(field.content, SEQUENCE)?)? {
            let (id, _) = split(extension.content)?;
            if id.tag != OBJECT_IDENTIFIER || id.content != oid {
                kept.extend_from_slice(extension.whole);
            }
        }
        content.extend_from_slice(&encode(EXTENSIONS, &encode(SEQUENCE, &kept)));
    }
    Some(encode(SEQUENCE, &content))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn extension(oid: &[u8], value: &[u8]) -> Vec<u8> {
        encode(
            SEQUENCE,
            &[encode(OBJECT_IDENTIFIER, oid), encode(0x04, value)].concat(),
        )
    }

    fn tbs(extensions: &[Vec<u8>]) -> Vec<u8> {
        let list = encode(EXTENSIONS, &encode(SEQUENCE, &extensions.concat()));
        encode(SEQUENCE, &[encode(0x02, &[7]), list].concat())
    }

    #[test]
    fn the_named_extension_alone_is_taken_out_and_all_lengths_follow() {
        let (keep, drop) = (
            extension(&[0x55, 0x1d, 0x0f], &[1; 100]),
            extension(&[0x2b, 0x06], &[2; 300]),
        );
        let with = tbs(&[drop.clone(), keep.clone()]);
        assert_eq!(
            without_extension(&with, &[0x2b, 0x06]),
            Some(tbs(std::slice::from_ref(&keep)))
        );
        assert_eq!(without_extension(&with, &[0x2b, 0x07]), Some(tbs(&[drop, keep])));
    }

    fn nested(depth: usize) -> Vec<u8> {
        (1..depth).fold(encode(0x05, &[]), |inner, _| encode(SEQUENCE, &inner))
    }

    #[test]
    fn depth_counts_the_deepest_level_and_stops_one_beyond_the_limit() {
        let two = [nested(3), nested(7)].concat();
        assert_eq!(depth(&nested(1), 32), Some(1));
        assert_eq!(depth(&encode(SEQUENCE, &two), 32), Some(8));
        assert_eq!(depth(&nested(5000), 32), Some(33));
        assert_eq!(depth(&two, 32), None);
        assert_eq!(depth(&[0x30, 0x80, 0, 0], 32), None);
        assert_eq!(depth(&encode(SEQUENCE, &[0x30, 5, 0]), 32), None);
    }

    #[test]
    fn width_is_that_of_the_widest_element() {
        let wide = encode(SEQUENCE, &encode(0x05, &[]).repeat(7));
        assert_eq!(width(&nested(5)), Some(1));
        assert_eq!(
            width(&encode(0x31, &[wide.clone(), nested(3), wide].concat())),
            Some(7)
        );
        assert_eq!(width(&encode(SEQUENCE, &[0x30, 5, 0])), None);
    }

    #[test]
    fn certificates_of_a_token_are_counted_alone_and_in_a_response() {
        let certificates = encode(CONTEXT_0, &[nested(2), nested(3), nested(2)].concat());
        let signed_data = encode(SEQUENCE, &[encode(0x02, &[3]), certificates].concat());
        let content = [encode(OBJECT_IDENTIFIER, &[42]), encode(CONTEXT_0, &signed_data)].concat();
        let token = encode(SEQUENCE, &content);
        let response = encode(SEQUENCE, &[encode(SEQUENCE, &[]), token.clone()].concat());
        assert_eq!(
            (token_certificates(&token), token_certificates(&response)),
            (3, 3)
        );
        assert_eq!(token_certificates(&nested(4)), 0);
    }

    #[test]
    fn lengths_that_are_not_der_are_refused() {
        for input in [
            &[0x30, 0x80, 0, 0][..],
            &[0x30, 0x81, 0x01, 0],
            &[0x30, 0x82, 0, 0x80],
            &[0x30, 2, 5],
            &[],
        ] {
            assert_eq!(without_extension(input, &[0x2b]), None, "{input:02x?}");
        }
    }
}

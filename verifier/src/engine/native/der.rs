//! The little of DER (X.690) that is needed to take an extension out of a certificate, as RFC 6962,
//! section 3.2 demands: the rest must stay byte for byte what the log signed.

const SEQUENCE: u8 = 0x30;
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

/// Returns a `TBSCertificate` without the extension of this object identifier.
pub(super) fn without_extension(tbs: &[u8], oid: &[u8]) -> Option<Vec<u8>> {
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

//! Absolute URIs, as types and resources are named.

/// How many bytes a URI may have: what browsers and proxies are commonly good for.
const MAX_BYTES: usize = 2048;

/// Returns whether a text is an absolute URI (RFC 3986, section 4.3; a fragment is allowed): a scheme, and something
/// behind it, in characters that URIs have.
///
/// The text is compared and shown as it is, so that nothing is normalised here, and what a parser would silently
/// drop, such as a line feed, is no URI.
pub(super) fn is_absolute(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    // One letter is the drive of a Windows path.
    let mut letters = scheme.bytes();
    let is_scheme = scheme.len() > 1
        && letters.next().is_some_and(|first| first.is_ascii_alphabetic())
        && letters.all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'));
    let has_host = !matches!(scheme, "http" | "https") || rest.starts_with("//");
    text.len() <= MAX_BYTES
        && is_scheme
        && has_host
        && !rest.is_empty()
        && rest.bytes().all(is_of_uris)
        && url::Url::parse(text).is_ok()
}

/// Returns the host that a URI names, in the one spelling that comparing needs.
pub(super) fn host(text: &str) -> Option<String> {
    let host = url::Url::parse(text).ok()?.host_str()?.to_ascii_lowercase();
    Some(host.trim_end_matches('.').to_owned())
}

/// Returns a text as one segment of a path.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// RFC 3986: unreserved, reserved, and the percent sign.
fn is_of_uris(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~:/?#[]@!$&'()*+,;=%".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absolute_uris_are_told_from_what_only_looks_like_one() {
        for good in [
            "https://example.com/attestation/v1",
            "https://example.com/a?b#c",
            "urn:example:predicate",
            "pkg:npm/%40scope/name@1.0.0",
            "git+https://example.com/r",
            "oci://registry.example/image",
        ] {
            assert!(is_absolute(good), "{good}");
        }
        let long = format!("https://example.com/{}", "a".repeat(MAX_BYTES));
        for bad in [
            "",
            "example.com/v1",
            "/v1",
            "//example.com/v1",
            "https:",
            "https://",
            "https:example.com",
            "c:/predicate",
            "1https://example.com",
            " https://example.com/v1",
            "https://example.com/v1\n",
            "https://example.com/v 1",
            "https://exämple.com/v1",
            "https://example.com/\u{202e}",
            "https://example.com/\"",
            long.as_str(),
        ] {
            assert!(!is_absolute(bad), "{bad}");
        }
    }

    #[test]
    fn one_host_has_one_spelling() {
        for text in [
            "https://slsa.dev/x",
            "HTTP://SLSA.dev.:8080/x",
            "https://u@slsa%2edev",
        ] {
            assert_eq!(host(text).as_deref(), Some("slsa.dev"), "{text}");
        }
        assert_eq!(host("urn:slsa.dev"), None);
    }
}

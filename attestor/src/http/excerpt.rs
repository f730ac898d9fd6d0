//! Text that someone else wrote, in a form that can stand in a log.

/// How a token begins: `{"` in base64url.
const TOKEN: &str = "eyJ";

/// Returns at most `limit` characters of `text`, with what looks like a token left out, and what is no visible
/// character escaped.
///
/// A service may send back what it was sent, and it was sent the identity token (CVE-2021-32074: a token that got
/// into a log was unmasked there).
pub(crate) fn excerpt(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    let mut length: usize = 0;
    for c in without_tokens(text).chars() {
        // Control characters speak to terminals, and so do direction marks and their like.
        let plain = c.is_ascii_graphic() || c == ' ' || c.is_alphanumeric();
        let piece = if plain {
            c.to_string()
        } else {
            c.escape_default().to_string()
        };
        length = length.saturating_add(piece.chars().count());
        if length > limit {
            // One of the characters makes room for the sign that there were more.
            while shown.chars().count() >= limit && shown.pop().is_some() {}
            shown.push('…');
            break;
        }
        shown.push_str(&piece);
    }
    shown
}

fn without_tokens(text: &str) -> String {
    let mut left = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(TOKEN) {
        left.push_str(before);
        left.push_str("[token]");
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "-_.=+/".contains(c));
    }
    left.push_str(rest);
    left
}

#[cfg(test)]
mod tests {
    use super::excerpt;

    #[test]
    fn plain_text_stays_as_it_is() {
        assert_eq!(excerpt(r#"{"message":"größe"}"#, 200), r#"{"message":"größe"}"#);
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(excerpt("a\u{1b}[2J\n\u{202e}b", 200), r"a\u{1b}[2J\n\u{202e}b");
    }

    #[test]
    fn tokens_are_left_out_wherever_they_stand() {
        assert_eq!(
            excerpt("bad eyJhbGciOiJ9.eyJpc3M.c-i_g, and eyJ", 200),
            "bad [token], and [token]"
        );
    }

    #[test]
    fn long_text_is_cut_within_the_limit_and_the_cut_is_visible() {
        assert_eq!(excerpt("abcd", 4), "abcd");
        assert_eq!(excerpt("abcde", 4), "abc…");
        assert_eq!(excerpt("abc\n", 4), "abc…");
        assert_eq!(excerpt(&"\u{7}".repeat(500), 200).chars().count(), 200);
    }
}

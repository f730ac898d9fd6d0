//! Text from a document in a form that can be shown to people.

/// Returns `text` with control, format and quoting characters escaped, cut after `limit` characters.
///
/// Escaping keeps terminal sequences and right-to-left overrides out of messages and logs.
pub(crate) fn shown(text: &str, limit: usize) -> String {
    let mut shown = String::new();
    for (i, c) in text.chars().enumerate() {
        if i == limit {
            shown.push('…');
            break;
        }
        if c.is_ascii_graphic() && c != '"' && c != '\\' || c == ' ' || c.is_alphanumeric() {
            shown.push(c);
        } else {
            shown.extend(c.escape_debug().flat_map(escaped_if_invisible));
        }
    }
    shown
}

/// Returns the character, or its `\u{…}` form where `escape_debug` lets through what changes the display.
fn escaped_if_invisible(c: char) -> impl Iterator<Item = char> {
    // Bidirectional controls, zero-width characters and the byte order mark.
    let hidden =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}');
    let escaped = hidden.then(|| c.escape_unicode());
    let plain = (!hidden).then_some(c);
    escaped.into_iter().flatten().chain(plain)
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn plain_text_is_shown_as_it_is() {
        assert_eq!(shown("predicateType: größe", 64), "predicateType: größe");
    }

    #[test]
    fn control_and_direction_characters_are_escaped() {
        assert_eq!(shown("a\u{1b}[0m\n\u{202e}\"", 64), r#"a\u{1b}[0m\n\u{202e}\""#);
    }

    #[test]
    fn long_text_is_cut_and_the_cut_is_visible() {
        assert_eq!(shown("abcd", 4), "abcd");
        assert_eq!(shown("abcde", 4), "abcd…");
    }
}

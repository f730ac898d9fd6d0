//! Text that somebody else wrote, made safe to show.

use std::fmt::{self, Write as _};

/// Shows a text with everything escaped that could act on a terminal or pretend to be other text: control
/// characters, and the marks that turn the direction of writing (CVE-2026-45803).
pub(crate) struct Shown<'a>(pub(crate) &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            if is_safe(character) {
                f.write_char(character)?;
            } else {
                write!(f, "{}", character.escape_unicode())?;
            }
        }
        Ok(())
    }
}

fn is_safe(character: char) -> bool {
    let invisible = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
    );
    !character.is_control() && !invisible
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_line_feeds_and_turned_writing_cannot_reach_the_terminal() {
        assert_eq!(Shown("plain/ä@v1").to_string(), "plain/ä@v1");
        assert_eq!(
            Shown("a\u{1b}[2Jb\nc\u{202e}d\u{7}").to_string(),
            r"a\u{1b}[2Jb\u{a}c\u{202e}d\u{7}"
        );
    }
}

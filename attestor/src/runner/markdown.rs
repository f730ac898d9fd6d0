//! Text of others in Markdown.

use std::fmt::Write as _;

/// Characters of one text in a table: 512. Our own bound; longer ones are cut, visibly.
const MAX_CHARACTERS: usize = 512;

/// Bytes of an address that becomes a link: 2,048. Our own bound.
const MAX_ADDRESS: usize = 2048;

/// Returns a text as code within a table's cell. Nothing in it can end the cell, be read as Markdown or HTML, become
/// a link, or turn the direction of writing.
pub(super) fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

/// Numbers in place of every character that Markdown could take for its own. Links begin with a colon, `@` or `www.`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    let mut before = ' ';
    for character in visible(text, MAX_CHARACTERS).chars() {
        let is_plain = character.is_ascii_alphanumeric()
            || matches!(character, ' ' | '-' | '/' | '+' | ',' | '=')
            || (character == '.' && !before.eq_ignore_ascii_case(&'w'))
            || !character.is_ascii();
        if is_plain {
            out.push(character);
        } else {
            push_number(character, &mut out);
        }
        before = character;
    }
    out
}

fn push_number(character: char, out: &mut String) {
    // Writing into a text does not fail.
    let _ = write!(out, "&#{};", u32::from(character));
}

/// Returns a text with what cannot be seen escaped as `\u{…}`, cut after so many characters.
pub(super) fn visible(text: &str, max: usize) -> String {
    let mut out = String::new();
    for (index, character) in text.chars().enumerate() {
        if index == max {
            out.push('…');
            break;
        }
        if is_visible(character) {
            out.push(character);
        } else {
            out.extend(character.escape_unicode());
        }
    }
    out
}

fn is_visible(character: char) -> bool {
    let invisible = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
    );
    !character.is_control() && !invisible
}

/// Returns a link if the address is one of `https`, else nothing.
pub(super) fn link(text: &str, address: &str) -> Option<String> {
    let url = url::Url::parse(address).ok()?;
    let is_plain = url.scheme() == "https" && url.username().is_empty() && url.password().is_none();
    // Parsed and written again, an address has no white space, no quotes and no angles.
    let address = url.as_str().replace('|', "%7C").replace('\\', "%5C");
    let is_whole = !address.contains(['<', '>']) && address.chars().all(|c| c.is_ascii_graphic());
    let fits = address.len() <= MAX_ADDRESS;
    (is_plain && is_whole && fits).then(|| format!("[{}](<{address}>)", escaped(text)))
}

/// Returns a command line that a shell takes as these words, each quoted where it must be.
pub(super) fn shell(words: &[&str]) -> String {
    let quoted = |word: &&str| {
        let word = visible(word, usize::MAX);
        let is_plain = |c: char| c.is_ascii_alphanumeric() || "_-./:=,+@%".contains(c);
        if !word.is_empty() && word.chars().all(is_plain) {
            word
        } else {
            format!("'{}'", word.replace('\'', r"'\''"))
        }
    };
    words.iter().map(quoted).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_usual_name_stays_readable() {
        assert_eq!(
            code("dist/größe-1.0.tar.gz"),
            "<code>dist/größe-1.0.tar.gz</code>"
        );
    }

    #[test]
    fn text_of_others_ends_no_cell_and_is_no_markup_and_no_link() {
        assert_eq!(
            code("a|b\n<img>`c`*_[x](y)"),
            "<code>a&#124;b&#92;u&#123;a&#125;&#60;img&#62;&#96;c&#96;&#42;&#95;&#91;x&#93;&#40;y&#41;</code>"
        );
        assert_eq!(code("&lt;"), "<code>&#38;lt&#59;</code>");
        assert_eq!(
            code("https://www.x.de @a #1"),
            "<code>https&#58;//www&#46;x.de &#64;a &#35;1</code>"
        );
        assert_eq!(code("a\u{202e}b"), "<code>a&#92;u&#123;202e&#125;b</code>");
    }

    #[test]
    fn a_text_as_long_as_allowed_is_shown_whole_and_a_longer_one_is_cut() {
        let whole = "a".repeat(MAX_CHARACTERS);
        assert_eq!(escaped(&whole), whole);
        assert_eq!(escaped(&format!("{whole}a")), format!("{whole}…"));
    }

    #[test]
    fn only_an_address_of_https_becomes_a_link() {
        assert_eq!(
            link("entry 1|2", "https://search.sigstore.dev/?logIndex=12|&x=(1)").as_deref(),
            Some("[entry 1&#124;2](<https://search.sigstore.dev/?logIndex=12%7C&x=(1)>)")
        );
        for address in [
            "http://a.example/",
            "javascript:alert(1)",
            "https://u:p@a.example/",
            "/a",
            "",
        ] {
            assert_eq!(link("x", address), None, "{address}");
        }
        let of_bytes = |bytes: usize| format!("{:a<bytes$}", "https://a.example/");
        assert!(link("x", &of_bytes(MAX_ADDRESS)).is_some());
        assert_eq!(link("x", &of_bytes(MAX_ADDRESS + 1)), None);
    }

    #[test]
    fn a_shell_takes_the_command_as_it_was_meant() {
        assert_eq!(
            shell(&["slsa-verify", "artifact", "a b", "$(id)", "it's", "", "a\nb"]),
            r"slsa-verify artifact 'a b' '$(id)' 'it'\''s' '' 'a\u{a}b'"
        );
    }

    proptest! {
        #[test]
        fn no_text_has_markup_left(text in "(?s)([|`<>&*_\\[\\]()!#@:~\\\\\n\"']|.){0,60}") {
            let shown = escaped(&text);
            prop_assert!(!shown.contains(['|', '`', '<', '>', '*', '_', '[', ']', '\\', '\n', '\r', '@', ':', '~', '"', '\'']));
        }
    }
}

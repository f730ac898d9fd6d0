//! What a bundle's file is called.

use std::fmt;
use std::path::{Path, PathBuf};

/// Bytes of a file's name: 255, the most that usual file systems take.
pub const MAX_FILE_NAME_BYTES: usize = 255;

/// The name of a file with bundles. It is made from the name of an artifact, which anybody may have chosen, and is
/// always one part of a path: without separator, control character, `..`, or a dot or dash in front
/// (CVE-2024-54132).
///
/// Two artifacts can get the same name; write with [`Overwrite::Refuse`](super::Overwrite::Refuse).
///
/// ```
/// use slsa_attestor::store::BundleName;
///
/// assert_eq!(BundleName::for_one("tool.tar.gz").to_string(), "tool.tar.gz.sigstore.json");
/// assert_eq!(BundleName::for_several("../../x").to_string(), "_._.__x.intoto.jsonl");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BundleName(String);

impl BundleName {
    /// The name for one bundle: `NAME.sigstore.json`.
    #[must_use]
    pub fn for_one(name: &str) -> Self {
        Self::with_suffix(name, ".sigstore.json")
    }

    /// The name for several bundles, one a line: `NAME.intoto.jsonl`.
    #[must_use]
    pub fn for_several(name: &str) -> Self {
        Self::with_suffix(name, ".intoto.jsonl")
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path of this name in a directory.
    #[must_use]
    pub fn within(&self, directory: &Path) -> PathBuf {
        directory.join(&self.0)
    }

    fn with_suffix(name: &str, suffix: &str) -> Self {
        let room = MAX_FILE_NAME_BYTES.saturating_sub(suffix.len());
        let mut safe = String::new();
        for character in name.chars() {
            // A dot behind nothing or behind a dot: hidden, or on the way up.
            let is_bad = match character {
                '.' => safe.is_empty() || safe.ends_with('.'),
                '-' => safe.is_empty(),
                _ => is_unsafe(character),
            };
            let character = if is_bad { '_' } else { character };
            if safe.len().saturating_add(character.len_utf8()) > room {
                break;
            }
            safe.push(character);
        }
        if safe.is_empty() {
            safe.push_str("attestation");
        } else if safe.ends_with('.') {
            // The suffix begins with one.
            safe.pop();
            safe.push('_');
        }
        safe.push_str(suffix);
        Self(safe)
    }
}

impl fmt::Display for BundleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What some system takes for a separator or a pattern, what acts on a terminal, and what cannot be seen.
fn is_unsafe(character: char) -> bool {
    let reserved = matches!(character, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    let invisible = matches!(
        character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{61c}'
    );
    reserved || invisible || character.is_control()
}

#[cfg(test)]
mod tests {
    use std::path::Component;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_usual_name_is_kept() {
        assert_eq!(
            BundleName::for_one("größe 1.0.gz").as_str(),
            "größe 1.0.gz.sigstore.json"
        );
        assert_eq!(
            BundleName::for_several("multiple").within(Path::new("/out")),
            Path::new("/out/multiple.intoto.jsonl")
        );
    }

    #[test]
    fn nothing_in_a_name_leads_elsewhere() {
        for (name, expected) in [
            ("", "attestation"),
            (".", "_"),
            ("..", "__"),
            ("../../etc/passwd", "_._.__etc_passwd"),
            ("/etc/passwd", "_etc_passwd"),
            ("a\\..\\b", "a_.__b"),
            (".bashrc", "_bashrc"),
            ("-rf", "_rf"),
            ("a.", "a_"),
            ("a\u{1b}[2J\nb\0", "a_[2J_b_"),
            ("a\u{202e}gpj", "a_gpj"),
            ("ghcr.io/o/r:v1", "ghcr.io_o_r_v1"),
        ] {
            let suffixed = format!("{expected}.sigstore.json");
            assert_eq!(BundleName::for_one(name).as_str(), suffixed, "{name:?}");
        }
    }

    #[test]
    fn a_name_that_fits_is_kept_and_one_character_more_is_cut() {
        let room = MAX_FILE_NAME_BYTES - ".sigstore.json".len();
        let fits = BundleName::for_one(&"a".repeat(room));
        assert_eq!(fits.as_str().len(), MAX_FILE_NAME_BYTES);
        assert_eq!(BundleName::for_one(&"a".repeat(room + 1)), fits);
        assert!(BundleName::for_one(&"ä".repeat(200)).as_str().len() <= MAX_FILE_NAME_BYTES);
    }

    proptest! {
        #[test]
        fn no_name_escapes_its_directory(name in "(?s)(\\.|/|\\\\|-|\\PC|.){0,300}") {
            for made in [BundleName::for_one(&name), BundleName::for_several(&name)] {
                let text = made.as_str();
                prop_assert!(text.len() <= MAX_FILE_NAME_BYTES);
                prop_assert!(!text.contains(['/', '\\', '\0']) && !text.contains(".."));
                prop_assert!(!text.starts_with(['.', '-']) && !text.chars().any(char::is_control));
                let path = made.within(Path::new("out"));
                let parts: Vec<_> = path.components().collect();
                prop_assert_eq!(parts, [Component::Normal("out".as_ref()), Component::Normal(text.as_ref())]);
            }
        }
    }
}

//! Telling the runner what never to show.

use zeroize::Zeroizing;

/// Returns the lines to print on standard output, so that the runner shows `***` in place of a secret from then on.
///
/// The runner compares line by line, so that each line of a secret is masked by itself (CVE-2021-32074). Lines
/// without a visible character are left out, as the runner takes no empty mask. Nothing for an empty secret.
#[must_use]
pub fn mask(secret: &str) -> Zeroizing<String> {
    const COMMAND: &str = "::add-mask::";
    let lines = || secret.split(['\n', '\r']).filter(|line| !line.trim().is_empty());
    // As long as it can become, so that no copy stays behind when it grows: a percent sign takes three characters.
    let longest = |line: &str| {
        line.len()
            .saturating_mul(3)
            .saturating_add(COMMAND.len())
            .saturating_add(1)
    };
    let capacity = lines().fold(0_usize, |sum, line| sum.saturating_add(longest(line)));
    let mut text = Zeroizing::new(String::with_capacity(capacity));
    for line in lines() {
        text.push_str(COMMAND);
        for character in line.chars() {
            match character {
                // The runner reads `%0A` and the like as the characters that they stand for.
                '%' => text.push_str("%25"),
                _ => text.push(character),
            }
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_of_a_secret_is_masked() {
        assert_eq!(mask("eyJh.eyJi.sig").as_str(), "::add-mask::eyJh.eyJi.sig\n");
        assert_eq!(
            mask("-----BEGIN-----\r\nabc\n\n  \ndef\n").as_str(),
            "::add-mask::-----BEGIN-----\n::add-mask::abc\n::add-mask::def\n"
        );
        assert_eq!(mask("\n").as_str(), "");
    }

    #[test]
    fn a_percent_sign_is_masked_as_such() {
        assert_eq!(mask("100%0Ab").as_str(), "::add-mask::100%250Ab\n");
    }
}

//! Which names can be signed.

use super::error::SubjectsError;

/// Bytes of a name that crosses from one job to another, or is given by hand: 255, as long as a file's name can be.
pub const MAX_NAME_ACROSS_JOBS: usize = 255;

/// Bytes of the name of a file that is hashed here, with its directories: 4 KiB, what verifiers read.
pub const MAX_NAME_BYTES: usize = 4 << 10;

/// What is wrong with a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameFault {
    /// There is none.
    #[error("is empty")]
    Empty,
    /// It is too long.
    #[error("has {found} bytes, at most {max} are allowed")]
    TooLong {
        /// Its bytes.
        found: usize,
        /// How many there may be.
        max: usize,
    },
    /// It has a control character: it would act on the terminal of whoever prints it.
    #[error("has a control character")]
    Control,
    /// It is not UTF-8, and JSON cannot hold it.
    #[error("is not UTF-8")]
    NotUtf8,
}

/// Checks a name.
pub(super) fn check(name: &str, max: usize) -> Result<(), SubjectsError> {
    let fault = if name.is_empty() {
        NameFault::Empty
    } else if name.len() > max {
        let found = name.len();
        NameFault::TooLong { found, max }
    } else if name.chars().any(char::is_control) {
        NameFault::Control
    } else {
        return Ok(());
    };
    Err(error(name, fault))
}

/// Returns the error, with the name cut after 80 characters.
pub(super) fn error(name: &str, fault: NameFault) -> SubjectsError {
    SubjectsError::Name {
        name: name.chars().take(80).collect(),
        fault,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_as_long_as_allowed_is_accepted_and_one_byte_more_refused() {
        assert_eq!(check(&"ä".repeat(2), 4), Ok(()));
        let too_long = NameFault::TooLong { found: 5, max: 4 };
        assert_eq!(check("abcde", 4), Err(error("abcde", too_long)));
        assert_eq!(check("", 4), Err(error("", NameFault::Empty)));
    }

    #[test]
    fn a_space_is_part_of_a_name_and_a_control_character_is_not() {
        assert_eq!(check("a b", 255), Ok(()));
        for name in ["a\nb", "a\u{1b}[2J", "a\u{7f}", "a\u{85}b", "\t"] {
            assert_eq!(check(name, 255), Err(error(name, NameFault::Control)));
        }
    }
}

//! Why a command file was not written.

use std::io;
use std::path::PathBuf;

/// Why the runner was told nothing. No value stands in it: it may be secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RunnerError {
    /// An output's name is not of letters, digits, `_` and `-` behind a letter or `_`, or is too long.
    #[error("{key:?} is not the name of an output")]
    Key {
        /// The name, cut after 80 characters.
        key: String,
    },
    /// One name twice: the second value would win.
    #[error("the output {key} is written twice")]
    KeyTwice {
        /// The name.
        key: String,
    },
    /// A value has a character that means something else to the runner: NUL or CR.
    #[error("the output {key} has a character U+{:04X}", u32::from(*.character))]
    Character {
        /// The output.
        key: String,
        /// The character.
        character: char,
    },
    /// Name or value has the delimiter in it: it could end the value, and begin another output (CVE-2022-35954).
    #[error("the output {key} has the delimiter in it")]
    Delimiter {
        /// The output.
        key: String,
    },
    /// More than the runner takes.
    #[error("{found} bytes, and the runner takes {max}")]
    TooLarge {
        /// How many there would be.
        found: u64,
        /// How many there may be.
        max: u64,
    },
    /// The path is not that of a regular file, such as the runner makes.
    #[error("{path:?} is not a regular file")]
    NotAFile {
        /// The path.
        path: PathBuf,
    },
    /// The system says no.
    #[error("{path:?}: {kind}")]
    Io {
        /// The path.
        path: PathBuf,
        /// In which way.
        kind: io::ErrorKind,
    },
    /// The system gives no random bytes.
    #[error("no random bytes to be had")]
    NoRandom,
}

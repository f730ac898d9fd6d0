//! Lists of checksums, as `sha256sum` and `sha512sum` write them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use slsa_predicates::{Digest, DigestAlgorithm};

/// Lines of a list: 1,024, as many as `actions/attest` reads.
pub const MAX_CHECKSUMS_LINES: usize = 1024;

/// Bytes of a list: 512 for each line, as in `actions/attest`.
pub const MAX_CHECKSUMS_BYTES: usize = 512 * MAX_CHECKSUMS_LINES;

/// Bytes of a list in base64: 1 MiB, what a job's outputs can carry.
pub const MAX_CHECKSUMS_BASE64_BYTES: usize = 1 << 20;

/// A line of a list: a name and its digest.
///
/// As text it is the line that `sha256sum` writes, without its end.
///
/// ```
/// use slsa_attestor::subjects::Checksum;
///
/// let line = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  tool.tar.gz";
/// let list = Checksum::parse_list(line)?;
/// assert_eq!(list[0].name(), "tool.tar.gz");
/// assert_eq!(list[0].to_string(), line);
/// # Ok::<(), slsa_attestor::subjects::ChecksumsError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checksum {
    name: String,
    digest: Digest,
    line: usize,
}

/// Why a list of checksums was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChecksumsError {
    /// No line names anything. A job's output that looked like a secret arrives so.
    #[error("the checksums are empty")]
    Empty,
    /// The text is too large.
    #[error("more than {max} bytes of checksums")]
    TooLarge {
        /// How many bytes there may be.
        max: usize,
    },
    /// There are too many lines with a checksum.
    #[error("more than {max} checksums in a list")]
    TooMany {
        /// How many there may be.
        max: usize,
    },
    /// The bytes are not UTF-8.
    #[error("the checksums are not UTF-8")]
    NotUtf8,
    /// The text is not base64 with its padding, of the alphabet with `+` and `/`.
    #[error("the checksums are not in base64")]
    NotBase64,
    /// A line is wrong.
    #[error("line {line} of the checksums {fault}")]
    Line {
        /// Which, from 1 on.
        line: usize,
        /// How.
        fault: LineFault,
    },
}

/// What is wrong with a line of a list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LineFault {
    /// It is not a digest, two characters and a name, nor `SHA256 (name) = digest`.
    #[error("is not a line of sha256sum or sha512sum")]
    Form,
    /// The digest is of no algorithm that is read: SHA-256, SHA-384 and SHA-512 are.
    #[error("has a digest of {found} characters: 64, 96 and 128 are read")]
    Length {
        /// Its characters.
        found: usize,
    },
    /// The digest is not hexadecimal.
    #[error("has a digest that is not hexadecimal")]
    NotHex,
    /// After a leading backslash, another one stands before something else than a backslash, `n` or `r`.
    #[error("has an escape in its name that means nothing")]
    Escape,
    /// There is no name.
    #[error("has no name")]
    NoName,
}

impl Checksum {
    /// Returns the line with this name and digest.
    ///
    /// # Errors
    /// [`LineFault::NoName`], and [`LineFault::Length`] for other algorithms than SHA-256, SHA-384 and SHA-512,
    /// since a line does not say which one it has.
    pub fn new(name: impl Into<String>, digest: Digest) -> Result<Self, LineFault> {
        let name = name.into();
        if name.is_empty() {
            return Err(LineFault::NoName);
        }
        if algorithm_of(digest.value()) != Ok(digest.algorithm()) {
            let found = digest.value().len();
            return Err(LineFault::Length { found });
        }
        Ok(Self {
            name,
            digest,
            line: 1,
        })
    }

    /// Reads a list as `sha256sum` and `sha512sum` of GNU coreutils 9 write it and `--check` reads it.
    ///
    /// Matched: text and binary mode (`*`), `--tag` (the form of BSD), names escaped after a leading backslash,
    /// digits in either case, lines that end in CR LF, empty lines and those that begin with `#`. Stricter than
    /// there: any other line is an error, not a warning; and neither white space in front of a digest nor a single
    /// space behind it is read.
    ///
    /// # Errors
    /// [`ChecksumsError`].
    pub fn parse_list(text: &str) -> Result<Vec<Self>, ChecksumsError> {
        if text.len() > MAX_CHECKSUMS_BYTES {
            let max = MAX_CHECKSUMS_BYTES;
            return Err(ChecksumsError::TooLarge { max });
        }
        let mut list = Vec::new();
        for (index, line) in text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if list.len() == MAX_CHECKSUMS_LINES {
                let max = MAX_CHECKSUMS_LINES;
                return Err(ChecksumsError::TooMany { max });
            }
            let number = index.saturating_add(1);
            let (name, digest) =
                parse_line(line).map_err(|fault| ChecksumsError::Line { line: number, fault })?;
            list.push(Self {
                name,
                digest,
                line: number,
            });
        }
        if list.is_empty() {
            Err(ChecksumsError::Empty)
        } else {
            Ok(list)
        }
    }

    /// Returns the name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the digest.
    #[must_use]
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Where in the list it stood.
    pub(super) fn line(&self) -> usize {
        self.line
    }

    pub(super) fn into_parts(self) -> (String, Digest) {
        (self.name, self.digest)
    }
}

impl fmt::Display for Checksum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hex = self.digest.value();
        if self.name.contains(['\\', '\n', '\r']) {
            let name = self.name.replace('\\', "\\\\");
            let name = name.replace('\n', "\\n").replace('\r', "\\r");
            write!(f, "\\{hex}  {name}")
        } else {
            write!(f, "{hex}  {}", self.name)
        }
    }
}

/// Reads the bytes of a list.
pub(super) fn parse_bytes(bytes: &[u8]) -> Result<Vec<Checksum>, ChecksumsError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ChecksumsError::NotUtf8)?;
    Checksum::parse_list(text)
}

/// Reads a list in base64.
pub(super) fn parse_base64(text: &str) -> Result<Vec<Checksum>, ChecksumsError> {
    if text.len() > MAX_CHECKSUMS_BASE64_BYTES {
        let max = MAX_CHECKSUMS_BASE64_BYTES;
        return Err(ChecksumsError::TooLarge { max });
    }
    let digits: String = text.chars().filter(|c| !matches!(c, '\n' | '\r')).collect();
    if digits.is_empty() {
        return Err(ChecksumsError::Empty);
    }
    let bytes = STANDARD.decode(digits).map_err(|_| ChecksumsError::NotBase64)?;
    parse_bytes(&bytes)
}

fn parse_line(line: &str) -> Result<(String, Digest), LineFault> {
    let (is_escaped, line) = match line.strip_prefix('\\') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let (name, digest) = match tagged(line) {
        Some((algorithm, rest)) => {
            let (name, hex) = rest.rsplit_once(") = ").ok_or(LineFault::Form)?;
            (name, digest(hex, Some(algorithm))?)
        }
        None => {
            let (hex, rest) = line.split_once(' ').ok_or(LineFault::Form)?;
            let name = rest.strip_prefix([' ', '*']).ok_or(LineFault::Form)?;
            (name, digest(hex, None)?)
        }
    };
    let name = if is_escaped {
        unescaped(name)?
    } else {
        name.to_owned()
    };
    if name.is_empty() {
        return Err(LineFault::NoName);
    }
    Ok((name, digest))
}

/// The algorithm in front of a line in the form of BSD, and the rest from the name on.
fn tagged(line: &str) -> Option<(DigestAlgorithm, &str)> {
    let (tag, rest) = line.split_once(" (")?;
    let algorithm = match tag {
        "SHA256" => DigestAlgorithm::Sha256,
        "SHA384" => DigestAlgorithm::Sha384,
        "SHA512" => DigestAlgorithm::Sha512,
        _ => return None,
    };
    Some((algorithm, rest))
}

fn digest(hex: &str, tag: Option<DigestAlgorithm>) -> Result<Digest, LineFault> {
    if !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(LineFault::NotHex);
    }
    let found = algorithm_of(hex)?;
    let algorithm = tag.unwrap_or(found);
    Digest::new(algorithm, &hex.to_ascii_lowercase()).map_err(|_| LineFault::Length { found: hex.len() })
}

fn algorithm_of(hex: &str) -> Result<DigestAlgorithm, LineFault> {
    match hex.len() {
        64 => Ok(DigestAlgorithm::Sha256),
        96 => Ok(DigestAlgorithm::Sha384),
        128 => Ok(DigestAlgorithm::Sha512),
        found => Err(LineFault::Length { found }),
    }
}

fn unescaped(name: &str) -> Result<String, LineFault> {
    let mut out = String::with_capacity(name.len());
    let mut characters = name.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            out.push(character);
            continue;
        }
        out.push(match characters.next() {
            Some('\\') => '\\',
            Some('n') => '\n',
            Some('r') => '\r',
            _ => return Err(LineFault::Escape),
        });
    }
    Ok(out)
}

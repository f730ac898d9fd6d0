//! The identity token of a run: text that is checked for its form, sent to the authority, and shown to nobody.
//!
//! Who holds it can sign as this run. It is never printed, its memory is overwritten when it is dropped, and since it
//! holds no line break, one `::add-mask::` hides all of it in a runner's log.

mod source;
#[cfg(test)]
mod tests;

use std::fmt;

use zeroize::Zeroizing;

pub use source::{Environment, TokenHost, TokenSource, TokenSourceError};

/// Bytes of a token: 16 KiB. GitHub's have about two.
pub const TOKEN_LIMIT: usize = 16 << 10;

/// A JSON Web Token in compact form (RFC 7519, section 3), of which nothing but the form was checked.
pub struct IdentityToken {
    text: Zeroizing<String>,
}

/// Why a text is no token. The text itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// There is none.
    #[error("the identity token is empty")]
    Empty,
    /// It is longer than tokens are.
    #[error("the identity token has {found} bytes, at most {limit} are allowed")]
    TooLong {
        /// Its length.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// It is not three parts with dots between them.
    #[error("the identity token does not have exactly three parts")]
    Parts,
    /// A part is empty, or not base64url without padding (RFC 7515, section 2).
    #[error("part {part} of the identity token is not base64url")]
    Alphabet {
        /// Which one: 1, 2 or 3.
        part: usize,
    },
}

impl TokenError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "token-empty",
            Self::TooLong { .. } => "token-too-long",
            Self::Parts => "token-parts",
            Self::Alphabet { .. } => "token-alphabet",
        }
    }
}

/// The three parts of a token, in base64url.
pub(crate) struct Parts<'a> {
    pub(crate) header: &'a str,
    pub(crate) payload: &'a str,
    pub(crate) signature: &'a str,
    /// Header and payload with the dot between them: what is signed.
    pub(crate) signed: &'a str,
}

impl IdentityToken {
    /// Checks length, parts and alphabet, and takes over the text.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn parse(text: impl Into<Zeroizing<String>>) -> Result<Self, TokenError> {
        let text = text.into();
        if text.is_empty() {
            return Err(TokenError::Empty);
        }
        // Before anything looks for dots (CVE-2025-66506: a list was made of as many parts as there were).
        if text.len() > TOKEN_LIMIT {
            return Err(TokenError::TooLong {
                found: text.len(),
                limit: TOKEN_LIMIT,
            });
        }
        let parts = split(&text).ok_or(TokenError::Parts)?;
        for (part, text) in [(1, parts.header), (2, parts.payload), (3, parts.signature)] {
            let base64url = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
            if text.is_empty() || !text.bytes().all(base64url) {
                return Err(TokenError::Alphabet { part });
            }
        }
        Ok(Self { text })
    }

    /// Returns the text, to be sent and not to be kept.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.text
    }

    /// Returns the parts; there are three, since it was parsed.
    pub(crate) fn parts(&self) -> Result<Parts<'_>, TokenError> {
        split(&self.text).ok_or(TokenError::Parts)
    }
}

impl fmt::Debug for IdentityToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("IdentityToken([redacted])")
    }
}

fn split(text: &str) -> Option<Parts<'_>> {
    let (signed, signature) = text.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    (!payload.contains('.')).then_some(Parts {
        header,
        payload,
        signature,
        signed,
    })
}

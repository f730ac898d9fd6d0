//! What can be wrong with an issuer's documents and with a token.

use jiff::Timestamp;
use slsa_predicates::json::JsonError;

use crate::http::HttpError;
use crate::token::TokenError;

/// Why the keys of an issuer are not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DiscoveryError {
    /// A document did not come, or was not of its shape.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The document is about another issuer (OpenID Connect Discovery, section 4.3).
    #[error("the document of {expected} is about the issuer {found}")]
    Issuer {
        /// The issuer that was asked.
        expected: String,
        /// The issuer that the document names.
        found: String,
    },
    /// The keys are somewhere else, so that someone else may choose them (CVE-2026-49478).
    #[error("the keys of {issuer} are at {found}, another host")]
    KeysElsewhere {
        /// The issuer.
        issuer: String,
        /// Where the keys are said to be, without the path.
        found: String,
    },
    /// The keys are not a set of keys.
    #[error(transparent)]
    Keys(OidcError),
}

impl DiscoveryError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Http(error) => error.code(),
            Self::Issuer { .. } => "discovery-issuer",
            Self::KeysElsewhere { .. } => "discovery-keys-elsewhere",
            Self::Keys(error) => error.code(),
        }
    }
}

/// Why a token is not believed. Nothing of the token stands in it but the claim that is at fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OidcError {
    /// It is not even a token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// The header or the payload is not base64url of the shortest form.
    #[error("the token's {part} is not base64url")]
    Base64 {
        /// `header`, `payload` or `signature`.
        part: &'static str,
    },
    /// The header or the payload is not JSON of one meaning.
    #[error("the token's {part} is not a JSON object of one meaning, at line {line}")]
    Json {
        /// `header` or `payload`.
        part: &'static str,
        /// Where; 0 where the place is not known.
        line: usize,
    },
    /// A key of an object is there twice, and one reader would take the first, another the last.
    #[error("the token's {part} has the key \"{key}\" twice")]
    DuplicateKey {
        /// `header` or `payload`.
        part: &'static str,
        /// The key.
        key: String,
    },
    /// The signature is of another algorithm than RS256 and ES256.
    #[error("the token is signed with the algorithm \"{found}\", not with RS256 or ES256")]
    Algorithm {
        /// What the header says; empty where it says nothing.
        found: String,
    },
    /// The header brings or points to a key, or demands something of the reader that it cannot do.
    #[error("the token's header has the parameter {name}")]
    Header {
        /// `jwk`, `jku`, `x5u`, `x5c`, `crit`, `zip` or `b64`.
        name: &'static str,
    },
    /// The header does not say which key.
    #[error("the token does not name its key")]
    NoKeyId,
    /// The issuer has no such key.
    #[error("the issuer has no key \"{kid}\"")]
    UnknownKey {
        /// The key that the token names.
        kid: String,
    },
    /// The issuer's set has two keys of one name, or more keys than are read.
    #[error("the issuer's keys are not a set: {detail}")]
    KeySet {
        /// What is wrong.
        detail: &'static str,
    },
    /// The key that the token names is of another kind, or for another use, than the algorithm needs.
    #[error("the key \"{kid}\" is not one for {algorithm}")]
    KeyKind {
        /// The key.
        kid: String,
        /// The token's algorithm.
        algorithm: &'static str,
    },
    /// The signature is not by the key.
    #[error("the token's signature is not by the key \"{kid}\"")]
    Signature {
        /// The key.
        kid: String,
    },
    /// A claim is missing, or null.
    #[error("the token has no claim {name}")]
    MissingClaim {
        /// The claim.
        name: &'static str,
    },
    /// A claim is of another type, such as a number in quotes (CVE-2026-25537: it was taken for absent).
    #[error("the claim {name} is not {expected}")]
    ClaimType {
        /// The claim.
        name: &'static str,
        /// The type.
        expected: &'static str,
    },
    /// A claim has the right type and another form.
    #[error("the claim {name} is not {expected}: \"{found}\"")]
    ClaimForm {
        /// The claim.
        name: &'static str,
        /// The form.
        expected: &'static str,
        /// What it is.
        found: String,
    },
    /// The token is of another issuer.
    #[error("the token was issued by \"{found}\", not by {expected}")]
    Issuer {
        /// Who should have issued it.
        expected: String,
        /// Who did.
        found: String,
    },
    /// The token is for someone else, or for others too.
    #[error("the token is for \"{found}\", not for {expected}")]
    Audience {
        /// For whom it should be.
        expected: String,
        /// For whom it is.
        found: String,
    },
    /// The token is no longer valid.
    #[error("the token expired at {expired_at}; it is {now}")]
    Expired {
        /// `exp`.
        expired_at: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The token is not valid yet.
    #[error("the token is valid from {valid_from}; it is {now}")]
    NotYetValid {
        /// `nbf`.
        valid_from: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
    /// The token says to have been issued later than now.
    #[error("the token was issued at {issued_at}; it is {now}")]
    IssuedLater {
        /// `iat`.
        issued_at: Timestamp,
        /// The time of the check.
        now: Timestamp,
    },
}

impl OidcError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Token(error) => error.code(),
            Self::Base64 { .. } => "oidc-base64",
            Self::Json { .. } => "oidc-json",
            Self::DuplicateKey { .. } => "oidc-duplicate-key",
            Self::Algorithm { .. } => "oidc-algorithm",
            Self::Header { .. } => "oidc-header",
            Self::NoKeyId => "oidc-no-key-id",
            Self::UnknownKey { .. } => "oidc-unknown-key",
            Self::KeySet { .. } => "oidc-key-set",
            Self::KeyKind { .. } => "oidc-key-kind",
            Self::Signature { .. } => "oidc-signature",
            Self::MissingClaim { .. } => "oidc-missing-claim",
            Self::ClaimType { .. } => "oidc-claim-type",
            Self::ClaimForm { .. } => "oidc-claim-form",
            Self::Issuer { .. } => "oidc-issuer",
            Self::Audience { .. } => "oidc-audience",
            Self::Expired { .. } => "oidc-expired",
            Self::NotYetValid { .. } => "oidc-not-yet-valid",
            Self::IssuedLater { .. } => "oidc-issued-later",
        }
    }

    pub(super) fn of_json(part: &'static str, error: &JsonError) -> Self {
        match error {
            JsonError::DuplicateKey { key, .. } => Self::DuplicateKey {
                part,
                key: crate::http::excerpt(key, 64),
            },
            // The parser's own words may repeat what it read.
            JsonError::Syntax { line, .. }
            | JsonError::Shape { line, .. }
            | JsonError::ReservedKey { line, .. } => Self::Json { part, line: *line },
            _ => Self::Json { part, line: 0 },
        }
    }
}

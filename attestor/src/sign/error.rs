//! Why a statement was not signed.

use std::fmt;

use slsa_predicates::StatementError;
use slsa_verifier::TrustRootError;

use super::certificate::Disagreement;
use super::services::ServicesError;
use crate::http::HttpError;

/// One of the services that a signature needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ServiceName {
    /// The certificate authority.
    Fulcio,
    /// The transparency log.
    Rekor,
    /// The timestamp authority.
    Timestamp,
}

impl fmt::Display for ServiceName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Fulcio => "certificate authority",
            Self::Rekor => "transparency log",
            Self::Timestamp => "timestamp authority",
        })
    }
}

/// Why a statement was not signed. Nothing has been stored then; a log may have kept an entry that nobody has.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// A service could not be reached, or answered with an error.
    #[error("{service}: {error}")]
    Service {
        /// Which.
        service: ServiceName,
        /// What happened.
        #[source]
        error: HttpError,
    },
    /// A service's answer is not of the form that it should be.
    #[error("{service}: the answer has no usable {field}")]
    Answer {
        /// Which.
        service: ServiceName,
        /// The field.
        field: &'static str,
    },
    /// The timestamp authority answered another request than ours (RFC 3161, section 2.4.2).
    #[error("timestamp authority: the answer's {field} is not that of the request")]
    TimestampAnswer {
        /// The field.
        field: &'static str,
    },
    /// The certificate says something else than the token.
    #[error(transparent)]
    Certificate(#[from] Disagreement),
    /// The services do not go together.
    #[error(transparent)]
    Services(#[from] ServicesError),
    /// A trust root cannot be used.
    #[error("trust root: {0}")]
    TrustRoot(#[from] TrustRootError),
    /// What should be signed as it stands is no statement.
    #[error("not a statement: {0}")]
    Statement(#[from] StatementError),
    /// The key cannot be made or used.
    #[error("the key cannot be made or used")]
    Key,
    /// Our own verifier refuses the bundle: some service's answer is not authentic.
    #[error("the finished bundle was refused by our own verifier: {0}")]
    OwnBundle(#[source] slsa_verifier::Error),
    /// The bundle does not hold what it should: a defect.
    #[error("the bundle cannot be written, or not read again")]
    Encoding,
}

impl SignError {
    /// Returns the stable code of this error. What our own verifier found has the verifier's code.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Service { error, .. } => error.code(),
            Self::Answer { .. } => "service-answer",
            Self::TimestampAnswer { .. } => "timestamp-answer",
            Self::Certificate(_) => "certificate-disagrees",
            Self::Services(error) => error.code(),
            Self::TrustRoot(error) => error.code().as_str(),
            Self::Statement(_) => "statement",
            Self::Key => "key-unusable",
            Self::OwnBundle(error) => error.code().as_str(),
            Self::Encoding => "bundle-encoding",
        }
    }
}

/// For `map_err`: the service that the error belongs to.
pub(super) fn of(service: ServiceName) -> impl Fn(HttpError) -> SignError {
    move |error| SignError::Service { service, error }
}

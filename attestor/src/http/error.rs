//! What can go wrong between a request and its answer.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use url::Url;

use super::excerpt;

/// What was asked: host and path, without the query, which may hold what is nobody's business.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Place {
    /// The host, with the port where it is not the usual one.
    pub host: String,
    /// The path, cut.
    pub path: String,
}

impl Place {
    pub(super) fn of(url: &Url) -> Self {
        let host = excerpt(url.host_str().unwrap_or_default(), 255);
        Self {
            host: url.port().map_or(host.clone(), |port| format!("{host}:{port}")),
            path: excerpt(url.path(), 200),
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.host, self.path)
    }
}

/// Why there is no answer.
///
/// Texts from outside are cut and printable, and no credential stands in them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The address is not an `https` URL, or `http` on loopback; or it holds a user name or password.
    #[error("not an address that is asked: {detail}")]
    Address {
        /// What is wrong with it.
        detail: &'static str,
    },
    /// Plain HTTP to another host than this one.
    #[error("{at} would be asked without TLS")]
    Insecure {
        /// Where.
        at: Place,
    },
    /// A header, or a credential, holds characters that no header can.
    #[error("the header {name} has a value that cannot be sent")]
    Header {
        /// Its name.
        name: &'static str,
    },
    /// The proxy's URL is none.
    #[error("the proxy's URL is not one")]
    Proxy,
    /// The extra certificate authorities are no certificates in PEM.
    #[error("the extra certificate authorities are no certificates in PEM")]
    Roots,
    /// The client cannot be made.
    #[error("HTTP cannot be set up: {detail}")]
    Client {
        /// What the library said.
        detail: String,
    },
    /// There is no connection: name, route, port or TLS.
    #[error("cannot connect to {at}: {detail}")]
    Connect {
        /// Where.
        at: Place,
        /// What the library said.
        detail: String,
    },
    /// The answer was not complete in time.
    #[error("{at} did not answer completely within {} s", after.as_secs_f32())]
    Timeout {
        /// Where.
        at: Place,
        /// The time there was.
        after: Duration,
    },
    /// The connection ended before the answer did.
    #[error("the answer of {at} broke off: {detail}")]
    Cut {
        /// Where.
        at: Place,
        /// What the library said.
        detail: String,
    },
    /// The answer points elsewhere, and is not followed: CVE-2026-49478, where a redirect changed the keys.
    #[error("{at} redirects (status {status}) to {}, which is not followed", to_host.as_deref().unwrap_or("nowhere"))]
    Redirected {
        /// Where.
        at: Place,
        /// The status.
        status: u16,
        /// To which host, where it says.
        to_host: Option<String>,
    },
    /// The body is larger than is read.
    #[error("the answer of {at} is larger than {limit} bytes")]
    TooLarge {
        /// Where.
        at: Place,
        /// The length that the header declares; without it, the body itself was longer.
        declared: Option<u64>,
        /// The limit.
        limit: usize,
    },
    /// A status that is neither success nor one that the caller expects.
    #[error("{at} answers with status {status}: {excerpt}")]
    Status {
        /// Where.
        at: Place,
        /// The status.
        status: u16,
        /// How long to wait, where it says.
        retry_after: Option<Duration>,
        /// The beginning of the body, at most 200 characters.
        excerpt: String,
    },
    /// The body is not JSON, or not of the shape that is expected.
    #[error("the answer of {at} is not what was expected: {detail}")]
    NotJson {
        /// Where.
        at: Place,
        /// What is wrong, and where.
        detail: String,
    },
}

impl HttpError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "http-address",
            Self::Insecure { .. } => "http-insecure",
            Self::Header { .. } => "http-header",
            Self::Proxy => "http-proxy",
            Self::Roots => "http-roots",
            Self::Client { .. } => "http-client",
            Self::Connect { .. } => "http-connect",
            Self::Timeout { .. } => "http-timeout",
            Self::Cut { .. } => "http-cut",
            Self::Redirected { .. } => "http-redirected",
            Self::TooLarge { .. } => "http-too-large",
            Self::Status { .. } => "http-status",
            Self::NotJson { .. } => "http-not-json",
        }
    }

    /// Returns whether the same request may well succeed a little later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Cut { .. } => true,
            Self::Status { status, .. } => *status == 429 || (500..600).contains(status),
            _ => false,
        }
    }

    pub(super) fn of_transport(error: &reqwest::Error, at: Place, after: Duration) -> Self {
        // First, for a connection that takes too long is a timeout to the library as well.
        if error.is_connect() {
            let detail = root_cause(error);
            Self::Connect { at, detail }
        } else if error.is_timeout() {
            Self::Timeout { at, after }
        } else {
            let detail = root_cause(error);
            Self::Cut { at, detail }
        }
    }

    pub(super) fn of_body(error: &io::Error, at: Place, after: Duration) -> Self {
        let inner = error.get_ref().and_then(|e| e.downcast_ref::<reqwest::Error>());
        match inner {
            Some(inner) => Self::of_transport(inner, at, after),
            None if error.kind() == io::ErrorKind::TimedOut => Self::Timeout { at, after },
            None => Self::Cut {
                at,
                detail: root_cause(error),
            },
        }
    }
}

/// Returns the text of the innermost cause: the outer ones repeat the URL with its query.
pub(super) fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    match cause.downcast_ref::<reqwest::Error>() {
        Some(outermost) if outermost.url().is_some() => "the request cannot be made".to_owned(),
        _ => excerpt(&cause.to_string(), 200),
    }
}

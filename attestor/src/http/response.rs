//! An answer that was taken for one.

use std::fmt;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use slsa_predicates::json::{self, JsonLimits};

use super::{HttpError, Place, excerpt};

/// The headers that are kept. What else a server sends is not looked at.
const KEPT: [&str; 5] = ["content-type", "etag", "link", "location", "x-github-request-id"];
/// JSON values in an answer: 100 000, which take 3 MiB. A page of a hundred bundles has a tenth of that.
const JSON_VALUES: usize = 100_000;

/// An answer: status, body within its limit, and a few headers.
pub struct Response {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    at: Place,
}

impl Response {
    pub(super) fn new(status: u16, headers: Vec<(&'static str, String)>, body: Vec<u8>, at: Place) -> Self {
        Self {
            status,
            headers,
            body,
            at,
        }
    }

    /// Returns the status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Returns the body.
    #[must_use]
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Hands over the body.
    #[must_use]
    pub fn into_body(self) -> Vec<u8> {
        self.body
    }

    /// Returns what was asked.
    #[must_use]
    pub fn at(&self) -> &Place {
        &self.at
    }

    /// Returns a header by its name in lower case: `content-type`, `etag`, `link`, `location` or
    /// `x-github-request-id`.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(kept, _)| *kept == name);
        found.map(|(_, value)| value.as_str())
    }

    /// Reads the body as JSON, as strictly as an attestation.
    ///
    /// # Errors
    /// [`HttpError::NotJson`].
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, HttpError> {
        let limits = JsonLimits {
            values: JSON_VALUES,
            ..JsonLimits::default()
        };
        json::check(&self.body, &limits)
            .and_then(|()| json::from_checked_slice::<T>(&self.body))
            .map_err(|error| HttpError::NotJson {
                at: self.at.clone(),
                detail: excerpt(&error.to_string(), 200),
            })
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not the body: that of one service is the identity token.
        f.debug_struct("Response")
            .field("status", &self.status)
            .field("at", &self.at)
            .field("body", &self.body.len())
            .finish_non_exhaustive()
    }
}

pub(super) fn kept(headers: &HeaderMap) -> Vec<(&'static str, String)> {
    let text = |name: &'static str| Some((name, headers.get(name)?.to_str().ok()?.to_owned()));
    KEPT.into_iter().filter_map(text).collect()
}

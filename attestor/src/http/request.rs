//! A request, checked before it is sent.

use std::fmt;
use std::time::Duration;

use reqwest::blocking::{Client, RequestBuilder};
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue};
use url::{Host, Url};
use zeroize::Zeroizing;

use super::{HttpError, Place, Secret};

/// Whether a request may be sent twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Idempotent {
    /// Twice is as good as once.
    Yes,
    /// Twice is more than once: it is never sent again.
    No,
}

/// A request: where to, with what, and how much may come back.
pub struct Request {
    url: Url,
    body: Option<(Zeroizing<Vec<u8>>, &'static str)>,
    headers: Vec<(&'static str, String)>,
    pub(super) bearer: Option<Secret>,
    pub(super) limit: Option<usize>,
    pub(super) timeout: Option<Duration>,
    pub(super) idempotent: Idempotent,
    pub(super) answers: Vec<u16>,
}

impl Request {
    /// Asks for what is there.
    ///
    /// # Errors
    /// [`HttpError::Address`] and [`HttpError::Insecure`].
    pub fn get(url: &str) -> Result<Self, HttpError> {
        Ok(Self {
            url: checked(url)?,
            body: None,
            headers: Vec::new(),
            bearer: None,
            limit: None,
            timeout: None,
            idempotent: Idempotent::No,
            answers: Vec::new(),
        })
    }

    /// Sends a body, which is overwritten in memory afterwards: to some services it holds the identity token.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub fn post(url: &str, body: impl Into<Vec<u8>>, content_type: &'static str) -> Result<Self, HttpError> {
        let body = Zeroizing::new(body.into());
        Ok(Self {
            body: Some((body, content_type)),
            ..Self::get(url)?
        })
    }

    /// Sends the credential along.
    #[must_use]
    pub fn bearer(mut self, secret: &Secret) -> Self {
        self.bearer = Some(secret.clone());
        self
    }

    /// Says what may come back.
    #[must_use]
    pub fn accept(self, media_type: &str) -> Self {
        self.header("accept", media_type)
    }

    /// Adds a header, which is no place for credentials.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// Bounds the body of the answer by another number of bytes than the client does.
    #[must_use]
    pub fn limit(mut self, bytes: usize) -> Self {
        self.limit = Some(bytes);
        self
    }

    /// Bounds each try by another time than the client does.
    #[must_use]
    pub fn timeout(mut self, each: Duration) -> Self {
        self.timeout = Some(each);
        self
    }

    /// Allows the request to be sent again.
    #[must_use]
    pub fn idempotent(mut self) -> Self {
        self.idempotent = Idempotent::Yes;
        self
    }

    /// Takes a status for an answer that otherwise is an error, such as 409 where something is there already.
    #[must_use]
    pub fn answer_on(mut self, status: u16) -> Self {
        self.answers.push(status);
        self
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }

    pub(super) fn place(&self) -> Place {
        Place::of(&self.url)
    }

    pub(super) fn build(&self, client: &Client) -> Result<RequestBuilder, HttpError> {
        let mut builder = match &self.body {
            None => client.get(self.url.clone()),
            Some((body, content_type)) => client
                .post(self.url.clone())
                .header(CONTENT_TYPE, *content_type)
                .body(body.to_vec()),
        };
        for (name, value) in &self.headers {
            let wrong = || HttpError::Header { name };
            let key = HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
            builder = builder.header(key, HeaderValue::from_str(value).map_err(|_| wrong())?);
        }
        if let Some(secret) = &self.bearer {
            let text = Zeroizing::new(format!("Bearer {}", secret.expose()));
            let mut value = HeaderValue::from_str(&text).map_err(|_| HttpError::Header {
                name: "authorization",
            })?;
            value.set_sensitive(true);
            builder = builder.header(AUTHORIZATION, value);
        }
        Ok(builder)
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Request")
            .field("at", &self.place())
            .field("body", &self.body.as_ref().map(|(body, _)| body.len()))
            .field("idempotent", &self.idempotent)
            .finish_non_exhaustive()
    }
}

fn checked(text: &str) -> Result<Url, HttpError> {
    let url = Url::parse(text).map_err(|_| HttpError::Address { detail: "no URL" })?;
    let Some(host) = url.host() else {
        return Err(HttpError::Address {
            detail: "it has no host",
        });
    };
    // The library would make an Authorization header of them.
    if !url.username().is_empty() || url.password().is_some() {
        return Err(HttpError::Address {
            detail: "it has a user name or password",
        });
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_this_machine(&host) => Ok(url),
        "http" => Err(HttpError::Insecure { at: Place::of(&url) }),
        _ => Err(HttpError::Address {
            detail: "neither https nor http",
        }),
    }
}

/// Returns whether the host is this machine: three spellings, and not all of 127.0.0.0/8, which some networks route.
fn is_this_machine(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => *address == std::net::Ipv4Addr::LOCALHOST,
        Host::Ipv6(address) => *address == std::net::Ipv6Addr::LOCALHOST,
    }
}

//! HTTP as everything here speaks it: bounded in time and size, never redirected, blind to the environment.
//!
//! Proxies, roots and credentials come from the caller and from nowhere else: a build that could set `HTTPS_PROXY` or
//! `SSL_CERT_FILE` for the job that signs would stand between that job and its identity provider.
//!
//! ```text
//! Request ─ Http::send ─→ Response      a status of 2xx and a body within its limit, or an HttpError
//! ```

mod error;
mod excerpt;
mod request;
mod response;
mod retry;
mod secret;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use reqwest::blocking::{Client, Response as Answer};
use reqwest::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, NoProxy, Proxy};
use url::Url;

pub use error::{HttpError, Place};
pub(crate) use excerpt::excerpt;
pub use request::{Idempotent, Request};
pub use response::Response;
pub use retry::{Pacing, Retry, SystemPacing};
pub use secret::Secret;

/// Bytes of a document about keys or issuers: 256 KiB. GitHub's key set has 8 KiB.
pub const DOCUMENT_LIMIT: usize = 256 << 10;
/// Bytes of an error's body that are read for the excerpt.
const ERROR_BODY_BYTES: usize = 4 << 10;
/// Bytes that are set aside for a body whose length was not declared, before the first of it came.
const FIRST_BYTES: usize = 64 << 10;

/// How long a request may take and how much it may bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct HttpLimits {
    /// For name, connection and TLS: 5 s. A service that is up answers within one.
    pub connect: Duration,
    /// For the whole of one try, from the name to the last byte of the body: 30 s, as sigstore-rust gives Rekor.
    pub request: Duration,
    /// Bytes of a body: 1 MiB, as sigstore-go reads of Fulcio and of a timestamp authority.
    pub body: usize,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            request: Duration::from_secs(30),
            body: 1 << 20,
        }
    }
}

/// What a client is made of.
#[derive(Clone)]
#[non_exhaustive]
pub struct HttpOptions {
    /// Time and size.
    pub limits: HttpLimits,
    /// When to try again.
    pub retry: Retry,
    /// A proxy's URL, which may hold a password. Loopback is never reached through it.
    pub proxy: Option<Secret>,
    /// Certificate authorities to trust besides Mozilla's, as PEM.
    pub extra_roots: Option<Vec<u8>>,
    /// Where waiting and chance come from.
    pub pacing: Arc<dyn Pacing>,
}

impl Default for HttpOptions {
    fn default() -> Self {
        Self {
            limits: HttpLimits::default(),
            retry: Retry::default(),
            proxy: None,
            extra_roots: None,
            pacing: Arc::new(SystemPacing::default()),
        }
    }
}

impl fmt::Debug for HttpOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpOptions")
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .field("proxy", &self.proxy)
            .field("extra_roots", &self.extra_roots.as_ref().map(Vec::len))
            .finish_non_exhaustive()
    }
}

/// A client: one for all that a run does. Clones share their connections.
#[derive(Clone)]
pub struct Http {
    client: Client,
    limits: HttpLimits,
    retry: Retry,
    pacing: Arc<dyn Pacing>,
}

impl fmt::Debug for Http {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Http")
            .field("limits", &self.limits)
            .field("retry", &self.retry)
            .finish_non_exhaustive()
    }
}

impl Http {
    /// Makes a client.
    ///
    /// # Errors
    /// [`HttpError::Roots`] and [`HttpError::Proxy`] for options that mean nothing, [`HttpError::Client`] where TLS
    /// cannot be set up.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        let HttpOptions {
            limits,
            retry,
            proxy,
            extra_roots,
            pacing,
        } = options;
        let mut builder = Client::builder()
            .user_agent(concat!("slsa-attest/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(limits.connect)
            .timeout(limits.request)
            .no_proxy()
            .referer(false)
            .tls_certs_only(roots(extra_roots.as_deref())?)
            // Plain HTTP is allowed to this name because it is this machine; no resolver shall say otherwise.
            .resolve_to_addrs(
                "localhost",
                &[
                    SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
                    SocketAddr::from((Ipv6Addr::LOCALHOST, 0)),
                ],
            );
        if let Some(proxy) = proxy {
            let all = Proxy::all(proxy.expose()).map_err(|_| HttpError::Proxy)?;
            builder = builder.proxy(all.no_proxy(NoProxy::from_string("localhost,127.0.0.1,::1")));
        }
        let client = builder.build().map_err(|error| HttpError::Client {
            detail: error::root_cause(&error),
        })?;
        Ok(Self {
            client,
            limits,
            retry,
            pacing,
        })
    }

    /// Sends a request, again where the request allows it and [`Retry`] says so.
    ///
    /// # Errors
    /// [`HttpError`], that of the last try.
    pub fn send(&self, request: Request) -> Result<Response, HttpError> {
        let started = self.pacing.now();
        let spent = || self.pacing.now().saturating_sub(started);
        let most = request.timeout.unwrap_or(self.limits.request);
        let mut tries: u32 = 0;
        loop {
            tries = tries.saturating_add(1);
            let left = self.retry.deadline.saturating_sub(spent());
            let error = match self.try_once(&request, most.min(left)) {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            if request.idempotent == Idempotent::No {
                return Err(error);
            }
            match self.retry.pause(&error, tries, self.pacing.random()) {
                Some(pause) if spent().saturating_add(pause) < self.retry.deadline => {
                    self.pacing.sleep(pause);
                }
                _ => return Err(error),
            }
        }
    }

    fn try_once(&self, request: &Request, timeout: Duration) -> Result<Response, HttpError> {
        let at = request.place();
        let failed = |error: &reqwest::Error| HttpError::of_transport(error, at.clone(), timeout);

        let answer = request
            .build(&self.client)?
            .timeout(timeout)
            .send()
            .map_err(|e| failed(&e))?;
        let status = answer.status();
        if status.is_redirection() {
            return Err(HttpError::Redirected {
                to_host: redirect_host(&answer, request.url()),
                status: status.as_u16(),
                at,
            });
        }
        if !status.is_success() && !request.answers.contains(&status.as_u16()) {
            return Err(refusal(answer, at, request));
        }

        let limit = request.limit.unwrap_or(self.limits.body);
        let too_large = |declared| HttpError::TooLarge {
            at: at.clone(),
            declared,
            limit,
        };
        let declared = declared_length(&answer);
        let first = declared.map_or(FIRST_BYTES, |length| {
            usize::try_from(length).unwrap_or(usize::MAX)
        });
        if declared.is_some() && first > limit {
            return Err(too_large(declared));
        }
        let headers = response::kept(answer.headers());
        let mut body = Vec::with_capacity(first.min(limit));
        let one_more = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        answer
            .take(one_more)
            .read_to_end(&mut body)
            .map_err(|e| HttpError::of_body(&e, at.clone(), timeout))?;
        if body.len() > limit {
            return Err(too_large(None));
        }
        Ok(Response::new(status.as_u16(), headers, body, at))
    }
}

/// The roots that are compiled in, and those that were given.
fn roots(extra: Option<&[u8]>) -> Result<Vec<Certificate>, HttpError> {
    let mut roots = webpki_root_certs::TLS_SERVER_ROOT_CERTS
        .iter()
        .map(|der| Certificate::from_der(der))
        .collect::<Result<Vec<_>, _>>()
        .map_err(|_| HttpError::Roots)?;
    if let Some(pem) = extra {
        let extra = Certificate::from_pem_bundle(pem).map_err(|_| HttpError::Roots)?;
        // A file without one was meant to have one.
        if extra.is_empty() {
            return Err(HttpError::Roots);
        }
        roots.extend(extra);
    }
    Ok(roots)
}

fn declared_length(answer: &Answer) -> Option<u64> {
    answer.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

fn redirect_host(answer: &Answer, from: &Url) -> Option<String> {
    let location = answer.headers().get(LOCATION)?.to_str().ok()?;
    let to = from.join(location).ok()?;
    to.host_str().map(|host| excerpt(host, 255))
}

fn refusal(answer: Answer, at: Place, request: &Request) -> HttpError {
    let status = answer.status().as_u16();
    // Only seconds: none of the services that are asked here sends a date.
    let retry_after = answer
        .headers()
        .get(RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok())
        .map(Duration::from_secs);
    let mut body = Vec::with_capacity(ERROR_BODY_BYTES);
    let most = u64::try_from(ERROR_BODY_BYTES).unwrap_or(u64::MAX);
    // What cannot be read of it is not worth another error.
    let _ = answer.take(most).read_to_end(&mut body);
    let mut text = String::from_utf8_lossy(&body).into_owned();
    if let Some(secret) = request.bearer.as_ref().filter(|s| !s.expose().is_empty()) {
        text = text.replace(secret.expose(), "[secret]");
    }
    HttpError::Status {
        at,
        status,
        retry_after,
        excerpt: excerpt(text.trim(), 200),
    }
}

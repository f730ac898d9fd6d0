//! Where an issuer's keys are, asked of the issuer itself.

use serde::Deserialize;
use url::Url;

use super::{DiscoveryError, Issuer, Jwks};
use crate::http::{DOCUMENT_LIMIT, Http, HttpError, Request, Response, excerpt};

/// What is read of the provider's metadata (OpenID Connect Discovery 1.0, section 3).
#[derive(Deserialize)]
struct Metadata {
    issuer: String,
    jwks_uri: String,
}

/// Fetches the keys of an issuer.
///
/// # Errors
/// [`DiscoveryError`]: also where the document names another issuer, or keys on another host.
pub fn discover(http: &Http, issuer: &Issuer) -> Result<Jwks, DiscoveryError> {
    let metadata: Metadata = document(
        http,
        &format!("{}/.well-known/openid-configuration", issuer.address()),
    )?
    .json()?;
    if metadata.issuer != issuer.url() {
        return Err(DiscoveryError::Issuer {
            expected: issuer.url().to_owned(),
            found: excerpt(&metadata.issuer, 200),
        });
    }
    if !same_host(issuer.address(), &metadata.jwks_uri) {
        let found = Url::parse(&metadata.jwks_uri).map(|url| url.origin().ascii_serialization());
        return Err(DiscoveryError::KeysElsewhere {
            issuer: issuer.url().to_owned(),
            found: excerpt(&found.unwrap_or_default(), 200),
        });
    }
    let keys = document(http, &metadata.jwks_uri)?;
    Jwks::parse(keys.body()).map_err(DiscoveryError::Keys)
}

fn document(http: &Http, url: &str) -> Result<Response, HttpError> {
    let request = Request::get(url)?
        .accept("application/json")
        .limit(DOCUMENT_LIMIT)
        .idempotent();
    http.send(request)
}

/// Returns whether scheme, host and port are the same.
fn same_host(a: &str, b: &str) -> bool {
    match (Url::parse(a), Url::parse(b)) {
        (Ok(a), Ok(b)) => a.origin().is_tuple() && a.origin() == b.origin(),
        _ => false,
    }
}

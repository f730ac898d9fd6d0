//! The `Authorization` header (RFC 9110, section 11.6.2).

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

/// Returns what stands behind one of these schemes, whose letters may be of either case (RFC 9110, section 11.1).
pub(crate) fn credentials<'a>(headers: &'a HeaderMap, schemes: &[&str]) -> Option<&'a str> {
    let (scheme, credentials) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    schemes
        .iter()
        .any(|known| known.eq_ignore_ascii_case(scheme))
        .then_some(credentials)
}

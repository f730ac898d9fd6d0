//! OpenID Connect: the proof that a token was issued by the provider of this run, for the audience it is used for, now.
//!
//! ```text
//! Issuer ─ discover(http) ─→ Jwks ─ verify_token(token, issuer, audience, jwks, now) ─→ Claims
//! ```
//!
//! The sources are OpenID Connect Core 1.0, OpenID Connect Discovery 1.0, and RFC 7515 to 7519.

mod discovery;
mod error;
mod github;
mod gitlab;
mod issuer;
mod jwks;
mod payload;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod verify;

pub use discovery::discover;
pub use error::{DiscoveryError, OidcError};
pub use issuer::{Issuer, IssuerError, IssuerKind};
pub use jwks::Jwks;
pub use verify::verify_token;

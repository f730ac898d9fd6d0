//! Where a token comes from: GitHub's endpoint, or what the caller was given.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::time::Duration;

use serde::Deserialize;
use url::Url;
use zeroize::Zeroizing;

use super::{IdentityToken, TOKEN_LIMIT, TokenError};
use crate::http::{Http, HttpError, Request, Secret, excerpt};

/// The variable that says where GitHub gives out tokens.
const REQUEST_URL: &str = "ACTIONS_ID_TOKEN_REQUEST_URL";
/// The variable with the credential for it.
const REQUEST_TOKEN: &str = "ACTIONS_ID_TOKEN_REQUEST_TOKEN";
/// Bytes of the endpoint's answer: the token and a little JSON around it, four times over.
const ANSWER_LIMIT: usize = 64 << 10;
/// For one try at the endpoint, as `actions/attest` gives its requests.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// The environment variables of a run. The library reads none of its own.
pub trait Environment {
    /// Returns a variable, where it is set.
    fn get(&self, name: &str) -> Option<String>;
}

impl<F: Fn(&str) -> Option<String>> Environment for F {
    fn get(&self, name: &str) -> Option<String> {
        self(name)
    }
}

/// A host at which tokens may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenHost {
    /// This host, such as `github.example.com` or, for the sandbox, `127.0.0.1`.
    Exactly(String),
    /// Every host below this domain, which itself is none of them.
    Below(String),
}

impl TokenHost {
    /// The hosts of github.com: those below `actions.githubusercontent.com`.
    #[must_use]
    pub fn github() -> Self {
        Self::Below("actions.githubusercontent.com".to_owned())
    }

    fn allows(&self, host: &str) -> bool {
        match self {
            Self::Exactly(expected) => host == expected,
            Self::Below(domain) => host
                .strip_suffix(domain.as_str())
                .is_some_and(|label| label.len() > 1 && label.ends_with('.')),
        }
    }
}

/// Where the token comes from.
#[derive(Debug)]
pub struct TokenSource(Source);

#[derive(Debug)]
enum Source {
    GitHub { url: Url, credential: Secret },
    Given(IdentityToken),
}

/// Why there is no token.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenSourceError {
    /// A variable is not set or empty. On GitHub, a job has these two with `permissions: id-token: write` only.
    #[error("the environment variable {name} is not set")]
    NotSet {
        /// Its name.
        name: String,
    },
    /// The endpoint's address is not a URL.
    #[error("{REQUEST_URL} is not a URL")]
    NotAUrl,
    /// The endpoint is on a host that is none of the allowed ones.
    #[error("{REQUEST_URL} is at {scheme}://{host}, where tokens are not asked for")]
    Host {
        /// The scheme.
        scheme: String,
        /// The host.
        host: String,
    },
    /// The endpoint's address already says for whom the token is.
    #[error("{REQUEST_URL} already has an audience")]
    AudienceGiven,
    /// The endpoint did not answer as it should.
    #[error("no identity token: {0}")]
    Http(#[from] HttpError),
    /// A file cannot be read.
    #[error("the file with the identity token cannot be read: {kind}")]
    File {
        /// Why.
        kind: io::ErrorKind,
    },
    /// What came is not a token.
    #[error(transparent)]
    Token(#[from] TokenError),
}

impl TokenSourceError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotSet { .. } => "token-not-set",
            Self::NotAUrl => "token-url",
            Self::Host { .. } => "token-host",
            Self::AudienceGiven => "token-audience-given",
            Self::Http(error) => error.code(),
            Self::File { .. } => "token-file",
            Self::Token(error) => error.code(),
        }
    }
}

/// What the endpoint answers.
#[derive(Deserialize)]
struct Answer {
    value: String,
}

impl TokenSource {
    /// GitHub's endpoint, as the environment of a job names it.
    ///
    /// The environment may have been written to by an earlier step; the hosts are those of the caller.
    ///
    /// # Errors
    /// [`TokenSourceError`], all but what a request can bring.
    pub fn github(environment: &impl Environment, hosts: &[TokenHost]) -> Result<Self, TokenSourceError> {
        let url = Url::parse(&variable(environment, REQUEST_URL)?).map_err(|_| TokenSourceError::NotAUrl)?;
        let host = url.host_str().unwrap_or_default();
        // Plain HTTP is for a host that was named itself, and then for loopback only: `Request` sees to that.
        let allowed = hosts.iter().any(|allowed| {
            allowed.allows(host) && (url.scheme() == "https" || *allowed == TokenHost::Exactly(host.into()))
        });
        if !allowed {
            return Err(TokenSourceError::Host {
                scheme: excerpt(url.scheme(), 16),
                host: excerpt(host, 255),
            });
        }
        // Which of two counts is the server's choice.
        if url.query_pairs().any(|(name, _)| name == "audience") {
            return Err(TokenSourceError::AudienceGiven);
        }
        // Here, so that a wrong scheme or a password in it is said before anything is asked.
        Request::get(url.as_str())?;
        let credential = Secret::new(variable(environment, REQUEST_TOKEN)?);
        Ok(Self(Source::GitHub { url, credential }))
    }

    /// A token in a variable, such as `SIGSTORE_ID_TOKEN` or one that GitLab's `id_tokens` names.
    ///
    /// # Errors
    /// [`TokenSourceError::NotSet`] and [`TokenSourceError::Token`].
    pub fn variable(environment: &impl Environment, name: &str) -> Result<Self, TokenSourceError> {
        Self::text(&Zeroizing::new(variable(environment, name)?))
    }

    /// A token in a file.
    ///
    /// # Errors
    /// [`TokenSourceError::File`] and [`TokenSourceError::Token`].
    pub fn file(path: &Path) -> Result<Self, TokenSourceError> {
        let unreadable = |error: io::Error| TokenSourceError::File { kind: error.kind() };
        // One byte more than a token and a line break may have, so that a longer one is seen as such.
        let most = u64::try_from(TOKEN_LIMIT).unwrap_or(u64::MAX).saturating_add(3);
        let mut text = Zeroizing::new(String::with_capacity(TOKEN_LIMIT.saturating_add(3)));
        File::open(path)
            .and_then(|file| file.take(most).read_to_string(&mut text))
            .map_err(unreadable)?;
        Self::text(&text)
    }

    fn text(text: &str) -> Result<Self, TokenSourceError> {
        // Editors and shells end a file with a line break.
        let token = Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned());
        Ok(Self(Source::Given(IdentityToken::parse(token)?)))
    }

    /// Returns a token: from GitHub one for this audience, otherwise the one that was given.
    ///
    /// # Errors
    /// [`TokenSourceError::Http`] and [`TokenSourceError::Token`].
    pub fn token(&self, http: &Http, audience: &str) -> Result<IdentityToken, TokenSourceError> {
        match &self.0 {
            Source::Given(token) => Ok(IdentityToken::parse(Zeroizing::new(token.expose().to_owned()))?),
            Source::GitHub { url, credential } => {
                let mut url = url.clone();
                url.query_pairs_mut().append_pair("audience", audience);
                let request = Request::get(url.as_str())?
                    .accept("application/json")
                    .bearer(credential)
                    .limit(ANSWER_LIMIT)
                    .timeout(ANSWER_TIME)
                    .idempotent();
                let response = http.send(request)?;
                let answer = response.json::<Answer>();
                drop(Zeroizing::new(response.into_body()));
                Ok(IdentityToken::parse(Zeroizing::new(answer?.value))?)
            }
        }
    }
}

fn variable(environment: &impl Environment, name: &str) -> Result<String, TokenSourceError> {
    let value = environment.get(name).filter(|value| !value.is_empty());
    value.ok_or_else(|| TokenSourceError::NotSet {
        name: name.to_owned(),
    })
}

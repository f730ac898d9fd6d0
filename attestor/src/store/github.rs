//! Storing bundles in GitHub's attestations API
//! (<https://docs.github.com/en/rest/repos/attestations>).

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::{Http, HttpError, Request, Secret};

/// The version of the API that is spoken.
const API_VERSION: &str = "2022-11-28";

/// GitHub's store of attestations, of one repository.
#[derive(Debug, Clone)]
pub struct GitHubStore {
    api: String,
    repository: String,
    token: Secret,
}

/// Why GitHub did not store a bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GitHubStoreError {
    /// It could not be reached, or refused.
    #[error("GitHub's attestations API: {0}")]
    Http(#[from] HttpError),
    /// The bundle cannot be put into a request: a defect.
    #[error("the bundle is not JSON")]
    Bundle,
}

impl GitHubStoreError {
    /// Returns the stable code of this error.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Http(error) => error.code(),
            Self::Bundle => "bundle-encoding",
        }
    }
}

#[derive(serde::Serialize)]
struct Ask<'a> {
    bundle: &'a RawValue,
}

#[derive(Deserialize)]
struct Answer {
    id: Id,
}

/// The number is written as a number, and as text in some answers.
#[derive(Deserialize)]
#[serde(untagged)]
enum Id {
    Number(u64),
    Text(String),
}

impl GitHubStore {
    /// The store of a repository (`owner/name`), below the URL of the API.
    #[must_use]
    pub fn new(api: impl Into<String>, repository: impl Into<String>, token: Secret) -> Self {
        Self {
            api: api.into().trim_end_matches('/').to_owned(),
            repository: repository.into(),
            token,
        }
    }

    /// Stores a bundle and returns its number. It is not sent again: a second one would be a second attestation.
    ///
    /// # Errors
    /// [`GitHubStoreError`].
    pub fn store(&self, http: &Http, bundle: &str) -> Result<String, GitHubStoreError> {
        let bundle = serde_json::from_str::<&RawValue>(bundle).map_err(|_| GitHubStoreError::Bundle)?;
        let body = serde_json::to_vec(&Ask { bundle }).map_err(|_| GitHubStoreError::Bundle)?;
        let url = format!("{}/repos/{}/attestations", self.api, self.repository);
        let request = Request::post(&url, body, "application/json")?
            .accept("application/vnd.github+json")
            .header("x-github-api-version", API_VERSION)
            .bearer(&self.token);
        let answer: Answer = http.send(request)?.json()?;
        Ok(match answer.id {
            Id::Number(number) => number.to_string(),
            Id::Text(text) => text,
        })
    }
}

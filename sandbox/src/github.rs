//! GitHub's attestations API, as far as attestations are stored and found with it.
//!
//! Source: GitHub REST API, "Repository attestations", versions 2022-11-28 and 2026-03-10.

mod bundle;
mod page;
mod store;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, Path, Query, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, LINK};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use slsa_predicates::Digest;

use crate::service::authorization::credentials;
use crate::{Fault, Faults, Run, Service};
use page::{Page, PageQuery};
use store::{Attestation, Filter, Owner, Store};

pub use bundle::NotABundle;
pub use store::StoreError;

/// Bytes of a request: 32 MiB, what verifiers take for a bundle.
const MAX_REQUEST_BYTES: usize = 32 << 20;
/// The first version of the API whose answers have no bundle in them.
const WITHOUT_BUNDLES: &str = "2026-03-10";

/// The attestations API, with what was stored in it. Copies share the store.
#[derive(Clone)]
pub struct GitHubApi {
    base_url: String,
    token: String,
    inline_bundles: bool,
    repository: (String, u64),
    store: Arc<Mutex<Store>>,
    faults: Faults,
}

impl GitHubApi {
    /// Makes the API that is reached at this URL, whatever prefix its routes are nested under included, and where
    /// whoever shows the token may store. The run lends its repository's number; other repositories have one that is
    /// made up.
    #[must_use]
    pub fn new(base_url: impl Into<String>, token: impl Into<String>, run: &Run, faults: &Faults) -> Self {
        Self {
            base_url: base_url.into(),
            token: token.into(),
            inline_bundles: true,
            repository: (run.repository.clone(), run.repository_id),
            store: Arc::default(),
            faults: faults.clone(),
        }
    }

    /// Leaves bundles out of all answers, as version 2026-03-10 of the API does; else only where that version is
    /// asked for. They are then found at their `bundle_url` only.
    #[must_use]
    pub fn without_inline_bundles(mut self) -> Self {
        self.inline_bundles = false;
        self
    }

    /// Stores a bundle for a repository, given as `owner/name`, and returns its number.
    ///
    /// # Errors
    /// Each [`StoreError`].
    pub fn store(&self, repository: &str, bundle: &[u8]) -> Result<u64, StoreError> {
        self.locked().insert(repository, bundle::read(bundle)?)
    }

    /// Returns the routes: `/repos/…/attestations…`, `/orgs/…`, `/users/…` and `/blobs/…`.
    pub fn router(&self) -> Router {
        Router::new()
            .route("/repos/{owner}/{repository}/attestations", post(store))
            .route(
                "/repos/{owner}/{repository}/attestations/{digest}",
                get(find_by_repository),
            )
            .route("/orgs/{owner}/attestations/{digest}", get(find_by_owner))
            .route("/users/{owner}/attestations/{digest}", get(find_by_owner))
            .route("/blobs/{file}", get(blob))
            .layer(DefaultBodyLimit::max(MAX_REQUEST_BYTES))
            .layer(self.faults.layer(Service::GitHub))
            .with_state(self.clone())
    }

    fn locked(&self) -> MutexGuard<'_, Store> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(
        &self,
        owner: Owner,
        digest: &str,
        query: &PageQuery,
        uri: &Uri,
        headers: &HeaderMap,
    ) -> Response {
        let Ok(digest) = Digest::parse(digest) else {
            return failure(StatusCode::UNPROCESSABLE_ENTITY, "Invalid subject digest");
        };
        let commits = |fault| self.faults.commits(Service::GitHub, &fault);
        let filter = Filter {
            owner,
            digest,
            predicate_type: query.predicate_type.clone(),
            other_digests: commits(Fault::OtherEntry),
        };
        let store = self.locked();
        let Some(page) = Page::of(store.find(&filter), query) else {
            return failure(StatusCode::UNPROCESSABLE_ENTITY, "Invalid cursor");
        };
        if page.attestations.is_empty() {
            // What GitHub answers where it has nothing, rather than an empty list.
            return failure(StatusCode::NOT_FOUND, "Not Found");
        }
        let version = headers.get("x-github-api-version");
        // Versions are dates, and sort like them.
        let asks_for_none = version.is_some_and(|version| version.as_bytes() >= WITHOUT_BUNDLES.as_bytes());
        let inline = self.inline_bundles && !asks_for_none;
        let forged = commits(Fault::WrongSignature);
        let attestations: Vec<Value> = page
            .attestations
            .iter()
            .map(|attestation| self.shown(attestation, inline, forged))
            .collect();
        let mut answer = Json(json!({ "attestations": attestations })).into_response();
        let links = page.links(&format!("{}{}", self.base_url, uri.path()), query);
        if let Some(links) = links.and_then(|links| HeaderValue::try_from(links).ok()) {
            answer.headers_mut().insert(LINK, links);
        }
        answer
    }

    fn shown(&self, attestation: &Attestation, inline: bool, forged: bool) -> Value {
        let blob = if forged { "forged-" } else { "" };
        let mut shown = json!({
            "bundle_url": format!("{}/blobs/{blob}{}.json.sn", self.base_url, attestation.id),
            "repository_id": self.repository_id(&attestation.repository),
            "initiator": "user",
        });
        if let Some(members) = shown.as_object_mut().filter(|_| inline) {
            let bundle = if forged {
                bundle::with_other_signature(&attestation.bundle)
            } else {
                attestation.bundle.clone()
            };
            members.insert("bundle".to_owned(), bundle);
        }
        shown
    }

    fn repository_id(&self, repository: &str) -> u64 {
        let (known, id) = &self.repository;
        if known.eq_ignore_ascii_case(repository) {
            *id
        } else {
            // Any number will do that stays the same.
            let bytes = repository
                .bytes()
                .map(|byte| u64::from(byte.to_ascii_lowercase()));
            bytes.fold(1_000_000_u64, |id, byte| id.wrapping_mul(31).wrapping_add(byte)) >> 16
        }
    }
}

impl std::fmt::Debug for GitHubApi {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GitHubApi")
            .field("base_url", &self.base_url)
            .finish_non_exhaustive()
    }
}

async fn store(
    State(api): State<GitHubApi>,
    Path((owner, repository)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if !headers.contains_key(AUTHORIZATION) {
        return failure(StatusCode::FORBIDDEN, "Resource not accessible by integration");
    }
    if credentials(&headers, &["Bearer", "token"]) != Some(&api.token) {
        return failure(StatusCode::UNAUTHORIZED, "Bad credentials");
    }
    let Ok(mut request) = bundle::read(&body) else {
        return failure(StatusCode::BAD_REQUEST, "Problems parsing JSON");
    };
    let bundle = request.get_mut("bundle").map(Value::take).unwrap_or_default();
    let stored = api.locked().insert(&format!("{owner}/{repository}"), bundle);
    match stored {
        Ok(id) => (StatusCode::CREATED, Json(json!({ "id": id }))).into_response(),
        Err(StoreError::NotABundle(error)) => failure(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
        Err(error) => failure(StatusCode::INSUFFICIENT_STORAGE, &error.to_string()),
    }
}

async fn find_by_repository(
    State(api): State<GitHubApi>,
    Path((owner, repository, digest)): Path<(String, String, String)>,
    Query(query): Query<PageQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let owner = Owner::OfOne(format!("{owner}/{repository}"));
    api.find(owner, &digest, &query, &uri, &headers)
}

async fn find_by_owner(
    State(api): State<GitHubApi>,
    Path((owner, digest)): Path<(String, String)>,
    Query(query): Query<PageQuery>,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    api.find(Owner::OfAll(owner), &digest, &query, &uri, &headers)
}

async fn blob(State(api): State<GitHubApi>, Path(file): Path<String>) -> Response {
    let name = file.strip_suffix(".json.sn");
    let (name, forged) = match name.and_then(|name| name.strip_prefix("forged-")) {
        Some(name) => (Some(name), true),
        None => (name, false),
    };
    let id = name.and_then(|name| name.parse().ok());
    let bundle = id.and_then(|id| api.locked().bundle(id));
    let bundle = bundle.map(|bundle| {
        if forged {
            bundle::with_other_signature(&bundle)
        } else {
            bundle
        }
    });
    // A raw block, without the frames of snappy's stream format.
    let block = bundle.and_then(|bundle| {
        snap::raw::Encoder::new()
            .compress_vec(bundle.to_string().as_bytes())
            .ok()
    });
    match block {
        Some(block) => ([(CONTENT_TYPE, "application/x-snappy")], block).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Returns an error in the form of GitHub's.
fn failure(status: StatusCode, message: &str) -> Response {
    let body = json!({ "message": message, "status": status.as_str() });
    (status, Json(body)).into_response()
}

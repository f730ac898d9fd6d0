//! The issuer as it is reached: its documents, and the endpoint where a job asks for its token.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::json;

use super::{OidcIssuer, TokenForgery};
use crate::service::authorization::credentials;
use crate::{Clock, Fault, Faults, Run, Service};

/// The issuer's endpoints, and the run that is going on.
#[derive(Clone)]
pub struct OidcService {
    issuer: OidcIssuer,
    clock: Clock,
    /// What a job must show, as `ACTIONS_ID_TOKEN_REQUEST_TOKEN`.
    request_token: String,
    run: Arc<RwLock<Run>>,
    faults: Faults,
}

impl OidcService {
    /// Makes the service, which gives tokens of this run to those who know the request token.
    #[must_use]
    pub fn new(
        issuer: OidcIssuer,
        clock: Clock,
        request_token: impl Into<String>,
        run: Run,
        faults: &Faults,
    ) -> Self {
        Self {
            issuer,
            clock,
            request_token: request_token.into(),
            run: Arc::new(RwLock::new(run)),
            faults: faults.clone(),
        }
    }

    /// Gives tokens of this run from now on.
    pub fn set_run(&self, run: Run) {
        *self.run.write().unwrap_or_else(PoisonError::into_inner) = run;
    }

    /// Returns the run that tokens are of.
    #[must_use]
    pub fn run(&self) -> Run {
        self.run.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the routes: `/.well-known/openid-configuration`, `/.well-known/jwks`, and `/token`, which is
    /// `ACTIONS_ID_TOKEN_REQUEST_URL`.
    pub fn router(&self) -> Router {
        Router::new()
            .route(
                "/.well-known/openid-configuration",
                get(|State(service): State<Self>| async move { Json(service.issuer.discovery()) }),
            )
            .route(
                "/.well-known/jwks",
                get(|State(service): State<Self>| async move { Json(service.issuer.jwks()) }),
            )
            .route("/token", get(token))
            .layer(self.faults.layer(Service::Oidc))
            .with_state(self.clone())
    }

    fn token(&self, audience: Option<&String>) -> String {
        let run = self.run();
        // GitHub's own default: the URL of the repository's owner.
        let owner = format!("{}/{}", run.server_url, run.repository_owner());
        let audience = audience.unwrap_or(&owner);
        let now = self.clock.now();
        let commits = |fault| self.faults.commits(Service::Oidc, &fault);
        if commits(Fault::WrongSignature) {
            return self.issuer.forged(&run, audience, now, TokenForgery::OtherKey);
        }
        if commits(Fault::OtherIdentity) {
            let other = Run {
                repository: format!("{}-other", run.repository),
                repository_id: run.repository_id.saturating_add(1),
                ..run
            };
            return self.issuer.token(&other, audience, now);
        }
        self.issuer.token(&run, audience, now)
    }
}

impl std::fmt::Debug for OidcService {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("OidcService")
            .field("issuer", &self.issuer)
            .field("run", &self.run())
            .finish_non_exhaustive()
    }
}

async fn token(
    State(service): State<OidcService>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Response {
    if credentials(&headers, &["Bearer"]) != Some(&service.request_token) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let token = service.token(query.get("audience"));
    Json(json!({ "count": token.len(), "value": token })).into_response()
}

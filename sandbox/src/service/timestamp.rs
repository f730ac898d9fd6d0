//! The timestamp authority over HTTP: requests in DER (RFC 3161, section 3.4), or in JSON, as sigstore-js sends them
//! (<https://github.com/sigstore/timestamp-authority/blob/main/openapi.yaml>).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use axum::routing::post;

use super::{Refusal, Shared};
use crate::fault::{Fault, Service};
use crate::timestamp::TokenDraft;

/// Returns the routes of an instance.
pub(crate) fn router(shared: &Shared) -> Router {
    Router::new()
        .route("/api/v1/timestamp", post(answer))
        .layer(shared.faults.layer(Service::Timestamp))
        .with_state(shared.clone())
}

async fn answer(
    State(shared): State<Shared>,
    headers: HeaderMap,
    request: Bytes,
) -> Result<impl IntoResponse, Refusal> {
    let sandbox = &shared.sandbox;
    let is_json = headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    let mut draft = if is_json {
        TokenDraft::from_json(&request, sandbox.now())?
    } else {
        TokenDraft::from_request(&request, sandbox.now())?
    };
    if shared.commits(Service::Timestamp, &Fault::OtherEntry) {
        draft.imprint = TokenDraft::of(b"something else", sandbox.now()).imprint;
    }
    let mut answer = sandbox.answer_timestamp(shared.instance, &draft)?;
    if shared.commits(Service::Timestamp, &Fault::WrongSignature)
        && let Some(last) = answer.last_mut()
    {
        *last ^= 1;
    }
    let kind = [(CONTENT_TYPE, "application/timestamp-reply")];
    Ok((StatusCode::CREATED, kind, answer))
}

//! The timestamp authority over HTTP (RFC 3161, section 3.4).

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
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

async fn answer(State(shared): State<Shared>, request: Bytes) -> Result<impl IntoResponse, Refusal> {
    let sandbox = &shared.sandbox;
    let mut draft = TokenDraft::from_request(&request, sandbox.now())?;
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

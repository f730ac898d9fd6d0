//! The middleware that does to an answer what was asked for.

use std::pin::Pin;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{FromFnLayer, Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};

use super::{Fault, Faults, Service, cut};

/// Bytes of an answer that a fault is done to: 64 MiB, twice the largest that a service of the sandbox gives.
const MAX_BYTES: usize = 64 << 20;

/// A middleware, for [`Router::layer`](axum::Router::layer).
pub type FaultLayer =
    FromFnLayer<fn(State<FaultPoint>, Request, Next) -> Answer, FaultPoint, (State<FaultPoint>, Request)>;

type Answer = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Where faults happen: the answers of one service.
#[derive(Debug, Clone)]
pub struct FaultPoint {
    pub(super) faults: Faults,
    pub(super) service: Service,
}

pub(super) fn layer(point: FaultPoint) -> FaultLayer {
    from_fn_with_state(point, |State(point), request, next| {
        Box::pin(answer(point, request, next))
    })
}

async fn answer(point: FaultPoint, request: Request, next: Next) -> Response {
    let fault = point.faults.take(point.service, |fault| !fault.is_semantic());
    match fault {
        Some(Fault::Slow(longer)) => {
            tokio::time::sleep(longer).await;
            next.run(request).await
        }
        Some(Fault::TooManyRequests { retry_after }) => (
            StatusCode::TOO_MANY_REQUESTS,
            [(RETRY_AFTER, HeaderValue::from(retry_after))],
            "too many requests, as asked for",
        )
            .into_response(),
        Some(Fault::ServerError) => failure("server error, as asked for"),
        Some(Fault::Redirect(to)) => match HeaderValue::try_from(to) {
            Ok(to) => (StatusCode::TEMPORARY_REDIRECT, [(LOCATION, to)]).into_response(),
            Err(_) => failure("the redirection asked for is to no URL"),
        },
        Some(Fault::Cut) => {
            let (mut answer, body) = taken(next.run(request).await).await;
            // An empty body is cut as well: something is announced that does not come.
            let announced = body.len().max(1);
            let Ok(broken) = cut::broken(half(&body), announced).await else {
                return failure("the answer cannot be cut");
            };
            *answer.body_mut() = broken;
            answer
        }
        Some(Fault::Truncated) => {
            let (mut answer, body) = taken(next.run(request).await).await;
            *answer.body_mut() = Body::from(half(&body));
            answer
        }
        Some(Fault::Oversized(bytes)) => {
            let (mut answer, body) = taken(next.run(request).await).await;
            let mut long = body.to_vec();
            long.resize(bytes.min(MAX_BYTES).max(long.len()), b' ');
            // As a stream, it has no length that could be announced.
            *answer.body_mut() = Body::from_stream(Body::from(long).into_data_stream());
            answer
        }
        Some(Fault::WrongSignature | Fault::OtherIdentity | Fault::OtherEntry) | None => {
            next.run(request).await
        }
    }
}

/// Takes the body out of an answer, and what was announced of its length.
async fn taken(mut answer: Response) -> (Response, Bytes) {
    let body = std::mem::take(answer.body_mut());
    answer.headers_mut().remove(CONTENT_LENGTH);
    let body = to_bytes(body, MAX_BYTES).await.unwrap_or_default();
    (answer, body)
}

fn half(body: &Bytes) -> Bytes {
    body.slice(..body.len() / 2)
}

fn failure(why: &'static str) -> Response {
    (StatusCode::INTERNAL_SERVER_ERROR, why).into_response()
}

//! The repository as it is reached.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;

use super::TufRepository;
use crate::{Fault, Faults, Service};

impl TufRepository {
    /// Returns the routes, which serve the files. With [`Fault::WrongSignature`], roles are served with another
    /// signature; with [`Fault::OtherEntry`], targets with another last byte.
    pub fn router(&self, faults: &Faults) -> Router {
        let state = Served {
            repository: Arc::new(self.clone()),
            faults: faults.clone(),
        };
        Router::new()
            .route("/{*path}", get(file))
            .layer(faults.layer(Service::Tuf))
            .with_state(state)
    }
}

#[derive(Clone)]
struct Served {
    repository: Arc<TufRepository>,
    faults: Faults,
}

async fn file(State(served): State<Served>, Path(path): Path<String>) -> Response {
    // 404 is also what tells a client that there is no newer root (section 5.3.3).
    let Some(bytes) = served.repository.files.get(&path) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut bytes = bytes.clone();
    let commits = |fault| served.faults.commits(Service::Tuf, &fault);
    if !path.starts_with("targets/") {
        if commits(Fault::WrongSignature) {
            bytes = with_other_signature(bytes);
        }
    } else if commits(Fault::OtherEntry)
        && let Some(last) = bytes.last_mut()
    {
        *last ^= 1;
    }
    ([(CONTENT_TYPE, "application/json")], bytes).into_response()
}

/// Returns a role's file with a signature that differs in its last digit.
fn with_other_signature(bytes: Vec<u8>) -> Vec<u8> {
    let Ok(mut file) = serde_json::from_slice::<serde_json::Value>(&bytes) else {
        return bytes;
    };
    if let Some(signature) = file.pointer_mut("/signatures/0/sig") {
        let mut digits = signature.as_str().unwrap_or_default().to_owned();
        let last = digits.pop();
        digits.push(if last == Some('0') { '1' } else { '0' });
        *signature = digits.into();
    }
    file.to_string().into_bytes()
}

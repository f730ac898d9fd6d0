//! The services as clients reach them, over HTTP.

pub(crate) mod authorization;
pub(crate) mod fulcio;
pub(crate) mod rekor_v1;
pub(crate) mod rekor_v2;
pub(crate) mod timestamp;

use std::sync::Arc;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::error::SandboxError;
use crate::fault::{Fault, Faults, Service};
use crate::sandbox::{Instance, Sandbox};

/// What every service needs.
#[derive(Clone)]
pub(crate) struct Shared {
    pub(crate) sandbox: Arc<Sandbox>,
    pub(crate) instance: Instance,
    pub(crate) faults: Faults,
}

impl Shared {
    /// Says whether this service is to commit this fault now.
    pub(crate) fn commits(&self, service: Service, fault: &Fault) -> bool {
        self.faults.commits(service, fault)
    }
}

/// A refusal, in the form in which Sigstore's services give theirs.
pub(crate) struct Refusal {
    status: StatusCode,
    message: String,
}

impl Refusal {
    pub(crate) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self {
            status,
            message: message.into(),
        }
    }

    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, format!("no such {what}"))
    }
}

impl From<SandboxError> for Refusal {
    fn from(error: SandboxError) -> Self {
        Self::new(StatusCode::BAD_REQUEST, error.to_string())
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let body = json!({ "code": self.status.as_u16(), "message": self.message });
        (self.status, Json(body)).into_response()
    }
}

/// Returns a field's text, by its path.
pub(crate) fn text<'a>(json: &'a Value, pointer: &str, what: &'static str) -> Result<&'a str, SandboxError> {
    json.pointer(pointer)
        .and_then(Value::as_str)
        .ok_or(SandboxError::Malformed { what })
}

/// Returns a field's bytes, by its path.
pub(crate) fn base64(json: &Value, pointer: &str, what: &'static str) -> Result<Vec<u8>, SandboxError> {
    STANDARD
        .decode(text(json, pointer, what)?)
        .map_err(|_| SandboxError::Malformed { what })
}

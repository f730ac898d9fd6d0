//! What the store reads of a bundle: which artifacts it speaks of, and what it says. It verifies nothing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use slsa_predicates::json::{self, JsonLimits};
use slsa_predicates::{Digest, Statement, StatementLimits};

/// Limits on the JSON of a bundle, or of a request with one in it: real ones have fewer than a hundred values, and
/// are less than 10 deep.
const JSON: JsonLimits = JsonLimits {
    depth: 64,
    open_members: 100_000,
    values: 100_000,
};

/// Why something cannot be stored as an attestation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotABundle {
    /// It is not JSON, or more of it than a bundle has.
    #[error("not the JSON of a bundle")]
    Json,
    /// It does not have the media type of a bundle.
    #[error("the media type is {found:?}, not that of a Sigstore bundle")]
    MediaType {
        /// What stands there.
        found: String,
    },
    /// It has no DSSE envelope with a signature.
    #[error("no DSSE envelope with a payload in base64 and a signature")]
    Envelope,
    /// What is signed is not an in-toto statement.
    #[error("the payload is not an in-toto statement: {detail}")]
    Statement {
        /// What is wrong.
        detail: String,
    },
}

/// What a bundle says, whoever signed it.
pub(super) struct Contents {
    pub(super) subjects: Vec<Digest>,
    pub(super) predicate_type: String,
}

/// Reads JSON that somebody sent.
pub(super) fn read(bytes: &[u8]) -> Result<Value, NotABundle> {
    json::from_slice(bytes, &JSON).map_err(|_| NotABundle::Json)
}

pub(super) fn contents(bundle: &Value) -> Result<Contents, NotABundle> {
    let media_type = bundle
        .get("mediaType")
        .and_then(Value::as_str)
        .unwrap_or_default();
    if !media_type.starts_with("application/vnd.dev.sigstore.bundle") {
        return Err(NotABundle::MediaType {
            found: media_type.to_owned(),
        });
    }
    let text = |pointer: &str| bundle.pointer(pointer).and_then(Value::as_str);
    let payload = text("/dsseEnvelope/payload").and_then(|payload| STANDARD.decode(payload).ok());
    let (Some(payload), Some(_)) = (payload, text(SIGNATURE)) else {
        return Err(NotABundle::Envelope);
    };
    let statement =
        Statement::parse(&payload, &StatementLimits::default()).map_err(|error| NotABundle::Statement {
            detail: error.to_string(),
        })?;
    let subjects = statement
        .subjects()
        .iter()
        .flat_map(|subject| subject.digest().iter())
        .cloned()
        .collect();
    Ok(Contents {
        subjects,
        predicate_type: statement.predicate_type().to_owned(),
    })
}

const SIGNATURE: &str = "/dsseEnvelope/signatures/0/sig";

/// Returns the bundle with a signature that differs in its last bits.
pub(super) fn with_other_signature(bundle: &Value) -> Value {
    let mut bundle = bundle.clone();
    if let Some(signature) = bundle.pointer_mut(SIGNATURE) {
        let mut bytes = signature
            .as_str()
            .and_then(|text| STANDARD.decode(text).ok())
            .unwrap_or_default();
        if let Some(last) = bytes.last_mut() {
            *last ^= 1;
        }
        *signature = Value::String(STANDARD.encode(bytes));
    }
    bundle
}

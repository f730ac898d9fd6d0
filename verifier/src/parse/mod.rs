//! From bytes to [`Attestation`]s, whatever the file that they came in.
//!
//! An input is one of: a Sigstore bundle; a DSSE envelope; the npm registry's or GitHub's answer with an
//! `attestations` list; or JSON Lines of any of them, in any order, as `gh attestation download` writes them.

mod base64;
mod bundle;
mod envelope;
mod gcloud;
mod oci_layout;

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, SeqAccess, Visitor};
use serde_json::value::RawValue;
use slsa_predicates::json::{self, JsonError};

pub use gcloud::{GcloudImage, GcloudItem, GcloudProvenance, GcloudText, parse_gcloud};
pub use oci_layout::{BlobStore, ImageAttestations, read_oci_layout};

use crate::attestation::Attestation;
use crate::error::ReadError;
use crate::limits::{Limit, Limits};

/// What one input holds.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parsed {
    /// What is, or claims to be, an attestation: read, or with the reason why it could not be.
    pub items: Vec<ParsedItem>,
    /// The lines that are no attestation of any known format. They neither fail nor satisfy anything.
    pub skipped: Vec<usize>,
}

/// One attestation of an input, or why it could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ParsedItem {
    /// The line in JSON Lines or the place in a list, from 1.
    pub position: usize,
    /// The attestation.
    pub result: Result<Attestation, ReadError>,
}

/// Reads every attestation of an input.
///
/// # Errors
/// [`ReadError::Limit`] for an input beyond its limits; [`ReadError::NoAttestation`] for one that holds
/// nothing of a known format; otherwise the error of the one document that the input is. A broken
/// attestation among several is an error of its [`ParsedItem`] alone.
pub fn parse(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    if bytes.len() > limits.input_bytes {
        let (found, max) = (bytes.len(), limits.input_bytes);
        return Err(ReadError::Limit {
            limit: Limit::InputBytes,
            found,
            max,
        });
    }
    match json::check(bytes, &limits.json()) {
        Ok(()) => document(bytes, limits),
        Err(error) => match lines(bytes, limits)? {
            parsed if parsed.items.is_empty() => Err(error.into()),
            parsed => Ok(parsed),
        },
    }
}

/// Reads an input that is one JSON document.
fn document(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let shape = Shape::of(bytes)?;
    if let Some(list) = shape.as_ref().and_then(|shape| shape.attestations) {
        let items = listed(list, limits)?;
        return Ok(Parsed {
            items,
            skipped: Vec::new(),
        });
    }
    let attestation = shape.map_or(Ok(None), |shape| single(&shape, bytes, limits))?;
    let result = Ok(attestation.ok_or(ReadError::NoAttestation)?);
    Ok(Parsed {
        items: vec![ParsedItem { position: 1, result }],
        skipped: Vec::new(),
    })
}

/// Reads JSON Lines. A line that is not JSON, or not ours, is skipped.
fn lines(bytes: &[u8], limits: &Limits) -> Result<Parsed, ReadError> {
    let mut parsed = Parsed {
        items: Vec::new(),
        skipped: Vec::new(),
    };
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let position = index.saturating_add(1);
        if position > limits.lines {
            let (limit, max) = (Limit::Lines, limits.lines);
            return Err(ReadError::Limit {
                limit,
                found: position,
                max,
            });
        }
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        let result = match json::check(line, &limits.json()) {
            // What cannot be read cannot be told from what is not ours, unless its shape is plain.
            Err(JsonError::Syntax { .. }) => Ok(None),
            Err(error) => Err(error.into()),
            Ok(()) => match Shape::of(line) {
                Ok(shape) => shape.map_or(Ok(None), |shape| single(&shape, line, limits)),
                Err(error) => Err(error),
            },
        };
        match result.transpose() {
            None => {
                if parsed.skipped.len() < limits.attestations {
                    parsed.skipped.push(position);
                }
            }
            Some(result) => {
                let (found, max) = (parsed.items.len().saturating_add(1), limits.attestations);
                if found > max {
                    return Err(ReadError::Limit {
                        limit: Limit::Attestations,
                        found,
                        max,
                    });
                }
                parsed.items.push(ParsedItem { position, result });
            }
        }
    }
    Ok(parsed)
}

/// The fields by which a document's kind is known.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shape<'a> {
    #[serde(borrow, alias = "media_type")]
    media_type: Option<&'a RawValue>,
    #[serde(borrow, alias = "verification_material")]
    verification_material: Option<&'a RawValue>,
    #[serde(borrow, alias = "dsse_envelope")]
    dsse_envelope: Option<&'a RawValue>,
    #[serde(borrow, alias = "message_signature")]
    message_signature: Option<&'a RawValue>,
    #[serde(borrow, alias = "payload_type")]
    payload_type: Option<&'a RawValue>,
    #[serde(borrow)]
    signatures: Option<&'a RawValue>,
    #[serde(borrow)]
    attestations: Option<&'a RawValue>,
}

impl<'a> Shape<'a> {
    /// Looks at a document's fields, if it is an object. One that has a field in both spellings is an error.
    fn of(bytes: &'a [u8]) -> Result<Option<Self>, ReadError> {
        if bytes.trim_ascii_start().first() == Some(&b'{') {
            typed(bytes).map(Some)
        } else {
            Ok(None)
        }
    }
}

/// Reads a bundle or an envelope, or returns `None` for a document that is neither.
fn single(shape: &Shape<'_>, bytes: &[u8], limits: &Limits) -> Result<Option<Attestation>, ReadError> {
    let is_bundle = shape.verification_material.is_some()
        || shape.dsse_envelope.is_some()
        || shape.message_signature.is_some()
        || shape
            .media_type
            .is_some_and(|text| text.get().contains(bundle::MEDIA_TYPE_PREFIX));
    if is_bundle {
        return bundle::read(bytes, limits).map(Some);
    }
    if shape.payload_type.is_some() && shape.signatures.is_some() {
        return envelope::read(bytes, limits).map(Some);
    }
    Ok(None)
}

/// An element of the npm registry's and GitHub's `attestations` lists.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    bundle: Option<&'a RawValue>,
}

/// Reads the answer of a registry.
fn listed(list: &RawValue, limits: &Limits) -> Result<Vec<ParsedItem>, ReadError> {
    let listed = bounded::<Listed<'_>>(list, Limit::Attestations, limits.attestations)?;
    if listed.is_empty() {
        return Err(ReadError::NoAttestation);
    }
    let items = listed.into_iter().enumerate().map(|(index, listed)| {
        let result = listed.bundle.ok_or(ReadError::MissingField {
            field: "attestations.bundle",
        });
        let result = result.and_then(|raw| bundle::read(raw.get().as_bytes(), limits));
        ParsedItem {
            position: index.saturating_add(1),
            result,
        }
    });
    Ok(items.collect())
}

/// Parses JSON, whose duplicate keys and depth were checked before, into a type.
fn typed<'de, T: Deserialize<'de>>(json: &'de [u8]) -> Result<T, ReadError> {
    Ok(json::from_checked_slice(json)?)
}

/// Parses an array and stops at its first element beyond the limit, before that element is built.
fn bounded<'a, T: Deserialize<'a>>(raw: &'a RawValue, limit: Limit, max: usize) -> Result<Vec<T>, ReadError> {
    struct Bounded<T> {
        max: usize,
        element: PhantomData<T>,
    }

    /// The elements up to the limit, and whether there are more.
    type Elements<T> = (Vec<T>, bool);

    impl<'de, T: Deserialize<'de>> DeserializeSeed<'de> for Bounded<T> {
        type Value = Elements<T>;

        fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
            deserializer.deserialize_seq(self)
        }
    }

    impl<'de, T: Deserialize<'de>> Visitor<'de> for Bounded<T> {
        type Value = Elements<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut elements = Vec::new();
            while elements.len() < self.max {
                match seq.next_element()? {
                    Some(element) => elements.push(element),
                    None => return Ok((elements, false)),
                }
            }
            let mut more = false;
            while seq.next_element::<serde::de::IgnoredAny>()?.is_some() {
                more = true;
            }
            Ok((elements, more))
        }
    }

    if raw.get() == "null" {
        return Ok(Vec::new());
    }
    let mut deserializer = serde_json::Deserializer::from_str(raw.get());
    let (elements, more) = Bounded {
        max,
        element: PhantomData,
    }
    .deserialize(&mut deserializer)
    .map_err(JsonError::from)?;
    if more {
        return Err(ReadError::Limit {
            limit,
            found: max.saturating_add(1),
            max,
        });
    }
    Ok(elements)
}

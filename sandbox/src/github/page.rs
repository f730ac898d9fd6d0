//! One page of what was found, and where the pages beside it are.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::store::Attestation;

/// Attestations on a page where nothing else is asked for.
const DEFAULT_SIZE: usize = 30;
/// Attestations on a page, at most.
const MAX_SIZE: usize = 100;

/// Which page is asked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct PageQuery {
    per_page: Option<usize>,
    before: Option<String>,
    after: Option<String>,
    pub(super) predicate_type: Option<String>,
}

/// A page.
pub(super) struct Page<'a> {
    pub(super) attestations: Vec<&'a Attestation>,
    has_newer: bool,
    has_older: bool,
}

impl<'a> Page<'a> {
    /// Returns the page that is asked for of all that was found, newest first; nothing where a cursor is none.
    pub(super) fn of(found: Vec<&'a Attestation>, query: &PageQuery) -> Option<Self> {
        let size = query.per_page.unwrap_or(DEFAULT_SIZE).clamp(1, MAX_SIZE);
        let (start, end) = match (&query.after, &query.before) {
            (Some(cursor), _) => {
                let id = id_of(cursor)?;
                let start = found.partition_point(|attestation| attestation.id >= id);
                (start, start.saturating_add(size))
            }
            (None, Some(cursor)) => {
                let id = id_of(cursor)?;
                let end = found.partition_point(|attestation| attestation.id > id);
                (end.saturating_sub(size), end)
            }
            (None, None) => (0, size),
        };
        let has_older = end < found.len();
        let has_newer = start > 0;
        let attestations = found.into_iter().take(end).skip(start).collect();
        Some(Self {
            attestations,
            has_newer,
            has_older,
        })
    }

    /// Returns the `Link` header (RFC 8288) to the pages beside this one, if there are any.
    pub(super) fn links(&self, url: &str, query: &PageQuery) -> Option<String> {
        let mut common = String::new();
        if let Some(size) = query.per_page {
            common.push_str(&format!("per_page={size}&"));
        }
        if let Some(predicate_type) = &query.predicate_type {
            common.push_str(&format!("predicate_type={}&", percent_encoded(predicate_type)));
        }
        let link = |attestation: Option<&&Attestation>, side: &str, relation: &str| {
            let cursor = cursor_of(attestation?.id);
            Some(format!(r#"<{url}?{common}{side}={cursor}>; rel="{relation}""#))
        };
        let newer = self.attestations.first().filter(|_| self.has_newer);
        let older = self.attestations.last().filter(|_| self.has_older);
        let links: Vec<String> = [link(older, "after", "next"), link(newer, "before", "prev")]
            .into_iter()
            .flatten()
            .collect();
        (!links.is_empty()).then(|| links.join(", "))
    }
}

/// A cursor means nothing to a client, and should look like it.
fn cursor_of(id: u64) -> String {
    URL_SAFE_NO_PAD.encode(format!("cursor:{id}"))
}

fn id_of(cursor: &str) -> Option<u64> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    text.strip_prefix("cursor:")?.parse().ok()
}

fn percent_encoded(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

//! The names of Google Cloud Build's keys, and what each key signs.

use slsa_predicates::predicate::types::{PROVENANCE_V01, PROVENANCE_V1};

const KEYS: &str = "projects/verified-builder/locations/";
const RING: &str = "/keyRings/attestor/cryptoKeys/";
/// The key of each region, and an old global one, that signs a provenance v0.1 without DSSE's encoding.
const REGIONAL: &str = "builtByGCB";
/// The global key for provenance v0.1.
const GLOBAL_V01: &str = "provenanceSigner";
/// The global key for provenance v1.
const GLOBAL_V1: &str = "google-hosted-worker";

/// Returns the name by which Google Cloud Build's envelopes call a key, from the name of the file, without
/// `.key`, in which slsa-verifier distributes it:
///
/// | file | key | signs |
/// |---|---|---|
/// | `<region>`, `global` | `builtByGCB` of that location | the payload alone |
/// | `global-pae` | `provenanceSigner`, version 1 | DSSE's encoding |
/// | `global-pae-provenanceSigner_<n>` | `provenanceSigner`, version n | DSSE's encoding |
/// | `global-pae-google-hosted-worker_<n>` | `google-hosted-worker`, version n | DSSE's encoding |
///
/// `None` stands for any other name. A region is in lower case, has a hyphen and ends in a digit.
///
/// ```
/// assert_eq!(
///     slsa_verifier::gcloud_key_name("us-west2").as_deref(),
///     Some("projects/verified-builder/locations/us-west2/keyRings/attestor/cryptoKeys/builtByGCB/cryptoKeyVersions/1"),
/// );
/// ```
#[must_use]
pub fn key_name(file_stem: &str) -> Option<String> {
    let name = |location: &str, key: &str, version: &str| {
        Some(format!("{KEYS}{location}{RING}{key}/cryptoKeyVersions/{version}"))
    };
    if file_stem == "global-pae" {
        return name("global", GLOBAL_V01, "1");
    }
    if let Some((key, version)) = file_stem
        .strip_prefix("global-pae-")
        .and_then(|rest| rest.rsplit_once('_'))
    {
        let known = matches!(key, GLOBAL_V01 | GLOBAL_V1) && is_number(version);
        return known.then(|| name("global", key, version)).flatten();
    }
    let region = is_location(file_stem)
        && file_stem.contains('-')
        && file_stem.ends_with(|last: char| last.is_ascii_digit());
    (region || file_stem == "global")
        .then(|| name(file_stem, REGIONAL, "1"))
        .flatten()
}

/// Says whether a key of this name signs payloads alone.
pub(crate) fn signs_payload(keyid: &str) -> bool {
    key_of(keyid).is_some_and(|(_, key)| key == REGIONAL)
}

/// Says whether the key of this name signs predicates of this type.
pub(super) fn signs_predicate(keyid: &str, predicate_type: &str) -> bool {
    match key_of(keyid) {
        Some((_, REGIONAL)) => predicate_type == PROVENANCE_V01,
        Some(("global", GLOBAL_V01)) => predicate_type == PROVENANCE_V01,
        Some(("global", GLOBAL_V1)) => predicate_type == PROVENANCE_V1,
        _ => false,
    }
}

/// Takes location and key out of one of Google's key names.
fn key_of(keyid: &str) -> Option<(&str, &str)> {
    let (location, rest) = keyid.strip_prefix(KEYS)?.split_once(RING)?;
    let (key, version) = rest.split_once("/cryptoKeyVersions/")?;
    (is_location(location) && is_number(version)).then_some((location, key))
}

fn is_location(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !text.is_empty() && text.bytes().all(plain)
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

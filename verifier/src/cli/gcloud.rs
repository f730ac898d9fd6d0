//! What `gcloud` prints of an image, as evidence beside all other.

use std::path::Path;

use jiff::Timestamp;

use super::evidence::{self, Evidence};
use super::exit::Exit;
use super::proven::Proven;
use super::{Failure, hint, setup};
use crate::artifact::Artifact;
use crate::error::{Error, NotAsExpected};
use crate::gcloud;
use crate::key::PublicKey;
use crate::limits::Limits;
use crate::parse::{GcloudImage, parse_gcloud};
use crate::verify::Verifier;

/// Files in a folder of keys: 256. Google has some thirty regions.
const MAX_KEYS: usize = 256;

/// The field by which what `gcloud` prints is known from attestations.
const FIELD: &[u8] = b"\"provenance_summary\"";

/// What stands behind a path.
pub(crate) enum Input {
    Described(GcloudImage),
    Evidence(Vec<Evidence>),
}

/// Loads attestations, or what `gcloud` printed.
pub(crate) fn load(path: &Path, limits: &Limits) -> Result<Input, Failure> {
    if path.is_dir() || path == Path::new("-") {
        return evidence::load(path, limits).map(Input::Evidence);
    }
    let bytes = evidence::read_file(path, limits)?;
    if !bytes.windows(FIELD.len()).any(|window| window == FIELD) {
        let origin = path.display().to_string();
        return Ok(Input::Evidence(evidence::of_bytes(&origin, &bytes, limits)));
    }
    parse_gcloud(&bytes, limits)
        .map(Input::Described)
        .map_err(|error| {
            let code = error.code();
            Failure::new(
                Exit::from(code.outcome()),
                format!("{}: {code}: {error}", path.display()),
            )
            .with_hint(hint::of(code))
        })
}

/// Proves what Google Cloud Build signed, and holds what stands around it against it.
pub(crate) fn prove(
    image: &GcloudImage,
    origin: &Path,
    verifier: &Verifier,
    artifact: &Artifact,
    now: Timestamp,
) -> Proven {
    let mut proven = Proven::default();
    for item in &image.provenances {
        let origin = format!("{}:{}", origin.display(), item.position);
        let provenance = match &item.result {
            Ok(provenance) => provenance,
            Err(error) => {
                proven.push(origin, Err(error.clone().into()));
                continue;
            }
        };
        for signature in &provenance.signatures {
            let signed = match &signature.result {
                Ok(attestation) => verifier.authenticate(attestation, now),
                Err(error) => Err(error.clone().into()),
            };
            let checked = signed.and_then(|signed| {
                let verified = signed.about(artifact)?;
                gcloud::check(image, provenance, &verified)
                    .map_err(|error| Error::from(NotAsExpected::Gcloud(error)))?;
                Ok(signed)
            });
            proven.push(format!("{origin}.{}", signature.position), checked);
        }
    }
    proven
}

/// Reads a folder of Google's public keys.
pub(crate) fn keys(folder: &Path) -> Result<Vec<PublicKey>, Failure> {
    let failure = |detail: String| Failure::new(Exit::Usage, format!("{}: {detail}", folder.display()));
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|error| failure(error.to_string()))? {
        paths.push(entry.map_err(|error| failure(error.to_string()))?.path());
        if paths.len() > MAX_KEYS {
            return Err(failure(format!("more than {MAX_KEYS} files")));
        }
    }
    paths.sort();
    let mut keys = Vec::new();
    for path in paths {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
        if let Some(name) = stem.and_then(|stem| gcloud::key_name(&stem)) {
            keys.push(setup::key_file(&path)?.with_name(name));
        }
    }
    if keys.is_empty() {
        return Err(failure(
            "no key of Google Cloud Build: REGION.key, global.key".to_owned(),
        ));
    }
    Ok(keys)
}

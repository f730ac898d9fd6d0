//! `slsa-verify image`: the attestations of a container image, from an OCI layout or a file. Registries are not
//! asked.

use std::io::Write;
use std::path::{Path, PathBuf};

use slsa_predicates::Digest;

use super::answer::Answer;
use super::args::ImageArgs;
use super::artifact::{Demanded, Session, finish};
use super::evidence::{self, Evidence};
use super::exit::Exit;
use super::{Failure, setup};
use crate::artifact::Artifact;
use crate::error::{Error, NotAsExpected};
use crate::gcloud;
use crate::key::PublicKey;
use crate::limits::Limits;
use crate::parse::{GcloudImage, parse_gcloud};
use crate::policy::{Authenticated, Subject};
use crate::verify::Verifier;

/// Files in a folder of keys: 256. Google has some thirty regions.
const MAX_KEYS: usize = 256;

/// An image, as it was named in a call.
pub(crate) struct Image {
    /// The layout that it stands in.
    pub(crate) layout: Option<PathBuf>,
    pub(crate) name: String,
    pub(crate) digest: Digest,
}

/// Reads `oci-layout:DIR@sha256:HEX` or `NAME@sha256:HEX`. An image without digest can change between the check
/// and its use.
pub(crate) fn image(text: &str) -> Result<Image, Failure> {
    let mutable = || {
        Failure::new(Exit::Usage, format!("{text}: an image is verified by its digest"))
            .with_hint("write it as NAME@sha256:… or oci-layout:DIR@sha256:…")
    };
    let (name, digest) = text.rsplit_once('@').ok_or_else(mutable)?;
    let digest =
        Digest::parse(digest).map_err(|error| Failure::new(Exit::Usage, format!("{text}: {error}")))?;
    let layout = name.strip_prefix("oci-layout:").map(PathBuf::from);
    let name = name.strip_prefix("oci-layout:").unwrap_or(name);
    // A tag stands behind the last colon after the last slash, and means nothing beside the digest.
    let (folder, last) = name
        .rsplit_once('/')
        .map_or(("", name), |(folder, last)| (folder, last));
    let last = last.split_once(':').map_or(last, |(last, _)| last);
    let name = if folder.is_empty() {
        last.to_owned()
    } else {
        format!("{folder}/{last}")
    };
    Ok(Image { layout, name, digest })
}

pub(crate) fn run(args: &ImageArgs, stdout: &mut dyn Write, stderr: &mut dyn Write) -> Result<Exit, Failure> {
    let limits = Limits::default();
    let now = setup::time(args.verification.at.as_deref())?;
    let image = image(&args.image)?;
    let demanded = setup::demanded(&args.expected, &args.signer, args.policy.as_deref())?;
    let Demanded::Policy(policy) = demanded else {
        let message = "say what is expected of the image: --source-uri, another expectation, or --policy";
        return Err(Failure::new(Exit::Usage, message));
    };
    let demanded = Demanded::Policy(policy.clone());
    let verifier = setup::verifier(
        &args.roots,
        &args.signer,
        &args.verification,
        args.policy.as_deref(),
        &demanded,
    )?;
    let google = match &args.keys {
        Some(folder) => Some(setup::build(
            Vec::new(),
            google_keys(folder)?,
            args.verification.engine,
        )?),
        None => None,
    };
    let session = Session {
        verifier,
        now,
        demanded,
    };
    let artifact = Artifact::from_digest(image.digest.clone());
    let (mut found, mut origins, mut authenticated) = (Vec::new(), Vec::new(), Vec::new());
    for path in image.layout.iter().chain(&args.bundle) {
        match gcloud_file(path, &limits)? {
            Some(described) => {
                let verifier = google.as_ref().unwrap_or(&session.verifier);
                of_gcloud(
                    &described,
                    verifier,
                    &artifact,
                    now,
                    path,
                    &mut origins,
                    &mut authenticated,
                );
            }
            None => found.extend(evidence::load(path, &limits)?),
        }
    }
    let (own_origins, own) = prove(&session, &found);
    origins.extend(own_origins);
    authenticated.extend(own);
    let name = args.name.clone().unwrap_or(image.name);
    let verdict = policy.evaluate(Subject::Image(&name), &artifact, &authenticated, &[]);
    let answer = Answer::of_verdict(args.image.clone(), artifact.digests().to_vec(), verdict, &origins);
    let output = args.output.with_policy(args.policy.as_deref());
    finish(&[answer], &session, &output, stdout, stderr)
}

/// Proves evidence one after the other.
pub(crate) fn prove(session: &Session, found: &[Evidence]) -> (Vec<String>, Vec<Authenticated>) {
    let origins = found.iter().map(|evidence| evidence.origin.clone()).collect();
    let prove = |evidence: &Evidence| match &evidence.result {
        Ok(attestation) => session.verifier.authenticate(attestation, session.now),
        Err(error) => Err(error.clone().into()),
    };
    (origins, found.iter().map(prove).collect())
}

/// Reads a file that `gcloud` printed, or nothing if it is something else.
pub(crate) fn gcloud_file(path: &Path, limits: &Limits) -> Result<Option<GcloudImage>, Failure> {
    if path.is_dir() || path == Path::new("-") {
        return Ok(None);
    }
    let bytes = setup::read_file(path, limits.input_bytes)?;
    let looks_like_it = bytes
        .windows(b"\"provenance_summary\"".len())
        .any(|window| window == b"\"provenance_summary\"");
    if !looks_like_it {
        return Ok(None);
    }
    parse_gcloud(&bytes, limits).map(Some).map_err(|error| {
        Failure::new(
            Exit::from(error.code().outcome()),
            format!("{}: {}: {error}", path.display(), error.code()),
        )
        .with_hint(super::hint::of(error.code()))
    })
}

/// Proves what Google Cloud Build signed, and holds what stands around it against it.
pub(crate) fn of_gcloud(
    image: &GcloudImage,
    verifier: &Verifier,
    artifact: &Artifact,
    now: jiff::Timestamp,
    path: &Path,
    origins: &mut Vec<String>,
    authenticated: &mut Vec<Authenticated>,
) {
    for item in &image.provenances {
        let origin = format!("{}:{}", path.display(), item.position);
        let provenance = match &item.result {
            Ok(provenance) => provenance,
            Err(error) => {
                origins.push(origin);
                authenticated.push(Err(error.clone().into()));
                continue;
            }
        };
        for signature in &provenance.signatures {
            let proven = match &signature.result {
                Ok(attestation) => verifier.authenticate(attestation, now),
                Err(error) => Err(error.clone().into()),
            };
            let checked = proven.and_then(|signed| {
                let verified = signed.about(artifact)?;
                gcloud::check(image, provenance, &verified)
                    .map_err(|error| Error::from(NotAsExpected::Gcloud(error)))?;
                Ok(signed)
            });
            origins.push(format!("{origin}.{}", signature.position));
            authenticated.push(checked);
        }
    }
}

/// Reads a folder of Google's public keys.
pub(crate) fn google_keys(folder: &Path) -> Result<Vec<PublicKey>, Failure> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_is_named_with_its_digest_and_its_tag_means_nothing() {
        let digest = format!("sha256:{}", "1".repeat(64));
        for (text, name, layout) in [
            ("ghcr.io/o/i", "ghcr.io/o/i", None),
            ("ghcr.io:443/o/i:v1", "ghcr.io:443/o/i", None),
            ("oci-layout:./l", "./l", Some("./l")),
        ] {
            let image = image(&format!("{text}@{digest}")).unwrap();
            assert_eq!(
                (image.name.as_str(), image.layout),
                (name, layout.map(PathBuf::from))
            );
        }
        assert!(image("ghcr.io/o/i:v1").is_err());
        assert!(image("ghcr.io/o/i@sha256:12").is_err());
    }
}

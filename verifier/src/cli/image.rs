//! `slsa-verify image`: the attestations of a container image, from an OCI layout or a file. Registries are not
//! asked.

use std::io::Write;
use std::path::PathBuf;

use slsa_predicates::Digest;

use super::args::ImageArgs;
use super::artifact::Demanded;
use super::exit::Exit;
use super::gcloud::{self, Input};
use super::proven::Proven;
use super::{Failure, output, setup};
use crate::artifact::Artifact;
use crate::limits::Limits;
use crate::policy::Subject;

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
    let now = setup::time(args.demand.verification.at.as_deref())?;
    let image = image(&args.image)?;
    let Demanded::Policy(policy) = setup::demanded(&args.demand)? else {
        let message = "say what is expected of the image: --source-uri, another expectation, or --policy";
        return Err(Failure::new(Exit::Usage, message));
    };
    let verifier = args.demand.verifier(Some(&policy))?;
    let engine = args.demand.verification.engine;
    let google = match &args.keys {
        Some(folder) => Some(setup::build(Vec::new(), gcloud::keys(folder)?, engine)?),
        None => None,
    };
    let artifact = Artifact::from_digest(image.digest.clone());
    let (mut proven, mut found) = (Proven::default(), Vec::new());
    for path in image.layout.iter().chain(&args.bundle) {
        match gcloud::load(path, &limits)? {
            Input::Described(described) => {
                let verifier = google.as_ref().unwrap_or(&verifier);
                proven.extend(gcloud::prove(&described, path, verifier, &artifact, now));
            }
            Input::Evidence(evidence) => found.extend(evidence),
        }
    }
    proven.extend(Proven::prove(&verifier, &found, now));
    let name = args.name.clone().unwrap_or(image.name);
    let subject = Subject::Image(&name);
    let answer = proven.decide(
        &policy,
        args.image.clone(),
        subject,
        &artifact,
        &Proven::default(),
    );
    let policy_file = args.demand.policy.as_deref();
    output::finish(&[answer], &args.demand.output, policy_file, now, stdout, stderr)
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

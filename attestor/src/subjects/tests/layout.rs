//! OCI layouts.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use slsa_predicates::{Digest, DigestAlgorithm, Subject};
use slsa_verifier::hash_reader;

use super::{collect_all, names};
use crate::subjects::{LayoutFault, MAX_LAYOUT_MANIFESTS, OpenFault, SubjectSource, SubjectsError};

fn digest_of(bytes: &[u8]) -> Digest {
    let hashed = hash_reader(bytes, &[DigestAlgorithm::Sha256], |_| {}).unwrap();
    hashed.digests()[0].clone()
}

/// Writes a manifest, and returns what the index says of it.
fn manifest(layout: &Path, manifest: &Value, annotations: Value) -> Value {
    let bytes = manifest.to_string();
    let digest = digest_of(bytes.as_bytes());
    let blobs = layout.join("blobs/sha256");
    fs::create_dir_all(&blobs).unwrap();
    fs::write(blobs.join(digest.value()), bytes).unwrap();
    json!({"mediaType": "m", "digest": digest.to_string(), "size": 1, "annotations": annotations})
}

fn index(layout: &Path, manifests: &[Value]) {
    fs::write(
        layout.join("index.json"),
        json!({"manifests": manifests}).to_string(),
    )
    .unwrap();
}

fn called(name: &str) -> Value {
    json!({"org.opencontainers.image.ref.name": name})
}

fn collected(layout: &Path, name: Option<&str>) -> Result<Vec<Subject>, SubjectsError> {
    collect_all(&[SubjectSource::OciLayout {
        directory: layout.to_owned(),
        name: name.map(ToOwned::to_owned),
    }])
}

fn fault(layout: &Path, name: Option<&str>) -> LayoutFault {
    match collected(layout, name).unwrap_err() {
        SubjectsError::OciLayout { path, fault } if path == layout => fault,
        other => panic!("{other}"),
    }
}

#[test]
fn images_have_the_digests_of_the_index_and_the_names_of_their_annotations() {
    let layout = tempfile::tempdir().unwrap();
    let (one, two) = (json!({"layers": []}), json!({"manifests": []}));
    let manifests = [
        manifest(layout.path(), &one, called("b:v1")),
        manifest(layout.path(), &two, called("a:v1")),
    ];
    index(layout.path(), &manifests);
    let subjects = collected(layout.path(), None).unwrap();
    assert_eq!(names(&subjects), ["a:v1", "b:v1"]);
    let expected = [two, one].map(|manifest| digest_of(manifest.to_string().as_bytes()).into());
    assert!(subjects.iter().map(Subject::digest).eq(&expected));
}

#[test]
fn a_given_name_stands_before_the_annotation_and_one_of_both_is_needed() {
    let layout = tempfile::tempdir().unwrap();
    let image = json!({"layers": []});
    index(
        layout.path(),
        &[manifest(layout.path(), &image, called("latest"))],
    );
    let subjects = collected(layout.path(), Some("ghcr.io/o/r")).unwrap();
    assert_eq!(names(&subjects), ["ghcr.io/o/r"]);
    index(layout.path(), &[manifest(layout.path(), &image, json!({}))]);
    assert_eq!(names(&collected(layout.path(), Some("a")).unwrap()), ["a"]);
    let digest = digest_of(image.to_string().as_bytes());
    assert_eq!(fault(layout.path(), None), LayoutFault::NoName { digest });
}

#[test]
fn what_is_attached_to_an_image_is_no_image() {
    let layout = tempfile::tempdir().unwrap();
    let image = manifest(layout.path(), &json!({"layers": []}), called("a"));
    let referrer = manifest(layout.path(), &json!({"subject": {"digest": "x"}}), called("b"));
    let cosigns = json!({"kind": "dev.cosignproject.cosign/atts"});
    let attachment = manifest(layout.path(), &json!({"layers": [1]}), cosigns);
    index(layout.path(), &[referrer.clone(), image, attachment.clone()]);
    assert_eq!(names(&collected(layout.path(), None).unwrap()), ["a"]);
    index(layout.path(), &[referrer, attachment]);
    assert_eq!(fault(layout.path(), None), LayoutFault::NoImage);
}

#[test]
fn a_manifest_with_other_bytes_than_its_digest_says_is_refused() {
    let layout = tempfile::tempdir().unwrap();
    let image = json!({"layers": []});
    index(layout.path(), &[manifest(layout.path(), &image, called("a"))]);
    let digest = digest_of(image.to_string().as_bytes());
    let blob = layout.path().join("blobs/sha256").join(digest.value());
    fs::write(&blob, "{}").unwrap();
    let expected = LayoutFault::OtherBytes {
        digest: digest.clone(),
    };
    assert_eq!(fault(layout.path(), None), expected);
    fs::remove_file(&blob).unwrap();
    let fault_open = OpenFault::Io {
        kind: std::io::ErrorKind::NotFound,
    };
    let expected = LayoutFault::Open {
        file: digest.to_string(),
        fault: fault_open,
    };
    assert_eq!(fault(layout.path(), None), expected);
}

#[test]
fn a_digest_that_leads_elsewhere_or_is_of_another_algorithm_is_refused() {
    let layout = tempfile::tempdir().unwrap();
    let listed = |digest: &str| {
        index(layout.path(), &[json!({"digest": digest})]);
        fault(layout.path(), Some("a"))
    };
    assert!(matches!(
        listed("sha256:../../../../etc/passwd"),
        LayoutFault::Digest(_)
    ));
    let sha512 = format!("sha512:{}", "a".repeat(128));
    let digest = Digest::parse(&sha512).unwrap();
    assert_eq!(listed(&sha512), LayoutFault::NotSha256 { digest });
}

#[test]
fn as_many_manifests_as_allowed_are_read_and_one_more_is_an_error() {
    let layout = tempfile::tempdir().unwrap();
    let mut manifests: Vec<Value> = (0..MAX_LAYOUT_MANIFESTS)
        .map(|i| manifest(layout.path(), &json!({"layers": [i]}), called(&i.to_string())))
        .collect();
    index(layout.path(), &manifests);
    assert_eq!(
        collected(layout.path(), None).unwrap().len(),
        MAX_LAYOUT_MANIFESTS
    );
    manifests.push(json!({"digest": ""}));
    index(layout.path(), &manifests);
    let expected = LayoutFault::TooMany { found: 129, max: 128 };
    assert_eq!(fault(layout.path(), None), expected);
}

#[test]
fn an_index_as_large_as_allowed_is_read_and_one_byte_more_is_an_error() {
    let layout = tempfile::tempdir().unwrap();
    let image = manifest(layout.path(), &json!({"layers": []}), called("a"));
    let text = json!({"manifests": [image]}).to_string();
    let of_bytes = |bytes: usize| {
        let spaces = " ".repeat(bytes - text.len());
        fs::write(layout.path().join("index.json"), format!("{text}{spaces}")).unwrap();
    };
    let max = 4 << 20;
    of_bytes(max);
    assert!(collected(layout.path(), None).is_ok());
    of_bytes(max + 1);
    let file = "index.json".to_owned();
    assert_eq!(fault(layout.path(), None), LayoutFault::TooLarge { file, max });
}

#[test]
fn what_is_no_layout_is_an_error() {
    let layout = tempfile::tempdir().unwrap();
    let file = "index.json".to_owned();
    let missing = OpenFault::Io {
        kind: std::io::ErrorKind::NotFound,
    };
    assert_eq!(
        fault(layout.path(), None),
        LayoutFault::Open { file, fault: missing }
    );
    fs::write(layout.path().join("index.json"), "{}").unwrap();
    assert!(matches!(fault(layout.path(), None), LayoutFault::Json { .. }));
    index(layout.path(), &[]);
    assert_eq!(fault(layout.path(), None), LayoutFault::NoImage);
}

//! Subjects and artifacts, in statements that the test signs with a key of its own.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "tests")]

mod support;

use serde_json::{Value, json};
use slsa_verifier::predicates::Digest;
use slsa_verifier::{Artifact, Code, PublicKey};
use support::keyed;

/// Verifies a statement about a subject with these digests.
fn verify(digests: &Value, artifact: &Artifact) -> Result<(), Code> {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": [{ "digest": digests }],
        "predicateType": "https://example.com/p", "predicate": {},
    });
    keyed::verify(&statement, artifact)
        .map(|_| ())
        .map_err(|error| error.code())
}

fn named(digest: &str) -> Artifact {
    Artifact::from_digest(Digest::parse(digest).unwrap())
}

#[test]
fn a_commit_is_matched_by_its_own_name_and_no_other() {
    let commit = "a".repeat(40);
    let subject = json!({ "gitCommit": commit });
    assert_eq!(verify(&subject, &named(&format!("gitCommit:{commit}"))), Ok(()));
    assert_eq!(
        verify(&subject, &named(&format!("gitCommit:{}", "b".repeat(40)))),
        Err(Code::SubjectMismatch)
    );
    assert_eq!(
        verify(&subject, &named(&format!("gitTree:{commit}"))),
        Err(Code::SubjectMismatch)
    );
}

#[test]
fn a_digest_that_can_be_forged_names_nothing() {
    let sha1 = "a9993e364706816aba3e25717850c26c9cd0d89d";
    assert_eq!(
        verify(&json!({ "sha1": sha1 }), &named(&format!("sha1:{sha1}"))),
        Err(Code::SubjectMismatch)
    );
}

#[test]
fn all_digests_must_agree_where_the_bytes_are_at_hand_and_the_given_one_where_they_are_not() {
    let sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    let sha512 = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a\
                  2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";
    let bytes = Artifact::from_bytes(b"abc");
    assert_eq!(
        verify(&json!({ "sha256": sha256, "sha512": sha512 }), &bytes),
        Ok(())
    );
    let wrong = json!({ "sha256": sha256, "sha512": "0".repeat(128) });
    assert_eq!(verify(&wrong, &bytes), Err(Code::SubjectMismatch));
    assert_eq!(verify(&wrong, &named(&format!("sha256:{sha256}"))), Ok(()));
}

#[test]
fn a_private_key_is_no_public_one() {
    let mut jwk = keyed::jwk(1);
    assert!(PublicKey::parse(jwk.to_string().as_bytes()).is_ok());
    jwk["d"] = json!("AA");
    assert!(PublicKey::parse(jwk.to_string().as_bytes()).is_err());
}

#[test]
fn all_that_is_known_of_an_artifact_must_stand_in_one_subject() {
    let sha256 = "1".repeat(64);
    let subject = json!({ "sha256": sha256, "gce_image_id": "42" });
    let known = |digests: &[&str], names: &[(&str, &str)]| {
        let digests = digests
            .iter()
            .map(|digest| Digest::parse(digest).unwrap())
            .collect();
        let names = names
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Artifact::from_known(digests, names.collect())
    };
    let digest = format!("sha256:{sha256}");
    let other = format!("sha256:{}", "2".repeat(64));
    assert_eq!(
        verify(&subject, &known(&[&digest], &[("gce_image_id", "42")])),
        Ok(())
    );
    assert_eq!(verify(&subject, &known(&[], &[("gce_image_id", "42")])), Ok(()));
    for artifact in [
        known(&[&digest], &[("gce_image_id", "43")]),
        known(&[&other], &[("gce_image_id", "42")]),
        known(&[&digest, &format!("sha512:{}", "1".repeat(128))], &[]),
        known(&[], &[]),
    ] {
        assert_eq!(
            verify(&subject, &artifact),
            Err(Code::SubjectMismatch),
            "{artifact:?}"
        );
    }
}

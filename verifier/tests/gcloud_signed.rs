//! What Google Cloud Build may sign, and how: statements and envelopes signed with keys of the tests' own that
//! bear the names of Google's.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    reason = "tests"
)]

mod support;

use serde_json::{Value, json};
use slsa_verifier::predicates::Digest;
use slsa_verifier::{
    Artifact, Code, Error, GcloudMismatch, Limits, PublicKey, Verifier, check_gcloud, gcloud_key_name, parse,
    parse_gcloud,
};
use support::gcloud::{digest, envelope, image};
use support::p256::{Pair, pre_authentication_encoding};

const IN_TOTO: &str = "application/vnd.in-toto+json";

fn artifact() -> Artifact {
    Artifact::from_digest(Digest::parse(&digest()).unwrap())
}

fn regional() -> String {
    gcloud_key_name("us-west2").unwrap()
}

fn statement(predicate_type: &str, predicate: &Value) -> Vec<u8> {
    json!({
        "_type": "https://in-toto.io/Statement/v0.1", "predicateType": predicate_type, "predicate": predicate,
        "subject": [{ "name": "n", "digest": { "sha256": "1".repeat(64) } }],
    })
    .to_string()
    .into_bytes()
}

fn v01(builder: &str, recipe: &str) -> Value {
    json!({
        "builder": { "id": format!("https://cloudbuild.googleapis.com/{builder}") },
        "recipe": {
            "type": format!("https://cloudbuild.googleapis.com/{recipe}"),
            "arguments": { "@type": "type.googleapis.com/google.devtools.cloudbuild.v1.Build" },
        },
    })
}

fn v1() -> Value {
    json!({
        "buildDefinition": {
            "buildType": "https://cloud.google.com/build/gcb-buildtypes/google-worker/v1",
            "externalParameters": {},
        },
        "runDetails": { "builder": { "id": "https://cloudbuild.googleapis.com/GoogleHostedWorker" } },
    })
}

/// Verifies the first signature of the first provenance.
fn verify(keys: Vec<PublicKey>, image: &Value) -> Result<Result<(), GcloudMismatch>, Error> {
    let builder = keys
        .into_iter()
        .fold(Verifier::builder(Vec::new()), |builder, key| builder.key(key));
    let image = parse_gcloud(image.to_string().as_bytes(), &Limits::default())?;
    let provenance = image.provenances[0].result.clone()?;
    let attestation = provenance.signatures[0].result.clone()?;
    let verified = builder
        .build()
        .unwrap()
        .verify(&attestation, &artifact(), support::now())?;
    Ok(check_gcloud(&image, &provenance, &verified))
}

/// What becomes of a predicate that the key of this file signed.
fn signed(file: &str, predicate_type: &str, predicate: &Value) -> Result<(), GcloudMismatch> {
    let (pair, name) = (Pair::new(), gcloud_key_name(file).unwrap());
    let payload = statement(predicate_type, predicate);
    let signature = match file.strip_prefix("global-pae") {
        Some(_) => pair.sign(&pre_authentication_encoding(IN_TOTO, &payload)),
        None => pair.sign(&payload),
    };
    let image = image(&[envelope(&payload, &[(&name, signature)])]);
    verify(vec![pair.public().with_name(name)], &image).unwrap()
}

const V01: &str = "https://slsa.dev/provenance/v0.1";
const V1: &str = "https://slsa.dev/provenance/v1";
const V1_KEY: &str = "global-pae-google-hosted-worker_1";

#[test]
fn each_worker_has_its_own_recipes() {
    for (builder, recipe) in [
        ("GoogleHostedWorker@v0.2", "GoogleHostedWorker@v0.2"),
        ("GoogleHostedWorker@v0.3", "CloudBuildYaml@v0.1"),
        ("GoogleHostedWorker@v0.3", "CloudBuildSteps@v9"),
    ] {
        assert_eq!(signed("us-west2", V01, &v01(builder, recipe)), Ok(()));
        assert_eq!(signed("global-pae", V01, &v01(builder, recipe)), Ok(()));
    }
    for (builder, recipe) in [
        ("GoogleHostedWorker@v0.2", "CloudBuildYaml@v0.1"),
        ("GoogleHostedWorker@v0.2", "GoogleHostedWorker@v0.3"),
        ("GoogleHostedWorker@v0.3", "GoogleHostedWorker@v0.3"),
        ("GoogleHostedWorker@v0.3", "CloudBuildYaml"),
    ] {
        let error = signed("us-west2", V01, &v01(builder, recipe)).unwrap_err();
        assert!(matches!(error, GcloudMismatch::Recipe { .. }), "{error}");
        assert_eq!(error.code(), Code::GcloudRecipe);
    }
}

#[test]
fn builders_recipes_and_types_of_others_are_refused() {
    for builder in [
        "GoogleHostedWorker",
        "GoogleHostedWorker@v0.4",
        "GoogleHostedWorker@v0.3a",
    ] {
        let error = signed("us-west2", V01, &v01(builder, "CloudBuildYaml@v0.1")).unwrap_err();
        assert_eq!(
            error,
            GcloudMismatch::Builder {
                found: format!("https://cloudbuild.googleapis.com/{builder}")
            }
        );
    }
    let mut predicate = v01("GoogleHostedWorker@v0.3", "CloudBuildYaml@v0.1");
    predicate["recipe"]["arguments"]["@type"] = json!("type.googleapis.com/other");
    let found = Some("type.googleapis.com/other".to_owned());
    assert_eq!(
        signed("us-west2", V01, &predicate),
        Err(GcloudMismatch::Arguments { found })
    );
    predicate["recipe"]["arguments"] = json!({});
    assert_eq!(
        signed("us-west2", V01, &predicate),
        Err(GcloudMismatch::Arguments { found: None })
    );
    predicate.as_object_mut().unwrap().remove("recipe");
    let error = signed("us-west2", V01, &predicate).unwrap_err();
    assert!(
        matches!(error, GcloudMismatch::Recipe { found: None, .. }),
        "{error}"
    );
    predicate["builder"] = json!(1);
    let error = signed("us-west2", V01, &predicate).unwrap_err();
    assert!(matches!(error, GcloudMismatch::Predicate { .. }), "{error}");

    assert_eq!(signed(V1_KEY, V1, &v1()), Ok(()));
    let mut predicate = v1();
    predicate["buildDefinition"]["buildType"] = json!("https://example.com/type");
    let found = "https://example.com/type".to_owned();
    assert_eq!(
        signed(V1_KEY, V1, &predicate),
        Err(GcloudMismatch::BuildType { found })
    );
    let found = "https://cloudbuild.googleapis.com/GoogleHostedWorker@v0.3".to_owned();
    let mut predicate = v1();
    predicate["runDetails"]["builder"]["id"] = json!(found);
    assert_eq!(
        signed(V1_KEY, V1, &predicate),
        Err(GcloudMismatch::Builder { found })
    );
}

#[test]
fn each_key_signs_one_version_of_provenance() {
    let old = v01("GoogleHostedWorker@v0.3", "CloudBuildYaml@v0.1");
    for (file, predicate_type, predicate) in [
        ("us-west2", V1, v1()),
        ("global", V1, v1()),
        ("global-pae", V1, v1()),
        (V1_KEY, V01, old.clone()),
        (V1_KEY, "https://example.com/p", json!({})),
    ] {
        let (key, predicate_type) = (gcloud_key_name(file).unwrap(), predicate_type.to_owned());
        let found = signed(file, &predicate_type, &predicate);
        assert_eq!(found, Err(GcloudMismatch::Key { key, predicate_type }));
    }
    // A key without a name may sign either, and nothing else.
    let pair = Pair::new();
    let unnamed = |predicate_type: &str, predicate: &Value| {
        let payload = statement(predicate_type, predicate);
        let signature = pair.sign(&pre_authentication_encoding(IN_TOTO, &payload));
        verify(
            vec![pair.public()],
            &image(&[envelope(&payload, &[("any", signature)])]),
        )
        .unwrap()
    };
    assert_eq!((unnamed(V01, &old), unnamed(V1, &v1())), (Ok(()), Ok(())));
    let found = "https://example.com/p".to_owned();
    assert_eq!(
        unnamed(&found, &json!({})),
        Err(GcloudMismatch::PredicateType { found })
    );
}

#[test]
fn only_a_key_of_the_very_name_verifies_a_signature_over_the_payload_alone() {
    let pair = Pair::new();
    let payload = statement(V01, &v01("GoogleHostedWorker@v0.3", "CloudBuildYaml@v0.1"));
    let (raw, pae) = (
        pair.sign(&payload),
        pair.sign(&pre_authentication_encoding(IN_TOTO, &payload)),
    );
    let named = || vec![pair.public().with_name(regional())];
    let code = |keys, keyid: &str, signature: &[u8]| {
        let image = image(&[envelope(&payload, &[(keyid, signature.to_vec())])]);
        verify(keys, &image).err().map(|error| error.code())
    };
    assert_eq!(code(named(), &regional(), &raw), None);
    assert_eq!(code(named(), &regional(), &pae), Some(Code::SignatureInvalid));
    assert_eq!(
        code(named(), &regional(), &pair.sign_bare(&payload)),
        Some(Code::SignatureInvalid)
    );
    assert_eq!(
        code(vec![pair.public()], &regional(), &raw),
        Some(Code::KeyRequired)
    );
    assert_eq!(code(vec![pair.public()], "", &raw), Some(Code::SignatureInvalid));
    assert_eq!(code(vec![pair.public()], "", &pae), None);
    let of = |name: &str| vec![pair.public().with_name(name)];
    for almost in [
        regional().replace("us-west2", ""),
        regional().replace("us-west2", "us/west2"),
        regional().replace("us-west2", "us-west2/x"),
        regional().replace("verified-builder", "other"),
        regional().replace("builtByGCB", "provenanceSigner"),
        format!("{}x", regional()),
        format!("x{}", regional()),
    ] {
        assert_eq!(
            code(of(&almost), &almost, &raw),
            Some(Code::SignatureInvalid),
            "{almost}"
        );
        let found = verify(
            of(&almost),
            &image(&[envelope(&payload, &[(&almost, pae.clone())])]),
        )
        .unwrap();
        assert_eq!(
            found.is_ok(),
            almost.contains("provenanceSigner") && almost.contains("global"),
            "{almost}"
        );
    }
}

#[test]
fn an_ordinary_envelope_is_never_verified_over_its_payload_alone() {
    let pair = Pair::new();
    let payload = statement(V01, &v01("GoogleHostedWorker@v0.3", "CloudBuildYaml@v0.1"));
    let envelope = envelope(&payload, &[(&regional(), pair.sign(&payload))]);
    let attestation = parse(envelope.to_string().as_bytes(), &Limits::default())
        .unwrap()
        .items
        .remove(0)
        .result
        .unwrap();
    for key in [pair.public(), pair.public().with_name(regional())] {
        let verifier = Verifier::builder(Vec::new()).key(key).build().unwrap();
        let error = verifier
            .verify(&attestation, &artifact(), support::now())
            .unwrap_err();
        assert_eq!(error.code(), Code::SignatureInvalid);
    }
}

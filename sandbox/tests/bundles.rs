//! What the sandbox makes is what the verifier accepts, under the sandbox's own root and no other.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stderr,
    reason = "tests"
)]

use jiff::Timestamp;
use serde_json::{Value, json};
use slsa_sandbox::{BundleRequest, BundleVersion, Clock, Content, EntryKind, Identity, Instance, Sandbox};
use slsa_verifier::{Artifact, Code, Engine, Error, Limits, TrustRoot, Verified, Verifier, parse};

const NOW: i64 = 1_785_000_000;

fn sandbox() -> Sandbox {
    Sandbox::new("tests", Clock::Fixed(Timestamp::from_second(NOW).unwrap())).unwrap()
}

fn identity() -> Identity {
    let claims = json!({
        "iss": "https://token.slsa-sandbox.test",
        "sub": "repo:example/project:ref:refs/tags/v1.2.3",
        "event_name": "push", "sha": "4d329c75e7ec1725f7c9ce917a8799d408d06be3", "workflow": "release",
        "repository": "example/project", "ref": "refs/tags/v1.2.3", "repository_id": "1", "repository_owner": "example",
        "repository_owner_id": "2", "repository_visibility": "public", "run_id": "7", "run_attempt": "1",
        "workflow_ref": "example/project/.github/workflows/release.yml@refs/tags/v1.2.3",
        "workflow_sha": "4d329c75e7ec1725f7c9ce917a8799d408d06be3",
        "job_workflow_ref": "example/builder/.github/workflows/build.yml@refs/tags/v1.0.0",
        "job_workflow_sha": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "runner_environment": "github-hosted",
    });
    Identity::from_claims(claims.as_object().unwrap(), "https://git.slsa-sandbox.test").unwrap()
}

fn statement() -> Vec<u8> {
    let digest = Artifact::from_bytes(b"artifact")
        .digests()
        .iter()
        .next()
        .unwrap()
        .to_string();
    let hex = digest.split_once(':').unwrap().1.to_owned();
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "artifact", "digest": { "sha256": hex } }],
        "predicateType": "https://example.com/predicate", "predicate": { "a": 1 },
    })
    .to_string()
    .into_bytes()
}

fn requests() -> Vec<(&'static str, BundleRequest)> {
    let content = Content::statement(statement());
    let request = BundleRequest::new(identity(), content);
    let with = |entry, version| BundleRequest {
        entry: Some(entry),
        version,
        ..request.clone()
    };
    vec![
        ("dsse v0.1", with(EntryKind::DsseV001, BundleVersion::V0_1)),
        ("dsse v0.2", with(EntryKind::DsseV001, BundleVersion::V0_2)),
        ("dsse v0.3", with(EntryKind::DsseV001, BundleVersion::V0_3)),
        ("intoto v0.1", with(EntryKind::IntotoV002, BundleVersion::V0_1)),
        ("intoto v0.3", with(EntryKind::IntotoV002, BundleVersion::V0_3)),
        ("rekor v2", request.clone().in_rekor_v2()),
        ("private", request.clone().private()),
        (
            "message",
            BundleRequest::new(identity(), Content::Message(b"artifact".to_vec())),
        ),
        (
            "message, rekor v2",
            BundleRequest::new(identity(), Content::Message(b"artifact".to_vec())).in_rekor_v2(),
        ),
        (
            "email",
            BundleRequest::new(
                Identity::email("a@example.com", "https://accounts.slsa-sandbox.test"),
                Content::statement(statement()),
            ),
        ),
    ]
}

fn verify(root: &Value, bundle: &Value, engine: Engine) -> Result<Verified, Error> {
    let root = TrustRoot::from_json("sandbox", root.to_string().as_bytes()).unwrap();
    let verifier = Verifier::builder(vec![root]).engine(engine).build().unwrap();
    let parsed = parse(bundle.to_string().as_bytes(), &Limits::default()).unwrap();
    let attestation = parsed.items.into_iter().next().unwrap().result.unwrap();
    verifier.verify_any(
        &attestation,
        &Artifact::from_bytes(b"artifact"),
        Timestamp::from_second(NOW).unwrap(),
    )
}

fn other(instance: Instance) -> Instance {
    if instance == Instance::Public {
        Instance::Private
    } else {
        Instance::Public
    }
}

#[test]
fn both_engines_accept_every_kind_under_the_sandboxs_root() {
    let sandbox = sandbox();
    for (name, request) in requests() {
        let bundle = sandbox.bundle(&request).unwrap();
        let root = sandbox.trusted_root(request.instance).unwrap();
        for engine in [Engine::Native, Engine::SigstoreVerify] {
            if let Err(error) = verify(&root, &bundle, engine) {
                panic!("{name}, {engine:?}: {error}\n{bundle:#}");
            }
        }
    }
}

#[test]
fn no_other_root_accepts_them() {
    let sandbox = sandbox();
    let stranger = Sandbox::new("another seed", Clock::Fixed(sandbox.now())).unwrap();
    for (name, request) in requests() {
        let bundle = sandbox.bundle(&request).unwrap();
        let roots = [
            sandbox.trusted_root(other(request.instance)).unwrap(),
            stranger.trusted_root(request.instance).unwrap(),
        ];
        for root in roots {
            assert!(verify(&root, &bundle, Engine::Native).is_err(), "{name}");
        }
        let builtin = Verifier::with_embedded_roots().unwrap();
        let parsed = parse(bundle.to_string().as_bytes(), &Limits::default()).unwrap();
        let attestation = parsed.items.into_iter().next().unwrap().result.unwrap();
        let error = builtin
            .verify_any(&attestation, &Artifact::from_bytes(b"artifact"), sandbox.now())
            .unwrap_err();
        assert_eq!(error.code(), Code::CertificateUntrusted, "{name}");
    }
}

#[test]
fn the_same_seed_and_requests_give_the_same_bytes_and_another_seed_others() {
    let all = |seed: &str| -> Vec<String> {
        let sandbox = Sandbox::new(seed, Clock::Fixed(Timestamp::from_second(NOW).unwrap())).unwrap();
        requests()
            .iter()
            .map(|(_, request)| sandbox.bundle(request).unwrap().to_string())
            .collect()
    };
    assert_eq!(all("one"), all("one"));
    assert_ne!(all("one"), all("two"));
}

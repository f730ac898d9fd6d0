use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use super::{GitHubApi, NotABundle, StoreError};
use crate::loopback::{client, listener, serve};
use crate::{Fault, Faults, Run, Service, Times};

const PROVENANCE: &str = "https://slsa.dev/provenance/v1";
const DOCUMENT: &str = "https://spdx.dev/Document/v2.3";
const REPOSITORY: &str = "slsa-sandbox/example";

/// The digest that consists of this digit.
fn digest(digit: char) -> String {
    digit.to_string().repeat(64)
}

fn bundle(subject: char, predicate_type: &str) -> Value {
    let statement = json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "name": "tool", "digest": { "sha256": digest(subject) } }],
        "predicateType": predicate_type,
        "predicate": {},
    });
    json!({
        "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
        "verificationMaterial": {},
        "dsseEnvelope": {
            "payload": STANDARD.encode(statement.to_string()),
            "payloadType": "application/vnd.in-toto+json",
            "signatures": [{ "sig": STANDARD.encode("signature") }],
        },
    })
}

async fn service(change: impl FnOnce(GitHubApi) -> GitHubApi) -> (GitHubApi, String, Faults) {
    let faults = Faults::new();
    let (listener, url) = listener().await;
    let api = change(GitHubApi::new(url.clone(), "secret", &Run::default(), &faults));
    serve(listener, api.router());
    (api, url, faults)
}

async fn posted(url: &str, token: Option<&str>, body: String) -> Response {
    let mut request = client()
        .post(format!("{url}/repos/{REPOSITORY}/attestations"))
        .body(body);
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    request.send().await.unwrap()
}

async fn json_of(answer: Response) -> Value {
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

async fn ask(url: &str) -> Response {
    client().get(url).send().await.unwrap()
}

/// Asks for the attestations at this URL, and returns them.
async fn found(url: &str) -> Vec<Value> {
    let answer = ask(url).await;
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    json_of(answer).await["attestations"].as_array().unwrap().clone()
}

async fn blob(attestation: &Value) -> Value {
    let answer = ask(attestation["bundle_url"].as_str().unwrap()).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let block = answer.bytes().await.unwrap();
    serde_json::from_slice(&snap::raw::Decoder::new().decompress_vec(&block).unwrap()).unwrap()
}

#[tokio::test]
async fn stored_bundle_is_found_by_repository_and_owner_inline_and_as_a_blob() {
    let (_, url, _) = service(|api| api).await;
    let bundle = bundle('a', PROVENANCE);
    let answer = posted(&url, Some("secret"), json!({ "bundle": bundle }).to_string()).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(json_of(answer).await, json!({ "id": 1 }));

    let digest = digest('a');
    let expected = json!({
        "bundle": bundle,
        "bundle_url": format!("{url}/blobs/1.json.sn"),
        "repository_id": 1001,
        "initiator": "user",
    });
    for place in [
        "repos/slsa-sandbox/example",
        "repos/SLSA-Sandbox/Example",
        "orgs/slsa-sandbox",
        "users/slsa-sandbox",
    ] {
        let found = found(&format!("{url}/{place}/attestations/sha256:{digest}")).await;
        assert_eq!(found, std::slice::from_ref(&expected), "{place}");
    }
    assert_eq!(blob(&expected).await, bundle);
}

#[tokio::test]
async fn nothing_is_found_of_another_owner_repository_digest_or_algorithm() {
    let (api, url, _) = service(|api| api).await;
    api.store(REPOSITORY, bundle('a', PROVENANCE).to_string().as_bytes())
        .unwrap();
    let a = digest('a');
    for path in [
        format!("repos/{REPOSITORY}-other/attestations/sha256:{a}"),
        format!("orgs/slsa/attestations/sha256:{a}"),
        format!("repos/{REPOSITORY}/attestations/sha256:{}", digest('b')),
        format!("repos/{REPOSITORY}/attestations/sha3_256:{a}"),
    ] {
        let answer = ask(&format!("{url}/{path}")).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(
            json_of(answer).await,
            json!({ "message": "Not Found", "status": "404" })
        );
    }
    assert_eq!(
        ask(&format!("{url}/blobs/1.json.sn")).await.status(),
        StatusCode::OK
    );
    for file in ["2.json.sn", "1.json", "x.json.sn"] {
        assert_eq!(
            ask(&format!("{url}/blobs/{file}")).await.status(),
            StatusCode::NOT_FOUND
        );
    }
    let answer = ask(&format!("{url}/repos/{REPOSITORY}/attestations/sha256:abc")).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn only_who_shows_the_token_may_store() {
    let (_, url, _) = service(|api| api).await;
    let body = json!({ "bundle": bundle('a', PROVENANCE) }).to_string();
    assert_eq!(
        posted(&url, None, body.clone()).await.status(),
        StatusCode::FORBIDDEN
    );
    assert_eq!(
        posted(&url, Some("other"), body.clone()).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        posted(&url, Some("secret"), body).await.status(),
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn what_is_not_a_bundle_is_not_stored() {
    let (api, url, _) = service(|api| api).await;
    let changed = |pointer: &str, value: Value| {
        let mut bundle = bundle('a', PROVENANCE);
        *bundle.pointer_mut(pointer).unwrap() = value;
        bundle
    };
    let no_subject = json!({
        "_type": "https://in-toto.io/Statement/v1", "subject": [], "predicateType": "x", "predicate": {},
    });
    let no_subject = changed(
        "/dsseEnvelope/payload",
        json!(STANDARD.encode(no_subject.to_string())),
    );
    let refused = |bundle: &Value| api.store(REPOSITORY, bundle.to_string().as_bytes()).unwrap_err();
    let media_type = NotABundle::MediaType {
        found: "text/plain".to_owned(),
    };
    assert_eq!(
        refused(&changed("/mediaType", json!("text/plain"))),
        media_type.into()
    );
    for bundle in [
        changed("/dsseEnvelope/payload", json!("%")),
        changed("/dsseEnvelope/signatures", json!([])),
        changed("/dsseEnvelope", json!(null)),
    ] {
        assert_eq!(refused(&bundle), NotABundle::Envelope.into());
    }
    assert!(matches!(
        refused(&no_subject),
        StoreError::NotABundle(NotABundle::Statement { .. })
    ));
    for text in [
        "{",
        r#"{"mediaType":"","mediaType":""}"#,
        &format!("[{}0]", "0,".repeat(100_000)),
    ] {
        let refused = api.store(REPOSITORY, text.as_bytes());
        assert_eq!(refused, Err(NotABundle::Json.into()));
    }

    for body in [
        json!({ "bundle": no_subject }),
        json!({ "bundle": null }),
        json!({}),
        json!([]),
    ] {
        let answer = posted(&url, Some("secret"), body.to_string()).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY, "{body}");
    }
    let answer = posted(&url, Some("secret"), "{".to_owned()).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let answer = ask(&format!(
        "{url}/repos/{REPOSITORY}/attestations/sha256:{}",
        digest('a')
    ))
    .await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn predicate_types_are_told_apart() {
    let (api, url, _) = service(|api| api).await;
    for predicate_type in [PROVENANCE, DOCUMENT] {
        api.store(REPOSITORY, bundle('a', predicate_type).to_string().as_bytes())
            .unwrap();
    }
    let url = format!("{url}/repos/{REPOSITORY}/attestations/sha256:{}", digest('a'));
    let ids = async |query: &str| -> Vec<String> {
        let name = |found: &Value| {
            found["bundle_url"]
                .as_str()
                .unwrap()
                .rsplit_once('/')
                .unwrap()
                .1
                .to_owned()
        };
        found(&format!("{url}{query}")).await.iter().map(name).collect()
    };
    assert_eq!(ids("").await, ["2.json.sn", "1.json.sn"]);
    assert_eq!(ids("?predicate_type=provenance").await, ["1.json.sn"]);
    assert_eq!(ids("?predicate_type=sbom").await, ["2.json.sn"]);
    assert_eq!(
        ids("?predicate_type=https%3A%2F%2Fslsa.dev%2Fprovenance%2Fv1").await,
        ["1.json.sn"]
    );
    let answer = ask(&format!("{url}?predicate_type=https://slsa.dev/provenance/v")).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

/// Returns the number of each attestation in an answer, and the URL that its `Link` has for a relation.
async fn page(url: &str, relation: &str) -> (Vec<u64>, Option<String>) {
    let answer = ask(url).await;
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    let link = answer
        .headers()
        .get("link")
        .map(|link| link.to_str().unwrap().to_owned());
    let wanted = format!(">; rel=\"{relation}\"");
    let next = link.and_then(|link| {
        let mut links = link.split(", ");
        links.find_map(|link| Some(link.strip_suffix(&wanted)?.strip_prefix('<')?.to_owned()))
    });
    let id = |found: &Value| {
        let file = found["bundle_url"].as_str().unwrap().rsplit_once('/').unwrap().1;
        file.strip_suffix(".json.sn").unwrap().parse().unwrap()
    };
    let body = json_of(answer).await;
    (
        body["attestations"].as_array().unwrap().iter().map(id).collect(),
        next,
    )
}

#[tokio::test]
async fn links_lead_through_all_pages_and_back() {
    let (api, url, _) = service(|api| api).await;
    for _ in 0..105 {
        api.store(REPOSITORY, bundle('a', PROVENANCE).to_string().as_bytes())
            .unwrap();
    }
    let all = format!("{url}/repos/{REPOSITORY}/attestations/sha256:{}", digest('a'));

    let mut next = Some(format!("{all}?per_page=50&predicate_type={PROVENANCE}"));
    let mut seen = Vec::new();
    let mut sizes = Vec::new();
    let mut last = String::new();
    while let Some(url) = next {
        let (ids, link) = page(&url, "next").await;
        sizes.push(ids.len());
        seen.extend(ids);
        last = url;
        next = link;
    }
    assert_eq!(sizes, [50, 50, 5]);
    assert_eq!(seen, (1..=105).rev().collect::<Vec<u64>>());

    let (_, back) = page(&last, "prev").await;
    let (ids, back) = page(&back.unwrap(), "prev").await;
    assert_eq!((ids[0], ids[49]), (55, 6));
    let (ids, back) = page(&back.unwrap(), "prev").await;
    assert_eq!((ids[0], ids[49], back), (105, 56, None));

    assert_eq!(page(&all, "next").await.0.len(), 30);
    assert_eq!(page(&format!("{all}?per_page=1000"), "next").await.0.len(), 100);
    let answer = ask(&format!("{all}?after=nowhere")).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn newer_version_of_the_api_has_no_bundles_in_its_answers() {
    let (api, url, _) = service(|api| api).await;
    let bundle = bundle('a', PROVENANCE);
    api.store(REPOSITORY, bundle.to_string().as_bytes()).unwrap();
    let url = format!("{url}/repos/{REPOSITORY}/attestations/sha256:{}", digest('a'));
    for (version, is_inline) in [("2022-11-28", true), ("2026-03-10", false)] {
        let request = client().get(&url).header("X-GitHub-Api-Version", version);
        let answer = json_of(request.send().await.unwrap()).await;
        let found = &answer["attestations"][0];
        assert_eq!(found.get("bundle").is_some(), is_inline, "{version}");
        assert_eq!(blob(found).await, bundle);
    }

    let (api, url, _) = service(GitHubApi::without_inline_bundles).await;
    api.store(REPOSITORY, bundle.to_string().as_bytes()).unwrap();
    let found = found(&format!(
        "{url}/orgs/slsa-sandbox/attestations/sha256:{}",
        digest('a')
    ))
    .await;
    assert_eq!(found[0].get("bundle"), None);
    assert_eq!(blob(&found[0]).await, bundle);
}

#[tokio::test]
async fn faults_give_another_artifacts_attestation_and_a_changed_signature() {
    let (api, url, faults) = service(|api| api).await;
    let (a, b) = (bundle('a', PROVENANCE), bundle('b', PROVENANCE));
    for bundle in [&a, &b] {
        api.store(REPOSITORY, bundle.to_string().as_bytes()).unwrap();
    }
    let url = format!("{url}/repos/{REPOSITORY}/attestations/sha256:{}", digest('a'));

    faults.set(Service::GitHub, Fault::OtherEntry, Times::Once);
    assert_eq!(found(&url).await[0]["bundle"], b);
    assert_eq!(found(&url).await[0]["bundle"], a);

    faults.set(Service::GitHub, Fault::WrongSignature, Times::Once);
    let mut forged = a.clone();
    forged["dsseEnvelope"]["signatures"][0]["sig"] = json!(STANDARD.encode("signaturd"));
    let found = found(&url).await;
    assert_eq!(found[0]["bundle"], forged);
    assert_eq!(blob(&found[0]).await, forged);

    faults.set(Service::GitHub, Fault::ServerError, Times::Once);
    assert_eq!(ask(&url).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
}

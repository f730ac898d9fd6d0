use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use p256::ecdsa::signature::Verifier as _;
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::forgery::{hmac_sha256, public_key_pem};
use super::{OidcIssuer, OidcService, TokenError, TokenForgery};
use crate::loopback::{client, listener, serve};
use crate::{Clock, Fault, Faults, Run, Seed, Service, Times};

const URL: &str = "https://oidc.slsa-sandbox.test";

fn issuer() -> OidcIssuer {
    OidcIssuer::new(&Seed::new("oidc"), URL)
}

fn now() -> Timestamp {
    "2026-01-01T00:00:00Z".parse().unwrap()
}

fn later(seconds: i64) -> Timestamp {
    now().checked_add(SignedDuration::from_secs(seconds)).unwrap()
}

#[test]
fn token_gives_back_the_claims_of_its_run() {
    let run = Run::default();
    let token = issuer().token(&run, "sigstore", now());
    let claims = issuer().verify_token(&token, "sigstore", now()).unwrap();
    assert_eq!(claims, run.claims(URL, "sigstore", now()));
}

#[test]
fn same_seed_same_bytes() {
    let run = Run::default();
    let token = |seed: &str| OidcIssuer::new(&Seed::new(seed), URL).token(&run, "sigstore", now());
    assert_eq!(token("one"), token("one"));
    assert_ne!(token("one"), token("two"));
    let jwks = |seed: &str| OidcIssuer::new(&Seed::new(seed), URL).jwks();
    assert_eq!(jwks("one"), jwks("one"));
    assert_ne!(jwks("one"), jwks("two"));
}

#[test]
fn each_forgery_is_refused_for_what_is_wrong_with_it() {
    let forged = |forgery| {
        let token = issuer().forged(&Run::default(), "sigstore", now(), forgery);
        issuer().verify_token(&token, "sigstore", now()).unwrap_err()
    };
    let day = 24 * 60 * 60;
    for forgery in TokenForgery::ALL {
        let expected = match forgery {
            TokenForgery::NoAlgorithm => TokenError::Algorithm {
                found: "none".to_owned(),
            },
            TokenForgery::PublicKeyAsSecret => TokenError::Algorithm {
                found: "HS256".to_owned(),
            },
            TokenForgery::OtherKey => TokenError::Signature,
            TokenForgery::OtherAudience => TokenError::Audience {
                found: "sigstore.evil".to_owned(),
            },
            TokenForgery::OtherIssuer => TokenError::Issuer {
                found: format!("{URL}.evil"),
            },
            TokenForgery::Expired => TokenError::Expired {
                at: now().as_second() - day + 300,
            },
            TokenForgery::NotYetValid => TokenError::NotYetValid {
                from: now().as_second() + day - 600,
            },
            TokenForgery::ExpiryAsText | TokenForgery::ExpiryAsList | TokenForgery::NoExpiry => {
                TokenError::Claim { name: "exp" }
            }
            TokenForgery::NotBeforeNull => TokenError::Claim { name: "nbf" },
        };
        assert_eq!(forged(forgery), expected, "{forgery:?}");
    }
}

#[test]
fn token_is_good_from_its_beginning_until_before_its_end() {
    let token = issuer().token(&Run::default(), "sigstore", now());
    let at = |seconds| {
        issuer()
            .verify_token(&token, "sigstore", later(seconds))
            .map(drop)
    };
    let from = now().as_second() - 600;
    assert_eq!(at(-601), Err(TokenError::NotYetValid { from }));
    assert_eq!(at(-600), Ok(()));
    assert_eq!(at(299), Ok(()));
    let until = now().as_second() + 300;
    assert_eq!(at(300), Err(TokenError::Expired { at: until }));
}

#[test]
fn changed_token_is_refused() {
    let token = issuer().token(&Run::default(), "sigstore", now());
    let refused = |token: &str| issuer().verify_token(token, "sigstore", now()).unwrap_err();
    let mut parts = token.split('.');
    let [header, payload, signature] = [(); 3].map(|()| parts.next().unwrap());

    let other = issuer().token(
        &Run {
            run_id: 1,
            ..Run::default()
        },
        "sigstore",
        now(),
    );
    let other = other.split('.').nth(1).unwrap();
    assert_eq!(
        refused(&format!("{header}.{other}.{signature}")),
        TokenError::Signature
    );
    assert_eq!(refused(&format!("{header}.{payload}.")), TokenError::Signature);
    let malformed = |part| TokenError::Malformed { part };
    assert_eq!(refused(&format!("{header}.{payload}")), malformed("payload"));
    assert_eq!(refused(header), malformed("signature"));
    assert_eq!(refused(&format!("{token}.")), TokenError::Signature);
    assert_eq!(
        refused(&format!("{header}.{payload}.{signature}=")),
        malformed("signature")
    );
    assert_eq!(
        refused(&format!("e30.{payload}.{signature}")),
        TokenError::Algorithm { found: String::new() }
    );
    let long = "a".repeat((16 << 10) + 1);
    assert_eq!(refused(&long), TokenError::TooLarge { found: long.len() });
}

#[test]
fn token_of_another_seed_is_by_an_unknown_key() {
    let other = OidcIssuer::new(&Seed::new("other"), URL);
    let token = other.token(&Run::default(), "sigstore", now());
    let error = issuer().verify_token(&token, "sigstore", now()).unwrap_err();
    let found = other.jwks()["keys"][0]["kid"].as_str().unwrap().to_owned();
    assert_eq!(error, TokenError::Key { found });
}

#[test]
fn token_signed_with_the_public_key_as_secret_is_what_a_careless_verifier_computes() {
    // RFC 4231, test case 2, and a secret beyond one block: case 6.
    assert_eq!(
        hex::encode(hmac_sha256(b"Jefe", b"what do ya want for nothing?")),
        "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    );
    assert_eq!(
        hex::encode(hmac_sha256(
            &[0xaa; 131],
            b"Test Using Larger Than Block-Size Key - Hash Key First"
        )),
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
    );
    assert!(public_key_pem(&issuer().key).starts_with("-----BEGIN PUBLIC KEY-----\n"));
}

/// A service on loopback, and its URL.
async fn service(faults: &Faults) -> (OidcService, String) {
    let (listener, url) = listener().await;
    let issuer = OidcIssuer::new(&Seed::new("oidc"), url.clone());
    let service = OidcService::new(issuer, Clock::Fixed(now()), "knock", Run::default(), faults);
    serve(listener, service.router());
    (service, url)
}

async fn token(url: &str, query: &str) -> Value {
    let answer = client()
        .get(format!("{url}/token{query}"))
        .bearer_auth("knock")
        .send()
        .await;
    let answer = answer.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
}

async fn claims(url: &str, query: &str, audience: &str) -> Result<Value, TokenError> {
    let issuer = OidcIssuer::new(&Seed::new("oidc"), url);
    let token = token(url, query).await;
    let claims = issuer.verify_token(token["value"].as_str().unwrap(), audience, now())?;
    Ok(Value::Object(claims))
}

#[tokio::test]
async fn discovery_leads_to_the_key_that_tokens_are_signed_with() {
    let (service, url) = service(&Faults::new()).await;
    let json = async |url: String| -> Value {
        let answer = client().get(url).send().await.unwrap();
        serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap()
    };
    let discovery = json(format!("{url}/.well-known/openid-configuration")).await;
    assert_eq!(discovery["issuer"], json!(url));
    assert_eq!(
        discovery["id_token_signing_alg_values_supported"],
        json!(["ES256"])
    );
    let claims = service.run().claims(&url, "sigstore", now());
    let supported = discovery["claims_supported"].as_array().unwrap();
    for name in claims.keys() {
        assert!(supported.contains(&json!(name)), "{name}");
    }

    let jwks = json(discovery["jwks_uri"].as_str().unwrap().to_owned()).await;
    let [key] = jwks["keys"].as_array().unwrap().as_slice() else {
        panic!("not one key: {jwks}")
    };
    let point = json!({ "kty": key["kty"], "crv": key["crv"], "x": key["x"], "y": key["y"] });
    let public = p256::PublicKey::from_jwk_str(&point.to_string()).unwrap();
    let token = token(&url, "?audience=sigstore").await;
    let token = token["value"].as_str().unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let header = URL_SAFE_NO_PAD.decode(input.split('.').next().unwrap()).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!(header, json!({ "alg": "ES256", "kid": key["kid"], "typ": "JWT" }));
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let signature = p256::ecdsa::Signature::from_slice(&signature).unwrap();
    p256::ecdsa::VerifyingKey::from(public)
        .verify(input.as_bytes(), &signature)
        .unwrap();
}

#[tokio::test]
async fn job_gets_a_token_for_the_audience_that_it_asks_for() {
    let (_, url) = service(&Faults::new()).await;
    let answer = token(&url, "?api-version=2.0&audience=sigstore").await;
    assert_eq!(answer["count"], json!(answer["value"].as_str().unwrap().len()));
    assert_eq!(
        claims(&url, "?audience=sigstore", "sigstore").await.unwrap()["aud"],
        "sigstore"
    );
    let owner = "https://git.slsa-sandbox.test/slsa-sandbox";
    assert_eq!(claims(&url, "", owner).await.unwrap()["aud"], owner);
}

#[tokio::test]
async fn request_without_the_jobs_own_bearer_is_refused() {
    let (_, url) = service(&Faults::new()).await;
    let ask = || client().get(format!("{url}/token?audience=sigstore"));
    let refused = [
        ask(),
        ask().bearer_auth("knock-knock"),
        ask().header("authorization", "knock"),
    ];
    for request in refused {
        assert_eq!(request.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    }
    // GitHub's own documentation writes the scheme in small letters.
    let accepted = ask()
        .header("authorization", "bearer knock")
        .send()
        .await
        .unwrap();
    assert_eq!(accepted.status(), StatusCode::OK);
}

#[tokio::test]
async fn next_token_is_of_the_run_that_was_set() {
    let (service, url) = service(&Faults::new()).await;
    service.set_run(Run::parse("repository: some/project").unwrap());
    let found = claims(&url, "?audience=sigstore", "sigstore").await.unwrap();
    assert_eq!(found["repository"], "some/project");
}

#[tokio::test]
async fn faults_give_a_token_that_does_not_verify_and_one_of_another_repository() {
    let faults = Faults::new();
    let (_, url) = service(&faults).await;
    let ask = || claims(&url, "?audience=sigstore", "sigstore");

    faults.set(Service::Oidc, Fault::WrongSignature, Times::Once);
    assert_eq!(ask().await, Err(TokenError::Signature));
    assert_eq!(ask().await.unwrap()["repository"], "slsa-sandbox/example");

    faults.set(Service::Oidc, Fault::OtherIdentity, Times::Once);
    assert_eq!(ask().await.unwrap()["repository"], "slsa-sandbox/example-other");
    assert_eq!(ask().await.unwrap()["repository"], "slsa-sandbox/example");

    faults.set(Service::Oidc, Fault::ServerError, Times::Once);
    let jwks = || client().get(format!("{url}/.well-known/jwks")).send();
    assert_eq!(jwks().await.unwrap().status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(jwks().await.unwrap().status(), StatusCode::OK);
}

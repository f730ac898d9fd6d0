use jiff::Timestamp;
use serde_json::{Value, json};

use super::testing::*;
use super::*;
use crate::claims::Claims;
use crate::http::testing::{Reply, Server, http};
use crate::http::{DOCUMENT_LIMIT, HttpError, Place};
use crate::token::IdentityToken;

mod attacks;
mod claims;

fn verify_at(token: &IdentityToken, now: Timestamp) -> Result<Claims, OidcError> {
    verify_token(token, &Issuer::github(), "sigstore", &jwks(), now)
}

fn verify(token: &IdentityToken) -> Result<Claims, OidcError> {
    verify_at(token, now())
}

/// Verifies a token whose claims differ from good ones as given.
fn changed(changes: Value) -> Result<Claims, OidcError> {
    verify(&token(&with(github_claims(), changes)))
}

fn provider(metadata: impl Fn(&str) -> Value + Send + Sync + 'static, keys: Reply) -> (Server, Issuer) {
    let server = Server::start(move |asked| {
        let host = asked
            .head
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap();
        match asked.path() {
            "/.well-known/openid-configuration" => Reply::ok(metadata(&format!("http://{host}")).to_string()),
            _ => keys.clone(),
        }
    });
    let issuer = Issuer::custom(IssuerKind::GitHub, &server.url(), "https://github.com").unwrap();
    (server, issuer)
}

fn good_metadata(url: &str) -> Value {
    json!({"issuer": url, "jwks_uri": format!("{url}/keys"), "subject_types_supported": ["public"]})
}

#[test]
fn an_issuers_keys_are_found_where_its_own_document_says() {
    let (server, issuer) = provider(good_metadata, Reply::ok(key_set().to_string()));
    assert_eq!(discover(&http(), &issuer), Ok(jwks()));
    let paths: Vec<String> = server.asked().iter().map(|a| a.path().to_owned()).collect();
    assert_eq!(paths, ["/.well-known/openid-configuration", "/keys"]);
}

#[test]
fn a_document_about_another_issuer_is_refused() {
    for found in ["https://token.actions.githubusercontent.com.evil", "{}/", "{}x"] {
        let (server, issuer) = provider(
            move |url| json!({"issuer": found.replace("{}", url), "jwks_uri": format!("{url}/keys")}),
            Reply::ok(key_set().to_string()),
        );
        assert_eq!(
            discover(&http(), &issuer),
            Err(DiscoveryError::Issuer {
                expected: server.url(),
                found: found.replace("{}", &server.url())
            })
        );
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn keys_on_another_host_port_or_scheme_are_not_fetched() {
    let elsewhere = Server::start(|_| Reply::ok(key_set().to_string()));
    let port = elsewhere.url();
    for (uri, found) in [
        (format!("{port}/keys"), port.as_str()),
        ("http://localhost/keys".to_owned(), "http://localhost"),
        ("https://127.0.0.1/keys".to_owned(), "https://127.0.0.1"),
        ("https://evil.example/keys".to_owned(), "https://evil.example"),
        ("data:application/json,{}".to_owned(), "null"),
        ("/keys".to_owned(), ""),
    ] {
        let (server, issuer) = provider(
            move |url| json!({"issuer": url, "jwks_uri": uri}),
            Reply::status(500),
        );
        assert_eq!(
            discover(&http(), &issuer),
            Err(DiscoveryError::KeysElsewhere {
                issuer: server.url(),
                found: found.to_owned()
            })
        );
    }
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn a_redirecting_issuer_is_not_followed() {
    let elsewhere = Server::start(|_| Reply::ok(key_set().to_string()));
    let to = elsewhere.url();
    let (server, issuer) = provider(good_metadata, Reply::redirect(&to));
    let redirected = |path: &str, server: &Server| {
        DiscoveryError::Http(HttpError::Redirected {
            at: Place {
                host: server.host(),
                path: path.into(),
            },
            status: 302,
            to_host: Some("127.0.0.1".into()),
        })
    };
    assert_eq!(discover(&http(), &issuer), Err(redirected("/keys", &server)));

    let server = Server::start(move |_| Reply::redirect(&to));
    let issuer = Issuer::custom(IssuerKind::GitHub, &server.url(), "https://github.com").unwrap();
    let path = "/.well-known/openid-configuration";
    assert_eq!(discover(&http(), &issuer), Err(redirected(path, &server)));
    assert!(elsewhere.asked().is_empty());
}

#[test]
fn documents_have_at_most_256_kib() {
    let padded = |length: usize| {
        let keys = key_set().to_string();
        Reply::ok(format!("{keys}{}", " ".repeat(length - keys.len())))
    };
    let (_server, issuer) = provider(good_metadata, padded(DOCUMENT_LIMIT));
    assert_eq!(discover(&http(), &issuer), Ok(jwks()));
    let (_server, issuer) = provider(good_metadata, padded(DOCUMENT_LIMIT + 1));
    assert_eq!(discover(&http(), &issuer).unwrap_err().code(), "http-too-large");
}

#[test]
fn a_key_set_means_one_thing_or_is_refused() {
    let parse = |set: &str| Jwks::parse(set.as_bytes()).map(|_| ());
    assert_eq!(parse(&key_set().to_string()), Ok(()));
    assert_eq!(
        parse(&json!({"keys": [rsa_jwk(), rsa_jwk()]}).to_string()),
        Err(OidcError::KeySet {
            detail: "two keys have the same name"
        })
    );
    assert_eq!(
        parse(&json!({"keys": vec![json!({"kty": "RSA"}); 65]}).to_string()),
        Err(OidcError::KeySet {
            detail: "more than 64 keys"
        })
    );
    assert_eq!(
        parse(r#"{"keys":[],"keys":[]}"#),
        Err(OidcError::DuplicateKey {
            part: "key set",
            key: "keys".into()
        })
    );
    for set in [
        "",
        "[]",
        "{}",
        r#"{"keys":{}}"#,
        r#"{"keys":[1]}"#,
        r#"{"keys":[{"kty":1}]}"#,
    ] {
        assert_eq!(parse(set).unwrap_err().code(), "oidc-json", "{set}");
    }
}

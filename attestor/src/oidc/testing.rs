//! An identity provider for tests: keys made once, tokens of any claims and any faults.

use std::sync::OnceLock;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use serde_json::{Value, json};

use super::{Issuer, IssuerKind, Jwks};
use crate::http::testing::{Reply, Server};
use crate::token::IdentityToken;

/// When all tests take place: a minute after the tokens were issued.
pub(crate) const NOW: i64 = 1_800_000_060;
pub(crate) const ISSUED: i64 = 1_800_000_000;
pub(crate) const EXPIRES: i64 = 1_800_000_300;

pub(crate) fn now() -> Timestamp {
    at(NOW)
}

pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

pub(crate) fn b64(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn rsa() -> &'static RsaKeyPair {
    static KEY: OnceLock<RsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| RsaKeyPair::generate(KeySize::Rsa2048).unwrap())
}

fn ec() -> &'static EcdsaKeyPair {
    static KEY: OnceLock<EcdsaKeyPair> = OnceLock::new();
    KEY.get_or_init(|| EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap())
}

/// The RSA key in the form that a confused reader would take for an HMAC secret.
pub(crate) fn rsa_public_der() -> Vec<u8> {
    rsa().public_key().as_der().unwrap().as_ref().to_vec()
}

pub(crate) fn rsa_jwk() -> Value {
    let components = DEFAULT_PROVIDER.key_utils.rsa_pub_components_from_public_key;
    let (n, e) = components(rsa().public_key().as_ref()).unwrap();
    json!({"kty": "RSA", "kid": "rsa", "use": "sig", "alg": "RS256", "n": b64(n), "e": b64(e), "x5t": "ignored"})
}

pub(crate) fn ec_jwk() -> Value {
    let point = ec().public_key().as_ref();
    json!({"kty": "EC", "kid": "ec", "use": "sig", "crv": "P-256", "x": b64(&point[1..33]), "y": b64(&point[33..65])})
}

pub(crate) fn key_set() -> Value {
    json!({"keys": [rsa_jwk(), ec_jwk()]})
}

pub(crate) fn jwks() -> Jwks {
    Jwks::parse(key_set().to_string().as_bytes()).unwrap()
}

pub(crate) fn sign_rsa(message: &[u8]) -> Vec<u8> {
    let mut signature = vec![0; rsa().public_modulus_len()];
    rsa()
        .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature)
        .unwrap();
    signature
}

pub(crate) fn sign_ec(message: &[u8]) -> Vec<u8> {
    ec().sign(&SystemRandom::new(), message)
        .unwrap()
        .as_ref()
        .to_vec()
}

/// A token of any header and payload, signed by `sign`.
pub(crate) fn signed(header: &str, payload: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> IdentityToken {
    let message = format!("{}.{}", b64(header), b64(payload));
    let signature = b64(sign(message.as_bytes()));
    IdentityToken::parse(format!("{message}.{signature}")).unwrap()
}

/// A good token of these claims.
pub(crate) fn token(claims: &Value) -> IdentityToken {
    let header = r#"{"typ":"JWT","alg":"RS256","x5t":"c2hh","kid":"rsa"}"#;
    signed(header, &claims.to_string(), sign_rsa)
}

/// The claims of a push of a tag to a public repository, whose workflow calls a reusable one.
pub(crate) fn github_claims() -> Value {
    json!({
        "iss": "https://token.actions.githubusercontent.com",
        "aud": "sigstore",
        "sub": "repo:octo/tool:ref:refs/tags/v1.2.3",
        "jti": "b3b9a0e6-3e1c-4b6f-a8a5-3d0c7f8a9b10",
        "iat": ISSUED,
        "nbf": ISSUED - 300,
        "exp": EXPIRES,
        "repository": "octo/tool",
        "repository_id": "1001",
        "repository_owner": "octo",
        "repository_owner_id": "2002",
        "repository_visibility": "public",
        "ref": "refs/tags/v1.2.3",
        "ref_type": "tag",
        "ref_protected": "false",
        "sha": "1111111111111111111111111111111111111111",
        "workflow": "release",
        "workflow_ref": "octo/tool/.github/workflows/release.yml@refs/tags/v1.2.3",
        "workflow_sha": "1111111111111111111111111111111111111111",
        "job_workflow_ref": "trusted/builder/.github/workflows/build.yml@refs/tags/v2.0.0",
        "job_workflow_sha": "2222222222222222222222222222222222222222",
        "event_name": "push",
        "run_id": "3003",
        "run_attempt": "1",
        "run_number": "17",
        "runner_environment": "github-hosted",
        "actor": "octocat",
        "actor_id": "4004",
        "head_ref": "",
        "base_ref": "",
    })
}

/// The claims of a push of a branch to a public project.
pub(crate) fn gitlab_claims() -> Value {
    json!({
        "iss": "https://gitlab.com",
        "aud": "sigstore",
        "sub": "project_path:group/tool:ref_type:branch:ref:main",
        "iat": ISSUED,
        "nbf": ISSUED - 5,
        "exp": EXPIRES,
        "project_path": "group/tool",
        "project_id": "1001",
        "project_visibility": "public",
        "namespace_path": "group",
        "namespace_id": "2002",
        "ref": "main",
        "ref_path": "refs/heads/main",
        "sha": "1111111111111111111111111111111111111111",
        "ci_config_ref_uri": "gitlab.com/group/tool//.gitlab-ci.yml@refs/heads/main",
        "ci_config_sha": "1111111111111111111111111111111111111111",
        "pipeline_id": "3003",
        "pipeline_source": "push",
        "job_id": "5005",
        "runner_id": 6006,
        "runner_environment": "gitlab-hosted",
        "user_login": "alice",
        "user_id": "4004",
    })
}

/// The claims with some of them changed; null takes one away.
pub(crate) fn with(mut claims: Value, changes: Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// A provider on loopback that issues one token and publishes its keys.
pub(crate) struct Provider {
    pub(crate) server: Server,
    pub(crate) issuer: Issuer,
}

impl Provider {
    /// Issues a token of these claims, with its own address as the issuer.
    pub(crate) fn start(claims: Value) -> Self {
        let server = Server::start(move |asked| {
            let host = asked
                .head
                .lines()
                .find_map(|line| line.strip_prefix("host: "))
                .unwrap();
            let url = format!("http://{host}");
            match asked.path() {
                "/.well-known/openid-configuration" => {
                    Reply::ok(json!({"issuer": url, "jwks_uri": format!("{url}/keys")}).to_string())
                }
                "/keys" => Reply::ok(key_set().to_string()),
                path if path.starts_with("/token?audience=") => {
                    let aud = path.strip_prefix("/token?audience=").unwrap();
                    let token = token(&with(claims.clone(), json!({"iss": url, "aud": aud})));
                    Reply::ok(json!({"value": token.expose()}).to_string())
                }
                _ => Reply::status(404),
            }
        });
        let issuer = Issuer::custom(IssuerKind::GitHub, &server.url(), "https://github.com").unwrap();
        Self { server, issuer }
    }
}

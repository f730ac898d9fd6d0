//! Tokens that an attacker could send, each beside the good one from which it differs in one thing.

use super::*;
use aws_lc_rs::hmac;

const HEADER: &str = r#"{"typ":"JWT","alg":"RS256","kid":"rsa"}"#;

fn with_header(header: &str) -> Result<Claims, OidcError> {
    verify(&signed(header, &github_claims().to_string(), sign_rsa))
}

#[test]
fn both_algorithms_are_verified_each_with_a_key_of_its_kind() {
    assert!(with_header(HEADER).is_ok());
    let payload = github_claims().to_string();
    let es256 = signed(r#"{"alg":"ES256","kid":"ec"}"#, &payload, sign_ec);
    assert!(verify(&es256).is_ok());

    for (header, kid, algorithm) in [
        (r#"{"alg":"ES256","kid":"rsa"}"#, "rsa", "ES256"),
        (r#"{"alg":"RS256","kid":"ec"}"#, "ec", "RS256"),
    ] {
        let kid = kid.to_owned();
        assert_eq!(with_header(header), Err(OidcError::KeyKind { kid, algorithm }));
    }
}

#[test]
fn no_algorithm_is_chosen_by_the_attacker() {
    for found in [
        "none", "None", "", "HS256", "HS512", "RS384", "PS256", "ES384", "EdDSA", "rs256",
    ] {
        let header = json!({"alg": found, "kid": "rsa"}).to_string();
        let found = found.to_owned();
        assert_eq!(with_header(&header), Err(OidcError::Algorithm { found }));
    }
    for header in [
        r#"{"kid":"rsa"}"#,
        r#"{"alg":["RS256"],"kid":"rsa"}"#,
        r#"{"alg":null,"kid":"rsa"}"#,
    ] {
        let found = String::new();
        assert_eq!(
            with_header(header),
            Err(OidcError::Algorithm { found }),
            "{header}"
        );
    }
}

#[test]
fn the_public_key_is_no_secret_for_hmac() {
    let key = hmac::Key::new(hmac::HMAC_SHA256, &rsa_public_der());
    let payload = github_claims().to_string();
    let sign = |message: &[u8]| hmac::sign(&key, message).as_ref().to_vec();
    let token = signed(r#"{"alg":"HS256","kid":"rsa"}"#, &payload, sign);
    assert_eq!(
        verify(&token),
        Err(OidcError::Algorithm {
            found: "HS256".into()
        })
    );
    // Nor under another name.
    let kid = "rsa".to_owned();
    assert_eq!(
        verify(&signed(HEADER, &payload, sign)),
        Err(OidcError::Signature { kid })
    );
}

#[test]
fn a_token_without_signature_cannot_even_be_written() {
    let text = format!("{}.{}.", b64(r#"{"alg":"none"}"#), b64("{}"));
    assert_eq!(IdentityToken::parse(text).unwrap_err().code(), "token-alphabet");
}

#[test]
fn a_key_comes_from_the_issuer_and_not_from_the_header() {
    for name in ["jwk", "jku", "x5u", "x5c", "crit", "zip", "b64"] {
        let mut header = json!({"alg": "RS256", "kid": "rsa"});
        header[name] = match name {
            "jwk" => rsa_jwk(),
            _ => json!("https://evil.example/keys"),
        };
        assert_eq!(with_header(&header.to_string()), Err(OidcError::Header { name }));
    }
}

#[test]
fn a_key_is_named_and_known() {
    for header in [
        r#"{"alg":"RS256"}"#,
        r#"{"alg":"RS256","kid":""}"#,
        r#"{"alg":"RS256","kid":1}"#,
    ] {
        assert_eq!(with_header(header), Err(OidcError::NoKeyId), "{header}");
    }
    for kid in ["RSA", "rsa ", "../../dev/null"] {
        let header = json!({"alg": "RS256", "kid": kid}).to_string();
        let kid = kid.to_owned();
        assert_eq!(with_header(&header), Err(OidcError::UnknownKey { kid }));
    }
}

#[test]
fn a_key_for_something_else_verifies_nothing() {
    let token = token(&github_claims());
    for (field, value) in [
        ("use", json!("enc")),
        ("alg", json!("RS512")),
        ("n", Value::Null),
        ("n", json!("not base64!")),
        ("kty", json!("oct")),
    ] {
        let mut key = rsa_jwk();
        key[field] = value;
        let jwks = Jwks::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
        let error = verify_token(&token, &Issuer::github(), "sigstore", &jwks, now());
        let (kid, algorithm) = ("rsa".to_owned(), "RS256");
        assert_eq!(error, Err(OidcError::KeyKind { kid, algorithm }), "{field}");
    }
    // Too small a modulus.
    let mut key = rsa_jwk();
    key["n"] = json!(b64([0xff; 128]));
    let jwks = Jwks::parse(json!({ "keys": [key] }).to_string().as_bytes()).unwrap();
    let error = verify_token(&token, &Issuer::github(), "sigstore", &jwks, now());
    assert_eq!(error.unwrap_err().code(), "oidc-signature");
}

#[test]
fn a_signature_covers_header_and_payload() {
    let good = token(&github_claims());
    let parts: Vec<&str> = good.expose().split('.').collect();
    let other = b64(with(github_claims(), json!({"repository_id": "1002"})).to_string());
    for text in [
        format!("{}.{other}.{}", parts[0], parts[2]),
        format!("{}.{}.{}", b64(HEADER), parts[1], parts[2]),
        format!("{}.{}.{}", parts[0], parts[1], b64([0; 256])),
        format!("{}.{}.{}", parts[0], parts[1], b64([0; 3])),
    ] {
        let token = IdentityToken::parse(text).unwrap();
        let kid = "rsa".to_owned();
        assert_eq!(verify(&token), Err(OidcError::Signature { kid }));
    }
}

#[test]
fn a_second_spelling_of_base64_is_refused() {
    let good = token(&github_claims());
    // 256 bytes end in two characters of which the last has four bits that say nothing.
    let (rest, last) = good.expose().split_at(good.expose().len() - 1);
    assert!("AQgw".contains(last));
    let next = char::from(last.as_bytes()[0] + 1);
    let token = IdentityToken::parse(format!("{rest}{next}")).unwrap();
    assert_eq!(verify(&token), Err(OidcError::Base64 { part: "signature" }));
}

#[test]
fn a_key_that_is_there_twice_is_refused_wherever_it_stands() {
    for header in [
        r#"{"alg":"RS256","kid":"rsa","alg":"RS256"}"#,
        r#"{"alg":"none","kid":"rsa","\u0061lg":"RS256"}"#,
    ] {
        assert_eq!(
            with_header(header),
            Err(OidcError::DuplicateKey {
                part: "header",
                key: "alg".into()
            })
        );
    }
    let payload = github_claims().to_string().replacen('{', r#"{"sha":"0","#, 1);
    assert_eq!(
        verify(&signed(HEADER, &payload, sign_rsa)),
        Err(OidcError::DuplicateKey {
            part: "payload",
            key: "sha".into()
        })
    );
}

#[test]
fn what_is_no_json_object_is_refused() {
    for header in ["", "[]", "null", "{", "{}{}", "\u{feff}{}"] {
        let token = IdentityToken::parse(format!("{}.e30.c2ln", b64(format!("{header} "))));
        let error = verify(&token.unwrap()).unwrap_err();
        assert_eq!(error.code(), "oidc-json", "{header}");
    }
    let digits = format!(r#"{{"exp":{}}}"#, "9".repeat(11_000));
    let deep = "[".repeat(5000);
    for payload in ["[]", "1", digits.as_str(), deep.as_str()] {
        let error = verify(&signed(HEADER, payload, sign_rsa)).unwrap_err();
        assert!(
            matches!(error, OidcError::Json { part: "payload", .. }),
            "{error:?}"
        );
    }
}

#[test]
fn a_token_is_for_one_audience_and_for_this_one() {
    assert!(changed(json!({"aud": "sigstore"})).is_ok());
    assert!(changed(json!({"aud": ["sigstore"]})).is_ok());
    for (aud, found) in [
        (json!("nobody"), "nobody"),
        (json!(""), ""),
        (json!("sigstore "), "sigstore "),
        (json!("Sigstore"), "Sigstore"),
        (json!([]), ""),
        (json!(["sigstore", "nobody"]), "sigstore, nobody"),
        (json!(["sigstore", "sigstore"]), "sigstore, sigstore"),
        (json!(["nobody"]), "nobody"),
    ] {
        assert_eq!(
            changed(json!({ "aud": aud })),
            Err(OidcError::Audience {
                expected: "sigstore".into(),
                found: found.to_owned()
            })
        );
    }
    for aud in [
        json!(1),
        json!({"sigstore": true}),
        json!([["sigstore"]]),
        json!(["sigstore", null]),
    ] {
        assert_eq!(
            changed(json!({ "aud": aud })).unwrap_err().code(),
            "oidc-claim-type"
        );
    }
    let name = "aud";
    assert_eq!(
        changed(json!({"aud": null})),
        Err(OidcError::MissingClaim { name })
    );
}

#[test]
fn an_issuer_is_compared_letter_by_letter() {
    let expected = "https://token.actions.githubusercontent.com";
    assert!(changed(json!({ "iss": expected })).is_ok());
    for found in [
        "https://token.actions.githubusercontent.com.evil",
        "https://token.actions.githubusercontent.com/",
        "https://token.actions.githubusercontent.com/octo-corp",
        "https://token-actions.githubusercontent.com",
        "HTTPS://token.actions.githubusercontent.com",
        "http://token.actions.githubusercontent.com",
        "",
    ] {
        let (expected, found) = (expected.to_owned(), found.to_owned());
        assert_eq!(
            changed(json!({ "iss": found })),
            Err(OidcError::Issuer { expected, found })
        );
    }
    assert_eq!(
        changed(json!({"iss": [expected]})).unwrap_err().code(),
        "oidc-claim-type"
    );
}

#[test]
fn a_time_is_an_integer_or_it_is_refused() {
    let time = |name: &str, value: Value| {
        let mut claims = github_claims();
        claims[name] = value;
        verify(&token(&claims))
    };
    for (name, good) in [("exp", EXPIRES), ("iat", ISSUED), ("nbf", ISSUED)] {
        assert!(time(name, json!(good)).is_ok());
        for value in [
            json!(good.to_string()),
            json!([good]),
            json!({"at": good}),
            json!(true),
            json!(-1),
            json!(i64::MAX),
            json!(u64::MAX),
            json!(f64::from(u32::try_from(good).unwrap())),
            Value::Null,
        ] {
            let expected = "a time in whole seconds";
            let error = time(name, value.clone());
            assert_eq!(
                error,
                Err(OidcError::ClaimType { name, expected }),
                "{name} {value}"
            );
        }
    }
    for name in ["exp", "iat"] {
        let mut claims = github_claims();
        claims.as_object_mut().unwrap().remove(name);
        assert_eq!(verify(&token(&claims)), Err(OidcError::MissingClaim { name }));
    }
    assert!(changed(json!({"nbf": null})).is_ok());
}

#[test]
fn a_token_is_valid_from_its_beginning_to_its_end() {
    let good = token(&github_claims());
    assert!(verify_at(&good, at(EXPIRES - 1)).is_ok());
    assert_eq!(
        verify_at(&good, at(EXPIRES)),
        Err(OidcError::Expired {
            expired_at: at(EXPIRES),
            now: at(EXPIRES)
        })
    );
    assert!(changed(json!({"nbf": NOW + 5})).is_ok());
    assert_eq!(
        changed(json!({"nbf": NOW + 6})),
        Err(OidcError::NotYetValid {
            valid_from: at(NOW + 6),
            now: now()
        })
    );
    assert!(changed(json!({"iat": NOW + 5})).is_ok());
    assert_eq!(
        changed(json!({"iat": NOW + 6})),
        Err(OidcError::IssuedLater {
            issued_at: at(NOW + 6),
            now: now()
        })
    );
}

#[test]
fn no_error_repeats_the_token() {
    let good = token(&github_claims());
    let inside = good.expose();
    for (header, payload) in [
        (json!({"alg": inside, "kid": "rsa"}), github_claims()),
        (json!({"alg": "RS256", "kid": inside}), github_claims()),
        (
            json!({"alg": "RS256", "kid": "rsa", inside: 1}),
            json!({inside: inside}),
        ),
        (
            json!({"alg": "RS256", "kid": "rsa"}),
            with(github_claims(), json!({"iss": inside})),
        ),
        (
            json!({"alg": "RS256", "kid": "rsa"}),
            with(github_claims(), json!({"aud": inside})),
        ),
        (
            json!({"alg": "RS256", "kid": "rsa"}),
            with(github_claims(), json!({"sha": inside})),
        ),
    ] {
        let error = verify(&signed(&header.to_string(), &payload.to_string(), sign_rsa)).unwrap_err();
        let text = format!("{error} {error:?}");
        assert!(!text.contains("eyJ"), "{text}");
    }
    let twice = format!(r#"{{"{inside}":1,"{inside}":2}}"#);
    let error = verify(&signed(&twice, "{}", sign_rsa)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("eyJ"), "{error}");
}

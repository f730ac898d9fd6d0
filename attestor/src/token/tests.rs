use std::time::{Duration, Instant};

use super::*;
use crate::http::testing::{Reply, Server, http};
use crate::http::{HttpError, Place};

fn parse(text: &str) -> Result<IdentityToken, TokenError> {
    IdentityToken::parse(text.to_owned())
}

fn environment(url: &str) -> impl Environment + use<> {
    let url = url.to_owned();
    move |name: &str| match name {
        "ACTIONS_ID_TOKEN_REQUEST_URL" => Some(url.clone()),
        "ACTIONS_ID_TOKEN_REQUEST_TOKEN" => Some("runtime".to_owned()),
        "EMPTY" => Some(String::new()),
        "SIGSTORE_ID_TOKEN" => Some("eyJh.eyJi.c2ln\n".to_owned()),
        _ => None,
    }
}

fn loopback() -> [TokenHost; 1] {
    [TokenHost::Exactly("127.0.0.1".into())]
}

#[test]
fn three_parts_of_base64url_are_a_token() {
    let token = parse("eyJh.e-_9.c2ln").unwrap();
    assert_eq!(token.expose(), "eyJh.e-_9.c2ln");
    let parts = token.parts().unwrap();
    assert_eq!(
        (parts.header, parts.payload, parts.signature, parts.signed),
        ("eyJh", "e-_9", "c2ln", "eyJh.e-_9")
    );
    assert_eq!(format!("{token:?}"), "IdentityToken([redacted])");
}

#[test]
fn other_forms_are_no_token() {
    for (text, error) in [
        ("", TokenError::Empty),
        ("eyJh", TokenError::Parts),
        ("eyJh.eyJi", TokenError::Parts),
        ("eyJh.eyJi.c2ln.c2ln", TokenError::Parts),
        (".eyJi.c2ln", TokenError::Alphabet { part: 1 }),
        ("eyJh.ey+i.c2ln", TokenError::Alphabet { part: 2 }),
        ("eyJh.eyJi.c2ln=", TokenError::Alphabet { part: 3 }),
        ("eyJh.eyJi.", TokenError::Alphabet { part: 3 }),
        ("eyJh.eyJi.c2ln\n", TokenError::Alphabet { part: 3 }),
    ] {
        assert_eq!(parse(text).unwrap_err(), error, "{text:?}");
    }
}

#[test]
fn a_token_of_16_kib_is_read_and_one_byte_more_is_not() {
    let longest = format!("a.{}.c", "b".repeat(TOKEN_LIMIT - 4));
    assert!(parse(&longest).is_ok());
    assert_eq!(
        parse(&format!("{longest}d")).unwrap_err(),
        TokenError::TooLong {
            found: TOKEN_LIMIT + 1,
            limit: TOKEN_LIMIT
        }
    );
}

#[test]
fn a_megabyte_of_dots_is_refused_at_once() {
    let dots = ".".repeat(1 << 20);
    let started = Instant::now();
    let error = IdentityToken::parse(dots).unwrap_err();
    assert!(started.elapsed() < Duration::from_millis(10));
    assert_eq!(
        error,
        TokenError::TooLong {
            found: 1 << 20,
            limit: TOKEN_LIMIT
        }
    );
    // As many as get through the limit.
    assert_eq!(parse(&".".repeat(TOKEN_LIMIT)).unwrap_err(), TokenError::Parts);
}

#[test]
fn github_is_asked_once_for_a_token_of_this_audience() {
    let server = Server::start(|_| Reply::ok(r#"{"count":1,"value":"eyJh.eyJi.c2ln"}"#));
    let url = format!("{}/token?api-version=2.0", server.url());
    let source = TokenSource::github(&environment(&url), &loopback()).unwrap();
    let token = source.token(&http(), "sig store&x").unwrap();
    assert_eq!(token.expose(), "eyJh.eyJi.c2ln");
    let [asked] = server.asked().try_into().unwrap();
    assert_eq!(asked.path(), "/token?api-version=2.0&audience=sig+store%26x");
    assert!(
        asked.head.contains("authorization: Bearer runtime\r\n"),
        "{}",
        asked.head
    );
    assert!(!format!("{source:?}").contains("\"runtime\""));
}

#[test]
fn tokens_are_asked_for_at_githubs_hosts_and_at_those_that_were_named() {
    let github = [TokenHost::github()];
    let at = |url: &str, hosts: &[TokenHost]| TokenSource::github(&environment(url), hosts).map(|_| ());
    let good = "https://run.actions.githubusercontent.com/x?api-version=2.0";
    assert_eq!(at(good, &github), Ok(()));
    for (url, scheme, host) in [
        (
            "http://run.actions.githubusercontent.com/",
            "http",
            "run.actions.githubusercontent.com",
        ),
        (
            "https://actions.githubusercontent.com/",
            "https",
            "actions.githubusercontent.com",
        ),
        (
            "https://evilactions.githubusercontent.com/",
            "https",
            "evilactions.githubusercontent.com",
        ),
        (
            "https://a.actions.githubusercontent.com.evil/",
            "https",
            "a.actions.githubusercontent.com.evil",
        ),
        ("https://evil/?x=.actions.githubusercontent.com", "https", "evil"),
        ("http://127.0.0.1:1/", "http", "127.0.0.1"),
    ] {
        let (scheme, host) = (scheme.to_owned(), host.to_owned());
        assert_eq!(
            at(url, &github),
            Err(TokenSourceError::Host { scheme, host }),
            "{url}"
        );
    }
    assert_eq!(at("http://127.0.0.1:1/", &loopback()), Ok(()));
    let server = [TokenHost::Exactly("github.example.com".into())];
    assert_eq!(at("https://github.example.com/_services/x", &server), Ok(()));
    assert_eq!(
        at("http://github.example.com/_services/x", &server),
        Err(TokenSourceError::Http(HttpError::Insecure {
            at: Place {
                host: "github.example.com".into(),
                path: "/_services/x".into()
            }
        }))
    );
    assert_eq!(at("no url", &github), Err(TokenSourceError::NotAUrl));
    assert_eq!(
        at(&format!("{good}&audience=nobody"), &github),
        Err(TokenSourceError::AudienceGiven)
    );
}

#[test]
fn a_token_that_was_given_is_taken_without_its_line_break() {
    let env = environment("");
    let given = TokenSource::variable(&env, "SIGSTORE_ID_TOKEN").unwrap();
    assert_eq!(
        given.token(&http(), "sigstore").unwrap().expose(),
        "eyJh.eyJi.c2ln"
    );
    for name in ["ABSENT", "EMPTY"] {
        assert_eq!(
            TokenSource::variable(&env, name).unwrap_err(),
            TokenSourceError::NotSet { name: name.into() }
        );
    }
    assert_eq!(
        TokenSource::github(&env, &loopback()).unwrap_err(),
        TokenSourceError::NotSet {
            name: "ACTIONS_ID_TOKEN_REQUEST_URL".into()
        }
    );
}

#[test]
fn a_file_holds_a_token_or_the_error_says_what_it_holds() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("token");
    let file = |content: &[u8]| {
        std::fs::write(&path, content).unwrap();
        TokenSource::file(&path).map(|source| source.token(&http(), "x").unwrap().expose().to_owned())
    };
    assert_eq!(file(b"eyJh.eyJi.c2ln\r\n").unwrap(), "eyJh.eyJi.c2ln");
    assert_eq!(
        file(b"eyJh.eyJi").unwrap_err(),
        TokenSourceError::Token(TokenError::Parts)
    );
    assert_eq!(
        file(b"\xff").unwrap_err(),
        TokenSourceError::File {
            kind: std::io::ErrorKind::InvalidData
        }
    );
    let found = TOKEN_LIMIT + 3;
    assert_eq!(
        file(&vec![b'.'; 1 << 20]).unwrap_err(),
        TokenSourceError::Token(TokenError::TooLong {
            found,
            limit: TOKEN_LIMIT
        })
    );
    assert_eq!(
        TokenSource::file(&directory.path().join("absent")).unwrap_err(),
        TokenSourceError::File {
            kind: std::io::ErrorKind::NotFound
        }
    );
}

#[test]
fn an_endpoint_that_answers_badly_gives_no_token_and_no_word_of_one() {
    for (reply, code) in [
        (Reply::ok(r#"{"value":"eyJh.eyJi"}"#), "token-parts"),
        (Reply::ok(r#"{"token":"eyJh.eyJi.c2ln"}"#), "http-not-json"),
        (Reply::ok(r#"[{"value":"eyJh.eyJi.c2ln"}]"#), "http-not-json"),
        (Reply::ok(r#""eyJh.eyJi.c2ln""#), "http-not-json"),
        (
            Reply::ok(r#"{"value":"a.b.c","value":"eyJh.eyJi.c2ln"}"#),
            "http-not-json",
        ),
        (
            Reply::Full(403, vec![], b"no: eyJh.eyJi.c2ln runtime".to_vec()),
            "http-status",
        ),
        (Reply::redirect("https://evil/eyJh.eyJi.c2ln"), "http-redirected"),
        (Reply::ok("x".repeat((64 << 10) + 1)), "http-too-large"),
    ] {
        let server = Server::start(move |_| reply.clone());
        let source = TokenSource::github(&environment(&server.url()), &loopback()).unwrap();
        let error = source.token(&http(), "sigstore").unwrap_err();
        assert_eq!(error.code(), code);
        let text = format!("{error} {error:?}");
        assert!(!text.contains("eyJ") && !text.contains("runtime"), "{text}");
    }
}

use std::time::{Duration, Instant};

use super::testing::{Reply, Server, http, http_with};
use super::*;

fn get(url: &str) -> Request {
    Request::get(url).unwrap()
}

fn place(server: &Server, path: &str) -> Place {
    Place {
        host: server.host(),
        path: path.to_owned(),
    }
}

fn limits(limits: impl FnOnce(&mut HttpLimits)) -> HttpLimits {
    let mut all = HttpLimits::default();
    limits(&mut all);
    all
}

#[test]
fn what_is_sent_names_the_tool_and_carries_what_the_caller_gave() {
    let server = Server::start(|_| Reply::Full(201, vec![("Location", "/made/1".into())], b"{}".to_vec()));
    let request = Request::post(
        &format!("{}/make?page=2", server.url()),
        "{\"a\":1}",
        "application/json",
    )
    .unwrap()
    .accept("application/json")
    .bearer(&Secret::new("s3cret"));
    let response = http().send(request).unwrap();
    assert_eq!((response.status(), response.body()), (201, &b"{}"[..]));
    assert_eq!(response.header("location"), Some("/made/1"));
    assert_eq!(response.header("connection"), None);

    let [asked] = server.asked().try_into().unwrap();
    assert_eq!(asked.path(), "/make?page=2");
    assert_eq!(asked.body, b"{\"a\":1}");
    let head = asked.head.to_ascii_lowercase();
    for line in [
        format!("user-agent: slsa-attest/{}", env!("CARGO_PKG_VERSION")),
        "authorization: bearer s3cret".to_owned(),
        "accept: application/json".to_owned(),
        "content-type: application/json".to_owned(),
    ] {
        assert!(head.lines().any(|l| l == line), "{line}: {head}");
    }
}

#[test]
fn plain_http_is_for_this_machine_only() {
    for url in [
        "http://127.0.0.1:1/x",
        "http://localhost/x",
        "http://[::1]/x",
        "https://example.com/x",
    ] {
        assert!(Request::get(url).is_ok(), "{url}");
    }
    let error = Request::get("http://example.com/x?y").unwrap_err();
    assert_eq!(
        error,
        HttpError::Insecure {
            at: Place {
                host: "example.com".into(),
                path: "/x".into()
            }
        }
    );
    for url in [
        "http://127.0.0.2/",
        "http://localhost.example/",
        "http://0.0.0.0/",
        "http://[::ffff:127.0.0.1]/",
    ] {
        assert_eq!(Request::get(url).unwrap_err().code(), "http-insecure", "{url}");
    }
}

#[test]
fn what_is_no_web_address_is_refused() {
    for (url, detail) in [
        ("", "no URL"),
        ("file:///etc/passwd", "it has no host"),
        ("ftp://example.com/", "neither https nor http"),
        ("https://user@example.com/", "it has a user name or password"),
        ("https://:pw@example.com/", "it has a user name or password"),
    ] {
        assert_eq!(
            Request::get(url).unwrap_err(),
            HttpError::Address { detail },
            "{url}"
        );
    }
}

#[test]
fn a_redirect_is_an_error_that_says_where_to() {
    let elsewhere = Server::start(|_| Reply::ok("{}"));
    let to = format!("{}/keys", elsewhere.url());
    let server = Server::start(move |asked| match asked.path() {
        "/far" => Reply::redirect(&to),
        "/near" => Reply::redirect("/other"),
        _ => Reply::status(307),
    });
    for (path, status, to_host) in [
        ("/far", 302, Some("127.0.0.1")),
        ("/near", 302, Some("127.0.0.1")),
        ("/nowhere", 307, None),
    ] {
        let error = http()
            .send(get(&format!("{}{path}", server.url())).idempotent())
            .unwrap_err();
        let to_host = to_host.map(str::to_owned);
        let at = place(&server, path);
        assert_eq!(error, HttpError::Redirected { at, status, to_host });
    }
    assert!(elsewhere.asked().is_empty());
    assert_eq!(server.asked().len(), 3);
}

#[test]
fn a_body_of_exactly_the_limit_is_read_and_one_byte_more_is_not() {
    let server = Server::start(|asked| match asked.path() {
        "/declared" => Reply::ok("12345"),
        _ => Reply::Unbounded(b"12345".to_vec()),
    });
    for (path, declared) in [("/declared", Some(5)), ("/undeclared", None)] {
        let url = format!("{}{path}", server.url());
        assert_eq!(http().send(get(&url).limit(5)).unwrap().body(), b"12345");
        let at = place(&server, path);
        assert_eq!(
            http().send(get(&url).limit(4)).unwrap_err(),
            HttpError::TooLarge {
                at,
                declared,
                limit: 4
            }
        );
    }
}

#[test]
fn a_declared_length_beyond_the_limit_is_refused_before_anything_is_read() {
    let server = Server::start(|_| Reply::Cut {
        announced: 1 << 40,
        sent: Vec::new(),
    });
    let error = http().send(get(&server.url())).unwrap_err();
    assert_eq!(
        error,
        HttpError::TooLarge {
            at: place(&server, "/"),
            declared: Some(1 << 40),
            limit: 1 << 20
        }
    );
}

#[test]
fn a_broken_off_answer_is_not_a_timeout_and_not_an_answer() {
    let server = Server::start(|asked| match asked.path() {
        "/body" => Reply::Cut {
            announced: 100,
            sent: b"half".to_vec(),
        },
        _ => Reply::Close,
    });
    for path in ["/body", "/head"] {
        let error = http().send(get(&format!("{}{path}", server.url()))).unwrap_err();
        let HttpError::Cut { at, .. } = &error else {
            panic!("{error:?}")
        };
        assert_eq!(at, &place(&server, path));
    }
}

#[test]
fn an_answer_that_comes_late_or_never_ends_is_a_timeout() {
    let server = Server::start(|asked| match asked.path() {
        "/late" => Reply::Late(Duration::from_secs(3)),
        _ => Reply::Drip(Duration::from_millis(50)),
    });
    let after = Duration::from_millis(400);
    for path in ["/late", "/drip"] {
        let started = Instant::now();
        let error = http_with(limits(|l| l.request = after))
            .0
            .send(get(&format!("{}{path}", server.url())))
            .unwrap_err();
        let at = place(&server, path);
        assert_eq!(error, HttpError::Timeout { at, after });
        assert!(started.elapsed() < Duration::from_millis(1500), "{path}");
    }
}

#[test]
fn a_port_on_which_nobody_listens_is_a_connection_error() {
    let url = Server::start(|_| Reply::Close).url();
    std::thread::sleep(Duration::from_millis(50));
    let error = http().send(get(&format!("{url}/x?token=1"))).unwrap_err();
    assert!(matches!(error, HttpError::Connect { .. }), "{error:?}");
    assert!(!error.to_string().contains("token"), "{error}");
}

#[test]
fn a_server_without_tls_is_a_connection_error_where_tls_was_asked_for() {
    let server = Server::start(|_| Reply::ok("{}"));
    assert!(http().send(get(&server.url())).is_ok());
    let url = server.url().replace("http://", "https://");
    let error = http().send(get(&url)).unwrap_err();
    let HttpError::Connect { at, .. } = &error else {
        panic!("{error:?}")
    };
    assert_eq!(at, &place(&server, "/"));
    assert_eq!(server.asked().len(), 1);
}

#[test]
fn what_may_be_sent_twice_is_sent_three_times_and_nothing_else_is() {
    let server = Server::start(|_| Reply::status(503));
    let status = HttpError::Status {
        at: place(&server, "/"),
        status: 503,
        retry_after: None,
        excerpt: String::new(),
    };
    let (http, pacing) = http_with(HttpLimits::default());
    assert_eq!(http.send(get(&server.url()).idempotent()).unwrap_err(), status);
    assert_eq!(server.asked().len(), 3);
    assert_eq!(pacing.slept(), [250, 500].map(Duration::from_millis));

    assert_eq!(http.send(get(&server.url())).unwrap_err(), status);
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_service_that_recovers_gives_its_answer() {
    let tries = std::sync::atomic::AtomicUsize::new(0);
    let server = Server::start(
        move |_| match tries.fetch_add(1, std::sync::atomic::Ordering::SeqCst) {
            0 => Reply::Full(429, vec![("Retry-After", "7".into())], Vec::new()),
            1 => Reply::Cut {
                announced: 9,
                sent: b"x".to_vec(),
            },
            _ => Reply::ok("done"),
        },
    );
    let (http, pacing) = http_with(HttpLimits::default());
    assert_eq!(
        http.send(get(&server.url()).idempotent()).unwrap().body(),
        b"done"
    );
    assert_eq!(pacing.slept(), [7000, 500].map(Duration::from_millis));
}

#[test]
fn no_pause_goes_beyond_the_deadline() {
    let server = Server::start(|_| Reply::Full(503, vec![("Retry-After", "30".into())], Vec::new()));
    let pacing = Arc::new(testing::NoWaiting::default());
    let http = Http::new(HttpOptions {
        retry: Retry {
            tries: 100,
            ..Retry::default()
        },
        pacing: pacing.clone(),
        ..HttpOptions::default()
    })
    .unwrap();
    http.send(get(&server.url()).idempotent()).unwrap_err();
    assert_eq!(pacing.slept(), [Duration::from_secs(30); 3]);
}

#[test]
fn a_status_that_the_caller_expects_is_an_answer() {
    let server = Server::start(|_| Reply::Full(409, Vec::new(), b"there".to_vec()));
    let request = || get(&server.url());
    assert_eq!(http().send(request()).unwrap_err().code(), "http-status");
    let response = http().send(request().answer_on(409)).unwrap();
    assert_eq!((response.status(), response.body()), (409, &b"there"[..]));
}

#[test]
fn an_error_shows_the_beginning_of_its_body_and_no_credential() {
    let server = Server::start(|_| {
        let body = format!(
            "no: s3cret\u{1b}[1m eyJhbGci.eyJpc3Mi.c2ln {}",
            "x".repeat(1 << 20)
        );
        Reply::Full(403, Vec::new(), body.into_bytes())
    });
    let error = http()
        .send(get(&server.url()).bearer(&Secret::new("s3cret")))
        .unwrap_err();
    let HttpError::Status { excerpt, .. } = &error else {
        panic!("{error:?}")
    };
    assert!(
        excerpt.starts_with(r"no: [secret]\u{1b}[1m [token] xxx"),
        "{excerpt}"
    );
    assert_eq!(excerpt.chars().count(), 200);
}

#[test]
fn json_is_read_strictly_and_its_errors_repeat_no_token() {
    let server = Server::start(|asked| match asked.path() {
        "/good" => Reply::ok(r#"{"a":1}"#),
        "/twice" => Reply::ok(r#"{"a":1,"a":2}"#),
        _ => Reply::ok(r#""eyJhbGci.eyJpc3Mi.c2ln""#),
    });
    let json = |path: &str| {
        let response = http().send(get(&format!("{}{path}", server.url()))).unwrap();
        response.json::<std::collections::BTreeMap<String, u8>>()
    };
    assert_eq!(json("/good").unwrap()["a"], 1);
    let at = place(&server, "/twice");
    assert_eq!(
        json("/twice").unwrap_err(),
        HttpError::NotJson {
            at,
            detail: r#"duplicate key "a" at line 1"#.into()
        }
    );
    assert!(!json("/token").unwrap_err().to_string().contains("eyJ"));
}

#[test]
fn a_credential_that_no_header_can_hold_is_refused_unseen() {
    let error = http()
        .send(get("https://127.0.0.1:1/").bearer(&Secret::new("a\nb")))
        .unwrap_err();
    assert_eq!(
        error,
        HttpError::Header {
            name: "authorization"
        }
    );
}

#[test]
fn options_that_mean_nothing_make_no_client() {
    let with = |change: fn(&mut HttpOptions)| {
        let mut options = HttpOptions::default();
        change(&mut options);
        Http::new(options).unwrap_err()
    };
    assert_eq!(with(|o| o.extra_roots = Some(Vec::new())), HttpError::Roots);
    let no_certificate = with(|o| {
        o.extra_roots = Some(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_vec());
    });
    assert_eq!(no_certificate.code(), "http-client");
    assert_eq!(
        with(|o| o.proxy = Some(Secret::new("http://["))),
        HttpError::Proxy
    );
}

#[test]
fn a_client_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Http>();
}

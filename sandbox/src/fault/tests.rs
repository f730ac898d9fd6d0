use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::{get, post};
use reqwest::{Response, StatusCode};

use super::{Fault, Faults, Service, Times};
use crate::loopback::{client, served};

const BODY: &str = "0123456789";

/// Serves the body at `/` and counts nothing else; returns its URL.
async fn with(fault: Fault, times: Times) -> String {
    let faults = Faults::new();
    faults.set(Service::Rekor, fault, times);
    service(&faults).await
}

async fn service(faults: &Faults) -> String {
    let routes = Router::new()
        .route("/", get(|| async { BODY }))
        .route("/large", get(|| async { BODY.repeat(100_000) }))
        .route("/empty", post(|| async {}));
    served(routes.layer(faults.layer(Service::Rekor))).await
}

async fn ask(url: &str) -> Response {
    client().get(url).send().await.unwrap()
}

/// What is expected where nothing goes wrong.
async fn assert_right(url: &str) {
    let answer = ask(url).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.text().await.unwrap(), BODY);
}

#[tokio::test]
async fn without_a_fault_the_answer_is_the_services_own() {
    assert_right(&service(&Faults::new()).await).await;
}

#[tokio::test]
async fn slow_answer_comes_late_and_whole() {
    let url = with(Fault::Slow(Duration::from_millis(300)), Times::Once).await;
    let start = Instant::now();
    assert_right(&url).await;
    assert!(start.elapsed() >= Duration::from_millis(300));

    let start = Instant::now();
    assert_right(&url).await;
    assert!(start.elapsed() < Duration::from_millis(300));
}

#[tokio::test]
async fn too_many_requests_says_when_to_come_again() {
    let url = with(Fault::TooManyRequests { retry_after: 7 }, Times::Once).await;
    let answer = ask(&url).await;
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(answer.headers()["retry-after"], "7");
    assert_right(&url).await;
}

#[tokio::test]
async fn server_error_happens_as_often_as_it_was_set() {
    let url = with(Fault::ServerError, Times::N(2)).await;
    for _ in 0..2 {
        assert_eq!(ask(&url).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
    assert_right(&url).await;

    let url = with(Fault::ServerError, Times::Always).await;
    for _ in 0..5 {
        assert_eq!(ask(&url).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}

#[tokio::test]
async fn cut_answer_begins_well_and_ends_in_an_error() {
    for path in ["", "/large"] {
        let url = with(Fault::Cut, Times::Once).await;
        let mut answer = ask(&format!("{url}{path}")).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let announced = answer.content_length().unwrap();
        let mut found = Vec::new();
        let error = loop {
            match answer.chunk().await {
                Ok(Some(chunk)) => found.extend(chunk),
                Ok(None) => panic!("the body ended as if it were whole"),
                Err(error) => break error,
            }
        };
        assert!(!error.is_timeout(), "{error:?}");
        let found = u64::try_from(found.len()).unwrap();
        assert_eq!(found * 2, announced);
        assert_right(&url).await;
    }
}

#[tokio::test]
async fn cut_answer_without_a_body_announces_one() {
    let url = with(Fault::Cut, Times::Once).await;
    let answer = client().post(format!("{url}/empty")).send().await.unwrap();
    assert_eq!(answer.content_length(), Some(1));
    answer.bytes().await.unwrap_err();
}

#[tokio::test]
async fn truncated_answer_looks_whole() {
    let url = with(Fault::Truncated, Times::Once).await;
    let answer = ask(&url).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.content_length(), Some(5));
    assert_eq!(answer.text().await.unwrap(), "01234");
    assert_right(&url).await;
}

#[tokio::test]
async fn oversized_answer_is_the_right_one_to_who_reads_all_and_announces_nothing() {
    let url = with(Fault::Oversized(3_000_000), Times::Once).await;
    let answer = ask(&url).await;
    assert_eq!(answer.content_length(), None);
    let text = answer.text().await.unwrap();
    assert_eq!(text.len(), 3_000_000);
    assert_eq!(text.trim_end(), BODY);
    assert_right(&url).await;
}

#[tokio::test]
async fn redirection_keeps_method_and_body() {
    let elsewhere = "http://elsewhere.test/path";
    let url = with(Fault::Redirect(elsewhere.to_owned()), Times::Once).await;
    let answer = ask(&url).await;
    assert_eq!(answer.status(), StatusCode::TEMPORARY_REDIRECT);
    assert_eq!(answer.headers()["location"], elsewhere);
    assert_right(&url).await;
}

#[tokio::test]
async fn faults_of_one_service_are_not_those_of_another() {
    let faults = Faults::new();
    let url = service(&faults).await;
    faults.set(Service::Fulcio, Fault::ServerError, Times::Always);
    assert_right(&url).await;
    faults.set(Service::Rekor, Fault::ServerError, Times::Always);
    assert_eq!(ask(&url).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    faults.clear();
    assert_right(&url).await;
}

#[tokio::test]
async fn what_the_service_must_do_itself_leaves_its_answers_alone() {
    let faults = Faults::new();
    let url = service(&faults).await;
    faults.set(Service::Rekor, Fault::WrongSignature, Times::Once);
    assert_right(&url).await;
    assert!(!faults.commits(Service::Rekor, &Fault::OtherEntry));
    assert!(!faults.commits(Service::Fulcio, &Fault::WrongSignature));
    assert!(faults.commits(Service::Rekor, &Fault::WrongSignature));
    assert!(!faults.commits(Service::Rekor, &Fault::WrongSignature));
}

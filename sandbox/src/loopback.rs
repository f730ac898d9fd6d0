//! A server and a client on loopback, for the tests of services.

use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use tokio::net::TcpListener;

/// Returns a listener, and the URL that reaches what will be served on it.
pub(crate) async fn listener() -> (TcpListener, String) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    (listener, url)
}

/// Serves the routes until the test ends.
pub(crate) fn serve(listener: TcpListener, router: Router) {
    tokio::spawn(async move { axum::serve(listener, router).await });
}

/// Serves the routes until the test ends, and returns the URL that reaches them.
pub(crate) async fn served(router: Router) -> String {
    let (listener, url) = listener().await;
    serve(listener, router);
    url
}

/// Returns a client that follows no redirection, knows no proxy and does not wait for long.
pub(crate) fn client() -> reqwest::Client {
    let client = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    client
        .no_proxy()
        .timeout(Duration::from_secs(10))
        .build()
        .unwrap()
}

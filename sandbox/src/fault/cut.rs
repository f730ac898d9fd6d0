//! A body whose sender goes away.

use std::io;
use std::net::Ipv4Addr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// How long the body stands still before it fails, so that its first part is on the way by then.
const PAUSE: Duration = Duration::from_millis(50);

/// Returns a body that announces so many bytes, gives these, and then an error.
///
/// The server drops what it has not yet sent when a body fails at once; so this one has to fail late. It is the
/// body of a request, over a connection of its own on loopback, whose sender goes away.
pub(super) async fn broken(bytes: Bytes, announced: usize) -> io::Result<Body> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let address = listener.local_addr()?;
    let (give, mut take) = mpsc::channel(1);
    let receive = move |request: Request| {
        let give = give.clone();
        async move {
            let _ = give.send(request.into_body()).await;
            // An answer would end the connection before the body does.
            give.closed().await;
        }
    };
    let server = axum::serve(listener, Router::new().fallback(receive));
    let server = tokio::spawn(server.into_future());

    let connection = TcpStream::connect(address).await?;
    let head = format!("POST / HTTP/1.1\r\nHost: sandbox\r\nContent-Length: {announced}\r\n\r\n");
    write(&connection, head.as_bytes()).await?;
    let body = take.recv().await.ok_or(io::ErrorKind::BrokenPipe)?;
    tokio::spawn(async move {
        let written = write(&connection, &bytes).await;
        tokio::time::sleep(PAUSE).await;
        drop((written, connection));
        // Time for the server to see the end.
        tokio::time::sleep(PAUSE).await;
        drop(take);
        server.abort();
    });
    Ok(body)
}

async fn write(connection: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        connection.writable().await?;
        match connection.try_write(bytes) {
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

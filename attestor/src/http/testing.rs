//! A server on loopback that answers as a test wants it to, well or badly.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::{Http, HttpLimits, HttpOptions, Pacing};

/// What came in.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    /// The first line and the headers.
    pub(crate) head: String,
    /// The body.
    pub(crate) body: Vec<u8>,
}

impl Asked {
    /// The path with its query.
    pub(crate) fn path(&self) -> &str {
        self.head.split(' ').nth(1).unwrap_or_default()
    }
}

/// What goes out.
#[derive(Debug, Clone)]
pub(crate) enum Reply {
    /// A status with headers and a body.
    Full(u16, Vec<(&'static str, String)>, Vec<u8>),
    /// More is announced than is sent.
    Cut { announced: usize, sent: Vec<u8> },
    /// No length, and the end where the connection ends.
    Unbounded(Vec<u8>),
    /// Nothing for a while.
    Late(Duration),
    /// A byte each so often, for ever.
    Drip(Duration),
    /// The connection closed at once.
    Close,
}

impl Reply {
    pub(crate) fn ok(body: impl Into<Vec<u8>>) -> Self {
        Self::Full(200, Vec::new(), body.into())
    }

    pub(crate) fn status(status: u16) -> Self {
        Self::Full(status, Vec::new(), Vec::new())
    }

    pub(crate) fn redirect(to: &str) -> Self {
        Self::Full(302, vec![("Location", to.to_owned())], Vec::new())
    }
}

/// A server that runs until it is dropped.
pub(crate) struct Server {
    address: SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    stop: Arc<AtomicBool>,
}

impl Server {
    pub(crate) fn start(answer: impl Fn(&Asked) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let server = Self {
            address: listener.local_addr().unwrap(),
            asked: Arc::default(),
            stop: Arc::default(),
        };
        let (asked, stop, answer) = (server.asked.clone(), server.stop.clone(), Arc::new(answer));
        thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (asked, answer) = (asked.clone(), answer.clone());
                thread::spawn(move || stream.map(|stream| serve(stream, &asked, &*answer)));
            }
        });
        server
    }

    /// The address, without a slash at the end.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Host and port.
    pub(crate) fn host(&self) -> String {
        self.address.to_string()
    }

    /// Everything that came in so far.
    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
    }
}

fn serve(mut stream: TcpStream, log: &Mutex<Vec<Asked>>, answer: &dyn Fn(&Asked) -> Reply) {
    let Some(asked) = read(&mut stream) else { return };
    log.lock().unwrap().push(asked.clone());
    let closing = "Connection: close\r\n";
    // A client that has read enough closes its end: writing then fails, and that is its right.
    let _ = match answer(&asked) {
        Reply::Full(status, headers, body) => {
            let headers: String = headers.iter().map(|(k, v)| format!("{k}: {v}\r\n")).collect();
            let length = body.len();
            let head = format!("HTTP/1.1 {status} X\r\n{closing}{headers}Content-Length: {length}\r\n\r\n");
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body))
        }
        Reply::Cut { announced, sent } => {
            let head = format!("HTTP/1.1 200 X\r\n{closing}Content-Length: {announced}\r\n\r\n");
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&sent))
        }
        Reply::Unbounded(body) => {
            let head = format!("HTTP/1.1 200 X\r\n{closing}\r\n");
            stream
                .write_all(head.as_bytes())
                .and_then(|()| stream.write_all(&body))
        }
        Reply::Late(pause) => {
            thread::sleep(pause);
            stream.write_all(b"HTTP/1.1 200 X\r\nContent-Length: 0\r\n\r\n")
        }
        Reply::Drip(pause) => {
            let mut written = stream.write_all(b"HTTP/1.1 200 X\r\n\r\n");
            while written.is_ok() {
                written = stream.write_all(b"x");
                thread::sleep(pause);
            }
            written
        }
        Reply::Close => Ok(()),
    };
}

fn read(stream: &mut TcpStream) -> Option<Asked> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.extend(byte);
    }
    let head = String::from_utf8(head).ok()?;
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse().ok())?
    });
    let mut body = vec![0; length.unwrap_or(0)];
    stream.read_exact(&mut body).ok()?;
    Some(Asked { head, body })
}

/// Time that only passes where someone sleeps, and no chance.
#[derive(Debug, Default)]
pub(crate) struct NoWaiting {
    slept: Mutex<Vec<Duration>>,
}

impl NoWaiting {
    pub(crate) fn slept(&self) -> Vec<Duration> {
        self.slept.lock().unwrap().clone()
    }
}

impl Pacing for NoWaiting {
    fn now(&self) -> Duration {
        self.slept.lock().unwrap().iter().sum()
    }

    fn sleep(&self, pause: Duration) {
        self.slept.lock().unwrap().push(pause);
    }

    fn random(&self) -> u64 {
        0
    }
}

/// A client that does not wait between tries.
pub(crate) fn http() -> Http {
    http_with(HttpLimits::default()).0
}

/// The same with other limits, and what it slept.
pub(crate) fn http_with(limits: HttpLimits) -> (Http, Arc<NoWaiting>) {
    let pacing = Arc::new(NoWaiting::default());
    let options = HttpOptions {
        limits,
        pacing: pacing.clone(),
        ..HttpOptions::default()
    };
    (Http::new(options).unwrap(), pacing)
}

//! HTTP written by hand, so that requests can be wrong.

use base64::Engine;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

/// Where requests go, and as whom.
pub(crate) struct Target {
    /// Address and port.
    authority: String,
    authorization: String,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Target {
    /// The server at an `http:` URL.
    pub(crate) fn new(url: &str, (user, password): (&str, &str)) -> Self {
        let authority = url.trim_start_matches("http://").split('/').next().unwrap().to_owned();
        let token = base64::prelude::BASE64_STANDARD.encode(format!("{user}:{password}"));
        Self { authority, authorization: format!("Basic {token}") }
    }

    /// Posts a body.
    pub(crate) fn post(&self, body: &str) -> Response {
        let mut stream = self.open(&format!("Content-Length: {}\r\n", body.len()));
        stream.write_all(body.as_bytes()).unwrap();
        read(stream)
    }

    /// Says that a body of `length` bytes follows, and waits for what the server says to that.
    pub(crate) fn announce(&self, length: u64) -> Response {
        read(self.open(&format!("Content-Length: {length}\r\n")))
    }

    /// Sends up to `count` chunks of a body without a declared length, as long as the server takes them. The bytes that
    /// it took, and its answer if there was one before it closed the connection.
    pub(crate) fn post_chunks(&self, chunk: &[u8], count: usize) -> (usize, Option<Response>) {
        let mut stream = self.open("Transfer-Encoding: chunked\r\n");
        let framed = [format!("{:x}\r\n", chunk.len()).as_bytes(), chunk, b"\r\n"].concat();
        let sent = (0..count).take_while(|_| stream.write_all(&framed).is_ok()).count();
        (sent * chunk.len(), try_read(stream).ok())
    }

    /// A connection on which the head of a request is sent.
    fn open(&self, length: &str) -> TcpStream {
        let mut stream = TcpStream::connect(&self.authority).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream.set_write_timeout(Some(PATIENCE)).unwrap();
        let Self { authority, authorization } = self;
        let head = format!(
            "POST /wsman HTTP/1.1\r\nHost: {authority}\r\nAuthorization: {authorization}\r\nConnection: close\r\n\
             Content-Type: application/soap+xml;charset=UTF-8\r\n{length}\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream
    }
}

fn read(stream: TcpStream) -> Response {
    try_read(stream).unwrap_or_else(|error| panic!("no answer: {error}"))
}

/// Reads to the end of the connection.
fn try_read(mut stream: TcpStream) -> io::Result<Response> {
    let mut bytes = Vec::new();
    let ended = stream.read_to_end(&mut bytes);
    let text = String::from_utf8_lossy(&bytes);
    let whole = text.split_once("\r\n\r\n").and_then(|(head, body)| {
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Response { status, body: body.to_owned() })
    });
    // A server that refuses a body closes the connection while the body still comes, which resets it.
    whole.ok_or_else(|| ended.err().unwrap_or_else(|| ErrorKind::UnexpectedEof.into()))
}

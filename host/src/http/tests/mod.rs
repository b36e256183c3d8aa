//! The server over real sockets, with a stand-in for the host.

mod interactive;

use super::server::Limits;
use crate::serve::{ServeOptions, Server};
use crate::wsman::tests::fake::{Fake, envelope, selectors};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use std::fs;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

struct Fixture {
    server: Server,
    _state: tempfile::TempDir,
    /// The value of a right `Authorization` header.
    basic: String,
}

fn fixture(limits: Limits) -> Fixture {
    fixture_of(Fake::new(3), limits)
}

fn fixture_of(fake: Fake, limits: Limits) -> Fixture {
    let state = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(state.path().join("state"));
    options.http = vec![SocketAddr::from(([127, 0, 0, 1], 0))];
    options.https = options.http.clone();
    options.limits = limits;
    let server = Server::start(fake, &options).unwrap();
    let credentials = fs::read_to_string(&server.listening().credentials).unwrap();
    let pair = credentials.lines().find(|line| line.starts_with("lumi:")).unwrap();
    Fixture { basic: format!("Basic {}", BASE64_STANDARD.encode(pair)), server, _state: state }
}

impl Fixture {
    fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.server.listening().http[0]).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        stream
    }

    /// A request that would be answered with an instance.
    fn get(&self, extra: &str) -> String {
        let body = envelope("Get", "X_Thing", &selectors(&[("Id", "1")]), "");
        post(&format!("Authorization: {}\r\n{extra}", self.basic), &body)
    }
}

fn post(headers: &str, body: &str) -> String {
    format!(
        "POST /wsman HTTP/1.1\r\nHost: x\r\nContent-Type: application/soap+xml;charset=UTF-8\r\nContent-Length: {}\r\n\
         {headers}\r\n{body}",
        body.len()
    )
}

/// One answer: its head and its body.
fn read_answer(stream: &mut impl Read) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream
            .read_exact(&mut byte)
            .unwrap_or_else(|error| panic!("{error} after {:?}", String::from_utf8_lossy(&head)));
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap().to_ascii_lowercase();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |it| it.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

fn send(stream: &mut (impl Read + Write), request: &str) -> (String, String) {
    stream.write_all(request.as_bytes()).unwrap();
    read_answer(stream)
}

fn status(head: &str) -> &str {
    head.split(' ').nth(1).unwrap()
}

/// Whether the other side closes the connection.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(0) => true,
        Ok(_) => panic!("unexpected bytes"),
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn without_credentials_there_is_a_challenge_and_the_connection_stays() {
    let fixture = fixture(Limits::default());
    let mut stream = fixture.connect();
    for wrong in
        ["", "Authorization: Basic bHVtaTp3cm9uZw==\r\n", "Authorization: Basic %\r\n", "Authorization: Digest x\r\n"]
    {
        let (head, body) = send(&mut stream, &post(wrong, "<a/>"));
        assert_eq!(status(&head), "401", "{wrong}");
        assert!(head.contains("\r\nwww-authenticate: basic realm=\"wsman\"\r\n"), "{head}");
        assert!(!body.is_empty());
    }
    let (head, body) = send(&mut stream, &fixture.get(""));
    assert_eq!(status(&head), "200");
    assert!(body.contains("<p:Name>thing 1</p:Name>"));
}

#[test]
fn strangers_may_only_identify() {
    let fixture = fixture(Limits::default());
    let mut stream = fixture.connect();
    let identify = "<s:Envelope xmlns:s='http://www.w3.org/2003/05/soap-envelope'><s:Header/><s:Body>\
        <i:Identify xmlns:i='http://schemas.dmtf.org/wbem/wsman/identity/1/wsmanidentity.xsd'/></s:Body></s:Envelope>";
    let (head, body) = send(&mut stream, &post("WSMANIDENTIFY: unauthenticated\r\n", identify));
    assert_eq!(status(&head), "200");
    assert!(body.contains("IdentifyResponse") && !body.contains("ProductVersion"));
    let get = envelope("Get", "X_Thing", &selectors(&[("Id", "1")]), "");
    assert_eq!(status(&send(&mut stream, &post("WSMANIDENTIFY: unauthenticated\r\n", &get)).0), "401");
    assert_eq!(status(&send(&mut stream, &post("", identify)).0), "401");
}

#[test]
fn other_methods_paths_and_content_types_are_refused_with_a_reason() {
    let fixture = fixture(Limits::default());
    let authorization = format!("Authorization: {}\r\n", fixture.basic);
    for (request, expected, reason) in [
        ("GET /wsman HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(), "405", "POST"),
        (post("", "").replace("/wsman", "/other"), "404", "/wsman"),
        (post(&authorization, "{}").replace("application/soap+xml", "application/json"), "415", "soap+xml"),
        (post(&authorization, "<a/>").replace("UTF-8", "latin1"), "415", "UTF-8"),
        (post(&authorization, "hello"), "400", "not valid XML"),
        (post(&authorization, "").replace("/wsman", "/wsman?PSVersion=7.4"), "400", "not valid XML"),
    ] {
        let (head, body) = send(&mut fixture.connect(), &request);
        assert_eq!(status(&head), expected, "{request}");
        assert!(body.contains(reason), "{body}");
    }
}

#[test]
fn a_body_that_is_too_large_is_refused_unread() {
    let fixture = fixture(Limits { body: 1000, ..Limits::default() });
    let mut stream = fixture.connect();
    let head = post(&format!("Authorization: {}\r\n", fixture.basic), "").replace("Length: 0", "Length: 100000000");
    let (head, _) = send(&mut stream, &head);
    assert_eq!(status(&head), "413");
    assert!(is_closed(&mut stream));

    let mut stream = fixture.connect();
    let head = format!(
        "POST /wsman HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n",
        fixture.basic
    );
    let (head, _) = send(&mut stream, &format!("{head}5dc\r\n{}\r\n", "x".repeat(1500)));
    assert_eq!(status(&head), "413");
}

#[test]
fn chunked_bodies_and_pipelined_requests_are_answered_in_order() {
    let fixture = fixture(Limits::default());
    let mut stream = fixture.connect();
    let body = envelope("Get", "X_Thing", &selectors(&[("Id", "2")]), "");
    let (first, second) = body.split_at(50);
    let chunked = format!(
        "POST /wsman HTTP/1.1\r\nHost: x\r\nAuthorization: {}\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n\
         {:x}\r\n{first}\r\n{:x}\r\n{second}\r\n0\r\n\r\n",
        fixture.basic,
        first.len(),
        second.len()
    );
    stream.write_all([fixture.get(""), chunked, fixture.get("")].concat().as_bytes()).unwrap();
    for expected in ["thing 1", "thing 2", "thing 1"] {
        let (head, body) = read_answer(&mut stream);
        assert_eq!(status(&head), "200");
        assert!(body.contains(expected));
    }
}

#[test]
fn a_client_that_expects_100_continue_gets_it_once_it_is_known() {
    let fixture = fixture(Limits::default());
    let mut stream = fixture.connect();
    let request = fixture.get("Expect: 100-continue\r\n");
    let (head, body) = request.split_at(request.find("\r\n\r\n").unwrap() + 4);
    let (interim, _) = send(&mut stream, head);
    assert_eq!(status(&interim), "100");
    assert_eq!(status(&send(&mut stream, body).0), "200");

    let mut stream = fixture.connect();
    let (answer, _) = send(&mut stream, &head.replace(&fixture.basic, "Basic eDp5"));
    assert_eq!(status(&answer), "401", "a stranger is told so before the body");
}

#[test]
fn http_1_0_and_connection_close_are_honoured() {
    let fixture = fixture(Limits::default());
    for request in [fixture.get("Connection: close\r\n"), fixture.get("").replace("HTTP/1.1", "HTTP/1.0")] {
        let mut stream = fixture.connect();
        assert_eq!(status(&send(&mut stream, &request).0), "200");
        assert!(is_closed(&mut stream));
    }
}

#[test]
fn large_headers_are_accepted_up_to_their_limit_and_differing_lengths_never() {
    let fixture = fixture(Limits::default());
    let padded = |size: usize| fixture.get(&format!("X-Pad: {}\r\n", "x".repeat(size)));
    assert_eq!(status(&send(&mut fixture.connect(), &padded(48 << 10)).0), "200");
    assert_eq!(status(&send(&mut fixture.connect(), &padded(66 << 10)).0), "431");
    assert_eq!(status(&send(&mut fixture.connect(), &fixture.get("Content-Length: 1\r\n")).0), "400");
}

#[test]
fn who_does_not_authenticate_in_time_is_disconnected() {
    let limits = Limits { unauthenticated: Duration::from_millis(200), ..Limits::default() };
    let fixture = fixture(limits);
    let started = Instant::now();
    let mut slow = fixture.connect();
    slow.write_all(b"POST /wsman HTTP/1.1\r\nHost:").unwrap();
    let mut known = fixture.connect();
    assert_eq!(status(&send(&mut known, &fixture.get("")).0), "200");
    assert!(is_closed(&mut slow));
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(status(&send(&mut known, &fixture.get("")).0), "200", "who did stays connected");
}

#[test]
fn idle_connections_are_closed() {
    let fixture = fixture(Limits { idle: Duration::from_millis(200), ..Limits::default() });
    let mut stream = fixture.connect();
    assert_eq!(status(&send(&mut stream, &fixture.get("")).0), "200");
    assert!(is_closed(&mut stream));
}

#[test]
fn connections_beyond_the_limit_are_refused() {
    let fixture = fixture(Limits { connections: 1, ..Limits::default() });
    let mut first = fixture.connect();
    assert_eq!(status(&send(&mut first, &fixture.get("")).0), "200");
    assert!(is_closed(&mut fixture.connect()));
    assert_eq!(status(&send(&mut first, &fixture.get("")).0), "200");
}

#[test]
fn wrong_passwords_slow_their_peer_down() {
    let fixture = fixture(Limits::default());
    let mut stream = fixture.connect();
    for _ in 0..3 {
        send(&mut stream, &post("Authorization: Basic eDp5\r\n", ""));
    }
    let started = Instant::now();
    assert_eq!(status(&send(&mut stream, &fixture.get("")).0), "200");
    assert!(started.elapsed() >= Duration::from_millis(250), "{:?}", started.elapsed());
}

#[test]
fn a_server_stops_after_the_request_at_hand() {
    let fixture = fixture(Limits::default());
    let mut stream = fixture.connect();
    assert_eq!(status(&send(&mut stream, &fixture.get("")).0), "200");
    let address = fixture.server.listening().http[0];
    let started = Instant::now();
    fixture.server.stop();
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(is_closed(&mut stream));
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn a_server_without_addresses_or_with_a_taken_one_does_not_start() {
    let state = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(state.path());
    let nothing = Server::start(Fake::new(0), &options).err().unwrap();
    assert!(nothing.message().contains("no address"), "{nothing}");
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = other.local_addr().unwrap();
    options.http = vec![taken];
    let error = Server::start(Fake::new(0), &options).err().unwrap();
    assert!(error.message().starts_with(&format!("cannot listen on {taken} for http")), "{error}");
}

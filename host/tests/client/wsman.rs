//! What is special to WS-Man: the network, certificates, passwords.

use crate::provider::{NAMESPACE, host};
use crate::{key, options};
use omi::ResultCode;
use omi::client::{Application, Destination, OperationOptions, Secret, Session, SessionListener, Trust, is_timeout};
use omi::dialogue::Channel;
use omi_host::client::WsMan;
use omi_host::serve::{ServeOptions, Server};
use std::fs;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

/// A server for the one host.
struct Fixture {
    server: Server,
    password: String,
    _state: tempfile::TempDir,
}

fn start() -> Fixture {
    let state = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(state.path().join("state"));
    options.http = vec!["127.0.0.1:0".parse().unwrap()];
    options.https = options.http.clone();
    let server = Server::start(host(), &options).unwrap();
    let credentials = fs::read_to_string(&server.listening().credentials).unwrap();
    let password = credentials.lines().find_map(|line| line.strip_prefix("lumi:")).unwrap().to_owned();
    Fixture { server, password, _state: state }
}

/// The server of all tests that need no other one.
fn fixture() -> &'static Fixture {
    static FIXTURE: OnceLock<Fixture> = OnceLock::new();
    FIXTURE.get_or_init(start)
}

impl Fixture {
    fn destination(&self) -> Destination {
        let listening = self.server.listening();
        Destination::new(format!("https://localhost:{}/wsman", listening.https[0].port()))
            .basic("lumi", Secret::new(&*self.password))
            .trust(Trust::Authority(listening.certificate.clone().unwrap()))
    }
}

/// The server, with the right password and over TLS.
pub(crate) fn destination() -> Destination {
    fixture().destination()
}

pub(crate) fn session(destination: &Destination) -> Session {
    Application::new(WsMan::new().unwrap()).session(destination).unwrap()
}

fn error_of(destination: &Destination) -> omi::Error {
    session(destination).get(NAMESPACE, &key(1), &options()).one().unwrap_err()
}

#[test]
fn wrong_passwords_are_refused() {
    let error = error_of(&destination().basic("lumi", Secret::new("wrong")));
    assert_eq!(error.code(), ResultCode::ACCESS_DENIED);
    assert!(error.message().contains("\"lumi\"") && !error.message().contains("wrong"), "{error}");
    let nobody = Destination { credentials: None, ..destination() };
    assert!(error_of(&nobody).message().contains("a user and a password are needed"));
}

#[test]
fn strange_certificates_are_refused_unless_anything_goes() {
    let other = start();
    let error = error_of(&destination().trust(other.destination().trust));
    assert!(error.message().contains("certificate"), "{error}");

    #[derive(Default)]
    struct Heard(Mutex<Vec<(Channel, String)>>);
    impl SessionListener for Heard {
        fn write_message(&self, channel: Channel, text: &str) {
            self.0.lock().unwrap().push((channel, text.to_owned()));
        }
    }
    let heard = Heard::default();
    let anything = destination().trust(Trust::Anything);
    let session = Application::new(WsMan::new().unwrap()).session_with(&anything, &heard).unwrap();
    assert!(session.get(NAMESPACE, &key(1), &options()).one().is_ok());
    let heard = heard.0.into_inner().unwrap();
    assert!(matches!(heard.as_slice(), [(Channel::Warning, text)] if text.contains("is not checked")), "{heard:?}");
}

#[test]
fn this_computer_may_be_asked_in_clear_text() {
    let port = fixture().server.listening().http[0].port();
    let local = destination().basic("lumi", Secret::new(&*fixture().password));
    let local = Destination { address: Some(format!("http://127.0.0.1:{port}/wsman")), ..local };
    assert!(session(&local).get(NAMESPACE, &key(1), &options()).one().is_ok());
}

#[test]
fn a_server_that_is_not_there_is_named() {
    // A port that was just free refuses connections.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = error_of(&Destination::new(format!("http://127.0.0.1:{port}")));
    assert_eq!(error.code(), ResultCode::FAILED);
    assert!(error.message().starts_with(&format!("connecting to http://127.0.0.1:{port}/wsman: ")), "{error}");
}

/// A server of a few lines: reads what comes first and does with the connection what the test wants.
fn fake_server(mut serve: impl FnMut(TcpStream) + Send + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let _ = connection.read(&mut [0; 65536]);
            serve(connection);
        }
    });
    address
}

#[test]
fn a_server_that_closes_in_the_middle_is_an_error() {
    let address = fake_server(|mut connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<s:Envelope");
    });
    let error = error_of(&Destination::new(format!("http://{address}")));
    assert_eq!(error.code(), ResultCode::FAILED);
    assert!(error.message().starts_with("asking http://127.0.0.1:"), "{error}");
}

#[test]
fn a_server_that_is_no_ws_management_service_is_an_error() {
    let address = fake_server(|mut connection| {
        let _ = connection.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 6\r\n\r\nNo way");
    });
    let destination = Destination::new(format!("http://{address}"));
    assert!(error_of(&destination).message().contains("404 Not Found: No way"));
    assert!(session(&destination).test_connection(&options()).finish().is_err());
}

#[test]
fn a_server_that_never_answers_ends_with_a_timeout() {
    let silent = Mutex::new(Vec::new());
    let address = fake_server(move |connection| silent.lock().unwrap().push(connection));
    let session = session(&Destination::new(format!("http://{address}")));
    let short = OperationOptions::default().timeout(Duration::from_millis(10));
    let error = session.get(NAMESPACE, &key(1), &short).one().unwrap_err();
    assert!(is_timeout(&error), "{error}");
}

#[test]
fn several_operations_of_a_session_run_at_once() {
    let session = session(&destination());
    let mut first = session.enumerate(NAMESPACE, "T_Number", &options());
    assert!(first.next().unwrap().is_ok());
    let second = session.enumerate(NAMESPACE, "T_Number", &options());
    assert_eq!(second.map(Result::unwrap).count(), 3000);
    assert_eq!(first.map(Result::unwrap).count(), 2999);
}

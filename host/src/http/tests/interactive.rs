//! Responses with several messages, responses to questions, and clients that leave.

use super::{Fixture, fixture, fixture_of, post, read_answer, send, status};
use crate::http::server::Limits;
use crate::wsman::interactive::{ACTION, Decision, Response};
use crate::wsman::ns;
use crate::wsman::tests::fake::{Fake, content, envelope};
use omi::Instance;
use omi::dialogue::{Channel, Progress, Question};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(20);

impl Fixture {
    fn message(&self, action: &str, headers: &str, body: &str) -> String {
        let headers = format!("<m:OperationID xmlns:m='{}'>uuid:OP</m:OperationID>{headers}", ns::WINDOWS);
        let body = envelope(action, "X_Thing", &headers, body);
        post(&format!("Authorization: {}\r\n", self.basic), &body)
    }

    fn invoke(&self, callbacks: u32) -> String {
        let options = format!(
            "<w:OptionSet><w:Option Name='__MI_CallbackRegistration' Type='xs:int'>{callbacks}</w:Option></w:OptionSet>"
        );
        self.message(&format!("{}X_Thing/Add", ns::CLASS_PREFIX), &options, "")
    }
}

/// The next chunk; `None` after the last.
fn chunk(stream: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let size = usize::from_str_radix(line.trim(), 16).unwrap_or_else(|error| panic!("{error}: {line:?}"));
    let mut data = vec![0; size + 2];
    stream.read_exact(&mut data).unwrap();
    data.truncate(size);
    (size > 0).then(|| String::from_utf8(data).unwrap())
}

#[test]
fn messages_come_in_chunks_as_they_happen_and_a_question_is_answered_on_another_connection() {
    let (told, read) = mpsc::channel::<()>();
    let read = Mutex::new(read);
    let (fake, _) = Fake::scripted(move |listener, post| {
        listener.progress(&Progress { activity: "Adding".to_owned(), ..Progress::default() });
        // Not before the client has read the first chunk.
        read.lock().unwrap().recv_timeout(PATIENCE).unwrap();
        listener.message(Channel::Warning, "hot");
        let answer = listener.ask(&Question::Prompt("Go on?".to_owned()));
        post(Instance::new("Add").with("ReturnValue", u8::from(answer)));
        Ok(())
    });
    // The response must not wait for the operation that waits for it.
    let fixture = fixture_of(fake, Limits { requests: 1, ..Limits::default() });
    let mut stream = BufReader::new(fixture.connect());
    stream.get_mut().write_all(fixture.invoke(31).as_bytes()).unwrap();
    let (head, _) = read_answer(&mut stream);
    assert_eq!(status(&head), "200");
    assert!(head.contains("\r\ntransfer-encoding: chunked\r\n"), "{head}");
    let first = chunk(&mut stream).unwrap();
    assert!(first.contains("<i:Activity>Adding</i:Activity>"), "{first}");
    told.send(()).unwrap();
    let second = chunk(&mut stream).unwrap();
    let question = chunk(&mut stream).unwrap();
    assert!(question.contains("<i:Description>Go on?</i:Description>"), "{question}");

    let mut body = String::new();
    Response { to_error: false, decision: Decision::Yes }.write(&mut body);
    let (head, body) = send(&mut fixture.connect(), &fixture.message(ACTION, "", &body));
    assert_eq!((status(&head), body.as_str()), ("204", ""));

    let answer = chunk(&mut stream).unwrap();
    assert!(answer.contains("<p:ReturnValue>1<"), "{answer}");
    for (number, message) in [first, second, question, answer].iter().enumerate() {
        assert!(message.starts_with("<s:Envelope ") && message.ends_with("</s:Envelope>"), "{message}");
        assert_eq!(content(message, "m:SequenceId"), (number + 1).to_string());
    }
    assert_eq!(chunk(&mut stream), None);
    let next = fixture.message(ns::action::END, "", "");
    assert_eq!(status(&send(stream.get_mut(), &next).0), "204", "the connection goes on");
}

#[test]
fn an_operation_that_says_nothing_is_answered_with_a_length() {
    let fixture = fixture(Limits::default());
    let (head, body) = send(&mut fixture.connect(), &fixture.invoke(11));
    assert!(head.contains("\r\ncontent-length: ") && !head.contains("chunked"), "{head}");
    assert!(body.contains("ReturnValue") && !body.contains("OperationID"), "{body}");
}

/// A server whose operations wait until the sender is used or dropped. Says when one has started and when one is cancelled.
fn waiting(abandoned: Duration, speaks: bool) -> (Fixture, Receiver<()>, Receiver<()>, mpsc::Sender<()>) {
    let (told, started) = mpsc::channel();
    let (go, gate) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let (fake, cancelled) = Fake::scripted(move |listener, post| {
        if speaks {
            listener.message(Channel::Warning, "slow");
        }
        told.send(()).unwrap();
        let _ = gate.lock().unwrap().recv();
        post(Instance::new("Add").with("ReturnValue", 0_u8));
        Ok(())
    });
    (fixture_of(fake, Limits { abandoned, ..Limits::default() }), started, cancelled, go)
}

#[test]
fn the_operation_of_a_client_that_leaves_is_cancelled() {
    let close: fn(TcpStream) -> Option<TcpStream> = |stream| {
        drop(stream);
        None
    };
    let half_close: fn(TcpStream) -> Option<TcpStream> = |stream| {
        stream.shutdown(Shutdown::Write).unwrap();
        Some(stream)
    };
    for (speaks, leave) in [(false, close), (true, close), (false, half_close)] {
        let (fixture, started, cancelled, _go) = waiting(Duration::from_millis(50), speaks);
        let mut stream = fixture.connect();
        stream.write_all(fixture.invoke(1).as_bytes()).unwrap();
        started.recv_timeout(PATIENCE).unwrap();
        if speaks {
            assert!(stream.read(&mut [0; 64]).unwrap() > 0);
        }
        let _stream = leave(stream);
        cancelled.recv_timeout(PATIENCE).unwrap();
    }
}

#[test]
fn an_operation_that_ends_in_time_is_not_cancelled() {
    let (fixture, started, cancelled, go) = waiting(Duration::from_secs(1), false);
    let mut stream = fixture.connect();
    stream.write_all(fixture.invoke(1).as_bytes()).unwrap();
    started.recv_timeout(PATIENCE).unwrap();
    drop(stream);
    go.send(()).unwrap();
    assert!(cancelled.recv_timeout(Duration::from_secs(2)).is_err());
}

#[test]
fn an_enumeration_between_pulls_needs_no_connection() {
    let fixture = fixture_of(Fake::new(2), Limits { abandoned: Duration::ZERO, ..Limits::default() });
    let ask = |action: &str, body: &str| {
        let body = envelope(action, "X_Thing", "", body);
        send(&mut fixture.connect(), &post(&format!("Authorization: {}\r\n", fixture.basic), &body)).1
    };
    let answer = ask("Enumerate", "<n:Enumerate/>");
    let context = content(&answer, "n:EnumerationContext");
    let pull = format!(
        "<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext><n:MaxElements>5</n:MaxElements></n:Pull>"
    );
    assert_eq!(ask("Pull", &pull).matches("<p:X_Thing ").count(), 2);
}

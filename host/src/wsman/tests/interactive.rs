//! What a provider says while its operation runs, and what the client decides.

use super::fake::{Fake, content, envelope, send};
use crate::operation::Principal;
use crate::wsman::interactive::{ACTION, Decision, Event, Exchange, Response};
use crate::wsman::service::{Service, Settings};
use crate::wsman::{ns, xml};
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Instance, Result, Value};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The headers of a client that registers callbacks, with further options.
fn registered(callbacks: u32, options: &str) -> String {
    format!(
        "<m:OperationID xmlns:m='{}'>uuid:OP</m:OperationID><w:OptionSet>\
         <w:Option Name='__MI_CallbackRegistration' Type='xs:int'>{callbacks}</w:Option>{options}</w:OptionSet>",
        ns::WINDOWS
    )
}

fn invoke(headers: &str) -> String {
    envelope(&format!("{}X_Thing/Add", ns::CLASS_PREFIX), "X_Thing", headers, "")
}

fn output() -> Instance {
    Instance::new("Add").with("ReturnValue", 7_u8)
}

/// A request that is being answered on a thread of its own.
struct Running {
    exchange: Arc<Exchange>,
    answer: JoinHandle<(u16, String)>,
}

fn start(service: &Arc<Service>, request: String) -> Running {
    let exchange = Arc::new(Exchange::default());
    let (service, through) = (service.clone(), exchange.clone());
    let answer = thread::spawn(move || {
        let answer = service.converse(&Principal::authenticated("ada"), request.as_bytes(), None, &through);
        (answer.status, String::from_utf8(answer.body).unwrap())
    });
    Running { exchange, answer }
}

impl Running {
    fn message(&self) -> Option<String> {
        match self.exchange.poll_message(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(message) => Some(String::from_utf8(message.body).unwrap()),
            Poll::Pending => None,
        }
    }

    /// Waits for the next message.
    fn next(&self) -> String {
        let until = Instant::now() + Duration::from_secs(20);
        loop {
            match self.message() {
                Some(message) => return message,
                None => assert!(Instant::now() < until, "no message came"),
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// The messages that are left, and the answer.
    fn end(self) -> (Vec<String>, u16, String) {
        let Self { exchange, answer } = self;
        let (status, answer) = answer.join().unwrap();
        let running = Running { exchange, answer: thread::spawn(|| (0, String::new())) };
        (std::iter::from_fn(|| running.message()).collect(), status, answer)
    }
}

fn event(message: &str) -> Event {
    let document = xml::parse(message).unwrap();
    let body = xml::child(document.root_element(), ns::SOAP, "Body").unwrap();
    Event::read(xml::elements(body).next()).unwrap().expect("an event")
}

/// Answers a question of an operation. Gives the status.
fn respond(service: &Service, who: &str, operation: &str, to_error: bool, decision: Decision) -> u16 {
    let mut body = String::new();
    Response { to_error, decision }.write(&mut body);
    let headers = format!("<m:OperationID xmlns:m='{}'>{operation}</m:OperationID>", ns::WINDOWS);
    let request = envelope(ACTION, "X_Thing", &headers, &body);
    service.answer(&Principal::authenticated(who), request.as_bytes(), None).status
}

fn service(script: impl Fn(&dyn Listener, &dyn Fn(Instance)) -> Result<()> + Send + Sync + 'static) -> Arc<Service> {
    Arc::new(Fake::scripted(script).0.service())
}

/// A service whose method asks these questions. Gives it, and the answers as the method gets them.
fn asking(questions: Vec<Question>) -> (Arc<Service>, Receiver<bool>) {
    let (told, answers) = mpsc::channel();
    let service = service(move |listener, post| {
        for question in &questions {
            told.send(listener.ask(question)).unwrap();
        }
        post(output());
        Ok(())
    });
    (service, answers)
}

#[test]
fn a_question_that_nobody_answers_is_a_no_after_the_servers_time_limit() {
    let (told, answers) = mpsc::channel();
    let ask = move |listener: &dyn Listener, post: &dyn Fn(Instance)| {
        told.send(listener.ask(&Question::Prompt("Go on?".to_owned()))).unwrap();
        post(output());
        Ok(())
    };
    let settings = Settings { default_timeout: Duration::from_millis(200), ..Settings::default() };
    let service = Arc::new(Service::new(Fake::scripted(ask).0, settings));
    let patient = "<w:OperationTimeout>PT1H</w:OperationTimeout>";
    let running = start(&service, invoke(&format!("{}{patient}", registered(16, ""))));
    assert!(matches!(event(&running.next()), Event::Confirm { .. }));
    assert!(!answers.recv_timeout(Duration::from_secs(20)).unwrap());
    assert_eq!(running.end().1, 200);
}

#[test]
fn a_silent_provider_is_answered_with_one_plain_message() {
    let service = service(|_, post| {
        post(output());
        Ok(())
    });
    let options = "<w:Option Name='wmiarray:__MI_OPERATIONOPTIONS_CHANNELVALUE' Type='xs:unsignedInt'>0</w:Option>\
        <w:Option Name='wmi:__MI_OPERATIONOPTIONS_WRITEERRORMODE' Type='xs:unsignedInt'>1</w:Option>";
    let (messages, status, answer) = start(&service, invoke(&registered(11, options))).end();
    assert_eq!((messages.len(), status), (0, 200));
    assert!(answer.contains("<p:ReturnValue>7<") && !answer.contains("OperationID"), "{answer}");
}

#[test]
fn only_clients_that_registered_and_name_their_operation_get_a_listener() {
    let fake = Fake::new(1);
    let service = Arc::new(fake.service());
    let unnamed = registered(31, "").replace("OperationID", "ActivityId");
    for (headers, expected) in [(registered(0, ""), false), (unnamed, false), (registered(1, ""), true)] {
        assert_eq!(start(&service, invoke(&headers)).end().1, 200);
        assert_eq!(fake.last_request().listener.is_some(), expected, "{headers}");
    }
    send(&service, &invoke(&registered(31, "")));
    assert!(fake.last_request().listener.is_none(), "there is no way back");
}

#[test]
fn messages_and_progress_go_ahead_of_the_answer() {
    let service = service(|listener, post| {
        listener.message(Channel::Warning, "hot");
        listener.message(Channel::Debug, "not wanted");
        let progress = Progress { activity: "Add".to_owned(), percent: Some(50), ..Progress::default() };
        assert!(listener.progress(&progress));
        post(output());
        Ok(())
    });
    let options = "<w:Option Name='wmiarray:__MI_OPERATIONOPTIONS_CHANNELVALUE' Type='xs:unsignedInt'>0</w:Option>";
    let (messages, status, answer) = start(&service, invoke(&registered(9, options))).end();
    assert_eq!(messages.len(), 2);
    assert_eq!(event(&messages[0]), Event::Message { channel: Channel::Warning, text: "hot".to_owned() });
    assert!(matches!(event(&messages[1]), Event::Progress(progress) if progress.percent == Some(50)));
    assert_eq!(status, 200);
    assert!(answer.contains("<p:ReturnValue>7<"));
    for (number, message) in messages.iter().chain([&answer]).enumerate() {
        assert_eq!(content(message, "m:SequenceId"), (number + 1).to_string());
        assert_eq!(content(message, "a:RelatesTo"), "uuid:1");
        assert_eq!(content(message, "a:Action"), format!("{}X_Thing/AddResponse", ns::CLASS_PREFIX));
        assert!(message.contains("<m:OperationID s:mustUnderstand=\"false\">uuid:OP</m:OperationID>"));
    }
}

#[test]
fn a_fault_after_messages_is_the_last_of_them() {
    let service = service(|listener, _| {
        listener.message(Channel::Verbose, "trying");
        Err(Error::failed("broken"))
    });
    let (messages, status, answer) = start(&service, invoke(&registered(1, ""))).end();
    assert_eq!((messages.len(), status), (1, 500));
    assert!(answer.contains("<s:Fault>") && content(&answer, "m:SequenceId") == "2");
}

#[test]
fn a_question_waits_for_its_clients_own_response() {
    let (service, answers) = asking(vec![Question::Prompt("Go on?".to_owned())]);
    let running = start(&service, invoke(&registered(16, "")));
    let question = running.next();
    assert_eq!(event(&question), Event::Confirm { text: "Go on?".to_owned(), is_critical: false });
    assert_eq!(respond(&service, "eve", "uuid:OP", false, Decision::No), 500, "another user");
    assert_eq!(respond(&service, "ada", "uuid:OTHER", false, Decision::No), 500, "another operation");
    assert_eq!(respond(&service, "ada", "uuid:OP", true, Decision::No), 500, "no error waits");
    assert_eq!(respond(&service, "ada", "uuid:OP", false, Decision::Yes), 204);
    let (messages, status, answer) = running.end();
    assert_eq!((messages.len(), status), (0, 200));
    assert_eq!(content(&answer, "m:SequenceId"), "2");
    assert!(answers.recv().unwrap());
    assert_eq!(respond(&service, "ada", "uuid:OP", false, Decision::Yes), 500, "it is over");
}

#[test]
fn a_decision_for_all_holds_for_questions_of_the_same_importance() {
    let prompt = || Question::Prompt("?".to_owned());
    let (service, answers) = asking(vec![prompt(), prompt(), Question::CriticalPrompt("!".to_owned()), prompt()]);
    let running = start(&service, invoke(&registered(16, "")));
    running.next();
    assert_eq!(respond(&service, "ada", "uuid:OP", false, Decision::NoToAll), 204);
    let critical = running.next();
    assert!(matches!(event(&critical), Event::Confirm { is_critical: true, .. }), "{critical}");
    assert_eq!(respond(&service, "ada", "uuid:OP", false, Decision::Yes), 204);
    assert_eq!(running.end().0.len(), 0);
    assert_eq!(answers.iter().take(4).collect::<Vec<_>>(), [false, false, true, false]);
}

#[test]
fn a_question_without_a_response_ends_with_its_operation_and_is_answered_with_no() {
    let (service, answers) = asking(vec![Question::Prompt("?".to_owned())]);
    let headers = registered(16, "") + "<w:OperationTimeout>PT2S</w:OperationTimeout>";
    let running = start(&service, invoke(&headers));
    running.next();
    let (_, status, answer) = running.end();
    assert_eq!(status, 500);
    assert!(answer.contains("w:TimedOut"), "{answer}");
    assert!(!answers.recv_timeout(Duration::from_secs(20)).unwrap());
}

#[test]
fn an_error_is_reported_or_lets_the_client_decide() {
    let (told, answers) = mpsc::channel();
    let service = service(move |listener, post| {
        told.send(listener.error(&Error::not_found("no paper"))).unwrap();
        post(output());
        Ok(())
    });
    let (messages, ..) = start(&service, invoke(&registered(2, ""))).end();
    assert!(matches!(event(&messages[0]), Event::Error { inquire: false, error } if error.message() == "no paper"));
    assert!(answers.recv().unwrap());

    let inquire = "<w:Option Name='wmi:__MI_OPERATIONOPTIONS_WRITEERRORMODE' Type='xs:unsignedInt'>1</w:Option>";
    let running = start(&service, invoke(&registered(2, inquire)));
    assert!(matches!(event(&running.next()), Event::Error { inquire: true, .. }));
    assert_eq!(respond(&service, "ada", "uuid:OP", true, Decision::No), 204);
    running.end();
    assert!(!answers.recv().unwrap());
}

#[test]
fn parts_of_a_streamed_parameter_go_out_where_they_are_wanted() {
    let refused = Arc::new(Mutex::new(Vec::new()));
    let log = refused.clone();
    let service = service(move |listener, post| {
        if let Err(value) = listener.stream("Numbers", Value::Uint8Array(vec![1, 2])) {
            log.lock().unwrap().push(value);
        }
        post(output());
        Ok(())
    });
    let (messages, ..) = start(&service, invoke(&registered(4, ""))).end();
    let value = Value::Uint8Array(vec![1, 2]);
    assert_eq!(event(&messages[0]), Event::Stream { parameter: "Numbers".to_owned(), value: value.clone() });
    assert!(refused.lock().unwrap().is_empty());
    assert_eq!(start(&service, invoke(&registered(27, ""))).end().0.len(), 0);
    assert_eq!(*refused.lock().unwrap(), [value]);
}

#[test]
fn what_is_said_between_pulls_comes_with_the_next_one() {
    let (go, gate) = mpsc::channel::<()>();
    let (done, said) = mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let service = service(move |listener, post| {
        listener.message(Channel::Verbose, "first");
        post(Instance::new("X_Thing").with_key("Id", 1_u32));
        gate.lock().unwrap().recv().unwrap();
        listener.message(Channel::Verbose, "between");
        done.send(()).unwrap();
        gate.lock().unwrap().recv().unwrap();
        post(Instance::new("X_Thing").with_key("Id", 2_u32));
        Ok(())
    });
    let body = "<n:Enumerate><w:OptimizeEnumeration/><w:MaxElements>1</w:MaxElements></n:Enumerate>";
    let (messages, _, answer) = start(&service, envelope("Enumerate", "X_Thing", &registered(1, ""), body)).end();
    assert_eq!(messages.len(), 1);
    let context = content(&answer, "n:EnumerationContext");
    go.send(()).unwrap();
    said.recv().unwrap();
    go.send(()).unwrap();
    let body = format!(
        "<n:Pull><n:EnumerationContext>{context}</n:EnumerationContext><n:MaxElements>9</n:MaxElements></n:Pull>"
    );
    let headers = registered(1, "").replace("uuid:OP", "uuid:PULL");
    let (messages, status, answer) = start(&service, envelope("Pull", "X_Thing", &headers, &body)).end();
    assert_eq!((messages.len(), status), (1, 200), "{answer}");
    assert_eq!(event(&messages[0]), Event::Message { channel: Channel::Verbose, text: "between".to_owned() });
    assert!(messages[0].contains("uuid:PULL") && answer.contains("uuid:PULL"));
}

#[test]
fn an_operation_is_cancelled_by_its_own_id() {
    let (told, _answers) = mpsc::channel();
    let (fake, cancelled) = Fake::scripted(move |listener, _| {
        told.send(listener.ask(&Question::Prompt("?".to_owned()))).unwrap();
        Ok(())
    });
    let service = Arc::new(fake.service());
    let running = start(&service, invoke(&registered(16, "")));
    running.next();
    let duplicate = start(&service, invoke(&registered(16, ""))).end();
    assert!(duplicate.2.contains("a:InvalidMessageInformationHeader"), "{}", duplicate.2);
    let id = format!("<m:OperationID xmlns:m='{}'>uuid:OP</m:OperationID>", ns::WINDOWS);
    let cancel = envelope(ns::action::CANCEL, "http://schemas.microsoft.com/wbem/wsman/1/wsman/FullDuplex", &id, "");
    let eve = service.answer(&Principal::authenticated("eve"), cancel.as_bytes(), None);
    assert_eq!(eve.status, 204, "nobody learns whose operations run");
    assert!(cancelled.try_recv().is_err());
    assert_eq!(send(&service, &cancel).0, 204);
    cancelled.recv_timeout(Duration::from_secs(20)).unwrap();
    assert_eq!(running.end().1, 500);
}

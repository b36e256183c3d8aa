//! Listening to a provider over WS-Man, against a host that does what a test says.

use super::WsMan;
use crate::serve::{ServeOptions, Server};
use crate::wsman::tests::fake::Fake;
use omi::client::{Application, CallbackMode, Destination, OperationOptions, Secret, Session};
use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::{Error, Instance, Result, Value};
use std::fs;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const NAMESPACE: &str = "root/cimv2";

/// Runs `ask` in a session with a server whose operations do what `script` says.
fn with_session(
    script: impl Fn(&dyn Listener, &dyn Fn(Instance)) -> Result<()> + Send + Sync + 'static,
    ask: impl FnOnce(&Session),
) {
    let state = tempfile::tempdir().unwrap();
    let mut options = ServeOptions::new(state.path().join("state"));
    options.http = vec!["127.0.0.1:0".parse().unwrap()];
    let server = Server::start(Fake::scripted(script).0, &options).unwrap();
    let credentials = fs::read_to_string(&server.listening().credentials).unwrap();
    let password = credentials.lines().find_map(|line| line.strip_prefix("lumi:")).unwrap();
    let destination = Destination::new(format!("http://{}", server.listening().http[0]))
        .basic("lumi", Secret::new(password))
        .timeout(Duration::from_secs(60));
    ask(&Application::new(WsMan::new().unwrap()).session(&destination).unwrap());
}

/// Writes down what it hears, says yes to questions, no to errors, and takes the streamed parameter `Taken`.
#[derive(Default)]
struct Scribe(Mutex<Vec<String>>);

impl Scribe {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn lines(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Listener for Scribe {
    fn message(&self, channel: Channel, text: &str) {
        self.write(format!("{channel:?}: {text}"));
    }
    fn progress(&self, progress: &Progress) -> bool {
        self.write(format!("{} {:?}", progress.activity, progress.percent));
        true
    }
    fn error(&self, error: &Error) -> bool {
        self.write(format!("error: {error}"));
        false
    }
    fn ask(&self, question: &Question) -> bool {
        self.write(format!("{question:?}"));
        true
    }
    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        if parameter != "Taken" {
            return Err(value);
        }
        self.write(format!("{parameter} {value:?}"));
        Ok(())
    }
}

fn rename(session: &Session, options: &OperationOptions) -> Result<Instance> {
    let target = Instance::new("X_Thing").with_key("Id", 0_u32);
    let to = Instance::new("").with("To", "x");
    session.invoke(NAMESPACE, "X_Thing", Some(&target), "Rename", &to, options).one()
}

fn speak(listener: &dyn Listener, post: &dyn Fn(Instance)) -> Result<()> {
    listener.message(Channel::Warning, "mind the gap");
    listener.message(Channel::Debug, "<&>");
    listener.progress(&Progress { activity: "Renaming".into(), percent: Some(50), ..Progress::default() });
    let yes = listener.ask(&Question::ShouldContinue("really?".into()));
    let go_on = listener.error(&Error::not_found("a part is missing"));
    post(Instance::new("Rename").with("ReturnValue", 0_u32).with("Old", format!("{yes} {go_on}")));
    Ok(())
}

#[test]
fn a_listener_hears_the_provider_and_its_answers_reach_it() {
    with_session(speak, |session| {
        let scribe = Arc::new(Scribe::default());
        let output = rename(session, &OperationOptions::default().listener(scribe.clone())).unwrap();
        assert_eq!(output.text("Old"), Some("true false"));
        let lines = scribe.lines();
        assert_eq!(lines[..3], ["Warning: mind the gap", "Debug: <&>", "Renaming Some(50)"]);
        assert!(lines[3].contains("really?"), "{lines:?}");
        assert_eq!(lines[4..], ["error: a part is missing"]);
    });
}

#[test]
fn what_the_options_leave_out_is_not_heard_and_the_provider_goes_on() {
    with_session(speak, |session| {
        let scribe = Arc::new(Scribe::default());
        let options = OperationOptions {
            channels: vec![Channel::Warning],
            errors: CallbackMode::Ignore,
            prompts: CallbackMode::Ignore,
            ..OperationOptions::default().listener(scribe.clone())
        };
        assert_eq!(rename(session, &options).unwrap().text("Old"), Some("true true"));
        assert_eq!(scribe.lines(), ["Warning: mind the gap", "Renaming Some(50)"]);
    });
}

#[test]
fn without_a_listener_nobody_is_asked() {
    with_session(speak, |session| {
        assert_eq!(rename(session, &OperationOptions::default()).unwrap().text("Old"), Some("true true"));
    });
}

#[test]
fn an_error_behind_messages_is_the_operations_error() {
    let script = |listener: &dyn Listener, _: &dyn Fn(Instance)| {
        listener.message(Channel::Warning, "it will not work");
        Err(Error::access_denied("it did not work"))
    };
    with_session(script, |session| {
        let scribe = Arc::new(Scribe::default());
        let error = rename(session, &OperationOptions::default().listener(scribe.clone())).unwrap_err();
        assert_eq!(error.code(), omi::ResultCode::ACCESS_DENIED);
        assert!(error.message().starts_with("it did not work"), "{error}");
        assert_eq!(scribe.lines(), ["Warning: it will not work"]);
    });
}

#[test]
fn an_enumeration_speaks_between_its_instances() {
    let script = |listener: &dyn Listener, post: &dyn Fn(Instance)| {
        for id in 0..20_u32 {
            listener.message(Channel::Verbose, &id.to_string());
            post(Instance::new("X_Thing").with_key("Id", id));
        }
        Ok(())
    };
    with_session(script, |session| {
        let scribe = Arc::new(Scribe::default());
        let options = OperationOptions::default().listener(scribe.clone());
        let things: Vec<Instance> = session.enumerate(NAMESPACE, "X_Thing", &options).map(Result::unwrap).collect();
        assert_eq!(things.len(), 20);
        assert_eq!(scribe.lines().len(), 20);
    });
}

#[test]
fn a_streamed_parameter_goes_to_the_listener_or_into_the_output() {
    let script = |listener: &dyn Listener, post: &dyn Fn(Instance)| {
        for name in ["Taken", "Left"] {
            for part in [vec![1_u32, 2], vec![3]] {
                listener.stream(name, part.into()).expect("the client takes parts");
            }
        }
        post(Instance::new("Rename").with("ReturnValue", 0_u32));
        Ok(())
    };
    with_session(script, |session| {
        let scribe = Arc::new(Scribe::default());
        let output = rename(session, &OperationOptions::default().listener(scribe.clone())).unwrap();
        assert_eq!(output.get("Left"), Some(&Value::Uint32Array(vec![1, 2, 3])));
        assert_eq!(scribe.lines(), ["Taken Uint32Array([1, 2])", "Taken Uint32Array([3])"]);
    });
}

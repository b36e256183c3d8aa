//! The provider asked by our own client: in this process, and over WS-Man in `lumi serve`.

use crate::ours::{Notes, parameters};
use crate::serve::Server;
use crate::{NAMESPACE, built};
use omi::client::{
    Application, AssociationFilter, CallbackMode, Destination, OperationOptions, Secret, Session, Subscription,
};
use omi::dialogue::{Channel, Listener};
use omi::{Instance, ResultCode, Value};
use omi_host::Host;
use omi_host::client::WsMan;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn in_process(library: &Path) -> Session {
    let host = Host::builder().provider(library, &[NAMESPACE]).build().unwrap();
    Application::new(host).session(&Destination::local()).unwrap()
}

fn over_wsman(server: &Server) -> Session {
    let (user, password) = server.credentials();
    let destination = Destination::new(server.url("http")).basic(user, Secret::new(password));
    Application::new(WsMan::new().unwrap()).session(&destination).unwrap()
}

/// Runs a test by each transport.
fn by_both(test: impl Fn(&Session)) {
    let Some(library) = built::example("conformance") else { return };
    test(&in_process(&library));
    test(&over_wsman(&Server::with_provider(&library)));
}

fn options() -> OperationOptions {
    OperationOptions::default().timeout(Duration::from_secs(60))
}

fn heard_by(listener: Arc<dyn Listener>) -> OperationOptions {
    OperationOptions { listener: Some(listener), ..options() }
}

/// Calls a method of Sample_Caller.
fn call(session: &Session, method: &str, input: &[(&str, Value)], options: &OperationOptions) -> omi::Result<Instance> {
    let target = Instance::new("Sample_Caller").with_key("Name", "x");
    let input = parameters(method, input);
    session.invoke(NAMESPACE, "Sample_Caller", Some(&target), method, &input, options).one()
}

/// The return value of a method as text, and what the listener was told and asked. It answers with no.
fn said(session: &Session, method: &str, input: &[(&str, Value)], options: &OperationOptions) -> (String, Vec<String>) {
    let notes = Arc::new(Notes::default());
    let options = OperationOptions { listener: Some(notes.clone()), ..options.clone() };
    let output = call(session, method, input, &options).unwrap();
    (output.text("ReturnValue").unwrap_or_default().to_owned(), notes.take())
}

#[test]
fn the_listener_hears_what_the_provider_says() {
    by_both(|session| {
        let (answer, notes) = said(session, "WriteMessage", &[("Text", "hot".into())], &options());
        assert_eq!(
            (&*answer, notes),
            ("Delivered", ["Warning: hot", "Verbose: hot", "Debug: hot"].map(Into::into).into())
        );
        let (answer, notes) = said(session, "WriteProgress", &[("Activity", "Copying".into())], &options());
        assert_eq!((&*answer, notes), ("Delivered", vec!["Copying, step, well, Some(50), Some(5s)".to_owned()]));
    });
}

#[test]
fn the_listener_hears_the_channels_that_the_options_name() {
    by_both(|session| {
        let few = OperationOptions { channels: vec![Channel::Verbose], ..options() };
        let (_, notes) = said(session, "WriteMessage", &[("Text", "hot".into())], &few);
        assert_eq!(notes, ["Verbose: hot"]);
    });
}

#[test]
fn the_listener_decides_about_errors_and_questions() {
    by_both(|session| {
        for (method, input) in [
            ("WriteError", vec![("Text", "locked".into())]),
            ("WriteError", vec![("Text", "locked".into()), ("Details", true.into())]),
            ("ShouldContinue", vec![("Text", "locked".into())]),
            ("PromptUser", vec![("Text", "locked".into())]),
            ("PromptUser", vec![("Text", "locked".into()), ("Critical", true.into())]),
            ("ShouldProcess", vec![("Target", "locked".into()), ("Action", "wipe".into())]),
        ] {
            let (answer, notes) = said(session, method, &input, &options());
            assert_eq!((&*answer, notes.len()), ("No", 1), "{method}: {notes:?}");
            assert!(notes[0].contains("locked"), "{method}: {notes:?}");
        }
    });
}

#[test]
fn nobody_is_asked_where_the_options_say_so() {
    by_both(|session| {
        let ignoring = OperationOptions { errors: CallbackMode::Ignore, prompts: CallbackMode::Ignore, ..options() };
        for (method, input, expected) in [
            ("WriteError", vec![("Text", "locked".into())], "Yes"),
            ("ShouldContinue", vec![("Text", "Go on?".into())], "Yes"),
            ("PromptUser", vec![("Text", "Really?".into()), ("Critical", true.into())], "No"),
        ] {
            assert_eq!(said(session, method, &input, &ignoring), (expected.to_owned(), vec![]), "{method}");
        }
    });
}

/// Takes every other part.
#[derive(Default)]
struct Choosy(AtomicUsize);

impl Listener for Choosy {
    fn stream(&self, _parameter: &str, value: Value) -> Result<(), Value> {
        match self.0.fetch_add(1, Ordering::Relaxed) % 2 {
            0 => Ok(()),
            _ => Err(value),
        }
    }
}

#[test]
fn parts_that_the_listener_leaves_come_with_the_result() {
    by_both(|session| {
        let count = [("Count", Value::Uint32(4))];
        let lines = |output: &Instance| match output.get("Lines") {
            Some(Value::StringArray(lines)) => lines.clone(),
            other => panic!("{other:?}"),
        };
        let all = call(session, "WriteStreamParameter", &count, &options()).unwrap();
        assert_eq!(lines(&all), ["line 0", "line 1", "line 2", "line 3"]);
        let left = call(session, "WriteStreamParameter", &count, &heard_by(Arc::new(Choosy::default()))).unwrap();
        assert_eq!(lines(&left), ["line 1", "line 3"]);
    });
}

#[test]
fn an_error_comes_whole_whether_or_not_anybody_listens() {
    by_both(|session| {
        for options in [options(), heard_by(Arc::new(Notes::default()))] {
            let input = [("Text", Value::from("locked")), ("Details", true.into())];
            let error = call(session, "PostError", &input, &options).unwrap_err();
            assert_eq!(error.code(), ResultCode::ACCESS_DENIED);
            assert!(error.message().starts_with("locked"), "{error}");
            assert_eq!(error.details().and_then(|details| details.text("Message")), Some("locked"));
        }
    });
}

#[test]
fn associations_are_followed_from_both_ends() {
    by_both(|session| {
        for (source, target, role) in
            [("Sample_Part", "Sample_Kinds", "Part"), ("Sample_Kinds", "Sample_Part", "Whole")]
        {
            let source = Instance::new(source).with_key("Id", 3_u32);
            let classes = |filter: &AssociationFilter| {
                let found = session.associators(NAMESPACE, &source, filter, &options());
                found.map(|it| it.unwrap().class_name().to_owned()).collect::<Vec<_>>()
            };
            let any = AssociationFilter::default();
            assert_eq!(classes(&any), [target]);
            let by_role = AssociationFilter { role: Some(role.to_owned()), ..any.clone() };
            assert_eq!(classes(&by_role), [target]);
            let to_itself = AssociationFilter { result_role: Some(role.to_owned()), ..any.clone() };
            assert!(classes(&to_itself).is_empty());

            let references = session.references(NAMESPACE, &source, &any, &options()).one().unwrap();
            assert_eq!(references.class_name(), "Sample_PartOfKinds");
            let Some(Value::Reference(end)) = references.get(role) else { panic!("{references:?}") };
            assert_eq!((end.class_name(), end.get("Id")), (source.class_name(), Some(&Value::Uint32(3))));
        }
    });
}

fn raise(session: &Session, text: &str) -> bool {
    let raised = call(session, "Raise", &[("Text", text.into())], &options()).unwrap();
    raised.get("ReturnValue") == Some(&Value::Boolean(true))
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !condition() {
        assert!(Instant::now() < deadline, "it takes too long");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// In this process the provider's one channel belongs to other tests too.
#[test]
fn indications_come_until_the_subscription_is_dropped_or_expires() {
    let Some(library) = built::example("conformance") else { return };
    let server = Server::with_provider(&library);
    let session = over_wsman(&server);
    let query = "select * from Sample_Raised where Text = 'fire'";

    let mut subscription = session.subscribe(NAMESPACE, query, &options());
    wait_until(|| raise(&session, "smoke"));
    for _ in 0..3 {
        assert!(raise(&session, "fire"));
    }
    for _ in 0..3 {
        let indication = subscription.next().unwrap().unwrap().instance;
        assert_eq!((indication.class_name(), indication.text("Text")), ("Sample_Raised", Some("fire")));
    }
    drop(subscription);
    wait_until(|| !raise(&session, "fire"));

    let short =
        Subscription { query: query.to_owned(), expires: Some(Duration::from_secs(2)), ..Subscription::default() };
    let mut subscription = session.subscribe(NAMESPACE, short, &options());
    wait_until(|| raise(&session, "fire"));
    assert!(subscription.next().unwrap().is_ok());
    while let Some(Ok(_)) = subscription.next() {}
    wait_until(|| !raise(&session, "fire"));
}

#[test]
fn a_wrong_query_is_refused_when_subscribing() {
    let Some(library) = built::example("conformance") else { return };
    let server = Server::with_provider(&library);
    let session = over_wsman(&server);
    for (query, code) in [
        ("select * from Sample_Nope", ResultCode::INVALID_CLASS),
        ("select * from Sample_Part", ResultCode::NOT_SUPPORTED),
        ("select", ResultCode::INVALID_QUERY),
    ] {
        let error = session.subscribe(NAMESPACE, query, &options()).next().unwrap().unwrap_err();
        assert_eq!(error.code(), code, "{query}: {error}");
    }
}

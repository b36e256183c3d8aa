//! What the client can do, to be run where a private OMI is seen.

use crate::NAMESPACE;
use omi::client::{
    Application, AssociationFilter, Destination, LibMi, OperationOptions, Secret, Session, SessionListener, is_timeout,
};
use omi::{Instance, ResultCode, Type, Value};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const SOON: Duration = Duration::from_secs(30);

fn open(destination: &Destination) -> Session {
    Application::new(LibMi::load().unwrap()).session(destination).unwrap()
}

fn session() -> Session {
    open(&Destination::local().timeout(SOON))
}

fn none() -> OperationOptions {
    OperationOptions::default()
}

fn key(id: u32) -> Instance {
    Instance::new("Sample_Kinds").with_key("Id", id)
}

/// Starts a method of Sample_Caller.
fn start(
    session: &Session,
    method: &str,
    input: &[(&str, Value)],
    options: &OperationOptions,
) -> omi::client::Operation<Instance> {
    let input = input.iter().fold(Instance::new("Parameters"), |all, (name, value)| all.with(name, value.clone()));
    let target = Instance::new("Sample_Caller").with_key("Name", "x");
    session.invoke(NAMESPACE, "Sample_Caller", Some(&target), method, &input, options)
}

fn call(session: &Session, method: &str, input: &[(&str, Value)]) -> omi::Result<Instance> {
    start(session, method, input, &none()).one()
}

mod without_a_server {
    use super::*;

    #[derive(Default)]
    struct Notes(Mutex<Vec<String>>);

    impl SessionListener for Notes {
        fn write_error(&self, error: &omi::Error) {
            self.0.lock().unwrap().push(error.message().to_owned());
        }
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn an_operation_says_that_it_reaches_nobody() {
        let session = session();
        for _ in 0..3 {
            let error = session.enumerate(NAMESPACE, "Sample_Kinds", &none()).finish().unwrap_err();
            assert_eq!(error.code(), ResultCode::FAILED);
            assert_eq!(error.message(), "there is no connection with the server: is omiserver running?");
        }
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn another_computer_is_refused_and_the_listener_hears_why() {
        let (application, notes) = (Application::new(LibMi::load().unwrap()), Notes::default());
        let error = application.session_with(&Destination::new("server.example"), &notes).err().unwrap();
        assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
        let text = "libmi reaches this computer alone, not \"server.example\"; use omi_host::client::WsMan";
        assert_eq!(*notes.0.lock().unwrap(), [text]);
        assert_eq!(error.message(), text);
    }
}

mod with_a_server {
    use super::*;

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn instances_are_created_read_changed_and_removed() {
        let session = session();
        let new = key(1).with("String", "ä€").with("Uint32s", vec![1_u32, 2]).with("Boolean", true);
        session.create(NAMESPACE, &new, &none()).one().unwrap();
        let again = session.create(NAMESPACE, &new, &none()).finish().unwrap_err();
        assert_eq!(
            (again.code(), again.message()),
            (ResultCode::ALREADY_EXISTS, "there is a Sample_Kinds.Id=1 already")
        );

        let found = session.get(NAMESPACE, &key(1), &none()).one().unwrap();
        assert_eq!((found.class_name(), found.text("String")), ("Sample_Kinds", Some("ä€")));
        assert_eq!(found.get("Uint32s"), Some(&vec![1_u32, 2].into()));
        assert_eq!((found.get("Boolean"), found.get("Real64")), (Some(&true.into()), None));

        let changed = key(1).with("String", "new").with("Uint32s", vec![3_u32]);
        let only = OperationOptions { properties: Some(vec!["String".into()]), ..none() };
        session.modify(NAMESPACE, &changed, &only).finish().unwrap();
        let found = session.query(NAMESPACE, "SELECT * FROM Sample_Kinds WHERE Id = 1", &none()).one().unwrap();
        assert_eq!(found.text("String"), Some("new"));
        assert_eq!(found.get("Uint32s"), Some(&vec![1_u32, 2].into()), "it was not to be changed");
        let some = session.enumerate(NAMESPACE, "Sample_Kinds", &only).one().unwrap();
        assert_eq!((some.text("String"), some.get("Uint32s")), (Some("new"), None));

        session.delete(NAMESPACE, &key(1), &none()).finish().unwrap();
        let gone = session.get(NAMESPACE, &key(1), &none()).one().unwrap_err();
        assert_eq!(gone.code(), ResultCode::NOT_FOUND);
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn many_instances_come_to_a_slow_reader() {
        const MANY: u32 = 3000;
        let session = session();
        for id in 0..MANY {
            session.create(NAMESPACE, &key(id), &none()).finish().unwrap();
        }
        let mut all = session.enumerate(NAMESPACE, "Sample_Kinds", &none());
        all.next().unwrap().unwrap();
        // Longer than the server takes to be held back.
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(all.try_fold(1, |count, it| it.map(|_| count + 1)), Ok(MANY));
        // One that nobody reads to its end is no obstacle.
        drop(session.enumerate(NAMESPACE, "Sample_Kinds", &none()));
        for id in 0..MANY {
            session.delete(NAMESPACE, &key(id), &none()).finish().unwrap();
        }
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn methods_are_called() {
        let output = call(&session(), "NewParameters", &[("Text", "ä€".into())]).unwrap();
        assert_eq!((output.text("ReturnValue"), output.get("Length")), (Some("ä€"), Some(&Value::Uint32(2))));
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn an_association_is_followed() {
        let (session, source) = (session(), Instance::new("Sample_Part").with_key("Id", 3_u32));
        let filter = AssociationFilter { association: Some("Sample_PartOfKinds".into()), ..Default::default() };
        let found = session.associators(NAMESPACE, &source, &filter, &none()).one().unwrap();
        assert_eq!((found.class_name(), found.get("Id")), ("Sample_Kinds", Some(&Value::Uint32(3))));
        let found = session.references(NAMESPACE, &source, &filter, &none()).one().unwrap();
        assert_eq!(found.class_name(), "Sample_PartOfKinds");
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn an_error_comes_with_its_code_and_its_text() {
        let session = session();
        let error = call(&session, "PostError", &[("Text", "locked".into())]).unwrap_err();
        assert_eq!((error.code(), error.message()), (ResultCode::ACCESS_DENIED, "locked"));
        let error = session.enumerate(NAMESPACE, "Sample_Missing", &none()).finish().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_CLASS, "{error}");
        let error = session.enumerate("root/missing", "Sample_Kinds", &none()).finish().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_NAMESPACE, "{error}");
        let error = session.query(NAMESPACE, "SELECT", &none()).finish().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_QUERY, "{error}");
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn a_class_comes_with_its_properties() {
        let session = session();
        let class = session.class(NAMESPACE, "Sample_PaintedPart", &none()).one().unwrap();
        assert_eq!(&*class.name, "Sample_PaintedPart");
        assert_eq!(class.keys().map(|key| &*key.name).collect::<Vec<_>>(), ["Id"]);
        let names: Vec<_> = class.properties.iter().map(|it| (&*it.name, it.kind)).collect();
        assert_eq!(names, [("Id", Type::Uint32), ("Text", Type::String), ("Colour", Type::String)]);
        assert!(class.ancestors.is_empty() && class.methods.is_empty(), "omiserver sends them now: {class:?}");
        let error = session.class(NAMESPACE, "Sample_Missing", &none()).one().unwrap_err();
        assert_eq!(error.code(), ResultCode::INVALID_CLASS, "{error}");
        for _ in 0..3 {
            let error = session.classes(NAMESPACE, None, &none()).finish().unwrap_err();
            assert_eq!(error.code(), ResultCode::NOT_SUPPORTED);
        }
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn a_cancelled_operation_ends_for_its_reader_at_once_and_the_session_goes_on() {
        let (session, begin) = (session(), Instant::now());
        let waiting = start(&session, "Wait", &[("Seconds", 5_u32.into())], &none());
        waiting.canceller().cancel();
        assert_eq!(waiting.one().unwrap_err().message(), "the operation was cancelled");
        drop(start(&session, "Wait", &[("Seconds", 5_u32.into())], &none()));

        let options = OperationOptions::default().timeout(Duration::from_millis(100));
        let waiting = start(&session, "Wait", &[("Seconds", 5_u32.into())], &options);
        assert!(is_timeout(&waiting.one().unwrap_err()));
        assert!(begin.elapsed() < Duration::from_secs(5), "somebody waited for the method");
        let output = call(&session, "ConstructParameters", &[("Text", "on".into())]).unwrap();
        assert_eq!(output.text("ReturnValue"), Some("on"));
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn an_indication_comes_to_its_subscriber_until_that_goes() {
        let session = session();
        let mut subscription = session.subscribe(NAMESPACE, "SELECT * FROM Sample_Raised", &none());
        let raise = || call(&session, "Raise", &[("Text", "fire".into())]).unwrap().get("ReturnValue").cloned();
        let deadline = Instant::now() + SOON;
        while !subscription.is_ready() {
            assert!(Instant::now() < deadline, "no indication came");
            raise();
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(subscription.next().unwrap().unwrap().instance.text("Text"), Some("fire"));
        drop(subscription);
        while raise() == Some(true.into()) {
            assert!(Instant::now() < deadline, "the subscription does not end");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn options_reach_the_provider() {
        let session = open(&Destination { options: vec![("Colour".into(), "red".into())], ..Destination::local() });
        let options = none().custom("Answer", 42_u32);
        let option = |name: &str| start(&session, "GetOption", &[("Name", name.into())], &options).one().unwrap();
        assert_eq!(option("Colour").text("Text"), Some("red"));
        let answer = option("Answer");
        assert_eq!((answer.get("Number"), answer.text("Type")), (Some(&Value::Uint32(42)), Some("uint32")));
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn the_languages_reach_the_provider() {
        let session = open(&Destination { locale: Some("de-de".into()), ..Destination::local() });
        let locale = call(&session, "GetLocale", &[]).unwrap();
        assert_eq!(locale.text("ReturnValue"), Some("de-de"));
    }

    /// This server takes any password; that it is sent as it should be is all that shows.
    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn a_session_is_another_users_with_a_password() {
        let session = open(&Destination::local().basic("root", Secret::new("any")).timeout(SOON));
        assert_eq!(call(&session, "NewParameters", &[("Text", "ab".into())]).unwrap().text("ReturnValue"), Some("ab"));
    }

    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn a_connection_is_tested() {
        session().test_connection(&none()).finish().unwrap();
    }

    /// The provider's own session is one through libmi, too, and the classes asked for are its own.
    #[test]
    #[ignore = "run where a private OMI is seen"]
    fn providers_ask_omiserver_side_by_side() {
        let session = session();
        let input = [("Class", Value::from("Sample_Kinds"))];
        let asked: Vec<_> = (0..12).map(|_| start(&session, "GetLocalSession", &input, &none())).collect();
        for answer in asked {
            let answer = answer.one().unwrap();
            assert_eq!(answer.get("ReturnValue"), Some(&Value::Uint32(0)), "{:?}", answer.text("Problem"));
        }
    }
}

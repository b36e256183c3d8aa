//! The conformance provider (`examples/conformance`), which makes every call that a provider can choose: in our host, where
//! each of them does something, and in Microsoft's omiserver, which lacks many.

#[path = "support/built.rs"]
mod built;
#[path = "support/omicli.rs"]
mod omicli;
#[allow(dead_code)] // nobody connects by WS-Man here
#[path = "support/omiserver.rs"]
mod omiserver;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use omi::dialogue::{Channel, Listener, Progress, Question};
use omi::wql::Select;
use omi::{Char16, Instance, Property, ResultCode, Type, Value};
use omi_host::Host;
use omi_host::operation::{Depth, Operation, Request};
use omiserver::Omi;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

const NAMESPACE: &str = "root/cimv2";

/// Writes down what a provider says, and answers questions with no.
#[derive(Default)]
struct Notes(Mutex<Vec<String>>);

impl Notes {
    fn add(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Listener for Notes {
    fn message(&self, channel: Channel, text: &str) {
        self.add(format!("{channel:?}: {text}"));
    }

    fn progress(&self, progress: &Progress) -> bool {
        let Progress { activity, operation, status, percent, remaining } = progress;
        self.add(format!("{activity}, {operation}, {status}, {percent:?}, {remaining:?}"));
        true
    }

    fn error(&self, error: &omi::Error) -> bool {
        self.add(format!("{}: {}, details: {}", error.code(), error.message(), error.details().is_some()));
        false
    }

    fn ask(&self, question: &Question) -> bool {
        self.add(format!("{question:?}"));
        false
    }

    fn stream(&self, parameter: &str, value: Value) -> Result<(), Value> {
        self.add(format!("{parameter}: {value:?}"));
        Ok(())
    }
}

/// Our host with the provider, and a user who listens.
struct Ours {
    host: Host,
    notes: Arc<Notes>,
}

impl Ours {
    fn start() -> Option<Self> {
        let library = built::example("conformance")?;
        let host = Host::builder().provider(&library, &[NAMESPACE]).build().unwrap();
        Some(Self { host, notes: Arc::default() })
    }

    fn run(&self, operation: Operation) -> omi::Result<Vec<Instance>> {
        let request = Request {
            locale: Some("de-DE".into()),
            data_locale: Some("fr-FR".into()),
            options: vec![("Answer".into(), "42".into())],
            listener: Some(self.notes.clone()),
            ..Request::local(NAMESPACE, operation)
        };
        self.host.submit(request)?.collect()
    }

    /// Calls a method of Sample_Caller. Its output, and what the user was told meanwhile.
    fn call(&self, method: &str, parameters: &[(&str, Value)]) -> omi::Result<(Instance, Vec<String>)> {
        let mut outputs = self.run(Operation::Invoke {
            class: "Sample_Caller".into(),
            target: Some(Instance::new("Sample_Caller").with_key("Name", "x")),
            method: method.into(),
            parameters: self::parameters(method, parameters),
        })?;
        assert_eq!(outputs.len(), 1, "{method}");
        Ok((outputs.remove(0), self.notes.take()))
    }

    /// The return value of a method, as text, and what the user was told.
    fn says(&self, method: &str, parameters: &[(&str, Value)]) -> (String, Vec<String>) {
        let (output, notes) = self.call(method, parameters).unwrap();
        (output.text("ReturnValue").unwrap_or_default().to_owned(), notes)
    }
}

fn parameters(method: &str, parameters: &[(&str, Value)]) -> Instance {
    parameters.iter().fold(Instance::new(method), |all, (name, value)| all.with(name, value.clone()))
}

fn answer(return_value: &str, notes: &[&str]) -> (String, Vec<String>) {
    (return_value.to_owned(), notes.iter().map(|&note| note.to_owned()).collect())
}

#[test]
fn what_a_provider_says_reaches_the_user() {
    let Some(ours) = Ours::start() else { return };
    assert_eq!(
        ours.says("WriteMessage", &[("Text", "hot".into())]),
        answer("Delivered", &["Warning: hot", "Verbose: hot", "Debug: hot"])
    );
    assert_eq!(
        ours.says("WriteProgress", &[("Activity", "Copying".into())]),
        answer("Delivered", &["Copying, step, well, Some(50), Some(5s)"])
    );
}

/// A host that takes no parts leaves them to the SDK, which sends them with the result.
#[test]
fn what_a_provider_streams_arrives_in_parts_or_with_the_result() {
    let Some(ours) = Ours::start() else { return };
    let (output, notes) = ours.call("WriteStreamParameter", &[("Count", 2_u32.into())]).unwrap();
    if output.text("ReturnValue") == Some("Delivered") {
        assert_eq!(notes, [r#"Lines: StringArray(["line 0"])"#, r#"Lines: StringArray(["line 1"])"#]);
    } else {
        assert_eq!(output.get("Lines"), Some(&vec!["line 0".to_owned(), "line 1".to_owned()].into()));
    }
}

#[test]
fn the_user_answers_what_a_provider_asks() {
    let Some(ours) = Ours::start() else { return };
    let text = ("Text", Value::from("sure?"));
    assert_eq!(ours.says("PromptUser", std::slice::from_ref(&text)), answer("No", &["Prompt(\"sure?\")"]));
    assert_eq!(
        ours.says("PromptUser", &[text.clone(), ("Critical", true.into())]),
        answer("No", &["CriticalPrompt(\"sure?\")"])
    );
    assert_eq!(ours.says("ShouldContinue", &[text]), answer("No", &["ShouldContinue(\"sure?\")"]));
    assert_eq!(
        ours.says("ShouldProcess", &[("Target", "disk".into()), ("Action", "wipe".into())]),
        answer("No", &["ShouldProcess { target: \"disk\", action: \"wipe\" }"])
    );
}

#[test]
fn errors_are_told_or_end_the_operation_with_and_without_details() {
    let Some(ours) = Ours::start() else { return };
    for details in [false, true] {
        let input = [("Text", Value::from("locked")), ("Details", details.into())];
        let (answer, notes) = ours.says("WriteError", &input);
        assert_eq!(answer, "No", "the user wants the provider to stop");
        assert_eq!(notes.len(), 1);
        assert!(notes[0].contains("locked") && notes[0].ends_with(&format!("details: {details}")), "{notes:?}");

        let error = ours.call("PostError", &input).unwrap_err();
        assert_eq!((error.code(), error.message()), (ResultCode::ACCESS_DENIED, "locked"));
        assert_eq!(error.details().is_some(), details);
    }
}

#[test]
fn a_provider_knows_the_request() {
    let Some(ours) = Ours::start() else { return };
    let (locale, _) = ours.call("GetLocale", &[]).unwrap();
    assert_eq!((locale.text("ReturnValue"), locale.text("Data")), (Some("de-DE"), Some("fr-FR")));
    let (option, _) = ours.call("GetOption", &[("Name", "Answer".into())]).unwrap();
    assert_eq!((option.text("Text"), option.text("Type")), (Some("42"), Some("string")));
    assert_eq!(option.get("Number"), Some(&Value::Uint32(42)));
    let (options, _) = ours.call("GetOptions", &[]).unwrap();
    let Some(Value::StringArray(names)) = options.get("Names") else { panic!("{options:?}") };
    assert!(names.iter().any(|name| name == "Answer"), "{names:?}");
    let (canceled, _) = ours.call("Canceled", &[]).unwrap();
    assert_eq!(canceled.get("ReturnValue"), Some(&Value::Boolean(false)));
    assert_eq!(ours.says("RegisterCancel", &[]).0, "Done");
    let (unload, _) = ours.call("RefuseUnload", &[]).unwrap();
    assert_eq!((unload.text("ReturnValue"), unload.text("RequestUnload")), (Some("Done"), Some("Done")));
}

#[test]
fn an_indication_reaches_who_subscribes_to_it() {
    let Some(ours) = Ours::start() else { return };
    let (raised, _) = ours.call("Raise", &[("Text", "fire".into())]).unwrap();
    assert_eq!(raised.get("ReturnValue"), Some(&Value::Boolean(false)), "nobody subscribes");
    let query = Select::parse("SELECT * FROM Sample_Raised WHERE Text = 'fire'").unwrap();
    let operation = Operation::Subscribe { query, bookmark: None };
    let mut subscription = ours.host.submit(Request::local(NAMESPACE, operation)).unwrap();
    // Which of the posts is the first after the subscription nobody can tell, so there are many.
    let has_come = AtomicBool::new(false);
    let indications = std::thread::scope(|threads| {
        threads.spawn(|| {
            let deadline = Instant::now() + Duration::from_secs(30);
            while !has_come.load(Ordering::Acquire) && Instant::now() < deadline {
                let _ = ours.call("Raise", &[("Text", "fire".into())]);
                std::thread::sleep(Duration::from_millis(10));
            }
        });
        let indications = subscription.next(1, Duration::from_secs(30)).instances;
        has_come.store(true, Ordering::Release);
        indications
    });
    assert_eq!(indications[0].text("Text"), Some("fire"));
}

#[test]
fn a_host_with_lifecycle_indications_takes_posts_of_which_nobody_need_hear() {
    let Some(ours) = Ours::start() else { return };
    let (output, _) = ours.call("PostLifecycle", &[]).unwrap();
    assert_eq!((output.text("ReturnValue"), output.text("Post")), (Some("Delivered"), Some("Skipped")));
}

/// The part that is embedded and referred to.
fn part(id: u32) -> Instance {
    Instance::new("Sample_Part").with_key("Id", id).with("Text", "inner")
}

/// An instance with a value of every type.
fn kinds(id: u32) -> Instance {
    let at: omi::Datetime = "20260203040506.123456-480".parse().unwrap();
    let length: omi::Datetime = "00000011121314.500000:000".parse().unwrap();
    let reference = Property {
        name: "Reference".into(),
        kind: Type::Reference,
        flags: 0,
        value: Some(Value::Reference(Box::new(Instance::new("Sample_Part").with_key("Id", 7_u32)))),
    };
    let mut all = Instance::new("Sample_Kinds")
        .with_key("Id", id)
        .with("Boolean", true)
        .with("Uint8", u8::MAX)
        .with("Sint8", i8::MIN)
        .with("Uint16", u16::MAX)
        .with("Sint16", i16::MIN)
        .with("Uint32", u32::MAX)
        .with("Sint32", i32::MIN)
        .with("Uint64", u64::MAX)
        .with("Sint64", i64::MIN)
        .with("Real32", -0.5_f32)
        .with("Real64", f64::MIN_POSITIVE)
        .with("Char16", Char16(0x20ac))
        .with("Datetime", at)
        .with("String", "ä€")
        .with("Instance", part(8))
        .with("Booleans", vec![true, false])
        .with("Uint8s", vec![0_u8, u8::MAX])
        .with("Sint8s", vec![i8::MIN, i8::MAX])
        .with("Uint16s", vec![0_u16, u16::MAX])
        .with("Sint16s", vec![i16::MIN, i16::MAX])
        .with("Uint32s", vec![0_u32, u32::MAX])
        .with("Sint32s", vec![i32::MIN, i32::MAX])
        .with("Uint64s", vec![0_u64, u64::MAX])
        .with("Sint64s", vec![i64::MIN, i64::MAX])
        .with("Real32s", vec![-0.5_f32, 1e30])
        .with("Real64s", vec![-0.5_f64, 1e300])
        .with("Char16s", vec![Char16(65), Char16(0x20ac)])
        .with("Datetimes", vec![at, length])
        .with("Strings", vec![String::new(), "ä€".to_owned()])
        .with("Instances", vec![part(9), part(10)]);
    all.push(reference);
    all
}

/// Every value of `expected` is in `found`; of a reference, its keys count.
fn assert_same(found: &Instance, expected: &Instance) {
    for property in expected.properties() {
        let value = found.get(&property.name);
        match (&property.value, value) {
            (Some(Value::Reference(expected)), Some(Value::Reference(found) | Value::Instance(found))) => {
                assert_eq!(found.get("Id"), expected.get("Id"));
            }
            (Some(Value::Instance(expected)), Some(Value::Instance(found))) => assert_same(found, expected),
            (Some(Value::InstanceArray(expected)), Some(Value::InstanceArray(found))) => {
                assert_eq!(found.len(), expected.len(), "{}", property.name);
                found.iter().zip(expected).for_each(|(found, expected)| assert_same(found, expected));
            }
            (expected, found) => assert_eq!(found, expected.as_ref(), "{}", property.name),
        }
    }
}

#[test]
fn values_of_every_type_pass_through_every_operation() {
    let Some(ours) = Ours::start() else { return };
    let key = || Instance::new("Sample_Kinds").with_key("Id", 1_u32);
    let get = || ours.run(Operation::Get { key: key(), properties: None });

    ours.run(Operation::Create { instance: kinds(1) }).unwrap();
    assert_same(&get().unwrap()[0], &kinds(1));
    let again = ours.run(Operation::Create { instance: kinds(1) }).unwrap_err();
    assert_eq!(again.code(), ResultCode::ALREADY_EXISTS);

    let instance = key().with("String", "new").with("Uint32s", vec![1_u32]);
    ours.run(Operation::Modify { instance, modified: Some(vec!["String".into()]) }).unwrap();
    let changed = get().unwrap().remove(0);
    let mut expected = kinds(1).with("Modified", vec!["String".to_owned()]);
    expected.set("String", "new");
    assert_same(&changed, &expected);
    let all = Operation::Enumerate {
        class: "Sample_Kinds".into(),
        depth: Depth::default(),
        properties: None,
        keys_only: false,
    };
    let all = ours.run(all).unwrap();
    assert_eq!(all.len(), 1);
    assert_same(&all[0], &expected);

    let echo = Operation::Invoke {
        class: "Sample_Kinds".into(),
        target: Some(key()),
        method: "Echo".into(),
        parameters: parameters("Echo", &[("Value", kinds(2).into()), ("Numbers", vec![i64::MIN, 0].into())]),
    };
    let output = ours.run(echo).unwrap().remove(0);
    let Some(Value::Instance(echoed)) = output.get("Value") else { panic!("{output:?}") };
    assert_same(echoed, &kinds(2));
    assert_eq!(output.get("Numbers"), Some(&Value::Sint64Array(vec![i64::MIN, 0])));

    ours.run(Operation::Delete { key: key() }).unwrap();
    assert_eq!(get().unwrap_err().code(), ResultCode::NOT_FOUND);
}

#[test]
fn an_association_is_followed_from_both_ends() {
    let Some(ours) = Ours::start() else { return };
    for (source, target) in [("Sample_Part", "Sample_Kinds"), ("Sample_Kinds", "Sample_Part")] {
        let source = Instance::new(source).with_key("Id", 3_u32);
        let found = ours.run(Operation::Associators {
            source: source.clone(),
            association: Some("Sample_PartOfKinds".into()),
            result_class: None,
            role: None,
            result_role: None,
            properties: None,
            keys_only: false,
        });
        let found = found.unwrap();
        assert_eq!(found.iter().map(Instance::class_name).collect::<Vec<_>>(), [target]);
        assert_eq!(found[0].get("Id"), Some(&Value::Uint32(3)));

        let association = Some("Sample_PartOfKinds".into());
        let references = Operation::References { source, association, role: None, properties: None, keys_only: false };
        let found = ours.run(references).unwrap();
        assert_eq!(found.iter().map(Instance::class_name).collect::<Vec<_>>(), ["Sample_PartOfKinds"]);
    }
}

/// Calls a method of Sample_Caller in omiserver.
fn call(omi: &Omi, method: &str, parameters: &[&str]) -> omicli::Answer {
    let target = ["iv", NAMESPACE, "{", "Sample_Caller", "Name", "x", "}", method];
    let braced = [&["{"], parameters, &["}"]].concat();
    omicli::Answer::read(&omi.omicli(target.into_iter().chain(braced)))
}

#[test]
fn omiserver_lacks_what_only_a_user_could_hear_or_answer_and_no_method_fails_for_it() {
    let Some(library) = built::example("conformance") else { return };
    let Some(mut omi) = Omi::prepare() else { return };
    omi.omireg(NAMESPACE, &library);
    omi.start();
    for (method, parameters) in [
        ("WriteMessage", &["Text", "hot"][..]),
        ("WriteProgress", &["Activity", "Copying"]),
        ("WriteStreamParameter", &["Count", "2"]),
        ("WriteError", &["Text", "locked"]),
        ("WriteError", &["Text", "locked", "Details", "true"]),
        ("PromptUser", &["Text", "sure?"]),
        ("ShouldProcess", &["Target", "disk", "Action", "wipe"]),
        ("ShouldContinue", &["Text", "sure?"]),
        ("RegisterCancel", &[]),
        ("SetStringOption", &["Name", "Colour", "Value", "green"]),
    ] {
        let answer = call(&omi, method, parameters);
        assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["Unsupported"], "{method}: {}", answer.text);
    }
    let answer = call(&omi, "WriteStreamParameter", &["Count", "2"]);
    assert!(answer.text.contains("line 0") && answer.text.contains("line 1"), "{}", answer.text);
    let answer = call(&omi, "RefuseUnload", &[]);
    assert_eq!(answer.values("ReturnValue").collect::<Vec<_>>(), ["Done"], "{}", answer.text);
    let answer = call(&omi, "PostError", &["Text", "locked"]);
    assert!(!answer.succeeded && answer.text.contains("locked"), "{}", answer.text);
}

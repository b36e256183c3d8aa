//! The calls of MI_Context in our host: what each of them does.

use crate::NAMESPACE;
use crate::ours::{Ours, answer, invocation};
use omi::wql::Select;
use omi::{Instance, ResultCode, Value};
use omi_host::operation::{Operation, Request};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

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

#[test]
fn what_a_provider_streams_arrives_in_parts() {
    let Some(ours) = Ours::start() else { return };
    let (output, notes) = ours.call("WriteStreamParameter", &[("Count", 2_u32.into())]).unwrap();
    assert_eq!(output.text("ReturnValue"), Some("Delivered"));
    assert_eq!(notes, [r#"Lines: StringArray(["line 0"])"#, r#"Lines: StringArray(["line 1"])"#]);
    assert_eq!(output.get("Lines"), None, "what the listener took is not given again");
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
    let (options, _) = ours.call("SetStringOption", &[("Name", "Answer".into()), ("Value", "43".into())]).unwrap();
    assert_eq!((options.text("ReturnValue"), options.text("Now")), (Some("Done"), Some("43")));
    let (canceled, _) = ours.call("Canceled", &[]).unwrap();
    assert_eq!(canceled.get("ReturnValue"), Some(&Value::Boolean(false)));
    assert_eq!(ours.says("RegisterCancel", &[]).0, "Done");
    let (unload, _) = ours.call("RefuseUnload", &[]).unwrap();
    assert_eq!((unload.text("ReturnValue"), unload.text("RequestUnload")), (Some("Done"), Some("Done")));
}

#[test]
fn parameters_are_made_by_their_declaration_and_by_their_names() {
    let Some(ours) = Ours::start() else { return };
    let text = ("Text", Value::from("ä€"));
    assert_eq!(ours.says("ConstructParameters", std::slice::from_ref(&text)).0, "ä€");
    let (output, _) = ours.call("NewParameters", &[text]).unwrap();
    assert_eq!((output.text("ReturnValue"), output.get("Length")), (Some("ä€"), Some(&Value::Uint32(2))));
}

#[test]
fn a_provider_learns_that_its_operation_is_cancelled() {
    let Some(ours) = Ours::start() else { return };
    let last = || ours.call("LastWait", &[]).unwrap().0;
    let before = last();
    let waiting = ours.submit(invocation("Wait", &[("Seconds", 600_u32.into())])).unwrap();
    wait_until(|| last().get("Begun") != before.get("Begun"));
    waiting.canceller()();
    wait_until(|| last().get("Ended") != before.get("Ended"));
    let last = last();
    assert_eq!((last.get("ReturnValue"), last.text("Reason")), (Some(&Value::Boolean(true)), Some("Client")));
}

fn wait_until(condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < deadline, "it takes too long");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_provider_asks_the_host_that_it_runs_in_about_a_class_of_its_own_library() {
    let Some(ours) = Ours::start() else { return };
    for id in [1_u32, 2] {
        ours.run(Operation::Create { instance: Instance::new("Sample_Kinds").with_key("Id", id) }).unwrap();
    }
    let count = |class: &str| ours.call("GetLocalSession", &[("Class", class.into())]).unwrap().0;
    assert_eq!(count("Sample_Kinds").get("ReturnValue"), Some(&Value::Uint32(2)));
    let unknown = count("Sample_Missing");
    assert_eq!(unknown.get("ReturnValue"), None);
    assert!(unknown.text("Problem").is_some_and(|text| text.contains("Sample_Missing")), "{unknown:?}");
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

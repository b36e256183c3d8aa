//! How each call of MI_Context is proved, and what a cell says of it.

use super::client::{Client, Outcome, wait_for};
use super::document::Cells;

const UNSUPPORTED: &str = "unsupported (NOT_SUPPORTED)";
const WORKS: &str = "works";

/// The calls, as `MI_ContextFT` lists them.
pub(super) fn names() -> Vec<String> {
    let table = include_str!("../../../omi-sys/src/types/context.rs");
    let table = table.split("pub struct MI_ContextFT {").nth(1).unwrap().split("\n}").next().unwrap();
    let slots = table.lines().filter_map(|line| line.trim().strip_prefix("pub "));
    let names: Vec<String> = slots.map(|slot| slot.split(':').next().unwrap().to_owned()).collect();
    assert_eq!(names.len(), 31, "{names:?}");
    names
}

/// What the client finds for every call.
pub(super) fn cells(client: &mut dyn Client) -> Cells {
    let left = Left::after_leaving(client);
    names().into_iter().map(|call| (call.clone(), cell(client, &call, &left))).collect()
}

fn cell(client: &mut dyn Client, call: &str, left: &Left) -> String {
    match call {
        // An enumeration without instances has nothing but its result.
        "PostResult" => match client.enumerate("Sample_Kinds") {
            Ok(none) if none.is_empty() => WORKS.to_owned(),
            other => format!("{other:?}"),
        },
        "PostInstance" => instances(client, ""),
        "ConstructInstance" | "NewInstance" | "NewDynamicInstance" => instances(client, call),
        "PostIndication" => indication(client),
        "ConstructParameters" | "NewParameters" => {
            let outcome = client.call(call, &[("Text", "abc")]);
            if outcome.returned() == "abc" { WORKS.to_owned() } else { format!("{outcome:?}") }
        }
        "Canceled" => left.canceled.clone(),
        "RegisterCancel" => supported(&client.call(call, &[])).unwrap_or_else(|| left.reason.clone()),
        "GetLocale" => locale(&client.call(call, &[])),
        "RefuseUnload" => done(client.call(call, &[]).returned()),
        "RequestUnload" => done(client.call("RefuseUnload", &[]).value("RequestUnload")),
        "GetLocalSession" => local_session(&client.call(call, &[("Class", "Sample_Part")])),
        "SetStringOption" => {
            let outcome = client.call(call, &[("Name", "Colour"), ("Value", "green")]);
            supported(&outcome).unwrap_or_else(|| works_if(outcome.value("Now") == "green", &outcome))
        }
        "GetStringOption" | "GetNumberOption" | "GetCustomOption" => option(client, call),
        "GetCustomOptionCount" | "GetCustomOptionAt" => options(client, call),
        "WriteMessage" => said(client, call, &[("Text", "hot")], "hot"),
        "WriteProgress" => said(client, call, &[("Activity", "Copying")], "Copying"),
        "WriteStreamParameter" => said(client, call, &[("Count", "2")], "line 1"),
        "WriteError" => said(client, call, &[("Text", "locked")], "locked"),
        "WriteCimError" => said(client, "WriteError", &[("Text", "locked"), ("Details", "true")], "locked"),
        "PromptUser" | "ShouldContinue" => said(client, call, &[("Text", "Go on?")], "Go on?"),
        "ShouldProcess" => said(client, call, &[("Target", "disk"), ("Action", "wipe")], "disk"),
        "PostError" => failed(client.call(call, &[("Text", "locked")])),
        "PostCimError" => failed(client.call("PostError", &[("Text", "locked"), ("Details", "true")])),
        "GetLifecycleIndicationContext" => done(client.call("PostLifecycle", &[]).returned()),
        other => panic!("nothing proves {other}"),
    }
}

fn works_if(is_proved: bool, outcome: &Outcome) -> String {
    if is_proved { WORKS.to_owned() } else { format!("{outcome:?}").replace('|', "/") }
}

/// `Some` when the host answered that it has no such call.
fn supported(outcome: &Outcome) -> Option<String> {
    (outcome.returned() == "Unsupported").then(|| UNSUPPORTED.to_owned())
}

/// For a call that the host either does or has not.
fn done(answer: &str) -> String {
    match answer {
        "Done" | "Delivered" => WORKS.to_owned(),
        "Unsupported" => UNSUPPORTED.to_owned(),
        other => format!("{other:?}"),
    }
}

/// Whether an instance has come that was made by this call.
fn instances(client: &mut dyn Client, call: &str) -> String {
    let parts = client.enumerate("Sample_Part");
    let has_come = parts
        .as_ref()
        .is_ok_and(|parts| parts.iter().any(|part| part.get("Text").is_some_and(|text| text.contains(call))));
    if has_come { WORKS.to_owned() } else { format!("{parts:?}") }
}

fn indication(client: &mut dyn Client) -> String {
    match client.subscribed("fire") {
        Some(got) if got.contains("fire") => WORKS.to_owned(),
        Some(got) => got,
        None => {
            let answer = client.call("Raise", &[("Text", "fire")]).returned().to_lowercase();
            assert_eq!(answer, "false", "nobody subscribes");
            "not disturbed (this client cannot subscribe)".to_owned()
        }
    }
}

fn locale(outcome: &Outcome) -> String {
    match (outcome.value("Support"), outcome.returned()) {
        ("Done", "") => "works: the client names no language".to_owned(),
        ("Done", locale) => format!("works: {locale}"),
        ("Unsupported", "") => UNSUPPORTED.to_owned(),
        ("Unsupported", locale) => format!("{UNSUPPORTED}; the SDK finds {locale} among the options"),
        other => format!("{other:?}"),
    }
}

/// The provider asks the host for its own instances of a class.
fn local_session(outcome: &Outcome) -> String {
    match (outcome.returned(), outcome.value("Problem")) {
        ("", problem) if problem.contains("no local session") => UNSUPPORTED.to_owned(),
        (_, "") => works_if(outcome.returned() == "4", outcome),
        (_, problem) => problem.to_owned(),
    }
}

/// Looks up an option that the client sends, by type.
fn option(client: &mut dyn Client, call: &str) -> String {
    let name = client.options().first().copied().unwrap_or("Absent");
    let outcome = client.call("GetOption", &[("Name", name)]);
    let found = match call {
        "GetStringOption" => outcome.value("Text"),
        "GetNumberOption" => outcome.value("Number"),
        _ => outcome.value("Type"),
    };
    match found {
        "" if name == "Absent" => "works: absent (this client cannot send options)".to_owned(),
        "" => format!("{name} is not found"),
        found if call == "GetNumberOption" && outcome.value("Type") == "string" => {
            format!("works: {found}, read from its text by the host or the SDK")
        }
        found => format!("works: {found}"),
    }
}

fn options(client: &mut dyn Client, call: &str) -> String {
    let outcome = client.call("GetOptions", &[]);
    // omicli shows an empty list by its braces.
    let names = outcome.value("Names").trim_matches(['{', '}']);
    let has_own = client.options().iter().all(|name| names.contains(name));
    match call {
        _ if !has_own => format!("{:?} are not among {names:?}", client.options()),
        "GetCustomOptionCount" if (outcome.returned() == "0") != names.is_empty() => {
            format!("{} does not count {names:?}", outcome.returned())
        }
        _ if names.is_empty() => "works: there is none".to_owned(),
        _ => WORKS.to_owned(),
    }
}

/// For what a provider says or asks.
fn said(client: &mut dyn Client, method: &str, parameters: &[(&str, &str)], text: &str) -> String {
    let cell = heard(&client.call(method, parameters), text);
    match client.call_deaf(method, parameters) {
        Some(outcome) if cell.starts_with(WORKS) => format!("{cell}; deaf: {}", heard(&outcome, text)),
        _ => cell,
    }
}

fn heard(outcome: &Outcome, text: &str) -> String {
    let has_heard = outcome.heard.contains(text);
    let came_with_result = outcome.value("Lines").contains(text);
    match outcome.returned() {
        "Unsupported" if came_with_result => format!("{UNSUPPORTED}; the SDK gives all with the result"),
        "Unsupported" => UNSUPPORTED.to_owned(),
        "Delivered" if has_heard => WORKS.to_owned(),
        "Delivered" | "Skipped" if came_with_result => "not disturbed: all comes with the result".to_owned(),
        "Delivered" | "Skipped" => "not disturbed".to_owned(),
        answer @ ("Yes" | "No") if has_heard => format!("works: the client says {}", answer.to_lowercase()),
        answer @ ("Yes" | "No") => format!("not disturbed: {}", answer.to_lowercase()),
        _ => format!("{outcome:?}").replace('|', "/"),
    }
}

fn failed(outcome: Outcome) -> String {
    match &outcome.error {
        Some(error) if error.contains("locked") => WORKS.to_owned(),
        _ => format!("{outcome:?}").replace('|', "/"),
    }
}

/// What a provider saw of a client that left in the middle of a call.
struct Left {
    canceled: String,
    reason: String,
}

impl Left {
    fn after_leaving(client: &mut dyn Client) -> Self {
        let ended = |client: &mut dyn Client| client.call("LastWait", &[]).value("Ended").to_owned();
        let before = ended(client);
        client.leave();
        wait_for("the end of the method", || (ended(client) != before).then_some(()));
        let last = client.call("LastWait", &[]);
        let canceled = match last.returned().to_lowercase().as_str() {
            "true" => "works: true after the client left".to_owned(),
            _ => "never true, also when the client left".to_owned(),
        };
        let reason = match last.value("Reason") {
            "" => "the callback is not called when the client left".to_owned(),
            reason => format!("works: {reason} after the client left"),
        };
        Self { canceled, reason }
    }
}

//! The provider in `lumi serve`, asked by pypsrp and pywinrm. Skipped where Python has neither.

use crate::built;
use crate::python::{Client, Library, PYPSRP, PYWINRM};
use crate::serve::Server;
use serde_json::{Value, json};
use std::time::{Duration, Instant};

/// A server, and each library connected with it.
struct Session {
    clients: Vec<Client>,
    _server: Server,
}

impl Session {
    fn start() -> Option<Self> {
        let library = built::example("conformance")?;
        let libraries: Vec<_> = [PYPSRP, PYWINRM].into_iter().filter(|library| library.is_installed()).collect();
        if libraries.is_empty() {
            return None;
        }
        let server = Server::with_provider(&library);
        let connect = |library: Library| library.connect(&server, "http");
        Some(Self { clients: libraries.into_iter().map(connect).collect(), _server: server })
    }
}

/// The call of a method of Sample_Caller.
fn call(method: &str, parameters: &Value) -> Value {
    json!({"invoke": "Sample_Caller", "method": method, "keys": {"Name": "x"}, "parameters": parameters})
}

/// The same for a client that registers for what the provider says.
fn listening(method: &str, parameters: &Value, wishes: Value) -> Value {
    let mut request = call(method, parameters);
    request["listen"] = wishes;
    request
}

fn wait_until(condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    let mut condition = condition;
    while !condition() {
        assert!(Instant::now() < deadline, "it takes too long");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn messages_come_by_the_channels_that_the_client_registers() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let text = json!({"Text": "hot & <smoking>"});
        let answer = client.ask(&listening("WriteMessage", &text, json!({"callbacks": 1, "channels": [0, 2]})));
        assert_eq!(answer["output"], json!({"ReturnValue": "Delivered"}));
        let expected = ["Warning", "Debug"].map(|kind| json!({"EventType": kind, "Description": "hot & <smoking>"}));
        assert_eq!(answer["events"], json!(expected));

        let progress = listening("WriteProgress", &json!({"Activity": "Copying"}), json!({"callbacks": 8}));
        let answer = client.ask(&progress);
        let event = &answer["events"][0];
        assert_eq!((&event["EventType"], &event["Activity"]), (&json!("Progress"), &json!("Copying")), "{answer}");
        assert_eq!(event["PercentComplete"], "50", "{answer}");
    }
}

#[test]
fn a_client_that_registers_for_nothing_gets_one_plain_answer() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        for (method, parameters, answer) in [
            ("WriteMessage", json!({"Text": "hot"}), "Delivered"),
            ("WriteError", json!({"Text": "locked"}), "Yes"),
            ("ShouldContinue", json!({"Text": "Go on?"}), "Yes"),
            ("PromptUser", json!({"Text": "Really?", "Critical": "true"}), "No"),
        ] {
            let found = client.ask(&call(method, &parameters));
            assert_eq!(found["output"], json!({"ReturnValue": answer}), "{method}");
        }
    }
}

#[test]
fn the_client_answers_questions_and_errors() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        for (answer, returned) in [("yes", "Yes"), ("no", "No"), ("yesToAll", "Yes"), ("noToAll", "No")] {
            for (method, parameters, kind) in [
                ("ShouldContinue", json!({"Text": "Go on?"}), "Confirm"),
                ("ShouldProcess", json!({"Target": "disk", "Action": "wipe"}), "Confirm"),
                ("PromptUser", json!({"Text": "Really?", "Critical": "true"}), "Confirm"),
                ("WriteError", json!({"Text": "locked", "Details": "true"}), "ErrorAction"),
            ] {
                let wishes = json!({"callbacks": 18, "errors": 1, "prompts": 1, "answer": answer});
                let found = client.ask(&listening(method, &parameters, wishes));
                assert_eq!(found["output"]["ReturnValue"], returned, "{method}: {found}");
                let events = found["events"].as_array().unwrap();
                assert_eq!(events.len(), 1, "{method}: {found}");
                assert_eq!(events[0]["EventType"], kind, "{method}: {found}");
            }
        }
    }
}

#[test]
fn an_error_that_is_only_reported_and_a_prompt_that_is_only_shown_wait_for_nobody() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let wishes = json!({"callbacks": 18, "errors": 0, "prompts": 0, "answer": "no"});
        let error = client.ask(&listening("WriteError", &json!({"Text": "locked"}), wishes.clone()));
        assert_eq!(error["output"]["ReturnValue"], "Yes");
        assert_eq!(error["events"][0]["ActionType"], "Report", "{error}");
        assert_eq!(error["events"][0]["Description"]["Message"], "locked", "{error}");
        let prompt = client.ask(&listening("PromptUser", &json!({"Text": "Really?"}), wishes));
        assert_eq!(prompt["output"]["ReturnValue"], "Yes");
        assert_eq!(prompt["events"][0]["Description"], "Really?", "{prompt}");
    }
}

#[test]
fn an_error_behind_messages_is_the_fault_of_the_operation() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let error = client.ask(&listening("PostError", &json!({"Text": "locked"}), json!({"callbacks": 31})));
        assert!(error["reason"].as_str().is_some_and(|reason| reason.contains("locked")), "{error}");
    }
}

#[test]
fn streamed_parameters_come_part_by_part_or_with_the_result() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let parameters = json!({"Count": "3"});
        let parts = client.ask(&listening("WriteStreamParameter", &parameters, json!({"callbacks": 4})));
        let lines: Vec<_> = parts["events"].as_array().unwrap().iter().map(|event| &event["Value"]["Lines"]).collect();
        assert_eq!(lines, ["line 0", "line 1", "line 2"], "{parts}");
        assert_eq!(parts["output"]["Lines"], Value::Null, "what was taken does not come again: {parts}");
        let whole = client.ask(&call("WriteStreamParameter", &parameters));
        assert_eq!(whole["output"]["Lines"], json!(["line 0", "line 1", "line 2"]));
    }
}

#[test]
fn associations_are_followed_by_the_association_filter() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        for (source, target, role) in
            [("Sample_Part", "Sample_Kinds", "Part"), ("Sample_Kinds", "Sample_Part", "Whole")]
        {
            let keys = json!({"Id": "3"});
            let found = client.ask(&json!({"associators": source, "keys": keys}));
            assert_eq!(found["classes"], json!([target]), "{found}");
            assert_eq!(found["instances"][0]["Id"], "3");
            let restricted = |name: &str, value: &str| json!({"associators": source, "keys": keys, name: value});
            for (name, value, count) in [
                ("AssociationClassName", "Sample_PartOfKinds", 1),
                ("ResultClassName", target, 1),
                ("ResultClassName", source, 0),
                ("Role", role, 1),
                ("ResultRole", role, 0),
            ] {
                let found = client.ask(&restricted(name, value));
                let instances = found["instances"].as_array().map(Vec::len);
                assert_eq!(instances, Some(count), "from {source} with {name} {value}: {found}");
            }
            let references = client.ask(&json!({"references": source, "keys": keys}));
            assert_eq!(references["classes"], json!(["Sample_PartOfKinds"]));
            let ends = ["Whole", "Part"].map(|end| references["instances"][0][end]["Id"].clone());
            assert_eq!(ends, ["3", "3"], "{references}");
        }
    }
}

#[test]
fn indications_are_pulled_by_a_subscription_that_can_be_renewed_and_ended() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let started = client.ask(&json!({"subscribe": "select * from Sample_Raised where Text = 'fire'"}));
        assert_eq!(started["expires"], "PT60S", "{started}");
        let raise = |client: &mut Client, text: &str| {
            client.ask(&call("Raise", &json!({"Text": text})))["output"]["ReturnValue"] == "true"
        };
        wait_until(|| raise(client, "smoke"));
        assert!(raise(client, "fire"));
        let got = client.ask(&json!({"pull": started["context"]}));
        assert_eq!((&got["instances"], &got["classes"]), (&json!([{"Text": "fire"}]), &json!(["Sample_Raised"])));

        let subscription = &started["subscription"];
        let renewed = client.ask(&json!({"renew": subscription, "expires": "PT600S"}));
        assert_eq!(renewed, json!({"expires": "PT600S"}));
        let status = client.ask(&json!({"status": subscription}));
        let left: f64 = status["expires"].as_str().unwrap().trim_matches(['P', 'T', 'S']).parse().unwrap();
        assert!((300.0..=600.0).contains(&left), "{status}");

        assert_eq!(client.ask(&json!({"unsubscribe": subscription})), json!({"done": true}));
        assert!(client.ask(&json!({"pull": got["context"]}))["fault"].is_string());
        assert!(client.ask(&json!({"renew": subscription, "expires": "PT60S"}))["fault"].is_string());
        wait_until(|| !raise(client, "fire"));
    }
}

/// What LastWait says.
fn last_wait(client: &mut Client) -> Value {
    client.ask(&call("LastWait", &json!({})))["output"].take()
}

#[test]
fn a_released_enumeration_is_cancelled() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let before = last_wait(client);
        let context = client.ask(&json!({"open": "Sample_Endless"}))["context"].take();
        let page = client.ask(&json!({"pull": context}));
        assert_eq!(page["instances"][0], json!({"Id": "0"}));
        assert_eq!(client.ask(&json!({"release": page["context"]})), json!({"done": true}));
        wait_until(|| last_wait(client)["Ended"] != before["Ended"]);
        let after = last_wait(client);
        assert_eq!((&after["ReturnValue"], &after["Reason"]), (&json!("true"), &json!("Client")));
        assert!(client.ask(&json!({"pull": page["context"]}))["fault"].is_string());
    }
}

#[test]
fn an_operation_that_takes_longer_than_its_timeout_is_cancelled() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let before = last_wait(client);
        let mut request = call("Wait", &json!({"Seconds": "600"}));
        request["timeout"] = json!(1);
        let fault = client.ask(&request);
        assert!(fault["fault"].is_string(), "{fault}");
        wait_until(|| last_wait(client)["Ended"] != before["Ended"]);
        let after = last_wait(client);
        assert_eq!((&after["ReturnValue"], &after["Reason"]), (&json!("true"), &json!("Timeout")), "{fault}");
    }
}

#[test]
fn a_client_that_disconnects_cancels_its_operation() {
    let Some(mut session) = Session::start() else { return };
    for client in &mut session.clients {
        let before = last_wait(client);
        let leave = json!({
            "leave": "Sample_Caller", "method": "Wait", "keys": {"Name": "x"}, "parameters": {"Seconds": "600"}, "after": 1,
        });
        assert_eq!(client.ask(&leave), json!({"done": true}));
        wait_until(|| last_wait(client)["Ended"] != before["Ended"]);
        let after = last_wait(client);
        assert_eq!((&after["ReturnValue"], &after["Reason"]), (&json!("true"), &json!("Client")));
    }
}

//! `lumi serve` and clients that others wrote: pypsrp and pywinrm. Skipped where Python does not have them.

#[path = "support/built.rs"]
mod built;
#[path = "support/processes.rs"]
mod processes;
#[path = "support/python.rs"]
mod python;
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use processes::{NO_PID, Sleeper, assert_lists_all};
use python::{Library, PYPSRP, PYWINRM};
use serde_json::{Value, json};
use serve::Server;
use std::collections::BTreeSet;
use std::process::Command;

/// A server and the ways to ask it.
struct Session {
    server: Server,
    clients: Vec<(Library, &'static str)>,
}

impl Session {
    /// Starts a server, if there is a client to ask it: each library over http and over https with a certificate that
    /// the server signed itself.
    fn start() -> Option<Self> {
        let libraries: Vec<_> = [PYPSRP, PYWINRM].into_iter().filter(|library| library.is_installed()).collect();
        let clients: Vec<_> =
            libraries.into_iter().flat_map(|library| ["http", "https"].map(|scheme| (library, scheme))).collect();
        if clients.is_empty() { None } else { Some(Self { server: Server::start(), clients }) }
    }

    /// The answer that every client gets, which must be one that `expected` accepts.
    fn ask_by_all(&self, request: &Value, expected: impl Fn(&Value) -> bool) {
        for (library, scheme) in &self.clients {
            let answer = library.ask(&self.server, scheme, request);
            assert!(expected(&answer), "{library:?} over {scheme} asks {request} and gets {answer:#}");
        }
    }
}

/// The values of a property, or of a selector, in each of the objects.
fn values(objects: &Value, name: &str) -> BTreeSet<String> {
    objects.as_array().unwrap().iter().filter_map(|object| object[name].as_str()).map(str::to_owned).collect()
}

#[test]
fn every_process_is_listed_in_each_enumeration_mode() {
    let Some(session) = Session::start() else { return };
    for (mode, lists) in [
        ("EnumerateObject", &["instances"][..]),
        ("EnumerateEPR", &["references"]),
        ("EnumerateObjectAndEPR", &["instances", "references"]),
    ] {
        for (library, scheme) in &session.clients {
            let request = json!({"enumerate": "Linux_Process", "mode": mode});
            assert_lists_all(|| {
                let answer = library.ask(&session.server, scheme, &request);
                assert!(answer["requests"].as_u64() > Some(1), "everything came without Pull: {answer}");
                let handles: Vec<_> = lists.iter().map(|list| values(&answer[list], "Handle")).collect();
                assert!(handles.iter().all(|list| *list == handles[0]), "references differ from instances: {answer}");
                handles[0].clone()
            });
        }
    }
}

#[test]
fn the_base_class_lists_the_processes_too() {
    let Some(session) = Session::start() else { return };
    let (library, scheme) = session.clients[0];
    assert_lists_all(|| {
        let answer = library.ask(&session.server, scheme, &json!({"enumerate": "CIM_Process"}));
        values(&answer["instances"], "Handle")
    });
}

#[test]
fn a_query_selects_instances_and_properties() {
    let Some(session) = Session::start() else { return };
    let name = std::fs::read_to_string("/proc/1/comm").unwrap();
    let request = json!({"query": "select Handle,Name from Linux_Process where Handle='1'"});
    session.ask_by_all(&request, |answer| {
        let [process] = answer["instances"].as_array().unwrap().as_slice() else { return false };
        process["Handle"] == "1"
            && process["Name"] == name.trim()
            && process.get("ProcessId").is_none_or(Value::is_null)
    });
}

#[test]
fn a_process_is_found_by_its_handle() {
    let Some(session) = Session::start() else { return };
    let request = json!({"get": "Linux_Process", "keys": {"Handle": "1"}});
    session.ask_by_all(&request, |answer| {
        let process = &answer["instance"];
        process["Handle"] == "1" && process["ProcessId"] == "1" && process["ParentProcessID"] == "0"
    });
}

#[test]
fn a_missing_process_is_named_in_the_fault() {
    let Some(session) = Session::start() else { return };
    let request = json!({"get": "Linux_Process", "keys": {"Handle": NO_PID}});
    session.ask_by_all(&request, |answer| {
        let reason = answer["reason"].as_str().unwrap_or_default();
        reason.contains(&format!("there is no Linux_Process.Handle=\"{NO_PID}\""))
    });
}

#[test]
fn terminate_ends_a_process() {
    let Some(session) = Session::start() else { return };
    for (library, scheme) in &session.clients {
        let mut sleeper = Sleeper::start();
        let request = json!({"invoke": "Linux_Process", "method": "Terminate", "keys": {"Handle": sleeper.pid()}});
        let answer = library.ask(&session.server, scheme, &request);
        assert_eq!(answer, json!({"output": {"ReturnValue": "0"}, "element": "Terminate_OUTPUT"}));
        assert_eq!(sleeper.ended_by(), Some(nix::libc::SIGTERM));
    }
}

#[test]
fn a_parameter_reaches_the_method() {
    let Some(session) = Session::start() else { return };
    for (library, scheme) in &session.clients {
        let mut sleeper = Sleeper::start();
        let request = json!({
            "invoke": "Linux_Process", "method": "SendSignal",
            "keys": {"Handle": sleeper.pid()}, "parameters": {"Signal": "10"},
        });
        let answer = library.ask(&session.server, scheme, &request);
        assert_eq!(answer["output"], json!({"ReturnValue": "0"}));
        assert_eq!(sleeper.ended_by(), Some(nix::libc::SIGUSR1));
    }
}

#[test]
fn a_wrong_password_is_refused() {
    let Some(session) = Session::start() else { return };
    let (user, password) = session.server.credentials();
    let request = json!({"get": "Linux_Process", "keys": {"Handle": "1"}});
    for (library, scheme) in &session.clients {
        for (user, password) in [(user.as_str(), "wrong"), ("somebody", password.as_str()), (&user, "")] {
            let url = session.server.url(scheme);
            let answer = library.connect_by(Command::new(python::interpreter()), url, (user, password)).ask(&request);
            assert!(answer["unauthorized"].is_string(), "{library:?} over {scheme} gets {answer}");
        }
    }
}

#[test]
fn the_class_declaration_is_given() {
    let Some(session) = Session::start() else { return };
    session.ask_by_all(&json!({"class": "Linux_Process"}), |answer| {
        let has = |list: &str, name: &str| answer[list].as_array().is_some_and(|names| names.contains(&json!(name)));
        answer["class"] == "Linux_Process"
            && answer["superclass"] == "CIM_UnixProcess"
            && ["Handle", "KernelModeTime", "Parameters", "IsKernelThread"].iter().all(|it| has("properties", it))
            && ["Terminate", "SendSignal"].iter().all(|it| has("methods", it))
    });
}

#[test]
fn a_panic_is_a_fault_and_the_next_request_is_answered() {
    let Some(library) = built::example("panicking") else { return };
    if !PYPSRP.is_installed() {
        return;
    }
    let server = Server::with_provider(&library);
    let ask = |request: Value| PYPSRP.ask(&server, "http", &request);
    let broken = ask(json!({"get": "Test_Fragile", "keys": {"Name": "cracked"}}));
    let reason = broken["reason"].as_str().unwrap_or_default();
    assert!(reason.contains("the cracked one broke") && reason.contains("panicking.rs:"), "{broken}");
    let dropped = ask(json!({
        "invoke": "Test_Fragile", "method": "Drop", "keys": {"Name": "whole"}, "parameters": {"Words": "it slipped"},
    }));
    assert!(dropped["reason"].as_str().is_some_and(|reason| reason.contains("it slipped")), "{dropped}");
    let whole = ask(json!({"get": "Test_Fragile", "keys": {"Name": "whole"}}));
    assert_eq!(whole, json!({"instance": {"Name": "whole"}}));
    let all = ask(json!({"enumerate": "Test_Fragile"}));
    assert_eq!(values(&all["instances"], "Name"), BTreeSet::from(["cracked".to_owned(), "whole".to_owned()]));
}

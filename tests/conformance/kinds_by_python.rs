//! Values of every CIM type over WS-Man, as pypsrp and pywinrm send and get them: in `lumi serve` and in omiserver.

use crate::in_omiserver::omiserver;
use crate::omiserver::URL;
use crate::python::{self, Client, PYPSRP, PYWINRM};
use crate::serve::Server;
use crate::{NAMESPACE, built};
use serde_json::{Map, Value, json};

/// A value of every type, as text on the wire.
fn kinds() -> Map<String, Value> {
    let part = |id: &str| json!({"class": "Sample_Part", "properties": {"Id": id, "Text": "inner"}});
    let all = json!({
        "Id": "1", "Boolean": "true", "Uint8": "255", "Sint8": "-128", "Uint16": "65535", "Sint16": "-32768",
        "Uint32": "4294967295", "Sint32": "-2147483648", "Uint64": "18446744073709551615",
        "Sint64": "-9223372036854775808", "Real32": "-0.5", "Real64": "1.25", "Char16": "8364",
        "Datetime": "2026-02-03T04:05:06.123456-08:00", "String": "ä€ <&>",
        "Reference": {"reference": "Sample_Part", "keys": {"__cimnamespace": NAMESPACE, "Id": "7"}},
        "Instance": part("8"),
        "Booleans": ["true", "false"], "Uint8s": ["0", "255"], "Sint8s": ["-128", "127"], "Uint16s": ["0", "65535"],
        "Sint16s": ["-32768", "32767"], "Uint32s": ["0", "4294967295"], "Sint32s": ["-2147483648", "2147483647"],
        "Uint64s": ["0", "18446744073709551615"], "Sint64s": ["-9223372036854775808", "9223372036854775807"],
        "Real32s": ["-0.5", "2.5"], "Real64s": ["-0.5", "2.5"], "Char16s": ["65", "8364"],
        "Datetimes": ["2026-02-03T04:05:06.123456-08:00", "P11DT12H13M14S"],
        "Strings": ["a", "ä€"], "Instances": [part("9"), part("10")],
    });
    let Value::Object(all) = all else { unreachable!() };
    all
}

/// The value as it should come back.
fn expected(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(expected).collect(),
        Value::Object(it) if it.contains_key("properties") => it["properties"].clone(),
        Value::Object(it) => without_namespace(&it["keys"]),
        text => text.clone(),
    }
}

/// Hosts write truth values in capitals or not, and numbers, times and durations in several forms.
fn comparable(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(comparable).collect(),
        Value::String(text) if text.starts_with('P') => {
            json!(text.replace("P0Y0M", "P").replace("14.000000S", "14S").replace("14.0S", "14S"))
        }
        Value::String(text) => match text.as_str() {
            "TRUE" => json!("true"),
            "FALSE" => json!("false"),
            _ => value.clone(),
        },
        other => without_namespace(other),
    }
}

/// omiserver forgets the namespace of a reference.
fn without_namespace(value: &Value) -> Value {
    let mut value = value.clone();
    if let Some(members) = value.as_object_mut() {
        members.retain(|name, _| name != "__cimnamespace");
    }
    value
}

fn assert_same(found: &Value, sent: &Map<String, Value>) {
    for (name, value) in sent {
        assert_eq!(comparable(&found[name]), expected(value), "{name} in {found}");
    }
}

/// Makes, reads, changes, echoes and removes an instance of Sample_Kinds. Whether the host tells providers which properties
/// a Modify is to change.
fn check(client: &mut Client, tells_modified: bool) {
    let keys = json!({"Id": "1"});
    let sent = kinds();
    let get = json!({"get": "Sample_Kinds", "keys": keys});
    let created = client.ask(&json!({"create": "Sample_Kinds", "properties": sent}));
    assert_eq!(created["created"]["Id"], "1", "{created}");
    assert_same(&client.ask(&get)["instance"], &sent);

    let changes = json!({"Id": "1", "String": "new", "Uint32s": ["1", "2"]});
    let put = json!({"put": "Sample_Kinds", "keys": keys, "properties": changes, "modified": ["String"]});
    let answer = client.ask(&put);
    assert!(answer["instance"].is_object(), "{answer}");
    let changed = client.ask(&get)["instance"].take();
    assert_eq!(changed["String"], "new");
    if tells_modified {
        assert_eq!((&changed["Modified"], &changed["Uint32s"]), (&json!("String"), &sent["Uint32s"]));
    } else {
        assert_eq!(changed["Uint32s"], json!(["1", "2"]), "all that is sent is changed");
    }

    let echo = client.ask(&json!({
        "invoke": "Sample_Kinds", "keys": keys, "method": "Echo", "parameters": {
            "Value": {"class": "Sample_Kinds", "properties": {"Id": "2", "Strings": ["a", "b"], "Instance": sent["Instance"]}},
            "Numbers": ["-1", "2"], "Part": sent["Reference"],
        },
    }));
    let output = &echo["output"];
    assert_eq!(output["Numbers"], json!(["-1", "2"]), "{echo}");
    assert_eq!(output["Value"]["Strings"], json!(["a", "b"]), "{echo}");
    assert_eq!(output["Value"]["Instance"]["Text"], "inner", "{echo}");
    assert_eq!(output["Part"]["Id"], "7", "{echo}");

    assert_eq!(client.ask(&json!({"delete": "Sample_Kinds", "keys": keys})), json!({"done": true}));
    assert!(client.ask(&get)["fault"].is_string());
}

#[test]
fn every_type_passes_through_every_operation_of_our_host() {
    let Some(library) = built::example("conformance") else { return };
    for python in [PYPSRP, PYWINRM].into_iter().filter(|library| library.is_installed()) {
        let server = Server::with_provider(&library);
        check(&mut python.connect(&server, "http"), true);
    }
}

#[test]
fn every_type_passes_through_every_operation_of_omiserver() {
    if !PYPSRP.is_installed() {
        return;
    }
    let Some(omi) = omiserver() else { return };
    let python = omi.enter(python::interpreter());
    check(&mut PYPSRP.connect_by(python, URL, ("user", "password")), false);
}

//! `lumi dsc`, as the command `dsc` of DSC v3 calls it: JSON on standard input, JSON and lines of JSON out, exit codes.

use serde_json::{Value as Json, json};
use std::fs;
use std::io::Write;
use std::process::{Command, Output, Stdio};

/// Calls as `dsc` does: the level of messages in the environment, what is desired in one line.
fn call(operation: &str, resource: &str, input: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["dsc", operation, resource]).env("DSC_TRACE_LEVEL", "info").env_remove("LUMI_LOG");
    let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = piped.spawn().unwrap();
    // A command that refuses its arguments may be gone before it has read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// The lines of standard output, after an exit with 0 and with nothing but JSON on standard error.
fn lines(output: &Output) -> Vec<Json> {
    assert!(output.status.success(), "{output:?}");
    said(output);
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The lines of standard error, each an object with one member whose name is a level that `dsc` knows.
fn said(output: &Output) -> Vec<Json> {
    let text = std::str::from_utf8(&output.stderr).unwrap();
    let lines: Vec<Json> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for line in &lines {
        let members: Vec<&String> = line.as_object().unwrap().keys().collect();
        let [level] = members[..] else { panic!("{line} has not one level") };
        assert!(["error", "warn", "info", "debug", "trace"].contains(&level.as_str()), "{line}");
    }
    lines
}

#[test]
fn a_resource_is_got_tested_and_set_by_the_protocol_of_dsc() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("motd");
    fs::write(&path, "a\n").unwrap();
    let file = path.to_str().unwrap();
    let desired = json!({ "FilePath": file, "ContainsLine": "b" }).to_string();

    let state = json!({ "FilePath": file });
    assert_eq!(lines(&call("get", "Lumi/nxFileLine", &desired)), [state]);
    let differing = json!({ "FilePath": file, "_inDesiredState": false });
    assert_eq!(lines(&call("test", "Lumi/nxFileLine", &desired)), [differing, json!(["ContainsLine"])]);
    let after = json!({ "FilePath": file, "ContainsLine": "b" });
    assert_eq!(lines(&call("whatif", "Lumi/nxFileLine", &desired)), [after.clone(), json!(["ContainsLine"])]);
    assert_eq!(fs::read(&path).unwrap(), b"a\n", "what-if changes nothing");

    assert_eq!(lines(&call("set", "Lumi/nxFileLine", &desired)), [after.clone(), json!(["ContainsLine"])]);
    assert_eq!(fs::read(&path).unwrap(), b"a\nb\n");
    assert_eq!(lines(&call("set", "Lumi/nxFileLine", &desired)), [after, json!([])], "a second Set changes nothing");
    let same = json!({ "FilePath": file, "ContainsLine": "b", "_inDesiredState": true });
    assert_eq!(lines(&call("test", "Lumi/nxFileLine", &desired)), [same, json!([])]);
}

#[test]
fn what_can_be_there_can_be_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("motd");
    fs::write(&path, "a\n").unwrap();
    let desired = json!({ "DestinationPath": path }).to_string();
    for _ in 0..2 {
        assert!(lines(&call("delete", "Lumi/nxFile", &desired)).is_empty());
        assert!(!path.exists());
    }
    let refused = call("delete", "Lumi/nxScript", r#"{"GetScript": "a", "SetScript": "b", "TestScript": "c"}"#);
    assert_eq!(refused.status.code(), Some(2), "{refused:?}");
    let why = said(&refused)[0]["error"].as_str().unwrap().to_owned();
    assert_eq!(why, "nxScript has no Ensure: it is nothing that could be removed");
}

#[test]
fn wrong_input_ends_with_2_and_a_failed_operation_with_1_and_both_say_why() {
    for (resource, input, status, why) in [
        ("Lumi/nxNothing", "{}", 2, "there is no resource \"Lumi/nxNothing\"; there are"),
        ("Lumi/nxFileLine", "[]", 2, "standard input is no JSON object"),
        ("Lumi/nxFileLine", "", 2, "nxFileLine needs the property FilePath"),
        ("Lumi/nxFileLine", r#"{"Path": "/x"}"#, 2, "nxFileLine has no property \"Path\""),
        ("Lumi/nxFileLine", r#"{"FilePath": "/nowhere/x", "ContainsLine": "a"}"#, 1, "/nowhere/x\" does not exist"),
    ] {
        let output = call("set", resource, input);
        assert_eq!(output.status.code(), Some(status), "{input}: {output:?}");
        assert!(output.stdout.is_empty(), "{output:?}");
        let said = said(&output);
        let [error] = &said[..] else { panic!("{said:?}") };
        assert!(error["error"].as_str().unwrap().contains(why), "{error}");
    }
}

#[test]
fn what_is_desired_can_be_words_and_resources_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("motd");
    fs::write(&path, "").unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["dsc", "set", "nxfileline", "ContainsLine=b"]).arg(format!("FilePath={}", path.display()));
    assert_eq!(lines(&command.output().unwrap())[1], json!(["ContainsLine"]));
    assert_eq!(fs::read(&path).unwrap(), b"b\n");
    let listed = Command::new(env!("CARGO_BIN_EXE_lumi")).args(["dsc", "list", "--json"]).output().unwrap();
    assert!(lines(&listed).contains(&json!({ "name": "nxFileLine", "class": "MSFT_nxFileLineResource" })));
}

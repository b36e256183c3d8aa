//! The `lumi` command as a shell sees it: output, messages and exit status.

#[path = "support/processes.rs"]
mod processes;

use assert_cmd::assert::Assert;
use processes::{NO_PID, Sleeper, assert_lists_all};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const SIGUSR1: i32 = 10;
const SIGTERM: i32 = 15;

fn command(arguments: &[&str]) -> assert_cmd::Command {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(arguments).env_remove("LUMI_LOG").env_remove("COLUMNS").timeout(Duration::from_secs(60));
    command
}

fn lumi(arguments: &[&str]) -> Assert {
    command(arguments).assert()
}

fn stdout(assert: &Assert) -> String {
    String::from_utf8(assert.get_output().stdout.clone()).unwrap()
}

fn parsed(assert: &Assert) -> Value {
    serde_json::from_slice(&assert.get_output().stdout).unwrap()
}

/// What a command says that fails with this exit status.
fn failure(arguments: &[&str], status: i32) -> String {
    let assert = lumi(arguments).code(status);
    assert_eq!(stdout(&assert), "", "standard output is for results");
    String::from_utf8(assert.get_output().stderr.clone()).unwrap()
}

#[test]
fn one_instance_is_a_list() {
    let assert = lumi(&["get", "linux_process", "Handle=1", "-p", "handle,ParentProcessID,IsKernelThread"]).success();
    insta::assert_snapshot!(stdout(&assert), @r"
    Handle          : 1
    ParentProcessID : 0
    IsKernelThread  : false
    ");
}

#[test]
fn several_instances_are_a_table_of_the_chosen_properties() {
    let sleeper = Sleeper::start();
    let condition = format!("Handle = '{}' OR Handle = '1'", sleeper.pid());
    let assert = lumi(&["get", "Linux_Process", "--where", &condition, "-p", "ParentProcessID,Nice,handle"]).success();
    let out = stdout(&assert);
    let rows: Vec<Vec<&str>> = out.lines().map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 3, "{out}");
    assert_eq!(rows[0], ["ParentProcessID", "Nice", "Handle"]);
    let parent = std::process::id().to_string();
    assert!(rows[1..].iter().any(|row| row[0] == parent && row[2] == sleeper.pid()), "{out}");
}

#[test]
fn without_chosen_properties_a_table_has_the_keys_that_differ_and_fits_the_width() {
    let assert = command(&["get", "Linux_Process"]).env("COLUMNS", "40").assert().success();
    let header = stdout(&assert).lines().next().unwrap().to_owned();
    assert!(header.starts_with("Handle") && header.contains("Name"), "{header}");
    assert!(!header.contains("CSName"), "{header}");
    assert!(header.len() <= 40, "{header}");
}

#[test]
fn json_lists_every_process_with_typed_values() {
    assert_lists_all(|| {
        let processes = parsed(&lumi(&["get", "Linux_Process", "--json"]).success());
        let handle = |process: &Value| {
            assert_eq!(process["__class"], "Linux_Process");
            assert!(process["WorkingSetSize"].is_u64() && process["IsKernelThread"].is_boolean(), "{process}");
            assert!(process["TerminationDate"].is_null(), "{process}");
            process["Handle"].as_str().unwrap().to_owned()
        };
        processes.as_array().unwrap().iter().map(handle).collect()
    });
}

#[test]
fn json_has_the_chosen_properties_alone() {
    let query = "SELECT Handle, CreationDate FROM Linux_Process WHERE Handle = '1'";
    let processes = parsed(&lumi(&["query", query, "--json"]).success());
    let date = processes[0]["CreationDate"].as_str().unwrap();
    assert!(date.parse::<jiff::Timestamp>().is_ok(), "{date} is not RFC 3339");
    assert_eq!(processes, json!([{ "__class": "Linux_Process", "Handle": "1", "CreationDate": date }]));
}

#[test]
fn no_instances_are_no_error() {
    let query = format!("SELECT * FROM Linux_Process WHERE Handle = '{NO_PID}'");
    let assert = lumi(&["query", &query]).success();
    assert_eq!(stdout(&assert), "");
    assert_eq!(parsed(&lumi(&["query", &query, "--json"]).success()), json!([]));
}

#[test]
fn a_method_ends_a_process() {
    let mut sleeper = Sleeper::start();
    let handle = format!("Handle={}", sleeper.pid());
    // Not INT, which the children of a shell in the background ignore.
    let assert = lumi(&["invoke", "Linux_Process", &handle, "SendSignal", "Signal=USR1"]).success();
    assert_eq!(stdout(&assert), "ReturnValue : 0 (Completed with No Error)\n");
    assert_eq!(sleeper.ended_by(), Some(SIGUSR1));

    let mut sleeper = Sleeper::start();
    let handle = format!("Handle={}", sleeper.pid());
    let result = parsed(&lumi(&["invoke", "Linux_Process", &handle, "Terminate", "--json"]).success());
    assert_eq!(result, json!({ "ReturnValue": 0 }));
    assert_eq!(sleeper.ended_by(), Some(SIGTERM));
}

#[test]
fn what_does_not_exist_is_named_with_what_does() {
    insta::assert_snapshot!(failure(&["get", "Linux_Proces"], 1), @r#"
    lumi: there is no class "Linux_Proces" in root/cimv2 (did you mean "Linux_Process"?)
    "#);
    insta::assert_snapshot!(failure(&["get", "Linux_Process", "-p", "Nme"], 1), @r#"
    lumi: Linux_Process has no property "Nme" (did you mean "Name"?)
    "#);
    insta::assert_snapshot!(failure(&["invoke", "Linux_Process", "Handle=1", "SendSignal", "Sig=9"], 1), @r#"
    lumi: SendSignal has no input parameter "Sig"; it has Signal
    "#);
    insta::assert_snapshot!(failure(&["invoke", "Linux_Process", "Handle=1", "Kill"], 1), @r#"
    lumi: Linux_Process has no method "Kill"; it has RequestStateChange, GetEnvironment, SetPriority, Terminate, SendSignal
    "#);
    insta::assert_snapshot!(failure(&["get", "Linux_Process", &format!("Handle={NO_PID}")], 1), @r#"
    lumi: there is no Linux_Process.Handle="4194305"
    "#);
    insta::assert_snapshot!(failure(&["classes", "Win32_*"], 1), @r#"
    lumi: no class matches "Win32_*" in root/Microsoft/DesiredStateConfiguration, root/Microsoft/Windows/DesiredStateConfiguration, root/cimv2, root/scx
    "#);
}

#[test]
fn wrong_values_are_named_with_what_would_be_right() {
    insta::assert_snapshot!(failure(&["invoke", "Linux_Process", "Handle=1", "SendSignal", "Signal=-1"], 1), @r#"
    lumi: Signal: "-1" is not a valid uint32 value (0 to 4294967295)
    "#);
    let message = failure(&["get", "Linux_Process", "Name=init"], 1);
    assert!(message.starts_with("lumi: Name is no key of Linux_Process: its keys are"), "{message}");
    assert!(message.contains("--where"), "{message}");
    let message = failure(&["query", "SELECT * FROM"], 1);
    assert!(message.starts_with("lumi: column "), "{message}");
}

#[test]
fn a_wrong_command_line_has_exit_status_2() {
    failure(&[], 2);
    failure(&["get"], 2);
    failure(&["get", "Linux_Process", "1"], 2);
    failure(&["get", "Linux_Process", "Handle=1", "--where", "Handle = '1'"], 2);
    failure(&["invoke", "Linux_Process", "Handle=1"], 2);
    failure(&["invoke", "Linux_Process", "Terminate"], 2);
    failure(&["serve", "--http", "localhost"], 2);
    failure(&["serve", "--json"], 2);
    failure(&["get", "Linux_Process", "--user", "ada"], 2);
}

#[test]
fn a_reader_that_stops_early_is_no_error() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_lumi"))
        .args(["get", "Linux_Process", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.success(), "{}", output.status);
}

#[test]
fn classes_are_listed_by_pattern() {
    let out = stdout(&lumi(&["classes", "linux_*statistical*"]).success());
    let names: Vec<&str> = out.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    let ours = [
        "Linux_BlockStorageStatisticalData",
        "Linux_LoadStatisticalData",
        "Linux_MemoryStatisticalData",
        "Linux_PressureStatisticalData",
        "Linux_ProcessorStatisticalData",
        "Linux_SwapStatisticalData",
    ];
    assert_eq!(names, ours);
}

#[test]
fn a_class_is_described_with_types_units_and_values() {
    let out = stdout(&lumi(&["classes", "Linux_Process"]).success());
    for line in [
        "  Handle  string, key",
        "  WorkingSetSize  uint64, in byte",
        "  uint32 SendSignal(required in uint32 Signal)",
        "      0 = Completed with No Error; 1 = Not Supported.",
    ] {
        assert!(out.lines().any(|it| it == line), "{line:?} is missing in\n{out}");
    }
    let class = parsed(&lumi(&["classes", "linux_process", "--json"]).success());
    assert_eq!(class["name"], "Linux_Process");
    assert_eq!(class["ancestors"][0], "CIM_UnixProcess");
    let properties = class["properties"].as_array().unwrap();
    let size = properties.iter().find(|property| property["name"] == "WorkingSetSize").unwrap();
    assert_eq!((&size["type"], &size["qualifiers"]["PUnit"]), (&json!("uint64"), &json!("byte")));
}

/// `lumi serve` on a free port. Dropping it ends it.
struct Server {
    process: Child,
    /// What it says at its start, up to the examples.
    lines: Vec<String>,
}

impl Server {
    fn start(state: &Path) -> Self {
        let mut process = Command::new(env!("CARGO_BIN_EXE_lumi"))
            .args(["serve", "--http", "127.0.0.1:0", "--state"])
            .arg(state)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(process.stdout.as_mut().unwrap()).lines().map_while(Result::ok);
        let lines = lines.take_while(|line| !line.is_empty()).collect();
        Self { process, lines }
    }

    /// The address and port in the first line.
    fn address(&self) -> &str {
        self.lines[0].strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix("/wsman")).unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The user and the password that a server made at its first start.
fn credentials(state: &Path) -> (String, String) {
    let text = std::fs::read_to_string(state.join("credentials")).unwrap();
    let line = text.lines().find(|line| !line.starts_with('#')).unwrap();
    let (user, password) = line.split_once(':').unwrap();
    (user.to_owned(), password.to_owned())
}

#[test]
fn another_computer_is_asked_in_the_same_words() {
    let state = tempfile::tempdir().unwrap();
    let server = Server::start(state.path());
    let (user, password) = credentials(state.path());
    let url = format!("http://{}/wsman", server.address());
    let ask = |arguments: &[&str]| {
        let there = ["--url", url.as_str(), "--user", user.as_str()];
        command(&[arguments, &there].concat()).env("LUMI_PASSWORD", &password).assert()
    };
    let arguments = ["get", "Linux_Process", "Handle=1", "-p", "Handle,CreationDate,State"];
    assert_eq!(stdout(&ask(&arguments).success()), stdout(&lumi(&arguments).success()));
    let arguments = ["classes", "Linux_Process"];
    assert_eq!(stdout(&ask(&arguments).success()), stdout(&lumi(&arguments).success()));

    let mut sleeper = Sleeper::start();
    ask(&["invoke", "Linux_Process", &format!("Handle={}", sleeper.pid()), "SendSignal", "Signal=TERM"]).success();
    assert_eq!(sleeper.ended_by(), Some(SIGTERM));

    let message = ask(&["get", "Linux_Proces"]).code(1);
    assert!(String::from_utf8_lossy(&message.get_output().stderr).contains("did you mean"), "{message}");
    let wrong = command(&["get", "Linux_Process", "--url", &url, "--user", &user]).env("LUMI_PASSWORD", "no").assert();
    wrong.code(1).stdout("");
}

#[test]
fn a_server_says_where_it_listens_and_ends_on_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = Server::start(folder.path());
    let named = format!("user and password: {}", folder.path().join("credentials").display());
    assert_eq!(server.lines[1], named);
    assert!(!server.lines.concat().contains(&credentials(folder.path()).1), "the password stays in its file");

    let state = folder.path().to_str().unwrap();
    let message = failure(&["serve", "--http", server.address(), "--state", state], 1);
    assert!(message.contains(server.address()) && message.contains("choose another port"), "{message}");

    let process = nix::unistd::Pid::from_raw(server.process.id().try_into().unwrap());
    nix::sys::signal::kill(process, nix::sys::signal::Signal::SIGTERM).unwrap();
    assert!(server.process.wait().unwrap().success());
}

#[test]
fn a_library_that_is_not_there_is_named() {
    let message = failure(&["get", "X", "--provider", "no/such.so"], 1);
    assert!(message.starts_with("lumi: cannot load the provider library no/such.so: No such file"), "{message}");
}

//! Commands that are run through Linux_OperatingSystem.RunCommand of the built library, in the command's own process and by
//! WS-Man.

#[path = "support/built.rs"]
#[allow(dead_code)] // lumi's own classes need no example
mod built;
#[path = "support/omiserver.rs"]
#[allow(dead_code)] // the tests of omiserver use more of it
mod omiserver;
#[path = "support/place.rs"]
#[allow(dead_code)] // other tests use other places
mod place;
#[path = "support/run.rs"]
mod run;
#[path = "support/serve.rs"]
#[allow(dead_code)] // not all that a server has is asked for
mod serve;
#[path = "support/skip.rs"]
mod skip;

use place::Place;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read};
use std::process::{Output, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const CALL: [&str; 3] = ["invoke", "Linux_OperatingSystem", "RunCommand"];

fn run_command(place: &Place, words: &[&str]) -> Output {
    let command = place.command(&[&CALL[..], words].concat());
    assert_cmd::Command::from_std(command).timeout(PATIENCE).output().unwrap()
}

/// What the method gives back.
fn result(place: &Place, words: &[&str]) -> Value {
    let output = run_command(place, &[words, &["--json"]].concat());
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{}: {error}: {output:?}", place.name))
}

#[test]
fn a_program_a_shell_line_and_a_script_give_their_output_and_exit_code() {
    for place in Place::both_with_lumi() {
        let given = result(&place, &["Arguments=printf", "Arguments=%s|", "Arguments=a b", "Arguments=$HOME"]);
        let expected = json!({
            "ReturnValue": 0, "ExitCode": 0, "Signal": null, "StandardOutput": "a b|$HOME|", "StandardError": "",
            "StandardOutputTruncated": false, "StandardErrorTruncated": false,
            "StandardOutputParts": null, "StandardErrorParts": null,
        });
        assert_eq!(given, expected, "{}", place.name);
        let line = "ShellCommand=cat; echo $GREETING >&2; pwd; exit 7";
        let words = [line, "StandardInput=in\n", "Environment=GREETING=hello", "WorkingDirectory=/tmp"];
        let given = result(&place, &words);
        let seen = [&given["ExitCode"], &given["StandardOutput"], &given["StandardError"]];
        assert_eq!(seen, [&json!(7), &json!("in\n/tmp\n"), &json!("hello\n")], "{}", place.name);
        let given = result(&place, &["Script=#!/bin/sh\necho \"$1\"; kill -9 $$", "Arguments=x"]);
        assert_eq!((&given["Signal"], &given["StandardOutput"]), (&json!(9), &json!("x\n")), "{}: {given}", place.name);
        assert!(given.get("ExitCode").is_none_or(Value::is_null), "{}: {given}", place.name);
    }
}

#[test]
fn every_byte_comes_back_in_base64_and_too_many_are_said_to_be_cut_off() {
    for place in Place::both_with_lumi() {
        let given = result(&place, &["Arguments=cat", "StandardInput=AP8bCg==", "Encoding=Base64"]);
        assert_eq!(given["StandardOutput"], "AP8bCg==", "{}", place.name);
        let given = result(&place, &["ShellCommand=printf 'a\\033\\377'"]);
        assert_eq!(given["StandardOutput"], "a\u{FFFD}\u{FFFD}", "{}", place.name);
        let given = result(&place, &["ShellCommand=printf 12345; printf 1234 >&2", "OutputLimit=4"]);
        let seen = [&given["StandardOutput"], &given["StandardOutputTruncated"], &given["StandardErrorTruncated"]];
        assert_eq!(seen, [&json!("1234"), &json!(true), &json!(false)], "{}", place.name);
    }
}

#[test]
fn output_is_streamed_while_the_command_runs() {
    for place in Place::both_with_lumi() {
        let dir = tempfile::tempdir().unwrap();
        let gate = dir.path().join("gate");
        // The command ends only when the test has seen its first line.
        let line =
            format!("ShellCommand=echo first; while [ ! -e {} ]; do sleep 0.05; done; echo last", gate.display());
        let mut child = place.command(&[&CALL[..], &[&line, "Streamed=true", "Timeout=60000"]].concat());
        let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        assert!(first.starts_with("StandardOutputParts : first"), "{}: {first:?}", place.name);
        std::fs::write(&gate, "").unwrap();
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        assert!(rest.contains("StandardOutputParts : last"), "{}: {rest:?}", place.name);
        assert!(child.wait().unwrap().success(), "{}", place.name);
    }
}

#[test]
fn a_time_limit_ends_the_command_and_what_it_started_and_what_it_printed_is_kept() {
    for place in Place::both_with_lumi() {
        let start = Instant::now();
        let given = result(&place, &["ShellCommand=sleep 300 & echo $!; wait", "Timeout=300"]);
        assert!(start.elapsed() < PATIENCE);
        assert_eq!(given["ReturnValue"], 3, "{}: {given}", place.name);
        let pid = given["StandardOutput"].as_str().unwrap().trim().to_owned();
        let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        assert!(state.is_empty() || state.contains(") Z "), "{}: process {pid} still runs: {state}", place.name);
    }
}

#[test]
fn cancelling_ends_the_command() {
    for place in Place::both_with_lumi() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("pid");
        let line = format!("ShellCommand=echo $$ > {0}.new; mv {0}.new {0}; exec sleep 300", file.display());
        let mut child = place.command(&[&CALL[..], &[&line]].concat());
        let mut child = child.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let deadline = Instant::now() + PATIENCE;
        let wait_for = |what: &str, is_so: &dyn Fn() -> bool| {
            while !is_so() {
                assert!(Instant::now() < deadline, "{}: {what}", place.name);
                std::thread::sleep(Duration::from_millis(20));
            }
        };
        wait_for("it starts", &|| file.exists());
        let pid = std::fs::read_to_string(&file).unwrap().trim().to_owned();
        let lumi = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
        nix::sys::signal::kill(lumi, nix::sys::signal::Signal::SIGTERM).unwrap();
        child.wait().unwrap();
        wait_for("it ends", &|| {
            let state = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
            state.is_empty() || state.contains(") Z ")
        });
    }
}

#[test]
fn what_is_wrong_is_said_in_words() {
    for place in Place::both_with_lumi() {
        for (words, message) in [
            (&["Arguments=no-such-program"][..], "cannot run no-such-program: No such file"),
            (&["Arguments=/etc"], "cannot run /etc: Permission denied"),
            (&["Arguments=true", "WorkingDirectory=/nowhere"], "cannot enter the working directory /nowhere"),
            (&["Arguments=true", "WorkingDirectory=tmp"], "WorkingDirectory \"tmp\" is not absolute"),
            (&["ShellCommand=true", "Script=true"], "ShellCommand or Script, not both"),
            (&["Arguments=true", "OutputLimit=67108865"], "OutputLimit 67108865 is more than 67108864"),
            (&["Arguments=true", "Environment=hush"], "an element of Environment has no ="),
            (&[], "a command needs a program"),
        ] {
            let output = run_command(&place, words);
            let text = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success() && text.contains(message), "{}: {words:?}: {text}", place.name);
            assert!(!text.contains("hush"), "{}: {text}", place.name);
        }
    }
}

#[test]
fn the_audit_names_command_and_user_and_no_secret() {
    let mut command = assert_cmd::Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(CALL).args(["Arguments=/bin/true", "Arguments=hush1", "StandardInput=hush2", "Environment=KEY=hush3"]);
    let output = command.env("LUMI_LOG", "info").timeout(PATIENCE).output().unwrap();
    let log = String::from_utf8_lossy(&output.stderr);
    let user = nix::unistd::User::from_uid(nix::unistd::geteuid()).unwrap().unwrap().name;
    let line = log.lines().find(|line| line.contains("run /bin/true")).unwrap_or_else(|| panic!("no line in {log:?}"));
    assert!(line.contains(&format!("user {user:?}")) && line.ends_with("Exited(0)"), "{line}");
    assert!(!log.contains("hush"), "{log}");
}

#[test]
fn in_omiserver_a_command_runs_too_and_inherits_no_open_file() {
    let Some(mut omi) = omiserver::Omi::prepare() else { return };
    omi.omireg("root/cimv2", &built::lumi());
    omi.start();
    let line = "readlink /proc/self/fd/* /proc/$$/fd/*; echo done; exit 4";
    let method = ["iv", "root/cimv2", "{", "Linux_OperatingSystem", "}", "RunCommand"];
    let parameters = ["{", "ShellCommand", line, "Timeout", "60000", "}"];
    let output = omi.omicli([&method[..], &parameters].concat());
    let text = run::text(&output);
    assert!(text.contains("ExitCode=4") && text.contains("done"), "{text}");
    assert!(!text.contains("socket:") && !text.contains(".log"), "{text}");
    // A larger message would end the agent with all its providers.
    let line = "head -c 1000000 /dev/zero | tr '\\0' x";
    let parameters = ["{", "ShellCommand", line, "Timeout", "60000", "}"];
    let text = run::text(&omi.omicli([&method[..], &parameters].concat()));
    assert!(text.contains("StandardOutputTruncated=true") && text.len() > 200_000, "{}", &text[..text.len().min(2000)]);
}

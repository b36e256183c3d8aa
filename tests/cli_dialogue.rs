//! What a provider and the user of the `lumi` command say to each other while an operation runs, in the command's own process
//! and by WS-Man.

#[path = "support/built.rs"]
mod built;
#[path = "support/place.rs"]
mod place;
#[path = "support/pty.rs"]
mod pty;
#[allow(dead_code)] // not all that a server has is asked for
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use place::Place;
use pty::Session;
use std::path::Path;
use std::process::{Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// `lumi invoke` of a method of Sample_Caller.
fn call(place: &Place, words: &[&str]) -> Command {
    let mut command = place.command(&["invoke", "Sample_Caller", "Name=x"]);
    command.args(words).stdin(Stdio::null());
    command
}

/// Standard output, standard error and exit status of a command that is called with nobody at a terminal.
fn result(command: Command) -> (String, String, Option<i32>) {
    let Output { status, stdout, stderr } = assert_cmd::Command::from_std(command).timeout(PATIENCE).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(stdout), text(stderr), status.code())
}

#[test]
fn messages_go_to_standard_error_as_far_as_they_are_asked_for() {
    for place in Place::both("conformance") {
        let heard = |words: &[&str]| {
            let (out, error, status) =
                result(call(&place, &[&["WriteMessage", "Text=hot\nhotter\u{85}"], words].concat()));
            assert_eq!((out.as_str(), status), ("ReturnValue : Delivered\n", Some(0)), "{}: {error}", place.name);
            error
        };
        assert_eq!(heard(&[]), "WARNING: hot\n  hotter\\u{85}\n", "{}", place.name);
        assert_eq!(heard(&["-v"]), "WARNING: hot\n  hotter\\u{85}\nVERBOSE: hot\n  hotter\\u{85}\n", "{}", place.name);
        let all = "WARNING: hot\n  hotter\\u{85}\nVERBOSE: hot\n  hotter\\u{85}\nDEBUG: hot\n  hotter\\u{85}\n";
        assert_eq!(heard(&["--verbose", "--debug"]), all, "{}", place.name);
    }
}

#[test]
fn warnings_and_errors_have_colours_at_a_terminal() {
    for place in Place::both("conformance") {
        let (screen, _) = Session::start(call(&place, &["WriteMessage", "Text=hot"])).end();
        assert!(screen.contains("\u{1b}[33mWARNING: hot\u{1b}[0m"), "{}: {screen:?}", place.name);
        let (screen, status) = Session::start(call(&place, &["WriteError", "Text=locked"])).end();
        assert!(screen.contains("\u{1b}[31mERROR: locked\u{1b}[0m"), "{}: {screen:?}", place.name);
        assert_eq!(status.code(), Some(1), "{}: {screen:?}", place.name);
    }
}

#[test]
fn an_error_that_does_not_end_the_operation_shows_in_the_exit_status() {
    for place in Place::both("conformance") {
        for details in ["Details=false", "Details=true"] {
            let (out, error, status) = result(call(&place, &["WriteError", "Text=locked", details]));
            assert_eq!(out, "ReturnValue : Yes\n", "{}: the provider goes on", place.name);
            assert_eq!((error.as_str(), status), ("ERROR: locked\n", Some(1)), "{}", place.name);
        }
    }
}

#[test]
fn the_parts_of_a_streamed_parameter_come_one_by_one_or_whole_in_json() {
    for place in Place::both("conformance") {
        let (out, ..) = result(call(&place, &["WriteStreamParameter", "Count=2"]));
        assert_eq!(out, "Lines : line 0\nLines : line 1\nReturnValue : Delivered\n", "{}", place.name);
        let (out, ..) = result(call(&place, &["WriteStreamParameter", "Count=2", "--json"]));
        let out: serde_json::Value = serde_json::from_str(&out).unwrap();
        let lines = serde_json::json!(["line 0", "line 1"]);
        assert_eq!((&out["Lines"], &out["ReturnValue"]), (&lines, &"Delivered".into()), "{}", place.name);
    }
}

const QUESTIONS: [(&[&str], &str); 4] = [
    (&["ShouldContinue", "Text=Erase all?"], "Erase all? [y/N] "),
    (&["PromptUser", "Text=Erase all?"], "Erase all? [y/N] "),
    (&["PromptUser", "Text=Erase all?", "Critical=true"], "Erase all? [y/N] "),
    (&["ShouldProcess", "Target=disk", "Action=erase", "--confirm"], "\"erase\" on target \"disk\". Go on? [y/N] "),
];

#[test]
fn questions_are_answered_at_the_terminal() {
    for place in Place::both("conformance") {
        for (words, question) in QUESTIONS {
            for (typed, answer) in [("y", "Yes"), ("YES", "Yes"), ("n", "No"), ("", "No")] {
                let mut command = place.command(&["invoke", "Sample_Caller", "Name=x"]);
                command.args(words);
                let mut terminal = Session::start(command);
                if words.contains(&"--confirm") {
                    // This is the command's own question; the provider's follows.
                    terminal.wait_for("\"ShouldProcess\" on target \"Sample_Caller.Name=\"x\"\". Go on? [y/N] ");
                    terminal.type_line("y");
                }
                terminal.wait_for(question);
                terminal.type_line(typed);
                let (screen, status) = terminal.end();
                let last = format!("ReturnValue : {answer}\r\n");
                assert!(screen.ends_with(&last), "{}: {words:?} {typed:?}: {screen:?}", place.name);
                assert!(status.success(), "{}: {screen:?}", place.name);
            }
        }
    }
}

#[test]
fn without_a_terminal_the_answer_is_no_unless_all_are_answered_with_yes() {
    for place in Place::both("conformance") {
        for words in [["ShouldContinue", "Text=Erase all?"], ["PromptUser", "Text=Erase all?"]] {
            let (out, error, _) = result(call(&place, &words));
            assert_eq!(out, "ReturnValue : No\n", "{}", place.name);
            let told = "lumi: answered no, because there is no terminal to ask at; --yes answers yes\n";
            assert_eq!(error, format!("Erase all?\n{told}"), "{}", place.name);
            let (out, error, _) = result(call(&place, &[&words[..], &["--yes"]].concat()));
            assert_eq!((out.as_str(), error.as_str()), ("ReturnValue : Yes\n", ""), "{}", place.name);
        }
        let (out, ..) = result(call(&place, &["ShouldProcess", "Target=disk", "Action=erase"]));
        assert_eq!(out, "ReturnValue : Yes\n", "{}: steps need no confirmation without --confirm", place.name);
    }
}

#[test]
fn a_method_that_is_not_confirmed_is_not_called() {
    for place in Place::both("conformance") {
        let mut terminal =
            Session::start(place.command(&["invoke", "Sample_Caller", "Name=x", "Canceled", "--confirm"]));
        terminal.wait_for("\"Canceled\" on target \"Sample_Caller.Name=\"x\"\". Go on? [y/N] ");
        terminal.type_line("n");
        let (screen, status) = terminal.end();
        assert!(!screen.contains("ReturnValue"), "{}: {screen:?}", place.name);
        assert!(status.success(), "{}: {screen:?}", place.name);
    }
}

#[test]
fn what_if_says_what_would_be_called_and_calls_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ran");
    for place in Place::both("working") {
        let parameter = format!("File={}", file.display());
        let command = place.command(&["invoke", "Test_Work", "Name=x", "Ignore", &parameter, "--what-if"]);
        let (out, error, status) = result(command);
        assert_eq!((error.as_str(), status), ("", Some(0)), "{}", place.name);
        assert_eq!(out, "What if: Performing the operation \"Ignore\" on target \"Test_Work.Name=\"x\"\".\n");
        assert!(!file.exists(), "{}: the method was called", place.name);
    }
}

#[test]
fn progress_is_a_bar_at_a_terminal_and_nothing_elsewhere() {
    for place in Place::both("conformance") {
        let words = ["WriteProgress", "Activity=Copying"];
        let (screen, status) = Session::start(call_at_terminal(&place, &words)).end();
        let bar = "Copying [============>            ]  50%  0:05 left  step  well";
        assert!(screen.contains(bar), "{}: {screen:?}", place.name);
        // The line is wiped for the results, and at the end.
        assert!(screen.contains("\r\u{1b}[2KReturnValue : Delivered\r\n"), "{}: {screen:?}", place.name);
        assert!(screen.ends_with("\r\u{1b}[2K"), "{}: {screen:?}", place.name);
        assert!(status.success());

        let (out, error, _) = result(call(&place, &words));
        assert_eq!((out.as_str(), error.as_str()), ("ReturnValue : Delivered\n", ""), "{}", place.name);
    }
}

fn call_at_terminal(place: &Place, words: &[&str]) -> Command {
    let mut command = place.command(&["invoke", "Sample_Caller", "Name=x"]);
    command.args(words);
    command
}

#[test]
fn options_reach_the_provider_with_their_types() {
    for place in Place::both("conformance") {
        let get = |option: &str| result(call(&place, &["GetOption", "Name=Depth", "--option", option])).0;
        assert!(get("Depth=3").contains("Text        : 3\n"), "{}", place.name);
        assert!(get("Depth:uint32=3").contains("Number      : 3\n"), "{}", place.name);
        let (out, ..) = result(call(&place, &["GetLocale", "--locale", "de-AT"]));
        assert!(out.contains("ReturnValue : de-AT\n"), "{}: {out}", place.name);
    }
}

/// `lumi invoke` of Test_Work.Run, with the file that it writes.
fn work(place: &Place, file: &Path, words: &[&str]) -> Command {
    let parameter = format!("File={}", file.display());
    place.command(&[&["invoke", "Test_Work", "Name=x", "Run", &parameter], words].concat())
}

/// Waits until the file is there and, if `is_done`, has the text that is written at the end.
fn wait_for(file: &Path, is_done: bool) -> String {
    let until = Instant::now() + PATIENCE;
    loop {
        match std::fs::read_to_string(file) {
            Ok(text) if !is_done || !text.is_empty() => return text,
            _ => assert!(Instant::now() < until, "{} is not written", file.display()),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn send(pid: u32, signal: Signal) {
    kill(Pid::from_raw(pid.try_into().unwrap()), signal).unwrap();
}

#[test]
fn a_signal_cancels_the_operation_and_its_provider_learns_of_it() {
    let folder = tempfile::tempdir().unwrap();
    for place in Place::both("working") {
        for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
            let file = folder.path().join(format!("{}{status}", place.name));
            let child = work(&place, &file, &[]).stderr(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
            wait_for(&file, false);
            send(child.id(), signal);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(status), "{}", place.name);
            let error = String::from_utf8(output.stderr).unwrap();
            assert!(error.ends_with("lumi: interrupted\n"), "{}: {error}", place.name);
            assert_eq!(wait_for(&file, true), "Client, canceled: true", "{}", place.name);
            if place.name == "in process" {
                assert!(error.starts_with("WARNING: the work stays undone\n"), "the last words are heard: {error}");
            }
            assert_eq!(output.stdout, b"", "{}", place.name);
        }
    }
}

#[test]
fn a_second_ctrl_c_does_not_wait_for_the_provider() {
    let folder = tempfile::tempdir().unwrap();
    let Some(place) = Place::both("working").into_iter().next() else { return };
    let file = folder.path().join("ran");
    let parameter = format!("File={}", file.display());
    let mut command = place.command(&["invoke", "Test_Work", "Name=x", "Ignore", &parameter, "Seconds=600"]);
    let mut child = command.stderr(Stdio::null()).spawn().unwrap();
    wait_for(&file, false);
    let start = Instant::now();
    // Two signals that are pending at the same time are one, so the second is sent until it is seen.
    let status: ExitStatus = loop {
        send(child.id(), Signal::SIGINT);
        std::thread::sleep(Duration::from_millis(100));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        assert!(start.elapsed() < PATIENCE, "it does not end");
    };
    assert_eq!(status.code(), Some(130));
}

#[test]
fn a_signal_while_a_question_is_open_is_no() {
    for place in Place::both("conformance") {
        let mut terminal = Session::start(call_at_terminal(&place, &["ShouldContinue", "Text=Erase all?"]));
        terminal.wait_for("Erase all? [y/N] ");
        send(terminal.pid(), Signal::SIGINT);
        let (screen, status) = terminal.end();
        assert_eq!(status.code(), Some(130), "{}: {screen:?}", place.name);
        assert!(screen.ends_with("lumi: interrupted\r\n"), "{}: {screen:?}", place.name);
    }
}

#[test]
fn a_signal_ends_the_wait_for_a_server_that_does_not_answer() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/wsman", silent.local_addr().unwrap());
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["get", "X", "--url", &url, "--user", "ada"]).env("LUMI_PASSWORD", "x");
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    let _connection = silent.accept().unwrap();
    send(child.id(), Signal::SIGINT);
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!((error.as_str(), output.status.code()), ("lumi: interrupted\n", Some(130)));
}

#[test]
fn a_question_is_not_waited_for_longer_than_the_operation() {
    let Some(place) = Place::both("conformance").into_iter().next() else { return };
    let words = ["ShouldContinue", "Text=Erase all?", "--timeout", "1"];
    let (screen, status) = Session::start(call_at_terminal(&place, &words)).end();
    assert!(screen.starts_with("Erase all? [y/N] \r\nlumi: "), "{screen:?}");
    assert_eq!(status.code(), Some(1), "{screen:?}");
}

#[test]
fn a_timeout_ends_an_operation_that_says_nothing_but_not_one_that_tells_of_progress() {
    let folder = tempfile::tempdir().unwrap();
    for place in Place::both("working") {
        let silent = folder.path().join(format!("{} silent", place.name));
        let (_, error, status) = result(work(&place, &silent, &["--timeout", "1"]));
        assert_eq!(status, Some(1), "{}: {error}", place.name);
        assert!(error.contains("within"), "{}: {error}", place.name);
        assert!(wait_for(&silent, true).ends_with("canceled: true"), "{}", place.name);

        let telling = folder.path().join(format!("{} telling", place.name));
        let mut terminal = Session::start(work(&place, &telling, &["--timeout", "3", "Progress=true"]));
        terminal.wait_for("Working  on it");
        std::thread::sleep(Duration::from_secs(5));
        assert_eq!(wait_for(&telling, false), "", "{}: it works on", place.name);
        send(terminal.pid(), Signal::SIGINT);
        let (screen, status) = terminal.end();
        assert_eq!(status.code(), Some(130), "{}: {screen:?}", place.name);
        assert!(wait_for(&telling, true).ends_with("canceled: true"), "{}", place.name);
    }
}

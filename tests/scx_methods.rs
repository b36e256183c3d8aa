//! The methods of namespace root/scx, in the command's own process, at our server, and in omiserver where OMI is installed.

#[path = "support/built.rs"]
#[allow(dead_code)] // lumi's own classes need no example
mod built;
#[path = "support/omicli.rs"]
#[allow(dead_code)] // other tests read more of the answers
mod omicli;
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

use omicli::Answer;
use omiserver::Omi;
use place::Place;
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);
const NAMESPACE: &str = "root/scx";

/// Where the provider is asked.
enum Door {
    Lumi(Place),
    Omi(Box<Omi>),
}

/// What a method gave back, as text: NULLs are absent.
type Given = BTreeMap<String, String>;

impl Door {
    fn all() -> Vec<Self> {
        let omi = Omi::prepare().map(|mut omi| {
            omi.omireg(NAMESPACE, &built::lumi());
            omi.start();
            Self::Omi(Box::new(omi))
        });
        Place::both_with_lumi().into_iter().map(Self::Lumi).chain(omi).collect()
    }

    fn name(&self) -> &str {
        match self {
            Self::Lumi(place) => place.name,
            Self::Omi(_) => "in omiserver",
        }
    }

    /// Calls a static method. The error is what the client is told.
    fn call(&self, class: &str, method: &str, parameters: &[(&str, &str)]) -> Result<Given, String> {
        match self {
            Self::Lumi(place) => {
                let words: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
                let words = words.iter().map(String::as_str);
                let all: Vec<&str> = ["invoke", class, method].into_iter().chain(words).collect();
                let command = place.command(&[&all[..], &["--namespace", NAMESPACE, "--json"]].concat());
                let output = assert_cmd::Command::from_std(command).timeout(PATIENCE).output().unwrap();
                match serde_json::from_slice(&output.stdout) {
                    Ok(Value::Object(given)) => Ok(given.into_iter().filter_map(|(name, it)| text(it, name)).collect()),
                    _ => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
                }
            }
            Self::Omi(omi) => {
                let words = parameters.iter().flat_map(|(name, value)| [*name, *value]);
                let words = ["iv", NAMESPACE, "{", class, "}", method, "{"].into_iter().chain(words).chain(["}"]);
                let answer = Answer::read(&omi.omicli(words));
                if answer.succeeded { Ok(answer.instances[0].clone()) } else { Err(answer.text) }
            }
        }
    }

    fn shell(&self, line: &str, timeout: &str) -> Given {
        let given = self.call("SCX_OperatingSystem", "ExecuteShellCommand", &[("Command", line), ("timeout", timeout)]);
        given.unwrap_or_else(|error| panic!("{}: {line}: {error}", self.name()))
    }
}

/// A value as OMI's client prints it.
fn text(value: Value, name: String) -> Option<(String, String)> {
    let text = match value {
        Value::Null => return None,
        Value::String(text) => text,
        Value::Array(elements) => {
            let elements: Vec<_> = elements.iter().map(|it| it.as_str().unwrap()).collect();
            format!("{{{}}}", elements.join(", "))
        }
        other => other.to_string(),
    };
    Some((name, text))
}

fn value<'a>(given: &'a Given, name: &str) -> &'a str {
    given.get(name).map_or("", |text| text.trim_end_matches('\n'))
}

#[test]
fn a_shell_gets_its_line_as_it_is() {
    for door in Door::all() {
        for (line, printed) in [
            ("echo \"a   b\"", "a   b"),
            (r#"awk 'BEGIN{print "hi"}'"#, "hi"),
            (r"printf '%s' 'back\slash'", r"back\slash"),
            ("echo $((6 * 7)) | cat", "42"),
            ("id -u", &nix::unistd::geteuid().to_string()),
        ] {
            let given = door.shell(line, "60");
            assert_eq!(value(&given, "StdOut"), printed, "{}: {line}", door.name());
            assert_eq!((value(&given, "ReturnCode"), value(&given, "ReturnValue")), ("0", "true"), "{}", door.name());
        }
        let given = door.shell("echo out; echo err >&2; exit 3", "0");
        let seen = ["ReturnValue", "ReturnCode", "StdOut", "StdErr"].map(|name| value(&given, name));
        assert_eq!(seen, ["false", "3", "out", "err"], "{}", door.name());
    }
}

#[test]
fn a_command_is_split_as_a_shell_would_and_nothing_is_expanded() {
    for door in Door::all() {
        let execute = |command: &str| {
            let parameters = [("Command", command), ("timeout", "60"), ("ElevationType", "")];
            door.call("SCX_OperatingSystem", "ExecuteCommand", &parameters)
        };
        let given = execute(r#"printf "%s|" "a  b" 'c"d' e\ f "" $HOME"#).unwrap();
        assert_eq!(value(&given, "StdOut"), "a  b|c\"d|e f||$HOME|", "{}", door.name());
        let given = execute("no-such-program").unwrap();
        assert_eq!((value(&given, "ReturnCode"), value(&given, "ReturnValue")), ("127", "false"), "{}", door.name());
        assert!(value(&given, "StdErr").contains("cannot run no-such-program"), "{}: {given:?}", door.name());
    }
}

#[test]
fn a_script_has_its_interpreter_and_arguments_and_may_come_in_base64() {
    for door in Door::all() {
        let script = |text: &str, encoded: &str| {
            let parameters = [("Script", text), ("Arguments", "x 'y  z'"), ("timeout", "60"), ("b64encoded", encoded)];
            door.call("SCX_OperatingSystem", "ExecuteScript", &parameters).unwrap()
        };
        let given = script("#!/usr/bin/env sh\r\necho \"$2\" $#\r\n", "false");
        assert_eq!(value(&given, "StdOut"), "y  z 2", "{}: {given:?}", door.name());
        // echo "$1"
        let given = script("ZWNobyAiJDEi", "true");
        assert_eq!(value(&given, "StdOut"), "x", "{}: {given:?}", door.name());
    }
}

#[test]
fn a_command_reads_nothing_and_leaves_its_children_behind() {
    for door in Door::all() {
        assert_eq!(value(&door.shell("cat; echo read", "0"), "StdOut"), "read", "{}", door.name());
        let start = Instant::now();
        let given = door.shell("sleep 30 & echo started $!", "0");
        assert!(start.elapsed() < Duration::from_secs(25), "{}: it waits for the child", door.name());
        let pid = value(&given, "StdOut").strip_prefix("started ").unwrap().parse().unwrap();
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), nix::sys::signal::Signal::SIGTERM).unwrap();
    }
}

#[test]
fn a_time_limit_is_kept_and_told() {
    for door in Door::all() {
        let start = Instant::now();
        let given = door.shell("echo begun; sleep 50; echo never", "1");
        assert!(start.elapsed() >= Duration::from_secs(1) && start.elapsed() < Duration::from_secs(40));
        let seen = ["ReturnValue", "ReturnCode", "StdOut"].map(|name| value(&given, name));
        assert_eq!(seen, ["false", "-1", "begun"], "{}", door.name());
        assert!(value(&given, "StdErr").contains("[ended: its 1 s were over]"), "{}: {given:?}", door.name());
    }
}

#[test]
fn much_output_comes_whole_and_what_is_too_much_is_said_to_be_cut_off() {
    for door in Door::all() {
        let given = door.shell("head -c 200000 /dev/zero | tr '\\0' x", "60");
        assert_eq!((value(&given, "StdOut").len(), value(&given, "StdErr")), (200_000, ""), "{}", door.name());
        let given = door.shell("head -c 1048577 /dev/zero | tr '\\0' x", "60");
        let length = value(&given, "StdOut").len();
        // A larger message would end omiserver's agent.
        let expected = if matches!(door, Door::Omi(_)) { 230_000..250_000 } else { 1 << 20..(1 << 20) + 1 };
        assert!(expected.contains(&length), "{}: {length}", door.name());
        assert_eq!(value(&given, "StdErr"), "[the standard output was longer and is cut off]", "{}", door.name());
    }
}

#[test]
fn what_is_wrong_with_a_call_is_said() {
    for door in Door::all() {
        for (method, parameters, message) in [
            (
                "ExecuteShellCommand",
                &[("Command", "true"), ("timeout", "1"), ("ElevationType", "su")][..],
                "\"su\": it must",
            ),
            (
                "ExecuteShellCommand",
                &[("Command", "?"), ("timeout", "1"), ("b64encoded", "true")],
                "Command is not UTF-8",
            ),
            ("ExecuteCommand", &[("Command", "echo 'a"), ("timeout", "1")], "is not closed"),
            ("ExecuteCommand", &[("Command", ""), ("timeout", "1")], "needs the parameter Command"),
        ] {
            let error = door.call("SCX_OperatingSystem", method, parameters).unwrap_err();
            assert!(error.contains(message), "{}: {method} {parameters:?}: {error}", door.name());
        }
    }
}

#[test]
fn the_processes_that_use_most_are_a_table() {
    for door in Door::all() {
        for resource in ["UsedMemory", "CPUTime", "pagesreadpersec"] {
            let parameters = [("resource", resource), ("count", "3")];
            let given = door.call("SCX_UnixProcess", "TopResourceConsumers", &parameters).unwrap();
            let text = given.get("ReturnValue").unwrap_or_else(|| panic!("{}: {given:?}", door.name()));
            // OMI's client prints the text as it is, and its first line is empty.
            let rest = text.trim_start_matches('\n');
            if matches!(door, Door::Lumi(_)) {
                let values: Vec<u64> =
                    rest.lines().skip(2).map(|row| row.split_whitespace().last().unwrap().parse().unwrap()).collect();
                assert!(values.len() == 3 && values.is_sorted_by(|a, b| a >= b), "{}: {text}", door.name());
                assert!(rest.starts_with("PID   Name                 "), "{}: {text}", door.name());
            }
        }
        let parameters = [("resource", "Patience"), ("count", "3")];
        let error = door.call("SCX_UnixProcess", "TopResourceConsumers", &parameters).unwrap_err();
        assert!(error.contains("no resource \"Patience\""), "{}: {error}", door.name());
    }
}

#[test]
fn a_log_is_followed_across_rotations_from_where_the_last_question_ended() {
    for door in Door::all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("app.log");
        let (log, qid) = (path.to_str().unwrap(), format!("{{scx}} {}", dir.path().display()));
        let append = |text: &str| {
            let mut file = std::fs::OpenOptions::new().append(true).create(true).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
        };
        let rows = || {
            let parameters = [("filename", log), ("regexps", "error"), ("qid", &qid), ("elevationType", "")];
            let given = door.call("SCX_LogFile", "GetMatchedRows", &parameters).unwrap();
            (value(&given, "ReturnValue").to_owned(), value(&given, "rows").to_owned())
        };
        let answer = |count: &str, rows: &str| (count.to_owned(), rows.to_owned());
        let is_nothing = |(count, rows): (String, String)| count == "0" && ["", "{}"].contains(&rows.as_str());
        assert!(is_nothing(rows()), "{}: a file that is not there", door.name());
        append("an old error\n");
        assert!(is_nothing(rows()), "{}: the first question sets the mark", door.name());
        append("error 1\nfine\n");
        assert_eq!(rows(), answer("1", "{0;error 1}"), "{}", door.name());
        append("error 2\n");
        std::fs::rename(&path, dir.path().join("app.log.1")).unwrap();
        append("error 3\n");
        assert_eq!(rows(), answer("2", "{0;error 2, 0;error 3}"), "{}", door.name());

        append("error 4\n");
        let reset = |on_read: &str| {
            let parameters = [("filename", log), ("qid", &qid), ("resetOnRead", on_read)];
            door.call("SCX_LogFile", "ResetStateFile", &parameters).unwrap()
        };
        assert_eq!(value(&reset("false"), "ReturnValue"), "0", "{}", door.name());
        assert!(is_nothing(rows()), "{}: what came before the reset", door.name());
        reset("true");
        append("error 5\n");
        assert!(is_nothing(rows()), "{}: what came before the question after the reset", door.name());
        append("error 6\n");
        assert_eq!(rows(), answer("1", "{0;error 6}"), "{}", door.name());
        let given = door.call("SCX_LogFile", "ResetStateFile", &[("filename", "/no/such.log"), ("qid", &qid)]).unwrap();
        assert_eq!(value(&given, "ReturnValue"), "2", "{}", door.name());
    }
}

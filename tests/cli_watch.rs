//! `lumi watch`, `lumi associators` and `lumi references`, in the command's own process and by WS-Man.

#[path = "support/built.rs"]
mod built;
#[path = "support/place.rs"]
mod place;
#[allow(dead_code)] // not all that a server has is asked for
#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use place::Place;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Lines};
use std::process::{Child, ChildStdout, Command, Output, Stdio};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// A `lumi watch` in the background. Dropping it ends it.
struct Watch {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Watch {
    fn start(mut command: Command) -> Self {
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    fn line(&mut self) -> String {
        self.lines.next().unwrap().unwrap()
    }

    fn end(mut self) -> Option<i32> {
        self.child.wait().unwrap().code()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Standard output, standard error and exit status.
fn result(command: Command) -> (String, String, Option<i32>) {
    let Output { status, stdout, stderr } = assert_cmd::Command::from_std(command).timeout(PATIENCE).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (text(stdout), text(stderr), status.code())
}

/// Raises a Sample_Raised at the server, again and again until somebody subscribes. In the command's own process there is
/// nobody else who could.
fn raise(place: &Place, text: &str) {
    let until = Instant::now() + PATIENCE;
    let parameter = format!("Text={text}");
    while !result(place.command(&["invoke", "Sample_Caller", "Name=x", "Raise", &parameter])).0.contains("true") {
        assert!(Instant::now() < until, "nobody subscribes");
    }
}

#[test]
fn an_indication_is_printed_when_it_is_raised() {
    let Some(place) = Place::both("conformance").pop() else { return };
    let query = "SELECT * FROM Sample_Raised WHERE Text <> 'other'";
    let mut watch = Watch::start(place.command(&["watch", query, "--count", "2"]));
    raise(&place, "hot");
    assert_eq!([watch.line(), watch.line(), watch.line()], ["Sample_Raised", "  Text : hot", ""]);
    raise(&place, "other");
    raise(&place, "cold");
    assert_eq!([watch.line(), watch.line(), watch.line()], ["Sample_Raised", "  Text : cold", ""]);
    assert_eq!(watch.end(), Some(0), "--count ends it");

    // With its subscription the provider's channel goes.
    let until = Instant::now() + PATIENCE;
    while result(place.command(&["invoke", "Sample_Caller", "Name=x", "Raise", "Text=late"])).0.contains("true") {
        assert!(Instant::now() < until, "the server still has the subscription");
    }
}

#[test]
fn ctrl_c_ends_a_watch() {
    let Some(place) = Place::both("conformance").pop() else { return };
    let mut watch = Watch::start(place.command(&["watch", "SELECT * FROM Sample_Raised", "--json"]));
    raise(&place, "hot");
    let line: Value = serde_json::from_str(&watch.line()).unwrap();
    assert_eq!(line, json!({ "__class": "Sample_Raised", "Text": "hot" }));
    kill(Pid::from_raw(watch.child.id().try_into().unwrap()), Signal::SIGINT).unwrap();
    assert_eq!(watch.end(), Some(130));
}

/// A process that was not there when the watch began is created for it.
#[test]
fn instances_without_indications_are_watched_by_polling() {
    let query = "SELECT TargetInstance FROM __InstanceCreationEvent WITHIN 0.2 WHERE TargetInstance ISA 'Linux_Process' \
                 AND TargetInstance.Name = 'sleep'";
    for place in Place::both_with_lumi() {
        let mut watch = Watch::start(place.command(&["watch", query, "--json", "--count", "1", "--timeout", "60"]));
        let (done, is_done) = std::sync::mpsc::channel();
        let sleepers = std::thread::spawn(move || {
            // The first ones may come before the watch looks for the first time.
            while is_done.recv_timeout(Duration::from_millis(300)).is_err() {
                Command::new("sleep").arg("1").spawn().unwrap().wait().unwrap();
            }
        });
        let line: Value = serde_json::from_str(&watch.line()).unwrap();
        done.send(()).unwrap();
        sleepers.join().unwrap();
        assert_eq!(line["__class"], "__InstanceCreationEvent", "{}", place.name);
        assert_eq!(line["TargetInstance"]["__class"], "Linux_Process", "{}", place.name);
        assert_eq!(line["TargetInstance"]["Name"], "sleep", "{}", place.name);
        assert_eq!(watch.end(), Some(0), "{}", place.name);
    }
}

#[test]
fn what_a_provider_says_of_its_instances_is_seen() {
    let Some(place) = Place::both("conformance").pop() else { return };
    let query = "SELECT * FROM CIM_InstRead WHERE SourceInstance ISA 'Sample_Caller'";
    let mut watch = Watch::start(place.command(&["watch", query, "--count", "1"]));
    let (done, is_done) = std::sync::mpsc::channel();
    let reads = std::thread::spawn(move || {
        // The first ones may come before the subscription.
        while is_done.recv_timeout(Duration::from_millis(100)).is_err() {
            result(place.command(&["invoke", "Sample_Caller", "Name=x", "PostLifecycle"]));
        }
    });
    let lines = [watch.line(), watch.line(), watch.line()];
    done.send(()).unwrap();
    reads.join().unwrap();
    assert_eq!(lines, ["CIM_InstRead", "  SourceInstance : Sample_Caller", "    Name : x"]);
}

#[test]
fn a_watch_ends_in_time() {
    for place in Place::both("conformance") {
        let (out, error, status) = result(place.command(&["watch", "SELECT * FROM Sample_Raised", "--timeout", "0.5"]));
        assert_eq!((out.as_str(), error.as_str(), status), ("", "", Some(0)), "{}", place.name);
        let query = "SELECT * FROM Sample_Raised";
        let (out, error, status) = result(place.command(&["watch", query, "--timeout", "0.5", "--count", "1"]));
        let told = "lumi: 0 of 1 indications came in time\n";
        assert_eq!((out.as_str(), error.as_str(), status), ("", told, Some(1)), "{}", place.name);
    }
}

#[test]
fn what_cannot_be_watched_is_named() {
    for place in Place::both("conformance") {
        for (query, wrong) in [
            ("SELECT * FROM Sample_Raise", ["no class \"Sample_Raise\"", "did you mean \"Sample_Raised\""]),
            ("SELECT * FROM", ["column 14: expected a class name after FROM", "found the end"]),
            (
                "SELECT * FROM Sample_Part",
                [
                    "no provider posts indications of Sample_Part",
                    "FROM __InstanceOperationEvent WITHIN 1 WHERE TargetInstance ISA 'Sample_Part'",
                ],
            ),
        ] {
            let (out, error, status) = result(place.command(&["watch", query]));
            assert_eq!((out.as_str(), status), ("", Some(1)), "{}: {query}", place.name);
            assert!(error.starts_with("lumi: ") && error.lines().count() == 1, "{}: {query}: {error}", place.name);
            assert!(wrong.iter().all(|part| error.contains(part)), "{}: {query}: {error}", place.name);
        }
    }
}

#[test]
fn associations_are_followed_from_both_ends() {
    for place in Place::both("conformance") {
        let json = |arguments: &[&str]| -> Value {
            let (out, error, _) = result(place.command(&[arguments, &["--json"]].concat()));
            serde_json::from_str(&out).unwrap_or_else(|_| panic!("{}: {arguments:?}: {error}", place.name))
        };
        let kinds = json(&["associators", "Sample_Part", "Id=3", "--property", "Id"]);
        assert_eq!(kinds, json!([{ "__class": "Sample_Kinds", "Id": 3 }]), "{}", place.name);
        let filters = ["--association-class", "Sample_PartOfKinds", "--role", "Whole", "--result-role", "Part"];
        let result_class = ["--result-class", "Sample_Part", "-p", "Id"];
        let parts = json(&[&["associators", "Sample_Kinds", "Id=3"], &filters[..], &result_class[..]].concat());
        assert_eq!(parts, json!([{ "__class": "Sample_Part", "Id": 3 }]), "{}", place.name);
        assert_eq!(json(&["associators", "Sample_Kinds", "Id=3", "--role", "Part"]), json!([]), "{}", place.name);

        let (out, error, status) = result(place.command(&["references", "Sample_Part", "Id=3"]));
        assert_eq!(out, "Whole : Sample_Kinds.Id=3\nPart  : Sample_Part.Id=3\n", "{}: {error}", place.name);
        assert_eq!(status, Some(0));
    }
}

#[test]
fn an_instance_to_start_from_is_found_or_what_is_missing_is_said() {
    for place in Place::both("conformance") {
        let (_, error, status) = result(place.command(&["associators", "Sample_Part", "Nr=3"]));
        assert_eq!(error, "lumi: Sample_Part has no key \"Nr\"; it has Id\n", "{}", place.name);
        assert_eq!(status, Some(1), "{}", place.name);
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_lumi"));
    command.args(["references", "Linux_Process"]).env_remove("LUMI_LOG");
    let (_, error, status) = result(command);
    assert!(error.starts_with("lumi: there are several instances of Linux_Process: give the keys of one"), "{error}");
    assert_eq!(status, Some(2));
}

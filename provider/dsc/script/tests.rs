//! Scripts that run on this machine.

use super::*;
use crate::dsc::testing::Machine;
use nix::unistd::geteuid;
use omi::Class;
use omi::dialogue::Listener;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

fn scripts(get: &str, set: &str, test: &str) -> MsftNxScriptResource {
    MsftNxScriptResource {
        get_script: Some(get.into()),
        set_script: Some(set.into()),
        test_script: Some(test.into()),
        ..Default::default()
    }
}

fn machine() -> Machine {
    Machine::with(&[])
}

fn says(get: &str) -> Option<String> {
    machine().get(&Script::new(), &scripts(get, "true", "true")).result
}

#[test]
fn what_the_test_script_finds_missing_the_set_script_makes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("made").display().to_string();
    let desired = scripts("", &format!("#!/bin/sh\r\ntouch {file}\r\n"), &format!("#!/bin/sh\ntest -e {file}"));
    machine().converges(&Script::new(), &desired);
}

#[test]
fn get_tells_what_the_script_prints_and_does_not_fail_with_it() {
    assert_eq!(says("#!/bin/sh\necho one\necho two >&2\n").as_deref(), Some("one\n"));
    assert_eq!(says("printf 'caf\\351\\n'").as_deref(), Some("caf\u{fffd}\n"), "of bytes that are no text, too");
    assert_eq!(says("echo no; exit 3"), None);
    let found = machine().get(&Script::new(), &scripts("echo 1", "true", "false"));
    assert_eq!((found.set_script.as_deref(), found.result.as_deref()), (Some("true"), Some("1\n")));
}

#[test]
fn much_output_on_both_pipes_hangs_nothing() {
    let much = "head -c 300000 /dev/zero | tr '\\0' x; head -c 300000 /dev/zero | tr '\\0' y >&2";
    assert_eq!(says(much).map(|text| text.len()), Some(300_000));
}

#[test]
fn a_test_script_that_is_ended_by_a_signal_has_said_nothing() {
    let machine = machine();
    let test = |test: &str| machine.test(&Script::new(), &scripts("", "true", test));
    assert_eq!(test("exit 0").unwrap(), []);
    assert_eq!(test("exit 7").unwrap(), [Difference::new("TestScript", "exit code 7", "exit code 0")]);
    assert!(test("kill -SEGV $$").unwrap_err().message().contains("TestScript was ended by the signal 11"));
    let error = test("#!/no/such/interpreter\n").unwrap_err();
    assert!(error.message().starts_with("nxScript: TestScript: cannot run /no/such/interpreter"), "{error}");
}

#[test]
fn a_set_script_that_fails_is_told_with_its_exit_code_and_words() {
    let error = machine().set(&Script::new(), &scripts("", "echo no space >&2; exit 4", "false")).unwrap_err();
    assert_eq!(error.message(), "nxScript: SetScript ended with the exit code 4: no space");
}

#[test]
fn a_script_that_takes_too_long_is_ended_with_all_that_it_started() {
    let begin = Instant::now();
    let hasty = Script { limit: Duration::from_millis(300) };
    let error = machine().test(&hasty, &scripts("", "true", "sleep 600 & sleep 600")).unwrap_err();
    assert!(error.message().contains("TestScript was ended, with all that it started"), "{error}");
    assert!(begin.elapsed() < Duration::from_secs(60));
}

/// Cancels when it is told how far the script is.
#[derive(Default)]
struct Impatient {
    is_over: AtomicBool,
}

impl Listener for Impatient {
    fn progress(&self, progress: &Progress) -> bool {
        assert_eq!(progress.operation, "SetScript runs");
        self.is_over.store(true, Ordering::SeqCst);
        true
    }
}

#[test]
fn a_script_that_is_cancelled_is_ended_with_all_that_it_started() {
    let machine = machine();
    let listener = Impatient::default();
    let is_canceled = || listener.is_over.load(Ordering::SeqCst);
    let context = Context::new(&machine.root, &listener, &is_canceled);
    let error = Script::new().set(&scripts("", "sleep 600 & sleep 600", "false"), &context).unwrap_err();
    assert!(error.message().contains("SetScript was ended") && error.message().contains("cancelled"), "{error}");
}

/// Counts what it is told.
#[derive(Default)]
struct Attentive {
    lines: AtomicUsize,
}

impl Listener for Attentive {
    fn message(&self, _: omi::dialogue::Channel, text: &str) {
        assert!(text.starts_with("TestScript: line "), "{text}");
        self.lines.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn what_a_script_prints_is_told_to_who_asks() {
    let machine = machine();
    let listener = Attentive::default();
    let context = Context::new(&machine.root, &listener, &|| false);
    let desired = scripts("", "true", "echo line 1; sleep 0.3; echo line 2 >&2");
    Script::new().test(&desired, &context).unwrap();
    assert_eq!(listener.lines.load(Ordering::SeqCst), 2);
}

#[test]
fn a_script_runs_as_its_user_with_the_groups_of_that_user() {
    if !geteuid().is_root() {
        return crate::linux::testing::skipped("only root can become somebody else");
    }
    let who = |user: &str, group: &str| {
        let get = "echo $(id -un) $(id -gn) $(id -Gn) $HOME";
        let desired =
            MsftNxScriptResource { user: Some(user.into()), group: Some(group.into()), ..scripts(get, "", "") };
        machine().get(&Script::new(), &desired).result.unwrap_or_default().trim_end().to_owned()
    };
    assert_eq!(who("daemon", ""), "daemon daemon daemon /usr/sbin");
    assert_eq!(who("daemon", "bin"), "daemon bin bin /usr/sbin");
    assert!(who("", "bin").starts_with("root bin bin"), "{}", who("", "bin"));
    assert!(!who("", "").is_empty());
}

#[test]
fn wrong_values_are_refused_by_name() {
    let machine = machine();
    let refused = |desired| machine.test(&Script::new(), &desired).unwrap_err().message().to_owned();
    assert!(refused(scripts("", "", "true")).contains("SetScript is empty"));
    assert!(refused(scripts("", "true", " \n")).contains("TestScript is empty"));
    assert!(refused(MsftNxScriptResource::default()).contains("nxScript needs the property GetScript"));
    let of = |user: Option<&str>, group: Option<&str>| MsftNxScriptResource {
        user: user.map(str::to_owned),
        group: group.map(str::to_owned),
        ..scripts("", "true", "true")
    };
    assert!(refused(of(Some("nobodyknows"), None)).contains("nxScript: User: nobodyknows is no user of this machine"));
    assert!(
        refused(of(None, Some("nobodyknows"))).contains("nxScript: Group: nobodyknows is no group of this machine")
    );
}

#[test]
fn the_log_names_the_scripts_by_a_number_and_not_by_their_text() {
    let label = |set: &str| {
        let desired = scripts("secret", set, "secret").to_instance().unwrap();
        Resource::label(&Script::new(), &desired)
    };
    assert!(label("secret").starts_with("scripts ") && !label("secret").contains("secret"));
    assert_eq!(label("secret"), label("secret"));
    assert_ne!(label("secret"), label("another"));
}

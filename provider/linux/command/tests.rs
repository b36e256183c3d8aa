//! Commands of this machine, run as its user.

use super::*;
use crate::linux::process::Processes;
use crate::linux::{Error, Root};
use rustix::process::geteuid;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

const LONG: Duration = Duration::from_secs(60);

fn command(program: Program) -> Command {
    Command {
        program,
        input: Vec::new(),
        environment: Vec::new(),
        directory: None,
        timeout: Some(LONG),
        output_limit: 1 << 20,
        elevated: false,
    }
}

fn arguments(words: &[&str]) -> Command {
    command(Program::Arguments(words.iter().map(|word| (*word).to_owned()).collect()))
}

fn shell(line: &str) -> Command {
    command(Program::Shell(line.to_owned(), Vec::new()))
}

fn outcome(command: &Command) -> Result<Outcome> {
    run(command, &Account::own().unwrap(), &Stop::new().unwrap(), &mut |_| {})
}

fn text(captured: &Captured) -> &str {
    std::str::from_utf8(&captured.bytes).unwrap()
}

/// What a command prints that ends well.
fn printed(command: &Command) -> String {
    let outcome = outcome(command).unwrap();
    assert_eq!(outcome.end, End::Exited(0), "{outcome:?}");
    text(&outcome.output).to_owned()
}

fn is_running(pid: u32) -> bool {
    let process = Processes::open(&Root::host()).unwrap().get(pid, crate::linux::process::Fields::STAT);
    process.is_ok_and(|process| process.stat.is_some_and(|stat| stat.state != 'Z'))
}

#[test]
fn who_is_root_already_needs_no_sudo() {
    if geteuid().is_root() {
        assert_eq!(printed(&Command { elevated: true, ..shell("id -u; echo $SUDO_UID") }), "0\n\n");
    }
}

#[test]
fn exit_code_output_and_errors_are_told_apart() {
    let outcome = outcome(&shell("echo out; echo err >&2; exit 3")).unwrap();
    assert_eq!(outcome.end, End::Exited(3));
    assert_eq!((text(&outcome.output), text(&outcome.errors)), ("out\n", "err\n"));
    assert!(!outcome.output.truncated && !outcome.errors.truncated);
}

#[test]
fn an_end_by_a_signal_is_no_exit_code() {
    assert_eq!(outcome(&shell("kill -TERM $$")).unwrap().end, End::Signaled(15));
    assert_eq!(outcome(&shell("exit 143")).unwrap().end, End::Exited(143));
}

#[test]
fn arguments_reach_the_program_untouched() {
    let words = ["printf", "<%s>", "a b", "", "$HOME", "*", "\"'"];
    assert_eq!(printed(&arguments(&words)), "<a b><><$HOME><*><\"'>");
}

#[test]
fn a_shell_line_and_a_script_get_their_arguments() {
    let parameters = ["name", "a b"].map(str::to_owned).to_vec();
    assert_eq!(printed(&command(Program::Shell("echo \"$0:$1\"".to_owned(), parameters))), "name:a b\n");
    let script = |text: &str| command(Program::Script(text.to_owned(), vec!["a b".to_owned()]));
    assert_eq!(printed(&script("echo \"$1\"\r\necho done\r\n")), "a b\ndone\n");
    let words = printed(&script("#!/bin/echo interpreted by\n"));
    assert!(words.starts_with("interpreted by /") && words.ends_with(" a b\n"), "{words}");
}

#[test]
fn input_is_read_to_its_end_and_is_empty_where_there_is_none() {
    let input = vec![b'x'; 3 << 20];
    let counted = printed(&Command { input, ..arguments(&["wc", "-c"]) });
    assert_eq!(counted.trim(), (3 << 20).to_string());
    assert_eq!(printed(&arguments(&["cat"])), "");
}

#[test]
fn output_beyond_the_limit_is_forgotten_and_the_command_goes_on() {
    let line = "head -c 3000000 /dev/zero; head -c 10 /dev/zero >&2; exit 5";
    let outcome = outcome(&Command { output_limit: 1000, ..shell(line) }).unwrap();
    assert_eq!(outcome.end, End::Exited(5));
    assert_eq!((outcome.output.bytes.len(), outcome.output.truncated), (1000, true));
    assert_eq!((outcome.errors.bytes.len(), outcome.errors.truncated), (10, false));
}

#[test]
fn output_of_exactly_the_limit_is_whole() {
    let outcome = outcome(&Command { output_limit: 4, ..shell("printf abcd; printf abcde >&2") }).unwrap();
    assert_eq!((text(&outcome.output), outcome.output.truncated), ("abcd", false));
    assert_eq!((text(&outcome.errors), outcome.errors.truncated), ("abcd", true));
}

#[test]
fn bytes_come_as_they_are() {
    let outcome = outcome(&shell("printf '\\000\\377\\033a'")).unwrap();
    assert_eq!(outcome.output.bytes, [0, 255, 27, b'a']);
}

#[test]
fn a_time_limit_is_kept_exactly_and_is_no_delay() {
    let limit = Duration::from_millis(300);
    let start = Instant::now();
    let outcome = outcome(&Command { timeout: Some(limit), ..shell("echo before; exec sleep 60") }).unwrap();
    assert!(start.elapsed() >= limit, "{:?}", start.elapsed());
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
    assert_eq!((outcome.end, text(&outcome.output)), (End::TimedOut, "before\n"));
}

#[test]
fn what_a_command_started_ends_with_it_also_in_another_session_and_without_its_parent() {
    let dir = tempfile::tempdir().unwrap();
    // A child, a grandchild in a session of its own whose parent is gone, and one in that session without the mark.
    let line = "sleep 61 & echo $! > child
        setsid sh -c 'sleep 62 & echo $! > orphan; exit' &
        setsid env -i sh -c 'echo $$ > bare; exec sleep 63' &
        while [ ! -s orphan ] || [ ! -s bare ] ; do sleep 0.01; done; echo ready; sleep 64";
    let command = Command { directory: Some(dir.path().to_owned()), timeout: None, ..shell(line) };
    let stop = Stop::new().unwrap();
    let outcome = run(&command, &Account::own().unwrap(), &stop, &mut |event| {
        if let Event::Output(_) = event {
            stop.stop();
        }
    });
    let outcome = outcome.unwrap();
    assert_eq!((outcome.end, text(&outcome.output)), (End::Stopped, "ready\n"));
    for file in ["child", "orphan", "bare"] {
        let pid = fs::read_to_string(dir.path().join(file)).unwrap().trim().parse().unwrap();
        assert!(!is_running(pid), "{file} {pid} still runs");
    }
}

#[test]
fn what_is_left_in_the_background_is_not_waited_for() {
    let start = Instant::now();
    let outcome = outcome(&shell("sleep 55 & echo $!")).unwrap();
    assert_eq!(outcome.end, End::Exited(0));
    assert!(start.elapsed() < Duration::from_secs(40), "{:?}", start.elapsed());
    let pid: u32 = text(&outcome.output).trim().parse().unwrap();
    assert!(is_running(pid), "it was started to stay");
    rustix::process::kill_process(
        rustix::process::Pid::from_raw(pid.try_into().unwrap()).unwrap(),
        rustix::process::Signal::KILL,
    )
    .unwrap();
}

#[test]
fn a_background_process_that_never_stops_printing_does_not_hold_up_the_end() {
    let start = Instant::now();
    let outcome = outcome(&Command { output_limit: 100, ..shell("yes & sleep 0.2; exit 0") }).unwrap();
    assert_eq!((outcome.end, outcome.output.truncated), (End::Exited(0), true));
    assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
}

#[test]
fn each_second_is_told() {
    let mut ticks = Vec::new();
    let command = shell("sleep 1.3");
    run(&command, &Account::own().unwrap(), &Stop::new().unwrap(), &mut |event| ticks.push(format!("{event:?}")))
        .unwrap();
    assert!(ticks.first().is_some_and(|tick| tick.starts_with("Running(1.")), "{ticks:?}");
}

#[test]
fn only_the_standard_variables_and_those_given_are_there() {
    let environment = vec![("GREETING".to_owned(), "good day".to_owned()), ("LANG".to_owned(), "C".to_owned())];
    let printed = printed(&Command { environment, ..arguments(&["env"]) });
    let mut names: Vec<&str> = printed.lines().filter_map(|line| line.split_once('=').map(|(name, _)| name)).collect();
    names.sort_unstable();
    assert_eq!(names, ["GREETING", "HOME", "LANG", "LOGNAME", "LUMI_COMMAND", "PATH", "SHELL", "USER"]);
    assert!(printed.contains("GREETING=good day\n") && printed.contains("LANG=C\n"), "{printed}");
    let environment = vec![("A=B".to_owned(), "c".to_owned())];
    let error = outcome(&Command { environment, ..arguments(&["env"]) }).unwrap_err();
    assert!(matches!(error, Error::InvalidInput { .. }), "{error}");
}

#[test]
fn the_directory_is_the_root_unless_another_is_given() {
    assert_eq!(printed(&arguments(&["pwd"])), "/\n");
    assert_eq!(printed(&Command { directory: Some("/proc".into()), ..arguments(&["pwd"]) }), "/proc\n");
}

#[test]
fn no_open_file_of_ours_reaches_a_command() {
    let dir = tempfile::tempdir().unwrap();
    let _held = fs::File::create(dir.path().join("held")).unwrap();
    let printed = printed(&shell("for fd in /proc/self/fd/*; do readlink $fd; done; true"));
    assert!(!printed.contains("held") && !printed.contains("socket:") && !printed.contains("eventfd"), "{printed}");
}

#[test]
fn an_error_says_whether_program_or_directory_is_wrong() {
    let dir = tempfile::tempdir().unwrap();
    let plain = dir.path().join("plain");
    fs::write(&plain, "data").unwrap();
    fs::set_permissions(&plain, fs::Permissions::from_mode(0o644)).unwrap();
    let plain = plain.to_str().unwrap();

    let error = outcome(&arguments(&["no-such-program"])).unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(error.to_string().starts_with("cannot run no-such-program: No such file"), "{error}");
    let error = outcome(&arguments(&[plain])).unwrap_err();
    assert!(error.is_permission_denied(), "{error}");
    let error = outcome(&Command { directory: Some("/nowhere".into()), ..arguments(&["true"]) }).unwrap_err();
    assert!(error.to_string().starts_with("cannot enter the working directory /nowhere: No such file"), "{error}");
    let error = outcome(&Command { directory: Some(plain.into()), ..arguments(&["true"]) }).unwrap_err();
    assert!(error.to_string().ends_with("is no directory"), "{error}");
    let error = outcome(&command(Program::Script("#!/no/such/interpreter\n".to_owned(), Vec::new()))).unwrap_err();
    assert!(error.to_string().starts_with("cannot run /no/such/interpreter"), "{error}");
    for words in [&[][..], &[""], &["a\0b"]] {
        assert!(matches!(outcome(&arguments(words)), Err(Error::InvalidInput { .. })), "{words:?}");
    }
}

#[test]
fn root_runs_a_command_as_another_user_with_the_groups_of_that_user() {
    let account = match Account::named("nobody") {
        Err(error) if !geteuid().is_root() => {
            assert!(error.is_permission_denied(), "{error}");
            return eprintln!("skipped: only root can become another user, and so it says: {error}");
        }
        Err(error) => return eprintln!("skipped: {error}"),
        Ok(account) => account,
    };
    let seen = |command: &Command| run(command, &account, &Stop::new().unwrap(), &mut |_| {}).unwrap();
    let outcome = seen(&shell("id -un; id -G; echo $USER; echo x > /proc/1/comm"));
    let expected = std::process::Command::new("id").args(["-G", "nobody"]).output().unwrap();
    let expected = format!("nobody\n{}nobody\n", String::from_utf8(expected.stdout).unwrap());
    assert_eq!(text(&outcome.output), expected);
    assert!(text(&outcome.errors).contains("ermission denied"), "{outcome:?}");
    let script = command(Program::Script("id -un; stat -c %U \"$0\"".to_owned(), Vec::new()));
    assert_eq!(text(&seen(&script).output), "nobody\nnobody\n");
    assert!(geteuid().is_root(), "we stay who we are");
}

#[test]
fn a_user_who_is_not_there_is_refused() {
    let error = Account::named("no-such-user").unwrap_err();
    assert!(error.is_permission_denied(), "{error}");
    assert!(error.to_string().starts_with("no-such-user is no user of this machine"), "{error}");
}

#[test]
fn a_time_limit_costs_a_short_command_nothing() {
    let median = |timeout| {
        let command = Command { timeout, ..arguments(&["/bin/true"]) };
        let mut times: Vec<Duration> = (0..41)
            .map(|_| {
                let start = Instant::now();
                assert_eq!(outcome(&command).unwrap().end, End::Exited(0));
                start.elapsed()
            })
            .collect();
        times.sort_unstable();
        times[times.len() / 2]
    };
    let (without, with) = (median(None), median(Some(LONG)));
    println!("/bin/true takes {without:?} without a time limit and {with:?} with one");
    // Medians of a loaded machine: a watchdog that sleeps, even for a tick, would be far beyond this.
    assert!(with < without * 3 + Duration::from_millis(5), "{with:?}, but {without:?} without a time limit");
}

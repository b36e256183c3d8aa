//! The indications of the built library: `lumi watch` in its own process, and at a server that it must leave clean.

#[path = "support/serve.rs"]
mod serve;
#[path = "support/skip.rs"]
mod skip;

use serde_json::Value;
use serve::Server;
use skip::skipped;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// How soon what the kernel tells must be seen. A machine that is busy with other tests gets several tries.
const SOON: Duration = Duration::from_secs(1);
const TRIES: usize = 10;

/// A `lumi watch --json` in the background. Dropping it ends it.
struct Watch {
    child: Child,
    lines: Receiver<String>,
}

impl Watch {
    /// `command` runs `lumi`, perhaps in another namespace.
    fn start(mut command: Command, query: &str, arguments: &[&OsStr]) -> Self {
        command.args(["watch", query, "--json"]).args(arguments).env_remove("LUMI_LOG");
        let piped = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = piped.spawn().unwrap();
        let (line, lines) = channel();
        let output = BufReader::new(child.stdout.take().unwrap());
        std::thread::spawn(move || output.lines().map_while(Result::ok).try_for_each(|it| line.send(it)));
        Self { child, lines }
    }

    /// The next indication, if it comes in time.
    fn next(&self, limit: Duration) -> Option<Value> {
        self.lines.recv_timeout(limit).ok().map(|line| serde_json::from_str(&line).unwrap())
    }

    /// The next indication that fits, if it comes in time.
    fn find(&self, limit: Duration, fits: impl Fn(&Value) -> bool) -> Option<Value> {
        let until = Instant::now() + limit;
        std::iter::from_fn(|| self.next(until.saturating_duration_since(Instant::now()))).find(fits)
    }

    /// Does something again and again until an indication shows that the subscription has begun.
    fn begin(&self, mut act: impl FnMut(), fits: impl Fn(&Value) -> bool + Copy) -> Value {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            act();
            if let Some(indication) = self.find(Duration::from_millis(500), fits) {
                return indication;
            }
        }
        panic!("nothing was indicated");
    }

    /// What `lumi` says when it ends by itself.
    fn refusal(mut self) -> String {
        let mut text = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut text).unwrap();
        text
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn lumi() -> Command {
    Command::new(env!("CARGO_BIN_EXE_lumi"))
}

/// The fastest of several tries, each of which says how long it took.
fn assert_soon(what: &str, mut attempt: impl FnMut() -> Duration) {
    let mut fastest = Duration::MAX;
    for _ in 0..TRIES {
        fastest = fastest.min(attempt());
        if fastest < SOON {
            return;
        }
    }
    panic!("{what} took {fastest:?} at best");
}

/// A shell in network and mount namespaces of its own. Dropping it ends it.
struct Lab {
    shell: Child,
    input: ChildStdin,
}

impl Lab {
    /// Says so, and gives `None`, where that cannot be.
    fn new() -> Option<Self> {
        let tools = [("unshare", &["--net", "--mount", "true"][..]), ("ip", &["-V"]), ("nsenter", &["--version"])];
        for (tool, arguments) in tools {
            let output = Command::new(tool).args(arguments).output();
            if !output.is_ok_and(|output| output.status.success()) {
                skipped(&format!("`{tool} {}` does not work here", arguments.join(" ")));
                return None;
            }
        }
        let mut command = Command::new("unshare");
        let mut shell =
            command.args(["--net", "--mount", "sh"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut input = shell.stdin.take().unwrap();
        // When it answers, it is in its namespaces.
        writeln!(input, "ip link set lo up; echo").unwrap();
        shell.stdout.as_mut().unwrap().read_exact(&mut [0]).unwrap();
        Some(Self { shell, input })
    }

    fn run(&mut self, line: &str) {
        writeln!(self.input, "{line}").unwrap();
    }

    /// `lumi` in the same namespaces.
    fn lumi(&self) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["--target", &self.shell.id().to_string(), "--net", "--mount", env!("CARGO_BIN_EXE_lumi")]);
        command
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        let _ = self.shell.kill();
        let _ = self.shell.wait();
    }
}

#[test]
fn an_address_is_told_within_a_second_when_it_comes_and_goes() {
    let Some(mut lab) = Lab::new() else { return };
    let watch = Watch::start(lab.lumi(), "SELECT * FROM Linux_IPAddressChange WHERE ChangeType <> 2", &[]);
    let mut number = 0;
    let mut next = |lab: &mut Lab| {
        number += 1;
        lab.run(&format!("ip addr add 192.0.2.{number}/32 dev lo"));
    };
    watch.begin(|| next(&mut lab), |_| true);
    // Addresses that were added before the subscription began and one for the first look are over.
    while watch.next(Duration::from_millis(500)).is_some() {}

    for (act, change) in [("add", 1), ("del", 3)] {
        assert_soon("an address", || {
            let begin = Instant::now();
            lab.run(&format!("ip addr {act} 2001:db8::7/64 dev lo nodad"));
            let told = watch.find(PATIENCE, |told| told["Address"] == "2001:db8::7").unwrap();
            assert_eq!((&told["ChangeType"], &told["InterfaceName"]), (&Value::from(change), &Value::from("lo")));
            assert_eq!((&told["PrefixLength"], &told["IsTentative"]), (&Value::from(64), &Value::from(false)));
            begin.elapsed()
        });
    }
}

#[test]
fn an_interface_that_vanishes_takes_its_addresses_along_and_keeps_its_name() {
    let Some(mut lab) = Lab::new() else { return };
    let watch = Watch::start(lab.lumi(), "SELECT * FROM Linux_IPAddressChange WHERE InterfaceName = 'far'", &[]);
    let make = "ip link add near type veth peer name far && ip addr add 198.51.100.1/24 dev far";
    let told = watch.begin(
        || lab.run(&format!("ip link del near 2>/dev/null; {make}")),
        |told| told["ChangeType"] == 1 && told["Address"] == "198.51.100.1",
    );
    assert_eq!(told["PrefixLength"], 24);
    lab.run("ip link del near");
    assert!(watch.find(PATIENCE, |told| told["ChangeType"] == 3 && told["Address"] == "198.51.100.1").is_some());
}

/// A program with a name that no other test has.
fn program(folder: &tempfile::TempDir, name: &str) -> Command {
    let path = folder.path().join(name);
    std::fs::copy("/bin/sh", &path).unwrap();
    Command::new(path)
}

/// A watch of processes with this name; says so, and gives `None`, where the kernel does not tell.
fn watch_processes(class: &str, name: &str, act: impl FnMut()) -> Option<Watch> {
    let query = format!("SELECT * FROM {class} WHERE ProcessName = '{name}'");
    let mut watch = Watch::start(lumi(), &query, &[]);
    let mut act = act;
    let until = Instant::now() + PATIENCE;
    loop {
        act();
        if watch.find(Duration::from_millis(500), |_| true).is_some() {
            return Some(watch);
        }
        if watch.child.try_wait().unwrap().is_some() {
            let refusal = watch.refusal();
            let reasons = ["tells only root (CAP_NET_ADMIN)", "does not tell here when processes start and end"];
            assert!(reasons.iter().any(|reason| refusal.contains(reason)), "{refusal}");
            skipped(&refusal);
            return None;
        }
        assert!(Instant::now() < until, "no process was indicated");
    }
}

#[test]
fn a_program_is_told_within_a_second_when_it_begins() {
    let folder = tempfile::tempdir().unwrap();
    let mut sleeper = program(&folder, "lumi-begins");
    sleeper.args(["-c", "sleep 0.3; :"]);
    let mut run = || _ = sleeper.spawn().unwrap().wait().unwrap();
    let Some(watch) = watch_processes("Linux_ProcessStart", "lumi-begins", &mut run) else { return };
    assert_soon("a program", || {
        while watch.next(Duration::from_millis(500)).is_some() {}
        let begin = Instant::now();
        let mut child = Command::new(folder.path().join("lumi-begins")).args(["-c", "sleep 2; :"]).spawn().unwrap();
        let is_ours = |told: &Value| told["ProcessID"] == child.id() && told["StartType"] == 2;
        assert!(watch.find(PATIENCE, is_ours).is_some());
        let elapsed = begin.elapsed();
        child.kill().unwrap();
        child.wait().unwrap();
        elapsed
    });
}

#[test]
fn a_process_is_told_within_a_second_when_it_ends_and_how() {
    let folder = tempfile::tempdir().unwrap();
    let mut ender = program(&folder, "lumi-ends");
    ender.args(["-c", "sleep 0.3; exit 7"]);
    let mut run = || _ = ender.spawn().unwrap().wait().unwrap();
    let Some(watch) = watch_processes("Linux_ProcessStop", "lumi-ends", &mut run) else { return };
    for (script, status, signal) in [("exit 7", Value::from(7), Value::Null), ("kill $$", Value::Null, 15.into())] {
        assert_soon("an end", || {
            let mut child = Command::new(folder.path().join("lumi-ends"));
            let mut child = child.args(["-c", &format!("sleep 0.3; {script}")]).spawn().unwrap();
            child.wait().unwrap();
            let begin = Instant::now();
            let told = watch.find(PATIENCE, |told| told["ProcessID"] == child.id()).unwrap();
            assert_eq!((&told["ExitStatus"], &told["TerminationSignal"]), (&status, &signal));
            assert_eq!(told["ParentProcessID"], std::process::id());
            begin.elapsed()
        });
    }
}

#[test]
fn a_file_system_that_fills_is_told_once_for_each_crossing() {
    let Some(mut lab) = Lab::new() else { return };
    lab.run("mount -t tmpfs -o size=1m none /mnt");
    let query = "SELECT * FROM Linux_FileSystemNearlyFull WHERE PercentFree < 25 AND FileSystemName = '/mnt'";
    let watch = Watch::start(lab.lumi(), query, &[]);
    assert_eq!(watch.next(Duration::from_secs(2)), None, "it is empty");
    lab.run("head -c 900000 /dev/zero > /mnt/file");
    let told = watch.next(PATIENCE).unwrap();
    assert_eq!((&told["FileSystemType"], &told["FileSystemSize"]), (&Value::from("tmpfs"), &Value::from(1 << 20)));
    assert!(told["PercentFree"].as_f64().unwrap() < 25.0, "{told}");
    assert_eq!((&told["PerceivedSeverity"], &told["ProbableCause"]), (&Value::from(3), &Value::from(50)));
    assert_eq!(watch.next(Duration::from_secs(7)), None, "it was told");

    lab.run("rm /mnt/file");
    std::thread::sleep(Duration::from_secs(7));
    lab.run("head -c 2000000 /dev/zero > /mnt/file 2>/dev/null");
    assert_eq!(watch.next(PATIENCE).unwrap()["PerceivedSeverity"], 6, "nothing is left");
}

#[test]
fn a_subscription_that_does_not_say_what_nearly_full_is_is_refused() {
    let refusal = Watch::start(lumi(), "SELECT * FROM Linux_FileSystemNearlyFull", &[]).refusal();
    assert!(refusal.contains("WHERE PercentFree < 10"), "{refusal}");
}

#[test]
fn with_the_last_subscription_the_threads_end() {
    let server = Server::start();
    let threads = || -> Vec<String> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.ok()?.path().join("comm")).ok());
        let ours = ["lumi-addresses", "lumi-starts", "lumi-stops", "lumi-nearlyfull"];
        names.map(|name| name.trim().to_owned()).filter(|name| ours.contains(&name.as_str())).collect()
    };
    let wait_for = |what: &str, is_so: &dyn Fn(&[String]) -> bool| {
        let until = Instant::now() + PATIENCE;
        while !is_so(&threads()) {
            assert!(Instant::now() < until, "{what}: {:?}", threads());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let (user, password) = server.credentials();
    let watch = |query: &str| {
        let mut command = lumi();
        command.env("LUMI_PASSWORD", &password);
        let arguments = ["--url", server.url("http"), "--user", &user, "--timeout", "20"].map(OsStr::new);
        Watch::start(command, query, &arguments)
    };
    let full = "SELECT * FROM Linux_FileSystemNearlyFull WHERE PercentFree < 0";
    let _watches = [watch("SELECT * FROM Linux_IPAddressChange"), watch(full)];
    wait_for("both are watched", &|threads| threads.len() == 2);
    wait_for("nobody watches any more", &<[String]>::is_empty);
}

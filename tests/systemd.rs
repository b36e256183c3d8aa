//! Services of a real systemd, through the built library: in a container, so that no service of this machine is touched.
//!
//! Needs root, systemd-nspawn, and in `LUMI_SYSTEMD_ROOT` the root directory of a distribution; skips and says so
//! otherwise.

#[path = "support/built.rs"]
mod built;
#[path = "support/container.rs"]
mod container;
#[path = "support/run.rs"]
mod run;
#[path = "support/skip.rs"]
mod skip;

use container::Container;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(60);

/// Two services of the test's own.
const UNITS: &str = r#"
cat > /etc/systemd/system/lumi-works.service <<'END'
[Unit]
Description=A service that works
[Service]
ExecStart=/bin/sleep infinity
[Install]
WantedBy=multi-user.target
END
cat > /etc/systemd/system/lumi-breaks.service <<'END'
[Service]
Type=oneshot
ExecStart=/bin/sh -c 'echo the disk is on fire >&2; exit 3'
END
systemctl daemon-reload
"#;

#[test]
fn services_of_a_real_systemd_are_listed_controlled_and_watched() {
    let Some(container) = Container::boot(&built::lumi()) else { return };
    assert_eq!(container.sh(UNITS), "");
    services_are_those_that_systemctl_lists(&container);
    a_service_is_started_restarted_and_stopped(&container);
    a_service_is_enabled_and_masked(&container);
    a_service_that_fails_shows_its_journal(&container);
    a_change_is_told_within_a_second(&container);
    a_service_leads_to_its_processes_and_back(&container);
    a_record_of_the_journal_that_a_subscription_wants_is_told(&container);
    a_session_is_listed_and_its_beginning_and_end_are_told(&container);
    timers_are_those_that_systemctl_lists(&container);
    the_system_is_shut_down(container);
}

/// A `lumi watch` in the container. What it started ends with the container.
struct Watch {
    nsenter: Child,
    heard: Receiver<(Instant, String)>,
}

impl Watch {
    fn start(container: &Container, query: &str) -> Self {
        let mut nsenter = container.lumi(&["watch", query, "--json"]).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(nsenter.stdout.take().unwrap()).lines();
        let (sender, heard) = mpsc::channel();
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                if sender.send((Instant::now(), line)).is_err() {
                    return;
                }
            }
        });
        Self { nsenter, heard }
    }

    /// Does something again and again until an indication tells that the subscription has begun, and forgets those.
    fn begin(&self, mut act: impl FnMut()) {
        let until = Instant::now() + PATIENCE;
        while self.heard.recv_timeout(Duration::from_millis(500)).is_err() {
            assert!(Instant::now() < until, "nothing is told");
            act();
        }
        while self.heard.recv_timeout(Duration::from_secs(2)).is_ok() {}
    }

    fn next(&self) -> (Instant, Value) {
        let (at, line) = self.heard.recv_timeout(PATIENCE).expect("nothing is told");
        (at, serde_json::from_str(&line).unwrap())
    }

    fn find(&self, fits: impl Fn(&Value) -> bool) -> Value {
        std::iter::from_fn(|| Some(self.next().1)).find(fits).unwrap()
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let _ = self.nsenter.kill();
        let _ = self.nsenter.wait();
    }
}

/// The services in the container.
fn services(container: &Container, arguments: &[&str]) -> Vec<Value> {
    let output = container.run_lumi(&[&["get", "Linux_Service", "--json"], arguments].concat());
    assert!(output.status.success(), "{}", run::text(&output));
    let parsed: Value = serde_json::from_slice(&output.stdout).unwrap();
    match parsed {
        Value::Array(services) => services,
        one => vec![one],
    }
}

fn service(container: &Container, name: &str) -> Value {
    services(container, &[&format!("Name={name}")]).remove(0)
}

/// Runs a method without parameters; the return value in what the command prints, or the error.
fn invoke(container: &Container, name: &str, method: &str) -> (bool, String) {
    let output = container.run_lumi(&["invoke", "Linux_Service", &format!("Name={name}"), method]);
    (output.status.success(), run::text(&output))
}

fn succeed(container: &Container, name: &str, method: &str) {
    let (is_success, text) = invoke(container, name, method);
    assert!(is_success, "{method} {name}: {text}");
}

fn services_are_those_that_systemctl_lists(container: &Container) {
    let services = services(container, &[]);
    let listed = container.sh("systemctl list-units --type=service --all --plain --no-legend");
    let mut count = 0;
    for line in listed.lines() {
        let [name, load, active, sub] = line.split_whitespace().take(4).collect::<Vec<_>>()[..] else {
            panic!("{line:?}");
        };
        if load == "not-found" {
            continue;
        }
        let found = services.iter().find(|it| it["Name"] == name).unwrap_or_else(|| panic!("{name} is missing"));
        assert_eq!(found["LoadState"], load, "{name}");
        // A service of the boot can have ended between the two.
        if found["ActiveState"] == active && found["SubState"] == sub {
            count += 1;
        }
    }
    assert!(count > 5, "{listed}");
    let bus = services.iter().find(|it| it["Name"] == "dbus.service").unwrap();
    assert_eq!((&bus["ActiveState"], &bus["Started"]), (&Value::from("active"), &Value::from(true)));
    let pid = container.sh("systemctl show --property MainPID --value dbus.service");
    assert_eq!(bus["ProcessId"].to_string(), pid.trim());
}

fn a_service_is_started_restarted_and_stopped(container: &Container) {
    let name = "lumi-works.service";
    let state = |expected: &str| {
        assert_eq!(service(container, name)["ActiveState"], expected);
        assert_eq!(container.sh(&format!("systemctl is-active {name}")).trim(), expected);
    };
    state("inactive");
    succeed(container, name, "StartService");
    state("active");
    let before = service(container, name)["ProcessId"].clone();
    succeed(container, name, "RestartService");
    state("active");
    let after = service(container, name)["ProcessId"].clone();
    assert!(before.is_number() && after.is_number() && before != after, "{before} and {after}");
    succeed(container, name, "StopService");
    state("inactive");
    assert_eq!(service(container, name)["ProcessId"], Value::Null);
}

fn a_service_is_enabled_and_masked(container: &Container) {
    let name = "lumi-works.service";
    for (method, state, mode) in [("EnableService", "enabled", "Automatic"), ("DisableService", "disabled", "Manual")] {
        succeed(container, name, method);
        assert_eq!(container.sh(&format!("systemctl is-enabled {name}")).trim(), state);
        let service = service(container, name);
        assert_eq!((&service["UnitFileState"], &service["StartMode"]), (&Value::from(state), &Value::from(mode)));
    }
    // systemd does not mask a unit whose file is an administrator's own. This one is part of every systemd.
    let name = "systemd-tmpfiles-clean.service";
    succeed(container, name, "MaskService");
    assert_eq!(container.sh(&format!("systemctl is-enabled {name}")).trim(), "masked");
    assert_eq!(service(container, name)["StartMode"], "Disabled");
    succeed(container, name, "StopService");
    let (is_success, text) = invoke(container, name, "StartService");
    assert!(!is_success && text.contains("masked"), "{text}");
    succeed(container, name, "UnmaskService");
    succeed(container, name, "StartService");
}

fn a_service_that_fails_shows_its_journal(container: &Container) {
    let (is_success, text) = invoke(container, "lumi-breaks.service", "StartService");
    assert!(!is_success, "{text}");
    for part in ["did not start", "exit-code", "the disk is on fire"] {
        assert!(text.contains(part), "{part:?} is missing in {text}");
    }
    assert_eq!(service(container, "lumi-breaks.service")["Status"], "Error");
}

fn a_change_is_told_within_a_second(container: &Container) {
    let query = "SELECT * FROM Linux_ServiceStateChange WHERE ServiceName = 'lumi-works.service'";
    let watch = Watch::start(container, query);
    let heard = &watch.heard;
    watch.begin(|| drop(container.sh("systemctl restart lumi-works.service")));
    let mut delays = Vec::new();
    for (verb, state) in [("stop", "inactive"), ("start", "active"), ("stop", "inactive"), ("start", "active")] {
        container.sh(&format!("systemctl {verb} lumi-works.service"));
        let done = Instant::now();
        let state = format!("\"{state}\"");
        let is_it = |line: &str| line.contains("ActiveState") && line.contains(&state);
        let at = std::iter::from_fn(|| heard.recv_timeout(PATIENCE).ok()).find(|(_, line)| is_it(line));
        let (at, line) = at.unwrap_or_else(|| panic!("{verb} is not told"));
        assert!(line.contains("lumi-works.service"), "{line}");
        delays.push(at.saturating_duration_since(done));
    }
    let _ = writeln!(std::io::stderr(), "indications came {delays:?} after systemctl had ended");
    // A busy machine may be late now and then.
    assert!(delays.iter().min().unwrap() < &Duration::from_secs(1), "{delays:?}");
}

fn a_service_leads_to_its_processes_and_back(container: &Container) {
    let associated = |source: &[&str], class: &str| {
        let words = [&["associators"], source, &["--result-class", class, "--json"]].concat();
        let output = container.run_lumi(&words);
        assert!(output.status.success(), "{}", run::text(&output));
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        found.as_array().cloned().unwrap_or_else(|| vec![found])
    };
    let pid = container.sh("systemctl show --property MainPID --value lumi-works.service").trim().to_owned();
    let processes = associated(&["Linux_Service", "Name=lumi-works.service"], "CIM_Process");
    let handles: Vec<&Value> = processes.iter().map(|process| &process["Handle"]).collect();
    assert_eq!(handles, [&Value::from(pid.as_str())]);
    let services = associated(&["Linux_Process", &format!("Handle={pid}")], "CIM_Service");
    assert_eq!(services.len(), 1, "{services:?}");
    assert_eq!(services[0]["Name"], "lumi-works.service");
    let systems = associated(&["Linux_Service", "Name=lumi-works.service"], "CIM_ComputerSystem");
    assert_eq!(systems[0]["Name"], container.sh("hostname").trim());
}

fn a_record_of_the_journal_that_a_subscription_wants_is_told(container: &Container) {
    let query = "SELECT * FROM Linux_JournalRecordAdded WHERE Identifier = 'lumi-test' AND Priority <= 4 AND \
                 Message LIKE '%fire%'";
    let watch = Watch::start(container, query);
    let log = |priority: &str, message: &str| {
        container.sh(&format!("echo '{message}' | systemd-cat --identifier lumi-test --priority {priority}"));
    };
    watch.begin(|| log("warning", "a fire drill"));
    log("info", "a small fire");
    log("warning", "rain");
    log("err", "the disk is on fire");
    let done = Instant::now();
    let (at, told) = watch.next();
    assert_eq!((&told["Message"], &told["Priority"]), (&Value::from("the disk is on fire"), &Value::from(3)));
    assert_eq!(told["PerceivedSeverity"], 5);
    let found = container.run_lumi(&["get", "Linux_JournalLogRecord", "--json", "--where", "Identifier = 'lumi-test'"]);
    assert!(run::text(&found).contains(told["RecordID"].as_str().unwrap()), "the record can be asked for");
    let _ =
        writeln!(std::io::stderr(), "the record came {:?} after it was written", at.saturating_duration_since(done));
}

/// logind is told of a session as pam_systemd tells it; its leader is a process that systemd started.
fn a_session_is_listed_and_its_beginning_and_end_are_told(container: &Container) {
    let watch = Watch::start(container, "SELECT * FROM Linux_LogonSessionChange WHERE SessionClass = 'user'");
    let begin = |name: &str| {
        container.sh(&format!("systemd-run --unit {name} sleep infinity"));
        let create = "busctl call org.freedesktop.login1 /org/freedesktop/login1 org.freedesktop.login1.Manager \
                      CreateSession 'uusssssussbssa(sv)' 0";
        let place = "lumi-test tty user '' '' 0 '' '' true '' 192.0.2.7 0";
        let pid = format!("$(systemctl show --property MainPID --value {name})");
        let answer = container.sh(&format!("{create} {pid} {place}"));
        // "soshusub "ID" ...": what follows the signature is the identifier.
        answer.split('"').nth(1).unwrap_or_else(|| panic!("{answer}")).to_owned()
    };
    let mut count = 0;
    watch.begin(|| {
        count += 1;
        begin(&format!("lumi-leader-{count}.service"));
    });
    let id = begin("lumi-leader.service");
    let told = watch.find(|told| told["LogonId"] == id.as_str());
    assert_eq!((&told["ChangeType"], &told["UserName"]), (&Value::from(1), &Value::from("root")));
    assert_eq!((&told["RemoteHost"], &told["Service"]), (&Value::from("192.0.2.7"), &Value::from("lumi-test")));

    let sessions = container.run_lumi(&["get", "Linux_LogonSession", &format!("LogonId={id}"), "--json"]);
    let session: Value = serde_json::from_slice(&sessions.stdout).unwrap_or_else(|_| panic!("{sessions:?}"));
    let session = session.get(0).unwrap_or(&session);
    assert_eq!((&session["UserName"], &session["IsRemote"]), (&Value::from("root"), &Value::from(true)));
    assert!(container.sh("loginctl list-sessions --no-legend").contains(&id));

    // What is left of a session are its processes, and then the scope that held them.
    container.sh(&format!("kill -KILL {}; systemctl stop session-{id}.scope", session["LeaderProcessID"]));
    let told = watch.find(|told| told["LogonId"] == id.as_str());
    assert_eq!((&told["ChangeType"], &told["UserName"]), (&Value::from(2), &Value::from("root")));
}

fn timers_are_those_that_systemctl_lists(container: &Container) {
    let output = container.run_lumi(&["get", "Linux_Timer", "Name=systemd-tmpfiles-clean.timer", "--json"]);
    assert!(output.status.success(), "{}", run::text(&output));
    let parsed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let timer = parsed.get(0).unwrap_or(&parsed);
    assert_eq!(timer["ActiveState"], "active");
    assert_eq!(timer["ActivatedUnit"], "systemd-tmpfiles-clean.service");
    let listed = container.sh("systemctl list-timers --all --no-legend systemd-tmpfiles-clean.timer");
    // "Sun 2026-11-22 17:45:03 UTC ..." and "20261122174503.000000+000": the same day and minute.
    let words: Vec<&str> = listed.split_whitespace().collect();
    let shown = format!("{}{}", words[1].replace('-', ""), words[2].replace(':', ""));
    let next: String = timer["NextRunTime"].as_str().unwrap().chars().filter(char::is_ascii_digit).collect();
    assert!(next.starts_with(&shown[..12]), "{next} and {listed}");
}

fn the_system_is_shut_down(mut container: Container) {
    let name = format!("Name={}", container.sh(". /etc/os-release && echo $NAME").trim());
    let shutdown = ["invoke", "Linux_OperatingSystem", &name, "Shutdown"];
    let what_if = container.run_lumi(&[&shutdown[..], &["--what-if"]].concat());
    assert!(what_if.status.success(), "{}", run::text(&what_if));
    assert_eq!(container.sh("systemctl is-active dbus.service").trim(), "active");
    let output = container.run_lumi(&shutdown);
    assert!(output.status.success(), "{}", run::text(&output));
    container.wait_for_end();
}

//! lumi beside SCXcore: `cargo bench --bench scx` asks the classes of root/scx in Microsoft's omiserver, and prints each figure
//! with its goal.
//!
//! SCXcore itself is not measured: its figures are those of an earlier measurement on a machine of 2 processors with 417
//! processes, each the mean of two rounds. How fast this machine is at the moment is told by two things that were measured then,
//! too, and have nothing to do with either provider set: what omiserver takes for a request that no provider sees, and what the
//! kernel takes for the file `stat` of a process. SCXcore's figures are scaled by the one for wall times, and by the other for
//! processor time, before they are compared.

#[path = "../tests/support/built.rs"]
#[allow(dead_code)] // no example is measured
mod built;
#[path = "../tests/support/omiserver.rs"]
#[allow(dead_code)] // the tests use more of it
mod omiserver;
#[path = "../tests/support/run.rs"]
mod run;
#[path = "../tests/support/serve.rs"]
#[allow(dead_code)] // our own host is not measured
mod serve;
#[path = "../tests/support/skip.rs"]
mod skip;
#[path = "support/mod.rs"]
#[allow(dead_code)] // the other benches use more of it
mod support;

use omiserver::Omi;
use std::fs;
use std::process::Command;
use std::time::{Duration, Instant};
use support::cost::{Cost, agent};
use support::{Crowd, Result, cpu_time, median, resident_kib};

const PROCESSES: usize = 417;
const PATIENCE: Duration = Duration::from_secs(120);

/// What was measured of SCXcore and its machine, in milliseconds: means of two rounds.
mod then {
    pub(super) const IDENTIFY: f64 = 0.565;
    pub(super) const STAT: f64 = 0.0087;
    pub(super) const PROCESS_LIST_CPU: f64 = 33.6;
    pub(super) const PROCESS_LIST_WALL: f64 = 52.0;
    /// For each process: 6,404 for 358 of them.
    pub(super) const PROCESS_LIST_CALLS: f64 = 17.9;
    pub(super) const COMMAND_CALLS: f64 = 2750.0;
}

const SMALL: [&str; 7] = [
    "SCX_Agent",
    "SCX_EthernetPortStatistics",
    "SCX_FileSystem",
    "SCX_FileSystemStatisticalInformation",
    "SCX_MemoryStatisticalInformation",
    "SCX_OperatingSystem",
    "SCX_ProcessorStatisticalInformation",
];

const LARGE: [&str; 2] = ["SCX_UnixProcess", "SCX_UnixProcessStatisticalInformation"];

fn main() -> Result<()> {
    let Some(mut omi) = Omi::prepare() else { return Ok(()) };
    omi.omireg("root/scx", &built::lumi());
    let crowd = Crowd::of(PROCESSES)?;
    println!("{} processes", crowd.processes()?);
    omi.start();
    let start = Instant::now();
    ask(&omi, 1, &list("SCX_OperatingSystem"));
    report("first request, with the start of the agent", milliseconds(start.elapsed()), "ms", "<= 20");
    let speed = Speed::measure(&omi)?;
    processes(&omi, &speed);
    small_classes(&omi);
    commands(&omi);
    system_calls(&omi, crowd.processes()?)?;
    memory(&omi)
}

fn report(what: &str, figure: f64, unit: &str, goal: &str) {
    println!("{what:<72} {figure:>10.2} {unit:<8} goal {goal}");
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How slow this machine is, in times of the other one.
struct Speed {
    wall: f64,
    cpu: f64,
}

impl Speed {
    fn measure(omi: &Omi) -> Result<Self> {
        let identify = Figures::of(omi, 500, &["id"]).wall;
        let mut reads = Vec::new();
        for _ in 0..20 {
            let before = cpu_time();
            let mut count = 0_u32;
            for entry in fs::read_dir("/proc")?.flatten() {
                count += u32::from(fs::read(entry.path().join("stat")).is_ok());
            }
            reads.push(milliseconds(cpu_time().saturating_sub(before)) / f64::from(count.max(1)));
        }
        let speed = Self { wall: identify / then::IDENTIFY, cpu: median(reads) / then::STAT };
        println!("this machine takes {:.2} times as long, and {:.2} times the processor time", speed.wall, speed.cpu);
        Ok(speed)
    }
}

/// The arguments that list a class.
fn list(class: &str) -> [&str; 3] {
    ["ei", "root/scx", class]
}

/// Asks by OMI's own client, so many times on one connection.
fn ask(omi: &Omi, times: usize, arguments: &[&str]) {
    let times = times.to_string();
    let output = run::within(PATIENCE, omi.client("omicli").args(["-q", "-R", &times]).args(arguments));
    assert!(output.status.success(), "omicli {arguments:?}: {}", run::text(&output));
}

/// What one request costs, in milliseconds.
struct Figures {
    wall: f64,
    agent: f64,
}

impl Figures {
    fn of(omi: &Omi, times: usize, arguments: &[&str]) -> Self {
        // The first one may wait for a second reading.
        ask(omi, 1, arguments);
        let mut rounds = Vec::new();
        for _ in 0..5 {
            let (before, start) = (Cost::now(omi), Instant::now());
            ask(omi, times, arguments);
            let mut cost = Cost::default();
            let wall = start.elapsed();
            cost.add(before, Cost::now(omi));
            rounds.push((milliseconds(wall) / times as f64, milliseconds(cost.agent) / times as f64));
        }
        let (wall, agent) = rounds.into_iter().unzip();
        Self { wall: median(wall), agent: median(agent) }
    }
}

fn processes(omi: &Omi, speed: &Speed) {
    for class in LARGE {
        let figures = Figures::of(omi, 20, &list(class));
        report(&format!("{class}: CPU of the agent"), figures.agent, "ms", "-");
        report(&format!("{class}: wall"), figures.wall, "ms", "-");
        if class == "SCX_UnixProcess" {
            let cpu = figures.agent / (then::PROCESS_LIST_CPU * speed.cpu);
            report("  CPU of the agent, in times of SCXcore's", cpu, "", "<= 0.40");
            report(
                "  wall, in times of SCXcore's",
                figures.wall / (then::PROCESS_LIST_WALL * speed.wall),
                "",
                "<= 0.60",
            );
        }
    }
    let one = ["wql", "root/scx", "select * from SCX_UnixProcess where Handle = '1'"];
    report("one process by query: wall", Figures::of(omi, 200, &one).wall, "ms", "<= 1.5");
}

fn small_classes(omi: &Omi) {
    for class in SMALL {
        let figures = Figures::of(omi, 400, &list(class));
        report(&format!("{class}: CPU of the agent"), figures.agent, "ms", "<= 0.25");
        report(&format!("{class}: wall"), figures.wall, "ms", "-");
    }
}

/// The arguments that run `true`.
fn run_true(timeout: &str) -> [&str; 12] {
    let [open, close] = ["{", "}"];
    let method = "ExecuteShellCommand";
    ["iv", "root/scx", open, "SCX_OperatingSystem", close, method, open, "Command", "true", "timeout", timeout, close]
}

fn commands(omi: &Omi) {
    for (timeout, what) in [("0", "without a time limit"), ("10", "with a time limit")] {
        let figures = Figures::of(omi, 100, &run_true(timeout));
        report(&format!("true by the shell, {what}: wall"), figures.wall, "ms", "<= 2");
    }
}

/// Counts what the agent calls, by strace.
fn system_calls(omi: &Omi, processes: usize) -> Result<()> {
    let Some(pid) = agent(omi) else { return Err("there is no agent".into()) };
    let calls = |arguments: &[&str]| -> Result<f64> {
        let scratch = tempfile::tempdir()?;
        let summary = scratch.path().join("summary");
        let mut strace =
            Command::new("strace").args(["-f", "-c", "-p", &pid.to_string(), "-o"]).arg(&summary).spawn()?;
        let is_traced =
            || fs::read_to_string(format!("/proc/{pid}/status")).is_ok_and(|it| !it.contains("TracerPid:\t0"));
        while !is_traced() {
            if let Some(status) = strace.try_wait()? {
                return Err(format!("strace ends: {status}").into());
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        ask(omi, 10, arguments);
        nix::sys::signal::kill(nix::unistd::Pid::from_raw(strace.id().try_into()?), nix::sys::signal::Signal::SIGTERM)?;
        strace.wait()?;
        let total = fs::read_to_string(&summary)?;
        let total = total.lines().find(|line| line.trim_end().ends_with("total")).ok_or("strace counts nothing")?;
        // The time in percent, in seconds and for each call, and the number of calls.
        let count: f64 = total.split_whitespace().nth(3).ok_or("strace's total has no count")?.parse()?;
        Ok(count / 10.0)
    };
    if Command::new("strace").arg("-V").output().is_err() {
        skip::skipped("strace is not installed, so system calls are not counted");
        return Ok(());
    }
    let listed = calls(&list("SCX_UnixProcess"))? / processes as f64;
    report("system calls for each process listed", listed, "", &format!("< {}", then::PROCESS_LIST_CALLS));
    report("system calls for true by the shell", calls(&run_true("10"))?, "", &format!("< {}", then::COMMAND_CALLS));
    Ok(())
}

/// The agent's memory, over 1,000 requests of each class.
fn memory(omi: &Omi) -> Result<()> {
    let Some(pid) = agent(omi) else { return Err("there is no agent".into()) };
    let resident = || resident_kib(pid).map(|kib| kib as f64 / 1024.0);
    let first = resident()?;
    report("memory of the agent before", first, "MiB", "<= 14");
    for class in SMALL.into_iter().chain(LARGE) {
        ask(omi, 1000, &list(class));
    }
    ask(omi, 1000, &run_true("10"));
    let last = resident()?;
    report("memory of the agent after 1,000 requests of each class", last, "MiB", "<= 14");
    report("  growth", last - first, "MiB", "<= 1");
    Ok(())
}

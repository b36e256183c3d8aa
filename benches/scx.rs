//! lumi beside SCXcore: `cargo bench --bench scx` asks the classes of root/scx in Microsoft's omiserver, and prints each figure of
//! lumi, that of SCXcore, the one in times of the other, and the goal.
//!
//! Where SCXcore's library is installed, or `LUMI_SCXCORE` names it, both are asked the same in one run: each has a server of
//! its own, they take turns, and a figure is the median of the rounds. Elsewhere `recorded.rs` says what SCXcore takes for
//! the list of processes.

#[path = "../tests/support/built.rs"]
#[allow(dead_code)] // no example is measured
mod built;
#[path = "../tests/support/omiserver.rs"]
#[allow(dead_code)] // the tests use more of it
mod omiserver;
#[path = "scx/recorded.rs"]
mod recorded;
#[path = "../tests/support/run.rs"]
mod run;
#[path = "../tests/support/serve.rs"]
#[allow(dead_code)] // our own host is not measured
mod serve;
#[path = "../tests/support/skip.rs"]
mod skip;
#[path = "scx/subject.rs"]
mod subject;
#[path = "support/mod.rs"]
#[allow(dead_code)] // the other benches use more of it
mod support;

use recorded::Recorded;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use subject::{Figures, Subject};
use support::{Crowd, Result, median, milliseconds};

const PROCESSES: usize = 417;
const ROUNDS: usize = 5;

/// SCXcore answers from samples, and takes one each minute.
const WARM_UP: Duration = Duration::from_secs(65);

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
    let libraries: Vec<_> = [Some(built::lumi()), scxcore()].into_iter().flatten().collect();
    let crowd = Crowd::of(PROCESSES)?;
    println!("{} processes", crowd.processes()?);
    println!("{:<68} {:>9} {:>9} {:>6} {:<4} goal", "(instances listed by each)", "lumi", "SCXcore", "ratio", "unit");
    let Some(subjects) = start(&libraries) else { return Ok(()) };
    let recorded = match subjects.len() {
        1 => Some(Recorded::scaled(&subjects)?),
        _ => None,
    };
    if recorded.is_none() {
        warm_up(&subjects);
    }
    processes(&subjects, recorded.as_ref());
    small_classes(&subjects);
    commands(&subjects);
    system_calls(&subjects, recorded.as_ref())?;
    memory(&subjects)
}

/// The library of SCXcore, where there is one.
fn scxcore() -> Option<PathBuf> {
    let installed = || "/opt/microsoft/scx/lib/libSCXCoreProviderModule.so".into();
    let library = std::env::var_os("LUMI_SCXCORE").map_or_else(installed, PathBuf::from);
    if !library.exists() {
        println!("SCXcore is not measured, for there is no {}; LUMI_SCXCORE can name its library", library.display());
        return None;
    }
    // Its package brings them. It looks for the one at each process, and its commands run in the other.
    for needed in ["/etc/opt/microsoft/scx/conf/scx-release", "/var/opt/microsoft/scx/tmp"] {
        if !Path::new(needed).exists() {
            println!("SCXcore is not measured, for its costs are others without {needed}, which its package brings");
            return None;
        }
    }
    Some(library)
}

/// Prints the figure of lumi, and that of SCXcore where there is one.
fn report(what: &str, figures: &[f64], unit: &str, goal: &str) {
    let ours = figures[0];
    let (theirs, ratio) = match figures.get(1) {
        Some(theirs) => (format!("{theirs:.2}"), format!("{:.2}", ours / theirs)),
        None => ("-".to_owned(), "-".to_owned()),
    };
    println!("{what:<68} {ours:>9.2} {theirs:>9} {ratio:>6} {unit:<4} {goal}");
}

/// The arguments that list a class.
fn list(class: &str) -> [&str; 3] {
    ["ei", "root/scx", class]
}

/// Starts the servers, some times for the first request.
fn start(libraries: &[PathBuf]) -> Option<Vec<Subject>> {
    let mut firsts = vec![Vec::new(); libraries.len()];
    let mut subjects = Vec::new();
    for _ in 0..ROUNDS {
        subjects.clear();
        for (library, firsts) in libraries.iter().zip(&mut firsts) {
            let subject = Subject::start(library)?;
            firsts.push(milliseconds(subject.ask(1, &list("SCX_OperatingSystem"))));
            subjects.push(subject);
        }
    }
    let firsts: Vec<_> = firsts.into_iter().map(median).collect();
    report("first request, with the start of the agent", &firsts, "ms", "<= 20");
    Some(subjects)
}

/// Starts the samplers of each class, and waits for their second sample.
fn warm_up(subjects: &[Subject]) {
    for subject in subjects {
        for class in SMALL.into_iter().chain(LARGE) {
            subject.ask(1, &list(class));
        }
    }
    std::thread::sleep(WARM_UP);
}

/// Asks each subject the same, in turns; the medians of what a request costs each.
fn measure(subjects: &[Subject], at_most: usize, arguments: &[&str]) -> Vec<Figures> {
    let first = |subject: &Subject| {
        // It may wait for a second reading of what the kernel counts.
        subject.ask(1, arguments);
        subject.round(5, arguments)
    };
    let mut last: Vec<_> = subjects.iter().map(first).collect();
    let mut rounds = vec![Vec::new(); subjects.len()];
    for _ in 0..ROUNDS {
        for ((subject, last), rounds) in subjects.iter().zip(&mut last).zip(&mut rounds) {
            *last = subject.round(last.requests_of_a_round(at_most), arguments);
            rounds.push(*last);
        }
    }
    let medians = rounds.into_iter().map(|rounds| Figures {
        wall: median(rounds.iter().map(|it| it.wall).collect()),
        agent: median(rounds.iter().map(|it| it.agent).collect()),
    });
    medians.collect()
}

fn walls(figures: &[Figures]) -> Vec<f64> {
    figures.iter().map(|it| it.wall).collect()
}

fn agents(figures: &[Figures]) -> Vec<f64> {
    figures.iter().map(|it| it.agent).collect()
}

/// The class, with the number of instances that each lists.
fn counted(subjects: &[Subject], class: &str) -> String {
    let counts: Vec<_> = subjects.iter().map(|it| it.instances(&list(class)).to_string()).collect();
    format!("{class} ({})", counts.join(", "))
}

fn processes(subjects: &[Subject], recorded: Option<&Recorded>) {
    for class in LARGE {
        let what = counted(subjects, class);
        let figures = measure(subjects, 20, &list(class));
        let (mut cpu, mut wall) = (agents(&figures), walls(&figures));
        let mut goals = ["", ""];
        if class == "SCX_UnixProcess" {
            cpu.extend(recorded.map(|it| it.list_cpu));
            wall.extend(recorded.map(|it| it.list_wall));
            goals = ["ratio <= 0.40", "ratio <= 0.60"];
        }
        report(&format!("{what}: CPU of the agent"), &cpu, "ms", goals[0]);
        report(&format!("{what}: wall"), &wall, "ms", goals[1]);
    }
    let one = ["wql", "root/scx", "select * from SCX_UnixProcess where Handle = '1'"];
    report("one process by query: wall", &walls(&measure(subjects, 200, &one)), "ms", "<= 1.5");
}

fn small_classes(subjects: &[Subject]) {
    for class in SMALL {
        let what = counted(subjects, class);
        let figures = measure(subjects, 1000, &list(class));
        report(&format!("{what}: CPU of the agent"), &agents(&figures), "ms", "<= 0.25");
        report(&format!("{what}: wall"), &walls(&figures), "ms", "");
    }
}

/// The arguments that run `true`.
fn run_true(timeout: &str) -> [&str; 12] {
    let [open, close] = ["{", "}"];
    let method = "ExecuteShellCommand";
    ["iv", "root/scx", open, "SCX_OperatingSystem", close, method, open, "Command", "true", "timeout", timeout, close]
}

fn commands(subjects: &[Subject]) {
    for (timeout, what) in [("0", "without a time limit"), ("10", "with a time limit")] {
        for subject in subjects {
            let answer = subject.answer(&run_true(timeout));
            assert!(answer.contains("ReturnValue=true"), "true does not succeed: {answer}");
        }
        let figures = measure(subjects, 100, &run_true(timeout));
        report(&format!("true by the shell, {what}: wall"), &walls(&figures), "ms", "<= 2");
    }
}

fn system_calls(subjects: &[Subject], recorded: Option<&Recorded>) -> Result<()> {
    if Command::new("strace").arg("-V").output().is_err() {
        skip::skipped("strace is not installed, so system calls are not counted");
        return Ok(());
    }
    let (mut listed, mut command) = (Vec::new(), Vec::new());
    for subject in subjects {
        let class = list("SCX_UnixProcess");
        listed.push(subject.system_calls(&class)? / subject.instances(&class) as f64);
        command.push(subject.system_calls(&run_true("0"))?);
    }
    listed.extend(recorded.map(|it| it.list_calls));
    command.extend(recorded.map(|it| it.command_calls));
    report("system calls for each process listed", &listed, "", "ratio < 1");
    report("system calls for true by the shell", &command, "", "ratio < 1");
    Ok(())
}

/// The agents' memory, over 1,000 requests of each class. One after the other: omiserver ends an agent that is not asked.
fn memory(subjects: &[Subject]) -> Result<()> {
    let (mut before, mut after) = (Vec::new(), Vec::new());
    for subject in subjects {
        subject.ask(1, &list("SCX_UnixProcess"));
        before.push(subject.memory()?);
        for class in SMALL.into_iter().chain(LARGE) {
            subject.ask(1000, &list(class));
        }
        subject.ask(1000, &run_true("0"));
        after.push(subject.memory()?);
    }
    report("memory of the agent before", &before, "MiB", "<= 14");
    let growth: Vec<_> = after.iter().zip(&before).map(|(after, before)| format!("{:.2}", after - before)).collect();
    let what = format!("memory after 1,000 requests of each class (growth {})", growth.join(", "));
    report(&what, &after, "MiB", "<= 14, growth <= 1");
    Ok(())
}

//! What lumi costs: `cargo bench` prints one line per figure, with the goal it is measured against.
//!
//! Figures are medians of one run with at least 400 processes on the machine. Compare figures of one run only: wall times
//! on a busy machine say little by themselves.

#[path = "../tests/support/built.rs"]
mod built;
#[path = "../tests/support/machine.rs"]
mod machine;
#[path = "../tests/support/omiserver.rs"]
#[allow(dead_code)] // the tests use more of it
mod omiserver;
#[path = "../tests/support/run.rs"]
mod run;
#[path = "../tests/support/serve.rs"]
mod serve;
#[path = "../tests/support/skip.rs"]
mod skip;
#[path = "support/mod.rs"]
#[allow(dead_code)] // the other benches use more of it
mod support;

use lumi::linux::filesystem::{Capacity, FileSystems};
use lumi::linux::process::{Fields, Processes};
use machine::Machine;
use omi::wql::Select;
use omi_host::operation::{Depth, Operation, Request};
use omi_host::{Host, Reply};
use serve::Server;
use std::error::Error;
use std::time::{Duration, Instant};
use support::{Client, Crowd, cpu_time, median, milliseconds};

const PROCESSES: usize = 400;
const NUMBERS: f64 = 20_000.0;

fn main() -> Result<(), Box<dyn Error>> {
    let crowd = Crowd::of(PROCESSES)?;
    println!("{} processes", crowd.processes()?);
    in_process()?;
    through_the_host()?;
    trivial_class()?;
    through_omiserver();
    huge_machine()?;
    Ok(())
}

/// What one process and one mount cost on a machine of 20,000 and 2,000, made of files in memory, and on one with a tenth
/// of them.
fn huge_machine() -> Result<(), Box<dyn Error>> {
    for (processes, mounts) in [(2_000, 200), (20_000, 2_000)] {
        let machine = Machine::of(processes, mounts);
        let root = machine.root();
        let each = |count: usize, read: &dyn Fn() -> lumi::linux::Result<usize>| -> lumi::linux::Result<f64> {
            let mut cpu = Vec::new();
            for _ in 0..5 {
                let before = cpu_time();
                assert_eq!(read()?, count);
                cpu.push(milliseconds(cpu_time().saturating_sub(before)) * 1e3 / count as f64);
            }
            Ok(median(cpu))
        };
        let fields = Fields::STAT | Fields::CREDENTIALS | Fields::CMDLINE | Fields::CGROUP;
        let figure = each(processes, &|| Ok(Processes::open(&root)?.list(fields)?.flatten().count()))?;
        report(&format!("one of {processes} processes, from four files each: CPU"), figure, "µs", "the same for both");
        let capacity = Capacity { block_size: 4096, total_bytes: 1 << 40, ..Capacity::default() };
        let reader = FileSystems::with(root.clone(), Duration::from_secs(1), move |_| Ok(capacity));
        let figure = each(mounts, &|| Ok(reader.list()?.len()))?;
        report(&format!("one of {mounts} mounts: CPU"), figure, "µs", "the same for both");
    }
    Ok(())
}

fn report(what: &str, figure: f64, unit: &str, goal: &str) {
    println!("{what:<60} {figure:>12.2} {unit:<12} goal {goal}");
}

/// The provider, called through the MI ABI in this process.
fn in_process() -> Result<(), Box<dyn Error>> {
    let host = Host::builder().linked("lumi", lumi::MI_Main, &["root/cimv2"]).build()?;
    let ask = |operation: Operation| -> omi::Result<Reply> { host.submit(Request::local("root/cimv2", operation)) };
    let enumerate = |keys_only| Operation::Enumerate {
        class: "Linux_Process".into(),
        depth: Depth::default(),
        properties: None,
        keys_only,
    };
    let measure = |rounds: usize, operation: &dyn Fn() -> Operation| -> Result<(f64, f64), Box<dyn Error>> {
        let mut wall = Vec::new();
        let mut cpu = Vec::new();
        for _ in 0..rounds {
            let (before, start) = (cpu_time(), Instant::now());
            ask(operation())?.collect()?;
            wall.push(milliseconds(start.elapsed()));
            cpu.push(milliseconds(cpu_time().saturating_sub(before)));
        }
        Ok((median(wall), median(cpu)))
    };
    let (wall, cpu) = measure(40, &|| enumerate(false))?;
    report("process list in process, all properties: CPU", cpu, "ms", "<= 14");
    report("process list in process, all properties: wall", wall, "ms", "-");
    let (wall, _) = measure(100, &|| enumerate(true))?;
    report("process list in process, keys only: wall", wall, "ms", "<= 2");
    let one = Select::parse("select * from Linux_Process where Handle = '1'")?;
    let (wall, _) = measure(200, &|| Operation::Query(one.clone()))?;
    report("one process in process, by query: wall", wall, "ms", "<= 1");
    Ok(())
}

/// `lumi serve`, asked over keep-alive HTTP.
fn through_the_host() -> Result<(), Box<dyn Error>> {
    let server = Server::start();
    let mut client = Client::connect(&server)?;
    let start = Instant::now();
    client.get("Linux_OperatingSystem", &[])?;
    report("first request after start: wall", milliseconds(start.elapsed()), "ms", "<= 20");

    let mut measure = |what: &str, goal: &str, rounds: usize, call: &dyn Fn(&mut Client) -> support::Result<usize>| {
        let mut wall = Vec::new();
        for _ in 0..rounds {
            let start = Instant::now();
            call(&mut client)?;
            wall.push(milliseconds(start.elapsed()));
        }
        report(what, median(wall), "ms", goal);
        support::Result::Ok(())
    };
    measure("process list over HTTP, all properties: wall", "<= 25", 40, &|it| it.enumerate("Linux_Process", None))?;
    measure("process list over HTTP, keys only: wall", "<= 2", 100, &|it| {
        it.enumerate("*", Some("select Handle from Linux_Process"))
    })?;
    measure("one process over HTTP, by key: wall", "<= 1", 200, &|it| it.get("Linux_Process", &[("Handle", "1")]))?;

    let resident = |server: &Server| support::resident_kib(server.pid()).map(|kib| kib as f64 / 1024.0);
    let before = resident(&server)?;
    for _ in 0..10_000 {
        client.get("Linux_Process", &[("Handle", "1")])?;
    }
    let after = resident(&server)?;
    report("resident memory of the host before 10,000 requests", before, "MiB", "-");
    report("resident memory of the host after 10,000 requests", after, "MiB", "<= 25, flat");
    Ok(())
}

/// A class of six properties that costs its provider nothing.
fn trivial_class() -> Result<(), Box<dyn Error>> {
    let Some(library) = built::example("number") else { return Ok(()) };
    let server = Server::with_provider(&library);
    let mut client = Client::connect(&server)?;
    let mut rates = Vec::new();
    for _ in 0..15 {
        let start = Instant::now();
        let count = client.enumerate("Sample_Number", None)?;
        assert_eq!(count as f64, NUMBERS, "every number is listed");
        rates.push(NUMBERS / start.elapsed().as_secs_f64());
    }
    report("trivial class over HTTP", median(rates), "instances/s", ">= 150000");
    Ok(())
}

/// The same library in omiserver, asked by OMI's own client: a process for each request, which takes some 3 ms of it.
fn through_omiserver() {
    let Some(mut omi) = omiserver::Omi::prepare() else { return };
    omi.omireg("root/cimv2", &built::lumi());
    omi.start();
    let measure = |what: &str, goal: &str, arguments: &[&str]| {
        let wall = (0..30).map(|_| {
            let start = Instant::now();
            let output = omi.omicli(arguments.iter().copied());
            assert!(output.status.success(), "omicli {arguments:?}: {}", run::text(&output));
            milliseconds(start.elapsed())
        });
        report(what, median(wall.collect()), "ms", goal);
    };
    measure("process list in omiserver, by omicli: wall", "-", &["ei", "root/cimv2", "Linux_Process"]);
    measure("one small instance in omiserver, by omicli: wall", "-", &["ei", "root/cimv2", "Linux_ComputerSystem"]);
}

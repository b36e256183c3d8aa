//! A machine of 20,000 processes and 2,000 mounts, made of files: what one of them costs is the same as on a small machine,
//! and reading them one by one takes no more memory. `cargo bench` tells the figures.

#[path = "support/machine.rs"]
mod machine;

use lumi::linux::filesystem::{Capacity, FileSystems};
use lumi::linux::process::{Fields, Processes};
use machine::Machine;
use rustix::time::{ClockId, clock_gettime};
use std::fs;
use std::time::Duration;

/// How much more one of many may cost than one of few, in processor time: twice, for a machine that is busy with others.
const TOLERANCE: f64 = 2.0;

/// The processor time of this thread that something takes, at best of three times.
fn cost(mut act: impl FnMut()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let mut once = || {
        let begun = now();
        act();
        now() - begun
    };
    [once(), once(), once()].into_iter().min().unwrap()
}

fn processes(machine: &Machine) -> usize {
    let root = machine.root();
    let mut reader = Processes::open(&root).unwrap();
    reader
        .list(Fields::STAT | Fields::CREDENTIALS | Fields::CMDLINE | Fields::CGROUP)
        .unwrap()
        .map(Result::unwrap)
        .count()
}

fn mounts(machine: &Machine) -> usize {
    let capacity = Capacity { block_size: 4096, total_bytes: 1 << 40, ..Capacity::default() };
    let reader = FileSystems::with(machine.root(), Duration::from_secs(1), move |_| Ok(capacity));
    reader.list().unwrap().len()
}

/// Compares the cost of one on a small and on a large machine.
fn assert_linear(what: &str, sizes: [usize; 2], machines: [&Machine; 2], read: fn(&Machine) -> usize) {
    let each: Vec<f64> = machines
        .iter()
        .zip(sizes)
        .map(|(machine, size)| {
            assert_eq!(read(machine), size, "{what}");
            cost(|| assert_eq!(read(machine), size)).as_secs_f64() * 1e6 / size as f64
        })
        .collect();
    println!("{what}: {:.1} µs each of {}, {:.1} µs each of {}", each[0], sizes[0], each[1], sizes[1]);
    assert!(each[1] < each[0] * TOLERANCE, "{what}: {each:?} µs each");
}

#[test]
fn the_cost_of_a_process_is_the_same_on_a_small_and_on_a_huge_machine() {
    let (small, huge) = (Machine::of(2_000, 1), Machine::of(20_000, 1));
    assert_linear("processes", [2_000, 20_000], [&small, &huge], processes);
}

#[test]
fn the_cost_of_a_mount_is_the_same_on_a_small_and_on_a_huge_machine() {
    let (small, huge) = (Machine::of(1, 500), Machine::of(1, 2_000));
    assert_linear("mounts", [500, 2_000], [&small, &huge], mounts);
}

/// The most memory that this process has had since it was last asked, in bytes.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim_end_matches("kB").trim().parse::<u64>().unwrap() * 1024
}

fn forget_peak() {
    fs::write("/proc/self/clear_refs", "5").unwrap();
}

#[test]
fn processes_are_read_one_by_one_so_ten_times_as_many_take_no_more_memory() {
    let (small, huge) = (Machine::of(2_000, 1), Machine::of(20_000, 1));
    let grown = |machine: &Machine| {
        forget_peak();
        let before = peak();
        processes(machine);
        peak() - before
    };
    // What the first use of everything takes is not counted.
    grown(&small);
    let (of_small, of_huge) = (grown(&small), grown(&huge));
    println!("the peak grew by {of_small} bytes for 2,000 processes and by {of_huge} for 20,000");
    // A list of 20,000 processes as they are posted would take more than ten megabytes; their numbers take 80 kB.
    assert!(of_huge < of_small + (2 << 20), "{of_small} and {of_huge} bytes");
}

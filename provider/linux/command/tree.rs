//! Ends a command with all that it started, also what went into another session or lost its parent.
//!
//! A process belongs to a command when its group does, when its parent does, or when it has the command's mark in its
//! environment. So it takes a process that puts off all three at once, as a service manager's do on purpose, to get away.

use super::launch::MARK;
use crate::linux::process::signal::{Signal, Target};
use crate::linux::process::{Fields, Process, Processes};
use crate::linux::{Error, Result, Root};
use rustix::process::{Pid, kill_process};
use std::collections::HashSet;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long to look for new ones: a process may fork while the others are killed.
const PATIENCE: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_millis(2);

/// Kills the process `leader`, which must not have been waited for, and all that belongs to it.
pub(super) fn end(leader: u32, mark: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let members = match members(leader, mark) {
            Ok(members) => members,
            Err(error) => return log::warn!("cannot find what command {leader} started: {error}"),
        };
        let killed = members.iter().filter(|process| kill(process)).count();
        if killed == 0 || Instant::now() > deadline {
            if !members.is_empty() {
                let left: Vec<u32> = members.iter().map(|process| process.pid).collect();
                log::warn!("of what command {leader} started, processes {left:?} could not be ended");
            }
            return;
        }
        sleep(PAUSE);
    }
}

/// The processes of the command that still run.
fn members(leader: u32, mark: &str) -> Result<Vec<Process>> {
    let mut reader = Processes::open(&Root::host())?;
    let start = |process: &Process| process.identity().map(|it| it.start_ticks);
    let first = start(&reader.get(leader, Fields::STAT)?);
    // What is older than the command was not started by it.
    let mut rest: Vec<Process> =
        reader.list(Fields::STAT)?.flatten().filter(|process| start(process) >= first).collect();
    let mark = format!("{MARK}={mark}");
    let mut known = HashSet::from([leader]);
    let mut members = Vec::new();
    loop {
        let belongs = |process: &Process| {
            let by_blood = process.stat.as_ref().is_some_and(|stat| {
                stat.process_group == leader || stat.parent.is_some_and(|parent| known.contains(&parent))
            });
            process.pid == leader || by_blood || is_marked(process.pid, &mark)
        };
        let (found, others): (Vec<_>, Vec<_>) = rest.into_iter().partition(belongs);
        if found.is_empty() {
            members
                .retain(|process: &Process| process.stat.as_ref().is_some_and(|stat| !matches!(stat.state, 'Z' | 'X')));
            return Ok(members);
        }
        known.extend(found.iter().map(|process| process.pid));
        members.extend(found);
        rest = others;
    }
}

/// Whether the process was started with this variable.
fn is_marked(pid: u32, mark: &str) -> bool {
    let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes())
}

/// Whether the process was there to be killed, and could be.
fn kill(process: &Process) -> bool {
    let start = process.identity().map(|it| it.start_ticks);
    match Target::open(&Root::host(), process.pid, start).and_then(|target| target.send(Signal::KILL)) {
        // Kernels before 5.3 have no pidfd, so there is a moment in which the ID can change hands.
        Err(Error::Unsupported { .. }) => {
            let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
            pid.is_some_and(|pid| kill_process(pid, rustix::process::Signal::KILL).is_ok())
        }
        result => result.is_ok(),
    }
}

//! Processes of fixtures, and of the machine that runs the tests; the latter come and go while we look.

use std::collections::BTreeMap;
use std::os::unix::fs::symlink;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

use procfs_core::FromRead;
use rustix::time::{ClockId, clock_gettime};

use super::*;
use crate::linux::testing::{machine, machine_with};

fn sleeper() -> Child {
    Command::new("sleep").arg("60").spawn().unwrap()
}

fn end(mut child: Child) {
    child.kill().unwrap();
    child.wait().unwrap();
}

fn live() -> Processes {
    Processes::open(&Root::host()).unwrap()
}

/// The machine's processes; one that cannot be read fails the test.
fn list(processes: &mut Processes, fields: Fields) -> BTreeMap<u32, Process> {
    processes.list(fields).unwrap().map(|process| process.map(|process| (process.pid, process)).unwrap()).collect()
}

/// Reads a process until it is as expected, since a child needs its time for fork, exec and exit.
fn wait_for(processes: &mut Processes, pid: u32, expected: impl Fn(&Process) -> bool) -> Process {
    let start = Instant::now();
    loop {
        let process = processes.get(pid, Fields::ALL).unwrap();
        if expected(&process) {
            return process;
        }
        assert!(start.elapsed() < Duration::from_secs(20), "it stays {process:?}");
    }
}

#[test]
fn a_fixture_machine_lists_its_programs_kernel_threads_and_zombies() {
    let mut processes = Processes::open(&machine("debian12")).unwrap();
    let all = list(&mut processes, Fields::ALL);
    assert_eq!(all.keys().copied().collect::<Vec<_>>(), [1, 2, 812, 1377]);

    let init = &all[&1];
    assert_eq!(init.stat.as_ref().unwrap().name, "systemd");
    assert_eq!(init.stat.as_ref().unwrap().parent, None);
    assert_eq!(init.arguments.as_ref().unwrap(), &["/sbin/init", ""]);
    assert_eq!(init.wait_channel.as_deref(), Some("do_epoll_wait"));
    assert_eq!(init.memory.unwrap().resident, 3068 * 4096);

    let kthreadd = &all[&2];
    assert!(kthreadd.stat.as_ref().unwrap().is_kernel_thread());
    assert_eq!((&kthreadd.arguments, &kthreadd.executable), (&None, &None));
    assert_eq!(kthreadd.wait_channel, None, "the kernel says 0");

    let shell = &all[&812];
    assert_eq!(shell.stat.as_ref().unwrap().name, "my (shell) 1");
    assert_eq!(shell.terminal.as_deref(), Some("pts/3"));
    assert_eq!(shell.credentials.unwrap().real_user, 1000);

    let zombie = &all[&1377];
    assert_eq!(zombie.stat.as_ref().unwrap().state, 'Z');
    assert_eq!(zombie.arguments, None);
}

#[test]
fn only_what_is_asked_for_is_read() {
    let mut processes = Processes::open(&machine("debian12")).unwrap();
    let bare = Process { pid: 812, ..Process::default() };
    assert_eq!(list(&mut processes, Fields::NONE)[&812], bare);

    let with_arguments = &list(&mut processes, Fields::CMDLINE)[&812];
    assert_eq!(with_arguments, &Process { arguments: with_arguments.arguments.clone(), ..bare });
}

/// How many times this thread has read so far; `None` where the kernel does not count that.
fn reads() -> Option<u64> {
    let counts = std::fs::read_to_string("/proc/thread-self/io").ok()?;
    counts.lines().find_map(|line| line.strip_prefix("syscr: "))?.parse().ok()
}

#[test]
fn each_file_of_a_process_is_read_once() {
    let Some(before) = reads() else { return eprintln!("skipped: this kernel does not count what a thread reads") };
    let count = list(&mut live(), Fields::STAT | Fields::CMDLINE | Fields::EXE).len() as u64;
    let made = reads().unwrap() - before;
    // What processes that end meanwhile take, and the counting itself.
    assert!(made <= 2 * count + 16, "{made} reads for {count} processes");
}

#[test]
fn a_process_whose_stat_cannot_be_read_any_more_is_gone() {
    let (_dir, root) = machine_with(&[("/proc/7/cmdline", b"x\0"), ("/proc/8/stat", b"")]);
    let mut processes = Processes::open(&root).unwrap();
    assert!(list(&mut processes, Fields::STAT).is_empty());
    assert!(list(&mut processes, Fields::STAT | Fields::CMDLINE).is_empty());
    assert!(list(&mut processes, Fields::CREDENTIALS).is_empty());
    for pid in [7, 8, 9] {
        let error = processes.get(pid, Fields::STAT).unwrap_err();
        assert!(matches!(error, Error::NoSuchProcess { .. }), "{error}");
    }
}

#[test]
fn one_process_that_makes_no_sense_does_not_end_the_list() {
    let (_dir, root) = machine_with(&[
        ("/proc/7/stat", b"garbage"),
        ("/proc/8/stat", include_bytes!("../fixtures/debian12/proc/1/stat")),
    ]);
    let mut processes = Processes::open(&root).unwrap();
    let results: Vec<_> = processes.list(Fields::STAT).unwrap().collect();
    let message = results[0].as_ref().unwrap_err().to_string();
    assert!(message.contains("/proc/7/stat") && message.contains("parentheses"), "{message}");
    assert!(results[1].is_ok());
}

#[test]
fn the_program_is_where_the_link_points() {
    let (_dir, root) = machine_with(&[("/proc/7/stat", b""), ("/proc/8/stat", b""), ("/proc/9/stat", b"")]);
    symlink("/usr/lib/systemd/systemd", root.path("/proc/7/exe")).unwrap();
    symlink("/usr/bin/bash (deleted)", root.path("/proc/8/exe")).unwrap();
    let all = list(&mut Processes::open(&root).unwrap(), Fields::EXE);
    let program = |path: &str, deleted| Some(Executable { path: path.to_owned(), deleted });
    assert_eq!(all[&7].executable, program("/usr/lib/systemd/systemd", false));
    assert_eq!(all[&8].executable, program("/usr/bin/bash", true));
    assert_eq!(all[&9].executable, None);
}

#[test]
fn a_long_command_line_is_read_whole() {
    let long = vec![b'x'; 100_000];
    let (_dir, root) = machine_with(&[("/proc/7/cmdline", &long), ("/proc/7/stat", b"7 (x)")]);
    let arguments = list(&mut Processes::open(&root).unwrap(), Fields::CMDLINE)[&7].arguments.clone();
    assert_eq!(arguments.unwrap()[0].len(), 100_000);
}

#[test]
fn a_new_child_is_visible_at_once_with_its_facts() {
    let before = SystemTime::now();
    let child = sleeper();
    let after = SystemTime::now();
    let mut processes = live();
    assert!(list(&mut processes, Fields::NONE).contains_key(&child.id()));

    let process = wait_for(&mut processes, child.id(), |process| {
        process.arguments.as_deref().is_some_and(|arguments| arguments == ["sleep", "60"])
    });
    let stat = process.stat.unwrap();
    assert_eq!(stat.name, "sleep");
    assert_eq!(stat.parent, Some(std::process::id()));
    assert!(process.executable.unwrap().path.starts_with('/'));
    assert_eq!(process.credentials.unwrap().effective_user, nix::unistd::geteuid().as_raw());
    // A start is cut to a tick of 10 ms, and the boot time rounded to one.
    let slack = Duration::from_millis(25);
    assert!(before - slack <= stat.started && stat.started <= after + slack, "{before:?} {:?}", stat.started);
    end(child);
}

#[test]
fn a_zombie_is_listed_until_its_parent_collects_it() {
    let mut child = sleeper();
    child.kill().unwrap();
    let mut processes = live();
    wait_for(&mut processes, child.id(), |process| process.stat.as_ref().is_some_and(|stat| stat.state == 'Z'));
    let zombie = processes.get(child.id(), Fields::ALL).unwrap();
    assert_eq!((zombie.arguments, zombie.executable), (None, None));
    for fields in [Fields::EXE, Fields::CMDLINE, Fields::STAT] {
        assert!(list(&mut processes, fields).contains_key(&child.id()));
    }
    child.wait().unwrap();
    assert!(matches!(processes.get(child.id(), Fields::STAT), Err(Error::NoSuchProcess { .. })));
    assert!(matches!(processes.get(child.id(), Fields::NONE), Err(Error::NoSuchProcess { .. })));
}

#[test]
fn the_id_of_a_thread_is_not_a_process() {
    let (tell, told) = std::sync::mpsc::channel();
    let (quit, wait) = std::sync::mpsc::channel::<()>();
    let thread = std::thread::spawn(move || {
        tell.send(nix::unistd::gettid().as_raw() as u32).unwrap();
        let _ = wait.recv();
    });
    let thread_id = told.recv().unwrap();
    assert!(matches!(live().get(thread_id, Fields::STAT), Err(Error::NoSuchProcess { .. })));
    drop(quit);
    thread.join().unwrap();
}

#[test]
fn kernel_threads_of_the_machine_are_listed() {
    let all = list(&mut live(), Fields::STAT | Fields::EXE);
    // In a PID namespace of its own (a container) there is no kthreadd.
    let Some(kthreadd) = all.get(&2).filter(|process| process.stat.as_ref().unwrap().name == "kthreadd") else {
        return;
    };
    assert!(kthreadd.stat.as_ref().unwrap().is_kernel_thread());
    assert_eq!(kthreadd.executable, None);
    assert!(all.values().any(|process| process.stat.as_ref().unwrap().parent == Some(2)));
}

#[test]
fn whether_credentials_are_asked_for_says_nothing_of_who_is_there() {
    let mut processes = live();
    let what = Fields::STAT | Fields::CMDLINE | Fields::EXE;
    let before = list(&mut processes, what);
    let with_credentials = list(&mut processes, what | Fields::CREDENTIALS);
    let after = list(&mut processes, what);
    for (pid, process) in
        before.iter().filter(|(pid, process)| after.get(pid).is_some_and(|it| it.identity() == process.identity()))
    {
        let found = with_credentials.get(pid).unwrap_or_else(|| panic!("{process:?} is left out"));
        assert_eq!(found.identity(), process.identity());
        if after[pid].arguments == process.arguments && after[pid].executable == process.executable {
            assert_eq!((&found.arguments, &found.executable), (&process.arguments, &process.executable));
        }
    }
}

#[test]
fn processes_that_come_and_go_disturb_no_list() {
    let mut churn =
        Command::new("sh").args(["-c", "while :; do true & wait; done"]).stdin(Stdio::null()).spawn().unwrap();
    let mut processes = live();
    for _ in 0..30 {
        assert!(list(&mut processes, Fields::ALL).contains_key(&std::process::id()));
    }
    churn.kill().unwrap();
    churn.wait().unwrap();
}

#[test]
fn processor_time_is_what_the_processor_s_clock_counted() {
    let counted = || Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).unwrap();
    while counted() < Duration::from_millis(500) {
        std::hint::black_box((0..10_000).sum::<u64>());
    }
    let before = counted();
    let stat = live().get(std::process::id(), Fields::STAT).unwrap().stat.unwrap();
    let after = counted();
    // Each of the two times is cut to 10 ms.
    let (total, slack) = (stat.user_time + stat.kernel_time, Duration::from_millis(40));
    assert!(before <= total + slack && total <= after + slack, "{before:?} {total:?} {after:?}");
}

#[test]
fn procfs_core_reads_the_same_from_stat_and_status() {
    let facts = Root::host().facts();
    let mut compared = 0;
    for pid in live().pids().unwrap() {
        let Ok(bytes) = std::fs::read(format!("/proc/{pid}/stat")) else { continue };
        let (ours, theirs) =
            (stat::parse(&bytes, &facts).unwrap(), procfs_core::process::Stat::from_read(&bytes[..]).unwrap());
        assert_eq!(ours.name, theirs.comm);
        assert_eq!(ours.state, theirs.state);
        assert_eq!(ours.parent.unwrap_or(0), theirs.ppid as u32);
        assert_eq!((ours.process_group, ours.session), (theirs.pgrp as u32, theirs.session as u32));
        assert_eq!(ours.terminal.map_or((0, 0), |(major, minor)| (major as i32, minor as i32)), theirs.tty_nr());
        assert_eq!((ours.flags, ours.major_faults), (theirs.flags, theirs.majflt));
        assert_eq!((ours.priority, ours.nice), (theirs.priority as i32, theirs.nice as i32));
        assert_eq!(ours.threads, theirs.num_threads as u32);
        assert_eq!((ours.start_ticks, ours.virtual_bytes), (theirs.starttime, theirs.vsize));
        assert_eq!(ours.resident_bytes, theirs.rss * facts.page_size);
        assert_eq!(ours.user_time, Duration::from_millis(theirs.utime * 1000 / facts.ticks_per_second));
        assert_eq!(ours.kernel_time, Duration::from_millis(theirs.stime * 1000 / facts.ticks_per_second));
        assert_eq!(Some(ours.processor as i32), theirs.processor);

        let Ok(bytes) = std::fs::read(format!("/proc/{pid}/status")) else { continue };
        let (ours, theirs) =
            (status::parse(&bytes).unwrap(), procfs_core::process::Status::from_read(&bytes[..]).unwrap());
        assert_eq!(ours.thread_group, theirs.tgid as u32);
        let ours = ours.credentials;
        assert_eq!((ours.real_user, ours.effective_user, ours.saved_user), (theirs.ruid, theirs.euid, theirs.suid));
        assert_eq!((ours.real_group, ours.effective_group), (theirs.rgid, theirs.egid));
        compared += 1;
    }
    assert!(compared > 1);
}

//! Tests of process events: messages as a kernel sent them, and the running kernel where it tells us.

use std::process::Command;

use proptest::prelude::*;

use super::*;
use crate::linux::testing::machine_with;

/// A message of `struct proc_event` of this kind.
fn message(kind: u32, data: &[u32]) -> Vec<u8> {
    let header = [(DATA + 24) as u32, 3, 0, 0, 1, 1, 0, 0, 40, kind, 1, 0x4604_f729, 0x196f];
    let mut message: Vec<u8> = header.iter().chain(data).flat_map(|word| word.to_ne_bytes()).collect();
    message.resize(DATA + 24, 0);
    message
}

#[test]
fn processes_start_begin_programs_and_end() {
    assert_eq!(parse(&message(1, &[9185, 9185, 9265, 9265])), Some(Event::Fork { pid: 9265, parent: 9185 }));
    assert_eq!(parse(&message(2, &[9265, 9265])), Some(Event::Exec { pid: 9265 }));
    let ended = message(0x8000_0000, &[9265, 9265, 0x0100, 17, 9185, 9185]);
    assert_eq!(parse(&ended), Some(Event::Exit { pid: 9265, parent: Some(9185), status: 0x0100 }));
}

#[test]
fn threads_are_no_processes() {
    assert_eq!(parse(&message(1, &[8309, 8309, 9266, 8828])), None);
    assert_eq!(parse(&message(0x8000_0000, &[9266, 8828, 0, 0xffff_ffff])), None);
}

#[test]
fn a_name_ends_at_its_first_0() {
    let words = [u32::from_ne_bytes(*b"back"), u32::from_ne_bytes(*b"up\0x")];
    let renamed = message(0x200, &[[7, 7], words].concat());
    assert_eq!(parse(&renamed), Some(Event::Rename { pid: 7, name: "backup".to_owned() }));
}

#[test]
fn a_kernel_before_4_18_names_no_parent() {
    let mut ended = message(0x8000_0000, &[5, 5, 0, 17]);
    ended.truncate(DATA + 16);
    assert_eq!(parse(&ended), Some(Event::Exit { pid: 5, parent: None, status: 0 }));
}

#[test]
fn the_answer_to_somebody_else_is_none_to_us() {
    let mut refusal = message(0, &[1]);
    assert_eq!(answer(&refusal), None);
    refusal[ACKNOWLEDGED..ACKNOWLEDGED + 4].copy_from_slice(&(number() + 1).to_ne_bytes());
    assert_eq!(answer(&refusal), Some(1));
}

#[test]
fn a_process_has_its_parent_s_name_until_it_begins_another_program() {
    let (_dir, root) = machine_with(&[("/proc/7/comm", b"sh\n"), ("/proc/8/comm", b"sleep\n")]);
    let mut names = Names::read(&root).unwrap();
    names.known.remove(&8);
    assert_eq!(names.after(&Event::Fork { pid: 8, parent: 7 }).as_deref(), Some("sh"));
    assert_eq!(names.after(&Event::Exec { pid: 8 }).as_deref(), Some("sleep"));
    let renamed = Event::Rename { pid: 8, name: "nap".to_owned() };
    assert_eq!(names.after(&renamed).as_deref(), Some("nap"));
    let ended = Event::Exit { pid: 8, parent: Some(7), status: 0 };
    assert_eq!((names.after(&ended).as_deref(), names.after(&ended)), (Some("nap"), None));
}

#[test]
fn the_running_kernel_tells_of_a_program_or_says_why_not() {
    let events = match Events::open() {
        Ok(events) => events,
        Err(error @ (Error::PermissionDenied { .. } | Error::Unsupported { .. })) => {
            eprintln!("skipped: {error}");
            return;
        }
        Err(error) => panic!("{error}"),
    };
    let mut child = Command::new("false").spawn().unwrap();
    let (pid, us) = (child.id(), std::process::id());
    child.wait().unwrap();
    let stop = Stop::new().unwrap();
    let mut seen = Vec::new();
    while !matches!(seen.last(), Some(Event::Exit { .. })) {
        let about = |event: &Event| match event {
            Event::Fork { pid, .. } | Event::Exec { pid } | Event::Rename { pid, .. } | Event::Exit { pid, .. } => *pid,
        };
        seen.extend(events.wait(&stop).unwrap().unwrap().into_iter().filter(|event| about(event) == pid));
    }
    let expected =
        [Event::Fork { pid, parent: us }, Event::Exec { pid }, Event::Exit { pid, parent: Some(us), status: 0x0100 }];
    assert_eq!(seen, expected);
    stop.stop();
    while events.wait(&stop).unwrap().is_some() {}
}

proptest! {
    #[test]
    fn no_bytes_make_the_parser_panic(bytes: Vec<u8>, kind: u32) {
        let _ = (parse(&bytes), answer(&bytes));
        let mut whole = message(kind, &[]);
        whole.extend(bytes);
        let _ = parse(&whole);
    }
}

//! Who posts: under omiserver the host's thread for a provider that is quick, and the provider's own otherwise.

use super::host::Host;
use super::{Loaded, NAMESPACE};
use crate::{AnySink, Error, Instance, Result, Value};
use std::ffi::CStr;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

/// What a provider that waits for the test waits for.
static GATE: Mutex<Option<Receiver<()>>> = Mutex::new(None);

/// Provides what the name of the class says.
pub(super) fn enumerate(class: &str, out: &mut AnySink<'_>) -> Result<()> {
    let post = |out: &mut AnySink<'_>, number: u32| out.post_dynamic(Instance::new("T_Row").with_key("Number", number));
    match class {
        "T_Many" => (0..1000).try_for_each(|number| post(out, number)),
        "T_Steady" => (0..120).try_for_each(|number| {
            thread::sleep(Duration::from_millis(4));
            post(out, number)
        }),
        "T_Held" => {
            GATE.lock().unwrap().take().unwrap().recv().unwrap();
            (0..100).try_for_each(|number| post(out, number))
        }
        "T_Threads" => thread::scope(|threads| {
            let start = |first| {
                let mut out = out.clone();
                threads.spawn(move || (first..first + 100).try_for_each(|number| post(&mut out, number)))
            };
            let posting: Vec<_> = (0..8).map(|thread| start(thread * 100)).collect();
            posting.into_iter().try_for_each(|thread| thread.join().unwrap())
        }),
        "T_Refused" => {
            let more = (0..1000).find_map(|number| post(out, if number == 20 { Host::REFUSED } else { number }).err());
            Err(Error::failed(format!("the provider hears: {}", more.unwrap())))
        }
        "T_RefusedLast" => {
            post(out, 1)?;
            post(out, Host::REFUSED)
        }
        "T_Panic" => {
            post(out, 0)?;
            panic!("no more")
        }
        _ => Ok(()),
    }
}

/// The dynamic provider, in a host that is like omiserver or has all optional calls.
fn loaded(supports: bool) -> Loaded {
    let rest = Loaded::new(c"T_Unknown", supports);
    rest.host.posters();
    rest
}

fn held() -> Sender<()> {
    let (open, gate) = channel();
    *GATE.lock().unwrap() = Some(gate);
    open
}

fn ask(rest: &Loaded, class: &CStr) {
    let (context, namespace, all) = (rest.host.context(), NAMESPACE.as_ptr(), std::ptr::null());
    // SAFETY: the arguments live until the final post.
    unsafe {
        rest.table.EnumerateInstances.unwrap()(
            rest.state,
            context,
            namespace,
            class.as_ptr(),
            all,
            0,
            std::ptr::null(),
        );
    }
}

/// How many numbers were posted, in their order, and whether this thread posted all of them.
fn posted(rest: &Loaded) -> (u32, bool) {
    let (numbers, here) = numbers(rest);
    assert!((0..).zip(&numbers).all(|(place, number)| place == *number), "{numbers:?}");
    (u32::try_from(numbers.len()).unwrap(), here)
}

fn numbers(rest: &Loaded) -> (Vec<u32>, bool) {
    let number = |row: &Instance| match row.get("Number") {
        Some(Value::Uint32(number)) => *number,
        other => panic!("{other:?}"),
    };
    let numbers = rest.host.posted().iter().map(number).collect();
    let here = thread::current().id();
    (numbers, rest.host.posters().iter().all(|poster| *poster == here))
}

/// Asks for many until the thread of the host posts all of them: on a busy machine a provider may come late to its thread.
fn ask_until_the_host_posts(rest: &Loaded) {
    for _ in 0..500 {
        ask(rest, c"T_Many");
        let is_over = rest.host.end_now();
        let end = is_over.clone().unwrap_or_else(|| rest.host.end());
        assert_eq!(end, (0, String::new()));
        let (count, by_the_host) = posted(rest);
        assert_eq!(count, 1000);
        if by_the_host {
            assert!(is_over.is_some(), "the host's thread ends the request, too, before it goes on");
            return;
        }
    }
    panic!("the thread of the host never posts");
}

#[test]
fn the_thread_of_the_host_posts_for_a_quick_provider_and_ends_the_request() {
    ask_until_the_host_posts(&loaded(false));
}

#[test]
fn a_host_that_takes_posts_of_any_thread_is_left_alone() {
    let rest = loaded(true);
    let open = held();
    ask(&rest, c"T_Held");
    open.send(()).unwrap();
    assert_eq!(rest.host.end(), (0, String::new()));
    let here = thread::current().id();
    assert!(rest.host.posters().iter().all(|poster| *poster != here));
}

#[test]
fn the_thread_of_the_host_leaves_a_provider_that_lets_it_wait_and_comes_back_to_a_quick_one() {
    let rest = loaded(false);
    let open = held();
    ask(&rest, c"T_Held");
    assert_eq!(rest.host.end_now(), None);
    open.send(()).unwrap();
    assert_eq!(rest.host.end(), (0, String::new()));
    assert_eq!(posted(&rest), (100, false));

    ask(&rest, c"T_Many");
    assert_eq!(rest.host.end(), (0, String::new()));
    assert_eq!(posted(&rest), (1000, false), "it does not stay, but sees that it could have");
    ask_until_the_host_posts(&rest);
}

#[test]
fn it_does_not_stay_with_a_long_list_and_nothing_is_lost_or_turned_round_when_it_leaves() {
    let rest = loaded(false);
    ask(&rest, c"T_Steady");
    assert_eq!(rest.host.end_now(), None, "120 instances take longer than it stays");
    assert_eq!(rest.host.end(), (0, String::new()));
    assert_eq!(posted(&rest), (120, false));
}

#[test]
fn several_threads_of_a_provider_may_post() {
    let rest = loaded(false);
    ask(&rest, c"T_Threads");
    assert_eq!(rest.host.end(), (0, String::new()));
    let mut numbers = numbers(&rest).0;
    numbers.sort_unstable();
    assert_eq!(numbers, (0..800).collect::<Vec<_>>());
}

#[test]
fn a_refused_post_reaches_the_provider_or_the_client() {
    let rest = loaded(false);
    let refused = "the host refused the posted instance: a limit of the server is exceeded";
    ask(&rest, c"T_Refused");
    let (code, text) = rest.host.end();
    assert_eq!((code, text), (1, format!("the provider hears: {refused}")));
    assert!(rest.host.posted().len() < 200, "a provider that stops posts little more");
    ask(&rest, c"T_RefusedLast");
    assert_eq!(rest.host.end().1, refused);
}

#[test]
fn a_panic_ends_the_request_after_what_was_posted() {
    let rest = loaded(false);
    ask(&rest, c"T_Panic");
    let (code, text) = rest.host.end();
    assert_eq!(code, 1);
    assert!(text.contains("no more"), "{text}");
    assert_eq!(posted(&rest).0, 1);
}

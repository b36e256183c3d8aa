//! The flow of instances from a provider over WS-Man to a client that takes them pull by pull: how much of it waits in
//! between, and how soon the provider ends when the client has enough.
//!
//! A million instances: `cargo test -p omi-host --test flow million -- --ignored --nocapture`

mod client;
mod provider;

use client::Client;
use omi_host::Host;
use omi_host::operation::{Depth, Operation, Request};
use omi_host::serve::{ServeOptions, Server};
use provider::{NAMESPACE, Work};
use std::fs;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

/// What may wait on its way: 4096 instances in the host, and those of the answer that is being written.
const MOST_ON_THE_WAY: usize = 4096 + 128 + 1;

/// How far the memory of the process may grow: the queue's 4 MiB and an answer, each some times as large in memory, and
/// what the allocator keeps of them.
const MOST_GROWTH: usize = 40 << 20;

/// The tests take turns: they look at the memory of the process, and at the one provider.
fn alone() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::new(());
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Served {
    server: Server,
    password: String,
    _state: tempfile::TempDir,
}

impl Served {
    fn start() -> Self {
        let state = tempfile::tempdir().unwrap();
        let mut options = ServeOptions::new(state.path().join("state"));
        options.http = vec!["127.0.0.1:0".parse().unwrap()];
        let server = Server::start(provider::host(), &options).unwrap();
        let credentials = fs::read_to_string(&server.listening().credentials).unwrap();
        let password = credentials.lines().find_map(|line| line.strip_prefix("lumi:")).unwrap().to_owned();
        Self { server, password, _state: state }
    }

    fn client(&self) -> Client {
        Client::connect(self.server.listening().http[0], "lumi", &self.password)
    }
}

/// `VmRSS` of this process.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<usize>().unwrap() * 1024
}

/// What a slow reader of so many instances saw.
#[derive(Debug, Default)]
struct Seen {
    instances: usize,
    most_on_the_way: usize,
    growth: usize,
    /// How many other requests were answered meanwhile, and how long the slowest took.
    others: u32,
    slowest: Duration,
}

struct Stop<'a>(&'a AtomicBool);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// Enumerates `class` with so many instances to a request, each followed by a pause, while another client asks too.
fn read_slowly(class: &str, at_once: usize, pause: Duration) -> Seen {
    let served = Served::start();
    let mut reader = served.client();
    reader.get("T_Many");
    let (before, done, others) = (resident(), AtomicBool::new(false), AtomicU32::new(0));
    let mut seen = Seen::default();
    let slowest = thread::scope(|scope| {
        let other = scope.spawn(|| {
            let mut client = served.client();
            let mut slowest = Duration::ZERO;
            while !done.load(Ordering::Acquire) {
                let start = Instant::now();
                client.get("T_Many");
                slowest = slowest.max(start.elapsed());
                others.fetch_add(1, Ordering::AcqRel);
                thread::sleep(Duration::from_millis(20));
            }
            slowest
        });
        // Also when an assertion fails, as the scope waits for the thread.
        let stop = Stop(&done);
        let work = Work::begin();
        let mut page = reader.enumerate(class, at_once);
        // With nobody pulling, the provider must come to a halt.
        work.wait_for_halt();
        while others.load(Ordering::Acquire) < 3 {
            thread::sleep(Duration::from_millis(10));
        }
        loop {
            seen.instances += page.instances;
            // The provider counts an instance after it was taken, so the reader may be ahead.
            let on_the_way = work.posted().saturating_sub(seen.instances);
            seen.most_on_the_way = seen.most_on_the_way.max(on_the_way);
            seen.growth = seen.growth.max(resident().saturating_sub(before));
            let Some(context) = page.context else { break };
            thread::sleep(pause);
            page = reader.pull(class, &context, at_once);
        }
        drop(stop);
        other.join().unwrap()
    });
    let seen = Seen { others: others.into_inner(), slowest, ..seen };
    println!("{class}: {seen:?}, {:.1} MiB more", seen.growth as f64 / f64::from(1 << 20));
    seen
}

impl Seen {
    /// Bounded, and without harm for others.
    fn is_fine(&self, instances: u32, at_once: usize) -> bool {
        let Self { most_on_the_way, growth, others, slowest, .. } = *self;
        self.instances == instances as usize
            && most_on_the_way <= at_once + MOST_ON_THE_WAY
            && growth < MOST_GROWTH
            && others > 0
            && slowest < Duration::from_secs(10)
    }
}

/// They would take more than 60 MB.
#[test]
fn fifty_thousand_large_instances_do_not_pile_up_before_a_slow_reader() {
    let _alone = alone();
    let seen = read_slowly("T_Many", 1000, Duration::from_millis(5));
    assert!(seen.is_fine(provider::MANY, 1000), "{seen:?}");
}

#[test]
#[ignore = "takes some minutes"]
fn a_million_instances_do_not_pile_up_before_a_slow_reader() {
    let _alone = alone();
    let seen = read_slowly("T_Million", 5000, Duration::from_millis(5));
    assert!(seen.is_fine(1_000_000, 5000), "{seen:?}");
}

/// How long the provider went on after `end`, of several tries the median.
fn ends_after(what: &str, end: impl Fn(&Host) -> Instant) {
    const TRIES: usize = 11;
    let host = provider::host();
    let mut took: Vec<Duration> = (0..TRIES)
        .map(|_| {
            let work = Work::begin();
            let ended = end(&host);
            work.wait_for_end().saturating_duration_since(ended)
        })
        .collect();
    took.sort();
    println!("{what}: the provider ended after {:?}, {:?} at most (goal: 100 ms)", took[TRIES / 2], took[TRIES - 1]);
}

#[test]
fn a_cancel_at_the_tenth_instance_ends_an_endless_provider() {
    let _alone = alone();
    ends_after("cancelled in process", |host| {
        let operation = Operation::Enumerate {
            class: "T_Endless".into(),
            depth: Depth::default(),
            properties: None,
            keys_only: false,
        };
        let mut reply = host.submit(Request::local(NAMESPACE, operation)).unwrap();
        assert_eq!(reply.next(10, Duration::from_secs(60)).instances.len(), 10);
        let ended = Instant::now();
        reply.canceller()();
        ended
    });
}

#[test]
fn a_release_at_the_tenth_instance_ends_an_endless_provider() {
    let _alone = alone();
    let served = Served::start();
    ends_after("released over WS-Man", |_| {
        let mut client = served.client();
        let page = client.enumerate("T_Endless", 10);
        assert_eq!(page.instances, 10);
        let ended = Instant::now();
        client.release("T_Endless", &page.context.unwrap());
        ended
    });
}

#[test]
fn a_connection_that_is_closed_while_it_pulls_ends_an_endless_provider() {
    let _alone = alone();
    let served = Served::start();
    let work = Work::begin();
    let mut client = served.client();
    // None of its instances matches, so the answer would never come.
    client.start_query("select * from T_Endless where Text = 'never'");
    work.wait_for_instance();
    let closed = Instant::now();
    drop(client);
    let took = work.wait_for_end().saturating_duration_since(closed);
    println!("connection closed: the provider ended after {took:?}, of which 5 s are for a client that comes back");
}

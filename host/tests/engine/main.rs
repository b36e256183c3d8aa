//! The engine with providers that are written as C programmers write them: against the raw ABI, linked into the test.

// Providers are C code in Rust letters; what makes each call sound is what mi.h says about it.
#![allow(unsafe_code, unsafe_op_in_unsafe_fn, clippy::undocumented_unsafe_blocks)]

mod associations;
mod c_provider;
mod careless;
mod cc;
mod dynamic;
mod endings;
mod indications;
mod kinds;
mod libraries;
mod lifecycle;
mod operations;
mod polling;
mod schema;
mod session;
mod talker;
mod values;

use omi::Instance;
use omi_host::engine::Main;
use omi_host::operation::{Depth, Operation, Request};
use omi_host::{Host, Reply};
use std::thread;
use std::time::{Duration, Instant};

/// The namespace of all tests.
const NAMESPACE: &str = "root/test";

/// A host with one linked provider.
fn host(main: Main) -> Host {
    Host::builder().linked("test", main, &[NAMESPACE]).build().unwrap()
}

fn request(operation: Operation) -> Request {
    Request {
        locale: Some("de-DE".into()),
        options: vec![("Answer".into(), "42".into())],
        ..Request::local(NAMESPACE, operation)
    }
}

fn enumeration(class: &str) -> Operation {
    Operation::Enumerate { class: class.into(), depth: Depth::default(), properties: None, keys_only: false }
}

fn get(key: Instance) -> Operation {
    Operation::Get { key, properties: None }
}

fn start(host: &Host, operation: Operation) -> Reply {
    host.submit(request(operation)).unwrap()
}

fn run(host: &Host, operation: Operation) -> omi::Result<Vec<Instance>> {
    host.submit(request(operation))?.collect()
}

/// Waits for what happens in another thread.
fn wait_for(what: &str, done: impl Fn() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < Duration::from_secs(20), "{what} did not happen");
        thread::sleep(Duration::from_millis(1));
    }
}

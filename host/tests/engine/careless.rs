//! Providers that break the rules: nothing crashes, nothing leaks, and the client gets a defined end.
//!
//! One is in C, and a dynamic one, whose classes a registration folder names. The other is written with `omi`. That
//! nothing leaks is seen by `cargo test -p omi-host --test engine valgrind -- --ignored`.

use crate::cc::compile;
use crate::{NAMESPACE, enumeration, request, run, start, wait_for};
use libloading::Library;
use omi::{AnySink, Dynamic, Instance, Query, Result, ResultCode, Value};
use omi_host::Host;
use omi_host::class::Class;
use omi_host::engine::is_timeout;
use omi_host::operation::Request;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Condvar, Mutex};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const SOON: Duration = Duration::from_secs(20);
const CLASSES: [&str; 6] = ["T_Twice", "T_Silent", "T_Threads", "T_Late", "T_Wrong", "T_Working"];

/// What a broken rule returned to the C provider.
#[derive(Clone, Copy)]
enum Broken {
    SecondResult,
    InstanceAfter,
    ErrorAfter,
    CancelledInstance,
    CancelledResult,
    WrongClass,
    Unloaded,
}

/// The C provider in a host, registered as in an installation.
struct Careless {
    host: Host,
    results: Library,
    _directory: TempDir,
}

impl Careless {
    /// `None` where there is no C compiler.
    fn load() -> Option<Self> {
        let directory = tempfile::tempdir().unwrap();
        let library = compile("c/careless.c", directory.path(), &[])?;
        register(directory.path(), &library);
        let host = Host::builder().register_dir(&directory.path().join("conf")).build().unwrap();
        let results = unsafe { Library::new(&library) }.unwrap();
        Some(Self { host, results, _directory: directory })
    }

    fn result(&self, of: Broken) -> u32 {
        let results = unsafe { self.results.get::<*const [AtomicU32; 7]>(b"careless_results\0") }.unwrap();
        unsafe { &(**results)[of as usize] }.load(Ordering::Acquire)
    }

    /// Waits for what the provider does in a thread of its own.
    fn wait_for(&self, of: Broken) -> u32 {
        const NOT_YET: u32 = 1000;
        wait_for("the provider's late call", || self.result(of) != NOT_YET);
        self.result(of)
    }
}

fn register(directory: &Path, library: &Path) {
    let folder = directory.join("conf/root-test");
    std::fs::create_dir_all(&folder).unwrap();
    let classes: String = CLASSES.iter().map(|class| format!("CLASS={class}\n")).collect();
    std::fs::write(folder.join("careless.reg"), format!("LIBRARY={}\n{classes}", library.display())).unwrap();
}

fn with_deadline(class: &str) -> Request {
    Request { deadline: Some(Instant::now() + Duration::from_millis(100)), ..request(enumeration(class)) }
}

#[test]
fn posts_after_the_end_are_refused_and_the_first_end_counts() {
    let Some(careless) = Careless::load() else { return };
    let instances = run(&careless.host, enumeration("T_Twice")).unwrap();
    assert_eq!(instances.len(), 1);
    for late in [Broken::SecondResult, Broken::InstanceAfter, Broken::ErrorAfter] {
        assert_eq!(careless.wait_for(late), ResultCode::INVALID_PARAMETER.0);
    }
}

#[test]
fn silence_is_a_timeout_for_the_client() {
    let Some(careless) = Careless::load() else { return };
    let error = careless.host.submit(with_deadline("T_Silent")).unwrap().collect().unwrap_err();
    assert!(is_timeout(&error), "{error:?}");
    assert_eq!(error.message(), "the operation did not end within its time limit");
    assert_eq!(run(&careless.host, enumeration("T_Twice")).unwrap().len(), 1, "the library serves on");
}

#[test]
fn eight_threads_may_post_at_once() {
    let Some(careless) = Careless::load() else { return };
    let instances = run(&careless.host, enumeration("T_Threads")).unwrap();
    let id = |it: &Instance| match it.get("Id") {
        Some(Value::Uint32(id)) => *id,
        other => panic!("{other:?}"),
    };
    let ids: BTreeSet<u32> = instances.iter().map(id).collect();
    assert_eq!((instances.len(), ids), (8000, (0..8000).collect()));
}

#[test]
fn posts_after_a_cancel_are_refused() {
    let Some(careless) = Careless::load() else { return };
    let mut reply = start(&careless.host, enumeration("T_Late"));
    assert_eq!(reply.next(1, SOON).instances.len(), 1);
    reply.canceller()();
    let error = reply.collect().unwrap_err();
    assert_eq!(error.message(), "the operation was cancelled");
    assert_eq!(careless.wait_for(Broken::CancelledInstance), ResultCode::FAILED.0);
    assert_eq!(careless.wait_for(Broken::CancelledResult), ResultCode::OK.0, "its end is what it owed");
}

#[test]
fn instances_of_another_class_are_refused_and_the_client_is_told() {
    let Some(careless) = Careless::load() else { return };
    let error = run(&careless.host, enumeration("T_Wrong")).unwrap_err();
    assert_eq!(error.code(), ResultCode::FAILED);
    let text = error.message();
    assert!(text.starts_with("T_Wrong in ") && text.ends_with("posted an instance of T_Other"), "{text}");
    assert_eq!(careless.result(Broken::WrongClass), ResultCode::INVALID_CLASS.0);
}

#[test]
fn a_c_provider_may_be_unloaded_while_it_works() {
    let Some(careless) = Careless::load() else { return };
    let mut reply = start(&careless.host, enumeration("T_Working"));
    assert!(!reply.next(1, SOON).instances.is_empty());
    let Careless { host, results, _directory } = careless;
    drop(host);
    let mut end = None;
    while end.is_none() {
        end = reply.next(1000, Duration::ZERO).end;
    }
    assert_eq!(end.unwrap().unwrap_err().code(), ResultCode::SERVER_IS_SHUTTING_DOWN);
    let result = unsafe { results.get::<*const [AtomicU32; 7]>(b"careless_results\0") }.unwrap();
    let unloaded = unsafe { &(**result)[Broken::Unloaded as usize] };
    wait_for("the end of the work", || unloaded.load(Ordering::Acquire) == ResultCode::FAILED.0);
}

/// Panics, or works until it is refused, in the middle of an enumeration.
#[derive(Default)]
struct Rust;

/// How many enumerations work.
static AT_WORK: Mutex<u32> = Mutex::new(0);
static CHANGED: Condvar = Condvar::new();

fn at_work(change: impl FnOnce(&mut u32)) {
    change(&mut AT_WORK.lock().unwrap());
    CHANGED.notify_all();
}

fn wait_for_work(count: u32) {
    let at_work = CHANGED.wait_timeout_while(AT_WORK.lock().unwrap(), SOON, |it| *it != count).unwrap();
    assert!(!at_work.1.timed_out(), "{} enumerations work instead of {count}", *at_work.0);
}

impl Dynamic for Rust {
    fn enumerate(&self, class: &str, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        out.post_dynamic(Instance::new(class).with_key("Id", 0_u32))?;
        if class == "T_Panicking" {
            panic!("the provider's author was wrong");
        }
        at_work(|it| *it += 1);
        let end = (1_u32..).try_for_each(|id| out.post_dynamic(Instance::new(class).with_key("Id", id)));
        at_work(|it| *it -= 1);
        end
    }
}

omi::module! { entry: rust_main, dynamic: Rust }

fn rust_host() -> Host {
    let host = Host::builder().linked("rust", rust_main, &[NAMESPACE]);
    host.dynamic_class(Class::named("T_Panicking")).dynamic_class(Class::named("T_Busy")).build().unwrap()
}

#[test]
fn panics_become_errors_with_text_and_place() {
    let host = rust_host();
    for _ in 0..2 {
        let batch = start(&host, enumeration("T_Panicking")).next(100, SOON);
        assert_eq!(batch.instances.len(), 1);
        let error = batch.end.unwrap().unwrap_err();
        assert_eq!(error.code(), ResultCode::FAILED);
        let text = error.message();
        assert!(text.contains("the provider's author was wrong") && text.contains("careless.rs:"), "{text}");
    }
}

#[test]
fn a_rust_provider_may_be_unloaded_while_it_works() {
    let host = rust_host();
    let mut reply = start(&host, enumeration("T_Busy"));
    assert!(!reply.next(1, SOON).instances.is_empty());
    wait_for_work(1);
    drop(host);
    wait_for_work(0);
    let mut end = None;
    while end.is_none() {
        end = reply.next(1000, Duration::ZERO).end;
    }
    assert_eq!(end.unwrap().unwrap_err().code(), ResultCode::SERVER_IS_SHUTTING_DOWN);
}

/// No suppressions: the threads that hang and the contexts that they hold are there until the process ends, and so no
/// leak.
#[test]
#[ignore = "needs valgrind, and half a minute"]
fn valgrind_finds_no_error_and_no_leak() {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite", "--show-leak-kinds=definite"]);
    valgrind.args(["--error-exitcode=9", "--num-callers=30"]);
    let tests = valgrind.arg(std::env::current_exe().unwrap()).args(["careless::", "--skip", "valgrind"]);
    match tests.output() {
        Ok(output) => {
            let (said, tests) = (String::from_utf8_lossy(&output.stderr), String::from_utf8_lossy(&output.stdout));
            assert!(output.status.success(), "{tests}\n{said}");
        }
        Err(error) => eprintln!("skipped: valgrind cannot be run: {error}"),
    }
}

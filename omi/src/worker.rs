//! The threads on which requests run, so that no request blocks the host's thread.
//!
//! Each class has a [`Lane`]: some of its requests run at once, some more wait, and the rest are refused. So a provider
//! that hangs, on a file system whose server is gone for example, holds up its own class and no other, and takes no more
//! threads and memory than its lane allows.

use crate::{Error, Result, ResultCode};
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

/// The most requests of one class that run at once.
const MOST_RUNNING: usize = 16;
/// The most requests of one class that wait for those to end.
const MOST_WAITING: usize = 256;
/// A thread without work goes after this time.
const IDLE: Duration = Duration::from_secs(20);

/// A request to run; or to end with the error, when there is no room for it.
pub(crate) type Request = Box<dyn FnOnce(Result<()>) + Send>;

/// The requests of one class.
pub(crate) struct Lane {
    class: &'static str,
    traffic: Mutex<Traffic>,
    is_quick: AtomicBool,
}

struct Traffic {
    running: usize,
    waiting: VecDeque<Request>,
}

impl Lane {
    pub(crate) fn new(class: &'static str) -> Arc<Self> {
        let traffic = Mutex::new(Traffic { running: 0, waiting: VecDeque::new() });
        Arc::new(Self { class, traffic, is_quick: AtomicBool::new(true) })
    }

    /// Whether the latest request to have something to say had it soon.
    pub(crate) fn is_quick(&self) -> bool {
        self.is_quick.load(Ordering::Relaxed)
    }

    pub(crate) fn set_quick(&self, is_quick: bool) {
        self.is_quick.store(is_quick, Ordering::Relaxed);
    }

    /// Runs a request on a worker thread, as soon as the lane allows, and tells whether that is now. One too many is refused
    /// here and now.
    pub(crate) fn enter(self: &Arc<Self>, request: Request) -> bool {
        let mut traffic = self.lock();
        if traffic.running < MOST_RUNNING {
            traffic.running += 1;
            drop(traffic);
            let lane = self.clone();
            spawn(Box::new(move || lane.run(request)));
            return true;
        }
        if traffic.waiting.len() < MOST_WAITING {
            traffic.waiting.push_back(request);
        } else {
            drop(traffic);
            request(Err(self.full()));
        }
        false
    }

    /// Runs a request, then those that wait.
    fn run(&self, first: Request) {
        let mut next = Some(first);
        while let Some(request) = next {
            // A request reports its own panics; this one keeps the count right whatever happens.
            let _ = catch_unwind(AssertUnwindSafe(|| request(Ok(()))));
            let mut traffic = self.lock();
            next = traffic.waiting.pop_front();
            if next.is_none() {
                traffic.running -= 1;
            }
        }
    }

    fn full(&self) -> Error {
        let text = format!(
            "{}: {MOST_RUNNING} requests are running and {MOST_WAITING} are waiting already; try again when some have ended",
            self.class
        );
        Error::new(ResultCode::SERVER_LIMITS_EXCEEDED, text)
    }

    fn lock(&self) -> MutexGuard<'_, Traffic> {
        // Requests run outside the lock, so a poisoned one guards a whole lane.
        self.traffic.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

type Job = Box<dyn FnOnce() + Send>;

/// The threads of all lanes, which together bound their number.
struct Pool {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { queue: VecDeque::new(), threads: 0, idle: 0 });
static WORK: Condvar = Condvar::new();

/// Runs `job` on a thread without work, or on a new one. Runs it here when the system gives no thread and none is running.
fn spawn(job: Job) {
    let mut pool = lock();
    pool.queue.push_back(job);
    if pool.idle >= pool.queue.len() {
        drop(pool);
        WORK.notify_one();
        return;
    }
    pool.threads += 1;
    drop(pool);
    if let Err(error) = thread::Builder::new().name("omi-worker".into()).spawn(work) {
        log::error!("no worker thread: {error}");
        let mut pool = lock();
        pool.threads -= 1;
        if pool.threads == 0
            && let Some(job) = pool.queue.pop_front()
        {
            drop(pool);
            job();
        }
    }
}

fn work() {
    let mut pool = lock();
    loop {
        if let Some(job) = pool.queue.pop_front() {
            drop(pool);
            job();
            pool = lock();
            continue;
        }
        pool.idle += 1;
        let (guard, wait) = WORK.wait_timeout(pool, IDLE).unwrap_or_else(PoisonError::into_inner);
        pool = guard;
        pool.idle -= 1;
        if wait.timed_out() && pool.queue.is_empty() {
            pool.threads -= 1;
            return;
        }
    }
}

/// Jobs run outside the lock, so a poisoned lock guards a whole pool.
fn lock() -> MutexGuard<'static, Pool> {
    POOL.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    const SOON: Duration = Duration::from_secs(20);

    #[test]
    fn requests_of_a_class_run_side_by_side() {
        let lane = Lane::new("T_Two");
        let (to_second, from_first) = mpsc::channel();
        let (to_test, done) = mpsc::channel();
        lane.enter(Box::new(move |_| {
            // Waits for the second one, so both must have a thread.
            let number: u32 = from_first.recv().unwrap();
            to_test.send(number).unwrap();
        }));
        lane.enter(Box::new(move |_| to_second.send(7).unwrap()));
        assert_eq!(done.recv_timeout(SOON), Ok(7));
    }

    #[test]
    fn a_class_that_hangs_refuses_what_is_too_much_and_leaves_the_others_alone() {
        let (hanging, healthy) = (Lane::new("T_Hanging"), Lane::new("T_Healthy"));
        let gate = Arc::new(Mutex::new(()));
        let closed = gate.lock().unwrap();
        let (to_test, ended) = mpsc::channel();
        for _ in 0..MOST_RUNNING + MOST_WAITING {
            let (gate, to_test) = (gate.clone(), to_test.clone());
            hanging.enter(Box::new(move |admitted| {
                drop(gate.lock().unwrap());
                to_test.send(admitted).unwrap();
            }));
        }
        let refused = to_test.clone();
        hanging.enter(Box::new(move |admitted| refused.send(admitted).unwrap()));
        let error = ended.recv_timeout(SOON).unwrap().unwrap_err();
        assert_eq!(error.code(), ResultCode::SERVER_LIMITS_EXCEEDED);
        assert!(error.message().starts_with("T_Hanging: 16 requests are running"), "{error}");

        healthy.enter(Box::new(move |admitted| to_test.send(admitted).unwrap()));
        assert_eq!(ended.recv_timeout(SOON).unwrap(), Ok(()));

        drop(closed);
        for _ in 0..MOST_RUNNING + MOST_WAITING {
            assert_eq!(ended.recv_timeout(SOON).unwrap(), Ok(()));
        }
    }

    #[test]
    fn a_panic_does_not_take_a_place_in_the_lane() {
        let lane = Lane::new("T_Panicking");
        for _ in 0..MOST_RUNNING {
            lane.enter(Box::new(|_| std::panic::resume_unwind(Box::new("not caught by the request"))));
        }
        let (to_test, ended) = mpsc::channel();
        lane.enter(Box::new(move |admitted| to_test.send(admitted).unwrap()));
        assert_eq!(ended.recv_timeout(SOON).unwrap(), Ok(()));
    }
}

//! The threads on which requests run, so that no request blocks the host's thread.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

type Job = Box<dyn FnOnce() + Send>;

/// More requests than this at once wait in the queue.
const MAX_THREADS: usize = 64;
/// A thread without work goes after this time.
const IDLE: Duration = Duration::from_secs(20);

struct Pool {
    queue: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

static POOL: Mutex<Pool> = Mutex::new(Pool { queue: VecDeque::new(), threads: 0, idle: 0 });
static WORK: Condvar = Condvar::new();

/// Runs `job` on a worker thread, soon. Runs it here when the system gives no thread and none is running.
pub(crate) fn spawn(job: Job) {
    let mut pool = lock();
    pool.queue.push_back(job);
    if pool.idle >= pool.queue.len() {
        drop(pool);
        WORK.notify_one();
    } else if pool.threads < MAX_THREADS {
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
}

fn work() {
    let mut pool = lock();
    loop {
        if let Some(job) = pool.queue.pop_front() {
            drop(pool);
            // A job reports its own panics; this one keeps the count of threads right whatever happens.
            let _ = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job));
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

    #[test]
    fn jobs_run_side_by_side() {
        let (to_second, from_first) = mpsc::channel();
        let (to_test, done) = mpsc::channel();
        spawn(Box::new(move || {
            // Waits for the second job, so both must have a thread.
            let number: u32 = from_first.recv().unwrap();
            to_test.send(number).unwrap();
        }));
        spawn(Box::new(move || to_second.send(7).unwrap()));
        assert_eq!(done.recv_timeout(Duration::from_secs(10)), Ok(7));
    }
}

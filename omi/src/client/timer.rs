//! Calls back at points in time, on one thread for all operations: a waiting task has no clock of its own.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::time::Instant;

type Call = Box<dyn FnOnce() + Send>;

/// Calls `callback` at `when` or soon after. It must not wait.
pub(super) fn at(when: Instant, callback: impl FnOnce() + Send + 'static) {
    static TIMER: OnceLock<Option<Sender<(Instant, Call)>>> = OnceLock::new();
    let timer = TIMER.get_or_init(|| {
        let (sender, receiver) = mpsc::channel();
        let thread = std::thread::Builder::new().name("omi-timer".to_owned()).spawn(move || run(&receiver));
        match thread {
            Ok(_) => Some(sender),
            Err(error) => {
                log::error!("operations have no timeouts, because their thread cannot be started: {error}");
                None
            }
        }
    });
    if let Some(timer) = timer {
        // The thread ends only with the process.
        let _ = timer.send((when, Box::new(callback)));
    }
}

fn run(calls: &Receiver<(Instant, Call)>) {
    // Calls of the same moment are told apart by a number.
    let mut due: BTreeMap<(Instant, u64), Call> = BTreeMap::new();
    let mut number = 0;
    loop {
        let next = match due.first_key_value() {
            Some(((when, _), _)) => calls.recv_timeout(when.saturating_duration_since(Instant::now())),
            None => calls.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        match next {
            Ok((when, call)) => {
                number += 1;
                due.insert((when, number), call);
            }
            Err(RecvTimeoutError::Timeout) => {
                if let Some((_, call)) = due.pop_first() {
                    call();
                }
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}

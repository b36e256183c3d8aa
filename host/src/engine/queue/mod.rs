//! The bounded queue between the threads that post instances and the one that reads the reply.
//!
//! A full queue holds back the posting thread of its own operation and nobody else. The reader is woken once per batch
//! rather than once per instance, since waking a thread costs more than queueing an instance.

mod reading;

use super::size::rough_size;
use omi::client::TIMED_OUT;
use omi::{Error, Instance, ResultCode};
use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// The most instances that wait for the reader.
const MOST_INSTANCES: usize = 4096;

/// About how many bytes of instances may wait for the reader.
const MOST_BYTES: usize = 4 << 20;

/// How long the end of a call waits for a cancel callback in another thread. Not for good: the callback may itself wait
/// for a lock that the provider holds while it ends the call.
const CALLBACK_PATIENCE: Duration = Duration::from_secs(1);

/// Why an operation was cancelled, with the numbers of `MI_CancellationReason`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// The client does not want the results any more.
    Abandoned = 0,
    /// The request's deadline passed.
    Timeout = 1,
    /// The host is shutting down.
    Shutdown = 2,
}

/// The operation takes no more instances: it was cancelled or has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Closed;

/// What to call when the operation is cancelled.
pub(crate) type OnCancel = Box<dyn FnOnce(CancelReason) + Send>;

pub(crate) struct Queue {
    state: Mutex<State>,
    reader: Condvar,
    posters: Condvar,
    /// Signalled when a cancel callback has returned.
    callbacks: Condvar,
}

struct State {
    waiting: VecDeque<Instance>,
    bytes: usize,
    /// How many instances have been queued since the beginning.
    queued: u64,
    /// The bookmarks of waiting indications, with the number of indications up to there.
    bookmarks: VecDeque<(u64, String)>,
    end: Option<Result<(), Error>>,
    cancelled: Option<CancelReason>,
    deadline: Option<Instant>,
    /// How long the operation may take from its start, and again from each progress that the client hears of.
    timeout: Option<Duration>,
    on_cancel: Vec<OnCancel>,
    /// The thread that runs cancel callbacks now.
    calling_back: Option<ThreadId>,
    /// How many instances the reader waits for; `None` when it does not wait.
    wanted: Option<usize>,
    blocked_posters: usize,
    /// The reader shall return with what is there.
    woken: bool,
}

impl Queue {
    pub(crate) fn new(deadline: Option<Instant>) -> Self {
        Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                bytes: 0,
                queued: 0,
                bookmarks: VecDeque::new(),
                end: None,
                cancelled: None,
                deadline,
                timeout: deadline.map(|at| at.saturating_duration_since(Instant::now())),
                on_cancel: Vec::new(),
                calling_back: None,
                wanted: None,
                blocked_posters: 0,
                woken: false,
            }),
            reader: Condvar::new(),
            posters: Condvar::new(),
            callbacks: Condvar::new(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Queues an instance. Waits while the queue is full.
    pub(crate) fn push(&self, instance: Instance) -> Result<(), Closed> {
        let bytes = rough_size(&instance);
        let mut state = self.lock();
        while state.is_full() && !state.is_closed() {
            state.blocked_posters += 1;
            // The reader may wait for more than fits.
            self.reader.notify_one();
            state = wait(&self.posters, state, None);
            state.blocked_posters -= 1;
        }
        if state.is_closed() {
            return Err(Closed);
        }
        self.put(&mut state, instance, bytes);
        Ok(())
    }

    fn put(&self, state: &mut State, instance: Instance, bytes: usize) {
        state.waiting.push_back(instance);
        state.bytes += bytes;
        state.queued += 1;
        if state.wanted.is_some_and(|wanted| state.waiting.len() >= wanted) {
            self.reader.notify_one();
        }
    }

    /// Queues an indication without waiting. When the queue is full the operation ends with an error, after what waits
    /// in it; when it has ended the indication is dropped.
    pub(crate) fn offer(&self, indication: Instance, bookmark: Option<&str>) {
        let bytes = rough_size(&indication);
        let mut state = self.lock();
        if state.is_closed() {
            return;
        }
        if state.is_full() {
            let waiting = state.waiting.len();
            let text = format!("the subscription ended: {waiting} indications wait, and the client does not read them");
            drop(self.stop(state, CancelReason::Abandoned, Err(Error::new(ResultCode::SERVER_LIMITS_EXCEEDED, text))));
            return;
        }
        self.put(&mut state, indication, bytes);
        let number = state.queued;
        state.bookmarks.extend(bookmark.map(|bookmark| (number, bookmark.to_owned())));
    }

    /// Ends the operation from the provider's side and runs the cancel callbacks, as there is more to clean up.
    pub(crate) fn finish(&self, result: Result<(), Error>) {
        let state = self.lock();
        drop(self.stop(state, CancelReason::Abandoned, result));
    }

    /// Ends the operation. A second end and an end after cancelling change nothing. Cancel callbacks that run in another
    /// thread have returned when this returns, unless they hang, since a provider frees their data next.
    pub(crate) fn end(&self, result: Result<(), Error>) {
        let mut state = self.lock();
        if state.end.is_none() {
            state.end = Some(result);
        }
        self.posters.notify_all();
        self.reader.notify_one();
        let state = self.forget_callbacks(state);
        drop(state);
    }

    /// Drops the cancel callbacks of a call that has ended; waits as [`end`](Self::end) does.
    pub(crate) fn call_ended(&self) {
        let state = self.lock();
        drop(self.forget_callbacks(state));
    }

    fn forget_callbacks<'a>(&self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        state.on_cancel.clear();
        let until = Instant::now() + CALLBACK_PATIENCE;
        while state.calling_back.is_some_and(|caller| caller != thread::current().id()) && Instant::now() < until {
            state = wait(&self.callbacks, state, Some(until));
        }
        state
    }

    /// Waits until the operation ends, or a point in time if one is given. Whether it has ended.
    pub(crate) fn ends_until(&self, until: Option<Instant>) -> bool {
        let mut state = self.lock();
        while !state.is_closed() && until.is_none_or(|at| at > Instant::now()) {
            state = wait(&self.posters, state, until);
        }
        state.is_closed()
    }

    /// Registers what to call when the operation is cancelled; at once when it is already.
    pub(crate) fn on_cancel(&self, callback: OnCancel) {
        let mut state = self.lock();
        state.on_cancel.push(callback);
        if state.cancelled.is_some() {
            drop(self.run_callbacks(state));
        }
    }

    /// Cancels the operation: posters are refused from now on, and callbacks run.
    pub(crate) fn cancel(&self, reason: CancelReason) {
        let state = self.lock();
        drop(self.cancel_locked(state, reason));
    }

    /// Cancels the operation, because nobody will read from it any more.
    pub(crate) fn abandon(&self) {
        self.cancel(CancelReason::Abandoned);
        // A provider that never ends its call keeps the queue, but need not keep what is in it.
        let unread = std::mem::take(&mut self.lock().waiting);
        drop(unread);
    }

    fn cancel_locked<'a>(&'a self, state: MutexGuard<'a, State>, reason: CancelReason) -> MutexGuard<'a, State> {
        let error = match reason {
            CancelReason::Timeout => Error::new(TIMED_OUT, "the operation did not end within its time limit"),
            CancelReason::Shutdown => Error::from_code(ResultCode::SERVER_IS_SHUTTING_DOWN),
            CancelReason::Abandoned => Error::failed("the operation was cancelled"),
        };
        self.stop(state, reason, Err(error))
    }

    fn stop<'a>(
        &'a self,
        mut state: MutexGuard<'a, State>,
        reason: CancelReason,
        end: Result<(), Error>,
    ) -> MutexGuard<'a, State> {
        if state.end.is_some() || state.cancelled.is_some() {
            return state;
        }
        state.cancelled = Some(reason);
        state.end = Some(end);
        self.posters.notify_all();
        self.reader.notify_one();
        self.run_callbacks(state)
    }

    fn run_callbacks<'a>(&'a self, mut state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let reason = state.cancelled.unwrap_or(CancelReason::Abandoned);
        let callbacks = std::mem::take(&mut state.on_cancel);
        if callbacks.is_empty() {
            return state;
        }
        // Two threads that cancel and register at once take turns, so that the mark below is never another's.
        while state.calling_back.is_some_and(|caller| caller != thread::current().id()) {
            state = wait(&self.callbacks, state, None);
        }
        let outer = state.calling_back.replace(thread::current().id());
        drop(state);
        for callback in callbacks {
            callback(reason);
        }
        let mut state = self.lock();
        state.calling_back = outer;
        self.callbacks.notify_all();
        state
    }

    /// Why the operation was cancelled, if it was. Notices that the deadline passed.
    pub(crate) fn cancelled(&self) -> Option<CancelReason> {
        let mut state = self.lock();
        if state.is_overdue() {
            state = self.cancel_locked(state, CancelReason::Timeout);
        }
        state.cancelled
    }

    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) {
        let mut state = self.lock();
        state.deadline = deadline;
        state.timeout = deadline.map(|at| at.saturating_duration_since(Instant::now()));
    }

    /// Gives the operation its whole time again.
    pub(crate) fn restart_timeout(&self) {
        let mut state = self.lock();
        if let Some(timeout) = state.timeout {
            state.deadline = Some(Instant::now() + timeout);
        }
    }
}

impl State {
    fn is_full(&self) -> bool {
        self.waiting.len() >= MOST_INSTANCES || self.bytes >= MOST_BYTES
    }

    fn is_closed(&self) -> bool {
        self.end.is_some()
    }

    fn is_overdue(&self) -> bool {
        self.end.is_none() && self.deadline.is_some_and(|deadline| deadline <= Instant::now())
    }
}

/// Waits on a condition, until a point in time if one is given.
fn wait<'a>(condition: &Condvar, state: MutexGuard<'a, State>, until: Option<Instant>) -> MutexGuard<'a, State> {
    match until {
        None => condition.wait(state).unwrap_or_else(PoisonError::into_inner),
        Some(until) => {
            let left = until.saturating_duration_since(Instant::now());
            condition.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_abandoned_queue_is_empty_and_takes_nothing() {
        let queue = Queue::new(None);
        queue.push(Instance::new("T_Unread")).unwrap();
        queue.abandon();
        assert_eq!(queue.push(Instance::new("T_Late")), Err(Closed));
        assert!(queue.lock().waiting.is_empty());
    }
}

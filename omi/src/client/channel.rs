//! What a transport and the reader of an operation share: a bounded queue of results, the end, and cancelling.

use super::options::Clock;
use super::{TIMED_OUT, timer};
use crate::{Error, Result};
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

/// From how many waiting results on a transport is held back.
const MOST_WAITING: usize = 1000;

/// What to do when the reader cancels.
type OnCancel = Box<dyn FnOnce() + Send>;

pub(super) struct Channel<T> {
    state: Mutex<State<T>>,
    reader: Condvar,
    writer: Condvar,
    timeout: Option<Duration>,
}

struct State<T> {
    waiting: VecDeque<T>,
    end: Option<Result<()>>,
    /// Since when the reader waits for something to happen; `None` while it does not wait.
    waits_since: Option<Instant>,
    /// How many questions the user is thinking about; meanwhile no time passes.
    questions: usize,
    waker: Option<Waker>,
    on_cancel: Option<OnCancel>,
}

/// The operation takes no more results: its reader went away, cancelled it, or waited too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

/// Where a transport puts the results of one operation. Dropping it without an end ends the operation with an error.
pub struct Outlet<T> {
    channel: Arc<Channel<T>>,
}

impl<T: Send + 'static> Channel<T> {
    pub(super) fn open(timeout: Option<Duration>) -> (Outlet<T>, Arc<Self>) {
        let channel = Arc::new(Self {
            state: Mutex::new(State {
                waiting: VecDeque::new(),
                end: None,
                waits_since: None,
                questions: 0,
                waker: None,
                on_cancel: None,
            }),
            reader: Condvar::new(),
            writer: Condvar::new(),
            timeout,
        });
        if let Some(timeout) = timeout {
            watch(Arc::downgrade(&channel), Instant::now().checked_add(timeout));
        }
        (Outlet { channel: channel.clone() }, channel)
    }
}

/// Looks at the operation again at `when`.
fn watch<T: Send + 'static>(channel: Weak<Channel<T>>, when: Option<Instant>) {
    // A point in time beyond the clock's range never comes.
    let Some(when) = when else { return };
    timer::at(when, move || {
        let Some(strong) = channel.upgrade() else { return };
        if let Some(next) = strong.check_timeout() {
            watch(channel, Some(next));
        }
    });
}

impl<T> Channel<T> {
    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends an operation whose reader waits too long. When to look again, if that can still happen.
    fn check_timeout(&self) -> Option<Instant> {
        let (timeout, now) = (self.timeout?, Instant::now());
        let state = self.lock();
        if state.end.is_some() {
            return None;
        }
        let since = state.waits_since.filter(|_| state.questions == 0).unwrap_or(now);
        let due = since.checked_add(timeout)?;
        if due > now {
            return Some(due);
        }
        let error = Error::new(TIMED_OUT, format!("no answer came within {timeout:?}"));
        stop_locked(self, state, Err(error));
        None
    }

    /// Ends the operation for its reader at once with an error, and tells the transport.
    pub(super) fn cancel(&self) {
        self.stop(Err(Error::failed("the operation was cancelled")));
    }

    /// Ends the operation for its reader at once, and tells the transport.
    pub(super) fn stop(&self, end: Result<()>) {
        stop_locked(self, self.lock(), end);
    }

    /// Waits for results and takes all that are there into `ready`; without any, the end.
    pub(super) fn take(&self, ready: &mut VecDeque<T>) -> Option<Result<()>> {
        let mut state = self.lock();
        loop {
            if let Some(taken) = self.try_take(&mut state, ready) {
                return taken;
            }
            state.waits_since.get_or_insert_with(Instant::now);
            state = self.reader.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// As [`take`](Self::take), but for a task, which is woken instead of waiting.
    pub(super) fn poll_take(&self, ready: &mut VecDeque<T>, context: &Context<'_>) -> Poll<Option<Result<()>>> {
        let mut state = self.lock();
        if let Some(taken) = self.try_take(&mut state, ready) {
            return Poll::Ready(taken);
        }
        state.waits_since.get_or_insert_with(Instant::now);
        state.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// `None` when there is nothing to take yet.
    fn try_take(&self, state: &mut State<T>, ready: &mut VecDeque<T>) -> Option<Option<Result<()>>> {
        let outcome = if !state.waiting.is_empty() {
            std::mem::swap(&mut state.waiting, ready);
            self.writer.notify_all();
            None
        } else {
            Some(state.end.clone()?)
        };
        state.waits_since = None;
        Some(outcome)
    }

    /// Whether the reader would not have to wait.
    pub(super) fn is_ready(&self) -> bool {
        let state = self.lock();
        !state.waiting.is_empty() || state.end.is_some()
    }

    fn wake<'a>(&self, mut state: MutexGuard<'a, State<T>>) {
        // Something happened, so the next wait begins now.
        if state.waits_since.is_some() {
            state.waits_since = Some(Instant::now());
        }
        let waker = state.waker.take();
        drop(state);
        self.reader.notify_all();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl<T: Send> Clock for Channel<T> {
    fn restart(&self) {
        let mut state = self.lock();
        if state.waits_since.is_some() {
            state.waits_since = Some(Instant::now());
        }
    }

    fn stop_during(&self, ask: &mut dyn FnMut()) {
        self.lock().questions += 1;
        ask();
        self.lock().questions -= 1;
        self.restart();
    }
}

fn stop_locked<T>(channel: &Channel<T>, mut state: MutexGuard<'_, State<T>>, end: Result<()>) {
    if state.end.is_some() {
        return;
    }
    state.end = Some(end);
    let unread = std::mem::take(&mut state.waiting);
    let on_cancel = state.on_cancel.take();
    channel.writer.notify_all();
    channel.wake(state);
    drop(unread);
    if let Some(on_cancel) = on_cancel {
        on_cancel();
    }
}

impl<T> Outlet<T> {
    /// Delivers results. Waits while the reader is slow.
    ///
    /// # Errors
    /// When nobody wants results any more; the operation should then be cancelled.
    pub fn post(&self, results: impl IntoIterator<Item = T>) -> Result<(), Closed> {
        let mut state = self.channel.lock();
        while state.waiting.len() >= MOST_WAITING && state.end.is_none() {
            state = self.channel.writer.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        if state.end.is_some() {
            return Err(Closed);
        }
        let before = state.waiting.len();
        state.waiting.extend(results);
        if state.waiting.len() > before {
            self.channel.wake(state);
        }
        Ok(())
    }

    /// Ends the operation; only the first end counts.
    pub fn end(&self, result: Result<()>) {
        let mut state = self.channel.lock();
        if state.end.is_none() {
            state.end = Some(result);
            let on_cancel = state.on_cancel.take();
            self.channel.wake(state);
            drop(on_cancel);
        }
    }

    /// Registers what to call when the reader cancels, at once when it has; it replaces what was registered before. It is
    /// called on any thread and must not wait.
    pub fn on_cancel(&self, callback: impl FnOnce() + Send + 'static) {
        let mut state = self.channel.lock();
        if state.end.is_some() {
            drop(state);
            return callback();
        }
        state.on_cancel = Some(Box::new(callback));
    }

    /// Whether results are still wanted.
    pub fn is_open(&self) -> bool {
        self.channel.lock().end.is_none()
    }
}

impl<T: Send + 'static> Outlet<T> {
    /// Runs an operation on a thread of its own and ends it with what comes of that.
    pub fn run(self, run: impl FnOnce(&Self) -> Result<()> + Send + 'static) {
        let outlet = Arc::new(self);
        let shared = outlet.clone();
        let thread = thread::Builder::new().name("omi-operation".to_owned()).spawn(move || shared.end(run(&shared)));
        if let Err(error) = thread {
            outlet.end(Err(Error::failed(format!("no thread for the operation: {error}"))));
        }
    }
}

impl<T> Drop for Outlet<T> {
    fn drop(&mut self) {
        self.end(Err(Error::failed("the transport gave the operation up without a result")));
    }
}

//! Posts that the host's own thread makes for a worker.
//!
//! omiserver's agent does everything on one thread. A post of another thread wakes it through a pipe and waits until it has
//! sent the instance: two changes of threads, which cost more than most instances do. So the thread that brings a request
//! stays a moment, and posts what the worker makes, many at a time. It leaves a provider that lets it wait: from then on the
//! worker posts by itself, and the agent serves others.

use super::context::{Context, RawContext};
use super::fields::Filled;
use super::write::HostInstance;
use crate::worker::Lane;
use crate::{Error, Result};
use omi_sys::MI_Instance;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::{Duration, Instant};

/// How long the host's thread waits for something to post.
const PATIENCE: Duration = Duration::from_millis(10);
/// How long it stays with one request.
const LONGEST: Duration = Duration::from_millis(250);
/// So many instances wake the host's thread.
const BATCH: usize = 16;
/// So many instances may wait to be posted before those who make them wait, too.
const MOST_READY: usize = 64;

/// An instance to post, with the duty to free it.
pub(crate) enum Ready {
    Filled(Filled),
    Host(HostInstance),
}

impl Ready {
    pub(crate) fn as_ptr(&self) -> *const MI_Instance {
        match self {
            Self::Filled(instance) => instance.as_ptr(),
            Self::Host(instance) => instance.as_ptr(),
        }
    }
}

/// One request, between the worker that runs it and the host's thread that brought it.
pub(crate) struct Relay {
    lane: Arc<Lane>,
    host: ThreadId,
    state: Mutex<State>,
    /// There is something for the host's thread to do.
    news: Condvar,
    /// The host's thread has posted, or has left.
    progress: Condvar,
}

struct State {
    attendance: Attendance,
    /// When the provider began; `None` when it has had its first instance, or its end.
    start: Option<Instant>,
    ready: Vec<Ready>,
    /// How many posts wait for the host's thread to go on.
    waiting: u32,
    /// A post that the host refused, which the provider has not heard of yet.
    refused: Option<Error>,
    end: Option<(Context, Result<()>)>,
}

/// What the host's thread does.
#[derive(PartialEq)]
enum Attendance {
    /// It posts.
    Present,
    /// It posts what there is, and takes no more.
    Leaving,
    /// Whoever has something to post does it.
    Gone,
}

impl State {
    /// What the request ends with: also what the provider has not heard of.
    fn outcome(&mut self, of_provider: Result<()>) -> Result<()> {
        of_provider.and(self.refused.take().map_or(Ok(()), Err))
    }
}

impl Relay {
    /// For a request that enters the lane. Made on the host's thread, which has to call [`attend`](Self::attend) next.
    pub(crate) fn new(lane: Arc<Lane>) -> Self {
        let attendance = if lane.is_quick() { Attendance::Present } else { Attendance::Gone };
        Self {
            lane,
            host: thread::current().id(),
            state: Mutex::new(State {
                attendance,
                start: None,
                ready: Vec::new(),
                waiting: 0,
                refused: None,
                end: None,
            }),
            news: Condvar::new(),
            progress: Condvar::new(),
        }
    }

    /// The provider begins. Where there was no thread for it, it does so on the host's, which then waits for nobody.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        state.start = Some(Instant::now());
        if thread::current().id() == self.host {
            state.attendance = Attendance::Gone;
        }
    }

    /// Has the instance posted. What the host says to it may be the answer to a later one.
    pub(crate) fn post(&self, context: &Context, instance: Ready) -> Result<()> {
        let mut state = self.lock();
        self.came(&mut state);
        loop {
            if let Some(error) = state.refused.take() {
                return Err(error);
            }
            match state.attendance {
                Attendance::Gone => {
                    drop(state);
                    return context.raw().post_instance(instance.as_ptr());
                }
                Attendance::Present if state.ready.len() < MOST_READY => break,
                _ => {
                    state.waiting += 1;
                    state = self.progress.wait(state).unwrap_or_else(PoisonError::into_inner);
                    state.waiting -= 1;
                }
            }
        }
        state.ready.push(instance);
        if state.ready.len() == BATCH {
            self.news.notify_one();
        }
        Ok(())
    }

    /// Has the request ended. `None` when the host's thread does it; what to end it with otherwise.
    pub(crate) fn end(&self, context: Context, outcome: Result<()>) -> Option<(Context, Result<()>)> {
        let mut state = self.lock();
        self.came(&mut state);
        if state.attendance == Attendance::Gone {
            return Some((context, state.outcome(outcome)));
        }
        state.end = Some((context, outcome));
        self.news.notify_one();
        None
    }

    /// Posts what there is, on the host's thread, until the request ends or takes too long. Does not wait for a request
    /// that has not begun.
    pub(crate) fn attend(&self, context: RawContext, has_begun: bool) {
        let patience = if has_begun { PATIENCE } else { Duration::ZERO };
        let deadline = Instant::now() + LONGEST;
        let mut state = self.lock();
        while state.attendance != Attendance::Gone {
            let has_nothing = |state: &mut State| {
                state.attendance == Attendance::Present && state.end.is_none() && state.ready.len() < BATCH
            };
            state =
                self.news.wait_timeout_while(state, patience, has_nothing).unwrap_or_else(PoisonError::into_inner).0;
            let ready = std::mem::take(&mut state.ready);
            if !ready.is_empty() {
                if Instant::now() > deadline {
                    state.attendance = Attendance::Leaving;
                }
                self.tell(&state);
                drop(state);
                let refused = ready.iter().find_map(|it| context.post_instance(it.as_ptr()).err());
                drop(ready);
                state = self.lock();
                state.refused = state.refused.take().or(refused);
            } else {
                // Without a post for so long, or for good.
                state.attendance = Attendance::Gone;
                if has_begun && state.start.take().is_some() {
                    self.lane.set_quick(false);
                }
                self.tell(&state);
            }
        }
        if let Some((context, outcome)) = state.end.take() {
            let outcome = state.outcome(outcome);
            drop(state);
            context.finish_here(outcome);
        }
    }

    /// Wakes those who wait to post.
    fn tell(&self, state: &State) {
        // Where nobody waits, the call would be one for nothing.
        if state.waiting > 0 {
            self.progress.notify_all();
        }
    }

    /// Something came of the request. How soon says whether it is worth staying with the next one of the class.
    fn came(&self, state: &mut State) {
        if let Some(start) = state.start.take() {
            self.lane.set_quick(start.elapsed() < PATIENCE);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing of the provider runs under the lock, so a poisoned one guards a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

//! Running operations, `MI_Operation`. A synchronous one is driven by the caller's Get functions, an asynchronous one by
//! a thread of its own, which calls the callbacks.

mod table;

use super::Session;
use super::callbacks::{Acknowledge, Callbacks, Speaker, Words, Yields, dialogue};
use super::handles::{self, Handles};
use super::options::Wishes;
use super::task::{Delivery, Results, Task};
use super::turn::Turn;
use crate::abi::memory::{Outcome, put};
use crate::engine::Canceller;
use omi::{Error, Result};
use omi_sys::*;
use std::ptr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::{self, ThreadId};
use table::{OPERATION_FT, acknowledge, respond};

static OPERATIONS: Handles<Running> = Handles::new();

/// An operation of a session.
pub(super) struct Running {
    /// What callbacks are given: the caller's own copy may be gone.
    handle: MI_Operation,
    session: Arc<Session>,
    yields: Yields,
    manual: bool,
    turn: Turn,
    canceller: OnceLock<Canceller>,
    is_cancelled: AtomicBool,
    is_closed: AtomicBool,
    /// The callbacks had the end.
    is_ended: AtomicBool,
    thread: OnceLock<ThreadId>,
    /// Of a synchronous operation.
    pull: Option<Mutex<Pull>>,
}

// SAFETY: the handle is constant.
unsafe impl Send for Running {}
// SAFETY: as above.
unsafe impl Sync for Running {}

/// Where results come from.
struct Source {
    results: Results,
    words: Words,
}

/// A source, and what the caller has of it until the next Get.
struct Pull {
    source: Source,
    delivered: Delivery,
}

/// What an operation is started with.
pub(super) struct Start {
    pub(super) session: Arc<Session>,
    pub(super) yields: Yields,
    pub(super) flags: MI_Uint32,
    pub(super) callbacks: Callbacks,
    pub(super) wishes: Wishes,
}

impl Start {
    /// Starts an operation. `task` makes what it does, given who listens to its provider; an error is its only result.
    ///
    /// # Errors
    /// INVALID_PARAMETER when the session is being closed, FAILED without a thread for the callbacks.
    ///
    /// # Safety
    /// `out` is valid for writing a handle.
    pub(super) unsafe fn run(self, task: impl FnOnce(Arc<Speaker>) -> Result<Task>, out: *mut MI_Operation) -> Outcome {
        let (speaker, words) = dialogue(self.callbacks, self.wishes);
        let speaker = Arc::new(speaker);
        let task = task(speaker.clone());
        let number = handles::fresh();
        let running = |canceller: OnceLock<Canceller>, pull| {
            Arc::new(Running {
                handle: handle(number),
                session: self.session.clone(),
                yields: self.yields,
                manual: self.flags & MI_OPERATIONFLAGS_MANUAL_ACK_RESULTS != 0,
                turn: Turn::default(),
                canceller,
                is_cancelled: AtomicBool::new(false),
                is_closed: AtomicBool::new(false),
                is_ended: AtomicBool::new(false),
                thread: OnceLock::new(),
                pull,
            })
        };
        if self.callbacks.take_results(self.yields) {
            let running = running(OnceLock::new(), None);
            self.session.add(&running, true)?;
            OPERATIONS.add(number, running.clone());
            // Before the first callback, which may look at the caller's copy.
            // SAFETY: the caller says so.
            unsafe { put(out, handle(number))? };
            running.spawn(task, speaker, words, self.callbacks).inspect_err(|_| {
                let _ = OPERATIONS.remove(number);
                // SAFETY: the caller says so.
                let _ = unsafe { put(out, MI_OPERATION_NULL) };
            })?;
        } else {
            let results = start(task, &self.session, &speaker);
            let canceller = results.reply().map_or_else(OnceLock::new, |reply| reply.canceller().into());
            let pull = Pull { source: Source { results, words }, delivered: Delivery::default() };
            let running = running(canceller, Some(Mutex::new(pull)));
            self.session.add(&running, false)?;
            OPERATIONS.add(number, running);
            // SAFETY: the caller says so.
            unsafe { put(out, handle(number))? };
        }
        Ok(())
    }
}

fn handle(number: u64) -> MI_Operation {
    MI_Operation { reserved1: number, reserved2: 0, ft: &raw const OPERATION_FT }
}

fn start(task: Result<Task>, session: &Session, speaker: &Speaker) -> Results {
    let results = task.map_or_else(Results::failed, |task| task.start(session.home()));
    if let Some(reply) = results.reply() {
        speaker.wake_by(reply.waker());
    }
    results
}

impl Source {
    /// The next result, after what the provider said before it; `None` after the end.
    fn next(&mut self, running: &Running) -> Option<Delivery> {
        loop {
            // The provider may have spoken before there was anybody to wake.
            self.words.tell(running);
            let delivery = self.results.next();
            self.words.tell(running);
            match delivery {
                None if self.results.is_over() => return None,
                None => {}
                Some(delivery) => return Some(delivery),
            }
        }
    }
}

impl Running {
    pub(super) fn handle(&self) -> *mut MI_Operation {
        (&raw const self.handle).cast_mut()
    }

    /// Whether its callbacks come on this thread.
    pub(super) fn is_on_this_thread(&self) -> bool {
        self.thread.get() == Some(&thread::current().id())
    }

    /// Runs the operation on a thread of its own until it ends.
    fn spawn(self: Arc<Self>, task: Result<Task>, speaker: Arc<Speaker>, words: Words, to: Callbacks) -> Outcome {
        let session = self.session.clone();
        let drive = move || {
            let _ = self.thread.set(thread::current().id());
            let mut source = Source { results: start(task, &self.session, &speaker), words };
            if let Some(reply) = source.results.reply() {
                let _ = self.canceller.set(reply.canceller());
            }
            if self.is_cancelled.load(Ordering::Acquire) {
                self.cancel();
            }
            while let Some(delivery) = source.next(&self) {
                self.until_acknowledged(|acknowledge| to.deliver(self.yields, self.handle(), &delivery, acknowledge));
            }
            drop(source);
            self.is_ended.store(true, Ordering::SeqCst);
            self.forget();
            self.session.thread_ended();
        };
        match thread::Builder::new().name("session".into()).spawn(drive) {
            Ok(_) => Ok(()),
            Err(_) => {
                session.thread_ended();
                Err(MI_RESULT_FAILED)
            }
        }
    }

    /// Calls a callback and, where the caller acknowledges by hand, waits for that.
    pub(super) fn until_acknowledged(&self, call: impl FnOnce(Acknowledge)) {
        if !self.manual {
            return call(None);
        }
        self.turn.begin();
        call(Some(acknowledge));
        self.turn.wait(|| false);
    }

    /// Calls a callback and waits for its answer; `None` when the operation is cancelled meanwhile.
    pub(super) fn until_answered(&self, call: impl FnOnce(Respond)) -> Option<Response> {
        self.turn.begin();
        call(respond);
        self.turn.wait(|| self.is_cancelled.load(Ordering::Acquire))
    }

    /// Forgets the handle when the caller has closed it and no callback needs it for an acknowledgement any more.
    fn forget(&self) {
        let is_ended = self.pull.is_some() || self.is_ended.load(Ordering::SeqCst);
        if is_ended && self.is_closed.load(Ordering::SeqCst) {
            // Both sides may come here; the second finds nothing.
            let _ = OPERATIONS.remove(self.handle.reserved1);
        }
    }

    /// Cancels the operation; its end is delivered nevertheless.
    pub(super) fn cancel(&self) {
        self.is_cancelled.store(true, Ordering::Release);
        self.turn.notify();
        if let Some(cancel) = self.canceller.get() {
            cancel();
        }
    }
}

type Response = MI_OperationCallback_ResponseType;
pub(super) type Respond = unsafe extern "C" fn(*mut MI_Operation, Response) -> MI_Result;

/// An error for a caller whose session cannot start anything.
pub(super) fn refuse(callbacks: Callbacks, yields: Yields, code: MI_Result) {
    let end = Delivery::end(Err(Error::from_code(omi::ResultCode(code.0))));
    callbacks.deliver(yields, ptr::null_mut(), &end, None);
}

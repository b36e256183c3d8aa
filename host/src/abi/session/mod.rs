//! The client's side of the ABI for providers: the local session that `MI_Context_GetLocalSession` gives, by which a
//! provider asks the host that it runs in.
//!
//! A session acts for the principal of the request whose context it came from, and lives as long as that context (mi.h):
//! providers need not close it. Others, which a provider makes from its application, live until they are closed or the
//! host goes; none keeps the host alive.
//!
//! | file | what |
//! |---|---|
//! | `table`, `common` | `MI_SessionFT`: from arguments to a task |
//! | `task` | what an operation does, and its results in C form |
//! | `operation` | `MI_OperationFT`: how results are pulled, or pushed to callbacks |
//! | `callbacks`, `turn` | what callbacks are told, and acknowledgements and answers |
//! | `wait` | who must not wait for whom |
//! | `application` | `MI_ApplicationFT` |
//! | `options` | `MI_OperationOptions` and `MI_SubscriptionDeliveryOptions` |

mod application;
mod callbacks;
mod common;
mod handles;
mod operation;
mod options;
mod table;
mod task;
mod turn;
mod wait;

use super::declaration::Declarations;
use super::dynamic;
use super::exchange::Exchange;
use super::memory::Outcome;
use super::read;
use crate::engine::Home;
use crate::operation::{Operation, Principal, Request};
use handles::Handles;
use omi::dialogue::Listener;
use omi::{Error, Instance, Name, Result};
use omi_sys::*;
use operation::Running;
use std::ffi::c_void;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

static SESSIONS: Handles<Session> = Handles::new();

/// A session.
struct Session {
    number: u64,
    caller: Caller,
    state: Mutex<State>,
    thread_ended: Condvar,
}

/// On whose behalf a session acts, and where.
#[derive(Clone)]
struct Caller {
    home: Home,
    principal: Principal,
    locale: Option<String>,
    data_locale: Option<String>,
    /// By which instances that the provider gives are read.
    declarations: Arc<Declarations>,
}

#[derive(Default)]
struct State {
    is_closed: bool,
    operations: Vec<Weak<Running>>,
    /// Operations whose callbacks have not had the end.
    threads: usize,
    completion: Option<Completion>,
}

/// Called when a closed session has no running operation.
struct Completion {
    callback: unsafe extern "C" fn(*mut c_void),
    context: *mut c_void,
}

// SAFETY: the caller gives it to be called from any thread.
unsafe impl Send for Completion {}

impl Completion {
    fn call(self) {
        // SAFETY: the caller's function with the caller's argument, called once.
        unsafe { (self.callback)(self.context) };
    }
}

/// The session for the provider to whom a context belongs; another one when the provider closed that.
pub(super) fn open(exchange: &Exchange) -> MI_Session {
    let mut number = exchange.local_session();
    if let Some(open) = number.filter(|number| SESSIONS.get(*number).is_ok()) {
        return handle(open);
    }
    let settings = exchange.settings();
    let session = Session::open(Caller {
        home: exchange.home().clone(),
        principal: settings.principal.clone(),
        locale: settings.locale.clone(),
        data_locale: settings.data_locale.clone(),
        declarations: exchange.declarations().clone(),
    });
    *number = Some(session.reserved1);
    session
}

/// Closes the session of a context whose time is over, and cancels what still runs in it.
pub(super) fn end(exchange: &Exchange) {
    if let Some(session) = exchange.local_session().and_then(|number| SESSIONS.remove(number).ok()) {
        // With a completion, which nobody needs here, this does not wait.
        session.close(Some(Completion { callback: nothing, context: std::ptr::null_mut() }));
    }
}

unsafe extern "C" fn nothing(_context: *mut c_void) {}

fn handle(number: u64) -> MI_Session {
    MI_Session { reserved1: number, reserved2: 0, ft: &raw const table::SESSION_FT }
}

impl Session {
    fn open(caller: Caller) -> MI_Session {
        SESSIONS.retain(|session| !session.caller.home.is_gone());
        let (number, state) = (handles::fresh(), Mutex::default());
        SESSIONS.add(number, Arc::new(Self { number, caller, state, thread_ended: Condvar::new() }));
        handle(number)
    }

    fn number(&self) -> u64 {
        self.number
    }

    fn home(&self) -> &Home {
        &self.caller.home
    }

    fn request(&self, namespace: Name, operation: Operation, listener: Arc<dyn Listener>) -> Request {
        Request {
            principal: self.caller.principal.clone(),
            locale: self.caller.locale.clone(),
            data_locale: self.caller.data_locale.clone(),
            listener: Some(listener),
            ..Request::local(namespace, operation)
        }
    }

    /// The owned form of an instance that the provider gives, without elements that it did not set.
    ///
    /// # Safety
    /// `instance` is NULL or valid.
    unsafe fn read(&self, instance: *const MI_Instance, what: &str) -> Result<Instance> {
        // SAFETY: passed on.
        let mut read = unsafe { self.read_whole(instance, what)? };
        read.retain(|element| element.value.is_some());
        Ok(read)
    }

    /// As [`read`](Self::read), for a change. Whoever adds a NULL element to a dynamic instance wants it to be NULL; a
    /// static instance has all elements of its class, and does not tell.
    ///
    /// # Safety
    /// As for [`read`](Self::read).
    unsafe fn read_changes(&self, instance: *const MI_Instance, what: &str) -> Result<Instance> {
        // SAFETY: passed on.
        unsafe {
            let is_dynamic = instance.as_ref().is_some_and(|head| dynamic::of(head).is_some());
            if is_dynamic { self.read_whole(instance, what) } else { self.read(instance, what) }
        }
    }

    unsafe fn read_whole(&self, instance: *const MI_Instance, what: &str) -> Result<Instance> {
        // SAFETY: passed on.
        let read = unsafe { read::instance(instance, &self.caller.declarations) };
        read.map_err(|_| Error::invalid_parameter(format!("{what} is NULL or no instance")))
    }

    /// Takes note of an operation; INVALID_PARAMETER when the session is closed. One with a thread is followed by
    /// [`thread_ended`](Self::thread_ended).
    fn add(&self, running: &Arc<Running>, has_thread: bool) -> Outcome {
        let mut state = self.lock();
        if state.is_closed {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        state.operations.retain(|it| it.strong_count() > 0);
        state.operations.push(Arc::downgrade(running));
        state.threads += usize::from(has_thread);
        Ok(())
    }

    fn thread_ended(&self) {
        let mut state = self.lock();
        state.threads -= 1;
        let completion = if state.threads == 0 { state.completion.take() } else { None };
        drop(state);
        self.thread_ended.notify_all();
        if let Some(completion) = completion {
            completion.call();
        }
    }

    /// Cancels what runs. Without a completion this waits until all callbacks have had their end, except in one of them.
    fn close(&self, completion: Option<Completion>) {
        let mut state = self.lock();
        state.is_closed = true;
        let running: Vec<_> = state.operations.drain(..).filter_map(|it| it.upgrade()).collect();
        let in_callback = running.iter().any(|it| it.is_on_this_thread());
        let waits = completion.is_none() && !in_callback;
        let mut at_once = completion;
        if state.threads > 0 {
            state.completion = at_once.take();
        }
        drop(state);
        running.iter().for_each(|it| it.cancel());
        if let Some(completion) = at_once {
            completion.call();
        }
        let mut state = self.lock();
        while waits && state.threads > 0 {
            state = self.thread_ended.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

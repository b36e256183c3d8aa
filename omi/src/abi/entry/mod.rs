//! The C entry points of a provider, one generic function per slot of `MI_ProviderFT`.
//!
//! Each copies its arguments into a job and hands the job to a worker thread, because a host calls all providers of a
//! library, and omiserver all providers of a user, on one thread. Under omiserver that thread stays a moment to post what
//! the worker makes (see [`relay`](super::relay)); elsewhere it returns, and the worker posts. A provider that is quick may
//! ask to run here and now instead. Load, Unload, Subscribe and Unsubscribe post before they return, as the ABI demands. No
//! panic leaves an entry point, and every request ends in exactly one final post: the [`Context`] is consumed by it, and
//! dropping a context posts a failure.

pub(crate) mod association;
pub(crate) mod dynamic;
pub(crate) mod indication;
pub(crate) mod instance;
pub(crate) mod load;
pub(crate) mod method;

use super::call::{Arguments, Call};
use super::context::Context;
use super::declared::ClassRef;
use super::module::{Hook, Loaded};
use super::relay::Relay;
use crate::decl::ClassSpec;
use crate::indication::Line;
use crate::lifecycle::Lifecycle;
use crate::worker::Lane;
use crate::{Class, Error, LoadContext, Result, panic};
use omi_sys::*;
use std::any::Any;
use std::ffi::c_void;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a provider serves: a class, or those that the module does not declare.
pub trait Served: 'static {
    /// The class; `None` for a dynamic provider.
    const CLASS: Option<&'static ClassSpec>;
}

impl<C: Class> Served for C {
    const CLASS: Option<&'static ClassSpec> = Some(C::SPEC);
}

/// What a dynamic provider serves.
pub enum Undeclared {}

impl Served for Undeclared {
    const CLASS: Option<&'static ClassSpec> = None;
}

/// What the host keeps for us between Load and Unload of a class: the `self` of its entry points.
///
/// The provider is of any type, so that the code around it is there once; each entry point knows which it is.
pub(super) struct State {
    provider: Box<dyn Any + Send + Sync>,
    loaded: &'static Loaded,
    /// `None` for a dynamic provider.
    declaration: Option<ClassRef>,
    lane: Arc<Lane>,
    /// The contexts in which the class is enabled for indications.
    lines: Mutex<Vec<Arc<Line>>>,
    lifecycle: Option<Lifecycle>,
}

impl State {
    /// The provider, which `load` of this class has stored.
    pub(super) fn provider<P: 'static>(&self) -> Result<&P> {
        self.provider.downcast_ref().ok_or_else(of_another)
    }

    pub(super) fn declaration(&self) -> Result<ClassRef> {
        self.declaration.ok_or_else(|| Error::failed("a dynamic provider has no declaration"))
    }

    fn lines(&self) -> MutexGuard<'_, Vec<Arc<Line>>> {
        self.lines.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn of_another() -> Error {
    Error::failed("the host called a class with the state of another")
}

/// The state of a provider, kept alive for the caller.
///
/// # Safety
/// `state` is NULL or what Load of a class stored, and the host has not called Unload.
unsafe fn shared(state: *mut c_void) -> Result<Arc<State>> {
    if state.is_null() {
        return Err(Error::failed("the host called a class that it did not load"));
    }
    let state = state.cast_const().cast::<State>();
    // SAFETY: `state` came from Arc::into_raw in `load`. The clone keeps the provider alive for a request that still runs
    // when the host calls Unload.
    unsafe {
        Arc::increment_strong_count(state);
        Ok(Arc::from_raw(state))
    }
}

/// Runs `work` on a worker and ends the request with its outcome.
///
/// # Safety
/// `context` and `arguments` are those that the host has just handed to an entry point; `state` is the `self` that Load
/// stored.
unsafe fn respond(
    state: *mut c_void,
    context: *mut MI_Context,
    arguments: Arguments,
    work: fn(&mut Call<'_>) -> Result<()>,
) {
    // SAFETY: by the caller's promise.
    unsafe { respond_at(|_| false, state, context, arguments, work) }
}

/// As [`respond`], but on the host's thread, which waits for it, where `is_inline` says so.
///
/// # Safety
/// As [`respond`].
unsafe fn respond_at(
    is_inline: fn(&State) -> bool,
    state: *mut c_void,
    context: *mut MI_Context,
    arguments: Arguments,
    work: fn(&mut Call<'_>) -> Result<()>,
) {
    shield(|| {
        // SAFETY: by the caller's promise.
        let Some(mut context) = (unsafe { Context::from_raw(context) }) else { return };
        // SAFETY: by the caller's promise.
        let state = match unsafe { shared(state) } {
            Ok(state) => state,
            Err(error) => return context.finish(Err(error)),
        };
        let lane = state.lane.clone();
        let mut runs_here = false;
        let asked = panic::guard(|| {
            runs_here = is_inline(&state);
            Ok(())
        });
        if asked.is_err() {
            return context.finish(asked);
        }
        // Only omiserver's posts depend on the thread.
        let relay = (!runs_here && context.is_omiserver()).then(|| {
            let relay = Arc::new(Relay::new(lane.clone()));
            context.set_relay(relay.clone());
            relay
        });
        let raw = context.raw();
        let job = move |admitted: Result<()>| {
            if let Some(relay) = context.relay() {
                relay.begin();
            }
            let outcome = admitted.and_then(|()| {
                panic::guard(|| {
                    // SAFETY: the final post follows below.
                    let query = unsafe { arguments.query(state.loaded, state.declaration, &context) };
                    work(&mut Call { state: &state, query, arguments: &arguments })
                })
            });
            // A provider may be the last to hold its library's state, so it goes before the host hears of the end.
            drop(state);
            context.finish(outcome);
        };
        if runs_here {
            return job(Ok(()));
        }
        let has_begun = lane.enter(Box::new(job));
        if let Some(relay) = relay {
            relay.attend(raw, has_begun);
        }
    });
}

/// Keeps panics of the few lines that run on the host's own thread away from the host.
fn shield(entry: impl FnOnce()) {
    let mut entry = Some(entry);
    shield_once(&mut || {
        if let Some(entry) = entry.take() {
            entry();
        }
    });
}

fn shield_once(entry: &mut dyn FnMut()) {
    if std::panic::catch_unwind(std::panic::AssertUnwindSafe(entry)).is_err() {
        log::error!("an entry point of the provider panicked");
    }
}

/// Runs a hook of the module and ends the request on the host's own thread, as Load and Unload of a module must.
///
/// # Safety
/// `context` is the context that the host has just handed to an entry point.
pub(crate) unsafe fn finish_here(context: *mut MI_Context, hook: Option<Hook>) {
    shield(|| {
        // SAFETY: by the caller's promise.
        let Some(context) = (unsafe { Context::from_raw(context) }) else { return };
        let outcome = hook.map_or(Ok(()), |hook| panic::guard(|| hook(&LoadContext::new(&context))));
        context.finish(outcome);
    });
}

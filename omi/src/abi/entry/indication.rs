//! Indications: EnableIndications, DisableIndications, Subscribe and Unsubscribe.
//!
//! They run on the host's thread. The context of EnableIndications stays with the provider until DisableIndications comes
//! with the same one; a final post before that says that enabling failed.

use super::{State, shared, shield};
use crate::abi::context::Context;
use crate::abi::filter::HostFilter;
use crate::abi::read;
use crate::indication::{Indicate, Indications, Line, Subscription};
use crate::{Class, Result, panic};
use omi_sys::*;
use std::ffi::c_void;
use std::sync::Arc;

/// # Safety
/// Called by an MI host as `MI_ProviderFT.EnableIndications`.
pub(crate) unsafe extern "C" fn enable<P: Indicate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    _class_name: *const MI_Char,
) {
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        begin(state, context, namespace, &|state, line| state.provider::<P>()?.enable(Indications::<C>::new(line)));
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.DisableIndications`.
pub(crate) unsafe extern "C" fn disable<P: Indicate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class_name: *const MI_Char,
) {
    // SAFETY: the host's context and the state that Load stored.
    unsafe {
        end(state, context, &|state| {
            state.provider::<P>()?.disable();
            Ok(())
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Subscribe`.
pub(crate) unsafe extern "C" fn subscribe<P: Indicate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    _class_name: *const MI_Char,
    filter: *const MI_Filter,
    bookmark: *const MI_Char,
    id: MI_Uint64,
    _subscription_self: *mut *mut c_void,
) {
    // SAFETY: the host's arguments, alive during the call, and the state that Load stored.
    unsafe {
        answer(state, context, &|state| {
            state.provider::<P>()?.subscribe(&subscription(namespace, filter, bookmark, id))
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.Unsubscribe`.
pub(crate) unsafe extern "C" fn unsubscribe<P: Indicate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class_name: *const MI_Char,
    id: MI_Uint64,
    _subscription_self: *mut c_void,
) {
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        answer(state, context, &|state| {
            state.provider::<P>()?.unsubscribe(id);
            Ok(())
        });
    }
}

/// Opens a line for the provider to post on, which `enable` is told of.
///
/// # Safety
/// The arguments have just been handed to an entry point; `state` is the `self` that Load stored.
unsafe fn begin(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    enable: &dyn Fn(&State, Arc<Line>) -> Result<()>,
) {
    shield(|| {
        // SAFETY: by the caller's promise.
        let (context, namespace) = unsafe { (Context::from_raw(context), read::text(namespace)) };
        let Some(context) = context else { return };
        // SAFETY: by the caller's promise.
        let (class, state) = match unsafe { shared(state) }.and_then(|state| Ok((state.declaration()?, state))) {
            Ok(both) => both,
            Err(error) => return context.finish(Err(error)),
        };
        let line = Line::new(context, class, &namespace.unwrap_or_default());
        state.lines().push(line.clone());
        let outcome = panic::guard(|| enable(&state, line.clone()));
        if outcome.is_err() {
            state.lines().retain(|it| !Arc::ptr_eq(it, &line));
            if let Some(context) = line.close() {
                context.finish(outcome);
            }
        }
    });
}

/// Has `disable` end what posts on the line of this context, and closes it.
///
/// # Safety
/// As for [`begin`].
unsafe fn end(state: *mut c_void, context: *mut MI_Context, disable: &dyn Fn(&State) -> Result<()>) {
    shield(|| {
        // SAFETY: by the caller's promise.
        let Ok(state) = (unsafe { shared(state) }) else { return };
        let line = {
            let mut lines = state.lines();
            let place = lines.iter().position(|line| line.is(context));
            place.map(|place| lines.remove(place))
        };
        // A context that is not known has had its final post, when enabling failed.
        let Some(line) = line else { return };
        let outcome = panic::guard(|| disable(&state));
        if let Some(context) = line.close() {
            context.finish(outcome);
        }
    });
}

/// What a client subscribes to.
///
/// # Safety
/// The arguments are those of a Subscribe that has not returned.
unsafe fn subscription(
    namespace: *const MI_Char,
    filter: *const MI_Filter,
    bookmark: *const MI_Char,
    id: u64,
) -> Subscription {
    // SAFETY: by the caller's promise.
    unsafe {
        let filter = HostFilter::from_raw(filter).and_then(|filter| filter.read());
        let namespace = read::text(namespace).unwrap_or_default();
        let bookmark = read::text(bookmark).filter(|bookmark| !bookmark.is_empty());
        Subscription { id, namespace, filter, bookmark }
    }
}

/// Runs `work` on the host's thread and ends the request, whose context is on the host's stack.
///
/// # Safety
/// `context` has just been handed to an entry point; `state` is the `self` that Load stored.
unsafe fn answer(state: *mut c_void, context: *mut MI_Context, work: &dyn Fn(&State) -> Result<()>) {
    shield(|| {
        // SAFETY: by the caller's promise.
        let Some(context) = (unsafe { Context::from_raw(context) }) else { return };
        // SAFETY: by the caller's promise.
        let state = unsafe { shared(state) };
        context.finish(state.and_then(|state| panic::guard(|| work(&state))));
    });
}

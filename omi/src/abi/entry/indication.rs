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
    shield(|| {
        // SAFETY: the host has just handed us the arguments.
        let (context, namespace) = unsafe { (Context::from_raw(context), read::text(namespace)) };
        let Some(context) = context else { return };
        // SAFETY: the state that Load stored.
        let state = match unsafe { shared(state) }.and_then(|state| Ok((state.declaration()?, state))) {
            Ok(state) => state,
            Err(error) => return context.finish(Err(error)),
        };
        let (class, state) = state;
        let line = Line::new(context, class, &namespace.unwrap_or_default());
        state.lines().push(line.clone());
        let outcome = panic::guard(|| state.provider::<P>()?.enable(Indications::<C>::new(line.clone())));
        if outcome.is_err() {
            state.lines().retain(|it| !Arc::ptr_eq(it, &line));
            if let Some(context) = line.close() {
                context.finish(outcome);
            }
        }
    });
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.DisableIndications`.
pub(crate) unsafe extern "C" fn disable<P: Indicate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    _namespace: *const MI_Char,
    _class_name: *const MI_Char,
) {
    shield(|| {
        // SAFETY: the state that Load stored.
        let Ok(state) = (unsafe { shared(state) }) else { return };
        let line = {
            let mut lines = state.lines();
            let place = lines.iter().position(|line| line.is(context));
            place.map(|place| lines.remove(place))
        };
        // A context that is not known has had its final post, when enabling failed.
        let Some(line) = line else { return };
        let outcome = panic::guard(|| {
            <P as Indicate<C>>::disable(state.provider()?);
            Ok(())
        });
        if let Some(context) = line.close() {
            context.finish(outcome);
        }
    });
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
            let filter = HostFilter::from_raw(filter).and_then(|filter| filter.read());
            let namespace = read::text(namespace).unwrap_or_default();
            let bookmark = read::text(bookmark).filter(|bookmark| !bookmark.is_empty());
            state.provider::<P>()?.subscribe(&Subscription { id, namespace, filter, bookmark })
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

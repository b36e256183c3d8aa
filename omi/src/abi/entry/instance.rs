//! Get, Enumerate, Create, Modify and Delete.

use super::{Arguments, State, respond, respond_at};
use crate::provider::{Create, Delete, Enumerate, Get, Modify};
use crate::{Class, Sink};
use omi_sys::*;
use std::ffi::c_void;

/// # Safety
/// Called by an MI host as `MI_ProviderFT.GetInstance`.
pub(crate) unsafe extern "C" fn get<P: Get<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
    property_set: *const MI_PropertySet,
) {
    let arguments = Arguments { instance, property_set, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let key = call.key::<C>()?;
            Sink::new(&call.query, call.state.declaration()?).post(call.state.provider::<P>()?.get(key, &call.query)?)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.EnumerateInstances`.
pub(crate) unsafe extern "C" fn enumerate<P: Enumerate<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    property_set: *const MI_PropertySet,
    keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    let keys_only = keys_only != MI_FALSE;
    let arguments = Arguments { property_set, keys_only, filter, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        // Most classes have none, and then no code for it either.
        let is_inline: fn(&State) -> bool = match P::INLINE {
            None => |_| false,
            Some(_) => |state| state.provider::<P>().is_ok_and(|provider| P::INLINE.is_some_and(|ask| ask(provider))),
        };
        respond_at(is_inline, state, context, arguments, |call| {
            call.state.provider::<P>()?.enumerate(&call.query, &mut Sink::new(&call.query, call.state.declaration()?))
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.CreateInstance`.
pub(crate) unsafe extern "C" fn create<P: Create<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
) {
    let arguments = Arguments { instance, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let instance = C::load(&mut call.instance()?)?;
            Sink::new(&call.query, call.state.declaration()?)
                .post(call.state.provider::<P>()?.create(instance, &call.query)?)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.ModifyInstance`.
pub(crate) unsafe extern "C" fn modify<P: Modify<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
    property_set: *const MI_PropertySet,
) {
    let arguments = Arguments { instance, property_set, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let mut instance = call.instance()?;
            call.prepare_modify(&instance);
            let modified = call.state.provider::<P>()?.modify(C::load(&mut instance)?, &call.query)?;
            Sink::new(&call.query, call.state.declaration()?).post(modified)
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.DeleteInstance`.
pub(crate) unsafe extern "C" fn delete<P: Delete<C>, C: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
) {
    let arguments = Arguments { instance, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let key = call.key::<C>()?;
            call.state.provider::<P>()?.delete(key, &call.query)
        });
    }
}

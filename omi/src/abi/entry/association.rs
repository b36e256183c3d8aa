//! Associators and References.

use super::{Arguments, respond};
use crate::association::Associate;
use crate::{Class, Sink};
use omi_sys::*;
use std::ffi::c_void;

/// # Safety
/// Called by an MI host as `MI_ProviderFT.AssociatorInstances`.
pub(crate) unsafe extern "C" fn associators<P: Associate<A>, A: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
    result_class: *const MI_Char,
    role: *const MI_Char,
    result_role: *const MI_Char,
    property_set: *const MI_PropertySet,
    keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    let keys_only = keys_only != MI_FALSE;
    let arguments = Arguments::new(namespace, class_name);
    let arguments =
        Arguments { instance, result_class, role, result_role, property_set, keys_only, filter, ..arguments };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            // The results are of other classes than the association.
            call.query.class = None;
            call.state.provider::<P>()?.associators(&call.traversal()?, &call.query, &mut call.any_sink())
        });
    }
}

/// # Safety
/// Called by an MI host as `MI_ProviderFT.ReferenceInstances`.
pub(crate) unsafe extern "C" fn references<P: Associate<A>, A: Class>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    instance: *const MI_Instance,
    role: *const MI_Char,
    property_set: *const MI_PropertySet,
    keys_only: MI_Boolean,
    filter: *const MI_Filter,
) {
    let keys_only = keys_only != MI_FALSE;
    let arguments = Arguments::new(namespace, class_name);
    let arguments = Arguments { instance, role, property_set, keys_only, filter, ..arguments };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let mut out = Sink::new(&call.query, call.state.declaration()?);
            call.state.provider::<P>()?.references(&call.traversal()?, &call.query, &mut out)
        });
    }
}

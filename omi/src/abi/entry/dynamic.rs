//! The table of a dynamic provider, whose entries know classes by name only.

use super::{Arguments, respond};
use crate::abi::write::HostInstance;
use crate::dynamic::{Dynamic, DynamicCall};
use crate::{Instance, Property, flags};
use omi_sys::*;
use std::ffi::c_void;

/// The functions of a dynamic provider. Indications need a declared class.
pub const fn table<P: Dynamic>(load: MI_ProviderFT_Load, unload: MI_ProviderFT_Unload) -> MI_ProviderFT {
    MI_ProviderFT {
        Load: load,
        Unload: unload,
        GetInstance: Some(get::<P>),
        EnumerateInstances: Some(enumerate::<P>),
        CreateInstance: Some(create::<P>),
        ModifyInstance: Some(modify::<P>),
        DeleteInstance: Some(delete::<P>),
        AssociatorInstances: Some(associators::<P>),
        ReferenceInstances: Some(references::<P>),
        EnableIndications: None,
        DisableIndications: None,
        Subscribe: None,
        Unsubscribe: None,
        Invoke: Some(invoke::<P>),
    }
}

unsafe extern "C" fn get<P: Dynamic>(
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
            call.any_sink().post_dynamic(call.state.provider::<P>()?.get(
                &call.class_name(),
                call.instance()?,
                &call.query,
            )?)
        });
    }
}

unsafe extern "C" fn enumerate<P: Dynamic>(
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
        respond(state, context, arguments, |call| {
            call.state.provider::<P>()?.enumerate(&call.class_name(), &call.query, &mut call.any_sink())
        });
    }
}

unsafe extern "C" fn create<P: Dynamic>(
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
            call.any_sink().post_dynamic(call.state.provider::<P>()?.create(
                &call.class_name(),
                call.instance()?,
                &call.query,
            )?)
        });
    }
}

unsafe extern "C" fn modify<P: Dynamic>(
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
            let instance = call.instance()?;
            call.prepare_modify(&instance);
            call.any_sink().post_dynamic(call.state.provider::<P>()?.modify(
                &call.class_name(),
                instance,
                &call.query,
            )?)
        });
    }
}

unsafe extern "C" fn delete<P: Dynamic>(
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
            call.state.provider::<P>()?.delete(&call.class_name(), call.instance()?, &call.query)
        });
    }
}

unsafe extern "C" fn associators<P: Dynamic>(
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
            call.state.provider::<P>()?.associators(
                &call.class_name(),
                &call.traversal()?,
                &call.query,
                &mut call.any_sink(),
            )
        });
    }
}

unsafe extern "C" fn references<P: Dynamic>(
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
            call.state.provider::<P>()?.references(
                &call.class_name(),
                &call.traversal()?,
                &call.query,
                &mut call.any_sink(),
            )
        });
    }
}

unsafe extern "C" fn invoke<P: Dynamic>(
    state: *mut c_void,
    context: *mut MI_Context,
    namespace: *const MI_Char,
    class_name: *const MI_Char,
    method_name: *const MI_Char,
    instance: *const MI_Instance,
    parameters: *const MI_Instance,
) {
    let arguments = Arguments { instance, parameters, method_name, ..Arguments::new(namespace, class_name) };
    // SAFETY: the host's arguments and the state that Load stored.
    unsafe {
        respond(state, context, arguments, |call| {
            let method = call.method_name();
            let parameters = call.parameters().unwrap_or_else(|| Instance::new(method.as_str()));
            let invocation = DynamicCall { method: method.clone(), target: call.target(), parameters };
            let mut output = call.state.provider::<P>()?.invoke(&call.class_name(), invocation, &call.query)?;
            call.query.streams.complete(&mut output);
            let output = as_parameters(&method, output);
            let posted = HostInstance::dynamic(call.query.context, &output, flags::METHOD)?;
            posted.post(call.query.context)
        });
    }
}

/// The output as a host expects the parameters of a method: of the method's name, the return value as `MIReturn`.
fn as_parameters(method: &str, output: Instance) -> Instance {
    let mut parameters = Instance::new(method);
    for property in output.into_properties() {
        let is_return = property.name.eq_ignore_ascii_case("ReturnValue");
        let name = if is_return { "MIReturn".into() } else { property.name };
        parameters.push(Property { name, flags: flags::PARAMETER | flags::OUT, ..property });
    }
    parameters
}

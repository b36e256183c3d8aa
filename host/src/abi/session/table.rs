//! The function table of sessions, `MI_SessionFT`: each function turns its arguments into a task and starts it.

use super::callbacks::Yields;
use super::common::{Common, optional, query, session, text};
use super::options::Chosen;
use super::task::Task;
use super::{Completion, SESSIONS, application};
use crate::abi::memory::{guard, put};
use crate::operation::{Depth, Operation};
use omi::Error;
use omi_sys::*;
use std::ffi::c_void;
use std::ptr;

/// What `MI_Session.ft` points to.
pub(super) static SESSION_FT: MI_SessionFT = MI_SessionFT {
    Close: Some(close),
    GetApplication: Some(get_application),
    GetInstance: Some(get_instance),
    ModifyInstance: Some(modify_instance),
    CreateInstance: Some(create_instance),
    DeleteInstance: Some(delete_instance),
    Invoke: Some(invoke),
    EnumerateInstances: Some(enumerate_instances),
    QueryInstances: Some(query_instances),
    AssociatorInstances: Some(associator_instances),
    ReferenceInstances: Some(reference_instances),
    Subscribe: Some(subscribe),
    GetClass: Some(get_class),
    EnumerateClasses: Some(enumerate_classes),
    TestConnection: Some(test_connection),
};

// As in `operation`: pointers are NULL or valid for their purpose; that is all that the SAFETY lines rest on. Arguments
// are copied before a function returns.

unsafe extern "C" fn close(
    session: *mut MI_Session,
    context: *mut c_void,
    callback: Option<unsafe extern "C" fn(*mut c_void)>,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let number = session.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.reserved1;
        SESSIONS.remove(number)?.close(callback.map(|callback| Completion { callback, context }));
        Ok(())
    })
}

unsafe extern "C" fn get_application(self_: *mut MI_Session, application: *mut MI_Application) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(application, MI_APPLICATION_NULL)?;
        put(application, application::handle(session(self_)?.number()))
    })
}

unsafe extern "C" fn get_instance(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    instance: *const MI_Instance,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |session| {
            Ok(Operation::Get { key: session.read(instance, "the key")?, properties: None })
        });
    }
}

/// Changes what the instance has a value for, and what a dynamic instance says is NULL.
unsafe extern "C" fn modify_instance(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    instance: *const MI_Instance,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |session| {
            Ok(Operation::Modify { instance: session.read_changes(instance, "the instance")?, modified: None })
        });
    }
}

unsafe extern "C" fn create_instance(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    instance: *const MI_Instance,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |session| {
            Ok(Operation::Create { instance: session.read(instance, "the instance")? })
        });
    }
}

unsafe extern "C" fn delete_instance(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    instance: *const MI_Instance,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }
            .request(Yields::Instances, |session| Ok(Operation::Delete { key: session.read(instance, "the key")? }));
    }
}

/// Without an instance the method is static; without a class name it is that of the instance.
unsafe extern "C" fn invoke(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    class: *const MI_Char,
    method: *const MI_Char,
    instance: *const MI_Instance,
    parameters: *const MI_Instance,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |session| {
            let method = text(method, "the method")?;
            let target = if instance.is_null() { None } else { Some(session.read(instance, "the instance")?) };
            let class = match (optional(class), &target) {
                (Some(class), _) => class,
                (None, Some(target)) => target.class_name().to_owned(),
                (None, None) => return Err(Error::invalid_parameter("neither a class nor an instance is given")),
            };
            let parameters = match parameters.is_null() {
                true => omi::Instance::new(method.as_str()),
                false => session.read(parameters, "the parameters")?,
            };
            Ok(Operation::Invoke { class, target, method, parameters })
        });
    }
}

unsafe extern "C" fn enumerate_instances(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    class: *const MI_Char,
    keys_only: MI_Boolean,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |_| {
            let depth = match flags & MI_OPERATIONFLAGS_POLYMORPHISM_DEEP_BASE_PROPS_ONLY {
                MI_OPERATIONFLAGS_POLYMORPHISM_DEEP_BASE_PROPS_ONLY => Depth::ExcludeSubclassProperties,
                MI_OPERATIONFLAGS_POLYMORPHISM_SHALLOW => Depth::None,
                _ => Depth::IncludeSubclassProperties,
            };
            let (class, keys_only) = (text(class, "the class")?, keys_only != MI_FALSE);
            Ok(Operation::Enumerate { class, depth, properties: None, keys_only })
        });
    }
}

unsafe extern "C" fn query_instances(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    dialect: *const MI_Char,
    expression: *const MI_Char,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }
            .request(Yields::Instances, |_| Ok(Operation::Query(query(dialect, expression)?)));
    }
}

unsafe extern "C" fn associator_instances(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    instance: *const MI_Instance,
    association: *const MI_Char,
    result_class: *const MI_Char,
    role: *const MI_Char,
    result_role: *const MI_Char,
    keys_only: MI_Boolean,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |session| {
            Ok(Operation::Associators {
                source: session.read(instance, "the source instance")?,
                association: optional(association),
                result_class: optional(result_class),
                role: optional(role),
                result_role: optional(result_role),
                properties: None,
                keys_only: keys_only != MI_FALSE,
            })
        });
    }
}

unsafe extern "C" fn reference_instances(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    instance: *const MI_Instance,
    association: *const MI_Char,
    role: *const MI_Char,
    keys_only: MI_Boolean,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Instances, |session| {
            Ok(Operation::References {
                source: session.read(instance, "the source instance")?,
                association: optional(association),
                role: optional(role),
                properties: None,
                keys_only: keys_only != MI_FALSE,
            })
        });
    }
}

unsafe extern "C" fn subscribe(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    dialect: *const MI_Char,
    expression: *const MI_Char,
    delivery: *const MI_SubscriptionDeliveryOptions,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    // SAFETY: NULL or valid.
    unsafe {
        Common { session, flags, options, namespace, callbacks, operation }.request(Yields::Indications, |_| {
            let delivery = Chosen::of(delivery.as_ref().map(|delivery| delivery.reserved1))?;
            Ok(Operation::Subscribe { query: query(dialect, expression)?, bookmark: delivery.bookmark() })
        });
    }
}

unsafe extern "C" fn get_class(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    class: *const MI_Char,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    let common = Common { session, flags, options, namespace, callbacks, operation };
    // SAFETY: NULL or valid.
    unsafe {
        common.start(Yields::Classes, |_, _, _| {
            Ok(Task::Class { namespace: common.namespace()?, class: text(class, "the class")? })
        });
    }
}

/// The classes below a class, or all; shallow ones are the direct children, or the roots.
unsafe extern "C" fn enumerate_classes(
    session: *mut MI_Session,
    flags: MI_Uint32,
    options: *mut MI_OperationOptions,
    namespace: *const MI_Char,
    class: *const MI_Char,
    names_only: MI_Boolean,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    let common = Common { session, flags, options, namespace, callbacks, operation };
    // SAFETY: NULL or valid.
    unsafe {
        common.start(Yields::Classes, |_, _, _| {
            let kind = flags & MI_OPERATIONFLAGS_POLYMORPHISM_DEEP_BASE_PROPS_ONLY;
            Ok(Task::Classes {
                namespace: common.namespace()?,
                base: optional(class),
                shallow: kind == MI_OPERATIONFLAGS_POLYMORPHISM_SHALLOW,
                names_only: names_only != MI_FALSE,
            })
        });
    }
}

unsafe extern "C" fn test_connection(
    session: *mut MI_Session,
    flags: MI_Uint32,
    callbacks: *mut MI_OperationCallbacks,
    operation: *mut MI_Operation,
) {
    let (namespace, options) = (ptr::null(), ptr::null_mut());
    let common = Common { session, flags, options, namespace, callbacks, operation };
    // SAFETY: NULL or valid.
    unsafe { common.start(Yields::Instances, |_, _, _| Ok(Task::Nothing)) };
}

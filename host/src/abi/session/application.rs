//! `MI_Application` as far as a provider needs one: it makes instances and further local sessions. Its handle is that of
//! the session it was asked of.

use super::{SESSIONS, Session, options};
use crate::abi::memory::{Outcome, bytes, guard, put, put_if_wanted};
use crate::abi::{dynamic, instance};
use omi_sys::*;
use std::ptr;
use std::sync::Arc;

static APPLICATION_FT: MI_ApplicationFT = MI_ApplicationFT {
    Close: Some(close),
    NewSession: Some(new_session),
    NewHostedProvider: Some(new_hosted_provider),
    NewInstance: Some(new_instance),
    NewDestinationOptions: Some(new_destination_options),
    NewOperationOptions: Some(new_operation_options),
    NewSubscriptionDeliveryOptions: Some(new_subscription_delivery_options),
    NewSerializer: Some(new_serializer),
    NewDeserializer: Some(new_deserializer),
    NewInstanceFromClass: Some(new_instance_from_class),
    NewClass: Some(new_class),
};

pub(super) fn handle(session: u64) -> MI_Application {
    MI_Application { reserved1: session, reserved2: 0, ft: &raw const APPLICATION_FT }
}

// As in `operation`: pointers are NULL or valid for their purpose; that is all that the SAFETY lines rest on.

unsafe fn session(application: *const MI_Application) -> Outcome<Arc<Session>> {
    // SAFETY: NULL or valid.
    SESSIONS.get(unsafe { application.as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?.reserved1)
}

/// It owns nothing; its session is closed by itself.
unsafe extern "C" fn close(application: *mut MI_Application) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { session(application).map(|_| ()) })
}

/// Only of the local host: a provider that wants another one needs a client of its own.
unsafe extern "C" fn new_session(
    application: *mut MI_Application,
    protocol: *const MI_Char,
    destination: *const MI_Char,
    _options: *mut MI_DestinationOptions,
    _callbacks: *mut MI_SessionCallbacks,
    error: *mut *mut MI_Instance,
    new: *mut MI_Session,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put_if_wanted(error, ptr::null_mut());
        put(new, MI_SESSION_NULL)?;
        let session = session(application)?;
        if !protocol.is_null() || !destination.is_null() {
            return Err(MI_RESULT_NOT_SUPPORTED);
        }
        put(new, Session::open(session.caller.clone()))
    })
}

unsafe extern "C" fn new_instance(
    application: *mut MI_Application,
    class: *const MI_Char,
    decl: *const MI_ClassDecl,
    new: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid; a declaration lives as long as its instances.
    guard(|| unsafe {
        put(new, ptr::null_mut())?;
        session(application)?;
        let class = bytes(class).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put(new, if decl.is_null() { dynamic::new(class, MI_FLAG_CLASS)? } else { instance::new(decl)? })
    })
}

unsafe extern "C" fn new_hosted_provider(
    _application: *mut MI_Application,
    _namespace: *const MI_Char,
    _name: *const MI_Char,
    _main: MI_MainFunction,
    _error: *mut *mut MI_Instance,
    _provider: *mut MI_HostedProvider,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

unsafe extern "C" fn new_destination_options(
    _application: *mut MI_Application,
    _options: *mut MI_DestinationOptions,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

unsafe extern "C" fn new_operation_options(
    application: *mut MI_Application,
    _must_understand: MI_Boolean,
    new: *mut MI_OperationOptions,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        session(application)?;
        put(new, options::new_operation_options())
    })
}

/// Indications are pulled, or pushed to callbacks; nothing is pushed to another computer.
unsafe extern "C" fn new_subscription_delivery_options(
    application: *mut MI_Application,
    delivery: MI_SubscriptionDeliveryType,
    new: *mut MI_SubscriptionDeliveryOptions,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        session(application)?;
        if delivery != MI_SubscriptionDeliveryType_Pull {
            return Err(MI_RESULT_NOT_SUPPORTED);
        }
        put(new, options::new_subscription_options())
    })
}

unsafe extern "C" fn new_serializer(
    _application: *mut MI_Application,
    _flags: MI_Uint32,
    _format: *mut MI_Char,
    _serializer: *mut MI_Serializer,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

unsafe extern "C" fn new_deserializer(
    _application: *mut MI_Application,
    _flags: MI_Uint32,
    _format: *mut MI_Char,
    _deserializer: *mut MI_Deserializer,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

unsafe extern "C" fn new_instance_from_class(
    _application: *mut MI_Application,
    _name: *const MI_Char,
    _class: *const MI_Class,
    _new: *mut *mut MI_Instance,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

unsafe extern "C" fn new_class(
    _application: *mut MI_Application,
    _decl: *const MI_ClassDecl,
    _namespace: *const MI_Char,
    _server: *const MI_Char,
    _class: *mut *mut MI_Class,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

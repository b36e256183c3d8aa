//! Sessions: operations on one server.

use core::ffi::c_void;

use super::*;

/// A connection of a client to one server.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Session {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_SessionFT,
}

/// Operations on a server. Each one starts and returns at once; its results come through the operation or the callbacks.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_SessionFT {
    /// Closes the session; without `completionCallback` it waits.
    pub Close: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            completionContext: *mut c_void,
            completionCallback: Option<unsafe extern "C" fn(completionContext: *mut c_void)>,
        ) -> MI_Result,
    >,
    pub GetApplication:
        Option<unsafe extern "C" fn(session: *mut MI_Session, application: *mut MI_Application) -> MI_Result>,
    pub GetInstance: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            inboundInstance: *const MI_Instance,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub ModifyInstance: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            inboundInstance: *const MI_Instance,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub CreateInstance: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            inboundInstance: *const MI_Instance,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub DeleteInstance: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            inboundInstance: *const MI_Instance,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub Invoke: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            className: *const MI_Char,
            methodName: *const MI_Char,
            inboundInstance: *const MI_Instance,
            inboundProperties: *const MI_Instance,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub EnumerateInstances: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            className: *const MI_Char,
            keysOnly: MI_Boolean,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub QueryInstances: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            queryDialect: *const MI_Char,
            queryExpression: *const MI_Char,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub AssociatorInstances: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            instanceKeys: *const MI_Instance,
            assocClass: *const MI_Char,
            resultClass: *const MI_Char,
            role: *const MI_Char,
            resultRole: *const MI_Char,
            keysOnly: MI_Boolean,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub ReferenceInstances: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            instanceKeys: *const MI_Instance,
            resultClass: *const MI_Char,
            role: *const MI_Char,
            keysOnly: MI_Boolean,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub Subscribe: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            queryDialect: *const MI_Char,
            queryExpression: *const MI_Char,
            deliverOptions: *const MI_SubscriptionDeliveryOptions,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub GetClass: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            className: *const MI_Char,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub EnumerateClasses: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            options: *mut MI_OperationOptions,
            namespaceName: *const MI_Char,
            className: *const MI_Char,
            classNamesOnly: MI_Boolean,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
    pub TestConnection: Option<
        unsafe extern "C" fn(
            session: *mut MI_Session,
            flags: MI_Uint32,
            callbacks: *mut MI_OperationCallbacks,
            operation: *mut MI_Operation,
        ),
    >,
}

/// What a session reports while it is being opened.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_SessionCallbacks {
    pub callbackContext: *mut c_void,
    pub writeMessage: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            callbackContext: *mut c_void,
            channel: MI_Uint32,
            message: *const MI_Char,
        ),
    >,
    pub writeError: Option<
        unsafe extern "C" fn(
            application: *mut MI_Application,
            callbackContext: *mut c_void,
            instance: *mut MI_Instance,
        ),
    >,
}

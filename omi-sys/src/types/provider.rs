//! The provider table: entry points that the server calls. A slot that is `None` is not supported.

use core::ffi::c_void;

use super::*;

/// The entry points of one provider. Every entry ends with exactly one final post on its context, now or later.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ProviderFT {
    pub Load: MI_ProviderFT_Load,
    pub Unload: MI_ProviderFT_Unload,
    pub GetInstance: MI_ProviderFT_GetInstance,
    pub EnumerateInstances: MI_ProviderFT_EnumerateInstances,
    pub CreateInstance: MI_ProviderFT_CreateInstance,
    pub ModifyInstance: MI_ProviderFT_ModifyInstance,
    pub DeleteInstance: MI_ProviderFT_DeleteInstance,
    pub AssociatorInstances: MI_ProviderFT_AssociatorInstances,
    pub ReferenceInstances: MI_ProviderFT_ReferenceInstances,
    pub EnableIndications: MI_ProviderFT_EnableIndications,
    pub DisableIndications: MI_ProviderFT_DisableIndications,
    pub Subscribe: MI_ProviderFT_Subscribe,
    pub Unsubscribe: MI_ProviderFT_Unsubscribe,
    pub Invoke: MI_ProviderFT_Invoke,
}

/// Sets up the provider and stores its state through `self_`.
pub type MI_ProviderFT_Load =
    Option<unsafe extern "C" fn(self_: *mut *mut c_void, selfModule: *mut MI_Module_Self, context: *mut MI_Context)>;

/// Tears the provider down.
pub type MI_ProviderFT_Unload = Option<unsafe extern "C" fn(self_: *mut c_void, context: *mut MI_Context)>;

/// Posts the instance with the keys of `instanceName`.
pub type MI_ProviderFT_GetInstance = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        instanceName: *const MI_Instance,
        propertySet: *const MI_PropertySet,
    ),
>;

/// Posts every instance of the class.
pub type MI_ProviderFT_EnumerateInstances = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        propertySet: *const MI_PropertySet,
        keysOnly: MI_Boolean,
        filter: *const MI_Filter,
    ),
>;

/// Creates an instance and posts it.
pub type MI_ProviderFT_CreateInstance = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        newInstance: *const MI_Instance,
    ),
>;

/// Changes the properties of an existing instance.
pub type MI_ProviderFT_ModifyInstance = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        modifiedInstance: *const MI_Instance,
        propertySet: *const MI_PropertySet,
    ),
>;

/// Deletes the instance with the keys of `instanceName`.
pub type MI_ProviderFT_DeleteInstance = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        instanceName: *const MI_Instance,
    ),
>;

/// Posts the instances at the other end of an association. `className` is the association class.
pub type MI_ProviderFT_AssociatorInstances = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        instanceName: *const MI_Instance,
        resultClass: *const MI_Char,
        role: *const MI_Char,
        resultRole: *const MI_Char,
        propertySet: *const MI_PropertySet,
        keysOnly: MI_Boolean,
        filter: *const MI_Filter,
    ),
>;

/// Posts the association instances that refer to `instanceName`.
pub type MI_ProviderFT_ReferenceInstances = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        instanceName: *const MI_Instance,
        role: *const MI_Char,
        propertySet: *const MI_PropertySet,
        keysOnly: MI_Boolean,
        filter: *const MI_Filter,
    ),
>;

/// Starts posting indications; the context stays valid until `DisableIndications`.
pub type MI_ProviderFT_EnableIndications = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        indicationsContext: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
    ),
>;

/// Stops posting indications and ends the context of `EnableIndications`.
pub type MI_ProviderFT_DisableIndications = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        indicationsContext: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
    ),
>;

/// Adds a subscription and stores its state through `subscriptionSelf`.
pub type MI_ProviderFT_Subscribe = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        filter: *const MI_Filter,
        bookmark: *const MI_Char,
        subscriptionID: MI_Uint64,
        subscriptionSelf: *mut *mut c_void,
    ),
>;

/// Removes a subscription.
pub type MI_ProviderFT_Unsubscribe = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        subscriptionID: MI_Uint64,
        subscriptionSelf: *mut c_void,
    ),
>;

/// Runs a method of a dynamic class; for declared classes the server calls `MI_MethodDecl::function`.
pub type MI_ProviderFT_Invoke = Option<
    unsafe extern "C" fn(
        self_: *mut c_void,
        context: *mut MI_Context,
        nameSpace: *const MI_Char,
        className: *const MI_Char,
        methodName: *const MI_Char,
        instanceName: *const MI_Instance,
        inputParameters: *const MI_Instance,
    ),
>;

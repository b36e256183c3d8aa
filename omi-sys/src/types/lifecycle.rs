//! Lifecycle indications, an extension of OMI that Windows does not have.

use core::ffi::c_void;

use super::*;

/// Context for lifecycle indications of a provider; owned by the host. OMI only.
#[repr(C)]
#[derive(Debug)]
pub struct MI_LifecycleIndicationContext {
    pub ft: *const MI_LifecycleIndicationContextFT,
    pub reserved: [isize; 3],
}

/// Posting of indications about created, changed, deleted and read instances and called methods.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_LifecycleIndicationContextFT {
    pub PostCreate: Option<
        unsafe extern "C" fn(context: *mut MI_LifecycleIndicationContext, instance: *const MI_Instance) -> MI_Result,
    >,
    /// The name `orginalInstance` is the header's.
    pub PostModify: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            orginalInstance: *const MI_Instance,
            instance: *const MI_Instance,
        ) -> MI_Result,
    >,
    pub PostDelete: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            orginalInstance: *const MI_Instance,
        ) -> MI_Result,
    >,
    pub PostRead: Option<
        unsafe extern "C" fn(context: *mut MI_LifecycleIndicationContext, instance: *const MI_Instance) -> MI_Result,
    >,
    /// `precall` tells before from after the call; `returnvalue` is set after it.
    pub PostMethodCall: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            instance: *const MI_Instance,
            methodName: *const MI_Char,
            precall: MI_Boolean,
            parameter: *const MI_Instance,
            returnvalue: *const MI_Char,
        ) -> MI_Result,
    >,
    pub PostResult:
        Option<unsafe extern "C" fn(context: *mut MI_LifecycleIndicationContext, result: MI_Result) -> MI_Result>,
    pub ConstructInstance: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            classDecl: *const MI_ClassDecl,
            instance: *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub ConstructParameters: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            methodDecl: *const MI_MethodDecl,
            instance: *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub NewInstance: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            classDecl: *const MI_ClassDecl,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub NewDynamicInstance: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            className: *const MI_Char,
            flags: MI_Uint32,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    pub NewParameters: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            methodDecl: *const MI_MethodDecl,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    /// Says which `MI_LIFECYCLE_INDICATION_*` types the provider posts.
    pub SetSupportedTypes:
        Option<unsafe extern "C" fn(context: *mut MI_LifecycleIndicationContext, types: MI_Uint32) -> MI_Result>,
    /// The types that are subscribed to now.
    pub GetTypes:
        Option<unsafe extern "C" fn(context: *mut MI_LifecycleIndicationContext, types: *mut MI_Uint32) -> MI_Result>,
    pub RegisterCallback: Option<
        unsafe extern "C" fn(
            context: *mut MI_LifecycleIndicationContext,
            callback: MI_LifecycleIndicationCallback,
            callbackData: *mut c_void,
        ) -> MI_Result,
    >,
}

/// Called when the set of subscribed lifecycle types changes.
pub type MI_LifecycleIndicationCallback = Option<unsafe extern "C" fn(types: MI_Uint32, callbackData: *mut c_void)>;

//! The context: how a provider answers the request that it serves.

use core::ffi::c_void;

use super::*;

/// One request, as the provider sees it; owned by the host.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Context {
    pub ft: *const MI_ContextFT,
    pub reserved: [isize; 3],
}

/// What a provider can do for the request that it serves.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_ContextFT {
    /// Ends the request with a code.
    pub PostResult: Option<unsafe extern "C" fn(context: *mut MI_Context, result: MI_Result) -> MI_Result>,
    /// Sends one result instance; the caller keeps it.
    pub PostInstance: Option<unsafe extern "C" fn(context: *mut MI_Context, instance: *const MI_Instance) -> MI_Result>,
    /// Sends one indication to the subscribers.
    pub PostIndication: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            indication: *const MI_Instance,
            subscriptionIDCount: MI_Uint32,
            bookmark: *const MI_Char,
        ) -> MI_Result,
    >,
    /// Initialises an instance in memory of the caller, `classDecl->size` bytes.
    pub ConstructInstance: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            classDecl: *const MI_ClassDecl,
            instance: *mut MI_Instance,
        ) -> MI_Result,
    >,
    /// Initialises a parameters instance in memory of the caller, `methodDecl->size` bytes.
    pub ConstructParameters: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            methodDecl: *const MI_MethodDecl,
            instance: *mut MI_Instance,
        ) -> MI_Result,
    >,
    /// Allocates an instance of a declared class.
    pub NewInstance: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            classDecl: *const MI_ClassDecl,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    /// Allocates an instance without a declaration, to which elements can be added.
    pub NewDynamicInstance: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            className: *const MI_Char,
            flags: MI_Uint32,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    /// Allocates a parameters instance of a declared method.
    pub NewParameters: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            methodDecl: *const MI_MethodDecl,
            instance: *mut *mut MI_Instance,
        ) -> MI_Result,
    >,
    /// Whether the request has been cancelled.
    pub Canceled: Option<unsafe extern "C" fn(context: *const MI_Context, flag: *mut MI_Boolean) -> MI_Result>,
    /// Writes a locale name into `locale`, a buffer of `MI_MAX_LOCALE_SIZE` characters.
    pub GetLocale: Option<
        unsafe extern "C" fn(context: *const MI_Context, localeType: MI_LocaleType, locale: *mut MI_Char) -> MI_Result,
    >,
    /// Sets the function to call when the request is cancelled.
    pub RegisterCancel: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            callback: MI_CancelCallback,
            callbackData: *mut c_void,
        ) -> MI_Result,
    >,
    /// Allows the provider to be unloaded when idle.
    pub RequestUnload: Option<unsafe extern "C" fn(context: *mut MI_Context) -> MI_Result>,
    /// Keeps the provider loaded when idle.
    pub RefuseUnload: Option<unsafe extern "C" fn(context: *mut MI_Context) -> MI_Result>,
    /// A client session to the same server.
    pub GetLocalSession:
        Option<unsafe extern "C" fn(context: *const MI_Context, session: *mut MI_Session) -> MI_Result>,
    /// Sets a string option of the request.
    pub SetStringOption: Option<
        unsafe extern "C" fn(context: *mut MI_Context, name: *const MI_Char, value: *const MI_Char) -> MI_Result,
    >,
    /// Reads a string option of the request.
    pub GetStringOption: Option<
        unsafe extern "C" fn(context: *mut MI_Context, name: *const MI_Char, value: *mut *const MI_Char) -> MI_Result,
    >,
    /// Reads a number option of the request.
    pub GetNumberOption: Option<
        unsafe extern "C" fn(context: *mut MI_Context, name: *const MI_Char, value: *mut MI_Uint32) -> MI_Result,
    >,
    /// Reads an option of any type by name.
    pub GetCustomOption: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            name: *const MI_Char,
            valueType: *mut MI_Type,
            value: *mut MI_Value,
        ) -> MI_Result,
    >,
    /// Number of options of the request.
    pub GetCustomOptionCount:
        Option<unsafe extern "C" fn(context: *mut MI_Context, count: *mut MI_Uint32) -> MI_Result>,
    /// Reads an option of any type by position.
    pub GetCustomOptionAt: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            index: MI_Uint32,
            name: *mut *const MI_Char,
            valueType: *mut MI_Type,
            value: *mut MI_Value,
        ) -> MI_Result,
    >,
    /// Sends a text on one of the `MI_WRITEMESSAGE_CHANNEL_*` channels.
    pub WriteMessage: Option<
        unsafe extern "C" fn(context: *mut MI_Context, channel: MI_Uint32, message: *const MI_Char) -> MI_Result,
    >,
    /// Reports the progress of a long operation.
    pub WriteProgress: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            activity: *const MI_Char,
            currentOperation: *const MI_Char,
            statusDescription: *const MI_Char,
            percentComplete: MI_Uint32,
            secondsRemaining: MI_Uint32,
        ) -> MI_Result,
    >,
    /// Sends the next part of a streamed out parameter.
    pub WriteStreamParameter: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            name: *const MI_Char,
            value: *const MI_Value,
            type_: MI_Type,
            flags: MI_Uint32,
        ) -> MI_Result,
    >,
    /// Reports an error that need not end the operation; `flag` says whether to go on.
    pub WriteCimError: Option<
        unsafe extern "C" fn(context: *mut MI_Context, error: *const MI_Instance, flag: *mut MI_Boolean) -> MI_Result,
    >,
    /// Asks the user to confirm.
    pub PromptUser: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            message: *const MI_Char,
            promptType: MI_PromptType,
            result: *mut MI_Boolean,
        ) -> MI_Result,
    >,
    /// Asks whether `action` on `target` may be done.
    pub ShouldProcess: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            target: *const MI_Char,
            action: *const MI_Char,
            result: *mut MI_Boolean,
        ) -> MI_Result,
    >,
    /// Asks whether to go on.
    pub ShouldContinue: Option<
        unsafe extern "C" fn(context: *mut MI_Context, message: *const MI_Char, result: *mut MI_Boolean) -> MI_Result,
    >,
    /// Ends the request with a code of a named origin (`MI_RESULT_TYPE_*`) and a text.
    pub PostError: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            resultCode: MI_Uint32,
            resultType: *const MI_Char,
            errorMessage: *const MI_Char,
        ) -> MI_Result,
    >,
    /// Ends the request with a CIM_Error instance.
    pub PostCimError: Option<unsafe extern "C" fn(context: *mut MI_Context, error: *const MI_Instance) -> MI_Result>,
    /// As `WriteCimError`, from a code and a text.
    pub WriteError: Option<
        unsafe extern "C" fn(
            context: *mut MI_Context,
            resultCode: MI_Uint32,
            resultType: *const MI_Char,
            errorMessage: *const MI_Char,
            flag: *mut MI_Boolean,
        ) -> MI_Result,
    >,
    /// The context for lifecycle indications. OMI only: Windows ends the table before this slot.
    pub GetLifecycleIndicationContext: Option<
        unsafe extern "C" fn(
            context: *const MI_Context,
            lifecycleContext: *mut *mut MI_LifecycleIndicationContext,
        ) -> MI_Result,
    >,
}

/// Called when the request is cancelled.
pub type MI_CancelCallback = Option<unsafe extern "C" fn(reason: MI_CancellationReason, callbackData: *mut c_void)>;

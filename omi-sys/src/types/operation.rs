//! Running operations and the callbacks that deliver their results.

use core::ffi::c_void;

use super::*;

/// One running operation of a session.
#[repr(C)]
#[derive(Debug)]
pub struct MI_Operation {
    pub reserved1: MI_Uint64,
    pub reserved2: isize,
    pub ft: *const MI_OperationFT,
}

/// Operations on a running operation.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_OperationFT {
    /// Ends the operation; must be called for each one.
    pub Close: Option<unsafe extern "C" fn(operation: *mut MI_Operation) -> MI_Result>,
    pub Cancel: Option<unsafe extern "C" fn(operation: *mut MI_Operation, reason: MI_CancellationReason) -> MI_Result>,
    pub GetSession: Option<unsafe extern "C" fn(operation: *mut MI_Operation, session: *mut MI_Session) -> MI_Result>,
    /// Waits for the next instance; it is valid until the next call.
    pub GetInstance: Option<
        unsafe extern "C" fn(
            operation: *mut MI_Operation,
            instance: *mut *const MI_Instance,
            moreResults: *mut MI_Boolean,
            result: *mut MI_Result,
            errorMessage: *mut *const MI_Char,
            completionDetails: *mut *const MI_Instance,
        ) -> MI_Result,
    >,
    pub GetIndication: Option<
        unsafe extern "C" fn(
            operation: *mut MI_Operation,
            instance: *mut *const MI_Instance,
            bookmark: *mut *const MI_Char,
            machineID: *mut *const MI_Char,
            moreResults: *mut MI_Boolean,
            result: *mut MI_Result,
            errorMessage: *mut *const MI_Char,
            completionDetails: *mut *const MI_Instance,
        ) -> MI_Result,
    >,
    pub GetClass: Option<
        unsafe extern "C" fn(
            operation: *mut MI_Operation,
            classResult: *mut *const MI_Class,
            moreResults: *mut MI_Boolean,
            result: *mut MI_Result,
            errorMessage: *mut *const MI_Char,
            completionDetails: *mut *const MI_Instance,
        ) -> MI_Result,
    >,
}

/// Callbacks of an asynchronous operation; all NULL for a synchronous one.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_OperationCallbacks {
    pub callbackContext: *mut c_void,
    pub promptUser: MI_OperationCallback_PromptUser,
    pub writeError: MI_OperationCallback_WriteError,
    pub writeMessage: MI_OperationCallback_WriteMessage,
    pub writeProgress: MI_OperationCallback_WriteProgress,
    pub instanceResult: MI_OperationCallback_Instance,
    pub indicationResult: MI_OperationCallback_Indication,
    pub classResult: MI_OperationCallback_Class,
    pub streamedParameterResult: MI_OperationCallback_StreamedParameter,
}

/// A provider asks; answer through `promptUserResult` unless it is NULL.
pub type MI_OperationCallback_PromptUser = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        message: *const MI_Char,
        promptType: MI_PromptType,
        promptUserResult: Option<
            unsafe extern "C" fn(
                operation: *mut MI_Operation,
                response: MI_OperationCallback_ResponseType,
            ) -> MI_Result,
        >,
    ),
>;

/// A provider reports an error that need not end the operation; answer through `writeErrorResult`.
pub type MI_OperationCallback_WriteError = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        instance: *mut MI_Instance,
        writeErrorResult: Option<
            unsafe extern "C" fn(
                operation: *mut MI_Operation,
                response: MI_OperationCallback_ResponseType,
            ) -> MI_Result,
        >,
    ),
>;

/// A provider sent a message on a channel.
pub type MI_OperationCallback_WriteMessage = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        channel: MI_Uint32,
        message: *const MI_Char,
    ),
>;

/// A provider reported its progress.
pub type MI_OperationCallback_WriteProgress = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        activity: *const MI_Char,
        currentOperation: *const MI_Char,
        statusDescription: *const MI_Char,
        percentageComplete: MI_Uint32,
        secondsRemaining: MI_Uint32,
    ),
>;

/// A result instance, or with `moreResults` false the end of the operation.
pub type MI_OperationCallback_Instance = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        instance: *const MI_Instance,
        moreResults: MI_Boolean,
        resultCode: MI_Result,
        errorString: *const MI_Char,
        errorDetails: *const MI_Instance,
        resultAcknowledgement: Option<unsafe extern "C" fn(operation: *mut MI_Operation) -> MI_Result>,
    ),
>;

/// A part of a streamed out parameter.
pub type MI_OperationCallback_StreamedParameter = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        parameterName: *const MI_Char,
        resultType: MI_Type,
        result: *const MI_Value,
        resultAcknowledgement: Option<unsafe extern "C" fn(operation: *mut MI_Operation) -> MI_Result>,
    ),
>;

/// An indication, or with `moreResults` false the end of the subscription.
pub type MI_OperationCallback_Indication = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        instance: *const MI_Instance,
        bookmark: *const MI_Char,
        machineID: *const MI_Char,
        moreResults: MI_Boolean,
        resultCode: MI_Result,
        errorString: *const MI_Char,
        errorDetails: *const MI_Instance,
        resultAcknowledgement: Option<unsafe extern "C" fn(operation: *mut MI_Operation) -> MI_Result>,
    ),
>;

/// A result class, or with `moreResults` false the end of the operation.
pub type MI_OperationCallback_Class = Option<
    unsafe extern "C" fn(
        operation: *mut MI_Operation,
        callbackContext: *mut c_void,
        classResult: *const MI_Class,
        moreResults: MI_Boolean,
        resultCode: MI_Result,
        errorString: *const MI_Char,
        errorDetails: *const MI_Instance,
        resultAcknowledgement: Option<unsafe extern "C" fn(operation: *mut MI_Operation) -> MI_Result>,
    ),
>;

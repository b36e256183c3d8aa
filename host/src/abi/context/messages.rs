//! What a provider says besides its results: messages, progress, errors that do not end the operation, and questions to
//! the user. All of it goes to the listener of the request.

use super::post::{cim_error, error};
use crate::abi::memory::{Outcome, bytes, guard, put, required, string};
use crate::abi::read;
use crate::abi::slot::exchange;
use omi::Type;
use omi::dialogue::{Channel, Progress, Question};
use omi_sys::*;
use std::time::Duration;

/// What a provider gives for a percentage or a time that it does not know.
const UNKNOWN: MI_Uint32 = MI_Uint32::MAX;

pub(super) unsafe extern "C" fn write_message(
    context: *mut MI_Context,
    channel: MI_Uint32,
    message: *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let text = required(message)?;
        let channel = match channel {
            MI_WRITEMESSAGE_CHANNEL_WARNING => Channel::Warning,
            MI_WRITEMESSAGE_CHANNEL_VERBOSE => Channel::Verbose,
            MI_WRITEMESSAGE_CHANNEL_DEBUG => Channel::Debug,
            _ => return Err(MI_RESULT_INVALID_PARAMETER),
        };
        exchange(context)?.outlet().listener().message(channel, &text);
        Ok(())
    })
}

pub(super) unsafe extern "C" fn write_progress(
    context: *mut MI_Context,
    activity: *const MI_Char,
    current_operation: *const MI_Char,
    status_description: *const MI_Char,
    percent_complete: MI_Uint32,
    seconds_remaining: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let progress = Progress {
            activity: string(activity).unwrap_or_default(),
            operation: string(current_operation).unwrap_or_default(),
            status: string(status_description).unwrap_or_default(),
            percent: Some(percent_complete).filter(|it| *it != UNKNOWN),
            remaining: Some(seconds_remaining).filter(|it| *it != UNKNOWN).map(|it| Duration::from_secs(it.into())),
        };
        exchange(context)?.outlet().listener().progress(&progress);
        Ok(())
    })
}

/// One element or an array of them. NOT_SUPPORTED when neither the client nor the method's results take it: outside
/// methods, and after the results.
pub(super) unsafe extern "C" fn write_stream_parameter(
    context: *mut MI_Context,
    name: *const MI_Char,
    value: *const MI_Value,
    type_: MI_Type,
    _flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid, and the value of the given type.
    guard(|| unsafe {
        let name = required(name)?;
        let kind = Type::from_code(type_.0).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let exchange = exchange(context)?;
        let value = read::value(value.as_ref(), kind, exchange.declarations()).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        exchange.outlet().listener().stream(&name, value).map_err(|_untaken| MI_RESULT_NOT_SUPPORTED)
    })
}

pub(super) unsafe extern "C" fn write_error(
    context: *mut MI_Context,
    result_code: MI_Uint32,
    result_type: *const MI_Char,
    error_message: *const MI_Char,
    flag: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(flag, MI_FALSE)?;
        let exchange = exchange(context)?;
        let error = error(&exchange, result_code, bytes(result_type), string(error_message));
        put(flag, exchange.outlet().listener().error(&error).into())
    })
}

pub(super) unsafe extern "C" fn write_cim_error(
    context: *mut MI_Context,
    error: *const MI_Instance,
    flag: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(flag, MI_FALSE)?;
        let exchange = exchange(context)?;
        let go_on = match cim_error(exchange.read(error)?) {
            Ok(()) => true,
            Err(error) => exchange.outlet().listener().error(&error),
        };
        put(flag, go_on.into())
    })
}

pub(super) unsafe extern "C" fn prompt_user(
    context: *mut MI_Context,
    message: *const MI_Char,
    prompt_type: MI_PromptType,
    result: *mut MI_Boolean,
) -> MI_Result {
    let question = match prompt_type {
        MI_PROMPTTYPE_NORMAL => Question::Prompt,
        _ => Question::CriticalPrompt,
    };
    // SAFETY: NULL or valid.
    unsafe { ask(context, || Ok(question(required(message)?)), result) }
}

pub(super) unsafe extern "C" fn should_process(
    context: *mut MI_Context,
    target: *const MI_Char,
    action: *const MI_Char,
    result: *mut MI_Boolean,
) -> MI_Result {
    let [target, action] = [target, action].map(|text| {
        // SAFETY: NULL or valid.
        unsafe { string(text) }.unwrap_or_default()
    });
    // SAFETY: NULL or valid.
    unsafe { ask(context, || Ok(Question::ShouldProcess { target, action }), result) }
}

pub(super) unsafe extern "C" fn should_continue(
    context: *mut MI_Context,
    message: *const MI_Char,
    result: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe { ask(context, || Ok(Question::ShouldContinue(required(message)?)), result) }
}

/// # Safety
/// The pointers are NULL or valid.
unsafe fn ask(
    context: *mut MI_Context,
    question: impl FnOnce() -> Outcome<Question>,
    result: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: by the caller's promise.
    guard(|| unsafe {
        put(result, MI_FALSE)?;
        let question = question()?;
        put(result, exchange(context)?.outlet().listener().ask(&question).into())
    })
}

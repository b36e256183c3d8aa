//! Messages, progress, errors that do not end the operation, and questions to the user. No protocol carries them to
//! clients yet: the outlet decides what becomes of them, and questions are answered as for a user who asked for it.

use super::post::{cim_error, error};
use crate::abi::memory::{bytes, guard, put, required, string};
use crate::abi::slot::exchange;
use crate::engine::call::Notice;
use omi_sys::*;

pub(super) unsafe extern "C" fn write_message(
    context: *mut MI_Context,
    channel: MI_Uint32,
    message: *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let text = required(message)?;
        let notice = match channel {
            MI_WRITEMESSAGE_CHANNEL_WARNING => Notice::Warning(text),
            MI_WRITEMESSAGE_CHANNEL_VERBOSE => Notice::Verbose(text),
            MI_WRITEMESSAGE_CHANNEL_DEBUG => Notice::Debug(text),
            _ => return Err(MI_RESULT_INVALID_PARAMETER),
        };
        exchange(context)?.outlet().notice(&notice);
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
        let notice = Notice::Progress {
            activity: string(activity).unwrap_or_default(),
            current: string(current_operation).unwrap_or_default(),
            status: string(status_description).unwrap_or_default(),
            percent: percent_complete,
            seconds_remaining,
        };
        exchange(context)?.outlet().notice(&notice);
        Ok(())
    })
}

/// Streams have no way to the client; a provider may put the values into an array parameter instead.
pub(super) unsafe extern "C" fn write_stream_parameter(
    _context: *mut MI_Context,
    _name: *const MI_Char,
    _value: *const MI_Value,
    _type: MI_Type,
    _flags: MI_Uint32,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
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
        put(flag, exchange.outlet().notice(&Notice::Error(error)).into())
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
            Err(error) => exchange.outlet().notice(&Notice::Error(error)),
        };
        put(flag, go_on.into())
    })
}

/// Ordinary questions are answered with yes, critical ones with no: nobody is there who could be asked.
pub(super) unsafe extern "C" fn prompt_user(
    context: *mut MI_Context,
    message: *const MI_Char,
    prompt_type: MI_PromptType,
    result: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(result, MI_FALSE)?;
        let text = required(message)?;
        let answer = prompt_type == MI_PROMPTTYPE_NORMAL;
        let spoken = if answer { "yes" } else { "no" };
        exchange(context)?.outlet().notice(&Notice::Verbose(format!("{text} (answered {spoken})")));
        put(result, answer.into())
    })
}

/// The client asked for it, so it shall be done.
pub(super) unsafe extern "C" fn should_process(
    context: *mut MI_Context,
    target: *const MI_Char,
    action: *const MI_Char,
    result: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(result, MI_FALSE)?;
        let (target, action) = (string(target).unwrap_or_default(), string(action).unwrap_or_default());
        exchange(context)?.outlet().notice(&Notice::Verbose(format!("{action}: {target}")));
        put(result, MI_TRUE)
    })
}

/// As [`prompt_user`] for an ordinary question.
pub(super) unsafe extern "C" fn should_continue(
    context: *mut MI_Context,
    message: *const MI_Char,
    result: *mut MI_Boolean,
) -> MI_Result {
    // SAFETY: passed on.
    unsafe { prompt_user(context, message, MI_PROMPTTYPE_NORMAL, result) }
}

//! The function table of contexts, `MI_ContextFT`: construction of instances, options and the final posts. What is said
//! to the user while an operation runs is in [`messages`].

mod messages;
mod post;

use super::exchange::RequestOption;
use super::memory::{bytes, guard, put, put_if_wanted, required};
use super::slot::exchange;
use super::{dynamic, instance};
use crate::engine::CancelReason;
use omi::Value;
use omi_sys::*;
use std::ffi::c_void;
use std::ptr;

/// What `MI_Context.ft` points to. One table for all contexts: what a context may do follows from its exchange.
pub(super) static CONTEXT_FT: MI_ContextFT = MI_ContextFT {
    PostResult: Some(post::post_result),
    PostInstance: Some(post::post_instance),
    PostIndication: Some(post::post_indication),
    ConstructInstance: Some(construct_instance),
    ConstructParameters: Some(construct_parameters),
    NewInstance: Some(new_instance),
    NewDynamicInstance: Some(new_dynamic_instance),
    NewParameters: Some(new_parameters),
    Canceled: Some(canceled),
    GetLocale: Some(get_locale),
    RegisterCancel: Some(register_cancel),
    RequestUnload: Some(request_unload),
    RefuseUnload: Some(refuse_unload),
    GetLocalSession: Some(get_local_session),
    SetStringOption: Some(set_string_option),
    GetStringOption: Some(get_string_option),
    GetNumberOption: Some(get_number_option),
    GetCustomOption: Some(get_custom_option),
    GetCustomOptionCount: Some(get_custom_option_count),
    GetCustomOptionAt: Some(get_custom_option_at),
    WriteMessage: Some(messages::write_message),
    WriteProgress: Some(messages::write_progress),
    WriteStreamParameter: Some(messages::write_stream_parameter),
    WriteCimError: Some(messages::write_cim_error),
    PromptUser: Some(messages::prompt_user),
    ShouldProcess: Some(messages::should_process),
    ShouldContinue: Some(messages::should_continue),
    PostError: Some(post::post_error),
    PostCimError: Some(post::post_cim_error),
    WriteError: Some(messages::write_error),
    GetLifecycleIndicationContext: Some(get_lifecycle_indication_context),
};

// Every function of the table is called by a provider. As C has it, pointers are NULL or valid for their purpose; that
// is all that the SAFETY lines rest on. A context may be used up, but its memory is valid (see `slot`).

unsafe extern "C" fn construct_instance(
    context: *mut MI_Context,
    class_decl: *const MI_ClassDecl,
    out: *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        exchange(context)?;
        instance::construct(class_decl, out)
    })
}

unsafe extern "C" fn construct_parameters(
    context: *mut MI_Context,
    method_decl: *const MI_MethodDecl,
    out: *mut MI_Instance,
) -> MI_Result {
    // SAFETY: a method declaration begins like a class declaration, and an instance needs no more of it.
    unsafe { construct_instance(context, method_decl.cast(), out) }
}

unsafe extern "C" fn new_instance(
    context: *mut MI_Context,
    class_decl: *const MI_ClassDecl,
    out: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(out, ptr::null_mut())?;
        exchange(context)?;
        put(out, instance::new(class_decl)?)
    })
}

unsafe extern "C" fn new_parameters(
    context: *mut MI_Context,
    method_decl: *const MI_MethodDecl,
    out: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: as in `construct_parameters`.
    unsafe { new_instance(context, method_decl.cast(), out) }
}

unsafe extern "C" fn new_dynamic_instance(
    context: *mut MI_Context,
    class_name: *const MI_Char,
    flags: MI_Uint32,
    out: *mut *mut MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(out, ptr::null_mut())?;
        exchange(context)?;
        let name = bytes(class_name).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put(out, dynamic::new(name, flags)?)
    })
}

unsafe extern "C" fn canceled(context: *const MI_Context, flag: *mut MI_Boolean) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(flag, MI_FALSE)?;
        put(flag, exchange(context)?.outlet().is_cancelled().into())
    })
}

unsafe extern "C" fn get_locale(
    context: *const MI_Context,
    locale_type: MI_LocaleType,
    locale: *mut MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid; the buffer has MI_MAX_LOCALE_SIZE characters.
    guard(|| unsafe {
        put(locale, 0)?;
        let exchange = exchange(context)?;
        let wanted = match locale_type {
            MI_LOCALE_TYPE_REQUESTED_UI | MI_LOCALE_TYPE_CLOSEST_UI => &exchange.settings().locale,
            MI_LOCALE_TYPE_REQUESTED_DATA | MI_LOCALE_TYPE_CLOSEST_DATA => &exchange.settings().data_locale,
            _ => return Err(MI_RESULT_INVALID_PARAMETER),
        };
        let wanted = wanted.as_ref().filter(|text| text.len() < MI_MAX_LOCALE_SIZE).ok_or(MI_RESULT_NOT_FOUND)?;
        ptr::copy_nonoverlapping(wanted.as_ptr().cast(), locale, wanted.len());
        put(locale.add(wanted.len()), 0)
    })
}

/// Data of a provider, to be handed back to it.
struct CallbackData(*mut c_void);

// SAFETY: the provider says where its callback may be called by registering it: anywhere.
unsafe impl Send for CallbackData {}

unsafe extern "C" fn register_cancel(
    context: *mut MI_Context,
    callback: MI_CancelCallback,
    callback_data: *mut c_void,
) -> MI_Result {
    // SAFETY: NULL or valid. The callback is forgotten when the provider ends the exchange.
    guard(|| unsafe {
        let callback = callback.ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let data = CallbackData(callback_data);
        exchange(context)?.outlet().on_cancel(Box::new(move |reason: CancelReason| {
            // The whole wrapper is captured, since only it may change threads.
            let CallbackData(data) = { data };
            callback(MI_CancellationReason(reason as u32), data);
        }));
        Ok(())
    })
}

unsafe extern "C" fn request_unload(context: *mut MI_Context) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        exchange(context)?.usage()?.refuse_unload(false);
        Ok(())
    })
}

unsafe extern "C" fn refuse_unload(context: *mut MI_Context) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        exchange(context)?.usage()?.refuse_unload(true);
        Ok(())
    })
}

unsafe extern "C" fn get_local_session(context: *const MI_Context, session: *mut MI_Session) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(session, MI_SESSION_NULL)?;
        let exchange = exchange(context)?;
        put(session, super::session::open(&exchange))
    })
}

/// NOT_SUPPORTED where there is no provider, and in a context for indications, as in OMI.
unsafe extern "C" fn get_lifecycle_indication_context(
    context: *const MI_Context,
    lifecycle: *mut *mut MI_LifecycleIndicationContext,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(lifecycle, ptr::null_mut())?;
        let exchange = exchange(context)?;
        if exchange.outlet().posts_indications() {
            return Err(MI_RESULT_NOT_SUPPORTED);
        }
        let usage = exchange.usage().map_err(|_| MI_RESULT_NOT_SUPPORTED)?;
        put(lifecycle, usage.lifecycle_context(exchange.declarations()).as_ptr())
    })
}

/// Sets an option of this request, for the provider's own later use.
unsafe extern "C" fn set_string_option(
    context: *mut MI_Context,
    name: *const MI_Char,
    value: *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let name = bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        exchange(context)?.set_option(name, required(value)?)
    })
}

unsafe extern "C" fn get_string_option(
    context: *mut MI_Context,
    name: *const MI_Char,
    value: *mut *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid. The text lives as long as the exchange.
    guard(|| unsafe {
        put(value, ptr::null())?;
        let exchange = exchange(context)?;
        let option = exchange.option(bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?.to_bytes())?;
        match option.source {
            Value::String(_) => put(value, option.value.borrow().string.cast_const()),
            _ => Err(MI_RESULT_NO_SUCH_PROPERTY),
        }
    })
}

unsafe extern "C" fn get_number_option(
    context: *mut MI_Context,
    name: *const MI_Char,
    value: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(value, 0)?;
        let exchange = exchange(context)?;
        let option = exchange.option(bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?.to_bytes())?;
        put(value, number(&option.source).ok_or(MI_RESULT_NO_SUCH_PROPERTY)?)
    })
}

/// A number or its text: WS-Man knows only texts.
fn number(value: &Value) -> Option<u32> {
    match omi::text::parse(omi::Type::Uint32, &omi::text::display(value)) {
        Ok(Value::Uint32(number)) => Some(number),
        _ => None,
    }
}

unsafe extern "C" fn get_custom_option(
    context: *mut MI_Context,
    name: *const MI_Char,
    value_type: *mut MI_Type,
    value: *mut MI_Value,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let exchange = exchange(context)?;
        let option = exchange.option(bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?.to_bytes())?;
        put_option(&option, value_type, value);
        Ok(())
    })
}

unsafe extern "C" fn get_custom_option_count(context: *mut MI_Context, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(count, 0)?;
        let options = exchange(context)?.option_count();
        put(count, u32::try_from(options).map_err(|_| MI_RESULT_FAILED)?)
    })
}

unsafe extern "C" fn get_custom_option_at(
    context: *mut MI_Context,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    value_type: *mut MI_Type,
    value: *mut MI_Value,
) -> MI_Result {
    // SAFETY: NULL or valid. Name and value live as long as the exchange.
    guard(|| unsafe {
        put_if_wanted(name, ptr::null());
        let exchange = exchange(context)?;
        let option = exchange.option_at(index as usize).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        put_if_wanted(name, option.name.as_ptr());
        put_option(&option, value_type, value);
        Ok(())
    })
}

unsafe fn put_option(option: &RequestOption, value_type: *mut MI_Type, value: *mut MI_Value) {
    // SAFETY: NULL or valid.
    unsafe {
        put_if_wanted(value_type, MI_Type(option.value.kind().code()));
        put_if_wanted(value, option.value.borrow());
    }
}

//! Posts: instances, and the final post that ends an exchange.

use crate::abi::exchange::Exchange;
use crate::abi::memory::{bytes, guard, string};
use crate::abi::slot::{close, exchange};
use omi::{Error, Instance, ResultCode, Value};
use omi_sys::*;
use std::ffi::CStr;

/// OMI's code for an error instance that is none.
const INVALID_CIM_ERROR: ResultCode = ResultCode(1002);

pub(super) unsafe extern "C" fn post_result(context: *mut MI_Context, result: MI_Result) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let exchange = close(context)?;
        let end = if result == MI_RESULT_OK { Ok(()) } else { Err(exchange.error(result.0)) };
        exchange.outlet().end(end);
        Ok(())
    })
}

pub(super) unsafe extern "C" fn post_instance(context: *mut MI_Context, instance: *const MI_Instance) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let exchange = exchange(context)?;
        exchange.post(exchange.read_posted(instance)?)
    })
}

/// As in OMI the host finds the subscriptions, so their number says nothing.
pub(super) unsafe extern "C" fn post_indication(
    context: *mut MI_Context,
    indication: *const MI_Instance,
    _subscription_id_count: MI_Uint32,
    bookmark: *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let exchange = exchange(context)?;
        if !exchange.outlet().posts_indications() {
            return Err(MI_RESULT_NOT_SUPPORTED);
        }
        exchange.post_indication(exchange.read(indication)?, string(bookmark).as_deref())
    })
}

pub(super) unsafe extern "C" fn post_error(
    context: *mut MI_Context,
    result_code: MI_Uint32,
    result_type: *const MI_Char,
    error_message: *const MI_Char,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let exchange = close(context)?;
        let error = error(&exchange, result_code, bytes(result_type), string(error_message));
        exchange.outlet().end(Err(error));
        Ok(())
    })
}

/// The error of a code, whose meaning depends on the type, and a text.
pub(super) fn error(exchange: &Exchange, code: u32, kind: Option<&CStr>, text: Option<String>) -> Error {
    let is = |name: &CStr| kind.is_some_and(|kind| kind.to_bytes().eq_ignore_ascii_case(name.to_bytes()));
    let from_system = is(MI_RESULT_TYPE_ERRNO).then(|| Error::from(errno(code)));
    let code = match &from_system {
        Some(error) => error.code(),
        // An error that says it is none is still an error.
        None if is(MI_RESULT_TYPE_MI) && code != 0 => ResultCode(code),
        None => ResultCode::FAILED,
    };
    match (text.filter(|text| !text.is_empty()), from_system) {
        (Some(text), _) => Error::new(code, text),
        (None, Some(error)) => error,
        (None, None) => exchange.error(code.0),
    }
}

fn errno(code: u32) -> std::io::Error {
    std::io::Error::from_raw_os_error(i32::try_from(code).unwrap_or(libc::EIO))
}

pub(super) unsafe extern "C" fn post_cim_error(context: *mut MI_Context, error: *const MI_Instance) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let exchange = close(context)?;
        // As in OMI, what is no error instance ends the operation too: the provider takes it for done.
        let end = exchange.read(error).map_or_else(|_| Err(no_cim_error()), cim_error);
        exchange.outlet().end(end);
        Ok(())
    })
}

fn no_cim_error() -> Error {
    Error::new(INVALID_CIM_ERROR, "the provider posted an error instance that cannot be read")
}

/// The error that a CIM_Error instance describes; `Ok` when its status is 0, as in OMI.
pub(super) fn cim_error(instance: Instance) -> Result<(), Error> {
    let message = instance.text("Message").map(str::to_owned);
    match instance.get("CIMStatusCode") {
        Some(Value::Uint32(0)) => Ok(()),
        Some(Value::Uint32(code)) => {
            let code = ResultCode(*code);
            let message = message.unwrap_or_else(|| code.description().to_owned());
            Err(Error::new(code, message).with_details(instance))
        }
        _ => {
            let class = instance.class_name();
            let text = format!("the provider posted a {class} without CIMStatusCode (uint32) as its error");
            Err(Error::new(INVALID_CIM_ERROR, message.unwrap_or(text)))
        }
    }
}

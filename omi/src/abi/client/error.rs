//! Errors as the other side describes them.

use crate::abi::read;
use crate::{Error, Instance, Result, ResultCode, Value};
use omi_sys::*;
use std::ffi::c_char;

/// The end of an operation: its result code, and for an error what else there is.
///
/// # Safety
/// `text` is NULL or a C string, `details` NULL or a live instance.
pub(super) unsafe fn end(code: MI_Result, text: *const c_char, details: *const MI_Instance) -> Result<()> {
    if code == MI_RESULT_OK {
        return Ok(());
    }
    // SAFETY: by the caller's promise.
    let (text, details) = unsafe { (read::text(text), read::instance(details)) };
    Err(whole(ResultCode(code.0), text, details))
}

/// The error that a CIM_Error describes.
///
/// # Safety
/// `details` is NULL or a live instance.
pub(super) unsafe fn reported(details: *const MI_Instance) -> Error {
    // SAFETY: by the caller's promise.
    let details = unsafe { read::instance(details) };
    let code = match details.as_ref().and_then(|details| details.get("CIMStatusCode")) {
        Some(Value::Uint32(code)) => ResultCode(*code),
        _ => ResultCode::FAILED,
    };
    whole(code, None, details)
}

fn whole(code: ResultCode, text: Option<String>, details: Option<Instance>) -> Error {
    let of_details = || details.as_ref()?.text("Message").map(str::to_owned);
    let text = text.filter(|text| !text.is_empty()).or_else(of_details);
    let error = Error::new(code, text.unwrap_or_else(|| code.description().to_owned()));
    match details {
        Some(details) => error.with_details(details),
        None => error,
    }
}

/// What a call answers.
///
/// # Errors
/// With the code of the answer, and a text that says what failed.
pub(super) fn check(result: MI_Result, what: &str) -> Result<()> {
    match ResultCode(result.0) {
        ResultCode::OK => Ok(()),
        code => Err(Error::new(code, format!("{what}: {}", code.description()))),
    }
}

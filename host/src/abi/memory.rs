//! Memory and text that is shared with C code.
//!
//! What instances own is allocated by `malloc`, because C providers write into it and may replace a pointer by one of
//! their own `malloc`: releasing it must not need a size.

use omi_sys::*;
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;

/// What the entries of a function table return: nothing, or the code for the provider.
pub(super) type Outcome<T = ()> = Result<T, MI_Result>;

/// Runs the body of an entry that providers call. A panic must not unwind into C and becomes FAILED.
pub(super) fn guard(entry: impl FnOnce() -> Outcome) -> MI_Result {
    match catch_unwind(AssertUnwindSafe(entry)) {
        Ok(Ok(())) => MI_RESULT_OK,
        Ok(Err(code)) => code,
        Err(_) => MI_RESULT_FAILED,
    }
}

/// Writes an out-parameter that must not be NULL.
///
/// # Safety
/// `out` is NULL or valid for writing a `T`.
pub(super) unsafe fn put<T>(out: *mut T, value: T) -> Outcome {
    if out.is_null() {
        return Err(MI_RESULT_INVALID_PARAMETER);
    }
    // SAFETY: the caller says that it is valid when it is not NULL.
    unsafe { out.write_unaligned(value) };
    Ok(())
}

/// Writes an out-parameter that may be NULL, for callers that do not want it.
///
/// # Safety
/// As for [`put`].
pub(super) unsafe fn put_if_wanted<T>(out: *mut T, value: T) {
    // SAFETY: passed on. The only failure is the NULL that is allowed here.
    let _ = unsafe { put(out, value) };
}

/// The bytes of a C string; `None` for NULL.
///
/// # Safety
/// `text` is NULL or a C string that stays unchanged for `'a`.
pub(super) unsafe fn bytes<'a>(text: *const c_char) -> Option<&'a CStr> {
    // SAFETY: the caller says so.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) })
}

/// A C string as text; what is not UTF-8 is replaced. `None` for NULL.
///
/// # Safety
/// `text` is NULL or a C string.
pub(super) unsafe fn string(text: *const c_char) -> Option<String> {
    // SAFETY: passed on; the text is copied before this returns.
    unsafe { bytes(text) }.map(|text| text.to_string_lossy().into_owned())
}

/// As [`string`], for parameters that must not be NULL.
///
/// # Safety
/// `text` is NULL or a C string.
pub(super) unsafe fn required(text: *const c_char) -> Outcome<String> {
    // SAFETY: passed on.
    unsafe { string(text) }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

/// `size` zeroed bytes.
pub(super) fn allocate(size: usize) -> Outcome<*mut u8> {
    // SAFETY: calloc has no preconditions. One byte at least, so that NULL always means failure.
    let memory = unsafe { libc::calloc(1, size.max(1)) };
    if memory.is_null() { Err(MI_RESULT_FAILED) } else { Ok(memory.cast()) }
}

/// Frees memory of [`allocate`]; NULL is allowed.
///
/// # Safety
/// `memory` is NULL or came from `malloc`, and nobody uses it any more.
pub(super) unsafe fn release<T>(memory: *const T) {
    // SAFETY: the caller says so.
    unsafe { libc::free(memory.cast_mut().cast()) };
}

/// A copy of a C string, for [`release`]; NULL for NULL.
///
/// # Safety
/// `text` is NULL or a C string.
pub(super) unsafe fn copy_text(text: *const c_char) -> Outcome<*mut c_char> {
    // SAFETY: passed on.
    let Some(text) = (unsafe { bytes(text) }) else { return Ok(ptr::null_mut()) };
    let text = text.to_bytes_with_nul();
    let copy = allocate(text.len())?;
    // SAFETY: the new block has exactly this size and overlaps nothing.
    unsafe { ptr::copy_nonoverlapping(text.as_ptr(), copy, text.len()) };
    Ok(copy.cast())
}

/// Element `index` of an array of pointers in a declaration; `None` when it or the array is NULL.
///
/// # Safety
/// `array` is NULL or has more than `index` elements, which are NULL or valid for `'a`.
pub(super) unsafe fn element<'a, T>(array: *const *const T, index: u32) -> Option<&'a T> {
    if array.is_null() {
        return None;
    }
    // SAFETY: the caller says that the array has this element and that it is valid when it is not NULL.
    unsafe { (*array.add(index as usize)).as_ref() }
}

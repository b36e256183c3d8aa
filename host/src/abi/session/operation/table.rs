//! The function table of operations, `MI_OperationFT`, and the functions by which callbacks acknowledge and answer.

use super::super::callbacks::Yields;
use super::super::task::Delivery;
use super::super::{SESSIONS, handle};
use super::{OPERATIONS, Response, Running};
use crate::abi::memory::{Outcome, guard, put, put_if_wanted};
use omi_sys::*;
use std::ptr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};

pub(super) static OPERATION_FT: MI_OperationFT = MI_OperationFT {
    Close: Some(close),
    Cancel: Some(cancel),
    GetSession: Some(get_session),
    GetInstance: Some(get_instance),
    GetIndication: Some(get_indication),
    GetClass: Some(get_class),
};

// As in `table`: pointers are NULL or valid for their purpose; that is all that the SAFETY lines rest on.

/// # Safety
/// `operation` is NULL or valid.
unsafe fn known(operation: *const MI_Operation) -> Outcome<Arc<Running>> {
    // SAFETY: the caller says so.
    let operation = unsafe { operation.as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?;
    OPERATIONS.get(operation.reserved1)
}

/// As [`known`], unless the caller has closed it.
///
/// # Safety
/// As for [`known`].
unsafe fn open(operation: *const MI_Operation) -> Outcome<Arc<Running>> {
    // SAFETY: passed on.
    let running = unsafe { known(operation)? };
    if running.is_closed.load(Ordering::Acquire) { Err(MI_RESULT_INVALID_PARAMETER) } else { Ok(running) }
}

pub(super) unsafe extern "C" fn acknowledge(operation: *mut MI_Operation) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { known(operation)?.turn.end(MI_OperationCallback_ResponseType_Yes) })
}

pub(super) unsafe extern "C" fn respond(operation: *mut MI_Operation, response: Response) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { known(operation)?.turn.end(response) })
}

/// Closes an operation, which is cancelled if it has not ended. Callbacks still get the end.
unsafe extern "C" fn close(operation: *mut MI_Operation) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let running = open(operation)?;
        running.is_closed.store(true, Ordering::SeqCst);
        running.cancel();
        running.forget();
        Ok(())
    })
}

unsafe extern "C" fn cancel(operation: *mut MI_Operation, _reason: MI_CancellationReason) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        open(operation)?.cancel();
        Ok(())
    })
}

unsafe extern "C" fn get_session(operation: *mut MI_Operation, session: *mut MI_Session) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        put(session, MI_SESSION_NULL)?;
        let number = open(operation)?.session.number();
        SESSIONS.get(number)?;
        put(session, handle(number))
    })
}

/// The out-parameters of all Get functions but the result itself.
struct Out {
    more: *mut MI_Boolean,
    result: *mut MI_Result,
    text: *mut *const MI_Char,
    details: *mut *const MI_Instance,
}

/// Waits for the next result, which `take` gives to the caller. It lives until the next one.
///
/// # Safety
/// The pointers are NULL or valid.
unsafe fn get(operation: *mut MI_Operation, yields: Yields, out: &Out, take: impl FnOnce(&Delivery)) -> MI_Result {
    let result = guard(|| {
        // SAFETY: the caller says so.
        let running = unsafe { open(operation)? };
        let pull = running.pull.as_ref().filter(|_| running.yields == yields).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        let mut pull = pull.lock().unwrap_or_else(PoisonError::into_inner);
        let next = pull.source.next(&running).ok_or(MI_RESULT_INVALID_PARAMETER)?;
        pull.delivered = next;
        let next = &pull.delivered;
        take(next);
        // SAFETY: the caller says so.
        unsafe {
            put_if_wanted(out.more, next.more());
            put_if_wanted(out.result, next.code());
            put_if_wanted(out.text, next.text());
            put_if_wanted(out.details, next.details());
        }
        Ok(())
    });
    if result != MI_RESULT_OK {
        // SAFETY: the caller says so.
        unsafe {
            put_if_wanted(out.more, MI_FALSE);
            put_if_wanted(out.result, result);
            put_if_wanted(out.text, ptr::null());
            put_if_wanted(out.details, ptr::null());
        }
    }
    result
}

unsafe extern "C" fn get_instance(
    operation: *mut MI_Operation,
    instance: *mut *const MI_Instance,
    more: *mut MI_Boolean,
    result: *mut MI_Result,
    text: *mut *const MI_Char,
    details: *mut *const MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe {
        put_if_wanted(instance, ptr::null());
        let out = Out { more, result, text, details };
        get(operation, Yields::Instances, &out, |next| put_if_wanted(instance, next.instance()))
    }
}

unsafe extern "C" fn get_indication(
    operation: *mut MI_Operation,
    instance: *mut *const MI_Instance,
    bookmark: *mut *const MI_Char,
    machine: *mut *const MI_Char,
    more: *mut MI_Boolean,
    result: *mut MI_Result,
    text: *mut *const MI_Char,
    details: *mut *const MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe {
        put_if_wanted(instance, ptr::null());
        put_if_wanted(bookmark, ptr::null());
        put_if_wanted(machine, ptr::null());
        let out = Out { more, result, text, details };
        get(operation, Yields::Indications, &out, |next| {
            put_if_wanted(instance, next.instance());
            put_if_wanted(bookmark, next.bookmark());
        })
    }
}

unsafe extern "C" fn get_class(
    operation: *mut MI_Operation,
    class: *mut *const MI_Class,
    more: *mut MI_Boolean,
    result: *mut MI_Result,
    text: *mut *const MI_Char,
    details: *mut *const MI_Instance,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe {
        put_if_wanted(class, ptr::null());
        let out = Out { more, result, text, details };
        get(operation, Yields::Classes, &out, |next| put_if_wanted(class, next.class()))
    }
}

//! The function tables of options. Both kinds begin with the number of their handle, so most functions serve both.

use super::get::*;
use super::{Held, OPTIONS, Options, keep};
use crate::abi::declaration::Declarations;
use crate::abi::memory::{Outcome, bytes, guard, put, required};
use crate::abi::read;
use omi::{Type, Value};
use omi_sys::*;
use std::sync::{Arc, Mutex};

static OPERATION_OPTIONS_FT: MI_OperationOptionsFT = MI_OperationOptionsFT {
    Delete: Some(delete_operation_options),
    SetString: Some(set_string),
    SetNumber: Some(set_number),
    SetCustomOption: Some(set_custom),
    GetString: Some(get_string),
    GetNumber: Some(get_number),
    GetOptionCount: Some(get_count),
    GetOptionAt: Some(get_at),
    GetOption: Some(get),
    GetEnabledChannels: Some(get_enabled_channels),
    Clone: Some(clone),
    SetInterval: Some(set_interval),
    GetInterval: Some(get_interval),
};

static SUBSCRIPTION_OPTIONS_FT: MI_SubscriptionDeliveryOptionsFT = MI_SubscriptionDeliveryOptionsFT {
    SetString: Some(set_string),
    SetNumber: Some(set_number),
    SetDateTime: Some(set_datetime),
    SetInterval: Some(set_interval),
    AddCredentials: Some(add_credentials),
    Delete: Some(delete),
    GetString: Some(get_string),
    GetNumber: Some(get_number),
    GetDateTime: Some(get_datetime),
    GetInterval: Some(get_interval),
    GetOptionCount: Some(get_count),
    GetOptionAt: Some(get_at),
    GetOption: Some(get),
    GetCredentialsCount: Some(get_credentials_count),
    GetCredentialsAt: Some(get_credentials_at),
    GetCredentialsPasswordAt: Some(get_credentials_password_at),
    Clone: Some(clone),
};

/// A handle of options.
pub(super) trait Handle: Sized {
    fn number(&self) -> u64;
    fn new(number: u64) -> Self;
}

impl Handle for MI_OperationOptions {
    fn number(&self) -> u64 {
        self.reserved1
    }
    fn new(number: u64) -> Self {
        Self { reserved1: number, reserved2: 0, ft: &raw const OPERATION_OPTIONS_FT }
    }
}

impl Handle for MI_SubscriptionDeliveryOptions {
    fn number(&self) -> u64 {
        self.reserved1
    }
    fn new(number: u64) -> Self {
        Self { reserved1: number, reserved2: 0, ft: &raw const SUBSCRIPTION_OPTIONS_FT }
    }
}

/// Options without any value.
pub(in crate::abi::session) fn new_operation_options() -> MI_OperationOptions {
    Handle::new(keep(Options::default()))
}

/// Options without any value.
pub(in crate::abi::session) fn new_subscription_options() -> MI_SubscriptionDeliveryOptions {
    Handle::new(keep(Options::default()))
}

// As in `operation`: pointers are NULL or valid for their purpose; that is all that the SAFETY lines rest on.

pub(super) unsafe fn options<H: Handle>(handle: *const H) -> Outcome<Arc<Options>> {
    // SAFETY: NULL or valid.
    OPTIONS.get(unsafe { handle.as_ref() }.ok_or(MI_RESULT_INVALID_PARAMETER)?.number())
}

unsafe extern "C" fn delete<H: Handle>(handle: *mut H) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe { OPTIONS.remove(handle.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?.number()).map(drop) })
}

unsafe extern "C" fn delete_operation_options(handle: *mut MI_OperationOptions) {
    // SAFETY: passed on. This table has no place for the result.
    let _ = unsafe { delete(handle) };
}

unsafe extern "C" fn clone<H: Handle>(handle: *const H, new: *mut H) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let held = options(handle)?.lock().clone();
        let copy = Held { replaced: Vec::new(), ..held };
        put(new, H::new(keep(Options(Mutex::new(copy)))))
    })
}

/// Sets an option to a value that `value` makes when the name is good.
unsafe fn set<H: Handle>(
    handle: *mut H,
    name: *const MI_Char,
    flags: MI_Uint32,
    value: impl FnOnce() -> Outcome<Value>,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let options = options(handle)?;
        options.set(bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?, value()?, flags)
    })
}

unsafe extern "C" fn set_string<H: Handle>(
    handle: *mut H,
    name: *const MI_Char,
    value: *const MI_Char,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe { set(handle, name, flags, || required(value).map(Value::String)) }
}

unsafe extern "C" fn set_number<H: Handle>(
    handle: *mut H,
    name: *const MI_Char,
    value: MI_Uint32,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe { set(handle, name, flags, || Ok(Value::Uint32(value))) }
}

unsafe extern "C" fn set_interval<H: Handle>(
    handle: *mut H,
    name: *const MI_Char,
    value: *const MI_Interval,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe {
        set(handle, name, flags, || {
            let interval = *value.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
            let datetime = MI_Datetime { isTimestamp: 0, u: MI_DatetimeUnion { interval } };
            owned(&MI_Value { datetime }, Type::Datetime)
        })
    }
}

unsafe extern "C" fn set_datetime(
    handle: *mut MI_SubscriptionDeliveryOptions,
    name: *const MI_Char,
    value: *const MI_Datetime,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe {
        set(handle, name, flags, || {
            let datetime = *value.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?;
            owned(&MI_Value { datetime }, Type::Datetime)
        })
    }
}

/// As there is no option that a local session must understand and does not, `must_comply` is always kept.
unsafe extern "C" fn set_custom(
    handle: *mut MI_OperationOptions,
    name: *const MI_Char,
    value_type: MI_Type,
    value: *const MI_Value,
    _must_comply: MI_Boolean,
    flags: MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid, and the value of the given type.
    unsafe {
        set(handle, name, flags, || {
            let kind = Type::from_code(value_type.0).ok_or(MI_RESULT_INVALID_PARAMETER)?;
            owned(value.as_ref().ok_or(MI_RESULT_INVALID_PARAMETER)?, kind)
        })
    }
}

unsafe fn owned(value: &MI_Value, kind: Type) -> Outcome<Value> {
    // SAFETY: the callers' values have their types.
    unsafe { read::value(Some(value), kind, &Declarations::default()) }.ok_or(MI_RESULT_INVALID_PARAMETER)
}

/// Nothing is delivered to another computer, which would ask for them.
unsafe extern "C" fn add_credentials(
    _handle: *mut MI_SubscriptionDeliveryOptions,
    _name: *const MI_Char,
    _credentials: *const MI_UserCredentials,
    _flags: MI_Uint32,
) -> MI_Result {
    MI_RESULT_NOT_SUPPORTED
}

unsafe extern "C" fn get_credentials_count(
    handle: *const MI_SubscriptionDeliveryOptions,
    count: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        options(handle)?;
        put(count, 0)
    })
}

unsafe extern "C" fn get_credentials_at(
    _handle: *const MI_SubscriptionDeliveryOptions,
    _index: MI_Uint32,
    _name: *mut *const MI_Char,
    _credentials: *mut MI_UserCredentials,
    _flags: *mut MI_Uint32,
) -> MI_Result {
    MI_RESULT_INVALID_PARAMETER
}

unsafe extern "C" fn get_credentials_password_at(
    _handle: *const MI_SubscriptionDeliveryOptions,
    _index: MI_Uint32,
    _name: *mut *const MI_Char,
    _password: *mut MI_Char,
    _length: MI_Uint32,
    _password_length: *mut MI_Uint32,
    _flags: *mut MI_Uint32,
) -> MI_Result {
    MI_RESULT_INVALID_PARAMETER
}

//! The functions by which options are read back.

use super::Item;
use super::table::{Handle, options};
use crate::abi::memory::{Outcome, bytes, guard, put, put_if_wanted};
use omi::Value;
use omi_sys::*;
use std::ptr;

// As in `table`: pointers are NULL or valid for their purpose.

/// Gives an option to `take`; TYPE_MISMATCH when that does not want it.
unsafe fn find<H: Handle>(
    handle: *const H,
    name: *const MI_Char,
    index: *mut MI_Uint32,
    flags: *mut MI_Uint32,
    take: impl FnOnce(&Item) -> Outcome,
) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let (place, item) = options(handle)?.find(bytes(name).ok_or(MI_RESULT_INVALID_PARAMETER)?)?;
        take(&item)?;
        put_if_wanted(index, place);
        put_if_wanted(flags, item.flags);
        Ok(())
    })
}

pub(super) unsafe extern "C" fn get_string<H: Handle>(
    handle: *const H,
    name: *const MI_Char,
    value: *mut *const MI_Char,
    index: *mut MI_Uint32,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid. The text lives as long as the options.
    unsafe {
        find(handle, name, index, flags, |item| match item.option.source {
            Value::String(_) => put(value, item.option.value.borrow().string.cast_const()),
            _ => Err(MI_RESULT_TYPE_MISMATCH),
        })
    }
}

pub(super) unsafe extern "C" fn get_number<H: Handle>(
    handle: *const H,
    name: *const MI_Char,
    value: *mut MI_Uint32,
    index: *mut MI_Uint32,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid.
    unsafe {
        find(handle, name, index, flags, |item| match item.option.source {
            Value::Uint32(number) => put(value, number),
            _ => Err(MI_RESULT_TYPE_MISMATCH),
        })
    }
}

pub(super) unsafe extern "C" fn get_interval<H: Handle>(
    handle: *const H,
    name: *const MI_Char,
    value: *mut MI_Interval,
    index: *mut MI_Uint32,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid; an interval is what its type says.
    unsafe {
        find(handle, name, index, flags, |item| match item.option.source {
            Value::Datetime(omi::Datetime::Interval(_)) => put(value, item.option.value.borrow().datetime.u.interval),
            _ => Err(MI_RESULT_TYPE_MISMATCH),
        })
    }
}

pub(super) unsafe extern "C" fn get_datetime(
    handle: *const MI_SubscriptionDeliveryOptions,
    name: *const MI_Char,
    value: *mut MI_Datetime,
    index: *mut MI_Uint32,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid; a date is what its type says.
    unsafe {
        find(handle, name, index, flags, |item| match item.option.source {
            Value::Datetime(_) => put(value, item.option.value.borrow().datetime),
            _ => Err(MI_RESULT_TYPE_MISMATCH),
        })
    }
}

pub(super) unsafe extern "C" fn get_count<H: Handle>(handle: *const H, count: *mut MI_Uint32) -> MI_Result {
    // SAFETY: NULL or valid.
    guard(|| unsafe {
        let options = options(handle)?.lock().items.len();
        put(count, u32::try_from(options).map_err(|_| MI_RESULT_FAILED)?)
    })
}

pub(super) unsafe extern "C" fn get_at<H: Handle>(
    handle: *const H,
    index: MI_Uint32,
    name: *mut *const MI_Char,
    value: *mut MI_Value,
    value_type: *mut MI_Type,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid. Name and value live as long as the options.
    guard(|| unsafe {
        let item = options(handle)?.at(index)?;
        put_if_wanted(name, item.option.name.as_ptr());
        put_value(&item, value, value_type);
        put_if_wanted(flags, item.flags);
        Ok(())
    })
}

pub(super) unsafe extern "C" fn get<H: Handle>(
    handle: *const H,
    name: *const MI_Char,
    value: *mut MI_Value,
    value_type: *mut MI_Type,
    index: *mut MI_Uint32,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid. The value lives as long as the options.
    unsafe {
        find(handle, name, index, flags, |item| {
            put_value(item, value, value_type);
            Ok(())
        })
    }
}

unsafe fn put_value(item: &Item, value: *mut MI_Value, value_type: *mut MI_Type) {
    // SAFETY: NULL or valid.
    unsafe {
        put_if_wanted(value_type, MI_Type(item.option.value.kind().code()));
        put_if_wanted(value, item.option.value.borrow());
    }
}

/// INVALID_PARAMETER when the buffer is too short, and how long it must be.
pub(super) unsafe extern "C" fn get_enabled_channels(
    handle: *const MI_OperationOptions,
    _name: *const MI_Char,
    channels: *mut MI_Uint32,
    length: MI_Uint32,
    count: *mut MI_Uint32,
    flags: *mut MI_Uint32,
) -> MI_Result {
    // SAFETY: NULL or valid, and the buffer has the given length.
    guard(|| unsafe {
        let wanted: Vec<u32> = options(handle)?.channels().wanted().collect();
        put(count, wanted.len() as u32)?;
        put_if_wanted(flags, 0);
        if channels.is_null() || (length as usize) < wanted.len() {
            return Err(MI_RESULT_INVALID_PARAMETER);
        }
        ptr::copy_nonoverlapping(wanted.as_ptr(), channels, wanted.len());
        Ok(())
    })
}

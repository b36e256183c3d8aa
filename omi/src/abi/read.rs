//! Host memory to Rust values. Text that is not UTF-8 is replaced, and an unknown type code is no value.

use crate::value::Char16;
use crate::{Datetime, Instance, Interval, Property, Timestamp, Type, Value, flags};
use omi_sys::*;
use std::ffi::{CStr, c_char};
use std::ptr;

/// The text at `text`; `None` for NULL.
///
/// # Safety
/// `text` is NULL or points to a NUL-terminated string that stays unchanged during the call.
pub(crate) unsafe fn text(text: *const c_char) -> Option<String> {
    // SAFETY: not NULL, and terminated by the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// The instance at `instance`, read through its own function table; `None` when it cannot be read.
///
/// # Safety
/// `instance` is NULL or a live instance of the host.
pub(crate) unsafe fn instance(instance: *const MI_Instance) -> Option<Instance> {
    // SAFETY: a live instance has a readable header.
    let table = unsafe { instance.as_ref()?.ft.as_ref()? };
    let mut class_name: *const c_char = ptr::null();
    // SAFETY: the slot belongs to this instance; the out-parameter is initialised.
    let result = unsafe { table.GetClassName?(instance, &mut class_name) };
    if result != MI_RESULT_OK {
        return None;
    }
    let mut count = 0;
    // SAFETY: as above.
    let result = unsafe { table.GetElementCount?(instance, &mut count) };
    if result != MI_RESULT_OK {
        return None;
    }
    // SAFETY: the name is borrowed from the live instance.
    let mut owned = Instance::with_capacity(unsafe { text(class_name) }?, count as usize);
    let mut namespace: *const c_char = ptr::null();
    if let Some(get) = table.GetNameSpace
        // SAFETY: as above.
        && unsafe { get(instance, &mut namespace) } == MI_RESULT_OK
    {
        // SAFETY: the namespace is borrowed from the live instance.
        owned.set_namespace(unsafe { text(namespace) }.map(Into::into));
    }
    let get = table.GetElementAt?;
    for index in 0..count {
        let mut name: *const c_char = ptr::null();
        let mut value = no_value();
        let mut kind = MI_STRING;
        let mut element_flags = 0;
        // SAFETY: index < count; every out-parameter is initialised.
        let result = unsafe { get(instance, index, &mut name, &mut value, &mut kind, &mut element_flags) };
        if result == MI_RESULT_OK
            // SAFETY: the host reported success, so name and value are set and borrowed from the live instance.
            && let Some(property) = unsafe { property(name, kind, &value, element_flags) }
        {
            owned.push(property);
        }
    }
    Some(owned)
}

/// A value for a host to fill in, all of it zero: a NULL pointer, an empty array, the number 0.
pub(crate) fn no_value() -> MI_Value {
    // SAFETY: every member of the union is an integer, a float, a raw pointer or a struct of those.
    unsafe { std::mem::zeroed() }
}

/// An element as the host describes it; `None` when name or type are unusable.
///
/// # Safety
/// `name` is NULL or a live string, and unless `element_flags` has NULL, `value` holds a live value of type `kind`.
pub(crate) unsafe fn property(
    name: *const c_char,
    kind: MI_Type,
    value: &MI_Value,
    element_flags: u32,
) -> Option<Property> {
    let kind = Type::from_code(kind.0)?;
    // SAFETY: by the caller's promise.
    let name = unsafe { text(name) }?.into();
    let value = if element_flags & flags::NULL == 0 {
        // SAFETY: by the caller's promise the value is of this type.
        unsafe { self::value(kind, value) }
    } else {
        None
    };
    Some(Property { name, kind, flags: element_flags & !(flags::NULL | flags::NOT_MODIFIED), value })
}

/// The value as a Rust value; `None` when it is a NULL pointer.
///
/// # Safety
/// `value` holds a live value of type `kind`.
pub(crate) unsafe fn value(kind: Type, value: &MI_Value) -> Option<Value> {
    // SAFETY: each arm reads the union member that `kind` names.
    unsafe {
        Some(match kind {
            Type::Boolean => Value::Boolean(value.boolean != MI_FALSE),
            Type::Uint8 => Value::Uint8(value.uint8),
            Type::Sint8 => Value::Sint8(value.sint8),
            Type::Uint16 => Value::Uint16(value.uint16),
            Type::Sint16 => Value::Sint16(value.sint16),
            Type::Uint32 => Value::Uint32(value.uint32),
            Type::Sint32 => Value::Sint32(value.sint32),
            Type::Uint64 => Value::Uint64(value.uint64),
            Type::Sint64 => Value::Sint64(value.sint64),
            Type::Real32 => Value::Real32(value.real32),
            Type::Real64 => Value::Real64(value.real64),
            Type::Char16 => Value::Char16(Char16(value.char16)),
            Type::Datetime => Value::Datetime(datetime(&value.datetime)),
            Type::String => Value::String(text(value.string)?),
            Type::Reference => Value::Reference(Box::new(instance(value.reference)?)),
            Type::Instance => Value::Instance(Box::new(instance(value.instance)?)),
            Type::BooleanArray => Value::BooleanArray(elements(&value.array, |it: MI_Boolean| Some(it != MI_FALSE))),
            Type::Uint8Array => Value::Uint8Array(numbers(&value.array)),
            Type::Sint8Array => Value::Sint8Array(numbers(&value.array)),
            Type::Uint16Array => Value::Uint16Array(numbers(&value.array)),
            Type::Sint16Array => Value::Sint16Array(numbers(&value.array)),
            Type::Uint32Array => Value::Uint32Array(numbers(&value.array)),
            Type::Sint32Array => Value::Sint32Array(numbers(&value.array)),
            Type::Uint64Array => Value::Uint64Array(numbers(&value.array)),
            Type::Sint64Array => Value::Sint64Array(numbers(&value.array)),
            Type::Real32Array => Value::Real32Array(numbers(&value.array)),
            Type::Real64Array => Value::Real64Array(numbers(&value.array)),
            Type::Char16Array => Value::Char16Array(elements(&value.array, |it| Some(Char16(it)))),
            Type::DatetimeArray => Value::DatetimeArray(elements(&value.array, |it| Some(datetime(&it)))),
            Type::StringArray => Value::StringArray(elements(&value.array, |it: *const c_char| text(it))),
            Type::ReferenceArray => {
                Value::ReferenceArray(elements(&value.array, |it: *const MI_Instance| instance(it)))
            }
            Type::InstanceArray => Value::InstanceArray(elements(&value.array, |it: *const MI_Instance| instance(it))),
        })
    }
}

/// # Safety
/// `array` is a live array whose elements are of type `T`.
unsafe fn elements<T: Copy, U>(array: &MI_Array, convert: impl Fn(T) -> Option<U>) -> Vec<U> {
    if array.data.is_null() {
        return Vec::new();
    }
    let data = array.data.cast::<T>();
    // SAFETY: by the caller's promise. A host may leave arrays where its message had them, so nothing is said of alignment.
    (0..array.size as usize).filter_map(|index| convert(unsafe { data.add(index).read_unaligned() })).collect()
}

/// # Safety
/// As for [`elements`].
unsafe fn numbers<T: Copy>(array: &MI_Array) -> Vec<T> {
    // SAFETY: by the caller's promise.
    unsafe { elements(array, Some) }
}

pub(crate) fn datetime(value: &MI_Datetime) -> Datetime {
    if value.isTimestamp != 0 {
        // SAFETY: isTimestamp says which member is set; both are plain numbers in any case.
        let it = unsafe { value.u.timestamp };
        Datetime::Timestamp(Timestamp {
            year: it.year,
            month: it.month,
            day: it.day,
            hour: it.hour,
            minute: it.minute,
            second: it.second,
            microseconds: it.microseconds,
            utc: it.utc,
        })
    } else {
        // SAFETY: as above.
        let it = unsafe { value.u.interval };
        Datetime::Interval(Interval {
            days: it.days,
            hours: it.hours,
            minutes: it.minutes,
            seconds: it.seconds,
            microseconds: it.microseconds,
        })
    }
}

/// How many bytes a value takes in memory: its member of `MI_Value`.
pub(crate) fn size(kind: Type) -> usize {
    match kind {
        Type::Boolean | Type::Uint8 | Type::Sint8 => 1,
        Type::Uint16 | Type::Sint16 | Type::Char16 => 2,
        Type::Uint32 | Type::Sint32 | Type::Real32 => 4,
        Type::Uint64 | Type::Sint64 | Type::Real64 => 8,
        Type::Datetime => size_of::<MI_Datetime>(),
        Type::String | Type::Reference | Type::Instance => size_of::<*const c_char>(),
        _ => size_of::<MI_Array>(),
    }
}

//! Scalar types, datetimes and the value union.

use core::ffi::c_char;

use super::*;

pub type MI_Boolean = u8;
pub type MI_Uint8 = u8;
pub type MI_Sint8 = i8;
pub type MI_Uint16 = u16;
pub type MI_Sint16 = i16;
pub type MI_Uint32 = u32;
pub type MI_Sint32 = i32;
pub type MI_Uint64 = u64;
pub type MI_Sint64 = i64;
pub type MI_Real32 = f32;
pub type MI_Real64 = f64;
pub type MI_Char16 = u16;
/// One byte of a string; strings end with NUL and are UTF-8 by convention only.
pub type MI_Char = c_char;
pub type MI_ConstStringPtr = *const MI_Char;

/// A point in time, as the fields of a CIM datetime.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_Timestamp {
    pub year: MI_Uint32,
    pub month: MI_Uint32,
    pub day: MI_Uint32,
    pub hour: MI_Uint32,
    pub minute: MI_Uint32,
    pub second: MI_Uint32,
    pub microseconds: MI_Uint32,
    /// Offset from UTC in minutes.
    pub utc: MI_Sint32,
}

/// A length of time, as the fields of a CIM interval.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct MI_Interval {
    pub days: MI_Uint32,
    pub hours: MI_Uint32,
    pub minutes: MI_Uint32,
    pub seconds: MI_Uint32,
    pub microseconds: MI_Uint32,
    pub __padding1: MI_Uint32,
    pub __padding2: MI_Uint32,
    pub __padding3: MI_Uint32,
}

/// A CIM datetime: a point in time or an interval.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct MI_Datetime {
    /// Non-zero when `u.timestamp` holds the value, zero when `u.interval` does.
    pub isTimestamp: MI_Uint32,
    pub u: MI_DatetimeUnion,
}

/// The value of an element; the element's `MI_Type` says which member may be read.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MI_Value {
    pub boolean: MI_Boolean,
    pub uint8: MI_Uint8,
    pub sint8: MI_Sint8,
    pub uint16: MI_Uint16,
    pub sint16: MI_Sint16,
    pub uint32: MI_Uint32,
    pub sint32: MI_Sint32,
    pub uint64: MI_Uint64,
    pub sint64: MI_Sint64,
    pub real32: MI_Real32,
    pub real64: MI_Real64,
    pub char16: MI_Char16,
    pub datetime: MI_Datetime,
    pub string: *mut MI_Char,
    pub instance: *mut MI_Instance,
    pub reference: *mut MI_Instance,
    pub booleana: MI_BooleanA,
    pub uint8a: MI_Uint8A,
    pub sint8a: MI_Sint8A,
    pub uint16a: MI_Uint16A,
    pub sint16a: MI_Sint16A,
    pub uint32a: MI_Uint32A,
    pub sint32a: MI_Sint32A,
    pub uint64a: MI_Uint64A,
    pub sint64a: MI_Sint64A,
    pub real32a: MI_Real32A,
    pub real64a: MI_Real64A,
    pub char16a: MI_Char16A,
    pub datetimea: MI_DatetimeA,
    pub stringa: MI_StringA,
    pub referencea: MI_ReferenceA,
    pub instancea: MI_InstanceA,
    pub array: MI_Array,
}

/// The two forms of a datetime.
#[repr(C)]
#[derive(Clone, Copy)]
pub union MI_DatetimeUnion {
    /// Valid when `isTimestamp` is not 0.
    pub timestamp: MI_Timestamp,
    /// Valid when `isTimestamp` is 0.
    pub interval: MI_Interval,
}

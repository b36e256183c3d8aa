//! The constants of declarations as `MI_Value`s: default values and the values of qualifiers.

use super::assemble::count;
use super::{read, write};
use crate::Type;
use crate::decl::{Literal, Qualifier};
use omi_sys::*;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

/// The value of a qualifier as an `MI_Value` that lives as long as the process; NULL for NULL.
pub(super) fn packed(qualifier: Qualifier) -> *const c_void {
    let Some(bytes) = qualifier.elements else { return ptr::null() };
    let texts = || qualifier.texts().map(CStr::as_ptr).collect::<Vec<_>>();
    let value = match qualifier.kind {
        Type::String => MI_Value { string: texts().first().map_or(ptr::null_mut(), |it| it.cast_mut()) },
        Type::StringArray => array(Vec::leak(texts())),
        kind => {
            // Numbers are packed as they stand in memory, but anywhere; in units of eight bytes each is aligned.
            let mut aligned = vec![0_u64; bytes.len().div_ceil(size_of::<u64>())];
            let place = aligned.as_mut_ptr();
            // SAFETY: the units have room for all bytes.
            unsafe { ptr::copy_nonoverlapping(bytes.as_ptr(), place.cast::<u8>(), bytes.len()) };
            let units: &'static [u64] = Vec::leak(aligned);
            if !kind.is_array() {
                return units.as_ptr().cast();
            }
            let size = count(bytes.len() / read::size(kind.element()));
            MI_Value { array: MI_Array { data: units.as_ptr().cast_mut().cast(), size } }
        }
    };
    ptr::from_ref(Box::leak(Box::new(value))).cast()
}

fn array<T>(items: &'static [T]) -> MI_Value {
    MI_Value { array: MI_Array { data: items.as_ptr().cast_mut().cast(), size: count(items.len()) } }
}

/// The literal as an `MI_Value` that lives as long as the process; NULL for NULL.
pub(super) fn literal(literal: &Literal) -> *const c_void {
    let value = match *literal {
        Literal::Null(_) => return ptr::null(),
        Literal::Boolean(it) => MI_Value { boolean: it.into() },
        Literal::Uint8(it) => MI_Value { uint8: it },
        Literal::Sint8(it) => MI_Value { sint8: it },
        Literal::Uint16(it) => MI_Value { uint16: it },
        Literal::Sint16(it) => MI_Value { sint16: it },
        Literal::Uint32(it) => MI_Value { uint32: it },
        Literal::Sint32(it) => MI_Value { sint32: it },
        Literal::Uint64(it) => MI_Value { uint64: it },
        Literal::Sint64(it) => MI_Value { sint64: it },
        Literal::Real32(it) => MI_Value { real32: it },
        Literal::Real64(it) => MI_Value { real64: it },
        Literal::Char16(it) => MI_Value { char16: it },
        Literal::Datetime(it) => MI_Value { datetime: write::datetime(it) },
        Literal::String(it) => MI_Value { string: it.as_ptr().cast_mut() },
        Literal::BooleanArray(items) => array(items),
        Literal::Uint8Array(items) => array(items),
        Literal::Sint8Array(items) => array(items),
        Literal::Uint16Array(items) => array(items),
        Literal::Sint16Array(items) => array(items),
        Literal::Uint32Array(items) => array(items),
        Literal::Sint32Array(items) => array(items),
        Literal::Uint64Array(items) => array(items),
        Literal::Sint64Array(items) => array(items),
        Literal::Real32Array(items) => array(items),
        Literal::Real64Array(items) => array(items),
        Literal::Char16Array(items) => array(items),
        Literal::DatetimeArray(items) => {
            array(Vec::leak(items.iter().copied().map(write::datetime).collect::<Vec<_>>()))
        }
        Literal::StringArray(items) => {
            array(Vec::leak(items.iter().map(|it| it.as_ptr()).collect::<Vec<*const c_char>>()))
        }
    };
    ptr::from_ref(Box::leak(Box::new(value))).cast()
}

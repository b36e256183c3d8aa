//! The constants of declarations as hosts read them: default values and the values of qualifiers.

use super::arena::Arena;
use super::assemble::count;
use super::read;
use crate::Type;
use crate::decl::Constant;
use omi_sys::*;
use std::ffi::{CStr, c_char, c_void};
use std::ptr;

/// The place of the value, which is as long as its type needs, not as long as an `MI_Value`; NULL for NULL.
pub(super) fn value(constant: Constant, arena: &mut Arena) -> *const c_void {
    let Some(bytes) = constant.elements else { return ptr::null() };
    let texts = constant.texts().map(CStr::as_ptr);
    let data: *const c_void = match constant.kind {
        Type::String => return ptr::from_ref(arena.place(texts.last().unwrap_or(ptr::null()))).cast(),
        Type::StringArray => arena.copy(&texts.collect::<Vec<*const c_char>>()).as_ptr().cast(),
        // Numbers are packed as they stand in memory, but anywhere; the arena aligns them.
        _ => arena.copy(bytes).as_ptr().cast(),
    };
    if !constant.kind.is_array() {
        return data;
    }
    let size = match constant.kind {
        Type::StringArray => constant.texts().count(),
        kind => bytes.len() / read::size(kind.element()),
    };
    ptr::from_ref(arena.place(MI_Array { data: data.cast_mut(), size: count(size) })).cast()
}

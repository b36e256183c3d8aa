//! Values in C form: how large they are, and how they are copied and freed.

use super::instance;
use super::memory::{Outcome, allocate, copy_text, release};
use omi::Type;
use omi_sys::*;
use std::ffi::c_char;
use std::{mem, ptr};

/// The bytes of a value inside `MI_Value`, in an array, or in a field.
pub(super) fn value_size(kind: Type) -> usize {
    match kind {
        Type::Boolean | Type::Uint8 | Type::Sint8 => 1,
        Type::Uint16 | Type::Sint16 | Type::Char16 => 2,
        Type::Uint32 | Type::Sint32 | Type::Real32 => 4,
        Type::Uint64 | Type::Sint64 | Type::Real64 => 8,
        Type::Datetime => size_of::<MI_Datetime>(),
        Type::String | Type::Reference | Type::Instance => size_of::<*const u8>(),
        _ => size_of::<MI_Array>(),
    }
}

/// `MI_Value` with all bytes zero: NULL pointers and empty arrays.
pub(super) fn zero() -> MI_Value {
    // SAFETY: every member of the union is an integer, a float, a raw pointer or a struct of those.
    unsafe { mem::zeroed() }
}

/// Reads a value of the given type from anywhere.
///
/// # Safety
/// `at` is valid for reading [`value_size`] bytes.
pub(super) unsafe fn load(at: *const u8, kind: Type) -> MI_Value {
    let mut value = zero();
    // SAFETY: no value is larger than the union; the caller vouches for the source.
    unsafe { ptr::copy_nonoverlapping(at, (&raw mut value).cast(), value_size(kind)) };
    value
}

/// A value that owns its strings, arrays and instances.
pub(super) struct OwnedValue {
    kind: Type,
    value: MI_Value,
}

impl OwnedValue {
    /// Takes ownership.
    ///
    /// # Safety
    /// `value` is of this type, and what it points to was allocated as [`copy`] does it.
    pub(super) unsafe fn adopt(kind: Type, value: MI_Value) -> Self {
        Self { kind, value }
    }

    pub(super) fn kind(&self) -> Type {
        self.kind
    }

    /// The value, which must not outlive this.
    pub(super) fn borrow(&self) -> MI_Value {
        self.value
    }

    /// Gives ownership away.
    pub(super) fn into_raw(self) -> MI_Value {
        mem::ManuallyDrop::new(self).value
    }
}

impl Drop for OwnedValue {
    fn drop(&mut self) {
        // SAFETY: this owned the value.
        unsafe { free(self.kind, &self.value) };
    }
}

/// A deep copy. `None` for a NULL string or instance, which is NULL whatever else says so.
///
/// # Safety
/// `value` is a valid value of this type.
pub(super) unsafe fn copy(kind: Type, value: &MI_Value) -> Outcome<Option<OwnedValue>> {
    let mut copied = *value;
    // SAFETY: the type says which member is valid.
    unsafe {
        match kind {
            Type::String if value.string.is_null() => return Ok(None),
            Type::String => copied.string = copy_text(value.string)?,
            Type::Reference | Type::Instance if value.instance.is_null() => return Ok(None),
            Type::Reference | Type::Instance => copied.instance = instance::clone(value.instance)?,
            Type::StringArray => copied.stringa = copy_texts(value.stringa)?,
            Type::ReferenceArray | Type::InstanceArray => copied.instancea = copy_instances(value.instancea)?,
            _ if kind.is_array() => copied.array = copy_scalars(value.array, value_size(kind.element()))?,
            _ => {}
        }
        Ok(Some(OwnedValue::adopt(kind, copied)))
    }
}

/// Frees what a value owns.
///
/// # Safety
/// What the value points to was allocated as [`copy`] does it, and nobody uses it any more.
pub(super) unsafe fn free(kind: Type, value: &MI_Value) {
    // SAFETY: the type says which member is valid; the caller vouches for the pointers.
    unsafe {
        match kind {
            Type::String => release(value.string),
            Type::Reference | Type::Instance => instance::delete_any(value.instance),
            Type::ReferenceArray | Type::InstanceArray if !value.instancea.data.is_null() => {
                for index in 0..value.instancea.size as usize {
                    instance::delete_any(*value.instancea.data.add(index));
                }
                release(value.instancea.data);
            }
            _ if kind.is_array() => release(value.array.data),
            _ => {}
        }
    }
}

/// # Safety
/// `array` is valid, with elements of `size` bytes.
unsafe fn copy_scalars(array: MI_Array, size: usize) -> Outcome<MI_Array> {
    if array.data.is_null() || array.size == 0 {
        return Ok(MI_Array { data: ptr::null_mut(), size: 0 });
    }
    let bytes = array.size as usize * size;
    let data = allocate(bytes)?;
    // SAFETY: the new block has this size; the source has it too, says the caller.
    unsafe { ptr::copy_nonoverlapping(array.data.cast(), data, bytes) };
    Ok(MI_Array { data: data.cast(), size: array.size })
}

/// Pointers and texts go into one block, so that freeing it needs no walk.
///
/// # Safety
/// `array` is a valid array of C strings.
unsafe fn copy_texts(array: MI_StringA) -> Outcome<MI_StringA> {
    if array.data.is_null() || array.size == 0 {
        return Ok(MI_StringA { data: ptr::null_mut(), size: 0 });
    }
    let count = array.size as usize;
    // SAFETY: a valid array has `size` elements.
    let texts = (0..count).map(|index| unsafe { super::memory::bytes(*array.data.add(index)) });
    let texts = texts.collect::<Option<Vec<_>>>().ok_or(MI_RESULT_FAILED)?;
    let texts: Vec<&[u8]> = texts.into_iter().map(|text| text.to_bytes_with_nul()).collect();
    Ok(MI_StringA { data: text_block(&texts)?, size: array.size })
}

/// A block with pointers to texts and, behind them, the texts, which end with NUL.
pub(super) fn text_block(texts: &[&[u8]]) -> Outcome<*mut *mut c_char> {
    let pointers = size_of_val(texts);
    let block = allocate(pointers + texts.iter().map(|text| text.len()).sum::<usize>())?;
    let (mut slot, mut at) = (block.cast::<*mut c_char>(), block.wrapping_add(pointers));
    for text in texts {
        // SAFETY: the block was sized for one pointer and all bytes of each text; malloc aligns it for pointers.
        unsafe {
            slot.write(at.cast());
            ptr::copy_nonoverlapping(text.as_ptr(), at, text.len());
            slot = slot.add(1);
            at = at.add(text.len());
        }
    }
    Ok(block.cast())
}

/// # Safety
/// `array` is a valid array of instances.
unsafe fn copy_instances(array: MI_InstanceA) -> Outcome<MI_InstanceA> {
    if array.data.is_null() || array.size == 0 {
        return Ok(MI_InstanceA { data: ptr::null_mut(), size: 0 });
    }
    let count = array.size as usize;
    let data: *mut *mut MI_Instance = allocate(count * size_of::<*mut MI_Instance>())?.cast();
    // What has been copied is freed when a later element fails.
    // SAFETY: an array of NULL instances in a block of ours.
    let owned = unsafe {
        OwnedValue::adopt(Type::InstanceArray, MI_Value { instancea: MI_InstanceA { data, size: array.size } })
    };
    for index in 0..count {
        // SAFETY: both arrays have `count` elements.
        unsafe { data.add(index).write(instance::clone(*array.data.add(index))?) };
    }
    // SAFETY: it was made of this member.
    Ok(unsafe { owned.into_raw().instancea })
}

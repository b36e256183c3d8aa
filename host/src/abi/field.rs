//! Fields: a value at its declared offset, behind it whether it exists, behind that the host's flags.

use super::memory::Outcome;
use super::value::{self, value_size};
use omi::Type;
use omi_sys::*;
use std::ptr;

/// The value belongs to somebody else and is not freed.
const BORROWED: u8 = 0x01;

/// The value was given by the client, or set by the provider.
const MODIFIED: u8 = 0x02;

/// The bytes of a field that are in use; generated code pads them to the alignment of the value.
pub(super) fn field_size(kind: Type) -> usize {
    value_size(kind) + 2
}

/// One field of an instance in memory.
#[derive(Clone, Copy)]
pub(super) struct Field {
    at: *mut u8,
    kind: Type,
}

impl Field {
    /// # Safety
    /// `at` is valid for reading and writing [`field_size`] bytes while the field is in use, and holds a field of this
    /// type. Fields that are only read may be in read-only memory.
    pub(super) unsafe fn at(at: *mut u8, kind: Type) -> Self {
        Self { at, kind }
    }

    fn tail(self) -> *mut u8 {
        self.at.wrapping_add(value_size(self.kind))
    }

    pub(super) fn exists(self) -> bool {
        // SAFETY: `at` promised a whole field.
        unsafe { self.tail().read() != 0 }
    }

    pub(super) fn is_modified(self) -> bool {
        self.flags() & MODIFIED != 0
    }

    fn flags(self) -> u8 {
        // SAFETY: `at` promised a whole field.
        unsafe { self.tail().add(1).read() }
    }

    /// The value, which the instance keeps.
    pub(super) fn value(self) -> MI_Value {
        // SAFETY: `at` promised a whole field.
        unsafe { value::load(self.at, self.kind) }
    }

    fn write(self, value: &MI_Value, exists: bool, flags: u8) {
        // SAFETY: `at` promised a whole field, writable for the functions that come here.
        unsafe {
            ptr::copy_nonoverlapping(ptr::from_ref(value).cast(), self.at, value_size(self.kind));
            self.tail().write(exists.into());
            self.tail().add(1).write(flags);
        }
    }

    /// Makes the field NULL and frees what it owned.
    pub(super) fn clear(self) {
        let (exists, flags) = (self.exists(), self.flags());
        if !exists && flags == 0 {
            // Most fields of most instances; there are many of them.
            return;
        }
        let old = self.value();
        self.write(&value::zero(), false, 0);
        if exists && flags & BORROWED == 0 {
            // SAFETY: a field without the mark owns its value; the field does not refer to it any more.
            unsafe { value::free(self.kind, &old) };
        }
    }

    /// Stores a value that the field owns from now on.
    pub(super) fn adopt(self, value: value::OwnedValue) {
        self.clear();
        self.write(&value.into_raw(), true, MODIFIED);
    }

    /// Sets the value as `MI_Instance_SetElement` does it.
    ///
    /// # Safety
    /// `value` is NULL or a valid value of the field's type; with `MI_FLAG_BORROW` it outlives the field.
    pub(super) unsafe fn set(self, value: *const MI_Value, flags: u32) -> Outcome {
        // SAFETY: the caller says that it is valid when it is not NULL.
        let value = unsafe { value.as_ref() }.filter(|_| flags & MI_FLAG_NULL == 0);
        match value {
            None => self.clear(),
            Some(value) if flags & MI_FLAG_BORROW != 0 => {
                let value = *value;
                self.clear();
                self.write(&value, true, BORROWED | MODIFIED);
            }
            // Copied before the old value goes, because it may be a part of it.
            // SAFETY: the caller says that it is valid.
            Some(value) => match unsafe { value::copy(self.kind, value)? } {
                Some(copy) => self.adopt(copy),
                None => self.clear(),
            },
        }
        Ok(())
    }
}

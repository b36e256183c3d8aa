//! Constant values in declarations, as they are written.

use crate::{Datetime, Type};
use std::ffi::CStr;

/// A constant value in a declaration.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)] // the variants are the standard's own names
pub enum Literal {
    /// NULL of the given type.
    Null(Type),
    Boolean(bool),
    Uint8(u8),
    Sint8(i8),
    Uint16(u16),
    Sint16(i16),
    Uint32(u32),
    Sint32(i32),
    Uint64(u64),
    Sint64(i64),
    Real32(f32),
    Real64(f64),
    Char16(u16),
    Datetime(Datetime),
    String(&'static CStr),
    BooleanArray(&'static [bool]),
    Uint8Array(&'static [u8]),
    Sint8Array(&'static [i8]),
    Uint16Array(&'static [u16]),
    Sint16Array(&'static [i16]),
    Uint32Array(&'static [u32]),
    Sint32Array(&'static [i32]),
    Uint64Array(&'static [u64]),
    Sint64Array(&'static [i64]),
    Real32Array(&'static [f32]),
    Real64Array(&'static [f64]),
    Char16Array(&'static [u16]),
    DatetimeArray(&'static [Datetime]),
    StringArray(&'static [&'static CStr]),
}

impl Literal {
    /// The type.
    pub const fn kind(&self) -> Type {
        match self {
            Self::Null(kind) => *kind,
            Self::Boolean(_) => Type::Boolean,
            Self::Uint8(_) => Type::Uint8,
            Self::Sint8(_) => Type::Sint8,
            Self::Uint16(_) => Type::Uint16,
            Self::Sint16(_) => Type::Sint16,
            Self::Uint32(_) => Type::Uint32,
            Self::Sint32(_) => Type::Sint32,
            Self::Uint64(_) => Type::Uint64,
            Self::Sint64(_) => Type::Sint64,
            Self::Real32(_) => Type::Real32,
            Self::Real64(_) => Type::Real64,
            Self::Char16(_) => Type::Char16,
            Self::Datetime(_) => Type::Datetime,
            Self::String(_) => Type::String,
            Self::BooleanArray(_) => Type::BooleanArray,
            Self::Uint8Array(_) => Type::Uint8Array,
            Self::Sint8Array(_) => Type::Sint8Array,
            Self::Uint16Array(_) => Type::Uint16Array,
            Self::Sint16Array(_) => Type::Sint16Array,
            Self::Uint32Array(_) => Type::Uint32Array,
            Self::Sint32Array(_) => Type::Sint32Array,
            Self::Uint64Array(_) => Type::Uint64Array,
            Self::Sint64Array(_) => Type::Sint64Array,
            Self::Real32Array(_) => Type::Real32Array,
            Self::Real64Array(_) => Type::Real64Array,
            Self::Char16Array(_) => Type::Char16Array,
            Self::DatetimeArray(_) => Type::DatetimeArray,
            Self::StringArray(_) => Type::StringArray,
        }
    }

    /// The number of elements of an array.
    pub(super) const fn count(&self) -> Option<usize> {
        Some(match self {
            Self::BooleanArray(list) => list.len(),
            Self::Uint8Array(list) => list.len(),
            Self::Sint8Array(list) => list.len(),
            Self::Uint16Array(list) => list.len(),
            Self::Sint16Array(list) => list.len(),
            Self::Uint32Array(list) => list.len(),
            Self::Sint32Array(list) => list.len(),
            Self::Uint64Array(list) => list.len(),
            Self::Sint64Array(list) => list.len(),
            Self::Real32Array(list) => list.len(),
            Self::Real64Array(list) => list.len(),
            Self::Char16Array(list) => list.len(),
            Self::DatetimeArray(list) => list.len(),
            Self::StringArray(list) => list.len(),
            _ => return None,
        })
    }
}

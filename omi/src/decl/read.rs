//! Reads declarations out of the bytes that they are packed into.

use super::pack::{COMMON, NULL};
use super::qualifiers::{Constant, Qualifier, Qualifiers};
use super::{Method, Property};
use crate::Type;
use crate::abi::read::size;
use std::ffi::CStr;

/// What is left to read. Only [`Elements::pack`](super::Elements::pack) makes these bytes, so they do not end early; were
/// they to, there would be nothing more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Reader(pub(super) &'static [u8]);

impl Reader {
    /// One thing after the other, up to the end.
    pub(super) fn all<T>(mut self, read: fn(&mut Self) -> Option<T>) -> impl Iterator<Item = T> {
        std::iter::from_fn(move || if self.0.is_empty() { None } else { read(&mut self) })
    }

    pub(super) fn property(&mut self) -> Option<Property> {
        Some(Property {
            name: self.text(),
            flags: self.number()?,
            kind: self.kind()?.0,
            class_name: Some(self.text()).filter(|name| !name.is_empty()),
            subscript: self.number()?,
            default: self.constant()?,
            qualifiers: self.qualifiers()?,
        })
    }

    pub(super) fn method(&mut self) -> Option<Method> {
        Some(Method {
            name: self.text(),
            flags: self.number()?,
            returns: self.kind()?.0,
            qualifiers: self.qualifiers()?,
            parameters: self.block()?,
        })
    }

    pub(super) fn qualifier(&mut self) -> Option<Qualifier> {
        Some(Qualifier { name: self.qualifier_name(), flavor: self.number()?, value: self.constant()? })
    }

    pub(super) fn qualifiers(&mut self) -> Option<Qualifiers> {
        Some(Qualifiers { packed: self.block()?, are_inherited: false })
    }

    pub(super) fn text(&mut self) -> &'static CStr {
        let text = CStr::from_bytes_until_nul(self.0).unwrap_or_default();
        self.0 = self.0.get(text.to_bytes_with_nul().len()..).unwrap_or_default();
        text
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        let mut number = 0;
        for shift in (0..u32::BITS).step_by(7) {
            let [byte] = self.take()?;
            number |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
        }
        Some(number)
    }

    /// What is packed behind its length.
    pub(super) fn block(&mut self) -> Option<Self> {
        let length = self.number()?;
        self.bytes(length as usize).map(Self)
    }

    fn bytes(&mut self, count: usize) -> Option<&'static [u8]> {
        let (bytes, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(bytes)
    }

    fn qualifier_name(&mut self) -> &'static CStr {
        let common = self.0.first().and_then(|first| COMMON.get(usize::from(*first).checked_sub(1)?));
        match common {
            Some(name) => {
                self.0 = &self.0[1..];
                name
            }
            None => self.text(),
        }
    }

    fn constant(&mut self) -> Option<Constant> {
        let (kind, is_null) = self.kind()?;
        if is_null {
            return Some(Constant { kind, elements: None });
        }
        let count = if kind.is_array() { self.number()? as usize } else { 1 };
        let length = match kind.element() {
            Type::String => {
                let mut after = *self;
                (0..count).for_each(|_| _ = after.text());
                self.0.len() - after.0.len()
            }
            element => count * size(element),
        };
        Some(Constant { kind, elements: Some(self.bytes(length)?) })
    }

    /// A type, and whether it is that of a NULL.
    fn kind(&mut self) -> Option<(Type, bool)> {
        let [code] = self.take()?;
        Some((Type::from_code((code & !NULL).into())?, code & NULL != 0))
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (bytes, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*bytes)
    }
}

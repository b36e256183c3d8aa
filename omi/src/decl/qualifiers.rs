//! The qualifiers and the constants of a declaration.

use super::read::Reader;
use super::text;
use crate::{Type, flags};
use std::ffi::CStr;

/// The qualifiers in force on an element.
#[derive(Clone, Copy, Debug)]
pub struct Qualifiers {
    pub(super) packed: Reader,
    /// Whether the class has the element from its superclass, and with it only what is handed down.
    pub(super) are_inherited: bool,
}

impl Qualifiers {
    /// Each qualifier.
    pub fn iter(self) -> impl Iterator<Item = Qualifier> {
        let stays_above = flags::RESTRICTED * u32::from(self.are_inherited);
        self.packed.all(Reader::qualifier).filter(move |qualifier| qualifier.flavor & stays_above == 0)
    }

    /// The named qualifier, found without regard to ASCII case.
    pub fn get(self, name: &str) -> Option<Qualifier> {
        self.iter().find(|qualifier| qualifier.name().eq_ignore_ascii_case(name))
    }
}

/// A qualifier.
#[derive(Clone, Copy, Debug)]
pub struct Qualifier {
    pub(crate) name: &'static CStr,
    /// As [`QualifierSpec::flavor`](super::QualifierSpec::flavor).
    pub flavor: u32,
    /// The value.
    pub value: Constant,
}

impl Qualifier {
    /// The qualifier name.
    pub fn name(self) -> &'static str {
        text(self.name)
    }

    /// The text of the value, or the texts of an array; none where it is something else.
    pub fn texts(self) -> impl Iterator<Item = &'static str> {
        self.value.texts().map(text)
    }
}

/// The value of a qualifier, or the default value of a property.
#[derive(Clone, Copy, Debug)]
pub struct Constant {
    /// The type of the value.
    pub kind: Type,
    /// The elements, of which a scalar has one: texts, each with its NUL, or numbers as they stand in memory. `None` is NULL.
    pub(crate) elements: Option<&'static [u8]>,
}

impl Constant {
    /// Whether there is no value.
    pub fn is_null(self) -> bool {
        self.elements.is_none()
    }

    /// The text, or the texts of an array; none where the value is something else.
    pub(crate) fn texts(self) -> impl Iterator<Item = &'static CStr> {
        let is_text = self.kind.element() == Type::String;
        let elements = self.elements.filter(|_| is_text).unwrap_or_default();
        Reader(elements).all(|reader| Some(reader.text()))
    }
}

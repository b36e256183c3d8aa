//! Packs declarations into bytes, when they are compiled. [`Reader`](super::read::Reader) takes them apart again.

use super::{Literal, MethodSpec, PropertySpec, QualifierSpec};
use crate::{Datetime, Interval, Timestamp, Type};
use std::ffi::CStr;

/// What a class adds to its superclass, as it is written in [`class_spec!`](crate::class_spec).
#[derive(Debug)]
#[allow(missing_docs)] // the macro's documentation has them
pub struct Elements {
    pub flags: u32,
    pub qualifiers: &'static [QualifierSpec],
    pub properties: &'static [PropertySpec],
    pub methods: &'static [MethodSpec],
}

impl Elements {
    /// How long they are when they are packed.
    pub const fn packed_size(&self) -> usize {
        let mut measure = Packer::<0>::new();
        measure.elements(self);
        measure.length
    }

    /// All of them as bytes.
    pub const fn pack<const N: usize>(&self) -> [u8; N] {
        let mut packer = Packer::new();
        packer.elements(self);
        packer.bytes
    }
}

/// Names that most qualifiers have. Each is packed as one byte, its place counted from 1, which no name begins with.
pub(super) const COMMON: [&CStr; 24] = [
    c"Description",
    c"Override",
    c"In",
    c"Out",
    c"MaxLen",
    c"ValueMap",
    c"Values",
    c"Key",
    c"Required",
    c"Units",
    c"PUnit",
    c"Version",
    c"Counter",
    c"Gauge",
    c"Read",
    c"Write",
    c"Static",
    c"Propagated",
    c"EmbeddedInstance",
    c"ArrayType",
    c"Association",
    c"Abstract",
    c"Deprecated",
    c"ModelCorrespondence",
];

/// Stands beside the type of a NULL, behind which there is no value.
pub(super) const NULL: u8 = 0x80;

/// Writes as much as fits, and counts all of it: without room, it measures.
struct Packer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

/// Does something with each element of a slice.
macro_rules! each {
    ($list:expr, $element:ident => $pack:expr) => {{
        let mut index = 0;
        while index < $list.len() {
            let $element = &$list[index];
            $pack;
            index += 1;
        }
    }};
}

/// What is packed behind its length, so that a reader can pass over it.
macro_rules! block {
    ($packer:ident.$pack:ident($list:expr)) => {{
        let mut measure = Packer::<0>::new();
        measure.$pack($list);
        $packer.number(measure.length as u32);
        $packer.$pack($list);
    }};
}

impl<const N: usize> Packer<N> {
    const fn new() -> Self {
        Self { bytes: [0; N], length: 0 }
    }

    const fn elements(&mut self, class: &Elements) {
        self.number(class.flags);
        block!(self.qualifiers(class.qualifiers));
        block!(self.properties(class.properties));
        block!(self.methods(class.methods));
    }

    const fn properties(&mut self, list: &[PropertySpec]) {
        each!(list, property => {
            self.text(property.name);
            self.number(property.flags);
            self.byte(property.kind.code() as u8);
            // No class has an empty name.
            self.text(match property.class_name {
                Some(name) => name,
                None => c"",
            });
            self.number(property.subscript);
            self.constant(match &property.default {
                Some(value) => value,
                None => &Literal::Null(Type::Boolean),
            });
            block!(self.qualifiers(property.qualifiers));
        });
    }

    const fn methods(&mut self, list: &[MethodSpec]) {
        each!(list, method => {
            self.text(method.name);
            self.number(method.flags);
            self.byte(method.returns.code() as u8);
            block!(self.qualifiers(method.qualifiers));
            block!(self.properties(method.parameters));
        });
    }

    const fn qualifiers(&mut self, list: &[QualifierSpec]) {
        each!(list, qualifier => {
            match common(qualifier.name) {
                Some(place) => self.byte(place as u8 + 1),
                None => self.text(qualifier.name),
            }
            self.number(qualifier.flavor);
            self.constant(&qualifier.value);
        });
    }

    /// The type; of an array the number of elements; the elements: texts, each with its NUL, or numbers as they stand in
    /// memory.
    const fn constant(&mut self, value: &Literal) {
        if let Literal::Null(kind) = value {
            return self.byte(kind.code() as u8 | NULL);
        }
        self.byte(value.kind().code() as u8);
        if let Some(count) = value.count() {
            self.number(count as u32);
        }
        self.value(value);
    }

    const fn value(&mut self, value: &Literal) {
        match value {
            Literal::Null(_) => {}
            Literal::Boolean(it) => self.byte(*it as u8),
            Literal::Uint8(it) => self.byte(*it),
            Literal::Sint8(it) => self.all(&it.to_ne_bytes()),
            Literal::Uint16(it) | Literal::Char16(it) => self.all(&it.to_ne_bytes()),
            Literal::Sint16(it) => self.all(&it.to_ne_bytes()),
            Literal::Uint32(it) => self.all(&it.to_ne_bytes()),
            Literal::Sint32(it) => self.all(&it.to_ne_bytes()),
            Literal::Uint64(it) => self.all(&it.to_ne_bytes()),
            Literal::Sint64(it) => self.all(&it.to_ne_bytes()),
            Literal::Real32(it) => self.all(&it.to_bits().to_ne_bytes()),
            Literal::Real64(it) => self.all(&it.to_bits().to_ne_bytes()),
            Literal::Datetime(it) => self.datetime(*it),
            Literal::String(it) => self.text(it),
            Literal::BooleanArray(list) => each!(list, it => self.byte(*it as u8)),
            Literal::Uint8Array(list) => self.all(list),
            Literal::Sint8Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Uint16Array(list) | Literal::Char16Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Sint16Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Uint32Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Sint32Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Uint64Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Sint64Array(list) => each!(list, it => self.all(&it.to_ne_bytes())),
            Literal::Real32Array(list) => each!(list, it => self.all(&it.to_bits().to_ne_bytes())),
            Literal::Real64Array(list) => each!(list, it => self.all(&it.to_bits().to_ne_bytes())),
            Literal::DatetimeArray(list) => each!(list, it => self.datetime(*it)),
            Literal::StringArray(list) => each!(list, it => self.text(it)),
        }
    }

    /// As an `MI_Datetime`.
    const fn datetime(&mut self, datetime: Datetime) {
        let words = match datetime {
            Datetime::Timestamp(Timestamp { year, month, day, hour, minute, second, microseconds, utc }) => {
                [1, year, month, day, hour, minute, second, microseconds, utc.cast_unsigned()]
            }
            Datetime::Interval(Interval { days, hours, minutes, seconds, microseconds }) => {
                [0, days, hours, minutes, seconds, microseconds, 0, 0, 0]
            }
        };
        each!(words, word => self.all(&word.to_ne_bytes()));
    }

    const fn text(&mut self, text: &CStr) {
        self.all(text.to_bytes_with_nul());
    }

    /// Seven bits to a byte, the low ones first; the eighth says that more follow.
    const fn number(&mut self, mut number: u32) {
        while number > 0x7F {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    const fn byte(&mut self, byte: u8) {
        self.all(&[byte]);
    }

    const fn all(&mut self, bytes: &[u8]) {
        let end = self.length + bytes.len();
        if end <= N {
            self.bytes.split_at_mut(end).0.split_at_mut(self.length).1.copy_from_slice(bytes);
        }
        self.length = end;
    }
}

/// The place of a name among the [`COMMON`] ones.
const fn common(name: &CStr) -> Option<usize> {
    let mut place = 0;
    while place < COMMON.len() {
        if is_same(COMMON[place].to_bytes(), name.to_bytes()) {
            return Some(place);
        }
        place += 1;
    }
    None
}

const fn is_same(one: &[u8], other: &[u8]) -> bool {
    let mut place = 0;
    while place < one.len() && place < other.len() && one[place] == other[place] {
        place += 1;
    }
    place == one.len() && place == other.len()
}

//! The qualifiers of an element, packed into bytes when the schema is compiled.
//!
//! A schema of 200 classes has 8,000 of them. As structs, each would be there with two addresses, which the dynamic linker
//! corrects in every process that loads the library: three times the memory, for what is read once.

use super::{Literal, QualifierSpec, text};
use crate::{Datetime, Interval, Timestamp, Type};
use std::ffi::CStr;

/// The qualifiers in force on an element. Made by [`qualifiers!`](crate::qualifiers).
///
/// ```
/// use omi::decl::{Literal, QualifierSpec, Qualifiers};
/// use omi::flags;
///
/// const KEY: Qualifiers = omi::qualifiers![
///     QualifierSpec { name: c"Key", flavor: flags::DISABLE_OVERRIDE | flags::TO_SUBCLASS, value: Literal::Boolean(true) },
/// ];
/// assert_eq!(KEY.get("key").unwrap().name, c"Key");
/// assert_eq!(Qualifiers::NONE.iter().count(), 0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Qualifiers(&'static [u8]);

/// [`Qualifiers`](crate::decl::Qualifiers) out of expressions of the type
/// [`QualifierSpec`](crate::decl::QualifierSpec), which must be constant.
#[macro_export]
macro_rules! qualifiers {
    () => { $crate::decl::Qualifiers::NONE };
    ($($spec:expr),+ $(,)?) => {{
        const LIST: &[$crate::decl::QualifierSpec] = &[$($spec),+];
        const BYTES: [u8; $crate::decl::Qualifiers::packed_size(LIST)] = $crate::decl::Qualifiers::pack(LIST);
        $crate::decl::Qualifiers::from_packed(&BYTES)
    }};
}

impl Qualifiers {
    /// No qualifiers.
    pub const NONE: Self = Self(&[]);

    #[doc(hidden)]
    pub const fn from_packed(bytes: &'static [u8]) -> Self {
        Self(bytes)
    }

    #[doc(hidden)]
    pub const fn packed_size(list: &[QualifierSpec]) -> usize {
        Packer::<0>::EMPTY.list(list).length
    }

    #[doc(hidden)]
    pub const fn pack<const N: usize>(list: &[QualifierSpec]) -> [u8; N] {
        Packer::EMPTY.list(list).bytes
    }

    /// Each qualifier.
    pub fn iter(self) -> impl Iterator<Item = Qualifier> {
        let mut rest = self.0;
        std::iter::from_fn(move || Qualifier::read(&mut rest))
    }

    /// The named qualifier, found without regard to ASCII case.
    pub fn get(self, name: &str) -> Option<Qualifier> {
        self.iter().find(|qualifier| text(qualifier.name).eq_ignore_ascii_case(name))
    }
}

/// A qualifier, with its value as it is packed.
#[derive(Clone, Copy, Debug)]
pub struct Qualifier {
    /// The qualifier name.
    pub name: &'static CStr,
    /// As [`QualifierSpec::flavor`].
    pub flavor: u32,
    /// The type of the value.
    pub kind: Type,
    /// The elements, of which a scalar has one: texts, each with its NUL, or numbers as they stand in memory. `None` is NULL.
    pub(crate) elements: Option<&'static [u8]>,
}

impl Qualifier {
    /// The text, or the texts of an array; none where the value is something else.
    pub fn texts(self) -> impl Iterator<Item = &'static CStr> {
        let is_text = self.kind.element() == Type::String;
        let mut rest = self.elements.filter(|_| is_text).unwrap_or_default();
        std::iter::from_fn(move || (!rest.is_empty()).then(|| take_text(&mut rest)))
    }

    fn read(rest: &mut &'static [u8]) -> Option<Self> {
        if rest.is_empty() {
            return None;
        }
        // Only `pack` makes these bytes, so they do not end early.
        let name = take_text(rest);
        let flavor = u32::from_ne_bytes(take(rest)?);
        let [code] = take(rest)?;
        let kind = Type::from_code((code & !NULL).into())?;
        if code & NULL != 0 {
            return Some(Self { name, flavor, kind, elements: None });
        }
        let length = u32::from_ne_bytes(take(rest)?) as usize;
        let (elements, after) = rest.split_at_checked(length)?;
        *rest = after;
        Some(Self { name, flavor, kind, elements: Some(elements) })
    }
}

fn take<const N: usize>(rest: &mut &'static [u8]) -> Option<[u8; N]> {
    let (bytes, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*bytes)
}

fn take_text(rest: &mut &'static [u8]) -> &'static CStr {
    let text = CStr::from_bytes_until_nul(rest).unwrap_or_default();
    *rest = rest.get(text.to_bytes_with_nul().len()..).unwrap_or_default();
    text
}

/// Stands beside the type of a NULL, behind which there is no value.
const NULL: u8 = 0x80;

/// Writes as much as fits, and counts all of it: without room, it measures.
struct Packer<const N: usize> {
    bytes: [u8; N],
    length: usize,
}

/// Packs a list, element by element.
macro_rules! each {
    ($list:expr, $element:ident => $pack:expr) => {{
        let mut index = 0;
        while index < $list.len() {
            let $element = $list[index];
            $pack;
            index += 1;
        }
    }};
}

impl<const N: usize> Packer<N> {
    const EMPTY: Self = Self { bytes: [0; N], length: 0 };

    const fn list(mut self, list: &[QualifierSpec]) -> Self {
        let mut index = 0;
        while index < list.len() {
            let QualifierSpec { name, flavor, value } = &list[index];
            self.all(name.to_bytes_with_nul());
            self.all(&flavor.to_ne_bytes());
            if let Literal::Null(kind) = value {
                self.byte(kind.code() as u8 | NULL);
            } else {
                self.byte(value.kind().code() as u8);
                let mut measure = Packer::<0>::EMPTY;
                measure.elements(value);
                self.all(&(measure.length as u32).to_ne_bytes());
                self.elements(value);
            }
            index += 1;
        }
        self
    }

    const fn byte(&mut self, byte: u8) {
        if self.length < N {
            self.bytes[self.length] = byte;
        }
        self.length += 1;
    }

    const fn all(&mut self, bytes: &[u8]) {
        each!(bytes, byte => self.byte(byte));
    }

    const fn elements(&mut self, literal: &Literal) {
        match literal {
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
            Literal::String(it) => self.all(it.to_bytes_with_nul()),
            Literal::BooleanArray(list) => each!(list, it => self.byte(it as u8)),
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
            Literal::DatetimeArray(list) => each!(list, it => self.datetime(it)),
            Literal::StringArray(list) => each!(list, it => self.all(it.to_bytes_with_nul())),
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
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flags;

    const PACKED: Qualifiers = crate::qualifiers![
        QualifierSpec { name: c"Key", flavor: flags::DISABLE_OVERRIDE, value: Literal::Boolean(true) },
        QualifierSpec {
            name: c"Values",
            flavor: flags::TRANSLATABLE,
            value: Literal::StringArray(&[c"", c"a b", c"c"])
        },
        QualifierSpec { name: c"Nothing", flavor: 0, value: Literal::Null(Type::Uint32Array) },
        QualifierSpec { name: c"Empty", flavor: 0, value: Literal::StringArray(&[]) },
        QualifierSpec { name: c"MaxLen", flavor: flags::TO_SUBCLASS, value: Literal::Uint32(4_000_000_000) },
        QualifierSpec { name: c"Description", flavor: 0, value: Literal::String(c"Text.") },
    ];

    #[test]
    fn what_is_packed_comes_back_in_order() {
        let names: Vec<_> = PACKED.iter().map(|qualifier| text(qualifier.name)).collect();
        assert_eq!(names, ["Key", "Values", "Nothing", "Empty", "MaxLen", "Description"]);
        let kinds: Vec<_> = PACKED.iter().map(|qualifier| qualifier.kind).collect();
        use Type::*;
        assert_eq!(kinds, [Boolean, StringArray, Uint32Array, StringArray, Uint32, String]);
        assert_eq!(PACKED.get("maxlen").unwrap().elements, Some(&4_000_000_000_u32.to_ne_bytes()[..]));
        assert_eq!(PACKED.get("Values").unwrap().flavor, flags::TRANSLATABLE);
        assert!(PACKED.get("Nothing").unwrap().elements.is_none());
    }

    #[test]
    fn texts_are_those_of_strings_only() {
        let texts = |name| PACKED.get(name).unwrap().texts().map(text).collect::<Vec<_>>();
        assert_eq!(texts("Values"), ["", "a b", "c"]);
        assert_eq!(texts("description"), ["Text."]);
        assert!(texts("Empty").is_empty() && texts("Key").is_empty() && texts("Nothing").is_empty());
    }
}

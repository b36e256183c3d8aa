//! Class declarations as constant data: what a MOF compiler generates and a module registers.
//!
//! A [`ClassSpec`] says what `MI_ClassDecl` says, without pointers, offsets and hash codes. Those are computed when the
//! module is loaded, together with the provider's function tables (see `assemble`).

mod qualifiers;

pub use qualifiers::{Qualifier, Qualifiers};

use crate::{Datetime, Type, flags};
use std::ffi::CStr;

/// A class: its own and its inherited elements.
#[derive(Debug)]
pub struct ClassSpec {
    /// The class name.
    pub name: &'static CStr,
    /// The class it derives from.
    pub superclass: Option<&'static ClassSpec>,
    /// [`flags`]: `ASSOCIATION`, `INDICATION`, `ABSTRACT`, `TERMINAL`; `CLASS` is added by itself.
    pub flags: u32,
    /// The qualifiers in force on the class.
    pub qualifiers: Qualifiers,
    /// All properties, inherited ones first and in the order of the superclass. An overriding property stands in the
    /// place of the one it overrides, because a host reads a derived instance through its base class's declaration.
    pub properties: &'static [&'static PropertySpec],
    /// All methods, inherited ones first.
    pub methods: &'static [&'static MethodSpec],
}

/// A property of a class.
#[derive(Debug)]
pub struct PropertySpec {
    /// The property name.
    pub name: &'static CStr,
    /// [`flags`]: `KEY`, `REQUIRED`, `STATIC`, `READ_ONLY`, ...; `PROPERTY` is added by itself.
    pub flags: u32,
    /// The qualifiers in force on the property.
    pub qualifiers: Qualifiers,
    /// The type.
    pub kind: Type,
    /// The class of a reference or an embedded instance, where it is known.
    pub class_name: Option<&'static CStr>,
    /// The number of elements of a fixed-size array; 0 otherwise.
    pub subscript: u32,
    /// The class that first declared the property.
    pub origin: &'static CStr,
    /// The class whose declaration of the property is in force.
    pub propagator: &'static CStr,
    /// The default value.
    pub default: Option<Literal>,
}

/// A method of a class.
#[derive(Debug)]
pub struct MethodSpec {
    /// The method name.
    pub name: &'static CStr,
    /// [`flags`]: `STATIC`, `TERMINAL`; `METHOD` is added by itself.
    pub flags: u32,
    /// The qualifiers in force on the method.
    pub qualifiers: Qualifiers,
    /// The type of the return value.
    pub returns: Type,
    /// The parameters in declared order, without the return value: `MIReturn` is added in front by itself.
    pub parameters: &'static [ParameterSpec],
    /// The class that first declared the method.
    pub origin: &'static CStr,
    /// The class whose declaration of the method is in force.
    pub propagator: &'static CStr,
}

/// A parameter of a method.
#[derive(Debug)]
pub struct ParameterSpec {
    /// The parameter name.
    pub name: &'static CStr,
    /// [`flags`]: `IN` and `OUT`, `REQUIRED`; `PARAMETER` is added by itself.
    pub flags: u32,
    /// The qualifiers in force on the parameter.
    pub qualifiers: Qualifiers,
    /// The type.
    pub kind: Type,
    /// The class of a reference or an embedded instance, where it is known.
    pub class_name: Option<&'static CStr>,
    /// The number of elements of a fixed-size array; 0 otherwise.
    pub subscript: u32,
}

/// A qualifier with its value.
#[derive(Debug)]
pub struct QualifierSpec {
    /// The qualifier name.
    pub name: &'static CStr,
    /// [`flags`]: `ENABLE_OVERRIDE` or `DISABLE_OVERRIDE`, `TO_SUBCLASS` or `RESTRICTED`, `TRANSLATABLE`.
    pub flavor: u32,
    /// The value.
    pub value: Literal,
}

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
}

impl ClassSpec {
    /// The class name as text.
    pub fn name(&self) -> &'static str {
        text(self.name)
    }

    /// The names of the keys.
    pub fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.properties.iter().filter(|spec| spec.flags & flags::KEY != 0).map(|spec| text(spec.name))
    }

    /// The declared method of this name, without regard to ASCII case.
    pub fn method(&self, name: &str) -> Option<&'static MethodSpec> {
        self.methods.iter().copied().find(|spec| text(spec.name).eq_ignore_ascii_case(name))
    }

    /// The place of a property in [`properties`](Self::properties), found without regard to ASCII case.
    pub fn position(&self, property: &str) -> Option<usize> {
        self.properties.iter().position(|spec| text(spec.name).eq_ignore_ascii_case(property))
    }
}

/// Names in declarations come from a compiler that only writes ASCII.
pub(crate) fn text(name: &'static CStr) -> &'static str {
    name.to_str().unwrap_or_default()
}

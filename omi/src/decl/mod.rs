//! Class declarations as constant data: what a MOF compiler generates and a module registers.
//!
//! A [`ClassSpec`] says what `MI_ClassDecl` says, without pointers, offsets and hash codes. Those are computed when the
//! module is loaded, together with the provider's function tables (see `assemble`).
//!
//! A declaration is written as [`PropertySpec`]s, [`MethodSpec`]s and [`QualifierSpec`]s, which
//! [`class_spec!`](crate::class_spec) packs into bytes when it is compiled. A schema of 200 classes has 2,000 properties and
//! 8,000 qualifiers: as structs they would be full of addresses, which the dynamic linker corrects in every process that
//! loads the library, and three times as large, for what is read once.

mod class;
mod literal;
mod pack;
mod qualifiers;
mod read;
#[cfg(test)]
mod tests;

pub use class::{ClassSpec, Method, Property};
pub use literal::Literal;
#[doc(hidden)]
pub use pack::Elements;
pub use qualifiers::{Constant, Qualifier, Qualifiers};

use crate::Type;
use std::ffi::CStr;

/// A property of a class, or a parameter of a method, as it is written.
#[derive(Clone, Copy, Debug)]
pub struct PropertySpec {
    /// The name.
    pub name: &'static CStr,
    /// [`flags`](crate::flags): `KEY`, `REQUIRED`, `STATIC`, `READ_ONLY`, ...; of a parameter `IN` and `OUT`, `REQUIRED`,
    /// `STREAM`. `PROPERTY` and `PARAMETER` are added by themselves.
    pub flags: u32,
    /// The qualifiers in force.
    pub qualifiers: &'static [QualifierSpec],
    /// The type.
    pub kind: Type,
    /// The class of a reference or an embedded instance, where it is known.
    pub class_name: Option<&'static CStr>,
    /// The number of elements of a fixed-size array; 0 otherwise.
    pub subscript: u32,
    /// The default value of a property.
    pub default: Option<Literal>,
}

impl PropertySpec {
    /// A property with neither flags nor qualifiers.
    pub const fn new(name: &'static CStr, kind: Type) -> Self {
        Self { name, flags: 0, qualifiers: &[], kind, class_name: None, subscript: 0, default: None }
    }
}

/// A method of a class, as it is written.
#[derive(Clone, Copy, Debug)]
pub struct MethodSpec {
    /// The method name.
    pub name: &'static CStr,
    /// [`flags`](crate::flags): `STATIC`, `TERMINAL`; `METHOD` is added by itself.
    pub flags: u32,
    /// The qualifiers in force on the method.
    pub qualifiers: &'static [QualifierSpec],
    /// The type of the return value.
    pub returns: Type,
    /// The parameters in declared order, without the return value: `MIReturn` is added in front by itself.
    pub parameters: &'static [PropertySpec],
}

impl MethodSpec {
    /// A method with neither flags nor qualifiers nor parameters.
    pub const fn new(name: &'static CStr, returns: Type) -> Self {
        Self { name, flags: 0, qualifiers: &[], returns, parameters: &[] }
    }
}

/// A qualifier with its value, as it is written.
#[derive(Clone, Copy, Debug)]
pub struct QualifierSpec {
    /// The qualifier name.
    pub name: &'static CStr,
    /// [`flags`](crate::flags): `ENABLE_OVERRIDE` or `DISABLE_OVERRIDE`, `TO_SUBCLASS` or `RESTRICTED`, `TRANSLATABLE`.
    pub flavor: u32,
    /// The value.
    pub value: Literal,
}

/// A [`ClassSpec`](crate::decl::ClassSpec), of constants:
///
/// | | |
/// |---|---|
/// | `name:` | The class name. |
/// | `superclass:` | The class it derives from: `None`, or `Some(&SUPERCLASS)`. |
/// | `flags:` | [`flags`](crate::flags): `ASSOCIATION`, `INDICATION`, `ABSTRACT`, `TERMINAL`; `CLASS` is added by itself. |
/// | `qualifiers:` | The qualifiers in force on the class: `&[QualifierSpec { .. }]`. |
/// | `properties:` | What the class adds to the properties of its superclass or overrides: `&[PropertySpec { .. }]`. |
/// | `methods:` | What it adds to the methods of its superclass or overrides: `&[MethodSpec { .. }]`. |
///
/// ```
/// use omi::decl::{ClassSpec, Literal, PropertySpec, QualifierSpec};
/// use omi::{Type, flags};
///
/// static ELEMENT: ClassSpec = omi::class_spec! {
///     name: c"Sample_Element",
///     superclass: None,
///     flags: flags::ABSTRACT,
///     qualifiers: &[],
///     properties: &[
///         PropertySpec { flags: flags::KEY, ..PropertySpec::new(c"Id", Type::Uint32) },
///         PropertySpec::new(c"Caption", Type::String),
///     ],
///     methods: &[],
/// };
/// static FAN: ClassSpec = omi::class_spec! {
///     name: c"Sample_Fan",
///     superclass: Some(&ELEMENT),
///     flags: 0,
///     qualifiers: &[],
///     properties: &[
///         PropertySpec::new(c"Speed", Type::Uint32),
///         PropertySpec { default: Some(Literal::String(c"A fan")), ..PropertySpec::new(c"Caption", Type::String) },
///     ],
///     methods: &[],
/// };
/// let names: Vec<_> = FAN.properties().iter().map(|property| property.name()).collect();
/// assert_eq!(names, ["Id", "Caption", "Speed"]);
/// assert!(FAN.keys().eq(["Id"]));
/// ```
#[macro_export]
macro_rules! class_spec {
    (name: $name:expr, superclass: $superclass:expr, $($elements:tt)*) => {{
        const ELEMENTS: $crate::decl::Elements = $crate::decl::Elements { $($elements)* };
        const PACKED: [u8; ELEMENTS.packed_size()] = ELEMENTS.pack();
        $crate::decl::ClassSpec::from_packed($name, $superclass, &PACKED)
    }};
}

/// Names in declarations come from a compiler that only writes ASCII.
pub(crate) fn text(name: &'static CStr) -> &'static str {
    name.to_str().unwrap_or_default()
}

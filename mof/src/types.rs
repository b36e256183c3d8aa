//! CIM data types (DSP0004 section 5.2).

use std::fmt;

/// A data type that is neither a reference nor an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // the variants are the standard's own names
pub enum Primitive {
    Boolean,
    Uint8,
    Sint8,
    Uint16,
    Sint16,
    Uint32,
    Sint32,
    Uint64,
    Sint64,
    Real32,
    Real64,
    Char16,
    Datetime,
    String,
}

impl Primitive {
    /// All of them, in the order of their `MI_Type` numbers.
    pub const ALL: [Primitive; 14] = [
        Self::Boolean,
        Self::Uint8,
        Self::Sint8,
        Self::Uint16,
        Self::Sint16,
        Self::Uint32,
        Self::Sint32,
        Self::Uint64,
        Self::Sint64,
        Self::Real32,
        Self::Real64,
        Self::Char16,
        Self::Datetime,
        Self::String,
    ];

    /// The keyword of MOF.
    pub fn name(self) -> &'static str {
        match self {
            Self::Boolean => "boolean",
            Self::Uint8 => "uint8",
            Self::Sint8 => "sint8",
            Self::Uint16 => "uint16",
            Self::Sint16 => "sint16",
            Self::Uint32 => "uint32",
            Self::Sint32 => "sint32",
            Self::Uint64 => "uint64",
            Self::Sint64 => "sint64",
            Self::Real32 => "real32",
            Self::Real64 => "real64",
            Self::Char16 => "char16",
            Self::Datetime => "datetime",
            Self::String => "string",
        }
    }

    /// The type with this keyword, in any case.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|primitive| primitive.name().eq_ignore_ascii_case(name))
    }

    /// The smallest and the largest value of an integer type.
    pub fn integer_range(self) -> Option<(i128, i128)> {
        let (signed, bits) = match self {
            Self::Uint8 => (false, 8),
            Self::Sint8 => (true, 8),
            Self::Uint16 => (false, 16),
            Self::Sint16 => (true, 16),
            Self::Uint32 => (false, 32),
            Self::Sint32 => (true, 32),
            Self::Uint64 => (false, 64),
            Self::Sint64 => (true, 64),
            _ => return None,
        };
        Some(if signed { (-(1 << (bits - 1)), (1 << (bits - 1)) - 1) } else { (0, (1 << bits) - 1) })
    }
}

impl fmt::Display for Primitive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a value, or each element of an array, is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ElementType {
    /// A plain value.
    Primitive(Primitive),
    /// A reference to instances of the named class or of its subclasses.
    Reference(String),
    /// An embedded instance: of the named class (`EmbeddedInstance("X")`), or of any (`EmbeddedObject`).
    Instance(Option<String>),
}

/// Whether an element has one value or many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arity {
    /// One value.
    Scalar,
    /// `[]`: any number of values.
    Array,
    /// `[n]`: exactly n values.
    Fixed(u32),
}

/// The type of a property, a parameter or a return value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Type {
    /// What each value is.
    pub element: ElementType,
    /// How many values there are.
    pub arity: Arity,
}

impl Type {
    /// Whether it is an array.
    pub fn is_array(&self) -> bool {
        self.arity != Arity::Scalar
    }

    /// The class of a reference, or of an embedded instance where it is known.
    pub fn class_name(&self) -> Option<&str> {
        match &self.element {
            ElementType::Primitive(_) => None,
            ElementType::Reference(class) => Some(class),
            ElementType::Instance(class) => class.as_deref(),
        }
    }

    /// The primitive type; `None` for references and instances.
    pub fn primitive(&self) -> Option<Primitive> {
        match self.element {
            ElementType::Primitive(primitive) => Some(primitive),
            _ => None,
        }
    }

    /// Whether it is a reference or an array of references.
    pub fn is_reference(&self) -> bool {
        matches!(self.element, ElementType::Reference(_))
    }
}

/// `uint32`, `CIM_Process REF`, `string[]`, `instance of CIM_Error`.
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            ElementType::Primitive(primitive) => write!(f, "{primitive}")?,
            ElementType::Reference(class) => write!(f, "{class} REF")?,
            ElementType::Instance(Some(class)) => write!(f, "instance of {class}")?,
            ElementType::Instance(None) => f.write_str("instance")?,
        }
        match self.arity {
            Arity::Scalar => Ok(()),
            Arity::Array => f.write_str("[]"),
            Arity::Fixed(count) => write!(f, "[{count}]"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integer_ranges_are_those_of_the_rust_types() {
        assert_eq!(Primitive::Uint8.integer_range(), Some((0, u8::MAX.into())));
        assert_eq!(Primitive::Sint8.integer_range(), Some((i8::MIN.into(), i8::MAX.into())));
        assert_eq!(Primitive::Uint64.integer_range(), Some((0, u64::MAX.into())));
        assert_eq!(Primitive::Sint64.integer_range(), Some((i64::MIN.into(), i64::MAX.into())));
        assert_eq!(Primitive::Real32.integer_range(), None);
    }
}

//! CIM types and values, owned and independent of any host.
//!
//! Each Rust type that stands for a CIM type becomes a [`Value`] by `into`; [`CimType`] names the pairs:
//!
//! ```
//! use omi::{CimType, Type, Value};
//!
//! assert_eq!(Value::from(7_u32), Value::Uint32(7));
//! assert_eq!(Value::from(vec![true, false]).kind(), Type::BooleanArray);
//! assert_eq!(<Vec<String> as CimType>::TYPE, Type::StringArray);
//! assert_eq!(u32::from_value(Value::from("7")), Err(Value::from("7"))); // a text is no number
//! ```

use crate::{Datetime, Instance};
use std::fmt;

/// A CIM data type (DSP0004 section 5.2). The numbers are those of `MI_Type`; an array is its element type plus 16.
///
/// Type codes that come from a host are checked by [`Type::from_code`], so an unknown one is never an invalid enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u32)]
#[allow(missing_docs)] // the variants are the standard's own names
pub enum Type {
    Boolean = 0,
    Uint8 = 1,
    Sint8 = 2,
    Uint16 = 3,
    Sint16 = 4,
    Uint32 = 5,
    Sint32 = 6,
    Uint64 = 7,
    Sint64 = 8,
    Real32 = 9,
    Real64 = 10,
    Char16 = 11,
    Datetime = 12,
    String = 13,
    Reference = 14,
    Instance = 15,
    BooleanArray = 16,
    Uint8Array = 17,
    Sint8Array = 18,
    Uint16Array = 19,
    Sint16Array = 20,
    Uint32Array = 21,
    Sint32Array = 22,
    Uint64Array = 23,
    Sint64Array = 24,
    Real32Array = 25,
    Real64Array = 26,
    Char16Array = 27,
    DatetimeArray = 28,
    StringArray = 29,
    ReferenceArray = 30,
    InstanceArray = 31,
}

const ALL_TYPES: [Type; 32] = {
    use Type::*;
    [
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
        Reference,
        Instance,
        BooleanArray,
        Uint8Array,
        Sint8Array,
        Uint16Array,
        Sint16Array,
        Uint32Array,
        Sint32Array,
        Uint64Array,
        Sint64Array,
        Real32Array,
        Real64Array,
        Char16Array,
        DatetimeArray,
        StringArray,
        ReferenceArray,
        InstanceArray,
    ]
};

impl Type {
    /// The type with this `MI_Type` code, or `None` for a code that mi.h does not define.
    pub fn from_code(code: u32) -> Option<Self> {
        ALL_TYPES.get(usize::try_from(code).ok()?).copied()
    }

    /// The `MI_Type` code.
    pub const fn code(self) -> u32 {
        self as u32
    }

    /// Whether values of this type are arrays.
    pub const fn is_array(self) -> bool {
        self.code() >= 16
    }

    /// The type of one element of an array; a scalar type is its own element type.
    pub fn element(self) -> Self {
        ALL_TYPES[self.code() as usize % 16]
    }

    /// The array type with elements of this type; an array type is its own.
    pub fn array(self) -> Self {
        ALL_TYPES[self.code() as usize % 16 + 16]
    }

    /// The name of the element type as MOF spells it: `uint32`, `string`, `datetime`.
    pub fn mof_name(self) -> &'static str {
        match self.element() {
            Type::Boolean => "boolean",
            Type::Uint8 => "uint8",
            Type::Sint8 => "sint8",
            Type::Uint16 => "uint16",
            Type::Sint16 => "sint16",
            Type::Uint32 => "uint32",
            Type::Sint32 => "sint32",
            Type::Uint64 => "uint64",
            Type::Sint64 => "sint64",
            Type::Real32 => "real32",
            Type::Real64 => "real64",
            Type::Char16 => "char16",
            Type::Datetime => "datetime",
            Type::String => "string",
            Type::Reference => "reference",
            _ => "instance",
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.mof_name())?;
        if self.is_array() { f.write_str("[]") } else { Ok(()) }
    }
}

/// A borrowed scalar: text by reference, everything else by value.
macro_rules! borrowed {
    (String $lifetime:lifetime $rust:ty) => { &$lifetime str };
    ($scalar:ident $lifetime:lifetime $rust:ty) => { $rust };
}

macro_rules! borrow {
    (String $value:ident) => {
        $value
    };
    ($scalar:ident $value:ident) => {
        *$value
    };
}

/// Declares [`Value`] with its type function and the conversions of [`CimType`], one line per CIM type.
macro_rules! values {
    ($($scalar:ident $array:ident $rust:ty),* $(,)?) => {
        /// A CIM value that is not NULL. NULL is the absence of a value: `Option<Value>`.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs)] // the variants are the standard's own names
        pub enum Value {
            $($scalar($rust), $array(Vec<$rust>),)*
            Reference(Box<Instance>),
            ReferenceArray(Vec<Instance>),
            Instance(Box<Instance>),
            InstanceArray(Vec<Instance>),
        }

        /// A borrowed CIM value that is not NULL.
        #[derive(Clone, Copy, Debug)]
        #[allow(missing_docs)] // the variants are the standard's own names
        pub enum ValueRef<'a> {
            $($scalar(borrowed!($scalar 'a $rust)), $array(&'a [$rust]),)*
            Reference(&'a Instance),
            ReferenceArray(&'a [Instance]),
            Instance(&'a Instance),
            InstanceArray(&'a [Instance]),
        }

        impl ValueRef<'_> {
            /// About how many bytes the value takes on its way to a client; rather too many.
            pub(crate) fn size(self) -> usize {
                const HEAD: usize = 24;
                let texts = match self {
                    ValueRef::String(text) => text.len(),
                    ValueRef::StringArray(texts) => texts.iter().map(String::len).sum(),
                    _ => 0,
                };
                HEAD + texts + match self {
                    ValueRef::Reference(instance) | ValueRef::Instance(instance) => instance.size(),
                    ValueRef::ReferenceArray(instances) | ValueRef::InstanceArray(instances) => {
                        instances.iter().map(Instance::size).sum()
                    }
                    $(ValueRef::$array(values) => size_of_val(values),)*
                    _ => 0,
                }
            }

            /// The value, owned.
            pub fn to_value(self) -> Value {
                match self {
                    $(
                        ValueRef::$scalar(value) => Value::$scalar(value.to_owned()),
                        ValueRef::$array(values) => Value::$array(values.to_vec()),
                    )*
                    ValueRef::Reference(instance) => Value::Reference(Box::new(instance.clone())),
                    ValueRef::ReferenceArray(instances) => Value::ReferenceArray(instances.to_vec()),
                    ValueRef::Instance(instance) => Value::Instance(Box::new(instance.clone())),
                    ValueRef::InstanceArray(instances) => Value::InstanceArray(instances.to_vec()),
                }
            }
        }

        impl Value {
            /// The value as one of type `kind`, where only the use of its instances differs: a reference as an
            /// embedded instance, an array of these, and the other way round.
            #[must_use]
            pub fn used_as(self, kind: Type) -> Self {
                match (self, kind) {
                    (Value::Instance(it), Type::Reference) => Value::Reference(it),
                    (Value::Reference(it), Type::Instance) => Value::Instance(it),
                    (Value::InstanceArray(it), Type::ReferenceArray) => Value::ReferenceArray(it),
                    (Value::ReferenceArray(it), Type::InstanceArray) => Value::InstanceArray(it),
                    (value, _) => value,
                }
            }

            /// The value, borrowed.
            pub fn as_ref(&self) -> ValueRef<'_> {
                match self {
                    $(
                        Value::$scalar(value) => ValueRef::$scalar(borrow!($scalar value)),
                        Value::$array(values) => ValueRef::$array(values),
                    )*
                    Value::Reference(instance) => ValueRef::Reference(instance),
                    Value::ReferenceArray(instances) => ValueRef::ReferenceArray(instances),
                    Value::Instance(instance) => ValueRef::Instance(instance),
                    Value::InstanceArray(instances) => ValueRef::InstanceArray(instances),
                }
            }

            /// The CIM type of this value.
            pub fn kind(&self) -> Type {
                match self {
                    $(Value::$scalar(_) => Type::$scalar, Value::$array(_) => Type::$array,)*
                    Value::Reference(_) => Type::Reference,
                    Value::ReferenceArray(_) => Type::ReferenceArray,
                    Value::Instance(_) => Type::Instance,
                    Value::InstanceArray(_) => Type::InstanceArray,
                }
            }

            /// The array of these elements; `None` when one has another type than the elements of `kind`.
            pub fn from_elements(kind: Type, elements: Vec<Value>) -> Option<Self> {
                fn all<T: CimType>(elements: Vec<Value>) -> Option<Vec<T>> {
                    elements.into_iter().map(|element| T::from_value(element).ok()).collect()
                }
                match kind.array() {
                    $(Type::$array => all(elements).map(Value::$array),)*
                    Type::ReferenceArray => all(elements).map(Value::ReferenceArray),
                    _ => all(elements).map(Value::InstanceArray),
                }
            }

            /// The elements of an array; `None` for a scalar.
            pub fn to_elements(&self) -> Option<Vec<Self>> {
                match self {
                    $(Value::$array(values) => Some(values.iter().cloned().map(Value::$scalar).collect()),)*
                    Value::ReferenceArray(items) => {
                        Some(items.iter().cloned().map(Box::new).map(Value::Reference).collect())
                    }
                    Value::InstanceArray(items) => {
                        Some(items.iter().cloned().map(Box::new).map(Value::Instance).collect())
                    }
                    _ => None,
                }
            }
        }

        $(impl CimType for $rust {
            const TYPE: Type = Type::$scalar;
            fn from_value(value: Value) -> Result<Self, Value> {
                match value {
                    Value::$scalar(value) => Ok(value),
                    other => Err(other),
                }
            }
            fn into_value(self) -> Value {
                Value::$scalar(self)
            }
            fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R {
                with(ValueRef::$scalar(borrow!($scalar self)))
            }
        }

        impl CimType for Vec<$rust> {
            const TYPE: Type = Type::$array;
            fn from_value(value: Value) -> Result<Self, Value> {
                match value {
                    Value::$array(value) => Ok(value),
                    other => Err(other),
                }
            }
            fn into_value(self) -> Value {
                Value::$array(self)
            }
            fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R {
                with(ValueRef::$array(self))
            }
        })*
    };
}

/// A char16 value: one UTF-16 code unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Char16(pub u16);

values! {
    Boolean BooleanArray bool,
    Uint8 Uint8Array u8,
    Sint8 Sint8Array i8,
    Uint16 Uint16Array u16,
    Sint16 Sint16Array i16,
    Uint32 Uint32Array u32,
    Sint32 Sint32Array i32,
    Uint64 Uint64Array u64,
    Sint64 Sint64Array i64,
    Real32 Real32Array f32,
    Real64 Real64Array f64,
    Char16 Char16Array Char16,
    Datetime DatetimeArray Datetime,
    String StringArray String,
}

/// A Rust type that holds exactly one CIM type: `u32` is uint32, `Vec<String>` is string[]. The type of a
/// [`ValueMap`](crate::ValueMap) holds the type of its numbers.
pub trait CimType: Sized {
    /// The CIM type.
    const TYPE: Type;
    /// The Rust value, or the CIM value back when it has another type.
    #[allow(clippy::result_large_err)] // the error hands the caller's own value back
    fn from_value(value: Value) -> Result<Self, Value>;
    /// The CIM value.
    fn into_value(self) -> Value;
    /// Calls `with` with the CIM value, borrowed.
    fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R;
}

/// Takes both references and embedded instances, and becomes an embedded instance.
impl CimType for Instance {
    const TYPE: Type = Type::Instance;
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::Reference(instance) | Value::Instance(instance) => Ok(*instance),
            other => Err(other),
        }
    }
    fn into_value(self) -> Value {
        Value::Instance(Box::new(self))
    }
    fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R {
        with(ValueRef::Instance(self))
    }
}

/// Takes both arrays of references and of embedded instances, and becomes an array of embedded instances.
impl CimType for Vec<Instance> {
    const TYPE: Type = Type::InstanceArray;
    fn from_value(value: Value) -> Result<Self, Value> {
        match value {
            Value::ReferenceArray(instances) | Value::InstanceArray(instances) => Ok(instances),
            other => Err(other),
        }
    }
    fn into_value(self) -> Value {
        Value::InstanceArray(self)
    }
    fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R {
        with(ValueRef::InstanceArray(self))
    }
}

impl<T: CimType> From<T> for Value {
    fn from(value: T) -> Self {
        value.into_value()
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::String(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_codes_are_those_of_mi_h() {
        for code in 0..32 {
            assert_eq!(Type::from_code(code).unwrap().code(), code);
        }
        assert_eq!(Type::from_code(32), None);
        assert_eq!(Type::Uint32.array(), Type::Uint32Array);
        assert_eq!(Type::InstanceArray.element(), Type::Instance);
        assert_eq!(Type::StringArray.to_string(), "string[]");
    }

    #[test]
    fn an_array_is_made_of_its_elements_and_taken_apart_again() {
        let elements = vec![Value::Uint16(1), Value::Uint16(2)];
        let array = Value::from_elements(Type::Uint16Array, elements.clone()).unwrap();
        assert_eq!(array, Value::Uint16Array(vec![1, 2]));
        assert_eq!(array.to_elements(), Some(elements.clone()));
        assert_eq!(Value::from_elements(Type::Uint32Array, elements), None);
        assert_eq!(Value::Uint16(1).to_elements(), None);
    }

    #[test]
    fn a_value_of_another_type_is_handed_back() {
        assert_eq!(u32::from_value(Value::String("1".into())), Err(Value::String("1".into())));
        assert_eq!(u32::from_value(Value::Uint32(1)), Ok(1));
    }
}

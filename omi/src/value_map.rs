//! Numbers with names: the qualifiers ValueMap and Values of MOF as open newtypes.

use crate::{CimType, Type, Value, ValueRef};
use std::fmt::{self, Display};

/// A number of which MOF names some values. Other numbers are allowed, too: vendors have their own, and standards grow.
///
/// [`value_map!`](crate::value_map!) declares such types; `omi-mof` does it for each ValueMap of a class.
pub trait ValueMap: Copy + 'static {
    /// The Rust type of the property's CIM type.
    type Number: CimType + Copy + PartialEq + Display;

    /// The named numbers in the order of MOF, with their texts in Values.
    const NAMES: &'static [(Self::Number, &'static str)];

    /// The number as a value of this type, whether it has a name or not.
    fn from_number(number: Self::Number) -> Self;

    /// The number.
    fn number(self) -> Self::Number;
}

/// Declares open newtypes for ValueMaps.
///
/// ```
/// omi::value_map! {
///     /// The state of a door.
///     pub struct DoorState(u16) {
///         OPEN = 2, "Open";
///         ALMOST_SHUT = 3, "Almost Shut";
///     }
/// }
///
/// assert_eq!(DoorState::ALMOST_SHUT.name(), Some("Almost Shut"));
/// assert_eq!(DoorState::from_name("almost shut"), Some(DoorState(3)));
/// assert_eq!(DoorState(32768).name(), None);
/// assert_eq!(format!("{}, {}", DoorState::OPEN, DoorState(32768)), "Open, 32768");
/// ```
#[macro_export]
macro_rules! value_map {
    ($($(#[$attribute:meta])* $visible:vis struct $name:ident($number:ident) {
        $($constant:ident = $value:literal, $text:literal;)*
    })*) => {$(
        $(#[$attribute])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        $visible struct $name(pub $number);

        #[allow(dead_code)] // a private type need not use all of it
        impl $name {
            $(#[doc = ::core::concat!("`", $text, "`")] $visible const $constant: Self = Self($value);)*

            /// The text that MOF gives this value; `None` if it is not one of the single values that MOF names.
            $visible fn name(self) -> ::core::option::Option<&'static str> {
                $crate::value_map::name(self)
            }

            /// The value with this text, in any case.
            $visible fn from_name(name: &str) -> ::core::option::Option<Self> {
                $crate::value_map::from_name(name)
            }
        }

        impl $crate::ValueMap for $name {
            type Number = $number;
            const NAMES: &'static [($number, &'static str)] = &[$(($value, $text)),*];

            fn from_number(number: $number) -> Self {
                Self(number)
            }

            fn number(self) -> $number {
                self.0
            }
        }

        impl ::core::convert::From<$number> for $name {
            fn from(number: $number) -> Self {
                Self(number)
            }
        }

        impl ::core::convert::From<$name> for $number {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl ::core::fmt::Display for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::value_map::display(*self, f)
            }
        }

        impl ::core::fmt::Debug for $name {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::value_map::debug(*self, ::core::stringify!($name), f)
            }
        }
    )*};
}

impl<T: ValueMap> CimType for T {
    const TYPE: Type = T::Number::TYPE;

    fn from_value(value: Value) -> Result<Self, Value> {
        T::Number::from_value(value).map(T::from_number)
    }

    fn into_value(self) -> Value {
        self.number().into_value()
    }

    fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R {
        self.number().with_ref(with)
    }
}

impl<T: ValueMap> CimType for Vec<T>
where
    Vec<T::Number>: CimType,
{
    const TYPE: Type = Vec::<T::Number>::TYPE;

    fn from_value(value: Value) -> Result<Self, Value> {
        Vec::<T::Number>::from_value(value).map(|numbers| numbers.into_iter().map(T::from_number).collect())
    }

    fn into_value(self) -> Value {
        numbers(&self).into_value()
    }

    fn with_ref<R>(&self, with: impl FnOnce(ValueRef<'_>) -> R) -> R {
        numbers(self).with_ref(with)
    }
}

fn numbers<T: ValueMap>(values: &[T]) -> Vec<T::Number> {
    values.iter().map(|value| value.number()).collect()
}

// What the functions of the declared types do, once for all of them.

#[doc(hidden)]
pub fn name<T: ValueMap>(value: T) -> Option<&'static str> {
    T::NAMES.iter().find(|(number, _)| *number == value.number()).map(|(_, text)| *text)
}

#[doc(hidden)]
pub fn from_name<T: ValueMap>(name: &str) -> Option<T> {
    T::NAMES.iter().find(|(_, text)| text.eq_ignore_ascii_case(name)).map(|(number, _)| T::from_number(*number))
}

#[doc(hidden)]
pub fn display<T: ValueMap>(value: T, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match name(value) {
        Some(name) => f.pad(name),
        None => Display::fmt(&value.number(), f),
    }
}

#[doc(hidden)]
pub fn debug<T: ValueMap + Display>(value: T, type_name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.debug_tuple(type_name).field(&format_args!("{value}")).finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Instance;

    crate::value_map! {
        struct Status(u16) {
            OK = 2, "OK";
            NO_CONTACT = 12, "No Contact";
        }
        struct Level(i8) {
            LOW = -1, "Low";
        }
    }

    #[test]
    fn named_values_travel_as_their_numbers() {
        let mut instance = Instance::new("X").with("Status", Status::OK).with("All", vec![Status::OK, Status(40_000)]);
        assert_eq!(instance.get("Status"), Some(&Value::Uint16(2)));
        assert_eq!(instance.get("All"), Some(&Value::Uint16Array(vec![2, 40_000])));
        assert_eq!(instance.take::<Status>("Status"), Ok(Some(Status::OK)));
        assert_eq!(instance.take::<Vec<Status>>("All"), Ok(Some(vec![Status::OK, Status(40_000)])));
    }

    #[test]
    fn borrowed_values_are_numbers_too() {
        assert_eq!(Level::LOW.with_ref(|value| value.to_value()), Value::Sint8(-1));
        assert_eq!(vec![Level::LOW].with_ref(|value| value.to_value()), Value::Sint8Array(vec![-1]));
    }

    #[test]
    fn a_number_of_another_type_is_refused_with_both_types() {
        let error = Instance::new("X").with("Status", 2_u32).take::<Status>("Status").unwrap_err();
        assert_eq!(error.message(), "X.Status is uint32, but uint16 is expected");
    }

    #[test]
    fn a_name_is_shown_where_there_is_one() {
        assert_eq!(format!("{:?} {:?}", Status::NO_CONTACT, Status(7)), "Status(No Contact) Status(7)");
        assert_eq!(format!("[{:>4}] [{:>4}]", Status::OK, Status(7)), "[  OK] [   7]");
    }
}

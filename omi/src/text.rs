//! Values as text: what a person types for a key and what a table shows.
//!
//! ```
//! use omi::{Type, Value, text};
//!
//! let signal = text::parse(Type::Uint32, "0x0f").unwrap();
//! assert_eq!(signal, Value::Uint32(15));
//! assert_eq!(text::display(&signal), "15");
//! assert!(text::parse(Type::Uint8, "256").is_err());
//! ```

use crate::value::Char16;
use crate::{Error, Result, Type, Value};
use std::str::FromStr;

/// The value as a person reads it: arrays in braces, datetimes as DMTF text, instances by class and keys.
pub fn display(value: &Value) -> String {
    fn list<T>(items: &[T], show: impl Fn(&T) -> String) -> String {
        format!("{{{}}}", items.iter().map(show).collect::<Vec<_>>().join(", "))
    }
    match value {
        Value::Boolean(it) => it.to_string(),
        Value::Uint8(it) => it.to_string(),
        Value::Sint8(it) => it.to_string(),
        Value::Uint16(it) => it.to_string(),
        Value::Sint16(it) => it.to_string(),
        Value::Uint32(it) => it.to_string(),
        Value::Sint32(it) => it.to_string(),
        Value::Uint64(it) => it.to_string(),
        Value::Sint64(it) => it.to_string(),
        Value::Real32(it) => it.to_string(),
        Value::Real64(it) => it.to_string(),
        Value::Char16(it) => it.0.to_string(),
        Value::Datetime(it) => it.to_string(),
        Value::String(it) => it.clone(),
        Value::Reference(it) | Value::Instance(it) => crate::class::object_path(it),
        Value::BooleanArray(items) => list(items, ToString::to_string),
        Value::Uint8Array(items) => list(items, ToString::to_string),
        Value::Sint8Array(items) => list(items, ToString::to_string),
        Value::Uint16Array(items) => list(items, ToString::to_string),
        Value::Sint16Array(items) => list(items, ToString::to_string),
        Value::Uint32Array(items) => list(items, ToString::to_string),
        Value::Sint32Array(items) => list(items, ToString::to_string),
        Value::Uint64Array(items) => list(items, ToString::to_string),
        Value::Sint64Array(items) => list(items, ToString::to_string),
        Value::Real32Array(items) => list(items, ToString::to_string),
        Value::Real64Array(items) => list(items, ToString::to_string),
        Value::Char16Array(items) => list(items, |it| it.0.to_string()),
        Value::DatetimeArray(items) => list(items, ToString::to_string),
        Value::StringArray(items) => list(items, Clone::clone),
        Value::ReferenceArray(items) | Value::InstanceArray(items) => list(items, crate::class::object_path),
    }
}

/// Reads a scalar value of the given type from text: numbers in decimal or `0x` hexadecimal, booleans as true, false, 1
/// or 0 in any case, datetimes as DMTF text.
///
/// # Errors
/// TYPE_MISMATCH, naming the text and the type, also when a number is out of the type's range.
pub fn parse(kind: Type, text: &str) -> Result<Value> {
    let wrong = || Error::type_mismatch(format!("{text:?} is not a valid {kind} value{}", range(kind)));
    let value = match kind {
        Type::Boolean => match text.trim() {
            "1" => Value::Boolean(true),
            "0" => Value::Boolean(false),
            word if word.eq_ignore_ascii_case("true") => Value::Boolean(true),
            word if word.eq_ignore_ascii_case("false") => Value::Boolean(false),
            _ => return Err(wrong()),
        },
        Type::Uint8 => integer(text).map(Value::Uint8).ok_or_else(wrong)?,
        Type::Sint8 => integer(text).map(Value::Sint8).ok_or_else(wrong)?,
        Type::Uint16 => integer(text).map(Value::Uint16).ok_or_else(wrong)?,
        Type::Sint16 => integer(text).map(Value::Sint16).ok_or_else(wrong)?,
        Type::Uint32 => integer(text).map(Value::Uint32).ok_or_else(wrong)?,
        Type::Sint32 => integer(text).map(Value::Sint32).ok_or_else(wrong)?,
        Type::Uint64 => integer(text).map(Value::Uint64).ok_or_else(wrong)?,
        Type::Sint64 => integer(text).map(Value::Sint64).ok_or_else(wrong)?,
        Type::Real32 => real(text).map(Value::Real32).ok_or_else(wrong)?,
        Type::Real64 => real(text).map(Value::Real64).ok_or_else(wrong)?,
        Type::Char16 => char16(text).map(Value::Char16).ok_or_else(wrong)?,
        Type::Datetime => Value::Datetime(text.trim().parse().map_err(|_| wrong())?),
        Type::String => Value::String(text.to_owned()),
        _ => return Err(Error::type_mismatch(format!("a {kind} cannot be written as the text {text:?}"))),
    };
    Ok(value)
}

/// The allowed range in words, for integer types.
fn range(kind: Type) -> &'static str {
    match kind {
        Type::Uint8 => " (0 to 255)",
        Type::Sint8 => " (-128 to 127)",
        Type::Uint16 => " (0 to 65535)",
        Type::Sint16 => " (-32768 to 32767)",
        Type::Uint32 => " (0 to 4294967295)",
        Type::Sint32 => " (-2147483648 to 2147483647)",
        Type::Uint64 => " (0 to 18446744073709551615)",
        Type::Sint64 => " (-9223372036854775808 to 9223372036854775807)",
        Type::Boolean => " (true or false)",
        _ => "",
    }
}

fn integer<T: TryFrom<i128>>(text: &str) -> Option<T> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) => i128::from(u64::from_str_radix(hex, 16).ok()?),
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => i128::from(digits.parse::<u64>().ok()?),
        None => return None,
    };
    T::try_from(if negative { -magnitude } else { magnitude }).ok()
}

fn real<T: FromStr>(text: &str) -> Option<T> {
    let text = text.trim();
    // XML Schema writes INF; Rust reads inf in any case but no sign-less NaN payloads.
    text.parse().ok()
}

/// A decimal code unit, or a single character of the Basic Multilingual Plane that is no digit.
fn char16(text: &str) -> Option<Char16> {
    if let Some(unit) = integer(text) {
        return Some(Char16(unit));
    }
    let mut units = text.encode_utf16();
    let unit = units.next()?;
    units.next().is_none().then_some(Char16(unit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_out_of_range_are_refused_with_the_range() {
        let error = parse(Type::Uint8, "256").unwrap_err();
        assert_eq!(error.message(), "\"256\" is not a valid uint8 value (0 to 255)");
        assert_eq!(parse(Type::Uint8, "0xFF").unwrap(), Value::Uint8(255));
        assert_eq!(parse(Type::Sint8, "-128").unwrap(), Value::Sint8(-128));
        assert!(parse(Type::Uint32, "--1").is_err());
        assert!(parse(Type::Uint64, "18446744073709551616").is_err());
    }

    #[test]
    fn booleans_are_words_or_digits() {
        assert_eq!(parse(Type::Boolean, "TRUE").unwrap(), Value::Boolean(true));
        assert_eq!(parse(Type::Boolean, "0").unwrap(), Value::Boolean(false));
        assert!(parse(Type::Boolean, "yes").is_err());
    }

    #[test]
    fn arrays_show_in_braces() {
        assert_eq!(display(&Value::StringArray(vec!["a".into(), "b".into()])), "{a, b}");
    }
}

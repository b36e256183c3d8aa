//! Constant values: `Literal::Uint16(5)`.

use crate::types::{Arity, ElementType, Primitive, Type};
use crate::value::{Datetime, Value};

/// The expression of type `omi::decl::Literal` for a value; `None` for values that are no constants.
pub(super) fn literal(value: &Value, primitive: Primitive, arity: Arity) -> Option<String> {
    let kind = type_name(primitive, arity);
    match value {
        Value::Null => Some(format!("Literal::Null(Type::{kind})")),
        Value::Array(elements) => {
            let elements: Option<Vec<_>> = elements.iter().map(|element| scalar(element, primitive)).collect();
            Some(format!("Literal::{kind}(&[{}])", elements?.join(", ")))
        }
        other => Some(format!("Literal::{kind}({})", scalar(other, primitive)?)),
    }
}

/// The expression of the property's Rust type for a default value; `None` for NULL and for values that are no constants.
/// `named` is the type of the property's value map.
pub(super) fn owned(value: &Value, kind: &Type, named: Option<&str>) -> Option<String> {
    let ElementType::Primitive(primitive) = kind.element else { return None };
    let element = |value: &Value| match value {
        Value::String(text) => Some(format!("{text:?}.to_owned()")),
        Value::Char16(unit) => Some(format!("::omi::Char16({unit})")),
        other => {
            let number = scalar(other, primitive)?;
            Some(named.map_or(number.clone(), |named| format!("{named}({number})")))
        }
    };
    match value {
        Value::Array(values) => {
            Some(format!("vec![{}]", values.iter().map(element).collect::<Option<Vec<_>>>()?.join(", ")))
        }
        other => element(other),
    }
}

/// The variant of `omi::Type` and `omi::decl::Literal` for a primitive type.
pub(super) fn type_name(primitive: Primitive, arity: Arity) -> String {
    let name = primitive.name();
    let array = if arity == Arity::Scalar { "" } else { "Array" };
    format!("{}{}{array}", name[..1].to_uppercase(), &name[1..])
}

fn scalar(value: &Value, primitive: Primitive) -> Option<String> {
    Some(match value {
        Value::Boolean(value) => value.to_string(),
        Value::Integer(value) => value.to_string(),
        Value::Real(value) if primitive == Primitive::Real32 => format!("{:?}", *value as f32),
        Value::Real(value) => format!("{value:?}"),
        Value::Char16(unit) => unit.to_string(),
        Value::String(text) => c_string(text),
        Value::Datetime(datetime) => datetime_expression(datetime),
        Value::Null | Value::Path(_) | Value::Alias(_) | Value::Instance(_) | Value::Array(_) => return None,
    })
}

/// `c"text"`
pub(super) fn c_string(text: &str) -> String {
    // The lexer lets no 0 into strings, which a C string could not hold.
    format!("c\"{}\"", text.escape_debug().to_string().replace("\\'", "'"))
}

fn datetime_expression(datetime: &Datetime) -> String {
    match *datetime {
        Datetime::Timestamp { date: (year, month, day), time: (hour, minute, second), microseconds, utc_offset } => {
            format!(
                "::omi::Datetime::Timestamp(::omi::Timestamp {{ year: {year}, month: {month}, day: {day}, hour: {hour}, \
                 minute: {minute}, second: {second}, microseconds: {microseconds}, utc: {utc_offset} }})"
            )
        }
        Datetime::Interval { days, time: (hours, minutes, seconds), microseconds } => format!(
            "::omi::Datetime::Interval(::omi::Interval {{ days: {days}, hours: {hours}, minutes: {minutes}, \
             seconds: {seconds}, microseconds: {microseconds} }})"
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_are_valid_rust() {
        assert_eq!(c_string("it's a \"tab\"\t\\ \u{202E}ä"), r#"c"it's a \"tab\"\t\\ \u{202e}ä""#);
    }

    #[test]
    fn values_carry_their_type() {
        let array = Value::Array(vec![Value::Integer(1), Value::Integer(2)]);
        assert_eq!(literal(&array, Primitive::Uint8, Arity::Array).unwrap(), "Literal::Uint8Array(&[1, 2])");
        assert_eq!(literal(&Value::Null, Primitive::String, Arity::Scalar).unwrap(), "Literal::Null(Type::String)");
        assert_eq!(literal(&Value::Real(1.0), Primitive::Real64, Arity::Scalar).unwrap(), "Literal::Real64(1.0)");
        assert_eq!(literal(&Value::Path("X.A=1".into()), Primitive::String, Arity::Scalar), None);
    }
}

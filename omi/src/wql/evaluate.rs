//! Whether an instance fulfils a condition.
//!
//! The truth of a condition is `Some` or, when it is unknown, `None`.

use super::{CLASS_PROPERTY, Condition, Literal, Pattern, lexer};
use crate::datetime::Datetime;
use crate::{Instance, Type, Value, text};
use std::cmp::Ordering;

/// The truth of a condition. `derives` says whether its first class is its second or derives from it.
pub(super) fn truth(condition: &Condition, instance: &Instance, derives: &dyn Fn(&str, &str) -> bool) -> Option<bool> {
    match condition {
        Condition::And(terms) => decided_by(false, terms, instance, derives),
        Condition::Or(terms) => decided_by(true, terms, instance, derives),
        Condition::Not(term) => truth(term, instance, derives).map(|it| !it),
        Condition::Compare { property, operator, value } => {
            let order = match operand(instance, property)? {
                Operand::ClassName(name) => compare_string(name, value)?,
                Operand::Value(held) => compare(held, value)?,
            };
            Some(operator.holds(order))
        }
        Condition::Like { property, pattern } => like(operand(instance, property)?, pattern),
        Condition::IsNull { property, negated } => Some(operand(instance, property).is_none() != *negated),
        Condition::IsA { property, class } => {
            let asked = match property {
                Some(property) => embedded(instance, property)?,
                None => instance,
            };
            Some(derives(asked.class_name(), class))
        }
    }
}

/// AND is false as soon as one term is, OR true: `decisive`. Otherwise one unknown term makes the whole unknown.
fn decided_by(
    decisive: bool,
    terms: &[Condition],
    instance: &Instance,
    derives: &dyn Fn(&str, &str) -> bool,
) -> Option<bool> {
    let mut result = Some(!decisive);
    for term in terms {
        match truth(term, instance, derives) {
            Some(it) if it == decisive => return Some(decisive),
            Some(_) => {}
            None => result = None,
        }
    }
    result
}

/// What a property path leads to.
enum Operand<'a> {
    Value(&'a Value),
    ClassName(&'a str),
}

/// The operand at a path; `None` when it is NULL or absent, or something on the way is.
fn operand<'a>(instance: &'a Instance, path: &str) -> Option<Operand<'a>> {
    let (owner, name) = match path.rsplit_once('.') {
        Some((outer, name)) => (embedded(instance, outer)?, name),
        None => (instance, path),
    };
    if name.eq_ignore_ascii_case(CLASS_PROPERTY) {
        return Some(Operand::ClassName(owner.class_name()));
    }
    owner.get(name).map(Operand::Value)
}

/// The instance at a path.
fn embedded<'a>(instance: &'a Instance, path: &str) -> Option<&'a Instance> {
    path.split('.').try_fold(instance, |outer, name| match outer.get(name)? {
        Value::Instance(inner) | Value::Reference(inner) => Some(&**inner),
        _ => None,
    })
}

fn like(operand: Operand<'_>, pattern: &Pattern) -> Option<bool> {
    match operand {
        Operand::ClassName(text) => Some(pattern.matches(text)),
        Operand::Value(Value::String(text)) => Some(pattern.matches(text)),
        Operand::Value(Value::Datetime(datetime)) => Some(pattern.matches(&datetime.to_string())),
        Operand::Value(_) => None,
    }
}

/// How a value compares with a constant; `None` when the constant cannot be of the value's type, or the value is an
/// array or an instance.
fn compare(value: &Value, literal: &Literal) -> Option<Ordering> {
    match value {
        Value::String(text) => compare_string(text, literal),
        Value::Boolean(value) => Some(value.cmp(&boolean(literal)?)),
        Value::Datetime(datetime) => compare_datetimes(*datetime, literal.text()?.trim().parse().ok()?),
        Value::Char16(unit) => compare_numbers(&Literal::Integer(unit.0.into()), &code_unit(literal)?),
        // As an f32, 0.1 is another number than as an f64.
        Value::Real32(value) => value.partial_cmp(&(as_real(literal)? as f32)),
        Value::Real64(value) => value.partial_cmp(&as_real(literal)?),
        integer => compare_numbers(&Literal::Integer(whole(integer)?), literal),
    }
}

/// Whether a constant can be compared with values of a type at all. Arrays and instances compare with nothing.
pub(super) fn can_compare(kind: Type, literal: &Literal) -> bool {
    match kind {
        Type::String => true,
        Type::Boolean => boolean(literal).is_some(),
        Type::Datetime => literal.text().is_some_and(|text| text.trim().parse::<Datetime>().is_ok()),
        Type::Char16 => code_unit(literal).is_some(),
        Type::Reference | Type::Instance => false,
        kind if kind.is_array() => false,
        _ => numeric(literal).is_some(),
    }
}

/// The number of a constant that stands for a char16: a string of one character is that character's code unit.
fn code_unit(literal: &Literal) -> Option<Literal> {
    let Literal::String(text) = literal else { return Some(literal.clone()) };
    match text::parse(Type::Char16, text) {
        Ok(Value::Char16(unit)) => Some(Literal::Integer(unit.0.into())),
        _ => None,
    }
}

/// The value of an integer type.
fn whole(value: &Value) -> Option<i128> {
    Some(match value {
        Value::Uint8(it) => (*it).into(),
        Value::Sint8(it) => (*it).into(),
        Value::Uint16(it) => (*it).into(),
        Value::Sint16(it) => (*it).into(),
        Value::Uint32(it) => (*it).into(),
        Value::Sint32(it) => (*it).into(),
        Value::Uint64(it) => (*it).into(),
        Value::Sint64(it) => (*it).into(),
        _ => return None,
    })
}

/// With a string, without regard to case; with a number or a boolean, as that, if the text spells one.
fn compare_string(text: &str, literal: &Literal) -> Option<Ordering> {
    match literal {
        Literal::String(other) => Some(text.chars().map(fold).cmp(other.chars().map(fold))),
        Literal::Boolean(other) => Some(truth_value(text)?.cmp(other)),
        number => compare_numbers(&numeric(&Literal::String(text.to_owned()))?, number),
    }
}

/// The boolean that a constant is or stands for.
fn boolean(literal: &Literal) -> Option<bool> {
    match literal {
        Literal::Boolean(value) => Some(*value),
        Literal::Integer(0) => Some(false),
        Literal::Integer(1) => Some(true),
        Literal::String(text) => truth_value(text),
        _ => None,
    }
}

/// The boolean that a text spells.
fn truth_value(text: &str) -> Option<bool> {
    match text::parse(Type::Boolean, text) {
        Ok(Value::Boolean(value)) => Some(value),
        _ => None,
    }
}

/// The number that a constant is or spells.
fn numeric(literal: &Literal) -> Option<Literal> {
    match literal {
        Literal::Integer(_) | Literal::Real(_) => Some(literal.clone()),
        Literal::String(text) => lexer::number(text.trim()),
        Literal::Boolean(_) => None,
    }
}

/// The real nearest to the number that a constant is or spells.
fn as_real(literal: &Literal) -> Option<f64> {
    match numeric(literal)? {
        Literal::Integer(number) => Some(number as f64),
        Literal::Real(number) => Some(number),
        _ => None,
    }
}

/// Compares numbers; the right one may be spelled by a string.
fn compare_numbers(left: &Literal, right: &Literal) -> Option<Ordering> {
    match (left, &numeric(right)?) {
        (Literal::Integer(left), Literal::Integer(right)) => Some(left.cmp(right)),
        (Literal::Integer(left), Literal::Real(right)) => integer_with_real(*left, *right),
        (Literal::Real(left), Literal::Integer(right)) => integer_with_real(*right, *left).map(Ordering::reverse),
        (Literal::Real(left), Literal::Real(right)) => left.partial_cmp(right),
        _ => None,
    }
}

/// Compares exactly: a conversion to f64 would lose the low bits of large integers. The real is a constant, so no NaN.
fn integer_with_real(integer: i128, real: f64) -> Option<Ordering> {
    /// 2^127, which no integer reaches.
    const BEYOND_INTEGERS: f64 = 170141183460469231731687303715884105728.0;
    if real.abs() >= BEYOND_INTEGERS {
        return 0.0.partial_cmp(&real);
    }
    let order = integer.cmp(&(real as i128));
    if order.is_eq() { 0.0.partial_cmp(&real.fract()) } else { Some(order) }
}

/// Points in time compare as instants, whatever their offsets; intervals by length; one with the other not at all.
fn compare_datetimes(left: Datetime, right: Datetime) -> Option<Ordering> {
    match (left, right) {
        (Datetime::Timestamp(_), Datetime::Timestamp(_)) => Some(left.to_system_time()?.cmp(&right.to_system_time()?)),
        (Datetime::Interval(_), Datetime::Interval(_)) => Some(left.to_duration()?.cmp(&right.to_duration()?)),
        _ => None,
    }
}

/// The character by which letters compare without regard to case. Letters whose small form has several characters stay.
pub(super) fn fold(letter: char) -> char {
    let mut small = letter.to_lowercase();
    match (small.next(), small.next()) {
        (Some(single), None) => single,
        _ => letter,
    }
}

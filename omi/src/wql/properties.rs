//! What holds for every query, condition and value.

use super::tests::{datetime, holds, matches, query};
use super::*;
use crate::{Char16, Value};
use proptest::num;
use proptest::prelude::*;

fn path() -> impl Strategy<Value = String> {
    // The first letter keeps the names apart from keywords.
    "P[a-z]{0,4}(\\.[A-Z_][a-z]{0,3}){0,2}"
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        any::<bool>().prop_map(Literal::Boolean),
        any::<i64>().prop_map(|number| Literal::Integer(number.into())),
        any::<u64>().prop_map(|number| Literal::Integer(number.into())),
        any::<f64>().prop_filter("finite", |number| number.is_finite()).prop_map(Literal::Real),
        "\\PC{0,12}|[\\\\'\"\n]{0,4}".prop_map(Literal::String),
    ]
}

fn comparison() -> impl Strategy<Value = Condition> {
    use Operator::*;
    let operator = prop::sample::select(vec![Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]);
    prop_oneof![
        (path(), operator, literal()).prop_map(|(property, operator, value)| Condition::Compare {
            property,
            operator,
            value
        }),
        (path(), "[a-c%_'\\\\]{0,8}")
            .prop_map(|(property, text)| Condition::Like { property, pattern: Pattern::parse(&text).unwrap() }),
        (path(), any::<bool>()).prop_map(|(property, negated)| Condition::IsNull { property, negated }),
        (prop::option::of(path()), "[A-Z][a-z_]{0,8}").prop_map(|(property, class)| Condition::IsA { property, class }),
    ]
}

fn any_condition() -> impl Strategy<Value = Condition> {
    comparison().prop_recursive(5, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..5).prop_map(Condition::And),
            prop::collection::vec(inner.clone(), 2..5).prop_map(Condition::Or),
            inner.prop_map(|term| Condition::Not(Box::new(term))),
        ]
    })
}

/// Words that queries are made of, in any order.
fn soup() -> impl Strategy<Value = String> {
    let words =
        "SELECT * , FROM WHERE AND OR NOT IS NULL LIKE ISA TRUE ( ) = <> < 1 -2.5 0x 'a' '[ a a.b __this __CLASS";
    let word = prop::sample::select(words.split(' ').collect::<Vec<_>>());
    prop::collection::vec(word, 0..30).prop_map(|words| words.join(" "))
}

/// Values that a constant can equal.
fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        any::<u64>().prop_map(Value::Uint64),
        any::<i8>().prop_map(Value::Sint8),
        (num::f32::NORMAL | num::f32::SUBNORMAL | num::f32::ZERO).prop_map(Value::Real32),
        (num::f64::NORMAL | num::f64::SUBNORMAL | num::f64::ZERO).prop_map(Value::Real64),
        any::<bool>().prop_map(Value::Boolean),
        any::<u16>().prop_map(|unit| Value::Char16(Char16(unit))),
        "\\PC{0,8}".prop_map(Value::String),
    ]
}

fn any_value() -> impl Strategy<Value = Value> {
    let leap_second = datetime("99991231235960.999999-999");
    prop_oneof![
        7 => scalar(),
        1 => prop::sample::select(vec![f64::NAN, f64::INFINITY]).prop_map(Value::Real64),
        1 => Just(Value::Datetime(leap_second)),
        1 => Just(Value::Uint8Array(vec![1])),
    ]
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC{0,60}", words in soup()) {
        let _ = Select::parse(&text);
        let _ = Select::parse(&format!("SELECT * FROM C WHERE {text}"));
        let _ = Select::parse(&words);
        let _ = Select::parse(&format!("SELECT * FROM C WHERE {words}"));
    }

    #[test]
    fn a_printed_condition_parses_to_itself(condition in any_condition()) {
        let printed = condition.to_string();
        let select = query(&printed);
        prop_assert_eq!(select.condition(), Some(&condition), "{}", printed);
    }

    #[test]
    fn a_condition_and_its_opposite_never_both_match(condition in any_condition(), value in any_value()) {
        let mut instance = Instance::new("C");
        for path in query(&condition.to_string()).mentioned() {
            instance.set(path, value.clone());
        }
        let opposite = format!("NOT ({condition})");
        let both = matches(&instance, &condition.to_string()) && matches(&instance, &opposite);
        prop_assert!(!both, "{}", condition);
    }

    #[test]
    fn integers_compare_as_their_numbers_do(left in any::<i64>(), right in any::<i64>()) {
        prop_assert_eq!(holds(left, &format!("Value < {right}")), left < right);
        prop_assert_eq!(holds(left, &format!("Value >= '{right}'")), left >= right);
        let itself = format!("{left} = Value");
        prop_assert!(holds(left, &itself));
    }

    #[test]
    fn every_value_equals_its_text(value in scalar()) {
        let condition = format!("Value = {}", Literal::String(crate::text::display(&value)));
        prop_assert!(holds(value, &condition), "{}", condition);
    }
}

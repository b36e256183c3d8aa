//! Constants: whether they fit their type.

use super::Resolver;
use crate::source::Span;
use crate::syntax::{Literal, LiteralKind};
use crate::types::{Arity, ElementType, Primitive, Type};
use crate::value::{Datetime, Value};

impl Resolver<'_> {
    /// The value of a constant for something of this type. One that does not fit is reported and becomes NULL.
    pub(super) fn value(&mut self, literal: &Literal, kind: &Type, what: &str) -> Value {
        match (&literal.kind, kind.is_array()) {
            (LiteralKind::Null, _) => Value::Null,
            (LiteralKind::Array(elements), true) => self.array(elements, literal.span, kind, what),
            (_, false) => self.scalar(literal, &kind.element, what),
            (_, true) => {
                let expected = format!("expected an array: {{ {} }}", example(&kind.element));
                self.mismatch(literal, what, &kind.to_string(), &expected)
            }
        }
    }

    fn array(&mut self, elements: &[Literal], span: Span, kind: &Type, what: &str) -> Value {
        if let Arity::Fixed(size) = kind.arity
            && elements.len() > size as usize
        {
            let message = format!("{what} has room for {size} elements, but there are {}", elements.len());
            self.sink.error(span, message);
        }
        let mut values = Vec::with_capacity(elements.len());
        for element in elements {
            match &element.kind {
                LiteralKind::Null => {
                    self.sink.error(element.span, "an element of an array cannot be NULL in MI");
                }
                _ => values.push(self.scalar(element, &kind.element, what)),
            }
        }
        Value::Array(values)
    }

    fn scalar(&mut self, literal: &Literal, element: &ElementType, what: &str) -> Value {
        match element {
            ElementType::Primitive(primitive) => self.primitive(literal, *primitive, what),
            ElementType::Reference(class) => match &literal.kind {
                LiteralKind::String(path) => Value::Path(path.clone()),
                LiteralKind::Alias(alias) => self.alias(alias, literal.span),
                _ => self.mismatch(literal, what, &format!("{class} REF"), "expected an object path or an alias"),
            },
            ElementType::Instance(_) => match &literal.kind {
                LiteralKind::String(text) => Value::String(text.clone()),
                LiteralKind::Alias(alias) => {
                    self.embedded.insert(alias.clone());
                    self.alias(alias, literal.span)
                }
                LiteralKind::Instance(instance) => Value::Instance(Box::new(self.instance(instance, None))),
                _ => self.mismatch(literal, what, "an embedded instance", "expected the alias of an instance"),
            },
        }
    }

    fn primitive(&mut self, literal: &Literal, primitive: Primitive, what: &str) -> Value {
        let fitting = match (&literal.kind, primitive) {
            (LiteralKind::Boolean(value), Primitive::Boolean) => Some(Value::Boolean(*value)),
            (LiteralKind::String(text), Primitive::String) => Some(Value::String(text.clone())),
            (LiteralKind::String(text), Primitive::Datetime) => Datetime::parse(text).map(Value::Datetime),
            (LiteralKind::Char(unit), Primitive::Char16) => Some(Value::Char16(*unit)),
            (LiteralKind::Integer(value), Primitive::Char16) => u16::try_from(*value).ok().map(Value::Char16),
            (LiteralKind::Real(value), Primitive::Real32) => (*value as f32).is_finite().then_some(Value::Real(*value)),
            (LiteralKind::Real(value), Primitive::Real64) => Some(Value::Real(*value)),
            (LiteralKind::Integer(value), Primitive::Real32 | Primitive::Real64) => Some(Value::Real(*value as f64)),
            (LiteralKind::Integer(value), _) => primitive
                .integer_range()
                .filter(|(least, greatest)| (least..=greatest).contains(&value))
                .map(|_| Value::Integer(*value)),
            _ => None,
        };
        match fitting {
            Some(value) => value,
            None => self.mismatch(literal, what, primitive.name(), &expected(primitive)),
        }
    }

    fn alias(&mut self, alias: &str, span: Span) -> Value {
        if !self.aliases.contains_key(alias) && !self.lost.has(alias) {
            let aliases = self.aliases.keys().copied();
            self.sink.error(span, format!("no instance has the alias `{alias}`")).suggest(alias, aliases);
        }
        Value::Alias(alias.to_owned())
    }

    fn mismatch(&mut self, literal: &Literal, what: &str, kind: &str, expected: &str) -> Value {
        let message = match &literal.kind {
            LiteralKind::Integer(value)
                if Primitive::from_name(kind).is_some_and(|it| it.integer_range().is_some()) =>
            {
                format!("{value} does not fit {what}, which is {kind}")
            }
            other => format!("{what} is {kind}, but the value is {}", other.describe()),
        };
        self.sink.error(literal.span, message).label(expected);
        Value::Null
    }
}

fn expected(primitive: Primitive) -> String {
    if let Some((least, greatest)) = primitive.integer_range() {
        return format!("expected an integer from {least} to {greatest}");
    }
    let expected = match primitive {
        Primitive::Boolean => "expected TRUE or FALSE",
        Primitive::String => "expected a string in double quotes",
        Primitive::Datetime => {
            r#"expected "yyyymmddhhmmss.mmmmmm+utc" (minutes from UTC) or "ddddddddhhmmss.mmmmmm:000""#
        }
        Primitive::Char16 => "expected one character in single quotes, or a number up to 65535",
        Primitive::Real32 => "expected a number that fits a real32",
        _ => "expected a number",
    };
    expected.to_owned()
}

fn example(element: &ElementType) -> &'static str {
    match element {
        ElementType::Primitive(Primitive::String) => "\"a\", \"b\"",
        ElementType::Primitive(Primitive::Boolean) => "TRUE, FALSE",
        ElementType::Primitive(_) => "1, 2",
        _ => "$A, $B",
    }
}

//! What a query demands of an instance. Printed, a condition is WQL again.

use super::Pattern;
use std::cmp::Ordering;
use std::fmt;

/// A condition. Properties are paths: `Name`, or `TargetInstance.Name` for a property of an embedded instance.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these, two or more.
    And(Vec<Condition>),
    /// Any of these, two or more.
    Or(Vec<Condition>),
    /// The opposite; what is unknown stays unknown.
    Not(Box<Condition>),
    /// `property operator value`.
    Compare {
        /// The property.
        property: String,
        /// How they compare, with the property on the left.
        operator: Operator,
        /// The constant.
        value: Literal,
    },
    /// `property LIKE pattern`.
    Like {
        /// The property.
        property: String,
        /// The pattern.
        pattern: Pattern,
    },
    /// `property IS NULL`, `property IS NOT NULL`. Never unknown; a property that an instance lacks is NULL.
    IsNull {
        /// The property.
        property: String,
        /// Whether it is IS NOT NULL.
        negated: bool,
    },
    /// `__this ISA class`, `property ISA class`.
    IsA {
        /// The embedded instance; `None` for the instance itself.
        property: Option<String>,
        /// The class that it is of, or of a subclass of which.
        class: String,
    },
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the names say it
pub enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A constant.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// TRUE or FALSE.
    Boolean(bool),
    /// A whole number of less than 128 bits: more than any CIM integer, so that comparisons are exact.
    Integer(i128),
    /// A number with a fraction or an exponent; finite.
    Real(f64),
    /// A string without its quotes and escapes; also a datetime, as DMTF text.
    String(String),
}

impl Condition {
    /// The literal of an equality that holds in every match.
    pub(super) fn required(&self, wanted: &str) -> Option<&Literal> {
        match self {
            Self::And(terms) => terms.iter().find_map(|term| term.required(wanted)),
            Self::Compare { property, operator: Operator::Equal, value } if property.eq_ignore_ascii_case(wanted) => {
                Some(value)
            }
            _ => None,
        }
    }

    /// The class of an embedded instance in every match.
    pub(super) fn required_class(&self, wanted: &str) -> Option<&str> {
        match self {
            Self::And(terms) => terms.iter().find_map(|term| term.required_class(wanted)),
            Self::IsA { property: Some(property), class } if property.eq_ignore_ascii_case(wanted) => Some(class),
            _ => None,
        }
    }

    /// Every comparison of a property with a constant.
    pub(super) fn collect_comparisons<'a>(&'a self, found: &mut Vec<(&'a str, &'a Literal)>) {
        match self {
            Self::And(terms) | Self::Or(terms) => terms.iter().for_each(|term| term.collect_comparisons(found)),
            Self::Not(term) => term.collect_comparisons(found),
            Self::Compare { property, value, .. } => found.push((property, value)),
            Self::Like { .. } | Self::IsNull { .. } | Self::IsA { .. } => {}
        }
    }

    /// Adds the properties of all comparisons.
    pub(super) fn collect_paths<'a>(&'a self, paths: &mut Vec<&'a str>) {
        match self {
            Self::And(terms) | Self::Or(terms) => terms.iter().for_each(|term| term.collect_paths(paths)),
            Self::Not(term) => term.collect_paths(paths),
            Self::Compare { property, .. } | Self::Like { property, .. } | Self::IsNull { property, .. } => {
                paths.push(property);
            }
            Self::IsA { property, .. } => paths.extend(property.as_deref()),
        }
    }

    fn joined(
        f: &mut fmt::Formatter<'_>,
        terms: &[Condition],
        word: &str,
        bare: fn(&Condition) -> bool,
    ) -> fmt::Result {
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                write!(f, " {word} ")?;
            }
            term.operand(f, bare)?;
        }
        Ok(())
    }

    /// Prints an operand, in parentheses unless `bare` says that it needs none.
    fn operand(&self, f: &mut fmt::Formatter<'_>, bare: fn(&Condition) -> bool) -> fmt::Result {
        if bare(self) { write!(f, "{self}") } else { write!(f, "({self})") }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binds_tighter_than_or = |term: &Condition| !matches!(term, Self::Or(_));
        let binds_tighter_than_and = |term: &Condition| !matches!(term, Self::Or(_) | Self::And(_));
        match self {
            Self::And(terms) => Self::joined(f, terms, "AND", binds_tighter_than_and),
            Self::Or(terms) => Self::joined(f, terms, "OR", binds_tighter_than_or),
            Self::Not(term) => {
                f.write_str("NOT ")?;
                term.operand(f, binds_tighter_than_and)
            }
            Self::Compare { property, operator, value } => write!(f, "{property} {operator} {value}"),
            Self::Like { property, pattern } => {
                write!(f, "{property} LIKE ")?;
                quoted(f, pattern.text())
            }
            Self::IsNull { property, negated: false } => write!(f, "{property} IS NULL"),
            Self::IsNull { property, negated: true } => write!(f, "{property} IS NOT NULL"),
            Self::IsA { property, class } => {
                write!(f, "{} ISA ", property.as_deref().unwrap_or("__this"))?;
                quoted(f, class)
            }
        }
    }
}

impl Operator {
    /// The operator that says the same with its sides swapped.
    pub(super) fn mirrored(self) -> Self {
        match self {
            Self::Equal | Self::NotEqual => self,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
        }
    }

    /// Whether the operator holds between two values in this order.
    pub(super) fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "=",
            Self::NotEqual => "<>",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        })
    }
}

impl Literal {
    /// The text of a string; `None` for other constants.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number that this is, or that a string spells; `None` for other constants.
    pub fn integer(&self) -> Option<i128> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::String(text) => match super::lexer::number(text.trim())? {
                Self::Integer(number) => Some(number),
                _ => None,
            },
            _ => None,
        }
    }
}

/// As WQL spells it: `TRUE`, `-5`, `2.5`, `'sshd'`.
impl fmt::Display for Literal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Boolean(true) => f.write_str("TRUE"),
            Self::Boolean(false) => f.write_str("FALSE"),
            Self::Integer(number) => write!(f, "{number}"),
            // The Debug form keeps a point or an exponent, so that it stays a real.
            Self::Real(number) => write!(f, "{number:?}"),
            Self::String(text) => quoted(f, text),
        }
    }
}

fn quoted(f: &mut fmt::Formatter<'_>, text: &str) -> fmt::Result {
    write!(f, "'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

//! Values, and their spelling in MOF.

use crate::literal::write_quoted;
use crate::model::Instance;
use std::fmt;

/// A value that has been checked against its type, which says how to read it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// No value.
    Null,
    /// A boolean.
    Boolean(bool),
    /// Any of the integer types, within its range.
    Integer(i128),
    /// A real32 or real64.
    Real(f64),
    /// A char16: one UTF-16 code unit.
    Char16(u16),
    /// A string. An embedded instance may be a string of MOF text, too.
    String(String),
    /// A datetime.
    Datetime(Datetime),
    /// The object path of the instance that a reference points to.
    Path(String),
    /// The `$Name` of the instance declaration that an embedded instance or a reference points to.
    Alias(String),
    /// An embedded instance that is written where it is used.
    Instance(Box<Instance>),
    /// The elements of an array; none of them is `Null` or an array.
    Array(Vec<Value>),
}

impl Value {
    /// The text of a string; `None` for any other value.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The elements of an array; none for any other value.
    pub fn elements(&self) -> &[Value] {
        match self {
            Value::Array(elements) => elements,
            _ => &[],
        }
    }
}

/// The value as a constant of MOF.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("NULL"),
            Value::Boolean(value) => write!(f, "{}", if *value { "TRUE" } else { "FALSE" }),
            Value::Integer(value) => write!(f, "{value}"),
            Value::Real(value) => write!(f, "{value:?}"),
            Value::Char16(unit) => match char::from_u32(u32::from(*unit)) {
                Some(character) => write_quoted(f, character.encode_utf8(&mut [0; 4]), '\''),
                // Half of a surrogate pair has no text; char16 values may be written as numbers.
                None => write!(f, "{unit}"),
            },
            Value::String(text) | Value::Path(text) => write_quoted(f, text, '"'),
            Value::Datetime(datetime) => write!(f, "\"{datetime}\""),
            Value::Alias(alias) => f.write_str(alias),
            Value::Instance(instance) => {
                write!(f, "instance of {} {{ ", instance.class)?;
                instance.values.iter().try_for_each(|(name, value)| write!(f, "{name} = {value}; "))?;
                f.write_str("}")
            }
            Value::Array(elements) => {
                f.write_str("{")?;
                for (index, element) in elements.iter().enumerate() {
                    write!(f, "{}{element}", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// A point in time or an interval (DSP0004 section 5.2.4). Parts written as `*` are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Datetime {
    /// A point in time: `20260131235959.000000+060`.
    Timestamp {
        /// Year, month and day.
        date: (u32, u32, u32),
        /// Hour, minute and second.
        time: (u32, u32, u32),
        /// Microseconds of the second.
        microseconds: u32,
        /// Minutes ahead of UTC.
        utc_offset: i32,
    },
    /// A length of time: `00000001123000.000000:000`.
    Interval {
        /// Whole days.
        days: u32,
        /// Hours, minutes and seconds.
        time: (u32, u32, u32),
        /// Microseconds of the second.
        microseconds: u32,
    },
}

impl Datetime {
    /// Reads the 25 characters of a datetime; `None` when they are not one.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != 25 || !text.is_ascii() || text.as_bytes()[14] != b'.' {
            return None;
        }
        let number = |start: usize, end: usize| {
            let digits = &text[start..end];
            let stars = digits.bytes().all(|byte| byte == b'*');
            let valid = digits.bytes().all(|byte| byte.is_ascii_digit());
            if stars { Some(0) } else { digits.parse::<u32>().ok().filter(|_| valid) }
        };
        let time = (number(8, 10)?, number(10, 12)?, number(12, 14)?);
        let microseconds = match text[15..21].trim_end_matches('*') {
            "" => 0,
            digits => digits.parse::<u32>().ok()? * 10_u32.pow(6 - digits.len() as u32),
        };
        if time.0 > 23 || time.1 > 59 || time.2 > 59 || text[15..21].starts_with('+') {
            return None;
        }
        let sign = match text.as_bytes()[21] {
            b':' if &text[22..] == "000" => {
                return Some(Self::Interval { days: number(0, 8)?, time, microseconds });
            }
            b'+' => 1,
            b'-' => -1,
            _ => return None,
        };
        let date = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
        if date.1 > 12 || date.2 > 31 {
            return None;
        }
        Some(Self::Timestamp { date, time, microseconds, utc_offset: sign * number(22, 25)? as i32 })
    }
}

impl fmt::Display for Datetime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Timestamp { date, time, microseconds, utc_offset } => write!(
                f,
                "{:04}{:02}{:02}{:02}{:02}{:02}.{microseconds:06}{utc_offset:+04}",
                date.0, date.1, date.2, time.0, time.1, time.2
            ),
            Self::Interval { days, time, microseconds } => {
                write!(f, "{days:08}{:02}{:02}{:02}.{microseconds:06}:000", time.0, time.1, time.2)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datetimes_are_read_and_written() {
        for text in ["20260131235959.000001+060", "19991231000000.500000-300", "00000012123000.000000:000"] {
            assert_eq!(Datetime::parse(text).unwrap().to_string(), text);
        }
        let interval = Datetime::parse("00000001******.******:000").unwrap();
        assert_eq!(interval, Datetime::Interval { days: 1, time: (0, 0, 0), microseconds: 0 });
    }

    #[test]
    fn other_text_is_no_datetime() {
        for text in ["", "2026-01-31T23:59:59.000000", "20261331235959.000001+060", "20260131245959.000001+060"] {
            assert_eq!(Datetime::parse(text), None, "{text}");
        }
    }

    #[test]
    fn values_are_spelled_as_mof_constants() {
        let value = Value::Array(vec![Value::String("a\"\n".to_owned()), Value::Char16(0x27), Value::Char16(0xD800)]);
        assert_eq!(value.to_string(), r#"{"a\"\n", '\'', 55296}"#);
        assert_eq!(Value::Real(1.0).to_string(), "1.0");
    }
}

//! The text of numbers and strings, and back (DSP0004 annex A and section 7.11.1).

use crate::lexer::TokenKind;
use std::fmt::{self, Write};
use std::ops::Range;

/// The value of a number, or what would be right.
pub(crate) fn number(text: &str) -> Result<TokenKind, &'static str> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', ..] => (true, &text[1..]),
        [b'+', ..] => (false, &text[1..]),
        _ => (false, text),
    };
    let all = |allowed: fn(u8) -> bool, digits: &str| !digits.is_empty() && digits.bytes().all(allowed);
    let lower = digits.to_ascii_lowercase();
    if let Some(hexadecimal) = lower.strip_prefix("0x") {
        return match all(|byte| byte.is_ascii_hexdigit(), hexadecimal) {
            true => integer(hexadecimal, 16, negative),
            false => Err("a hexadecimal number has the digits 0 to 9 and a to f"),
        };
    }
    if let Some(binary) = lower.strip_suffix('b') {
        return match all(|byte| matches!(byte, b'0' | b'1'), binary) {
            true => integer(binary, 2, negative),
            false => Err("a binary number has the digits 0 and 1"),
        };
    }
    if lower.contains(['.', 'e']) {
        let valid = lower.bytes().all(|byte| byte.is_ascii_digit() || b".e+-".contains(&byte));
        return match lower.parse::<f64>() {
            Ok(value) if valid && value.is_finite() => Ok(TokenKind::Real(if negative { -value } else { value })),
            _ => Err("expected a real number like 1.5 or 1.5e-3"),
        };
    }
    if !all(|byte| byte.is_ascii_digit(), &lower) {
        return Err("a decimal number has the digits 0 to 9");
    }
    match lower.strip_prefix('0') {
        Some(octal) if !octal.is_empty() => match all(|byte| matches!(byte, b'0'..=b'7'), octal) {
            true => integer(octal, 8, negative),
            false => Err("a number that starts with 0 is octal and has the digits 0 to 7"),
        },
        _ => integer(&lower, 10, negative),
    }
}

/// The value of an integer in any notation of MOF; ValueMap entries are such text.
pub(crate) fn whole_number(text: &str) -> Option<i128> {
    match number(text) {
        Ok(TokenKind::Integer(value)) => Some(value),
        _ => None,
    }
}

fn integer(digits: &str, radix: u32, negative: bool) -> Result<TokenKind, &'static str> {
    const TOO_LARGE: &str = "too large: CIM integers have up to 64 bits";
    let magnitude = i128::from(u64::from_str_radix(digits, radix).map_err(|_| TOO_LARGE)?);
    match negative {
        true if magnitude > 1 << 63 => Err(TOO_LARGE),
        true => Ok(TokenKind::Integer(-magnitude)),
        false => Ok(TokenKind::Integer(magnitude)),
    }
}

/// Something wrong in a string.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Fault {
    /// A character after `\` that means nothing there. Many schemas have paths and the like in their descriptions, so
    /// both characters are kept.
    UnknownEscape,
    /// What must be different.
    Error(&'static str),
}

/// The text between quotes with its escapes resolved, and the faults in it.
pub(crate) fn unescape(raw: &str) -> (String, Vec<(Range<usize>, Fault)>) {
    let mut text = String::with_capacity(raw.len());
    let mut faults = Vec::new();
    let mut rest = raw;
    while let Some(place) = rest.find('\\') {
        let (before, escape) = rest.split_at(place);
        text.push_str(before);
        let (result, length) = resolve(escape);
        let start = raw.len() - escape.len();
        let fault = match result {
            Ok(character) => {
                text.push(character);
                None
            }
            Err(Fault::UnknownEscape) => {
                text.push_str(&escape[..length]);
                Some(Fault::UnknownEscape)
            }
            Err(fault) => Some(fault),
        };
        faults.extend(fault.map(|fault| (start..start + length, fault)));
        rest = &escape[length..];
    }
    text.push_str(rest);
    (text, faults)
}

/// The character of an escape sequence, and the length of the sequence.
fn resolve(escape: &str) -> (Result<char, Fault>, usize) {
    let second = escape[1..].chars().next();
    let character = match second {
        Some('b') => '\u{8}',
        Some('t') => '\t',
        Some('n') => '\n',
        Some('f') => '\u{C}',
        Some('r') => '\r',
        Some(same @ ('"' | '\'' | '\\')) => same,
        Some('x' | 'X') => return resolve_code(escape),
        _ => return (Err(Fault::UnknownEscape), 1 + second.map_or(0, char::len_utf8)),
    };
    (Ok(character), 2)
}

/// `\x41`: one to four hexadecimal digits. Two of them may form a surrogate pair.
fn resolve_code(escape: &str) -> (Result<char, Fault>, usize) {
    let Some((first, length)) = code_unit(escape) else {
        return (Err(Fault::Error("expected one to four hexadecimal digits after `\\x`")), 2);
    };
    let second = code_unit(&escape[length..]);
    let pair = second.filter(|_| (0xD800..0xDC00).contains(&first));
    let units = [first, pair.map_or(0, |(unit, _)| unit)];
    let used = &units[..if pair.is_some() { 2 } else { 1 }];
    match char::decode_utf16(used.iter().copied()).next() {
        Some(Ok(character)) if character.len_utf16() == 2 => (Ok(character), length + pair.map_or(0, |(_, more)| more)),
        Some(Ok(character)) => (Ok(character), length),
        _ => (Err(Fault::Error("half of a surrogate pair: expected `\\x` with the other half beside it")), length),
    }
}

fn code_unit(escape: &str) -> Option<(u16, usize)> {
    let digits = escape.strip_prefix("\\x").or_else(|| escape.strip_prefix("\\X"))?;
    let count = digits.bytes().take(4).take_while(u8::is_ascii_hexdigit).count();
    Some((u16::from_str_radix(&digits[..count], 16).ok()?, 2 + count))
}

/// Writes text as a quoted string of MOF.
pub(crate) fn write_quoted(f: &mut fmt::Formatter<'_>, text: &str, quote: char) -> fmt::Result {
    f.write_char(quote)?;
    for character in text.chars() {
        match character {
            '\u{8}' => f.write_str("\\b")?,
            '\t' => f.write_str("\\t")?,
            '\n' => f.write_str("\\n")?,
            '\u{C}' => f.write_str("\\f")?,
            '\r' => f.write_str("\\r")?,
            '\\' => f.write_str("\\\\")?,
            character if character == quote => write!(f, "\\{quote}")?,
            // All four digits, so that a hex digit that follows is not taken for one of them.
            character if character.is_control() => write!(f, "\\x{:04X}", u32::from(character))?,
            character => f.write_char(character)?,
        }
    }
    f.write_char(quote)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_every_radix() {
        for (text, value) in [
            ("0", 0),
            ("-12", -12),
            ("+7", 7),
            ("0x1F", 31),
            ("-0Xff", -255),
            ("017", 15),
            ("101b", 5),
            ("1B", 1),
            ("18446744073709551615", u64::MAX.into()),
            ("-9223372036854775808", i64::MIN.into()),
        ] {
            assert_eq!(number(text), Ok(TokenKind::Integer(value)), "{text}");
        }
        for (text, value) in [("1.5", 1.5), ("-.5", -0.5), ("2.0E+3", 2000.0), ("1e3", 1000.0)] {
            assert_eq!(number(text), Ok(TokenKind::Real(value)), "{text}");
        }
    }

    #[test]
    fn wrong_numbers_say_what_is_right() {
        for (text, expected) in [
            ("08", "octal"),
            ("0xg", "hexadecimal"),
            ("12b", "binary"),
            ("12x", "decimal"),
            ("1.2.3", "real"),
            ("1.0e999", "real"),
            ("18446744073709551616", "too large"),
            ("-9223372036854775809", "too large"),
        ] {
            let message = number(text).unwrap_err();
            assert!(message.contains(expected), "{text}: {message}");
        }
    }

    #[test]
    fn escapes_are_resolved() {
        let (text, faults) = unescape(r#"a\tb\"\\\x41\xE4 \xD83D\xDE00"#);
        assert_eq!(text, "a\tb\"\\A\u{E4} \u{1F600}");
        assert!(faults.is_empty());
    }

    #[test]
    fn wrong_escapes_are_located() {
        let (text, faults) = unescape(r"a\qb\xD83Dc\x");
        assert_eq!(text, r"a\qbc");
        let places: Vec<_> = faults.iter().map(|(range, _)| range.clone()).collect();
        assert_eq!(places, [1..3, 4..10, 11..13]);
        assert_eq!(faults[0].1, Fault::UnknownEscape);
    }
}

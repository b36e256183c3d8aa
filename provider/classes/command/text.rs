//! The bytes that a command reads and prints, as the text that CIM carries.

use crate::schema::linux_operating_system::run_command::Encoding;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omi::{Error, Result};

/// The bytes that a text stands for.
pub(super) fn decoded(text: String, encoding: Encoding) -> Result<Vec<u8>> {
    match encoding {
        Encoding::TEXT => Ok(text.into_bytes()),
        Encoding::BASE64 => {
            let wrong = |error| Error::invalid_parameter(format!("StandardInput is not Base64: {error}"));
            BASE64_STANDARD.decode(text).map_err(wrong)
        }
        other => {
            let text = format!("Encoding {} is not known: 0 (Text) and 1 (Base64) are", other.0);
            Err(Error::invalid_parameter(text))
        }
    }
}

/// The text that stands for bytes.
pub(super) fn encoded(bytes: &[u8], encoding: Encoding) -> String {
    if encoding == Encoding::BASE64 {
        return BASE64_STANDARD.encode(bytes);
    }
    String::from_utf8_lossy(bytes).chars().map(|it| if is_xml(it) { it } else { char::REPLACEMENT_CHARACTER }).collect()
}

/// What a command printed, as far as it is given.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::classes) struct Text {
    pub(in crate::classes) text: String,
    /// Whether this is not all that was kept of it.
    pub(in crate::classes) truncated: bool,
}

/// Two texts with no more bytes together than `room`: one may have what the other leaves, and each has half of it at least.
pub(super) fn fitted([one, other]: [String; 2], room: usize) -> [Text; 2] {
    let half = room / 2;
    let limits = [half.max(room.saturating_sub(other.len())), half.max(room.saturating_sub(one.len()))];
    let [one_limit, other_limit] = limits;
    [cut(one, one_limit), cut(other, other_limit)]
}

/// The beginning of a text, of whole characters and of whole groups of Base64.
fn cut(mut text: String, limit: usize) -> Text {
    let truncated = text.len() > limit;
    if truncated {
        text.truncate((0..=limit / 4 * 4).rev().find(|place| text.is_char_boundary(*place)).unwrap_or(0));
    }
    Text { text, truncated }
}

/// Whether XML 1.0 can carry the character: its section 2.2.
fn is_xml(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..)
}

/// Output that comes in parts: no character is torn by their borders.
pub(super) struct Parts {
    encoding: Encoding,
    /// The first bytes of a character whose others have yet to come; three at most.
    rest: Vec<u8>,
}

impl Parts {
    pub(super) fn new(encoding: Encoding) -> Self {
        Self { encoding, rest: Vec::new() }
    }

    /// The next bytes. What is whole of them is given to `tell`.
    pub(super) fn take(&mut self, bytes: &[u8], tell: impl FnOnce(String)) {
        self.rest.extend_from_slice(bytes);
        let torn = if self.encoding == Encoding::BASE64 { 0 } else { torn(&self.rest) };
        let whole: Vec<u8> = self.rest.drain(..self.rest.len() - torn).collect();
        if !whole.is_empty() {
            tell(encoded(&whole, self.encoding));
        }
    }

    /// There are no more bytes.
    pub(super) fn finish(self, tell: impl FnOnce(String)) {
        if !self.rest.is_empty() {
            tell(encoded(&self.rest, self.encoding));
        }
    }
}

/// How many bytes at the end may be the beginning of a character.
fn torn(bytes: &[u8]) -> usize {
    match bytes.utf8_chunks().last() {
        Some(chunk) if bytes.ends_with(chunk.invalid()) && is_beginning(chunk.invalid()) => chunk.invalid().len(),
        _ => 0,
    }
}

/// Whether more bytes could make a character of these.
fn is_beginning(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_has_only_characters_that_xml_carries() {
        assert_eq!(encoded("a\tß€😀\n".as_bytes(), Encoding::TEXT), "a\tß€😀\n");
        assert_eq!(encoded(b"\x1b[1m\0\xff", Encoding::TEXT), "\u{FFFD}[1m\u{FFFD}\u{FFFD}");
        assert_eq!(encoded("\u{FFFE}\u{D7FF}".as_bytes(), Encoding::TEXT), "\u{FFFD}\u{D7FF}");
    }

    #[test]
    fn base64_carries_every_byte_there_and_back() {
        let bytes: Vec<u8> = (0..=255).collect();
        let text = encoded(&bytes, Encoding::BASE64);
        assert_eq!(decoded(text, Encoding::BASE64).unwrap(), bytes);
        assert!(decoded("?".to_owned(), Encoding::BASE64).unwrap_err().message().starts_with("StandardInput is not"));
        assert!(decoded(String::new(), Encoding(7)).unwrap_err().message().contains("Encoding 7"));
    }

    #[test]
    fn texts_that_do_not_fit_are_cut_at_a_character() {
        let given = |one: &str, other: &str, room| fitted([one.to_owned(), other.to_owned()], room);
        let seen = |text: &str, truncated| Text { text: text.to_owned(), truncated };
        assert_eq!(given("12345678", "ab", 10), [seen("12345678", false), seen("ab", false)]);
        assert_eq!(given("123456789", "ab", 10), [seen("12345678", true), seen("ab", false)]);
        assert_eq!(given("12345678", "abcdefgh", 10), [seen("1234", true), seen("abcd", true)]);
        assert_eq!(given("123€", "", 4), [seen("123", true), seen("", false)]);
    }

    #[test]
    fn a_character_that_comes_in_two_parts_stays_whole() {
        let mut told = Vec::new();
        let mut parts = Parts::new(Encoding::TEXT);
        for bytes in [&b"a\xe2\x82"[..], b"\xac\xff", b"\xf0\x9f", b"x", b"\xe2"] {
            parts.take(bytes, |text| told.push(text));
        }
        parts.finish(|text| told.push(text));
        assert_eq!(told, ["a", "€\u{FFFD}", "\u{FFFD}x", "\u{FFFD}"]);
    }
}

//! The character sets of messages: UTF-8, and the UTF-16 that Windows clients may choose.

use std::borrow::Cow;

/// How the text of a message becomes bytes. An answer uses the request's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// UTF-8, written without a byte order mark.
    #[default]
    Utf8,
    /// UTF-16 in little-endian order, written with a byte order mark.
    Utf16Le,
    /// UTF-16 in big-endian order, written with a byte order mark.
    Utf16Be,
}

/// The media type is not one of SOAP, or its charset is not known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsupported;

/// Reads the `Content-Type` of a SOAP message: `application/soap+xml` or `text/xml`, and its charset if it names one.
///
/// # Errors
/// [`Unsupported`] for other media types and charsets.
pub fn from_content_type(value: &str) -> Result<Option<Charset>, Unsupported> {
    let mut parts = value.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default();
    if !media.eq_ignore_ascii_case("application/soap+xml") && !media.eq_ignore_ascii_case("text/xml") {
        return Err(Unsupported);
    }
    for parameter in parts {
        let Some((name, value)) = parameter.split_once('=') else { continue };
        if !name.trim().eq_ignore_ascii_case("charset") {
            continue;
        }
        return match value.trim().trim_matches(['"', '\'']).to_ascii_lowercase().as_str() {
            "utf-8" | "utf8" | "us-ascii" => Ok(Some(Charset::Utf8)),
            "utf-16" | "utf-16le" => Ok(Some(Charset::Utf16Le)),
            "utf-16be" => Ok(Some(Charset::Utf16Be)),
            _ => Err(Unsupported),
        };
    }
    Ok(None)
}

/// The text of a message. A byte order mark decides over what the header declared; without both, the first bytes of the
/// markup do.
///
/// # Errors
/// A sentence that says why the bytes are no text.
pub fn decode(bytes: &[u8], declared: Option<Charset>) -> Result<(Cow<'_, str>, Charset), String> {
    let (charset, bytes) = match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (Charset::Utf8, rest),
        [0xFF, 0xFE, rest @ ..] => (Charset::Utf16Le, rest),
        [0xFE, 0xFF, rest @ ..] => (Charset::Utf16Be, rest),
        [b'<', 0, ..] => (Charset::Utf16Le, bytes),
        [0, b'<', ..] => (Charset::Utf16Be, bytes),
        [b'<', ..] => (Charset::Utf8, bytes),
        _ => (declared.unwrap_or_default(), bytes),
    };
    let text = match charset {
        Charset::Utf8 => Cow::Borrowed(
            std::str::from_utf8(bytes).map_err(|error| format!("the message is not valid UTF-8: {error}"))?,
        ),
        Charset::Utf16Le => Cow::Owned(utf16(bytes, u16::from_le_bytes)?),
        Charset::Utf16Be => Cow::Owned(utf16(bytes, u16::from_be_bytes)?),
    };
    Ok((text, charset))
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Result<String, String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return Err("the message is not valid UTF-16: it has an odd number of bytes".to_owned());
    }
    char::decode_utf16(pairs.iter().map(|pair| unit(*pair)))
        .collect::<Result<_, _>>()
        .map_err(|error| format!("the message is not valid UTF-16: {error}"))
}

impl Charset {
    /// The text as bytes.
    pub fn encode(self, text: String) -> Vec<u8> {
        let wide = |mark: [u8; 2], bytes: fn(u16) -> [u8; 2]| {
            mark.into_iter().chain(text.encode_utf16().flat_map(bytes)).collect()
        };
        match self {
            Charset::Utf8 => text.into_bytes(),
            Charset::Utf16Le => wide([0xFF, 0xFE], u16::to_le_bytes),
            Charset::Utf16Be => wide([0xFE, 0xFF], u16::to_be_bytes),
        }
    }

    /// The number of bytes that a piece of text takes.
    pub fn size(self, text: &str) -> usize {
        match self {
            Charset::Utf8 => text.len(),
            Charset::Utf16Le | Charset::Utf16Be => 2 * text.encode_utf16().count(),
        }
    }

    /// The `Content-Type` of a SOAP message in this charset.
    pub fn content_type(self) -> &'static str {
        match self {
            Charset::Utf8 => "application/soap+xml;charset=UTF-8",
            Charset::Utf16Le | Charset::Utf16Be => "application/soap+xml;charset=UTF-16",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_charset_goes_both_ways() {
        for charset in [Charset::Utf8, Charset::Utf16Le, Charset::Utf16Be] {
            let bytes = charset.encode("<a>é😀</a>".to_owned());
            let (text, found) = decode(&bytes, None).unwrap();
            assert_eq!((text.as_ref(), found), ("<a>é😀</a>", charset));
        }
    }

    #[test]
    fn utf16_without_a_mark_is_seen_by_its_markup() {
        assert_eq!(decode(b"<\0a\0/\0>\0", Some(Charset::Utf8)).unwrap(), (Cow::from("<a/>"), Charset::Utf16Le));
        assert_eq!(decode(b"\0<\0a\0/\0>", None).unwrap(), (Cow::from("<a/>"), Charset::Utf16Be));
    }

    #[test]
    fn bytes_that_are_no_text_are_refused() {
        assert!(decode(b"<a>\xFF</a>", None).unwrap_err().contains("UTF-8"));
        assert!(decode(b"\xFF\xFE<\0a", None).unwrap_err().contains("odd number"));
        assert!(decode(b"\xFF\xFE\x00\xD8\x00\x00", None).unwrap_err().contains("UTF-16"));
    }

    #[test]
    fn content_types_name_the_charset() {
        assert_eq!(from_content_type("application/soap+xml;charset=UTF-16"), Ok(Some(Charset::Utf16Le)));
        assert_eq!(from_content_type("Text/XML; charset=\"utf-8\""), Ok(Some(Charset::Utf8)));
        assert_eq!(from_content_type("application/soap+xml"), Ok(None));
        assert_eq!(from_content_type("application/json"), Err(Unsupported));
        assert_eq!(from_content_type("text/xml; charset=latin1"), Err(Unsupported));
    }
}

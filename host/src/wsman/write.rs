//! Writing XML: text goes straight into one `String`, escaped.

use super::{charset::Charset, ns};
use std::fmt::Write;

/// Appends text as element content. Characters that XML 1.0 cannot carry become U+FFFD.
pub fn text(out: &mut String, text: &str) {
    escape(out, text, |byte| match byte {
        b'<' => Some("&lt;"),
        b'>' => Some("&gt;"),
        b'&' => Some("&amp;"),
        // A bare carriage return would be read back as a line feed.
        b'\r' => Some("&#13;"),
        b'\t' | b'\n' => None,
        0..0x20 => Some("\u{FFFD}"),
        _ => None,
    });
}

/// Appends text as the value of an attribute in double quotes.
pub fn attribute(out: &mut String, text: &str) {
    escape(out, text, |byte| match byte {
        b'<' => Some("&lt;"),
        b'"' => Some("&quot;"),
        b'&' => Some("&amp;"),
        b'\t' => Some("&#9;"),
        b'\n' => Some("&#10;"),
        b'\r' => Some("&#13;"),
        0..0x20 => Some("\u{FFFD}"),
        _ => None,
    });
}

fn escape(out: &mut String, text: &str, replacement: impl Fn(u8) -> Option<&'static str>) {
    let bytes = text.as_bytes();
    let mut done = 0;
    for (at, &byte) in bytes.iter().enumerate() {
        // Every escaped character but U+FFFE and U+FFFF is a single byte, so `at` is a character boundary.
        let (escaped, length) = match replacement(byte) {
            Some(escaped) => (escaped, 1),
            None if byte == 0xEF && matches!(bytes[at..], [_, 0xBF, 0xBE | 0xBF, ..]) => ("\u{FFFD}", 3),
            None => continue,
        };
        out.push_str(&text[done..at]);
        out.push_str(escaped);
        done = at + length;
    }
    out.push_str(&text[done..]);
}

/// Appends `<name>text</name>`; `name` may carry a prefix.
pub fn leaf(out: &mut String, name: &str, content: &str) {
    let _ = write!(out, "<{name}>");
    text(out, content);
    let _ = write!(out, "</{name}>");
}

/// The start of an envelope with the prefixes that messages use, up to and including `<s:Header>`.
const ENVELOPE: &str = concat!(
    r#"<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope""#,
    r#" xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing""#,
    r#" xmlns:n="http://schemas.xmlsoap.org/ws/2004/09/enumeration""#,
    r#" xmlns:x="http://schemas.xmlsoap.org/ws/2004/09/transfer""#,
    r#" xmlns:e="http://schemas.xmlsoap.org/ws/2004/08/eventing""#,
    r#" xmlns:w="http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd""#,
    r#" xmlns:b="http://schemas.dmtf.org/wbem/wsman/1/cimbinding.xsd""#,
    r#" xmlns:cim="http://schemas.dmtf.org/wbem/wscim/1/common""#,
    r#" xmlns:m="http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd""#,
    r#" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Header>"#
);

/// A SOAP envelope whose body is being written.
pub struct Envelope {
    /// Where the body's content goes.
    pub body: String,
    pub(super) charset: Charset,
    headers_end: usize,
}

/// What closes an envelope.
const CLOSE: &str = "</s:Body></s:Envelope>";

impl Envelope {
    /// An envelope with the given header elements, ready for its body.
    pub fn new(headers: &str, charset: Charset) -> Self {
        let mut body = String::with_capacity(4096);
        body.push_str(ENVELOPE);
        body.push_str(headers);
        let headers_end = body.len();
        body.push_str("</s:Header><s:Body>");
        Self { body, charset, headers_end }
    }

    /// An answer to the message with this id.
    pub fn answer(action: &str, relates_to: Option<&str>, extra_headers: &str, charset: Charset) -> Self {
        let mut headers = String::with_capacity(512);
        leaf(&mut headers, "a:To", ns::ANONYMOUS);
        leaf(&mut headers, "a:Action", action);
        leaf(&mut headers, "a:MessageID", &message_id());
        if let Some(id) = relates_to {
            leaf(&mut headers, "a:RelatesTo", id);
        }
        headers.push_str(extra_headers);
        Self::new(&headers, charset)
    }

    /// Adds header elements when the body is already written.
    pub fn add_headers(&mut self, elements: &str) {
        self.body.insert_str(self.headers_end, elements);
    }

    /// How many bytes the finished envelope would have.
    pub fn size(&self) -> usize {
        self.charset.size(&self.body) + self.charset.size(CLOSE) + 2
    }

    /// The bytes of the envelope.
    pub fn finish(mut self) -> Vec<u8> {
        self.body.push_str(CLOSE);
        self.charset.encode(self.body)
    }
}

/// A new random message id: `uuid:` and a version 4 UUID in capitals, as Windows writes it.
pub fn message_id() -> String {
    let mut bytes = [0_u8; 16];
    // Message ids need no secrecy, only to differ; without random numbers all zeros are still a valid id.
    let _ = getrandom::fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0F | 0x40;
    bytes[8] = bytes[8] & 0x3F | 0x80;
    let mut id = String::with_capacity(41);
    id.push_str("uuid:");
    for (index, byte) in bytes.iter().enumerate() {
        if matches!(index, 4 | 6 | 8 | 10) {
            id.push('-');
        }
        let _ = write!(id, "{byte:02X}");
    }
    id
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn characters_that_xml_cannot_carry_are_replaced() {
        let mut out = String::new();
        text(&mut out, "a\u{1}<b>\u{FFFF}&\r\n\"é");
        assert_eq!(out, "a\u{FFFD}&lt;b&gt;\u{FFFD}&amp;&#13;\n\"é");
    }

    #[test]
    fn message_ids_are_version_4_uuids() {
        let id = message_id();
        assert_eq!(id.len(), 41);
        assert_eq!(&id[19..20], "4");
        assert_ne!(id, message_id());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(content in "\\PC{0,40}|[\\x20-\\x7e\\t\\n\\r]{0,40}") {
            let mut out = String::from("<a b=\"");
            attribute(&mut out, &content);
            out.push_str("\">");
            text(&mut out, &content);
            out.push_str("</a>");
            let document = roxmltree::Document::parse(&out).unwrap();
            prop_assert_eq!(document.root_element().attribute("b").unwrap(), &content);
            prop_assert_eq!(crate::wsman::xml::raw_text(document.root_element()), content);
        }
    }
}

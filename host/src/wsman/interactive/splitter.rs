//! Finds the envelopes in the body of a response that has several.

use quick_xml::Reader;
use quick_xml::events::Event;

/// Puts the pieces of a response together and gives out one whole document after the other. For UTF-8, which our own client
/// asks for. What is kept grows with what is pushed; the caller limits that.
#[derive(Debug, Default)]
pub struct Splitter {
    buffer: Vec<u8>,
}

impl Splitter {
    /// Takes the next bytes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole document; `None` until more bytes come.
    pub fn next_document(&mut self) -> Option<Vec<u8>> {
        let end = document_end(&self.buffer)?;
        let rest = self.buffer.split_off(end);
        Some(std::mem::replace(&mut self.buffer, rest))
    }

    /// What has not become a document yet: white space, or a response that was cut off or is no XML.
    pub fn rest(&self) -> &[u8] {
        &self.buffer
    }
}

/// Where the first element ends.
fn document_end(bytes: &[u8]) -> Option<usize> {
    let mut reader = Reader::from_reader(bytes);
    let mut depth = 0_usize;
    loop {
        match reader.read_event().ok()? {
            Event::Start(_) => depth += 1,
            Event::End(_) if depth > 1 => depth -= 1,
            Event::Empty(_) if depth > 0 => {}
            Event::End(_) | Event::Empty(_) => return usize::try_from(reader.buffer_position()).ok(),
            Event::Eof => return None,
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_come_out_whole_however_they_arrive() {
        let documents = ["<?xml version='1.0'?><s:E a='>'><b/><![CDATA[</s:E>]]></s:E>", "\n<s:E>é</s:E>", "<c/>"];
        let all = documents.concat();
        for size in 1..all.len() {
            let (mut splitter, mut found) = (Splitter::default(), Vec::new());
            for piece in all.as_bytes().chunks(size) {
                splitter.push(piece);
                while let Some(document) = splitter.next_document() {
                    found.push(String::from_utf8(document).unwrap());
                }
            }
            assert_eq!(found, documents, "in pieces of {size}");
            assert_eq!(splitter.rest(), b"");
        }
    }

    #[test]
    fn what_is_cut_off_stays() {
        let mut splitter = Splitter::default();
        splitter.push(b"<a><b></b>");
        assert_eq!(splitter.next_document(), None);
        assert_eq!(splitter.rest(), b"<a><b></b>");
    }
}

//! Source files, places in them, and the decoding of their bytes.

use std::ops::Range;
use std::path::{Path, PathBuf};

/// A file larger than this is refused: the whole DMTF schema has 8 MiB.
pub(crate) const MAX_FILE_SIZE: u64 = 64 << 20;

/// A range of bytes in one source file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) file: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// From the start of this span to the end of a later one in the same file.
    pub(crate) fn to(self, end: Span) -> Span {
        Span { end: end.end.max(self.end), ..self }
    }

    /// The empty place behind this span.
    pub(crate) fn after(self) -> Span {
        Span { start: self.end, ..self }
    }
}

/// A decoded source file.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Where each line starts.
    lines: Vec<usize>,
}

impl Source {
    pub(crate) fn new(path: PathBuf, text: String) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(place, _)| place + 1)).collect();
        Self { path, text, lines }
    }
}

/// All files of a run; a [`Span`] names a file by its place here.
#[derive(Debug, Default)]
pub(crate) struct Sources {
    files: Vec<Source>,
}

impl Sources {
    /// Adds a file and returns its number.
    pub(crate) fn add(&mut self, path: &Path, text: String) -> u32 {
        self.files.push(Source::new(path.to_owned(), text));
        self.count() - 1
    }

    /// The number that the next file will have.
    pub(crate) fn count(&self) -> u32 {
        self.files.len() as u32
    }

    pub(crate) fn file(&self, number: u32) -> &Source {
        &self.files[number as usize]
    }

    /// Line and column of a span's start, both counted from 1, the column in characters.
    pub(crate) fn line_and_column(&self, span: Span) -> (usize, usize) {
        let (source, start) = (self.file(span.file), span.start as usize);
        let line = source.lines.partition_point(|line| *line <= start);
        (line, source.text[source.lines[line - 1]..start].chars().count() + 1)
    }
}

/// Text from bytes: UTF-8 with or without a byte order mark, or UTF-16, which Windows tools write. Lines end in `\n`.
///
/// The flag says that some bytes were no valid text and stand as U+FFFD in the result.
pub(crate) fn decode(bytes: &[u8]) -> (String, bool) {
    let (text, damaged) = decode_bytes(bytes);
    (if text.contains("\r\n") { text.replace("\r\n", "\n") } else { text }, damaged)
}

fn decode_bytes(bytes: &[u8]) -> (String, bool) {
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => decode_utf8(rest),
        [0xFF, 0xFE, rest @ ..] => decode_utf16(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => decode_utf16(rest, u16::from_be_bytes),
        // Without a mark: MOF starts with an ASCII character, whose other half is zero.
        [first, 0, ..] if *first != 0 => decode_utf16(bytes, u16::from_le_bytes),
        [0, second, ..] if *second != 0 => decode_utf16(bytes, u16::from_be_bytes),
        _ => decode_utf8(bytes),
    }
}

fn decode_utf8(bytes: &[u8]) -> (String, bool) {
    match std::str::from_utf8(bytes) {
        Ok(text) => (text.to_owned(), false),
        Err(_) => (String::from_utf8_lossy(bytes).into_owned(), true),
    }
}

fn decode_utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> (String, bool) {
    let mut damaged = !bytes.len().is_multiple_of(2);
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let text = char::decode_utf16(units)
        .map(|decoded| {
            decoded.unwrap_or_else(|_| {
                damaged = true;
                char::REPLACEMENT_CHARACTER
            })
        })
        .collect();
    (text, damaged)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "class Größe {};";
        assert_eq!(decode(text.as_bytes()), (text.to_owned(), false));
        assert_eq!(decode(format!("\u{FEFF}{text}").as_bytes()), (text.to_owned(), false));
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(decode(&utf16(&format!("\u{FEFF}{text}"), bytes)), (text.to_owned(), false));
            assert_eq!(decode(&utf16(text, bytes)), (text.to_owned(), false));
        }
    }

    #[test]
    fn windows_line_ends_become_plain_ones() {
        assert_eq!(decode(b"a\r\nb\r"), ("a\nb\r".to_owned(), false));
    }

    #[test]
    fn damaged_text_is_replaced_and_reported() {
        assert_eq!(decode(b"// \xA9 2005"), ("// \u{FFFD} 2005".to_owned(), true));
        assert_eq!(decode(b"\xFF\xFEc\0x"), ("c".to_owned(), true));
    }

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let mut sources = Sources::default();
        let file = sources.add(Path::new("a.mof"), "one\n\"ä\" two".to_owned());
        assert_eq!(sources.line_and_column(Span { file, start: 9, end: 12 }), (2, 5));
    }
}

//! Strings and characters: where they end, and their escapes.

use super::{Lexer, TokenKind};
use crate::lint::Lint;
use crate::literal::{self, Fault};
use crate::source::Span;

impl Lexer<'_> {
    pub(super) fn character(&mut self) -> TokenKind {
        let start = self.position;
        let content = self.quoted('\'', "the character is not closed");
        if !self.text[start..self.position].ends_with('\'') || self.position == start + 1 {
            return TokenKind::Char(0);
        }
        let units: Vec<u16> = content.encode_utf16().collect();
        match units.as_slice() {
            [unit] => TokenKind::Char(*unit),
            _ => {
                let span = self.span(start);
                self.sink
                    .error(span, "not a single character")
                    .label("expected one UTF-16 code unit between the quotes")
                    .help("strings are written in double quotes: \"text\"");
                TokenKind::Char(0)
            }
        }
    }

    pub(super) fn string(&mut self) -> TokenKind {
        let start = self.position;
        let text = self.quoted('"', "the string is not closed");
        if text.contains('\0') {
            let span = self.span(start);
            self.sink.error(span, "a string of MI cannot contain the character 0");
        }
        TokenKind::String(text)
    }

    /// Moves over quoted text and resolves its escapes.
    fn quoted(&mut self, quote: char, not_closed: &str) -> String {
        let start = self.position;
        self.position += 1;
        let content = self.position;
        let mut lines = false;
        loop {
            self.skip_while(|character| character != quote && character != '\\' && (lines || character != '\n'));
            match self.byte(0) {
                b'\\' => {
                    self.position += 1;
                    self.position += self.rest().chars().next().filter(|next| *next != '\n').map_or(0, char::len_utf8);
                }
                byte if byte == quote as u8 => break,
                b'\n' if quote == '"' && self.ends_on_a_later_line() => {
                    lines = true;
                    let opening = self.span(start);
                    self.sink
                        .lint(Lint::MultilineString, opening, "a string goes over several lines")
                        .help("write \\n for a line end, and several quoted pieces for a long text; they are joined");
                }
                _ => return self.unclosed(start, content, quote, not_closed),
            }
        }
        let raw = &self.text[content..self.position];
        self.position += 1;
        self.unescape(raw, content)
    }

    /// Whether a string that does not end on its line ends behind it, as scripts in DSC configurations do: what stands
    /// around the next quote shows whether it closes this string or opens another one.
    fn ends_on_a_later_line(&self) -> bool {
        let rest = self.rest();
        let mut escaped = false;
        let quote = rest.bytes().position(|byte| {
            let found = byte == b'"' && !escaped;
            escaped = byte == b'\\' && !escaped;
            found
        });
        let Some(quote) = quote else { return false };
        let opens = rest[..quote].trim_end().ends_with(['=', '(', '{', ',']);
        !opens && rest[quote + 1..].trim_start().starts_with([';', ',', ')', '}', ']', '"', ':'])
    }

    /// Reports a quote that is missing, and supposes it before the signs at the end of the line.
    fn unclosed(&mut self, start: usize, content: usize, quote: char, not_closed: &str) -> String {
        let line = self.span(start);
        self.sink
            .error(line, not_closed)
            .label(format!("expected a `{quote}` before the end of the line"))
            .help("write several quoted pieces one after the other for a long text; they are joined");
        let text = self.text[content..self.position].trim_end_matches([';', ',', ')', ']', '}', ' ', '\t']);
        self.position = content + text.len();
        literal::unescape(text).0
    }

    fn unescape(&mut self, raw: &str, content: usize) -> String {
        let (text, faults) = literal::unescape(raw);
        for (range, fault) in faults {
            let [start, end] = [range.start, range.end].map(|place| (content + place) as u32);
            let span = Span { file: self.file, start, end };
            match fault {
                Fault::Error(message) => self.sink.error(span, message),
                Fault::UnknownEscape => self
                    .sink
                    .lint(Lint::UnknownEscape, span, "an unknown escape, taken as it stands")
                    .label("write `\\\\` for a backslash")
                    .help(r#"the escapes are \b \t \n \f \r \" \' \\ and \x with hexadecimal digits"#),
            };
        }
        text
    }
}

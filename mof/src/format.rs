//! The formatter: lays out MOF text anew. Lines end where the author ended them, comments and strings stay as they are;
//! indentation, spaces and empty lines follow one style.

use crate::diagnostic::{Diagnostics, Sink};
use crate::lexer::{Token, TokenKind, tokenize};
use crate::parser;
use crate::source::{Sources, Span, decode};
use std::path::Path;

/// Lays out the text of a MOF file, UTF-8 or UTF-16, with `\n` as line end. `name` stands for the file in messages.
///
/// The result has the same tokens and comments, and formatting it again does not change it.
///
/// # Errors
/// The errors of syntax, or that the bytes are not text.
pub fn format(name: &str, bytes: &[u8]) -> Result<String, Diagnostics> {
    let (text, damaged) = decode(bytes);
    let (mut sources, mut sink) = (Sources::default(), Sink::default());
    let file = sources.add(Path::new(name), text);
    let source = sources.file(file);
    if damaged {
        let place = source.text.find(char::REPLACEMENT_CHARACTER).unwrap_or(0) as u32;
        sink.error(Span { file, start: place, end: place }, "the file is not valid UTF-8 or UTF-16");
    }
    parser::parse(file, source, &mut sink);
    if sink.has_errors() {
        return Err(sink.finish(sources));
    }
    let tokens = tokenize(file, &source.text, &mut Sink::default()).list;
    let mut layout = Layout { out: String::new(), open: Vec::new(), pragma: false };
    let mut before = None;
    let mut end = 0;
    for token in &tokens {
        let newlines = layout.comments(before, &source.text[end..token.span.start as usize]);
        if token.kind != TokenKind::End {
            layout.token(before, token, &source.text[token.span.range()], newlines);
        }
        end = token.span.end as usize;
        before = Some(token);
    }
    layout.line_end(1);
    Ok(layout.out)
}

struct Layout {
    out: String,
    /// The brackets that are open.
    open: Vec<char>,
    /// Within a pragma, before its value.
    pragma: bool,
}

impl Layout {
    /// Writes the comments between two tokens; says how many line ends stand behind the last one.
    fn comments(&mut self, before: Option<&Token>, gap: &str) -> usize {
        let mut rest = gap;
        loop {
            let Some(start) = rest.find('/') else { return rest.matches('\n').count() };
            let newlines = rest[..start].matches('\n').count();
            rest = &rest[start..];
            let is_line = rest.starts_with("//");
            let length = if is_line { rest.find('\n') } else { rest[2..].find("*/").map(|place| place + 4) };
            let (comment, behind) = rest.split_at(length.unwrap_or(rest.len()));
            let indent = self.indent(before, None);
            self.start(newlines, indent, !self.out.is_empty());
            self.out.push_str(if is_line { comment.trim_end() } else { comment });
            rest = behind;
        }
    }

    fn token(&mut self, before: Option<&Token>, token: &Token, text: &str, newlines: usize) {
        let symbol = symbol(token);
        if let Some('}' | ')' | ']') = symbol {
            self.open.pop();
        }
        let indent = self.indent(before, Some(token));
        // A line comment ends with its line, but a block comment may stand directly before a token.
        let space = self.out.ends_with("*/") || before.is_some_and(|before| self.has_space(before, token));
        self.start(newlines, indent, space);
        self.out.push_str(text);
        if let Some(open @ ('{' | '(' | '[')) = symbol {
            self.open.push(open);
        }
        self.pragma = token.kind == TokenKind::Pragma || self.pragma && token.kind == TokenKind::Word;
    }

    /// Goes to where the next token or comment stands.
    fn start(&mut self, newlines: usize, indent: usize, space: bool) {
        if newlines > 0 && !self.out.is_empty() {
            self.line_end(newlines);
            self.out.extend(std::iter::repeat_n(' ', indent));
        } else if space && !self.out.is_empty() {
            self.out.push(' ');
        }
    }

    /// Ends the line, with one empty line where the author had some.
    fn line_end(&mut self, newlines: usize) {
        if !self.out.is_empty() {
            self.out.push_str(if newlines > 1 { "\n\n" } else { "\n" });
        }
    }

    /// The indentation of a line that starts with the token, or with a comment.
    fn indent(&self, before: Option<&Token>, token: Option<&Token>) -> usize {
        // What follows a qualifier stands under the first one: behind the `[`.
        let inside: usize = self.open.iter().map(|open| if *open == '[' { 1 } else { 4 }).sum();
        let is_string = |token: &Token| matches!(token.kind, TokenKind::String(_));
        let between = |sign: Option<char>| matches!(sign, Some('=' | ':'));
        let (Some(before), Some(token)) = (before, token) else { return inside };
        let joined = is_string(before) && is_string(token) && matches!(self.open.last(), None | Some('{'));
        // A comma outside all brackets stands before the scope and the flavor of a qualifier declaration.
        let listed = self.open.is_empty() && symbol(before) == Some(',');
        let continued = joined || listed || between(symbol(before)) || between(symbol(token));
        if continued { inside + 4 } else { inside }
    }

    /// Whether two tokens on one line stand apart.
    fn has_space(&self, before: &Token, token: &Token) -> bool {
        match (symbol(before), symbol(token)) {
            (_, Some(';' | ',' | ')' | ']')) | (Some('(' | '['), _) => false,
            // `Description(`, but `#pragma include (`; `Name[]`.
            (None, Some('(')) => self.pragma,
            (None, Some('[')) => before.kind != TokenKind::Word,
            _ => true,
        }
    }
}

fn symbol(token: &Token) -> Option<char> {
    match token.kind {
        TokenKind::Symbol(symbol) => Some(symbol),
        _ => None,
    }
}

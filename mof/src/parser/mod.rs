//! The parser: tokens to declarations, by recursive descent. One file at a time, includes not followed.
//!
//! A mistake is reported where it is, and parsing goes on at the next element or declaration. What was passed over is
//! remembered, so that the resolver does not miss it.

mod class;
mod declaration;
mod tokens;
mod value;

use crate::diagnostic::Sink;
use crate::lexer::{Token, TokenKind, tokenize};
use crate::source::Source;
use crate::syntax::{Document, Lost};

/// The error has been reported; the caller looks for a place to go on.
struct Failed;

type Parsed<T> = Result<T, Failed>;

/// Parses one file.
pub(crate) fn parse(file: u32, source: &Source, sink: &mut Sink) -> Document {
    let tokens = tokenize(file, &source.text, sink);
    let lost = Lost::default();
    let mut parser =
        Parser { text: &source.text, tokens: &tokens.list, cut: tokens.cut, next: 0, depth: 0, lost, sink };
    let mut declarations = Vec::new();
    while !parser.is_end() {
        let start = parser.next;
        match parser.declaration() {
            Ok(Some(declaration)) => declarations.push(declaration),
            Ok(None) => {}
            Err(Failed) => parser.skip_to_declaration(start),
        }
    }
    if tokens.cut {
        parser.lost.add_everything();
    }
    Document { declarations, lost: parser.lost }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// The tokens are not all of the file, so an early end is no mistake of its own.
    cut: bool,
    next: usize,
    /// How many instances the next token is embedded in.
    depth: usize,
    /// The names in what was passed over.
    lost: Lost,
    sink: &'a mut Sink,
}

/// Going on behind a mistake.
impl Parser<'_> {
    /// Gives up the declaration that starts at this token.
    fn skip_to_declaration(&mut self, start: usize) {
        while !self.is_declaration() && !self.is_end() {
            self.take();
        }
        self.lose(start);
    }

    /// Remembers the names from a token up to the next one: what they declare is not known.
    fn lose(&mut self, start: usize) {
        for token in &self.tokens[start..self.next] {
            if matches!(token.kind, TokenKind::Word | TokenKind::Alias) {
                self.lost.add(&self.text[token.span.range()]);
            }
        }
    }

    /// Everything up to the closing `}` and, for a declaration, its `;`. Says whether all of it was understood. A `}`
    /// that is missing is reported and supposed.
    fn body(&mut self, what: &str, is_declaration: bool, mut element: impl FnMut(&mut Self) -> Parsed<()>) -> bool {
        let mut complete = true;
        while !self.take_symbol('}') {
            if self.is_declaration() || self.is_end() {
                self.expected(&format!("`}}` at the end of the {what}"));
                return false;
            }
            let start = self.next;
            if let Err(Failed) = element(self) {
                self.skip_element(start);
                complete = false;
            }
        }
        if is_declaration && self.expect_end(&format!("after the `}}` of the {what}")).is_err() {
            self.skip_to_declaration(self.next);
        }
        complete
    }

    /// Moves behind the `;` of the element with the mistake, or before the `}` of its body.
    fn skip_element(&mut self, start: usize) {
        // Braces within the element belong to its arrays, and semicolons within braces to its embedded instances.
        let braces = |symbol| self.tokens[start..self.next].iter().filter(|token| token.kind == symbol).count();
        let mut depth = braces(TokenKind::Symbol('{')).saturating_sub(braces(TokenKind::Symbol('}')));
        let mut embeds = false;
        while !(self.is_declaration() || self.is_end()) {
            embeds |= self.is_instance();
            match self.peek().kind {
                TokenKind::Symbol('}') if depth == 0 && self.is_body_end() => return,
                TokenKind::Symbol('}') => depth = depth.saturating_sub(1),
                TokenKind::Symbol('{') => depth += 1,
                TokenKind::Symbol(';') if depth == 0 || !embeds => {
                    self.take();
                    return;
                }
                _ => {}
            }
            self.take();
        }
    }
}

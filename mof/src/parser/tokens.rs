//! The tokens under the parser: looking at them, taking them, and complaining about them.

use super::{Failed, Parsed, Parser};
use crate::lexer::{Token, TokenKind};
use crate::source::Span;
use crate::syntax::Name;

impl<'a> Parser<'a> {
    pub(super) fn peek(&self) -> &'a Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &'a Token {
        &self.tokens[(self.next + ahead).min(self.tokens.len() - 1)]
    }

    pub(super) fn take(&mut self) -> &'a Token {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    /// The span of the token before the next one.
    pub(super) fn previous(&self) -> Span {
        self.tokens[self.next.saturating_sub(1)].span
    }

    pub(super) fn slice(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    pub(super) fn is_end(&self) -> bool {
        self.peek().kind == TokenKind::End
    }

    pub(super) fn is_symbol(&self, symbol: char) -> bool {
        self.peek().kind == TokenKind::Symbol(symbol)
    }

    fn is_keyword_at(&self, ahead: usize, keyword: &str) -> bool {
        let token = self.peek_at(ahead);
        token.kind == TokenKind::Word && self.slice(token.span).eq_ignore_ascii_case(keyword)
    }

    pub(super) fn is_keyword(&self, keyword: &str) -> bool {
        self.is_keyword_at(0, keyword)
    }

    /// Whether `instance of` stands here.
    pub(super) fn is_instance(&self) -> bool {
        self.is_keyword("instance") && self.is_keyword_at(1, "of")
    }

    /// Whether a `}` closes the body of a declaration, and not a list that was opened by another sign.
    pub(super) fn is_body_end(&self) -> bool {
        self.is_symbol('}') && !matches!(self.peek_at(1).kind, TokenKind::Symbol(']' | ')'))
    }

    /// Whether a declaration starts here, apart from its qualifiers.
    pub(super) fn is_declaration(&self) -> bool {
        let followed_by_name = self.peek_at(1).kind == TokenKind::Word && !self.is_keyword_at(1, "ref");
        let before = self.next.checked_sub(1).map(|place| &self.tokens[place].kind);
        let is_value = matches!(before, Some(TokenKind::Symbol('=' | ',')));
        self.peek().kind == TokenKind::Pragma
            || (self.is_keyword("class") || self.is_keyword("qualifier")) && followed_by_name
            || self.is_instance() && !is_value
    }

    pub(super) fn take_symbol(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.take();
        }
        found
    }

    pub(super) fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.take();
        }
        found
    }

    pub(super) fn expect_symbol(&mut self, symbol: char, place: &str) -> Parsed<()> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}` {place}"))) }
    }

    /// A `;`. One that was forgotten at the end of a line is reported and supposed.
    pub(super) fn expect_end(&mut self, place: &str) -> Parsed<()> {
        if self.take_symbol(';') {
            return Ok(());
        }
        let next = self.peek();
        if self.cut && next.kind == TokenKind::End {
            return Ok(());
        }
        if next.starts_line || matches!(next.kind, TokenKind::End | TokenKind::Symbol('}')) {
            let place_behind = self.previous().after();
            self.sink.error(place_behind, format!("expected `;` {place}")).label("a `;` is missing here");
            return Ok(());
        }
        Err(self.expected(&format!("`;` {place}")))
    }

    /// A name that is no punctuation; keywords are allowed.
    pub(super) fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != TokenKind::Word {
            return Err(self.expected(what));
        }
        self.take();
        Ok(Name { text: self.slice(token.span).to_owned(), span: token.span })
    }

    pub(super) fn alias(&mut self) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != TokenKind::Alias {
            return Err(self.expected("an alias like `$Name`"));
        }
        self.take();
        Ok(Name { text: self.slice(token.span).to_owned(), span: token.span })
    }

    /// Reports that something else stands where `what` should.
    pub(super) fn expected(&mut self, what: &str) -> Failed {
        self.expected_one_of(what, &[])
    }

    /// The same, for one of some words: the nearest one is proposed.
    pub(super) fn expected_one_of(&mut self, what: &str, words: &[&str]) -> Failed {
        let token = self.peek();
        // Where a token is a guess, the next one may well be unexpected.
        let guessed = token.faulty || self.next > 0 && self.tokens[self.next - 1].faulty;
        if guessed || self.cut && token.kind == TokenKind::End {
            return Failed;
        }
        let message = format!("expected {what}, found {}", self.describe(token));
        let text = self.slice(token.span);
        self.sink.error(token.span, message).label("unexpected").suggest(text, words.iter().copied());
        Failed
    }

    pub(super) fn describe(&self, token: &Token) -> String {
        match &token.kind {
            TokenKind::End => "the end of the file".to_owned(),
            TokenKind::String(_) => "a string".to_owned(),
            TokenKind::Char(_) => "a character".to_owned(),
            _ => {
                let text = self.slice(token.span);
                let short: String = text.chars().take(40).collect();
                format!("`{short}{}`", if short.len() < text.len() { "..." } else { "" })
            }
        }
    }
}

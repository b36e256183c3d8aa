//! Qualifier lists and constants.

use super::{Failed, Parsed, Parser};
use crate::lexer::TokenKind;
use crate::lint::Lint;
use crate::syntax::{Literal, LiteralKind, QualifierUse};

/// Instances embedded in each other deeper than this are refused, so that the stack has a limit.
const MAX_DEPTH: usize = 32;

impl Parser<'_> {
    /// `[Key, Description("text") : ToSubclass]`, or nothing.
    pub(super) fn qualifier_list(&mut self) -> Parsed<Vec<QualifierUse>> {
        let mut qualifiers = Vec::new();
        if !self.take_symbol('[') {
            return Ok(qualifiers);
        }
        loop {
            qualifiers.push(self.qualifier()?);
            if self.take_symbol(']') {
                return Ok(qualifiers);
            }
            self.expect_symbol(',', "or `]` after a qualifier")?;
        }
    }

    fn qualifier(&mut self) -> Parsed<QualifierUse> {
        let name = self.name("the name of a qualifier")?;
        let value = if self.take_symbol('(') {
            let value = self.value()?;
            self.expect_symbol(')', "after the value of a qualifier")?;
            Some(value)
        } else if self.is_symbol('{') {
            Some(self.value()?)
        } else {
            None
        };
        let mut flavors = Vec::new();
        if self.take_symbol(':') {
            flavors.push(self.name("a flavor like `ToSubclass`")?);
            while self.peek().kind == TokenKind::Word {
                flavors.push(self.name("a flavor")?);
            }
        }
        Ok(QualifierUse { name, value, flavors })
    }

    /// A constant or a list of constants in braces.
    pub(super) fn value(&mut self) -> Parsed<Literal> {
        if !self.is_symbol('{') {
            return self.constant();
        }
        let start = self.take().span;
        let mut elements = Vec::new();
        while !self.take_symbol('}') {
            if !elements.is_empty() {
                self.expect_symbol(',', "or `}` after an element of an array")?;
            }
            elements.push(self.constant()?);
        }
        Ok(Literal { kind: LiteralKind::Array(elements), span: start.to(self.previous()) })
    }

    fn constant(&mut self) -> Parsed<Literal> {
        let token = self.peek();
        let kind = match &token.kind {
            TokenKind::String(_) => return Ok(self.joined_string()),
            TokenKind::Integer(value) => LiteralKind::Integer(*value),
            TokenKind::Real(value) => LiteralKind::Real(*value),
            TokenKind::Char(unit) => LiteralKind::Char(*unit),
            TokenKind::Alias => LiteralKind::Alias(self.slice(token.span).to_owned()),
            TokenKind::Word if self.is_keyword("true") => LiteralKind::Boolean(true),
            TokenKind::Word if self.is_keyword("false") => LiteralKind::Boolean(false),
            TokenKind::Word if self.is_keyword("null") => LiteralKind::Null,
            TokenKind::Word if self.is_instance() => return self.embedded_instance(),
            TokenKind::Symbol('{') => return Err(self.expected("a constant: arrays do not nest")),
            _ => return Err(self.expected("a constant")),
        };
        self.take();
        Ok(Literal { kind, span: token.span })
    }

    /// `instance of X { ... }` as a value.
    fn embedded_instance(&mut self) -> Parsed<Literal> {
        let start = self.peek().span;
        if self.depth == MAX_DEPTH {
            self.sink.error(start, format!("instances are embedded more than {MAX_DEPTH} levels deep"));
            return Err(Failed);
        }
        self.depth += 1;
        let instance = self.instance(false);
        self.depth -= 1;
        let span = start.to(self.previous());
        if self.depth == 0 {
            self.sink
                .lint(Lint::WmiSyntax, start, "only WMI writes an embedded instance where it is used")
                .help("declare it with an alias, `instance of X as $Alias { ... };`, and use the alias as the value");
        }
        Ok(Literal { kind: LiteralKind::Instance(Box::new(instance?)), span })
    }

    /// `"one " "two"` is one string.
    fn joined_string(&mut self) -> Literal {
        let start = self.peek().span;
        let mut text = String::new();
        while let TokenKind::String(piece) = &self.peek().kind {
            text.push_str(piece);
            self.take();
        }
        Literal { kind: LiteralKind::String(text), span: start.to(self.previous()) }
    }
}

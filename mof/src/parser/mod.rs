//! The parser: tokens to declarations, by recursive descent. One file at a time, includes not followed.
//!
//! A mistake is reported where it is, and parsing goes on at the next element or declaration.

mod class;
mod value;

use crate::diagnostic::Sink;
use crate::lexer::{Token, TokenKind, tokenize};
use crate::lint::Lint;
use crate::source::{Source, Span};
use crate::syntax::{Declaration, InstanceDeclaration, Literal, Name, QualifierDeclaration};
use crate::types::{Arity, Primitive};

/// The pragmas of DSP0004, and behind them those that WMI adds.
const PRAGMAS: [&str; 14] = [
    "include",
    "instancelocale",
    "locale",
    "namespace",
    "nonlocal",
    "nonlocaltype",
    "source",
    "sourcetype",
    "amendment",
    "autorecover",
    "classflags",
    "deleteclass",
    "deleteinstance",
    "instanceflags",
];

/// The error has been reported; the caller looks for a place to go on.
struct Failed;

type Parsed<T> = Result<T, Failed>;

/// Parses one file.
pub(crate) fn parse(file: u32, source: &Source, sink: &mut Sink) -> Vec<Declaration> {
    let tokens = tokenize(file, &source.text, sink);
    let mut parser = Parser { text: &source.text, tokens: &tokens.list, cut: tokens.cut, next: 0, sink };
    let mut declarations = Vec::new();
    while parser.peek().kind != TokenKind::End {
        match parser.declaration() {
            Ok(Some(declaration)) => declarations.push(declaration),
            Ok(None) => {}
            Err(Failed) => parser.skip_to_declaration(),
        }
    }
    declarations
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Token],
    /// The tokens are not all of the file, so an early end is no mistake of its own.
    cut: bool,
    next: usize,
    sink: &'a mut Sink,
}

/// Tokens: looking at them, taking them, and complaining about them.
impl<'a> Parser<'a> {
    fn peek(&self) -> &'a Token {
        self.peek_at(0)
    }

    fn peek_at(&self, ahead: usize) -> &'a Token {
        &self.tokens[(self.next + ahead).min(self.tokens.len() - 1)]
    }

    fn take(&mut self) -> &'a Token {
        let token = self.peek();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    /// The span of the token before the next one.
    fn previous(&self) -> Span {
        self.tokens[self.next.saturating_sub(1)].span
    }

    fn slice(&self, span: Span) -> &'a str {
        &self.text[span.range()]
    }

    fn is_symbol(&self, symbol: char) -> bool {
        self.peek().kind == TokenKind::Symbol(symbol)
    }

    fn is_keyword_at(&self, ahead: usize, keyword: &str) -> bool {
        let token = self.peek_at(ahead);
        token.kind == TokenKind::Word && self.slice(token.span).eq_ignore_ascii_case(keyword)
    }

    fn is_keyword(&self, keyword: &str) -> bool {
        self.is_keyword_at(0, keyword)
    }

    fn take_symbol(&mut self, symbol: char) -> bool {
        let found = self.is_symbol(symbol);
        if found {
            self.take();
        }
        found
    }

    fn take_keyword(&mut self, keyword: &str) -> bool {
        let found = self.is_keyword(keyword);
        if found {
            self.take();
        }
        found
    }

    fn expect_symbol(&mut self, symbol: char, place: &str) -> Parsed<()> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.expected(&format!("`{symbol}` {place}"))) }
    }

    /// A `;`. One that was forgotten at the end of a line is reported and supposed.
    fn expect_end(&mut self, place: &str) -> Parsed<()> {
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
    fn name(&mut self, what: &str) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != TokenKind::Word {
            return Err(self.expected(what));
        }
        self.take();
        Ok(Name { text: self.slice(token.span).to_owned(), span: token.span })
    }

    fn alias(&mut self) -> Parsed<Name> {
        let token = self.peek();
        if token.kind != TokenKind::Alias {
            return Err(self.expected("an alias like `$Name`"));
        }
        self.take();
        Ok(Name { text: self.slice(token.span).to_owned(), span: token.span })
    }

    /// Reports that something else stands where `what` should.
    fn expected(&mut self, what: &str) -> Failed {
        let token = self.peek();
        if self.cut && token.kind == TokenKind::End {
            return Failed;
        }
        let message = format!("expected {what}, found {}", self.describe(token));
        self.sink.error(token.span, message).label("unexpected");
        Failed
    }

    fn describe(&self, token: &Token) -> String {
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

    /// Whether a declaration starts here, apart from its qualifiers.
    fn is_declaration(&self) -> bool {
        let followed_by_name = self.peek_at(1).kind == TokenKind::Word && !self.is_keyword_at(1, "ref");
        self.peek().kind == TokenKind::Pragma
            || (self.is_keyword("class") || self.is_keyword("qualifier")) && followed_by_name
            || self.is_keyword("instance") && self.is_keyword_at(1, "of")
    }

    fn skip_to_declaration(&mut self) {
        while !self.is_declaration() && self.peek().kind != TokenKind::End {
            self.take();
        }
    }
}

/// Declarations.
impl Parser<'_> {
    fn declaration(&mut self) -> Parsed<Option<Declaration>> {
        if self.take_symbol(';') {
            return Ok(None);
        }
        if self.peek().kind == TokenKind::Pragma {
            return self.pragma();
        }
        if self.take_keyword("qualifier") {
            return self.qualifier_declaration().map(|declaration| Some(Declaration::Qualifier(declaration)));
        }
        let qualifiers = self.qualifier_list()?;
        if self.take_keyword("class") {
            return self.class(qualifiers).map(|class| Some(Declaration::Class(class)));
        }
        if self.is_keyword("instance") && self.is_keyword_at(1, "of") {
            return self.instance().map(|instance| Some(Declaration::Instance(instance)));
        }
        let token = self.peek();
        let (found, text) = (self.describe(token), self.slice(token.span));
        self.sink
            .error(token.span, format!("expected a declaration, found {found}"))
            .label("expected `class`, `instance of`, `qualifier` or `#pragma`")
            .suggest(text, ["class", "instance of", "instance", "qualifier"]);
        Err(Failed)
    }

    /// `#pragma include("file")`. Only include and namespace mean anything to a compiler.
    fn pragma(&mut self) -> Parsed<Option<Declaration>> {
        self.take();
        let name = self.name("the name of the pragma")?;
        if !PRAGMAS.iter().any(|known| known.eq_ignore_ascii_case(&name.text)) {
            self.sink
                .lint(Lint::UnknownPragma, name.span, format!("unknown pragma `{}`", name.text))
                .label("this has no effect")
                .suggest(&name.text, PRAGMAS);
        }
        // WMI's pragmas, such as autorecover, may stand without a value.
        if !self.is_symbol('(') && self.peek().starts_line {
            return Ok(None);
        }
        self.expect_symbol('(', "after the name of the pragma")?;
        let argument = match &self.peek().kind {
            TokenKind::String(text) => Some(Name { text: text.clone(), span: self.peek().span }),
            _ => None,
        };
        let include = name.text.eq_ignore_ascii_case("include");
        if argument.is_none() && (include || name.text.eq_ignore_ascii_case("namespace")) {
            return Err(self.expected("a quoted string"));
        }
        while !self.is_symbol(')') {
            if self.is_declaration() || self.peek().kind == TokenKind::End {
                return Err(self.expected("`)` after the value of the pragma"));
            }
            self.take();
        }
        self.take();
        Ok(match argument {
            Some(file) if include => Some(Declaration::Include(file)),
            Some(namespace) if name.text.eq_ignore_ascii_case("namespace") => {
                Some(Declaration::Namespace(namespace.text))
            }
            _ => None,
        })
    }

    /// `Key : boolean = false, Scope(property, reference), Flavor(DisableOverride);`
    fn qualifier_declaration(&mut self) -> Parsed<QualifierDeclaration> {
        let name = self.name("the name of the qualifier")?;
        self.expect_symbol(':', "and a type after the name of the qualifier")?;
        let kind = self.name("a data type")?;
        let Some(primitive) = Primitive::from_name(&kind.text) else { return Err(self.unknown_type(&kind)) };
        let arity = self.brackets()?;
        let default = if self.take_symbol('=') { Some(self.value()?) } else { None };
        let (mut scopes, mut flavors) = (Vec::new(), Vec::new());
        while self.take_symbol(',') {
            if self.take_keyword("scope") {
                scopes = self.word_list()?;
            } else if self.take_keyword("flavor") {
                flavors = self.word_list()?;
            } else {
                return Err(self.expected("`Scope(...)` or `Flavor(...)`"));
            }
        }
        if scopes.is_empty() {
            let message = format!("the qualifier `{}` has no scope", name.text);
            self.sink.error(name.span, message).help("say where it may stand: `Scope(class, property)`, `Scope(any)`");
        }
        self.expect_end("after the declaration of a qualifier")?;
        Ok(QualifierDeclaration { name, primitive, arity, default, scopes, flavors })
    }

    fn word_list(&mut self) -> Parsed<Vec<Name>> {
        self.expect_symbol('(', "before the list")?;
        let mut words = vec![self.name("a word")?];
        while self.take_symbol(',') {
            words.push(self.name("a word")?);
        }
        self.expect_symbol(')', "after the list")?;
        Ok(words)
    }

    fn instance(&mut self) -> Parsed<InstanceDeclaration> {
        self.take();
        self.take();
        let class = self.name("the name of a class")?;
        let alias = if self.take_keyword("as") { Some(self.alias()?) } else { None };
        self.expect_symbol('{', "before the values of the instance")?;
        let mut values = Vec::new();
        self.body("instance", |parser| {
            values.push(parser.property_value()?);
            Ok(())
        })?;
        Ok(InstanceDeclaration { class, alias, values })
    }

    /// `Name = value;`
    fn property_value(&mut self) -> Parsed<(Name, Literal)> {
        self.qualifier_list()?;
        let name = self.name("the name of a property")?;
        self.expect_symbol('=', "after the name of the property")?;
        let value = self.value()?;
        self.expect_end("after the value of a property")?;
        Ok((name, value))
    }

    /// Everything up to the closing `}` and its `;`. A `}` that is missing is reported and supposed.
    fn body(&mut self, what: &str, mut element: impl FnMut(&mut Self) -> Parsed<()>) -> Parsed<()> {
        loop {
            if self.take_symbol('}') {
                return self.expect_end(&format!("after the `}}` of the {what}"));
            }
            if self.is_declaration() || self.peek().kind == TokenKind::End {
                self.expected(&format!("`}}` at the end of the {what}"));
                return Ok(());
            }
            let start = self.next;
            if let Err(Failed) = element(self) {
                self.skip_element(start);
            }
        }
    }

    /// Moves behind the `;` of the element with the mistake, or before the `}` of its body.
    fn skip_element(&mut self, start: usize) {
        // Braces within the element belong to its arrays.
        let braces = |symbol| self.tokens[start..self.next].iter().filter(|token| token.kind == symbol).count();
        let mut depth = braces(TokenKind::Symbol('{')).saturating_sub(braces(TokenKind::Symbol('}')));
        while !(self.is_declaration() || self.peek().kind == TokenKind::End) {
            match self.peek().kind {
                TokenKind::Symbol('}') if depth == 0 => return,
                TokenKind::Symbol('}') => depth -= 1,
                TokenKind::Symbol('{') => depth += 1,
                TokenKind::Symbol(';') => {
                    self.take();
                    return;
                }
                _ => {}
            }
            self.take();
        }
    }

    /// `[]`, `[n]` or nothing.
    fn brackets(&mut self) -> Parsed<Arity> {
        if !self.take_symbol('[') {
            return Ok(Arity::Scalar);
        }
        let arity = match self.peek().kind {
            TokenKind::Integer(count) => {
                let span = self.take().span;
                match u32::try_from(count) {
                    Ok(count) if count > 0 => Arity::Fixed(count),
                    _ => {
                        self.sink.error(span, "an array has 1 to 4294967295 elements");
                        Arity::Array
                    }
                }
            }
            _ => Arity::Array,
        };
        self.expect_symbol(']', "after the size of the array")?;
        Ok(arity)
    }

    fn unknown_type(&mut self, name: &Name) -> Failed {
        self.sink
            .error(name.span, format!("unknown data type `{}`", name.text))
            .label("expected a type like `uint32` or `string[]`")
            .suggest(&name.text, Primitive::ALL.map(Primitive::name))
            .otherwise(format!(
                "write `{0} REF Name` for a reference, or `[EmbeddedInstance(\"{0}\")] string Name` for an embedded instance",
                name.text
            ));
        Failed
    }
}

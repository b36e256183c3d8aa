//! Tokens of MOF text (DSP0004 annex A). Mistakes are reported, and a token is produced all the same.

mod quoted;

use crate::diagnostic::Sink;
use crate::literal;
use crate::source::Span;

/// A longer name does not fit the name codes of the MI binary protocol.
const MAX_NAME: usize = 255;

/// What a C preprocessor would act on.
const PREPROCESSOR: [&str; 9] = ["define", "elif", "else", "endif", "if", "ifdef", "ifndef", "include", "undef"];

/// A file of more tokens than this is not read to its end: the whole DMTF schema has a quarter of them.
const MAX_TOKENS: usize = 4 << 20;

/// What a token is. The text of words and aliases is that of their span.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum TokenKind {
    /// A name or a keyword: keywords are known only by their place, because `Key` or `Schema` may be names, too.
    Word,
    /// `$Name`
    Alias,
    Integer(i128),
    Real(f64),
    Char(u16),
    /// One quoted piece; neighbours are joined by the parser.
    String(String),
    /// `#pragma`
    Pragma,
    /// One of `{}()[];:,=`.
    Symbol(char),
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    pub(crate) span: Span,
    /// Whether it is the first one on its line.
    pub(crate) starts_line: bool,
    /// Whether it has a mistake, which is reported: what it was meant to be is a guess.
    pub(crate) faulty: bool,
}

/// A file's tokens.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// All tokens; the last one is [`TokenKind::End`].
    pub(crate) list: Vec<Token>,
    /// Whether the file goes on behind the last token, unread: a comment is not closed, for example. This is reported.
    pub(crate) cut: bool,
}

/// Splits a file into tokens.
pub(crate) fn tokenize(file: u32, text: &str, sink: &mut Sink) -> Tokens {
    let mut lexer = Lexer { file, text, position: 0, cut: false, sink };
    let mut list: Vec<Token> = Vec::with_capacity((text.len() / 8).min(MAX_TOKENS));
    loop {
        let starts_line = lexer.skip_blanks() || list.is_empty();
        let (start, errors) = (lexer.position, lexer.sink.errors());
        let Some(kind) = lexer.token() else { continue };
        let end = kind == TokenKind::End;
        let faulty = lexer.sink.errors() > errors;
        list.push(Token { kind, span: lexer.span(start), starts_line, faulty });
        if end {
            return Tokens { list, cut: lexer.cut };
        }
        if list.len() == MAX_TOKENS {
            lexer.give_up();
        }
    }
}

struct Lexer<'a> {
    file: u32,
    text: &'a str,
    position: usize,
    cut: bool,
    sink: &'a mut Sink,
}

impl Lexer<'_> {
    fn rest(&self) -> &str {
        &self.text[self.position..]
    }

    fn byte(&self, ahead: usize) -> u8 {
        self.text.as_bytes().get(self.position + ahead).copied().unwrap_or(0)
    }

    fn span(&self, start: usize) -> Span {
        Span { file: self.file, start: start as u32, end: self.position as u32 }
    }

    /// Moves over everything for which the test holds.
    fn skip_while(&mut self, test: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.position += rest.find(|character| !test(character)).unwrap_or(rest.len());
    }

    /// Moves over white space and comments; says whether a line ended.
    fn skip_blanks(&mut self) -> bool {
        let start = self.position;
        loop {
            self.skip_while(|character| character.is_whitespace() || character == '\u{1A}');
            match (self.byte(0), self.byte(1)) {
                (b'/', b'/') => self.skip_while(|character| character != '\n'),
                (b'/', b'*') => self.skip_block_comment(),
                _ => return self.text[start..self.position].contains('\n'),
            }
        }
    }

    fn skip_block_comment(&mut self) {
        let start = self.position;
        self.position += 2;
        match self.rest().find("*/") {
            Some(length) => self.position += length + 2,
            None => {
                let opening = self.span(start);
                self.sink.error(opening, "the comment is not closed").label("expected a `*/` after this");
                self.position = self.text.len();
                self.cut = true;
            }
        }
    }

    /// Reads no further.
    fn give_up(&mut self) {
        let rest = self.span(self.position);
        self.sink.error(rest, format!("the file has more than {MAX_TOKENS} words and signs; the rest is not read"));
        self.position = self.text.len();
        self.cut = true;
    }

    /// The next token; `None` when what stands here is no token and has been reported.
    fn token(&mut self) -> Option<TokenKind> {
        let start = self.position;
        let Some(first) = self.rest().chars().next() else { return Some(TokenKind::End) };
        match first {
            '{' | '}' | '(' | ')' | '[' | ']' | ';' | ':' | ',' | '=' => {
                self.position += 1;
                Some(TokenKind::Symbol(first))
            }
            '"' => Some(self.string()),
            '\'' => Some(self.character()),
            '0'..='9' => Some(self.number()),
            '+' | '-' if self.byte(1).is_ascii_digit() || self.byte(1) == b'.' => Some(self.number()),
            '.' if self.byte(1).is_ascii_digit() => Some(self.number()),
            '#' => self.pragma(),
            '$' => {
                self.position += 1;
                self.skip_while(is_word);
                self.check_name(start + 1).then_some(TokenKind::Alias)
            }
            _ if is_word(first) => {
                self.skip_while(is_word);
                self.check_name(start);
                Some(TokenKind::Word)
            }
            _ => {
                self.skip_while(is_stray);
                self.position = self.position.max(start + first.len_utf8());
                let stray = self.span(start);
                self.sink.error(stray, "this is not part of the MOF language");
                None
            }
        }
    }

    /// Whether there is a name; its faults are reported.
    fn check_name(&mut self, start: usize) -> bool {
        let name = &self.text[start..self.position];
        let span = self.span(start);
        if name.is_empty() {
            self.sink.error(span, "expected a name after `$`");
        } else if !name.is_ascii() {
            self.sink
                .error(span, "a name has characters that MI does not allow")
                .label("allowed are ASCII letters, digits and `_`");
        } else if name.len() > MAX_NAME {
            let message = format!("a name has {} characters, but MI allows {MAX_NAME}", name.len());
            self.sink.error(span, message);
        }
        !name.is_empty()
    }

    fn pragma(&mut self) -> Option<TokenKind> {
        let start = self.position;
        self.position += 1;
        self.skip_while(|character| character == ' ' || character == '\t');
        let word = self.position;
        self.skip_while(is_word);
        let (name, span) = (&self.text[word..self.position], self.span(start));
        if name.eq_ignore_ascii_case("pragma") {
            return Some(TokenKind::Pragma);
        }
        if PREPROCESSOR.contains(&name) {
            // What follows is not MOF before the preprocessor has seen it.
            self.sink
                .error(span, "MOF has no preprocessor; from here the file is not read")
                .help("give the text to a C preprocessor first, as in `cpp -P FILE`; files are included by `#pragma include(\"FILE\")`");
            self.position = self.text.len();
            self.cut = true;
            return None;
        }
        self.sink.error(span, "an unknown directive").label("expected `#pragma`").suggest(name, ["pragma"]);
        None
    }

    fn number(&mut self) -> TokenKind {
        let start = self.position;
        if matches!(self.byte(0), b'+' | b'-') {
            self.position += 1;
        }
        let hexadecimal = self.byte(0) == b'0' && matches!(self.byte(1), b'x' | b'X');
        loop {
            self.skip_while(|character| is_word(character) || character == '.');
            let exponent = !hexadecimal && self.text[start..self.position].ends_with(['e', 'E']);
            if !(exponent && matches!(self.byte(0), b'+' | b'-') && self.byte(1).is_ascii_digit()) {
                break;
            }
            self.position += 1;
        }
        match literal::number(&self.text[start..self.position]) {
            Ok(kind) => kind,
            Err(expected) => {
                let span = self.span(start);
                self.sink.error(span, "not a number of MOF").label(expected);
                TokenKind::Integer(0)
            }
        }
    }
}

/// Whether a character belongs to a name. Non-ASCII ones are taken along so that one error covers the whole name.
fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Characters that start no token: reported together when several stand in a row.
fn is_stray(character: char) -> bool {
    !character.is_whitespace() && !is_word(character) && !"{}()[];:,=\"'#$/+-.".contains(character)
}

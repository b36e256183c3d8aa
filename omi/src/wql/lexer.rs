//! The text of a query as words, strings, numbers and signs.

use super::{Literal, MAX_TEXT, Operator};
use crate::{Error, Result};
use std::fmt;
use std::iter::Peekable;
use std::str::CharIndices;

/// The words that are no names.
const RESERVED: [&str; 12] =
    ["SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IS", "NULL", "LIKE", "ISA", "TRUE", "FALSE"];

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// One of [`RESERVED`], in capitals.
    Keyword(&'static str),
    /// An identifier, or several with dots between them.
    Name(String),
    Text(String),
    Number(Literal),
    Operator(Operator),
    Star,
    Comma,
    Open,
    Close,
    End,
}

/// A token and the column of its first character.
#[derive(Clone, Debug)]
pub(super) struct Lexeme {
    pub(super) token: Token,
    pub(super) column: usize,
}

/// How messages say what was found.
impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Keyword(word) => f.write_str(word),
            Self::Name(name) => f.write_str(&shortened(name)),
            Self::Text(text) => write!(f, "the string {:?}", shortened(text)),
            Self::Number(number) => write!(f, "{number}"),
            Self::Operator(operator) => write!(f, "{operator}"),
            Self::Star => f.write_str("*"),
            Self::Comma => f.write_str("a comma"),
            Self::Open => f.write_str("("),
            Self::Close => f.write_str(")"),
            Self::End => f.write_str("the end"),
        }
    }
}

/// The start of a text that may be long, for messages.
pub(super) fn shortened(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// An error at a column.
pub(super) fn wrong(column: usize, message: impl fmt::Display) -> Error {
    Error::invalid_query(format!("column {column}: {message}"))
}

/// Refuses a text over [`MAX_TEXT`].
pub(super) fn check_size(text: &str) -> Result<()> {
    match text.len() {
        0..=MAX_TEXT => Ok(()),
        size => Err(Error::invalid_query(format!("the query has {size} bytes; at most {MAX_TEXT} are allowed"))),
    }
}

/// All tokens, with [`Token::End`] as the last.
pub(super) fn tokens(text: &str) -> Result<Vec<Lexeme>> {
    check_size(text)?;
    let mut lexer = Lexer { text, rest: text.char_indices().peekable(), column: 1 };
    let mut found = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let column = lexer.column;
        let token = lexer.token()?;
        let end = token == Token::End;
        found.push(Lexeme { token, column });
        if end {
            return Ok(found);
        }
    }
}

/// The number that the whole text spells: decimal or `0x` hexadecimal, or a finite real. A whole number too large for
/// [`Literal::Integer`] is a real as well, far from all that CIM integers hold.
pub(super) fn number(text: &str) -> Option<Literal> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let magnitude = match digits.strip_prefix("0x").or_else(|| digits.strip_prefix("0X")) {
        Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => i128::from_str_radix(hex, 16).ok()?,
        None if digits.bytes().all(|byte| byte.is_ascii_digit()) => match digits.parse() {
            Ok(magnitude) => magnitude,
            Err(_) => return real(text).map(Literal::Real),
        },
        _ => return real(text).map(Literal::Real),
    };
    Some(Literal::Integer(if text.starts_with('-') { -magnitude } else { magnitude }))
}

fn real(text: &str) -> Option<f64> {
    // Rust also reads words such as "inf", which are no numbers here.
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite())
}

struct Lexer<'a> {
    text: &'a str,
    rest: Peekable<CharIndices<'a>>,
    /// Of the next character.
    column: usize,
}

impl<'a> Lexer<'a> {
    fn peek(&mut self) -> Option<char> {
        self.rest.peek().map(|&(_, next)| next)
    }

    fn next(&mut self) -> Option<char> {
        let (_, next) = self.rest.next()?;
        self.column += 1;
        Some(next)
    }

    fn next_is(&mut self, wanted: char) -> bool {
        let is = self.peek() == Some(wanted);
        if is {
            self.next();
        }
        is
    }

    /// The byte offset of the next character.
    fn offset(&mut self) -> usize {
        self.rest.peek().map_or(self.text.len(), |&(offset, _)| offset)
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'a str {
        let start = self.offset();
        while self.peek().is_some_and(&wanted) {
            self.next();
        }
        let end = self.offset();
        &self.text[start..end]
    }

    fn token(&mut self) -> Result<Token> {
        let column = self.column;
        let Some(first) = self.peek() else { return Ok(Token::End) };
        if starts_name(first) {
            return self.name();
        }
        if first.is_ascii_digit() || matches!(first, '+' | '-' | '.') {
            return self.number();
        }
        self.next();
        Ok(match first {
            '\'' | '"' => return self.string(first, column),
            '*' => Token::Star,
            ',' => Token::Comma,
            '(' => Token::Open,
            ')' => Token::Close,
            '=' => Token::Operator(Operator::Equal),
            '!' if self.next_is('=') => Token::Operator(Operator::NotEqual),
            '<' if self.next_is('>') => Token::Operator(Operator::NotEqual),
            '<' if self.next_is('=') => Token::Operator(Operator::LessOrEqual),
            '<' => Token::Operator(Operator::Less),
            '>' if self.next_is('=') => Token::Operator(Operator::GreaterOrEqual),
            '>' => Token::Operator(Operator::Greater),
            other => return Err(wrong(column, format_args!("{other:?} has no meaning in WQL"))),
        })
    }

    fn name(&mut self) -> Result<Token> {
        let column = self.column;
        let word = self.take_while(|it| starts_name(it) || it.is_numeric() || it == '.');
        if let Some(keyword) = RESERVED.into_iter().find(|keyword| keyword.eq_ignore_ascii_case(word)) {
            return Ok(Token::Keyword(keyword));
        }
        if word.split('.').all(|part| part.starts_with(starts_name)) {
            Ok(Token::Name(word.to_owned()))
        } else {
            Err(wrong(column, format_args!("{} is not a property name", shortened(word))))
        }
    }

    fn number(&mut self) -> Result<Token> {
        let (column, start) = (self.column, self.offset());
        self.next();
        loop {
            let part = self.take_while(|it| starts_name(it) || it.is_numeric() || it == '.');
            // A sign belongs to the number only after the e of its exponent.
            let exponent = part.ends_with(['e', 'E']) && matches!(self.peek(), Some('+' | '-'));
            if !exponent {
                break;
            }
            self.next();
        }
        let end = self.offset();
        let word = &self.text[start..end];
        number(word)
            .map(Token::Number)
            .ok_or_else(|| wrong(column, format_args!("{} is not a number", shortened(word))))
    }

    /// The rest of a string whose opening quote is read.
    fn string(&mut self, quote: char, column: usize) -> Result<Token> {
        let mut text = String::new();
        loop {
            let at = self.column;
            match self.next() {
                Some('\\') => text.push(self.escape(at)?),
                Some(next) if next != quote => text.push(next),
                Some(_) if self.next_is(quote) => text.push(quote),
                Some(_) => return Ok(Token::Text(text)),
                None => return Err(wrong(column, format_args!("the string has no closing {quote}"))),
            }
        }
    }

    /// The character that an escape stands for whose backslash is read.
    fn escape(&mut self, column: usize) -> Result<char> {
        match self.next() {
            Some(same @ ('\\' | '\'' | '"')) => Ok(same),
            Some('n') => Ok('\n'),
            Some('r') => Ok('\r'),
            Some('t') => Ok('\t'),
            Some('b') => Ok('\u{8}'),
            Some('f') => Ok('\u{c}'),
            _ => Err(wrong(column, "a backslash in a string is written \\\\")),
        }
    }
}

fn starts_name(first: char) -> bool {
    first == '_' || first.is_alphabetic()
}

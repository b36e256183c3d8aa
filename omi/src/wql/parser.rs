//! The grammar: tokens to a query.

use super::lexer::{self, Lexeme, Token, shortened, wrong};
use super::{Condition, Literal, MAX_DEPTH, Operator, Pattern};
use crate::{Error, Result};
use std::time::Duration;

/// The name by which ISA asks about the instance itself.
const THIS: &str = "__this";

/// The word before the seconds. Not reserved, as the one place where it may stand takes no name.
const WITHIN: &str = "WITHIN";

/// The parts of a SELECT.
pub(super) struct Query {
    pub(super) class: String,
    pub(super) properties: Option<Vec<String>>,
    pub(super) within: Option<Duration>,
    pub(super) condition: Option<Condition>,
}

/// A whole query.
pub(super) fn query(text: &str) -> Result<Query> {
    let mut parser = Parser::new(text)?;
    parser.expect(Token::Keyword("SELECT"), "SELECT")?;
    let properties = parser.properties()?;
    parser.expect(Token::Keyword("FROM"), "FROM or a comma")?;
    let class = parser.class()?;
    let within = parser.within()?;
    let condition = match parser.accept(&Token::Keyword("WHERE")) {
        true => Some(parser.last_condition()?),
        false => {
            let expected = if within.is_some() { "WHERE or the end" } else { "WITHIN, WHERE or the end" };
            parser.expect(Token::End, expected).map(|()| None)?
        }
    };
    Ok(Query { class, properties, within, condition })
}

/// A condition on its own.
pub(super) fn condition(text: &str) -> Result<Condition> {
    Parser::new(text)?.last_condition()
}

/// A class name on its own.
pub(super) fn class_name(text: &str) -> Result<String> {
    match lone_name(text) {
        Some(name) if !name.contains('.') => Ok(name),
        _ => Err(Error::invalid_query(format!("{:?} is not a class name", shortened(text)))),
    }
}

/// Property names that are already apart.
pub(super) fn property_names(names: &[String]) -> Result<Vec<String>> {
    if names.is_empty() {
        return Err(Error::invalid_query("the list of properties is empty; name one, or select all"));
    }
    let name = |text: &String| {
        lone_name(text).ok_or_else(|| Error::invalid_query(format!("{:?} is not a property name", shortened(text))))
    };
    names.iter().map(name).collect()
}

/// The name that a text consists of.
fn lone_name(text: &str) -> Option<String> {
    match lexer::tokens(text).ok()?.as_slice() {
        [Lexeme { token: Token::Name(name), .. }, _] => Some(name.clone()),
        _ => None,
    }
}

struct Parser {
    lexemes: Vec<Lexeme>,
    at: usize,
    /// How many parentheses and NOTs are open.
    depth: usize,
}

impl Parser {
    fn new(text: &str) -> Result<Self> {
        Ok(Self { lexemes: lexer::tokens(text)?, at: 0, depth: 0 })
    }

    fn peek(&self) -> &Token {
        &self.lexemes[self.at].token
    }

    fn column(&self) -> usize {
        self.lexemes[self.at].column
    }

    /// The next token; the end stays where it is.
    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        if token != Token::End {
            self.at += 1;
        }
        token
    }

    fn accept(&mut self, wanted: &Token) -> bool {
        let is = self.peek() == wanted;
        if is {
            self.next();
        }
        is
    }

    fn expect(&mut self, wanted: Token, expected: &str) -> Result<()> {
        if self.accept(&wanted) { Ok(()) } else { Err(self.unexpected(expected)) }
    }

    /// The error that the next token is none of what may stand here.
    fn unexpected(&self, expected: impl std::fmt::Display) -> Error {
        wrong(self.column(), format_args!("expected {expected}, found {}", self.peek()))
    }

    fn name(&mut self, expected: &str) -> Result<String> {
        match self.peek() {
            Token::Name(name) => {
                let name = name.clone();
                self.next();
                Ok(name)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    fn class(&mut self) -> Result<String> {
        let column = self.column();
        let name = self.name("a class name after FROM")?;
        if name.contains('.') {
            return Err(wrong(column, format_args!("{} is not a class name", shortened(&name))));
        }
        Ok(name)
    }

    /// `WITHIN seconds`, if it stands here.
    fn within(&mut self) -> Result<Option<Duration>> {
        match self.peek() {
            Token::Name(word) if word.eq_ignore_ascii_case(WITHIN) => self.next(),
            _ => return Ok(None),
        };
        let seconds = match *self.peek() {
            Token::Number(Literal::Integer(seconds)) => seconds as f64,
            Token::Number(Literal::Real(seconds)) => seconds,
            _ => return Err(self.unexpected(format_args!("a number of seconds after {WITHIN}"))),
        };
        match Duration::try_from_secs_f64(seconds) {
            Ok(within) if !within.is_zero() => {
                self.next();
                Ok(Some(within))
            }
            _ => Err(self.unexpected(format_args!("a number of seconds above 0 after {WITHIN}"))),
        }
    }

    fn properties(&mut self) -> Result<Option<Vec<String>>> {
        if self.accept(&Token::Star) {
            return Ok(None);
        }
        let mut names = vec![self.name("* or a property name")?];
        while self.accept(&Token::Comma) {
            names.push(self.name("a property name after the comma")?);
        }
        Ok(Some(names))
    }

    /// A condition that nothing may follow.
    fn last_condition(&mut self) -> Result<Condition> {
        let condition = self.disjunction()?;
        self.expect(Token::End, "AND, OR or the end")?;
        Ok(condition)
    }

    fn disjunction(&mut self) -> Result<Condition> {
        self.joined("OR", Self::conjunction, Condition::Or)
    }

    fn conjunction(&mut self) -> Result<Condition> {
        self.joined("AND", Self::negation, Condition::And)
    }

    /// One term, or several with a keyword between them.
    fn joined(
        &mut self,
        keyword: &'static str,
        term: fn(&mut Self) -> Result<Condition>,
        join: fn(Vec<Condition>) -> Condition,
    ) -> Result<Condition> {
        let first = term(self)?;
        if *self.peek() != Token::Keyword(keyword) {
            return Ok(first);
        }
        let mut terms = vec![first];
        while self.accept(&Token::Keyword(keyword)) {
            terms.push(term(self)?);
        }
        Ok(join(terms))
    }

    fn negation(&mut self) -> Result<Condition> {
        if self.accept(&Token::Keyword("NOT")) {
            return self.nested(|parser| Ok(Condition::Not(Box::new(parser.negation()?))));
        }
        if self.accept(&Token::Open) {
            return self.nested(|parser| {
                let inside = parser.disjunction()?;
                parser.expect(Token::Close, "AND, OR or )")?;
                Ok(inside)
            });
        }
        self.comparison()
    }

    /// Goes one level deeper, as far as that is allowed: each level takes stack.
    fn nested(&mut self, inside: impl FnOnce(&mut Self) -> Result<Condition>) -> Result<Condition> {
        if self.depth == MAX_DEPTH {
            let message = format!("parentheses and NOTs stand more than {MAX_DEPTH} deep inside each other");
            return Err(wrong(self.column(), message));
        }
        self.depth += 1;
        let condition = inside(self)?;
        self.depth -= 1;
        Ok(condition)
    }

    fn comparison(&mut self) -> Result<Condition> {
        if let Token::Name(property) = self.peek() {
            let property = property.clone();
            self.next();
            return self.about(property);
        }
        let column = self.column();
        let value = self.value("a property name")?;
        let operator = self.operator("=, <>, <, <=, > or >=")?;
        let property = self.name(&format!("a property name after {operator}, since a constant stands before it"))?;
        compare(property, operator.mirrored(), value, column)
    }

    /// The rest of a comparison that starts with a property.
    fn about(&mut self, property: String) -> Result<Condition> {
        if self.accept(&Token::Keyword("ISA")) {
            return self.is_a(property);
        }
        if property.eq_ignore_ascii_case(THIS) {
            return Err(self.unexpected(format_args!("ISA after {THIS}")));
        }
        if self.accept(&Token::Keyword("IS")) {
            let negated = self.accept(&Token::Keyword("NOT"));
            self.expect(Token::Keyword("NULL"), if negated { "NULL" } else { "NULL or NOT NULL" })?;
            return Ok(Condition::IsNull { property, negated });
        }
        if self.accept(&Token::Keyword("NOT")) {
            self.expect(Token::Keyword("LIKE"), "LIKE")?;
            return Ok(Condition::Not(Box::new(self.like(property)?)));
        }
        if self.accept(&Token::Keyword("LIKE")) {
            return self.like(property);
        }
        let operator = self.operator("a comparison such as =, <, LIKE or IS NULL")?;
        let column = self.column();
        let value = self.value(&format!("a value after {operator}"))?;
        compare(property, operator, value, column)
    }

    fn operator(&mut self, expected: &str) -> Result<Operator> {
        match *self.peek() {
            Token::Operator(operator) => {
                self.next();
                Ok(operator)
            }
            _ => Err(self.unexpected(expected)),
        }
    }

    /// A constant; `None` is NULL.
    fn value(&mut self, expected: &str) -> Result<Option<Literal>> {
        let value = match self.peek() {
            Token::Text(text) => Some(Literal::String(text.clone())),
            Token::Number(number) => Some(number.clone()),
            Token::Keyword("TRUE") => Some(Literal::Boolean(true)),
            Token::Keyword("FALSE") => Some(Literal::Boolean(false)),
            Token::Keyword("NULL") => None,
            // The usual slip, in shells above all.
            Token::Name(_) => {
                return Err(self.unexpected(format_args!("{expected} (a string needs quotes)")));
            }
            _ => return Err(self.unexpected(expected)),
        };
        self.next();
        Ok(value)
    }

    fn like(&mut self, property: String) -> Result<Condition> {
        let Token::Text(text) = self.peek() else { return Err(self.unexpected("a pattern in quotes after LIKE")) };
        let pattern =
            Pattern::parse(text).map_err(|reason| wrong(self.column(), format_args!("in the pattern, {reason}")))?;
        self.next();
        Ok(Condition::Like { property, pattern })
    }

    fn is_a(&mut self, property: String) -> Result<Condition> {
        let (Token::Text(class) | Token::Name(class)) = self.peek() else {
            return Err(self.unexpected("a class name after ISA"));
        };
        let class = class.clone();
        self.next();
        let property = (!property.eq_ignore_ascii_case(THIS)).then_some(property);
        Ok(Condition::IsA { property, class })
    }
}

/// A comparison with a constant at the given column; `None` is NULL.
fn compare(property: String, operator: Operator, value: Option<Literal>, column: usize) -> Result<Condition> {
    match (operator, value) {
        (_, Some(value)) => Ok(Condition::Compare { property, operator, value }),
        (Operator::Equal, None) => Ok(Condition::IsNull { property, negated: false }),
        (Operator::NotEqual, None) => Ok(Condition::IsNull { property, negated: true }),
        _ => Err(wrong(column, "NULL compares by =, <>, IS and IS NOT only")),
    }
}

//! Declarations: pragmas, qualifier declarations and instances.

use super::{Failed, Parsed, Parser};
use crate::lexer::TokenKind;
use crate::lint::Lint;
use crate::syntax::{Declaration, InstanceDeclaration, Literal, LiteralKind, Name, QualifierDeclaration};
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

impl Parser<'_> {
    pub(super) fn declaration(&mut self) -> Parsed<Option<Declaration>> {
        if self.take_symbol(';') {
            return Ok(None);
        }
        if self.peek().kind == TokenKind::Pragma {
            return self.pragma();
        }
        if self.take_keyword("qualifier") {
            return Ok(self.qualifier_declaration()?.map(Declaration::Qualifier));
        }
        let qualifiers = self.qualifier_list()?;
        if self.take_keyword("class") {
            return self.class(qualifiers).map(|class| Some(Declaration::Class(class)));
        }
        if self.is_instance() {
            return self.instance(true).map(|instance| Some(Declaration::Instance(instance)));
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
            if self.is_declaration() || self.is_end() {
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
    fn qualifier_declaration(&mut self) -> Parsed<Option<QualifierDeclaration>> {
        let name = self.name("the name of the qualifier")?;
        self.expect_symbol(':', "and a type after the name of the qualifier")?;
        let kind = self.name("a data type")?;
        let Some(primitive) = Primitive::from_name(&kind.text) else { return self.default_flavors(&kind) };
        let arity = self.brackets()?;
        let default = if self.take_symbol('=') { Some(self.value()?) } else { None };
        let (mut scopes, mut flavors) = (Vec::new(), Vec::new());
        while self.take_symbol(',') {
            if self.take_keyword("scope") {
                scopes = self.word_list()?;
            } else if self.take_keyword("flavor") {
                flavors = self.word_list()?;
            } else {
                return Err(self.expected_one_of("`Scope(...)` or `Flavor(...)`", &["Scope", "Flavor"]));
            }
        }
        if scopes.is_empty() {
            let message = format!("the qualifier `{}` has no scope", name.text);
            self.sink.error(name.span, message).help("say where it may stand: `Scope(class, property)`, `Scope(any)`");
        }
        self.expect_end("after the declaration of a qualifier")?;
        Ok(Some(QualifierDeclaration { name, primitive, arity, default, scopes, flavors }))
    }

    /// WMI's `Qualifier Key : ToInstance ToSubclass;`: the flavors of uses that follow. They say nothing about a schema
    /// that its qualifier declarations do not say.
    fn default_flavors(&mut self, first: &Name) -> Parsed<Option<QualifierDeclaration>> {
        const FLAVORS: [&str; 6] =
            ["ToInstance", "ToSubclass", "Amended", "EnableOverride", "DisableOverride", "Restricted"];
        if !FLAVORS.iter().any(|flavor| flavor.eq_ignore_ascii_case(&first.text)) {
            self.sink
                .error(first.span, format!("unknown data type `{}`", first.text))
                .label("expected a type like `uint32` or `string[]`")
                .suggest(&first.text, Primitive::ALL.map(Primitive::name));
            return Err(Failed);
        }
        while self.peek().kind == TokenKind::Word {
            self.take();
        }
        self.expect_end("after the flavors of a qualifier")?;
        self.sink
            .lint(Lint::WmiSyntax, first.span, "only WMI declares the flavors of a qualifier without its type")
            .label("this has no effect");
        Ok(None)
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

    /// `instance of X as $Alias { ... }`, which is a declaration or, as WMI writes it, an embedded instance.
    pub(super) fn instance(&mut self, is_declaration: bool) -> Parsed<InstanceDeclaration> {
        self.take();
        self.take();
        let class = self.name("the name of a class")?;
        let alias = if self.take_keyword("as") { Some(self.alias()?) } else { None };
        self.expect_symbol('{', "before the values of the instance")?;
        let mut values = Vec::new();
        let complete = self.body("instance", is_declaration, |parser| {
            values.push(parser.property_value()?);
            Ok(())
        });
        Ok(InstanceDeclaration { class, alias, values, incomplete: !complete })
    }

    /// `Name = value;`
    fn property_value(&mut self) -> Parsed<(Name, Literal)> {
        self.qualifier_list()?;
        let name = self.name("the name of a property")?;
        if self.take_symbol(';') {
            self.sink
                .lint(Lint::WmiSyntax, name.span, "only WMI allows a property without a value")
                .label("taken as NULL")
                .help(format!("write `{} = NULL;`", name.text));
            let value = Literal { kind: LiteralKind::Null, span: name.span };
            return Ok((name, value));
        }
        self.expect_symbol('=', "after the name of the property")?;
        let value = self.value()?;
        self.expect_end("after the value of a property")?;
        Ok((name, value))
    }

    /// `[]`, `[n]` or nothing.
    pub(super) fn brackets(&mut self) -> Parsed<Arity> {
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
}

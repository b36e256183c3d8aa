//! Classes, properties, methods and parameters.

use super::{Parsed, Parser};
use crate::lexer::TokenKind;
use crate::lint::Lint;
use crate::syntax::{ClassDeclaration, Element, MethodDeclaration, QualifierUse, TypeName};
use crate::types::{Arity, Primitive};

impl Parser<'_> {
    /// `Name as $Alias : Superclass { ... };` behind the keyword.
    pub(super) fn class(&mut self, qualifiers: Vec<QualifierUse>) -> Parsed<ClassDeclaration> {
        let name = self.name("the name of the class")?;
        // DSP0004 has aliases of classes, but nothing that could use them.
        if self.take_keyword("as") {
            self.alias()?;
        }
        let superclass = if self.take_symbol(':') { Some(self.name("the name of the superclass")?) } else { None };
        self.expect_symbol('{', "before the properties and methods of the class")?;
        let (mut properties, mut methods) = (Vec::new(), Vec::new());
        let complete = self.body("class", true, |parser| parser.feature(&mut properties, &mut methods));
        Ok(ClassDeclaration { qualifiers, name, superclass, properties, methods, incomplete: !complete })
    }

    /// A property, a reference or a method.
    fn feature(&mut self, properties: &mut Vec<Element>, methods: &mut Vec<MethodDeclaration>) -> Parsed<()> {
        let mut element = self.element("a property or method")?;
        if self.is_symbol('(') && element.arity == Arity::Scalar {
            let parameters = self.parameters()?;
            self.expect_end("after a method")?;
            methods.push(MethodDeclaration { element, parameters });
            return Ok(());
        }
        element.default = if self.take_symbol('=') { Some(self.value()?) } else { None };
        self.expect_end("after a property")?;
        properties.push(element);
        Ok(())
    }

    fn parameters(&mut self) -> Parsed<Vec<Element>> {
        self.take();
        let mut parameters = Vec::new();
        if self.take_symbol(')') {
            return Ok(parameters);
        }
        loop {
            parameters.push(self.parameter()?);
            if self.take_symbol(')') {
                return Ok(parameters);
            }
            self.expect_symbol(',', "or `)` after a parameter")?;
        }
    }

    fn parameter(&mut self) -> Parsed<Element> {
        let mut element = self.element("a parameter")?;
        if self.is_symbol('=') {
            let sign = self.take().span;
            element.default = Some(self.value()?);
            self.sink
                .lint(Lint::WmiSyntax, sign.to(self.previous()), "only WMI gives a parameter a default value")
                .label("this has no effect");
        }
        Ok(element)
    }

    /// `[qualifiers] type Name[]` or `[qualifiers] Class REF Name`.
    fn element(&mut self, what: &str) -> Parsed<Element> {
        let qualifiers = self.qualifier_list()?;
        if self.peek().kind != TokenKind::Word {
            return Err(self.expected(&format!("the type of {what}")));
        }
        let type_name = self.name("a type")?;
        let kind_span = type_name.span;
        let kind = match Primitive::from_name(&type_name.text) {
            Some(primitive) => TypeName::Primitive(primitive),
            None if self.take_keyword("ref") => TypeName::Reference(type_name),
            None if type_name.text.eq_ignore_ascii_case("object") => TypeName::Object,
            None => TypeName::Named(type_name),
        };
        let name = self.name(&format!("the name of {what}"))?;
        let arity = self.brackets()?;
        Ok(Element { qualifiers, kind, kind_span, name, arity, default: None })
    }
}

//! Rust: for each class its declaration as constant data, a struct of its properties, and a module with its methods
//! and with the types of its value maps.

mod builder;
mod declaration;
mod doc;
mod literal;
mod method;
mod structure;
mod values;

use super::names::{ClassName, ClassNames, Distinct, camel};
use super::writer::Writer;
use crate::model::{Class, Schema};
use crate::types::{ElementType, Primitive, Type};
use builder::KEYS;
use std::collections::HashSet;
use values::Values;

/// The Rust text for a schema, to be included in a module of a crate that depends on `omi`.
pub fn rust(schema: &Schema) -> String {
    let generator = Generator {
        schema,
        names: ClassNames::new(schema),
        embedded: embedded_classes(schema),
        values: Values::new(schema),
    };
    let mut out = Writer::default();
    out.line("// Made from MOF by omi-mof. Change the MOF, not this file.");
    out.line("");
    generator.declarations(&mut out);
    for class in schema.classes() {
        if generator.has_struct(class) {
            generator.structure(class, &mut out);
        }
        generator.module(class, &mut out);
    }
    out.finish()
}

/// What every part of the generator needs.
struct Generator<'a> {
    schema: &'a Schema,
    names: ClassNames,
    /// The classes of embedded instances.
    embedded: HashSet<&'a str>,
    values: Values<'a>,
}

impl Generator<'_> {
    fn names(&self, class: &Class) -> &ClassName {
        self.names.of(&class.name)
    }

    /// Abstract classes have no instances, unless somebody embeds one.
    fn has_struct(&self, class: &Class) -> bool {
        !class.is_abstract() || self.embedded.contains(class.name.as_str())
    }

    /// The module of a class: its methods, and the types of its value maps.
    fn module(&self, class: &Class, out: &mut Writer) {
        let mut inner = Writer::nested(out);
        self.values(class, &mut inner);
        if self.has_struct(class) {
            self.keys_struct(class, &mut inner);
            self.method_structs(class, &mut inner);
        }
        if inner.is_empty() {
            return;
        }
        out.line("");
        out.line(format!("/// Keys, methods and named values of `{}`.", class.name));
        out.line(format!("pub mod {} {{", self.names(class).module));
        out.append(inner);
        out.line("}");
    }
}

fn embedded_classes(schema: &Schema) -> HashSet<&str> {
    fn embedded(kind: &Type) -> Option<&str> {
        match &kind.element {
            ElementType::Instance(class) => class.as_deref(),
            _ => None,
        }
    }
    let properties = schema.classes().iter().flat_map(|class| &class.properties).map(|property| &property.kind);
    let methods = || schema.classes().iter().flat_map(|class| &class.methods);
    let parameters = methods().flat_map(|method| &method.parameters).map(|parameter| &parameter.kind);
    let returns = methods().map(|method| &method.returns);
    properties.chain(parameters).chain(returns).filter_map(embedded).collect()
}

/// The names of the structs for input and output of each method.
fn method_names(class: &Class) -> Vec<(String, String)> {
    let mut distinct = Distinct::default();
    distinct.type_name(KEYS.to_owned());
    let names = class.methods.iter().map(|method| {
        let input = distinct.type_name(camel(&method.name));
        let output = distinct.type_name(format!("{input}Output"));
        (input, output)
    });
    names.collect()
}

/// The Rust type of a value: `Vec<u32>`. `named` is the type of its value map.
fn rust_type(kind: &Type, named: Option<&str>) -> String {
    let element = match &kind.element {
        ElementType::Primitive(primitive) => named.unwrap_or(primitive_type(*primitive)),
        ElementType::Reference(_) | ElementType::Instance(_) => "::omi::Instance",
    };
    if kind.is_array() { format!("Vec<{element}>") } else { element.to_owned() }
}

fn primitive_type(primitive: Primitive) -> &'static str {
    match primitive {
        Primitive::Boolean => "bool",
        Primitive::Uint8 => "u8",
        Primitive::Sint8 => "i8",
        Primitive::Uint16 => "u16",
        Primitive::Sint16 => "i16",
        Primitive::Uint32 => "u32",
        Primitive::Sint32 => "i32",
        Primitive::Uint64 => "u64",
        Primitive::Sint64 => "i64",
        Primitive::Real32 => "f32",
        Primitive::Real64 => "f64",
        Primitive::Char16 => "::omi::Char16",
        Primitive::Datetime => "::omi::Datetime",
        Primitive::String => "String",
    }
}

//! Named values: constants for the value maps of integer properties, parameters and return values.

use super::{Generator, primitive_type};
use crate::generate::names::{Distinct, screaming, snake};
use crate::generate::writer::Writer;
use crate::literal::whole_number;
use crate::model::{Class, Method, Qualifiers};
use crate::types::{Primitive, Type};
use std::collections::HashSet;

/// A module of constants for one element of a class.
struct ValueModule<'a> {
    /// The module's name in Rust.
    rust: String,
    /// The element's name in CIM.
    cim: &'a str,
    /// The class whose declaration of the element is in force, and so has the constants.
    propagator: &'a str,
    constants: Vec<Constant>,
    /// For a method, the constants of its parameters.
    parameters: Vec<ValueModule<'a>>,
}

struct Constant {
    rust: String,
    text: String,
    kind: &'static str,
    number: i128,
}

impl Generator<'_> {
    /// One module for each element with named values; the superclass's own are only re-exported.
    pub(super) fn value_modules(&self, class: &Class, out: &mut Writer) {
        for module in modules(class) {
            if module.propagator == class.name {
                out.line("");
                write_module(&module, out);
                continue;
            }
            let Some(above) = self.schema.class(module.propagator) else { continue };
            let names = modules(above);
            let Some(origin) = names.iter().find(|other| other.cim.eq_ignore_ascii_case(module.cim)) else { continue };
            let path = format!("super::{}::{}", self.names(above).module, origin.rust);
            let renamed = if origin.rust == module.rust { String::new() } else { format!(" as {}", module.rust) };
            out.line(format!("pub use {path}{renamed};"));
        }
    }
}

fn modules(class: &Class) -> Vec<ValueModule<'_>> {
    let mut distinct = Distinct::default();
    let properties = class.properties.iter().map(|property| ValueModule {
        rust: snake(&property.name),
        cim: &property.name,
        propagator: &property.propagator,
        constants: constants(&property.kind, &property.qualifiers),
        parameters: Vec::new(),
    });
    let methods = class.methods.iter().map(|method| method_module(method));
    let all = properties.chain(methods).filter(|module| !(module.constants.is_empty() && module.parameters.is_empty()));
    all.map(|module| ValueModule { rust: distinct.name(module.rust), ..module }).collect()
}

fn method_module(method: &Method) -> ValueModule<'_> {
    let mut distinct = Distinct::default();
    let parameters = method.parameters.iter().map(|parameter| ValueModule {
        rust: distinct.name(snake(&parameter.name)),
        cim: &parameter.name,
        propagator: &method.propagator,
        constants: constants(&parameter.kind, &parameter.qualifiers),
        parameters: Vec::new(),
    });
    ValueModule {
        parameters: parameters.filter(|module| !module.constants.is_empty()).collect(),
        rust: snake(&method.name),
        cim: &method.name,
        propagator: &method.propagator,
        constants: constants(&method.returns, &method.qualifiers),
    }
}

fn write_module(module: &ValueModule<'_>, out: &mut Writer) {
    out.line(format!("/// The named values of `{}`.", module.cim));
    out.block(format!("pub mod {} {{", module.rust), "}", |out| {
        for Constant { rust, text, kind, number } in &module.constants {
            out.line(format!("/// `{text}`"));
            out.line(format!("pub const {rust}: {kind} = {number};"));
        }
        for parameter in &module.parameters {
            write_module(parameter, out);
        }
    });
}

/// The entries of a value map that are single numbers, the first of each name and of each number.
fn constants(kind: &Type, qualifiers: &Qualifiers) -> Vec<Constant> {
    let Some(primitive) = kind.primitive().filter(|primitive| primitive.integer_range().is_some()) else {
        return Vec::new();
    };
    let (numbers, texts) = (qualifiers.texts("ValueMap"), qualifiers.texts("Values"));
    let (mut names, mut used) = (HashSet::new(), HashSet::new());
    let named = numbers.iter().zip(texts).filter_map(|(number, text)| Some((whole_number(number)?, text)));
    named
        .filter(|(number, text)| text.contains(|letter: char| letter.is_ascii_alphanumeric()) && used.insert(*number))
        .map(|(number, text)| constant(primitive, number, text))
        .filter(|constant| names.insert(constant.rust.clone()))
        .collect()
}

fn constant(primitive: Primitive, number: i128, text: &str) -> Constant {
    let text_line = text.replace('`', "'").split_whitespace().collect::<Vec<_>>().join(" ");
    Constant { rust: screaming(text), text: text_line, kind: primitive_type(primitive), number }
}

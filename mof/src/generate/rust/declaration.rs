//! Class declarations: statics of type `omi::decl::ClassSpec`.

use super::Generator;
use super::literal::{c_string, literal, type_name};
use crate::generate::writer::Writer;
use crate::model::{Class, Flavor, Method, Parameter, Property, Qualifiers};
use crate::types::{Arity, ElementType, Type};
use std::sync::Arc;

impl Generator<'_> {
    /// The declarations stand in a module of their own, so that what they name cannot collide with a class.
    pub(super) fn declarations(&self, out: &mut Writer) {
        out.block("mod declarations {", "}", |out| {
            out.line("#[allow(unused_imports)] // a schema may have no methods, for example");
            out.line("use ::omi::decl::{ClassSpec, Literal, MethodSpec, ParameterSpec, PropertySpec, QualifierSpec};");
            out.line("#[allow(unused_imports)]");
            out.line("use ::omi::{Type, flags};");
            out.line("");
            out.line("/// All classes of the schema, each behind its superclass.");
            out.block("pub static CLASSES: &[&ClassSpec] = &[", "];", |out| {
                for class in self.schema.classes() {
                    out.line(format!("&{},", self.names(class).declaration));
                }
            });
            for class in self.schema.classes() {
                out.line("");
                self.declaration(class, out);
            }
        });
        out.line("");
        out.line("pub use declarations::*;");
    }

    fn declaration(&self, class: &Class, out: &mut Writer) {
        let base = self.schema.superclass(class);
        let superclass = match base {
            Some(base) => format!("Some(&{})", self.names(base).declaration),
            None => "None".to_owned(),
        };
        let set = [
            (class.is_association(), "ASSOCIATION"),
            (class.is_indication(), "INDICATION"),
            (class.is_abstract(), "ABSTRACT"),
            (class.is_terminal(), "TERMINAL"),
        ];
        out.line(format!("/// The declaration of `{}`.", class.name));
        out.block(format!("pub static {}: ClassSpec = ClassSpec {{", self.names(class).declaration), "};", |out| {
            out.line(format!("name: {},", c_string(&class.name)));
            out.line(format!("superclass: {superclass},"));
            out.line(format!("flags: {},", flags(&set)));
            qualifiers(&class.qualifiers, out);
            list("properties", class.properties.len(), out, |place, out| {
                let property = &class.properties[place];
                match base.filter(|base| is_shared(base.properties.get(place), property)) {
                    Some(base) => self.shared(base, "properties", place, &property.name, out),
                    None => property_spec(property, out),
                }
            });
            list("methods", class.methods.len(), out, |place, out| {
                let method = &class.methods[place];
                match base.filter(|base| is_shared(base.methods.get(place), method)) {
                    Some(base) => self.shared(base, "methods", place, &method.name, out),
                    None => method_spec(method, out),
                }
            });
        });
    }

    /// An element that is the superclass's, unchanged.
    fn shared(&self, base: &Class, list: &str, place: usize, name: &str, out: &mut Writer) {
        out.line(format!("{}.{list}[{place}], // {name}", self.names(base).declaration));
    }
}

fn is_shared<T>(above: Option<&Arc<T>>, own: &Arc<T>) -> bool {
    above.is_some_and(|above| Arc::ptr_eq(above, own))
}

/// `name: &[ ... ],`
fn list(name: &str, count: usize, out: &mut Writer, element: impl Fn(usize, &mut Writer)) {
    if count == 0 {
        return out.line(format!("{name}: &[],"));
    }
    out.block(format!("{name}: &["), "],", |out| (0..count).for_each(|place| element(place, out)));
}

fn property_spec(property: &Property, out: &mut Writer) {
    let set = [
        (property.is_key(), "KEY"),
        (property.is_required(), "REQUIRED"),
        (property.qualifiers.flag("Static"), "STATIC"),
        (property.qualifiers.flag("Expensive"), "EXPENSIVE"),
        (property.is_read_only(), "READ_ONLY"),
    ];
    let primitive = property.kind.primitive();
    let default = property.default.as_ref().and_then(|value| literal(value, primitive?, property.kind.arity));
    out.block("&PropertySpec {", "},", |out| {
        out.line(format!("name: {},", c_string(&property.name)));
        out.line(format!("flags: {},", flags(&set)));
        qualifiers(&property.qualifiers, out);
        type_fields(&property.kind, out);
        out.line(format!("origin: {},", c_string(&property.origin)));
        out.line(format!("propagator: {},", c_string(&property.propagator)));
        out.line(format!("default: {},", option(default)));
    });
}

fn method_spec(method: &Method, out: &mut Writer) {
    let set = [(method.is_static(), "STATIC"), (method.qualifiers.flag("Terminal"), "TERMINAL")];
    out.block("&MethodSpec {", "},", |out| {
        out.line(format!("name: {},", c_string(&method.name)));
        out.line(format!("flags: {},", flags(&set)));
        qualifiers(&method.qualifiers, out);
        out.line(format!("returns: Type::{},", kind_name(&method.returns)));
        list("parameters", method.parameters.len(), out, |place, out| parameter_spec(&method.parameters[place], out));
        out.line(format!("origin: {},", c_string(&method.origin)));
        out.line(format!("propagator: {},", c_string(&method.propagator)));
    });
}

fn parameter_spec(parameter: &Parameter, out: &mut Writer) {
    let set = [
        (parameter.is_in(), "IN"),
        (parameter.is_out(), "OUT"),
        (parameter.qualifiers.flag("Required"), "REQUIRED"),
        (parameter.qualifiers.flag("Stream"), "STREAM"),
    ];
    out.block("ParameterSpec {", "},", |out| {
        out.line(format!("name: {},", c_string(&parameter.name)));
        out.line(format!("flags: {},", flags(&set)));
        qualifiers(&parameter.qualifiers, out);
        type_fields(&parameter.kind, out);
    });
}

fn type_fields(kind: &Type, out: &mut Writer) {
    let subscript = match kind.arity {
        Arity::Fixed(count) => count,
        Arity::Scalar | Arity::Array => 0,
    };
    out.line(format!("kind: Type::{},", kind_name(kind)));
    out.line(format!("class_name: {},", option(kind.class_name().map(c_string))));
    out.line(format!("subscript: {subscript},"));
}

fn qualifiers(qualifiers: &Qualifiers, out: &mut Writer) {
    if qualifiers.is_empty() {
        return out.line("qualifiers: ::omi::qualifiers![],");
    }
    out.block("qualifiers: ::omi::qualifiers![", "],", |out| {
        for qualifier in qualifiers.iter() {
            let value = literal(&qualifier.value, qualifier.primitive, qualifier.arity);
            let value = value.unwrap_or_else(|| {
                // Only references and instances have values that are no constants, and no qualifier is one.
                format!("Literal::Null(Type::{})", type_name(qualifier.primitive, qualifier.arity))
            });
            out.line(format!(
                "QualifierSpec {{ name: {}, flavor: {}, value: {value} }},",
                c_string(&qualifier.name),
                flavor(qualifier.flavor)
            ));
        }
    });
}

fn flavor(flavor: Flavor) -> String {
    flags(&[
        (flavor.overridable, "ENABLE_OVERRIDE"),
        (!flavor.overridable, "DISABLE_OVERRIDE"),
        (flavor.to_subclass, "TO_SUBCLASS"),
        (!flavor.to_subclass, "RESTRICTED"),
        (flavor.translatable, "TRANSLATABLE"),
    ])
}

/// `flags::KEY | flags::REQUIRED`
fn flags(set: &[(bool, &str)]) -> String {
    let names: Vec<_> = set.iter().filter(|(is_set, _)| *is_set).map(|(_, name)| format!("flags::{name}")).collect();
    if names.is_empty() { "0".to_owned() } else { names.join(" | ") }
}

/// The variant of `omi::Type`.
fn kind_name(kind: &Type) -> String {
    let array = if kind.is_array() { "Array" } else { "" };
    match &kind.element {
        ElementType::Primitive(primitive) => type_name(*primitive, kind.arity),
        ElementType::Reference(_) => format!("Reference{array}"),
        ElementType::Instance(_) => format!("Instance{array}"),
    }
}

fn option(value: Option<String>) -> String {
    value.map_or_else(|| "None".to_owned(), |value| format!("Some({value})"))
}

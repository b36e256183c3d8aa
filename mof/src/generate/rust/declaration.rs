//! Class declarations: statics of type `omi::decl::ClassSpec`.

use super::Generator;
use super::literal::{c_string, literal, type_name};
use crate::generate::writer::Writer;
use crate::model::{Class, Flavor, Method, Parameter, Property, Qualifiers};
use crate::types::{Arity, ElementType, Type};

impl Generator<'_> {
    /// The declarations stand in a module of their own, so that what they name cannot collide with a class.
    pub(super) fn declarations(&self, out: &mut Writer) {
        out.block("mod declarations {", "}", |out| {
            out.line("#[allow(unused_imports)] // a schema may have no methods, for example");
            out.line("use ::omi::decl::{ClassSpec, Literal, MethodSpec, PropertySpec, QualifierSpec};");
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
        let open = format!("pub static {}: ClassSpec = ::omi::class_spec! {{", self.names(class).declaration);
        out.block(open, "};", |out| {
            out.line(format!("name: {},", c_string(&class.name)));
            out.line(format!("superclass: {superclass},"));
            out.line(format!("flags: {},", flags(&set)));
            qualifiers(&class.qualifiers, out);
            let properties = class.properties.iter().filter(|property| property.propagator == class.name);
            list("properties", &properties.collect::<Vec<_>>(), out, |property, out| property_spec(property, out));
            let methods = class.methods.iter().filter(|method| method.propagator == class.name);
            list("methods", &methods.collect::<Vec<_>>(), out, |method, out| method_spec(method, out));
        });
    }
}

/// `name: &[ ... ],`
fn list<T>(name: &str, items: &[T], out: &mut Writer, element: impl Fn(&T, &mut Writer)) {
    if items.is_empty() {
        return out.line(format!("{name}: &[],"));
    }
    out.block(format!("{name}: &["), "],", |out| items.iter().for_each(|item| element(item, out)));
}

/// What a property or a parameter has besides its name and its type.
struct Details<'a> {
    name: &'a str,
    kind: &'a Type,
    flags: String,
    qualifiers: &'a Qualifiers,
    default: Option<String>,
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
    let (name, kind, qualifiers) = (&property.name, &property.kind, &property.qualifiers);
    Details { name, kind, flags: flags(&set), qualifiers, default }.write(out);
}

fn parameter_spec(parameter: &Parameter, out: &mut Writer) {
    let set = [
        (parameter.is_in(), "IN"),
        (parameter.is_out(), "OUT"),
        (parameter.qualifiers.flag("Required"), "REQUIRED"),
        (parameter.qualifiers.flag("Stream"), "STREAM"),
    ];
    let (name, kind, qualifiers) = (&parameter.name, &parameter.kind, &parameter.qualifiers);
    Details { name, kind, flags: flags(&set), qualifiers, default: None }.write(out);
}

impl Details<'_> {
    fn write(&self, out: &mut Writer) {
        let new = format!("PropertySpec::new({}, Type::{})", c_string(self.name), kind_name(self.kind));
        out.block("PropertySpec {", "},", |out| {
            out.line(format!("flags: {},", self.flags));
            qualifiers(self.qualifiers, out);
            if let Some(class) = self.kind.class_name() {
                out.line(format!("class_name: Some({}),", c_string(class)));
            }
            if let Arity::Fixed(count) = self.kind.arity {
                out.line(format!("subscript: {count},"));
            }
            if let Some(value) = &self.default {
                out.line(format!("default: Some({value}),"));
            }
            out.line(format!("..{new}"));
        });
    }
}

fn method_spec(method: &Method, out: &mut Writer) {
    let set = [(method.is_static(), "STATIC"), (method.qualifiers.flag("Terminal"), "TERMINAL")];
    out.block("MethodSpec {", "},", |out| {
        out.line(format!("name: {},", c_string(&method.name)));
        out.line(format!("flags: {},", flags(&set)));
        qualifiers(&method.qualifiers, out);
        out.line(format!("returns: Type::{},", kind_name(&method.returns)));
        list("parameters", &method.parameters, out, parameter_spec);
    });
}

/// For the reader of a schema, who has it in the reference and in the documentation of the Rust types. omigen declares it only
/// when told to.
const LEFT_OUT: &str = "MappingStrings";

fn qualifiers(qualifiers: &Qualifiers, out: &mut Writer) {
    let declared: Vec<_> = qualifiers.iter().filter(|it| !it.name.eq_ignore_ascii_case(LEFT_OUT)).collect();
    list("qualifiers", &declared, out, |qualifier, out| {
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

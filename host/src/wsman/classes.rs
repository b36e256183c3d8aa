//! Class declarations as CIM-XML (DSP0201), which is how Get-CimClass reads them.

use super::options::Options;
use super::write;
use crate::class::{Class, MethodDeclaration, PropertyDeclaration, Qualifier};
use omi::{Name, Type, Value, flags, text};
use std::fmt::Write;

/// Qualifiers that the flags of a declaration stand for. Providers often declare the flag alone, but clients look for the
/// qualifier: without `Key` PowerShell does not know which properties name an instance.
pub(super) const FLAG_QUALIFIERS: [(u32, &str); 10] = [
    (flags::KEY, "Key"),
    (flags::REQUIRED, "Required"),
    (flags::IN, "In"),
    (flags::OUT, "Out"),
    (flags::STATIC, "Static"),
    (flags::ABSTRACT, "Abstract"),
    (flags::ASSOCIATION, "Association"),
    (flags::INDICATION, "Indication"),
    (flags::TERMINAL, "Terminal"),
    (flags::STREAM, "Stream"),
];

/// Appends a class. The options say how much of it.
pub fn write_class(out: &mut String, class: &Class, options: &Options) {
    let writer = Writer { class, options };
    out.push_str("<CLASS");
    attribute(out, "NAME", &class.name);
    if let Some(superclass) = class.ancestors.first() {
        attribute(out, "SUPERCLASS", superclass);
    }
    if options.inheritance_hierarchy && !class.ancestors.is_empty() {
        attribute(out, "DERIVATION", &class.ancestors.join(","));
    }
    out.push('>');
    writer.qualifiers(out, &class.qualifiers, class.flags, None);
    for property in &class.properties {
        if writer.is_wanted(property.propagator.as_ref()) {
            writer.property(out, property);
        }
    }
    for method in &class.methods {
        if writer.is_wanted(method.propagator.as_ref()) {
            writer.method(out, method);
        }
    }
    out.push_str("</CLASS>");
}

struct Writer<'a> {
    class: &'a Class,
    options: &'a Options,
}

impl Writer<'_> {
    fn is_inherited(&self, propagator: Option<&Name>) -> bool {
        propagator.is_some_and(|name| !name.eq_ignore_ascii_case(&self.class.name))
    }

    fn is_wanted(&self, propagator: Option<&Name>) -> bool {
        self.options.inherited_elements || !self.is_inherited(propagator)
    }

    fn origin(&self, out: &mut String, origin: Option<&Name>, propagator: Option<&Name>) {
        if let Some(origin) = origin.filter(|_| self.options.class_origin) {
            attribute(out, "CLASSORIGIN", origin);
        }
        if self.is_inherited(propagator) {
            attribute(out, "PROPAGATED", "true");
        }
    }

    fn property(&self, out: &mut String, property: &PropertyDeclaration) {
        let element = match property.kind {
            Type::Reference => "PROPERTY.REFERENCE",
            kind if kind.is_array() => "PROPERTY.ARRAY",
            _ => "PROPERTY",
        };
        open(out, element, property);
        self.origin(out, property.origin.as_ref(), property.propagator.as_ref());
        out.push('>');
        self.qualifiers(out, &property.qualifiers, property.flags, embedded_class(property));
        if let Some(default) = &property.default {
            value(out, default);
        }
        let _ = write!(out, "</{element}>");
    }

    fn method(&self, out: &mut String, method: &MethodDeclaration) {
        out.push_str("<METHOD");
        attribute(out, "NAME", &method.name);
        attribute(out, "TYPE", xml_type(method.returns));
        self.origin(out, method.origin.as_ref(), method.propagator.as_ref());
        out.push('>');
        self.qualifiers(out, &method.qualifiers, method.flags, None);
        for parameter in &method.parameters {
            let element = match parameter.kind {
                Type::Reference => "PARAMETER.REFERENCE",
                Type::ReferenceArray => "PARAMETER.REFARRAY",
                kind if kind.is_array() => "PARAMETER.ARRAY",
                _ => "PARAMETER",
            };
            open(out, element, parameter);
            out.push('>');
            self.qualifiers(out, &parameter.qualifiers, parameter.flags, embedded_class(parameter));
            let _ = write!(out, "</{element}>");
        }
        out.push_str("</METHOD>");
    }

    /// The declared qualifiers, and those that only a flag or a type stands for.
    fn qualifiers(&self, out: &mut String, declared: &[Qualifier], flags: u32, embedded: Option<&str>) {
        if !self.options.qualifiers {
            return;
        }
        for qualifier in declared {
            write_qualifier(out, qualifier);
        }
        let has = |name: &str| declared.iter().any(|it| it.name.eq_ignore_ascii_case(name));
        let implied = |name: &str, value: Value| Qualifier {
            name: name.into(),
            flavor: flags::DISABLE_OVERRIDE | flags::TO_SUBCLASS,
            kind: value.kind(),
            value: Some(value),
        };
        for (_, name) in FLAG_QUALIFIERS.iter().filter(|(flag, name)| flags & flag != 0 && !has(name)) {
            write_qualifier(out, &implied(name, Value::Boolean(true)));
        }
        if let Some(class) = embedded.filter(|_| !has("EmbeddedInstance") && !has("EmbeddedObject")) {
            write_qualifier(out, &implied("EmbeddedInstance", Value::from(class)));
        }
    }
}

/// Appends the start of a property or parameter element, up to the attributes that all have.
fn open(out: &mut String, element: &str, declaration: &PropertyDeclaration) {
    let _ = write!(out, "<{element}");
    attribute(out, "NAME", &declaration.name);
    if declaration.kind.element() == Type::Reference {
        if let Some(class) = &declaration.class_name {
            attribute(out, "REFERENCECLASS", class);
        }
    } else {
        attribute(out, "TYPE", xml_type(declaration.kind));
    }
    if declaration.kind.is_array() && declaration.subscript != 0 {
        let _ = write!(out, " ARRAYSIZE=\"{}\"", declaration.subscript);
    }
}

/// The class of embedded instances.
fn embedded_class(declaration: &PropertyDeclaration) -> Option<&str> {
    declaration.class_name.as_deref().filter(|_| declaration.kind.element() == Type::Instance)
}

/// The name of an element type in CIM-XML, where embedded instances are strings.
fn xml_type(kind: Type) -> &'static str {
    match kind.element() {
        Type::Instance => "string",
        element => element.mof_name(),
    }
}

fn write_qualifier(out: &mut String, qualifier: &Qualifier) {
    out.push_str("<QUALIFIER");
    attribute(out, "NAME", &qualifier.name);
    attribute(out, "TYPE", xml_type(qualifier.kind));
    if qualifier.flavor & flags::DISABLE_OVERRIDE != 0 {
        attribute(out, "OVERRIDABLE", "false");
    }
    if qualifier.flavor & flags::RESTRICTED != 0 {
        attribute(out, "TOSUBCLASS", "false");
    }
    if qualifier.flavor & flags::TRANSLATABLE != 0 {
        attribute(out, "TRANSLATABLE", "true");
    }
    out.push('>');
    if let Some(it) = &qualifier.value {
        value(out, it);
    }
    out.push_str("</QUALIFIER>");
}

/// Appends `<VALUE>`, or `<VALUE.ARRAY>` for an array.
fn value(out: &mut String, value: &Value) {
    fn list<T>(out: &mut String, items: &[T], text: impl Fn(&T) -> String) {
        out.push_str("<VALUE.ARRAY>");
        for item in items {
            write::leaf(out, "VALUE", &text(item));
        }
        out.push_str("</VALUE.ARRAY>");
    }
    match value {
        Value::Boolean(it) => write::leaf(out, "VALUE", boolean(*it)),
        Value::BooleanArray(items) => list(out, items, |it| boolean(*it).to_owned()),
        Value::StringArray(items) => list(out, items, Clone::clone),
        Value::Uint8Array(items) => list(out, items, ToString::to_string),
        Value::Sint8Array(items) => list(out, items, ToString::to_string),
        Value::Uint16Array(items) => list(out, items, ToString::to_string),
        Value::Sint16Array(items) => list(out, items, ToString::to_string),
        Value::Uint32Array(items) => list(out, items, ToString::to_string),
        Value::Sint32Array(items) => list(out, items, ToString::to_string),
        Value::Uint64Array(items) => list(out, items, ToString::to_string),
        Value::Sint64Array(items) => list(out, items, ToString::to_string),
        Value::Real32Array(items) => list(out, items, ToString::to_string),
        Value::Real64Array(items) => list(out, items, ToString::to_string),
        Value::Char16Array(items) => list(out, items, |it| it.0.to_string()),
        Value::DatetimeArray(items) => list(out, items, ToString::to_string),
        Value::ReferenceArray(items) | Value::InstanceArray(items) => list(out, items, omi::class::object_path),
        scalar => write::leaf(out, "VALUE", &text::display(scalar)),
    }
}

/// DSP0201 section 5.2.4.1: booleans are TRUE and FALSE in a VALUE.
fn boolean(value: bool) -> &'static str {
    if value { "TRUE" } else { "FALSE" }
}

fn attribute(out: &mut String, name: &str, value: &str) {
    let _ = write!(out, " {name}=\"");
    write::attribute(out, value);
    out.push('"');
}

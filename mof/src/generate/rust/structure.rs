//! Structs of properties or parameters, and how they are written to and read from instances.

use super::{Generator, doc, literal, rust_type};
use crate::generate::names::{Distinct, snake};
use crate::generate::writer::Writer;
use crate::model::{Class, Qualifiers};
use crate::types::Type;

/// A field of a generated struct.
pub(super) struct Field<'a> {
    /// The field's name in Rust.
    pub(super) rust: String,
    /// The element's name in CIM.
    pub(super) cim: &'a str,
    pub(super) kind: &'a Type,
    /// The type of its value map.
    pub(super) named: Option<String>,
    pub(super) qualifiers: &'a Qualifiers,
    /// The element's place in its declaration.
    pub(super) place: usize,
    /// The default value as a Rust expression; `None` is NULL.
    pub(super) default: Option<String>,
}

impl Field<'_> {
    pub(super) fn is_key(&self) -> bool {
        self.qualifiers.flag("Key")
    }
}

impl Generator<'_> {
    /// The fields of a class's struct.
    pub(super) fn fields<'a>(&self, class: &'a Class) -> Vec<Field<'a>> {
        let mut distinct = Distinct::default();
        let fields = class.properties.iter().enumerate().map(|(place, property)| {
            let named = self.values.of_property(class, place, &self.names);
            let default = property.default.as_ref();
            Field {
                rust: distinct.name(snake(&property.name)),
                cim: &property.name,
                kind: &property.kind,
                qualifiers: &property.qualifiers,
                place,
                default: default.and_then(|value| literal::owned(value, &property.kind, named.as_deref())),
                named,
            }
        });
        fields.collect()
    }

    /// The struct of a class, its builder and its `impl omi::Class`.
    pub(super) fn structure(&self, class: &Class, out: &mut Writer) {
        let (fields, names) = (self.fields(class), self.names(class));
        out.line("");
        doc::description(&class.qualifiers, &format!("An instance of `{}`.", class.name), out);
        fields_struct(&names.structure, &fields, out);
        self.builder(class, &fields, out);
        out.line("");
        out.block(format!("impl ::omi::Class for {} {{", names.structure), "}", |out| {
            out.line(format!("const SPEC: &'static ::omi::decl::ClassSpec = &{};", names.declaration));
            out.line("");
            store(&fields, out);
            out.line("");
            load("load", "instance", &fields, out);
            let keys: Vec<_> = fields.into_iter().filter(Field::is_key).collect();
            if !keys.is_empty() && keys.len() < class.properties.len() {
                out.line("");
                load("load_key", "instance", &keys, out);
            }
        });
    }
}

/// `pub struct Name { pub field: Option<T>, ... }` behind its own documentation.
pub(super) fn fields_struct(name: &str, fields: &[Field<'_>], out: &mut Writer) {
    let writes_defaults = fields.len() > FEW || fields.iter().any(|field| field.default.is_some());
    out.line(format!("#[derive(Clone, Debug, {}PartialEq)]", if writes_defaults { "" } else { "Default, " }));
    if fields.is_empty() {
        return out.line(format!("pub struct {name};"));
    }
    out.block(format!("pub struct {name} {{"), "}", |out| {
        for field in fields {
            doc::field(field.cim, field.kind, field.qualifiers, out);
            out.line(format!("pub {}: Option<{}>,", field.rust, rust_type(field.kind, field.named.as_deref())));
        }
    });
    if writes_defaults {
        defaults(name, fields, out);
    }
}

/// So few fields are quickly set, wherever it is.
const FEW: usize = 8;

/// `impl Default`, with the default values that MOF gives. Where it is long, it stands once in the program.
fn defaults(name: &str, fields: &[Field<'_>], out: &mut Writer) {
    out.line("");
    out.block(format!("impl Default for {name} {{"), "}", |out| {
        if fields.len() > FEW {
            out.line("#[inline(never)]");
        }
        out.block("fn default() -> Self {", "}", |out| {
            out.block("Self {", "}", |out| {
                for field in fields {
                    let value = field.default.as_ref().map_or("None".to_owned(), |value| format!("Some({value})"));
                    out.line(format!("{}: {value},", field.rust));
                }
            });
        });
    });
}

/// `fn store`, which writes each field to its place.
pub(super) fn store(fields: &[Field<'_>], out: &mut Writer) {
    let argument = if fields.is_empty() { "_fields" } else { "fields" };
    let signature = format!("fn store(&self, {argument}: &mut ::omi::Fields<'_>) {{");
    out.block(signature, "}", |out| {
        for field in fields {
            out.line(format!("fields.put({}, &self.{});", field.place, field.rust));
        }
    });
}

/// `fn load`, or another `name`, which takes each field out of an instance by name.
pub(super) fn load(name: &str, argument: &str, fields: &[Field<'_>], out: &mut Writer) {
    let unused = if fields.is_empty() { "_" } else { "" };
    let signature = format!("fn {name}({unused}{argument}: &mut ::omi::Instance) -> ::omi::Result<Self> {{");
    out.block(signature, "}", |out| {
        if fields.is_empty() {
            return out.line("Ok(Self)");
        }
        // Not one expression: an error in its middle would have to drop each field that is there by then.
        out.line("let mut it = Self::default();");
        out.line(format!("let mut values = {argument}.values();"));
        for field in fields {
            out.line(format!("values.take({:?}, &mut it.{});", field.cim, field.rust));
        }
        out.line("values.end()?;");
        out.line("Ok(it)");
    });
}

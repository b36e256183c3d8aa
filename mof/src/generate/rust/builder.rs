//! Builders: a constructor that takes the keys by name, so that none is forgotten and no two are confused, and a function
//! for each property.

use super::structure::Field;
use super::{Generator, rust_type};
use crate::generate::writer::Writer;
use crate::model::Class;

/// The struct of the keys, in the module of a class.
pub(super) const KEYS: &str = "Keys";

/// The keys that an instance cannot have by default.
fn keys<'a, 'f>(fields: &'f [Field<'a>]) -> Vec<&'f Field<'a>> {
    fields.iter().filter(|field| field.is_key() && field.default.is_none()).collect()
}

impl Generator<'_> {
    /// `impl Name`. The functions for the properties are one line each: a large schema has thousands.
    pub(super) fn builder(&self, class: &Class, fields: &[Field<'_>], out: &mut Writer) {
        if fields.is_empty() {
            return;
        }
        let names = self.names(class);
        out.line("");
        out.line("#[allow(dead_code, missing_docs)] // `with_x` sets the field `x`; few are called");
        out.block(format!("impl {} {{", names.structure), "}", |out| {
            let keys = keys(fields);
            if !keys.is_empty() {
                let values: Vec<_> = keys.iter().map(|key| format!("{0}: Some(keys.{0})", key.rust)).collect();
                out.line("/// An instance with these keys; the rest is as in its `Default`.");
                out.block(format!("pub fn new(keys: {}::{KEYS}) -> Self {{", names.module), "}", |out| {
                    let rest = if keys.len() < fields.len() { ", ..Self::default()" } else { "" };
                    out.line(format!("Self {{ {}{rest} }}", values.join(", ")));
                });
            }
            fields.iter().for_each(|field| out.line(setter(field)));
        });
    }

    /// The struct that `new` takes.
    pub(super) fn keys_struct(&self, class: &Class, out: &mut Writer) {
        let fields = self.fields(class);
        let keys = keys(&fields);
        if keys.is_empty() {
            return;
        }
        out.line("");
        out.line(format!("/// The keys of `{}` that have no default value.", class.name));
        out.line("#[allow(dead_code)]");
        out.line("#[derive(Clone, Debug, PartialEq)]");
        out.block(format!("pub struct {KEYS} {{"), "}", |out| {
            for key in keys {
                let named = key.named.as_ref().map(|path| format!("super::{path}"));
                out.line(format!("/// `{}`", key.cim));
                out.line(format!("pub {}: {},", key.rust, rust_type(key.kind, named.as_deref())));
            }
        });
    }
}

/// Numbers are taken as they are: a literal would have no type if anything that becomes the number were allowed.
fn setter(field: &Field<'_>) -> String {
    let (rust, kind) = (&field.rust, rust_type(field.kind, field.named.as_deref()));
    let (argument, value) = match field.kind.is_array() || kind == "String" {
        true => (format!("impl Into<{kind}>"), format!("{rust}.into()")),
        false => (kind, rust.clone()),
    };
    let name = rust.trim_end_matches('_');
    format!("pub fn with_{name}(mut self, {rust}: {argument}) -> Self {{ self.{rust} = Some({value}); self }}")
}

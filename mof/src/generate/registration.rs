//! Registration files of omiserver: which library provides which classes.

use crate::model::{Class, Schema};
use std::fmt::Write;

/// What a registration file says beside the schema.
#[derive(Clone, Debug)]
pub struct Registration<'a> {
    /// The name of the library without `lib` and `.so`.
    pub library: &'a str,
    /// How the server runs the library: `@requestor@`, `@inproc@` or a user name. `None` leaves it to the server.
    pub hosting: Option<&'a str>,
    /// The classes that the library has providers for.
    pub classes: Vec<&'a Class>,
}

/// The text of a registration file.
///
/// Classes of the schema without a provider that are no other class's superclass are listed as known only. omiserver
/// reads lines of up to 1023 characters, and takes an association only if it has exactly two references.
pub fn registration(schema: &Schema, registration: &Registration<'_>) -> String {
    let mut text = format!("LIBRARY={}\n", registration.library);
    if let Some(hosting) = registration.hosting {
        let _ = writeln!(text, "HOSTING={hosting}");
    }
    let is_served = |class: &Class| registration.classes.iter().any(|served| served.name == class.name);
    for class in schema.classes() {
        let key = match (is_served(class), class.is_indication()) {
            (true, true) => "INDICATIONCLASS",
            (true, false) => "CLASS",
            (false, _) if !schema.has_subclasses(class) => "EXTRACLASS",
            _ => continue,
        };
        let _ = writeln!(text, "{key}={}", class_value(schema, class));
    }
    text
}

/// `Derived:Base`, and for an association the classes that it links in braces.
fn class_value(schema: &Schema, class: &Class) -> String {
    let mut value = path(schema, class);
    if class.is_association() {
        let references = class.properties.iter().filter(|property| property.kind.is_reference());
        let classes = references.filter_map(|property| schema.class(property.kind.class_name()?));
        let paths: Vec<_> = classes.take(2).map(|class| path(schema, class)).collect();
        let _ = write!(value, "{{{}}}", paths.join(","));
    }
    value
}

fn path(schema: &Schema, class: &Class) -> String {
    schema.ancestry(class).map(|class| class.name.as_str()).collect::<Vec<_>>().join(":")
}

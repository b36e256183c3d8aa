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
    registrations(schema, std::slice::from_ref(registration)).remove(0)
}

/// The texts of several registration files that register the classes of a schema together: one file for each hosting,
/// because the server runs all classes of a file alike. What is known only stands in the first one, without classes
/// whose qualifier `Namespace` says another namespace than those of the classes that are provided, and without those that have the qualifier `NotRegistered`.
pub fn registrations(schema: &Schema, all: &[Registration<'_>]) -> Vec<String> {
    let is_served = |class: &Class| all.iter().any(|one| one.serves(class));
    let provided = || all.iter().flat_map(|one| &one.classes);
    let is_here = |class: &Class| {
        provided().next().is_none() || provided().any(|provided| namespace(provided) == namespace(class))
    };
    let is_left_out = |class: &Class| class.qualifiers.flag("NotRegistered");
    let is_known_only =
        |class: &Class| !is_served(class) && !is_left_out(class) && !schema.has_subclasses(class) && is_here(class);
    let text = |(place, one): (usize, &Registration<'_>)| {
        let mut text = format!("LIBRARY={}\n", one.library);
        if let Some(hosting) = one.hosting {
            let _ = writeln!(text, "HOSTING={hosting}");
        }
        for class in schema.classes() {
            let key = match (one.serves(class), class.is_indication()) {
                (true, true) => "INDICATIONCLASS",
                (true, false) => "CLASS",
                (false, _) if place == 0 && is_known_only(class) => "EXTRACLASS",
                _ => continue,
            };
            let _ = writeln!(text, "{key}={}", class_value(schema, class));
        }
        text
    };
    all.iter().enumerate().map(text).collect()
}

/// The namespace that a class itself says.
fn namespace(class: &Class) -> Option<String> {
    class.qualifiers.text("Namespace").map(str::to_ascii_lowercase)
}

impl Registration<'_> {
    fn serves(&self, class: &Class) -> bool {
        self.classes.iter().any(|served| served.name == class.name)
    }
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

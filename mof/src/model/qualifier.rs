//! Qualifiers: what an element has, and how they are declared.

use crate::types::{Arity, Primitive};
use crate::value::Value;
use std::ops::Deref;

/// The qualifiers of an element: a slice that is searched by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Qualifiers(pub(crate) Vec<Qualifier>);

impl Deref for Qualifiers {
    type Target = [Qualifier];
    fn deref(&self) -> &[Qualifier] {
        &self.0
    }
}

impl Qualifiers {
    /// The qualifier with this name, in any case.
    pub fn get(&self, name: &str) -> Option<&Qualifier> {
        self.0.iter().find(|qualifier| qualifier.name.eq_ignore_ascii_case(name))
    }

    /// Whether subclasses and overriding elements have all of these, too.
    pub(crate) fn all_handed_down(&self) -> bool {
        self.0.iter().all(|qualifier| qualifier.flavor.to_subclass)
    }

    /// Those that subclasses and overriding elements have, too.
    pub(crate) fn handed_down(&self) -> Qualifiers {
        Self(self.0.iter().filter(|qualifier| qualifier.flavor.to_subclass).cloned().collect())
    }

    /// Whether a boolean qualifier is there and true.
    pub fn flag(&self, name: &str) -> bool {
        self.get(name).is_some_and(|qualifier| qualifier.value == Value::Boolean(true))
    }

    /// The text of a string qualifier.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.value.as_str()
    }

    /// The texts of a string array qualifier.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        let elements = self.get(name).map_or(&[][..], |qualifier| qualifier.value.elements());
        elements.iter().filter_map(Value::as_str).collect()
    }
}

/// A qualifier with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Qualifier {
    /// The name, spelled as declared.
    pub name: String,
    /// The type of the value.
    pub primitive: Primitive,
    /// Whether the value is an array.
    pub arity: Arity,
    /// The value.
    pub value: Value,
    /// How the qualifier is handed down.
    pub flavor: Flavor,
}

/// How a qualifier is handed down to subclasses and overriding elements.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flavor {
    /// ToSubclass: subclasses and overriding elements have the qualifier, too. Otherwise Restricted.
    pub to_subclass: bool,
    /// EnableOverride: they may give it another value. Otherwise DisableOverride.
    pub overridable: bool,
    /// Translatable: the text may be given in several languages.
    pub translatable: bool,
}

/// The declaration of a qualifier.
#[derive(Clone, Debug, PartialEq)]
pub struct QualifierType {
    /// The name.
    pub name: String,
    /// The type of the value.
    pub primitive: Primitive,
    /// Whether the value is an array.
    pub arity: Arity,
    /// The value of elements that do not have the qualifier.
    pub default: Value,
    /// The kinds of elements that may have the qualifier.
    pub scope: Scope,
    /// How it is handed down, unless its use says otherwise.
    pub flavor: Flavor,
}

/// The kinds of elements that may have a qualifier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs)] // the fields are the standard's own names
pub struct Scope {
    pub class: bool,
    pub association: bool,
    pub indication: bool,
    pub property: bool,
    pub reference: bool,
    pub method: bool,
    pub parameter: bool,
}

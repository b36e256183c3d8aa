//! The classes that one provider library declares, and how it serves them.

use crate::class::{Class, PropertyDeclaration, SharedClass};
use omi::{Instance, Property};
use std::collections::HashMap;

/// The classes of one library, found by name without regard to ASCII case.
#[derive(Default)]
pub(crate) struct Catalogue {
    classes: Vec<Declared>,
    /// The dynamic provider, for classes without a provider of their own.
    pub dynamic: Option<Entries>,
    places: HashMap<String, usize>,
}

/// A declared class, and how the library serves it.
pub(crate) struct Declared {
    pub class: SharedClass,
    /// `None` for a class that is only declared.
    pub provider: Option<Entries>,
}

/// The entries of a provider whose absence has a substitute.
#[derive(Clone, Copy)]
pub(crate) struct Entries {
    pub get: bool,
    pub enumerate: bool,
}

impl Catalogue {
    /// Adds a class. Of two with one name the first stays.
    pub(crate) fn add(&mut self, declared: Declared) {
        let place = self.classes.len();
        self.places.entry(declared.class.name.to_ascii_lowercase()).or_insert(place);
        self.classes.push(declared);
    }

    pub(crate) fn declared(&self, name: &str) -> Option<&Declared> {
        self.places.get(&name.to_ascii_lowercase()).map(|place| &self.classes[*place])
    }

    pub(crate) fn class(&self, name: &str) -> Option<&SharedClass> {
        self.declared(name).map(|declared| &declared.class)
    }

    /// Which entries the provider of a class has, its own or the dynamic one; `None` when nobody serves it.
    pub(crate) fn entries(&self, name: &str) -> Option<Entries> {
        self.declared(name).and_then(|declared| declared.provider).or(self.dynamic)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Declared> {
        self.classes.iter()
    }

    /// Whether a class is the other one or derives from it, as far as this library knows.
    pub(crate) fn derives(&self, class: &str, base: &str) -> bool {
        class.eq_ignore_ascii_case(base) || self.class(class).is_some_and(|class| class.is_a(base))
    }

    /// Brings a dynamic instance into the form of its class: declared properties in order with declared names and
    /// flags, absent ones as NULL, then what the class does not declare. An instance of an unknown class stays as it is.
    pub(crate) fn conform(&self, instance: Instance) -> Instance {
        match self.class(instance.class_name()) {
            Some(class) => conform(instance, class),
            None => instance,
        }
    }
}

/// As [`Catalogue::conform`], with a given declaration.
pub(crate) fn conform(instance: Instance, class: &Class) -> Instance {
    let mut conformed = Instance::with_capacity(class.name.clone(), class.properties.len());
    conformed.set_namespace(instance.namespace().map(Into::into));
    let mut given = instance.into_properties();
    for declared in &class.properties {
        conformed.push(take_declared(&mut given, declared));
    }
    given.into_iter().for_each(|property| conformed.push(property));
    conformed
}

/// The element that a declaration names, moved out of `given`; NULL when it is not there.
pub(crate) fn take_declared(given: &mut Vec<Property>, declared: &PropertyDeclaration) -> Property {
    let place = given.iter().position(|property| property.name.eq_ignore_ascii_case(&declared.name));
    let value = place.and_then(|place| given.remove(place).value);
    let kind = value.as_ref().map_or(declared.kind, omi::Value::kind);
    Property { name: declared.name.clone(), kind, flags: declared.flags, value }
}

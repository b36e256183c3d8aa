//! The resolved schema: what classes, properties and methods are after inheritance and qualifiers have been applied.

mod qualifier;

pub use qualifier::{Flavor, Qualifier, QualifierType, Qualifiers, Scope};

use crate::diagnostic::Diagnostics;
use crate::types::Type;
use crate::value::Value;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Everything that was compiled.
#[derive(Debug, Default)]
pub struct Schema {
    pub(crate) classes: Vec<Class>,
    pub(crate) index: HashMap<String, usize>,
    pub(crate) qualifier_types: Vec<QualifierType>,
    pub(crate) instances: Vec<Instance>,
    pub(crate) files: Vec<PathBuf>,
    pub(crate) warnings: Diagnostics,
}

impl Schema {
    /// The classes, each behind its superclass, otherwise in the order of the text.
    pub fn classes(&self) -> &[Class] {
        &self.classes
    }

    /// The class with this name, in any case.
    pub fn class(&self, name: &str) -> Option<&Class> {
        self.index.get(&name.to_ascii_lowercase()).map(|place| &self.classes[*place])
    }

    /// The superclass of a class.
    pub fn superclass(&self, class: &Class) -> Option<&Class> {
        self.class(class.superclass.as_deref()?)
    }

    /// A class and its superclasses, the class itself first.
    pub fn ancestry<'a>(&'a self, class: &'a Class) -> impl Iterator<Item = &'a Class> {
        std::iter::successors(Some(class), |class| self.superclass(class))
    }

    /// Whether some class derives from this one.
    pub fn has_subclasses(&self, class: &Class) -> bool {
        self.classes.iter().filter_map(|other| other.superclass.as_deref()).any(|name| name == class.name)
    }

    /// The qualifier declarations of the text and the standard ones that it does not declare itself.
    pub fn qualifier_types(&self) -> &[QualifierType] {
        &self.qualifier_types
    }

    /// The `instance of` declarations.
    pub fn instances(&self) -> &[Instance] {
        &self.instances
    }

    /// The files that were read, for a build script to watch.
    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(PathBuf::as_path)
    }

    /// What is allowed, but probably not what was meant.
    pub fn warnings(&self) -> &Diagnostics {
        &self.warnings
    }
}

/// A class with its own and its inherited elements.
#[derive(Clone, Debug)]
pub struct Class {
    /// The name.
    pub name: String,
    /// The name of the class it derives from, spelled as that class is declared.
    pub superclass: Option<String>,
    /// The namespace that a pragma set for the class.
    pub namespace: Option<String>,
    /// The qualifiers in force: its own and those that the superclass hands down.
    pub qualifiers: Qualifiers,
    /// All properties, inherited ones first in the order of the superclass. An overriding property stands in the place
    /// of the one it overrides.
    pub properties: Vec<Arc<Property>>,
    /// All methods, in the same order.
    pub methods: Vec<Arc<Method>>,
}

impl Class {
    /// Whether the class has no instances of its own.
    pub fn is_abstract(&self) -> bool {
        self.qualifiers.flag("Abstract")
    }

    /// Whether instances of the class link other instances.
    pub fn is_association(&self) -> bool {
        self.qualifiers.flag("Association")
    }

    /// Whether instances of the class are events.
    pub fn is_indication(&self) -> bool {
        self.qualifiers.flag("Indication")
    }

    /// Whether the class may not have subclasses.
    pub fn is_terminal(&self) -> bool {
        self.qualifiers.flag("Terminal")
    }

    /// The property with this name, in any case.
    pub fn property(&self, name: &str) -> Option<&Arc<Property>> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// The method with this name, in any case.
    pub fn method(&self, name: &str) -> Option<&Arc<Method>> {
        self.methods.iter().find(|method| method.name.eq_ignore_ascii_case(name))
    }

    /// The key properties.
    pub fn keys(&self) -> impl Iterator<Item = &Arc<Property>> {
        self.properties.iter().filter(|property| property.is_key())
    }
}

/// A property of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The name.
    pub name: String,
    /// The type.
    pub kind: Type,
    /// The qualifiers in force.
    pub qualifiers: Qualifiers,
    /// The default value.
    pub default: Option<Value>,
    /// The class that first declared the property.
    pub origin: String,
    /// The class whose declaration of the property is in force.
    pub propagator: String,
}

impl Property {
    /// Whether the property is part of the identity of an instance.
    pub fn is_key(&self) -> bool {
        self.qualifiers.flag("Key")
    }

    /// Whether clients may set the property.
    pub fn is_writable(&self) -> bool {
        self.qualifiers.flag("Write")
    }

    /// Whether the property is declared as readable only.
    pub fn is_read_only(&self) -> bool {
        self.qualifiers.flag("Read") && !self.is_writable()
    }

    /// Whether the property may not be NULL.
    pub fn is_required(&self) -> bool {
        self.qualifiers.flag("Required")
    }
}

/// A method of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct Method {
    /// The name.
    pub name: String,
    /// The type of the return value.
    pub returns: Type,
    /// The qualifiers in force; those like `ValueMap` are about the return value.
    pub qualifiers: Qualifiers,
    /// The parameters in declared order.
    pub parameters: Vec<Parameter>,
    /// The class that first declared the method.
    pub origin: String,
    /// The class whose declaration of the method is in force.
    pub propagator: String,
}

impl Method {
    /// Whether the method belongs to the class and needs no instance.
    pub fn is_static(&self) -> bool {
        self.qualifiers.flag("Static")
    }
}

/// A parameter of a method.
#[derive(Clone, Debug, PartialEq)]
pub struct Parameter {
    /// The name.
    pub name: String,
    /// The type.
    pub kind: Type,
    /// The qualifiers in force.
    pub qualifiers: Qualifiers,
}

impl Parameter {
    /// Whether the caller gives a value. `[Out]` alone means output only, as providers for MI are written, although
    /// DSP0004 would have it spelled `[In(false), Out]`.
    pub fn is_in(&self) -> bool {
        match self.qualifiers.get("In") {
            Some(qualifier) => qualifier.value == Value::Boolean(true),
            None => !self.is_out(),
        }
    }

    /// Whether the method gives a value.
    pub fn is_out(&self) -> bool {
        self.qualifiers.flag("Out")
    }
}

/// An `instance of` declaration.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance {
    /// The name of the class.
    pub class: String,
    /// The alias with its `$`.
    pub alias: Option<String>,
    /// The namespace that a pragma set for the instance.
    pub namespace: Option<String>,
    /// The values that the declaration gives, by property name.
    pub values: Vec<(String, Value)>,
    /// The line of its file in which the declaration starts, counted from 1; 0 for one that is written as a value.
    pub line: usize,
}

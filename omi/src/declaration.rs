//! A class as a host or a client knows it: an owned, safe copy of its declaration.
//!
//! What a provider declares about its own classes, as constant data, is in [`decl`](crate::decl).

use crate::{Name, Type, Value, flags};
use std::sync::Arc;

/// A class with its own and its inherited elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    /// The class name, as declared.
    pub name: Name,
    /// The ancestors, nearest first. Empty for a root class.
    pub ancestors: Vec<Name>,
    /// `MI_FLAG_*` of the declaration.
    pub flags: u32,
    /// The qualifiers of the class.
    pub qualifiers: Vec<Qualifier>,
    /// All properties, inherited ones first.
    pub properties: Vec<PropertyDeclaration>,
    /// All methods.
    pub methods: Vec<MethodDeclaration>,
}

/// A property or a parameter of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct PropertyDeclaration {
    /// The name, as declared.
    pub name: Name,
    /// `MI_FLAG_*` of the declaration: `KEY`, `REQUIRED`, `IN`, `OUT`, ...
    pub flags: u32,
    /// The qualifiers.
    pub qualifiers: Vec<Qualifier>,
    /// The type.
    pub kind: Type,
    /// The class of a reference or an embedded instance, where the declaration names one.
    pub class_name: Option<Name>,
    /// The number of elements of a fixed-size array; 0 otherwise.
    pub subscript: u32,
    /// The class that first declared it; `None` for parameters.
    pub origin: Option<Name>,
    /// The class whose declaration is in force; `None` for parameters.
    pub propagator: Option<Name>,
    /// The default value.
    pub default: Option<Value>,
}

/// A method of a class.
#[derive(Clone, Debug, PartialEq)]
pub struct MethodDeclaration {
    /// The name, as declared.
    pub name: Name,
    /// `MI_FLAG_*` of the declaration, `STATIC` above all.
    pub flags: u32,
    /// The qualifiers.
    pub qualifiers: Vec<Qualifier>,
    /// The type of the return value.
    pub returns: Type,
    /// The parameters, without the return value.
    pub parameters: Vec<PropertyDeclaration>,
    /// The class that first declared it.
    pub origin: Option<Name>,
    /// The class whose declaration is in force.
    pub propagator: Option<Name>,
}

/// A qualifier with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Qualifier {
    /// The name.
    pub name: Name,
    /// `MI_FLAG_*` flavors.
    pub flavor: u32,
    /// The type, which a NULL has too.
    pub kind: Type,
    /// The value; `None` is NULL.
    pub value: Option<Value>,
}

/// A class that requests share.
pub type SharedClass = Arc<Class>;

impl Class {
    /// A class of which only the name is known.
    pub fn named(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            ancestors: Vec::new(),
            flags: flags::CLASS,
            qualifiers: Vec::new(),
            properties: Vec::new(),
            methods: Vec::new(),
        }
    }

    /// Whether only the name is known: neither a property nor a method is declared.
    pub fn is_name_only(&self) -> bool {
        self.properties.is_empty() && self.methods.is_empty()
    }

    /// The property of this name, without regard to ASCII case.
    pub fn property(&self, name: &str) -> Option<&PropertyDeclaration> {
        self.properties.iter().find(|property| property.name.eq_ignore_ascii_case(name))
    }

    /// The method of this name, without regard to ASCII case.
    pub fn method(&self, name: &str) -> Option<&MethodDeclaration> {
        self.methods.iter().find(|method| method.name.eq_ignore_ascii_case(name))
    }

    /// The key properties.
    pub fn keys(&self) -> impl Iterator<Item = &PropertyDeclaration> {
        self.properties.iter().filter(|property| property.flags & flags::KEY != 0)
    }

    /// The ends of an association: its references. A class that is no association has none.
    pub fn references(&self) -> impl Iterator<Item = &PropertyDeclaration> {
        let is_association = self.flags & flags::ASSOCIATION != 0;
        self.properties.iter().filter(move |property| is_association && property.kind == Type::Reference)
    }

    /// Whether this class is the named one or derives from it.
    pub fn is_a(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name) || self.ancestors.iter().any(|it| it.eq_ignore_ascii_case(name))
    }
}

impl MethodDeclaration {
    /// A method of which only the name is known. It passes for static, so that it can be called with and without an
    /// instance.
    pub fn named(name: impl Into<Name>) -> Self {
        Self {
            name: name.into(),
            flags: flags::METHOD | flags::STATIC,
            qualifiers: Vec::new(),
            returns: Type::Uint32,
            parameters: Vec::new(),
            origin: None,
            propagator: None,
        }
    }

    /// Whether the method is called on the class rather than on an instance.
    pub fn is_static(&self) -> bool {
        self.flags & flags::STATIC != 0
    }
}

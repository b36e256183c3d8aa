//! The syntax tree: what one MOF file says, before any name is looked up.

use crate::source::Span;
use crate::types::{Arity, Primitive};
use std::collections::HashSet;

/// A name as written.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
}

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Document {
    pub(crate) declarations: Vec<Declaration>,
    pub(crate) lost: Lost,
}

/// Names that stand in text with mistakes. They may be declared there, so they are not reported as unknown elsewhere.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    names: HashSet<String>,
    /// A part of the text is missing as a whole: any name may be declared in it.
    everything: bool,
}

impl Lost {
    /// More names than this are not kept; then every name counts as lost.
    const MAX_NAMES: usize = 10_000;

    pub(crate) fn add(&mut self, name: &str) {
        if self.names.len() < Self::MAX_NAMES {
            self.names.insert(name.to_ascii_lowercase());
        } else {
            self.everything = true;
        }
    }

    pub(crate) fn add_everything(&mut self) {
        self.everything = true;
    }

    pub(crate) fn add_all(&mut self, other: Lost) {
        self.everything |= other.everything;
        other.names.iter().for_each(|name| self.add(name));
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.everything || self.names.contains(&name.to_ascii_lowercase())
    }
}

/// One declaration or directive of a file.
#[derive(Debug)]
pub(crate) enum Declaration {
    Include(Name),
    Namespace(String),
    Qualifier(QualifierDeclaration),
    Class(ClassDeclaration),
    Instance(InstanceDeclaration),
}

/// `Qualifier Key : boolean = false, Scope(property, reference), Flavor(DisableOverride);`
#[derive(Debug)]
pub(crate) struct QualifierDeclaration {
    pub(crate) name: Name,
    pub(crate) primitive: Primitive,
    pub(crate) arity: Arity,
    pub(crate) default: Option<Literal>,
    pub(crate) scopes: Vec<Name>,
    pub(crate) flavors: Vec<Name>,
}

/// `Description("text") : ToSubclass` in a qualifier list.
#[derive(Debug)]
pub(crate) struct QualifierUse {
    pub(crate) name: Name,
    pub(crate) value: Option<Literal>,
    pub(crate) flavors: Vec<Name>,
}

#[derive(Debug)]
pub(crate) struct ClassDeclaration {
    pub(crate) qualifiers: Vec<QualifierUse>,
    pub(crate) name: Name,
    pub(crate) superclass: Option<Name>,
    pub(crate) properties: Vec<Element>,
    pub(crate) methods: Vec<MethodDeclaration>,
    /// Some elements have mistakes and are missing here.
    pub(crate) incomplete: bool,
}

#[derive(Debug)]
pub(crate) struct MethodDeclaration {
    pub(crate) element: Element,
    pub(crate) parameters: Vec<Element>,
}

/// A property or a parameter, or what a method has in common with them.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) qualifiers: Vec<QualifierUse>,
    pub(crate) kind: TypeName,
    pub(crate) kind_span: Span,
    pub(crate) name: Name,
    pub(crate) arity: Arity,
    pub(crate) default: Option<Literal>,
}

/// A type as written, without its brackets.
#[derive(Debug)]
pub(crate) enum TypeName {
    Primitive(Primitive),
    Reference(Name),
    /// A name alone: a class, as WMI writes an embedded instance, or a mistyped data type.
    Named(Name),
    /// WMI's `object`: an embedded instance of any class.
    Object,
}

/// `instance of X as $Alias { Name = "value"; };`
#[derive(Clone, Debug)]
pub(crate) struct InstanceDeclaration {
    pub(crate) class: Name,
    pub(crate) alias: Option<Name>,
    pub(crate) values: Vec<(Name, Literal)>,
    /// Some values have mistakes and are missing here.
    pub(crate) incomplete: bool,
}

/// A constant as written.
#[derive(Clone, Debug)]
pub(crate) struct Literal {
    pub(crate) kind: LiteralKind,
    pub(crate) span: Span,
}

#[derive(Clone, Debug)]
pub(crate) enum LiteralKind {
    Null,
    Boolean(bool),
    Integer(i128),
    Real(f64),
    Char(u16),
    String(String),
    Alias(String),
    /// An embedded instance where it is used, as WMI writes it.
    Instance(Box<InstanceDeclaration>),
    Array(Vec<Literal>),
}

impl LiteralKind {
    /// What it is, for messages.
    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Null => "NULL",
            Self::Boolean(_) => "a boolean",
            Self::Integer(_) => "an integer",
            Self::Real(_) => "a real number",
            Self::Char(_) => "a character",
            Self::String(_) => "a string",
            Self::Alias(_) => "an alias",
            Self::Instance(_) => "an instance",
            Self::Array(_) => "an array",
        }
    }
}

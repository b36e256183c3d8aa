//! The syntax tree: what one MOF file says, before any name is looked up.

use crate::source::Span;
use crate::types::{Arity, Primitive};

/// A name as written.
#[derive(Clone, Debug)]
pub(crate) struct Name {
    pub(crate) text: String,
    pub(crate) span: Span,
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
    pub(crate) properties: Vec<PropertyDeclaration>,
    pub(crate) methods: Vec<MethodDeclaration>,
}

#[derive(Debug)]
pub(crate) struct PropertyDeclaration {
    pub(crate) element: Element,
    pub(crate) default: Option<Literal>,
}

#[derive(Debug)]
pub(crate) struct MethodDeclaration {
    pub(crate) element: Element,
    pub(crate) parameters: Vec<Element>,
}

/// What properties, methods and parameters have in common.
#[derive(Debug)]
pub(crate) struct Element {
    pub(crate) qualifiers: Vec<QualifierUse>,
    pub(crate) kind: TypeName,
    pub(crate) kind_span: Span,
    pub(crate) name: Name,
    pub(crate) arity: Arity,
}

/// A type as written, without its brackets.
#[derive(Debug)]
pub(crate) enum TypeName {
    Primitive(Primitive),
    Reference(Name),
}

/// `instance of X as $Alias { Name = "value"; };`
#[derive(Debug)]
pub(crate) struct InstanceDeclaration {
    pub(crate) class: Name,
    pub(crate) alias: Option<Name>,
    pub(crate) values: Vec<(Name, Literal)>,
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
            Self::Array(_) => "an array",
        }
    }
}

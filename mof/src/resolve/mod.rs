//! The resolver: declarations to a schema. Looks up names, applies inheritance and qualifiers, and checks the rules of
//! DSP0004.
//!
//! What depends on something that is already reported as wrong is not reported again.

mod check;
mod class;
mod element;
mod hierarchy;
mod instance;
mod lints;
mod qualifier;
mod value;

use crate::diagnostic::Sink;
use crate::lint::Lint;
use crate::loader::Loader;
use crate::model::{Class, QualifierType, Schema};
use crate::parser;
use crate::source::{Source, Span};
use crate::syntax::{ClassDeclaration, Declaration, InstanceDeclaration, Lost, Name};
use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Resolves everything that was loaded. The result is of use only if no error was reported.
pub(crate) fn resolve(loader: &mut Loader) -> Schema {
    let mut resolver = Resolver::new(&mut loader.sink, &loader.lost);
    let mut namespace = None;
    for declaration in &loader.declarations {
        match declaration {
            Declaration::Namespace(name) => namespace = Some(name.as_str()),
            Declaration::Qualifier(declaration) => resolver.declare_qualifier(declaration),
            Declaration::Class(declaration) => resolver.declare_class(declaration, namespace),
            Declaration::Instance(declaration) => resolver.declare_instance(declaration, namespace),
            Declaration::Include(_) => {}
        }
    }
    let mut schema = resolver.finish();
    let places = loader.declarations.iter().filter_map(|declaration| match declaration {
        Declaration::Instance(declaration) => Some(declaration.class.span),
        _ => None,
    });
    for (instance, place) in schema.instances.iter_mut().zip(places) {
        instance.line = loader.sources.line_and_column(place).0;
    }
    schema
}

/// The standard qualifiers, read from MOF text that is part of this crate.
fn standard_qualifiers() -> HashMap<String, DeclaredQualifier> {
    let source = Source::new("standard.mof".into(), include_str!("../standard.mof").to_owned());
    let mut sink = Sink::default();
    let document = parser::parse(0, &source, &mut sink);
    let mut resolver = Resolver::empty(&mut sink, &document.lost);
    for declaration in &document.declarations {
        if let Declaration::Qualifier(declaration) = declaration {
            resolver.declare_qualifier(declaration);
        }
    }
    let standard = resolver.qualifiers.into_iter();
    standard.map(|(key, declared)| (key, DeclaredQualifier { place: None, ..declared })).collect()
}

/// A qualifier declaration and its place; a standard one has none.
#[derive(Clone)]
struct DeclaredQualifier {
    declaration: QualifierType,
    place: Option<Span>,
}

/// A class declaration of the text.
struct DeclaredClass<'a> {
    syntax: &'a ClassDeclaration,
    namespace: Option<&'a str>,
    base: Base,
    /// Elements of it are missing because of mistakes that are reported.
    incomplete: bool,
}

/// The superclass of a declared class.
#[derive(Clone, Copy, PartialEq)]
enum Base {
    None,
    /// Its place among the declared classes.
    Class(usize),
    /// It is unknown, or the class derives from itself; this is reported.
    Broken,
}

struct Resolver<'a> {
    sink: &'a mut Sink,
    /// Names that may be declared in text that was not understood.
    lost: &'a Lost,
    qualifiers: HashMap<String, DeclaredQualifier>,
    declared: Vec<DeclaredClass<'a>>,
    /// From lower-case names to places in `declared`.
    class_names: HashMap<String, usize>,
    /// The classes that are resolved, each behind its superclass.
    classes: Vec<Class>,
    /// From lower-case names to places in `classes`.
    index: HashMap<String, usize>,
    instances: Vec<(&'a InstanceDeclaration, Option<&'a str>)>,
    aliases: HashMap<&'a str, Span>,
    /// The aliases that are used as embedded instances.
    embedded: HashSet<String>,
    /// Where the elements of classes are declared, by the key of [`place_key`].
    places: HashMap<String, Span>,
    /// Names of qualifiers and classes that were reported as unknown.
    unknown: HashSet<String>,
}

impl<'a> Resolver<'a> {
    fn empty(sink: &'a mut Sink, lost: &'a Lost) -> Self {
        Self {
            sink,
            lost,
            qualifiers: HashMap::new(),
            declared: Vec::new(),
            class_names: HashMap::new(),
            classes: Vec::new(),
            index: HashMap::new(),
            instances: Vec::new(),
            aliases: HashMap::new(),
            embedded: HashSet::new(),
            places: HashMap::new(),
            unknown: HashSet::new(),
        }
    }

    fn new(sink: &'a mut Sink, lost: &'a Lost) -> Self {
        static STANDARD: LazyLock<HashMap<String, DeclaredQualifier>> = LazyLock::new(standard_qualifiers);
        Self { qualifiers: STANDARD.clone(), ..Self::empty(sink, lost) }
    }

    fn declare_class(&mut self, syntax: &'a ClassDeclaration, namespace: Option<&'a str>) {
        let key = syntax.name.text.to_ascii_lowercase();
        if let Some(first) = self.class_names.get(&key) {
            let first = self.declared[*first].syntax.name.span;
            self.sink
                .error(syntax.name.span, format!("the class `{}` is declared twice", syntax.name.text))
                .label("declared again here")
                .related(first, "first declared here");
            return;
        }
        self.class_names.insert(key, self.declared.len());
        self.declared.push(DeclaredClass { syntax, namespace, base: Base::None, incomplete: syntax.incomplete });
    }

    fn declare_instance(&mut self, syntax: &'a InstanceDeclaration, namespace: Option<&'a str>) {
        if let Some(alias) = &syntax.alias
            && let Some(first) = self.aliases.insert(&alias.text, alias.span)
        {
            self.sink
                .error(alias.span, format!("the alias `{}` is declared twice", alias.text))
                .label("declared again here")
                .related(first, "first declared here");
        }
        self.instances.push((syntax, namespace));
    }

    fn finish(mut self) -> Schema {
        for place in self.order() {
            let class = self.class(place);
            self.index.insert(class.name.to_ascii_lowercase(), self.classes.len());
            self.classes.push(class);
        }
        let instances = self.resolve_instances();
        let mut qualifier_types: Vec<_> = self.qualifiers.into_values().map(|declared| declared.declaration).collect();
        qualifier_types.sort_by(|left, right| left.name.cmp(&right.name));
        Schema { classes: self.classes, index: self.index, qualifier_types, instances, ..Schema::default() }
    }

    /// The class's name as declared, or as written when there is no such class, which is reported once.
    fn class_name(&mut self, name: &str, span: Span) -> String {
        if let Some(known) = self.known_class(name) {
            return known;
        }
        if self.lost.has(name) || !self.unknown.insert(name.to_ascii_lowercase()) {
            return name.to_owned();
        }
        if name.starts_with("__") {
            self.sink
                .lint(Lint::WmiSyntax, span, format!("only WMI has the class `{name}`, which no file declares"))
                .label("what uses it is not checked");
        } else {
            self.sink
                .error(span, format!("unknown class `{name}`"))
                .label("this class is not declared anywhere")
                .suggest(name, self.declared.iter().map(|class| class.syntax.name.text.as_str()));
        }
        name.to_owned()
    }

    /// A class's name as declared.
    fn known_class(&self, name: &str) -> Option<String> {
        let place = self.class_names.get(&name.to_ascii_lowercase())?;
        Some(self.declared[*place].syntax.name.text.clone())
    }

    /// Whether one class is another one or derives from it; true when that is not known.
    fn is_a(&self, class: &str, base: &str) -> bool {
        let mut place = self.class_names.get(&class.to_ascii_lowercase()).copied();
        while let Some(current) = place {
            if self.declared[current].syntax.name.text.eq_ignore_ascii_case(base) {
                return true;
            }
            place = match self.declared[current].base {
                Base::Class(next) => Some(next),
                Base::None => return false,
                Base::Broken => return true,
            };
        }
        true
    }

    /// Whether elements of the class or of one above it may be missing.
    fn is_incomplete(&self, mut place: usize) -> bool {
        loop {
            if self.declared[place].incomplete {
                return true;
            }
            match self.declared[place].base {
                Base::None => return false,
                Base::Broken => return true,
                Base::Class(next) => place = next,
            }
        }
    }
}

/// The key of an element's declaration in [`Resolver::places`].
fn place_key(class: &str, element: &str) -> String {
    format!("{class}.{element}").to_ascii_lowercase()
}

/// Reports the second of two elements of the same name; says whether the name is new.
fn is_new(seen: &mut HashMap<String, Span>, name: &Name, what: &str, sink: &mut Sink) -> bool {
    let Some(first) = seen.insert(name.text.to_ascii_lowercase(), name.span) else { return true };
    sink.error(name.span, format!("the {what} `{}` appears twice", name.text))
        .label("again here")
        .related(first, "first here");
    false
}

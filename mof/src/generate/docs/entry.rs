//! What the reference says of a class and its elements, whatever the format.

use crate::model::{Class, Method, Parameter, Property, Qualifiers, Schema};
use crate::types::Type;
use crate::value::Value;
use std::collections::HashMap;

/// What is said of a property, a parameter or a return value.
pub(super) struct Entry<'a> {
    pub(super) name: &'a str,
    pub(super) kind: &'a Type,
    /// Words like "key" and "required".
    pub(super) marks: Vec<&'static str>,
    pub(super) unit: Option<&'a str>,
    /// Paragraphs.
    pub(super) description: Vec<String>,
    /// The default value in MOF.
    pub(super) default: Option<String>,
    /// Where the value comes from: MappingStrings.
    pub(super) sources: Vec<&'a str>,
    /// Values or bits with their names.
    pub(super) values: Vec<(String, &'a str)>,
}

impl<'a> Entry<'a> {
    fn new(name: &'a str, kind: &'a Type, qualifiers: &'a Qualifiers) -> Self {
        let marks = [("Key", "key"), ("Required", "required"), ("Write", "writable"), ("Static", "static")];
        let more = [("Optional", "optional"), ("Stream", "stream"), ("Expensive", "expensive")];
        let marks = marks.into_iter().chain(more).filter(|(flag, _)| qualifiers.flag(flag)).map(|(_, word)| word);
        let deprecated = qualifiers.get("Deprecated").map(|_| "deprecated");
        Self {
            name,
            kind,
            marks: marks.chain(deprecated).collect(),
            unit: qualifiers.text("PUnit").or_else(|| qualifiers.text("Units")),
            description: paragraphs(qualifiers),
            default: None,
            sources: qualifiers.texts("MappingStrings"),
            values: values(qualifiers),
        }
    }

    pub(super) fn property(property: &'a Property) -> Self {
        let default = property.default.as_ref().filter(|value| **value != Value::Null).map(Value::to_string);
        Self { default, ..Self::new(&property.name, &property.kind, &property.qualifiers) }
    }

    pub(super) fn parameter(parameter: &'a Parameter) -> Self {
        let mut entry = Self::new(&parameter.name, &parameter.kind, &parameter.qualifiers);
        let direction = match (parameter.is_in(), parameter.is_out()) {
            (true, true) => "in and out",
            (false, true) => "out",
            _ => "in",
        };
        entry.marks.insert(0, direction);
        entry
    }

    /// The method itself, with the type and the named values of what it returns.
    pub(super) fn method(method: &'a Method) -> Self {
        Self::new(&method.name, &method.returns, &method.qualifiers)
    }
}

/// The Description in paragraphs without line ends and control characters.
pub(super) fn paragraphs(qualifiers: &Qualifiers) -> Vec<String> {
    let text = qualifiers.text("Description").unwrap_or_default();
    let words = |line: &str| {
        let visible = line.replace(char::is_control, " ");
        visible.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    text.lines().map(words).filter(|line| !line.is_empty()).collect()
}

/// Without a ValueMap the names count from 0 (DSP0004, Values).
fn values(qualifiers: &Qualifiers) -> Vec<(String, &str)> {
    for (map, names) in [("ValueMap", "Values"), ("BitMap", "BitValues")] {
        let (map, names) = (qualifiers.texts(map), qualifiers.texts(names));
        if map.is_empty() {
            if !names.is_empty() {
                return names.into_iter().enumerate().map(|(number, name)| (number.to_string(), name)).collect();
            }
        } else {
            let names = names.into_iter().chain(std::iter::repeat(""));
            return map.into_iter().map(str::to_owned).zip(names).collect();
        }
    }
    Vec::new()
}

/// "abstract association, version 2.8.0"
pub(super) fn nature(class: &Class) -> String {
    let kind = match (class.is_association(), class.is_indication()) {
        (true, _) => "association",
        (_, true) => "indication",
        _ => "class",
    };
    let mut nature = if class.is_abstract() { format!("abstract {kind}") } else { kind.to_owned() };
    if let Some(version) = class.qualifiers.text("Version").or_else(|| class.qualifiers.text("ClassVersion")) {
        nature += &format!(", version {version}");
    }
    nature
}

/// The superclasses, the most general one first.
pub(super) fn superclasses<'a>(schema: &'a Schema, class: &'a Class) -> Vec<&'a str> {
    let mut names: Vec<_> = schema.ancestry(class).skip(1).map(|class| class.name.as_str()).collect();
    names.reverse();
    names
}

/// The classes that derive directly from this one.
pub(super) fn subclasses<'a>(schema: &'a Schema, class: &Class) -> Vec<&'a str> {
    let is_below = |other: &&Class| other.superclass.as_deref() == Some(class.name.as_str());
    schema.classes().iter().filter(is_below).map(|class| class.name.as_str()).collect()
}

/// All classes with their depth in the hierarchy, each directly behind its superclass and that one's other descendants.
pub(super) fn tree(schema: &Schema) -> Vec<(usize, &Class)> {
    let mut below: HashMap<Option<&str>, Vec<&Class>> = HashMap::new();
    for class in schema.classes().iter().rev() {
        below.entry(class.superclass.as_deref()).or_default().push(class);
    }
    let mut open: Vec<_> = below.remove(&None).unwrap_or_default().into_iter().map(|class| (0, class)).collect();
    let mut tree = Vec::with_capacity(schema.classes().len());
    while let Some((depth, class)) = open.pop() {
        tree.push((depth, class));
        let children = below.remove(&Some(class.name.as_str())).unwrap_or_default();
        open.extend(children.into_iter().map(|child| (depth + 1, child)));
    }
    tree
}

/// The associations whose references, or those of a superclass, lead to the class: each with the reference's name.
pub(super) fn references<'a>(schema: &'a Schema, class: &'a Class) -> Vec<(&'a str, &'a str)> {
    let names: Vec<_> = schema.ancestry(class).map(|class| class.name.as_str()).collect();
    let associations = schema.classes().iter().filter(|other| other.is_association());
    let ends = associations.flat_map(|association| {
        let own = association.properties.iter().filter(|property| property.propagator == association.name);
        let ends = own.filter(|property| property.kind.is_reference());
        ends.filter_map(|end| Some((association.name.as_str(), end.name.as_str(), end.kind.class_name()?)))
    });
    ends.filter(|(_, _, to)| names.contains(to)).map(|(association, end, _)| (association, end)).collect()
}

/// The properties that the class itself declares, keys first.
pub(super) fn own_properties(class: &Class) -> Vec<Entry<'_>> {
    let own = class.properties.iter().filter(|property| property.propagator == class.name);
    let mut own: Vec<_> = own.collect();
    own.sort_by_key(|property| !property.is_key());
    own.into_iter().map(|property| Entry::property(property)).collect()
}

/// The methods that the class itself declares.
pub(super) fn own_methods(class: &Class) -> impl Iterator<Item = &Method> {
    class.methods.iter().map(|method| &**method).filter(|method| method.propagator == class.name)
}

/// The names of inherited properties and methods, with the class that declares them; the nearest class first.
pub(super) fn inherited<'a>(schema: &'a Schema, class: &'a Class) -> Vec<(&'a str, Vec<&'a str>)> {
    let of = |above: &'a Class| {
        let properties = class.properties.iter().filter(|property| property.propagator == above.name);
        let methods = class.methods.iter().filter(|method| method.propagator == above.name);
        let names = properties.map(|property| property.name.as_str());
        (above.name.as_str(), names.chain(methods.map(|method| method.name.as_str())).collect())
    };
    let all = schema.ancestry(class).skip(1).map(of);
    all.filter(|(_, names): &(_, Vec<_>)| !names.is_empty()).collect()
}

/// The marks as they stand behind a name: ` (key, required)`; empty without any.
pub(super) fn in_parentheses(marks: &[&str]) -> String {
    if marks.is_empty() { String::new() } else { format!(" ({})", marks.join(", ")) }
}

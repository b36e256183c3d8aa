//! Configurations as the documents of DSC v3, in YAML or JSON.

use super::expression::{self, Expression};
use super::problem::Problems;
use super::yaml::{Kind, Node, parse};
use super::{Draft, Text};
use crate::dsc::{self, AnyResource};
use omi::{Instance, Type, Value};
use omi_mof::nearest;

/// What comes before the `/` in the type of a resource; it may be left out.
const OWNER: &str = "Lumi";

/// The members of a document that mean something here or nothing anywhere.
const MEMBERS: [&str; 4] = ["$schema", "contentVersion", "metadata", "resources"];

/// What a document of DSC v3 may have, too, but only `dsc` itself can do.
const UNSUPPORTED: [&str; 5] = ["directives", "functions", "outputs", "parameters", "variables"];

const OF_RESOURCE: [&str; 5] = ["name", "type", "properties", "dependsOn", "metadata"];
const UNSUPPORTED_OF_RESOURCE: [&str; 12] = [
    "apiVersion",
    "comments",
    "condition",
    "copy",
    "directives",
    "identity",
    "kind",
    "location",
    "plan",
    "resourceGroup",
    "scope",
    "tags",
];

/// Reads a document.
pub(super) fn read(bytes: &[u8]) -> Result<Text, Problems> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count() + 1;
        Problems::one(line, "the text is not UTF-8")
    })?;
    let root = parse(text)?;
    let mut read = Text::default();
    let problems = &mut read.problems;
    let Some(members) = members(&root, "a configuration document", &MEMBERS, &UNSUPPORTED, problems) else {
        return Ok(read);
    };
    match member(members, "resources").map(|node| (node, &node.kind)) {
        Some((_, Kind::Sequence(resources))) => {
            read.drafts = resources.iter().filter_map(|node| resource(node, problems)).collect();
        }
        Some((node, _)) => problems.add(node.line, format!("resources is {}; it must be a list", node.describe())),
        None => problems.add(root.line, "the document has no `resources`"),
    }
    Ok(read)
}

/// The members of an object, after a look at their names.
fn members<'a>(
    node: &'a Node,
    what: &str,
    known: &[&str],
    unsupported: &[&str],
    problems: &mut Problems,
) -> Option<&'a [(Node, Node)]> {
    let Kind::Mapping(members) = &node.kind else {
        problems.add(node.line, format!("{what} is {}; it must be an object", node.describe()));
        return None;
    };
    for (name, value) in members {
        let Kind::Scalar { text, .. } = &name.kind else { continue };
        if unsupported.contains(&text.as_str()) {
            if !value.is_null() {
                problems.add(name.line, format!("`{text}` is not supported here: the command dsc of DSC v3 knows it"));
            }
        } else if !known.contains(&text.as_str()) {
            problems.add(name.line, unknown(&format!("{what} has no `{text}`"), text, known.iter().copied()));
        }
    }
    Some(members)
}

fn member<'a>(members: &'a [(Node, Node)], wanted: &str) -> Option<&'a Node> {
    let is_it = |(name, _): &&(Node, Node)| matches!(&name.kind, Kind::Scalar { text, .. } if text == wanted);
    members.iter().find(is_it).map(|(_, value)| value)
}

fn unknown<'a>(message: &str, name: &str, candidates: impl Iterator<Item = &'a str>) -> String {
    match nearest(name, candidates) {
        Some(near) => format!("{message}; did you mean `{near}`?"),
        None => message.to_owned(),
    }
}

fn resource(node: &Node, problems: &mut Problems) -> Option<Draft> {
    let before = problems.count();
    let members = members(node, "a resource", &OF_RESOURCE, &UNSUPPORTED_OF_RESOURCE, problems)?;
    let mut needed = |name: &str| {
        let found = member(members, name);
        let text = found.and_then(Node::string).filter(|text| !text.is_empty());
        if text.is_none() {
            problems.add(found.unwrap_or(node).line, format!("a resource needs a `{name}`, which is a string"));
        }
        text.map(str::to_owned).zip(found)
    };
    let (name, kind) = (needed("name"), needed("type"));
    let (kind, kind_node) = kind?;
    let resource = find(&kind).map_err(|wrong| problems.add(kind_node.line, wrong)).ok()?;
    let (name, _) = name?;
    let desired = match member(members, "properties") {
        Some(properties) if !properties.is_null() => desired(resource, properties, problems)?,
        _ => Instance::new(resource.class().name()),
    };
    let depends_on = member(members, "dependsOn").map(|node| depends_on(node, problems)).unwrap_or_default();
    let is_sound = problems.count() == before;
    Some(Draft { id: id(resource, &name), resource, desired, is_sound, depends_on, line: node.line })
}

/// The resource of a type such as `Lumi/nxFile` or `nxFile`.
fn find(kind: &str) -> Result<&'static dyn AnyResource, String> {
    let (owner, name) = kind.rsplit_once('/').unwrap_or((OWNER, kind));
    let found = dsc::find(name);
    match found {
        Some(resource) if owner.eq_ignore_ascii_case(OWNER) => Ok(resource),
        Some(resource) => {
            Err(format!("there is no resource `{kind}`; did you mean `{OWNER}/{}`?", resource.friendly_name()))
        }
        None => {
            let names: Vec<_> = dsc::RESOURCES.iter().map(|resource| resource.friendly_name()).collect();
            Err(unknown(&format!("there is no resource `{kind}`"), name, names.iter().map(String::as_str)))
        }
    }
}

/// How a configuration in MOF would name it.
fn id(resource: &dyn AnyResource, name: &str) -> String {
    format!("[{}]{name}", resource.friendly_name())
}

fn depends_on(node: &Node, problems: &mut Problems) -> Vec<(String, usize)> {
    let nodes = match &node.kind {
        Kind::Sequence(nodes) => nodes.as_slice(),
        _ if node.is_null() => &[],
        _ => std::slice::from_ref(node),
    };
    let mut read = |node: &Node| {
        let text = node.string().ok_or("dependsOn must be a list of strings".to_owned());
        let of_element = |wrong: String| format!("an element of dependsOn {wrong}");
        let id = text.and_then(|text| match expression::read(text).map_err(of_element)? {
            Expression::ResourceId { kind, name } => Ok(id(find(&kind)?, &name)),
            Expression::Text(_) => Err(of_element("must be \"[resourceId('Lumi/nxFile', 'name')]\"".to_owned())),
        });
        id.map(|id| (id, node.line)).map_err(|wrong| problems.add(node.line, wrong)).ok()
    };
    nodes.iter().filter_map(&mut read).collect()
}

/// What is desired: the properties of the class, and `_exist`, which is its Ensure.
fn desired(resource: &dyn AnyResource, node: &Node, problems: &mut Problems) -> Option<Instance> {
    let class = resource.class();
    let Kind::Mapping(members) = &node.kind else {
        problems.add(node.line, format!("properties is {}; it must be an object", node.describe()));
        return None;
    };
    let mut desired = Instance::new(class.name());
    for (name, value) in members {
        let Kind::Scalar { text: given, .. } = &name.kind else { continue };
        let ensure = class.property("Ensure").filter(|_| given == "_exist");
        let Some(property) = ensure.or_else(|| class.property(given)) else {
            let names = class.properties().into_iter().map(|property| property.name());
            let message = format!("{} has no property `{given}`", resource.friendly_name());
            problems.add(name.line, unknown(&message, given, names.chain(ensure.map(|_| "_exist"))));
            continue;
        };
        let own = property.name();
        if desired.get(own).is_some() {
            problems.add(name.line, format!("`{given}` gives the property {own} a second time"));
            continue;
        }
        let kind = if ensure.is_some() { Type::Boolean } else { property.kind };
        match self::value(value, kind) {
            Ok(Some(Value::Boolean(exists))) if ensure.is_some() => {
                desired.set(own, if exists { "present" } else { "absent" });
            }
            Ok(Some(value)) => desired.set(own, value),
            Ok(None) => {}
            Err(wrong) => problems.add(value.line, format!("`{given}` {wrong}")),
        }
    }
    Some(desired)
}

/// A value of the type; `None` for null.
fn value(node: &Node, kind: Type) -> Result<Option<Value>, String> {
    if node.is_null() {
        return Ok(None);
    }
    let Kind::Sequence(nodes) = &node.kind else {
        return if kind.is_array() {
            Err(format!("is {}; it must be a list", node.describe()))
        } else {
            scalar(node, kind).map(Some)
        };
    };
    if !kind.is_array() {
        return Err(format!("is a list; it must be one {kind}"));
    }
    let elements: Vec<_> = nodes.iter().map(|node| scalar(node, kind.element())).collect::<Result<_, _>>()?;
    Value::from_elements(kind, elements).map(Some).ok_or_else(|| format!("must be a list of {}", kind.element()))
}

fn scalar(node: &Node, kind: Type) -> Result<Value, String> {
    match (&node.kind, kind) {
        (Kind::Mapping(members), Type::Instance) => pair(members),
        (Kind::Scalar { .. }, Type::String | Type::Datetime) => {
            let text = node
                .string()
                .ok_or_else(|| format!("is {}; it must be a string: put it into quotation marks", node.describe()))?;
            let Expression::Text(text) = expression::read(text)? else {
                return Err("is a reference to a resource; only dependsOn can have one".to_owned());
            };
            if kind == Type::String { Ok(Value::String(text)) } else { typed(&text, kind) }
        }
        (Kind::Scalar { text, is_plain: true }, kind) if kind != Type::Instance => typed(text, kind),
        _ => Err(format!("is {}; it must be {kind}", node.describe())),
    }
}

fn typed(text: &str, kind: Type) -> Result<Value, String> {
    omi::text::parse(kind, text).map_err(|_| format!("must be {kind}"))
}

/// An embedded instance of text, such as a pair of key and value.
fn pair(members: &[(Node, Node)]) -> Result<Value, String> {
    let names = ["Key", "Value"];
    let mut pair = Instance::new("MSFT_KeyValuePair");
    for (name, value) in members {
        let (Kind::Scalar { text: name, .. }, Some(value)) = (&name.kind, value.string()) else {
            return Err("must have text only".to_owned());
        };
        if !names.contains(&name.as_str()) {
            return Err(format!("has a member `{name}`; Key and Value are right"));
        }
        pair.set(name, value);
    }
    Ok(Value::Instance(Box::new(pair)))
}

//! Instances from XML. Declarations say what type each text is; without one, what the text itself says decides.

use super::epr::{self, Reference, Selector, SelectorValue};
use super::fault::{Fault, Result, kind};
use super::{encode, ns, time, xml};
use crate::class::{Class, PropertyDeclaration, Qualifier, SharedClass};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use omi::{Instance, Property, Type, Value, flags, text};
use roxmltree::Node;
use std::borrow::Cow;
use std::collections::HashMap;

/// Reads instances.
pub struct Decoder<'a> {
    /// Finds the declaration of a class by namespace (`None` for that of the request) and name.
    pub class: &'a dyn Fn(Option<&str>, &str) -> Option<SharedClass>,
}

/// What declares the elements of an instance: a class, or a method with its parameters.
#[derive(Clone, Copy)]
pub struct Declarations<'a> {
    /// The name that messages give.
    pub owner: &'a str,
    /// Properties or parameters; `None` accepts every name and guesses types.
    pub elements: Option<&'a [PropertyDeclaration]>,
}

impl<'a> Declarations<'a> {
    /// The properties of a class; every name, if nothing but that of the class is known.
    pub fn of(class: &'a Class) -> Self {
        Self { owner: &class.name, elements: (!class.is_name_only()).then_some(&class.properties) }
    }

    fn find(&self, name: &str) -> Option<&'a PropertyDeclaration> {
        self.elements?.iter().find(|element| element.name.eq_ignore_ascii_case(name))
    }
}

/// Whether a uint8 array is an octet string.
pub fn is_octets(declaration: &PropertyDeclaration) -> bool {
    let says_so =
        |it: &Qualifier| it.name.eq_ignore_ascii_case("OctetString") && it.value == Some(Value::Boolean(true));
    declaration.kind == Type::Uint8Array && declaration.qualifiers.iter().any(says_so)
}

impl Decoder<'_> {
    /// Reads an element whose children are properties.
    ///
    /// # Errors
    /// InvalidParameter naming the element and what is expected: unknown names, wrong types, numbers out of range.
    pub fn instance(&self, node: Node<'_, '_>, class_name: &str, declarations: Declarations<'_>) -> Result<Instance> {
        let groups = group_by_name(node);
        let mut instance = Instance::with_capacity(class_name, groups.len());
        for items in groups {
            let name = items[0].tag_name().name();
            let declaration = declarations.find(name);
            if declaration.is_none() && declarations.elements.is_some() {
                let text = format!("{} has no element {name}; it has {}", declarations.owner, names(declarations));
                return Err(Fault::new(kind::INVALID_NAME, text));
            }
            let (kind, value) = self.value(&items, declaration, declarations.owner)?;
            instance.push(Property {
                name: declaration.map_or_else(|| name.into(), |it| it.name.clone()),
                kind,
                flags: declaration.map_or(0, |it| it.flags & flags::KEY),
                value,
            });
        }
        Ok(instance)
    }

    /// The value in one element, or in the repeated elements of an array.
    fn value(
        &self,
        items: &[Node<'_, '_>],
        declaration: Option<&PropertyDeclaration>,
        owner: &str,
    ) -> Result<(Type, Option<Value>)> {
        let first = items[0];
        let name = first.tag_name().name();
        let octets = is_base64(first) || declaration.is_some_and(is_octets);
        let kind = match declaration {
            Some(declaration) => declaration.kind,
            None if octets => Type::Uint8Array,
            None if items.len() > 1 || first.has_attribute((ns::WINDOWS, "IsNullArray")) => guess(first).array(),
            None => guess(first),
        };
        if xml::is_true(first.attribute((ns::WINDOWS, "IsEmptyArray"))) && kind.is_array() {
            return Ok((kind, Value::from_elements(kind, Vec::new())));
        }
        if is_nil(first) && items.len() == 1 {
            return Ok((kind, None));
        }
        if octets && items.len() == 1 && text::parse(Type::Uint8, &xml::text(first)).is_err() {
            return Ok((kind, Some(base64(first, owner)?)));
        }
        if items.len() > 1 && !kind.is_array() {
            let text = format!("{owner}.{name} is {kind}, but is given {} times", items.len());
            return Err(Fault::new(kind::TYPE_MISMATCH, text));
        }
        let class = declaration.and_then(|it| it.class_name.as_deref());
        let values = items
            .iter()
            .map(|item| {
                if is_nil(*item) {
                    let text = format!("{owner}.{name} is {kind}, whose elements cannot be NULL");
                    return Err(Fault::new(kind::TYPE_MISMATCH, text));
                }
                self.item(*item, kind.element(), class, owner)
            })
            .collect::<Result<Vec<_>>>()?;
        let value = if kind.is_array() { Value::from_elements(kind, values) } else { values.into_iter().next() };
        Ok((kind, value))
    }

    fn item(&self, node: Node<'_, '_>, kind: Type, class: Option<&str>, owner: &str) -> Result<Value> {
        match kind {
            Type::Instance => {
                let class = type_name(node).or(class).map_or_else(|| embedded_name(node), Cow::Borrowed);
                let declared = (self.class)(None, &class);
                let declarations = Declarations {
                    owner: &class,
                    elements: declared.as_deref().map(|class| class.properties.as_slice()),
                };
                let name = declared.as_ref().map_or(class.as_ref(), |class| &class.name);
                self.instance(node, name, declarations).map(|it| Value::Instance(Box::new(it)))
            }
            Type::Reference => {
                let inner = xml::child(node, ns::ADDRESSING, "EndpointReference").unwrap_or(node);
                self.reference(&epr::read(inner)?).map(|it| Value::Reference(Box::new(it)))
            }
            Type::Datetime => {
                let inner = xml::elements(node).next().unwrap_or(node);
                time::parse(&xml::text(inner)).map(Value::Datetime).ok_or_else(|| mismatch(node, kind, owner))
            }
            Type::String => Ok(Value::String(xml::raw_text(node).into_owned())),
            kind => scalar(kind, &xml::text(node)).ok_or_else(|| mismatch(node, kind, owner)),
        }
    }

    /// The instance that a reference names.
    ///
    /// # Errors
    /// Those of [`key`](Self::key).
    pub fn reference(&self, reference: &Reference) -> Result<Instance> {
        let class = (self.class)(reference.namespace.as_deref(), &reference.class);
        let mut key = self.key(&reference.class, class.as_deref(), &reference.selectors)?;
        key.set_namespace(reference.namespace.as_deref().map(Into::into));
        Ok(key)
    }

    /// Class and keys of an instance, from selectors. Without a declaration all values are strings.
    ///
    /// # Errors
    /// InvalidSelectors for a selector that is no key of the class and for a value of the wrong type.
    pub fn key(&self, name: &str, class: Option<&Class>, selectors: &[Selector]) -> Result<Instance> {
        let mut key = Instance::with_capacity(class.map_or(name, |class| &class.name), selectors.len());
        let class = class.filter(|class| !class.is_name_only());
        for selector in selectors {
            let declaration = class.and_then(|class| class.property(&selector.name));
            if let Some(class) = class
                && declaration.is_none_or(|it| it.flags & flags::KEY == 0)
            {
                let keys: Vec<&str> = class.keys().map(|key| key.name.as_ref()).collect();
                let text = format!("{} has no key {}; its keys: {}", class.name, selector.name, keys.join(", "));
                return Err(Fault::new(kind::UNEXPECTED_SELECTORS, text));
            }
            let value = match &selector.value {
                SelectorValue::Reference(target) => Value::Reference(Box::new(self.reference(target)?)),
                SelectorValue::Text(text) => {
                    let kind = declaration.map_or(Type::String, |it| it.kind);
                    scalar(kind, text).ok_or_else(|| {
                        let text = format!("the selector {} is {text:?}, but {name} needs a {kind}", selector.name);
                        Fault::new(kind::SELECTOR_TYPE, text)
                    })?
                }
            };
            key.push(Property {
                name: declaration.map_or_else(|| selector.name.as_str().into(), |it| it.name.clone()),
                kind: value.kind(),
                flags: flags::KEY,
                value: Some(value),
            });
        }
        Ok(key)
    }
}

/// The child elements, those of the same name together: an array is an element repeated.
fn group_by_name<'a, 'i>(node: Node<'a, 'i>) -> Vec<Vec<Node<'a, 'i>>> {
    let mut groups: Vec<Vec<Node<'a, 'i>>> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for child in xml::elements(node) {
        let name = child.tag_name().name();
        match groups.last_mut() {
            Some(group) if group[0].tag_name().name() == name => group.push(child),
            _ => {
                let place = *places.entry(name.to_ascii_lowercase()).or_insert(groups.len());
                match groups.get_mut(place) {
                    Some(group) => group.push(child),
                    None => groups.push(vec![child]),
                }
            }
        }
    }
    groups
}

/// A simple value from its text.
fn scalar(kind: Type, text: &str) -> Option<Value> {
    if kind == Type::Datetime {
        return time::parse(text).map(Value::Datetime);
    }
    let value = text::parse(kind, text).ok()?;
    // A number too large for its width must not turn into infinity.
    let infinite = matches!(value, Value::Real32(it) if it.is_infinite())
        || matches!(value, Value::Real64(it) if it.is_infinite());
    (!infinite || !text.contains(|c: char| c.is_ascii_digit())).then_some(value)
}

fn mismatch(node: Node<'_, '_>, kind: Type, owner: &str) -> Fault {
    let (name, text) = (node.tag_name().name(), xml::text(node));
    let reason = match text::parse(kind, &text) {
        Err(error) => error.message().to_owned(),
        Ok(_) => format!("{text:?} is not a valid {kind} value"),
    };
    Fault::new(kind::TYPE_MISMATCH, format!("{owner}.{name}: {reason}"))
}

/// An octet string: the bytes after a length that counts itself (DSP0004, qualifier OctetString).
fn base64(node: Node<'_, '_>, owner: &str) -> Result<Value> {
    let compact: String = xml::raw_text(node).split_ascii_whitespace().collect();
    let wrong = |reason: String| {
        Fault::new(kind::TYPE_MISMATCH, format!("{owner}.{} is not valid base64: {reason}", node.tag_name().name()))
    };
    let content = BASE64_STANDARD.decode(compact).map_err(|error| wrong(error.to_string()))?;
    let length = u32::try_from(content.len() + 4).map_err(|error| wrong(error.to_string()))?;
    Ok(Value::Uint8Array([length.to_be_bytes().as_slice(), &content].concat()))
}

fn is_nil(node: Node<'_, '_>) -> bool {
    xml::is_true(node.attribute((ns::XSI, "nil")))
}

fn is_base64(node: Node<'_, '_>) -> bool {
    xsi_type(node).is_some_and(|name| name.ends_with("ase64Binary"))
}

/// The local name in `xsi:type`.
fn xsi_type<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    node.attribute((ns::XSI, "type")).map(|name| name.rsplit(':').next().unwrap_or(name).trim())
}

/// The class that `xsi:type` names: `C` of `p:C_Type`.
pub fn type_name<'a>(node: Node<'a, '_>) -> Option<&'a str> {
    xsi_type(node)?.strip_suffix("_Type")
}

/// The class of an embedded instance without `xsi:type`: the end of its children's namespace URI.
fn embedded_name<'a>(node: Node<'a, '_>) -> Cow<'a, str> {
    let uri = xml::elements(node).next().and_then(|child| child.tag_name().namespace()).unwrap_or_default();
    Cow::Borrowed(uri.rsplit('/').next().unwrap_or_default())
}

/// The type of an element that nothing declares.
fn guess(node: Node<'_, '_>) -> Type {
    if let Some(kind) = xsi_type(node).and_then(encode::type_of) {
        return kind;
    }
    match xml::elements(node).next() {
        _ if type_name(node).is_some() => Type::Instance,
        None => Type::String,
        Some(child) if child.tag_name().namespace() == Some(ns::ADDRESSING) => Type::Reference,
        Some(child) if child.tag_name().namespace() == Some(ns::CIM) => Type::Datetime,
        Some(_) => Type::Instance,
    }
}

fn names(declarations: Declarations<'_>) -> String {
    let names: Vec<&str> = declarations.elements.unwrap_or_default().iter().map(|it| it.name.as_ref()).collect();
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

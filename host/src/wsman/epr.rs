//! Endpoint references: how WS-Man names an instance (DSP0226 section 5.4), and the selectors in them.

use super::encode::Encoder;
use super::fault::{Fault, Result, kind};
use super::resource::{Resource, normalize_namespace};
use super::{ns, time, write, xml};
use omi::{Instance, Value, text};
use roxmltree::Node;

/// The selector that holds the namespace (DSP0227 section 6.3).
pub const NAMESPACE_SELECTOR: &str = "__cimnamespace";

/// One selector: the name of a key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Selector {
    /// The name, as the client spelled it.
    pub name: String,
    /// The value.
    pub value: SelectorValue,
}

/// The value of a selector.
#[derive(Clone, Debug, PartialEq)]
pub enum SelectorValue {
    /// The text of a simple value.
    Text(String),
    /// A reference to another instance.
    Reference(Box<Reference>),
}

/// A reference as a message has it: its keys are still text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reference {
    /// The class.
    pub class: String,
    /// The namespace, where the reference names one.
    pub namespace: Option<String>,
    /// The keys.
    pub selectors: Vec<Selector>,
}

/// The resource URI of a class, which is its XML namespace as well.
pub fn class_uri(class: &str) -> String {
    [ns::CLASS_PREFIX, class].concat()
}

/// Appends an endpoint reference to an instance in the given namespace.
pub fn write(out: &mut String, instance: &Instance, namespace: &str) {
    out.push_str("<a:EndpointReference>");
    content_in(out, instance, namespace);
    out.push_str("</a:EndpointReference>");
}

/// Appends what an endpoint reference to an instance contains. The namespace is the instance's own, or else the given one.
pub fn content(out: &mut String, instance: &Instance, namespace: &str) {
    content_in(out, instance, instance.namespace().unwrap_or(namespace));
}

fn content_in(out: &mut String, instance: &Instance, namespace: &str) {
    out.push_str("<a:Address>");
    out.push_str(ns::ANONYMOUS);
    out.push_str("</a:Address><a:ReferenceParameters><w:ResourceURI>");
    out.push_str(ns::CLASS_PREFIX);
    write::text(out, instance.class_name());
    out.push_str("</w:ResourceURI>");
    selector_set(out, instance, namespace);
    out.push_str("</a:ReferenceParameters>");
}

/// Appends a selector set: the keys, then the namespace. An instance without marked keys, as references of some providers
/// are, is named by all its properties.
pub fn selector_set(out: &mut String, instance: &Instance, namespace: &str) {
    let has_keys = instance.properties().iter().any(omi::Property::is_key);
    out.push_str("<w:SelectorSet>");
    for property in instance.properties().iter().filter(|property| property.is_key() || !has_keys) {
        let Some(value) = &property.value else { continue };
        selector(out, &property.name, |out| match value {
            Value::Reference(target) => {
                out.push_str("<a:EndpointReference>");
                content(out, target, namespace);
                out.push_str("</a:EndpointReference>");
            }
            Value::Datetime(at) => time::write(out, *at),
            value => write::text(out, &text::display(value)),
        });
    }
    selector(out, NAMESPACE_SELECTOR, |out| write::text(out, namespace));
    out.push_str("</w:SelectorSet>");
}

fn selector(out: &mut String, name: &str, value: impl FnOnce(&mut String)) {
    out.push_str("<w:Selector Name=\"");
    write::attribute(out, name);
    out.push_str("\">");
    value(out);
    out.push_str("</w:Selector>");
}

/// Reads the selectors of a `w:SelectorSet`. An empty selector is an empty text.
///
/// # Errors
/// InvalidSelectors for a selector without a name, and what [`read`] returns.
pub fn read_selectors(set: Node<'_, '_>) -> Result<Vec<Selector>> {
    let mut selectors: Vec<Selector> = Vec::new();
    for node in xml::elements(set).filter(|node| xml::is(*node, ns::WSMAN, "Selector")) {
        let name = node.attribute("Name").map(str::trim).filter(|name| !name.is_empty());
        let Some(name) = name else {
            return Err(Fault::new(kind::UNEXPECTED_SELECTORS, "a Selector has no Name attribute"));
        };
        if selectors.iter().any(|selector| selector.name.eq_ignore_ascii_case(name)) {
            return Err(Fault::new(kind::UNEXPECTED_SELECTORS, format!("the selector {name} is given twice")));
        }
        let value = match xml::child(node, ns::ADDRESSING, "EndpointReference") {
            Some(reference) => SelectorValue::Reference(Box::new(read(reference)?)),
            // omiserver writes references into selectors without the element around them.
            None if xml::child(node, ns::ADDRESSING, "ReferenceParameters").is_some() => {
                SelectorValue::Reference(Box::new(read(node)?))
            }
            None => SelectorValue::Text(xml::text(node).into_owned()),
        };
        selectors.push(Selector { name: name.to_owned(), value });
    }
    Ok(selectors)
}

/// Reads a reference from an element that contains `a:ReferenceParameters`.
///
/// # Errors
/// SchemaValidationError when parts are missing, DestinationUnreachable for an unknown resource URI.
pub fn read(node: Node<'_, '_>) -> Result<Reference> {
    let missing = |what: &str| Fault::new(kind::SCHEMA_VALIDATION, format!("an endpoint reference lacks {what}"));
    let parameters =
        xml::child(node, ns::ADDRESSING, "ReferenceParameters").ok_or_else(|| missing("a:ReferenceParameters"))?;
    let uri = xml::child(parameters, ns::WSMAN, "ResourceURI").ok_or_else(|| missing("w:ResourceURI"))?;
    let Resource::Class { name, mut namespace } = Resource::parse(&xml::text(uri))? else {
        return Err(missing("the resource URI of a class"));
    };
    let mut selectors = match xml::child(parameters, ns::WSMAN, "SelectorSet") {
        Some(set) => read_selectors(set)?,
        None => Vec::new(),
    };
    if let Some(named) = take_namespace(&mut selectors) {
        namespace = Some(named);
    }
    Ok(Reference { class: name, namespace, selectors })
}

/// Takes the namespace out of selectors.
pub fn take_namespace(selectors: &mut Vec<Selector>) -> Option<String> {
    let at = selectors.iter().position(|selector| selector.name.eq_ignore_ascii_case(NAMESPACE_SELECTOR))?;
    match selectors.remove(at).value {
        SelectorValue::Text(namespace) => Some(normalize_namespace(&namespace)),
        SelectorValue::Reference(_) => None,
    }
}

/// The answer to Create: `x:ResourceCreated` (WS-Transfer section 4.1).
pub fn resource_created(out: &mut String, instance: &Instance, encoder: &Encoder<'_>) {
    out.push_str("<x:ResourceCreated>");
    content_in(out, instance, encoder.namespace);
    out.push_str("</x:ResourceCreated>");
}

//! Class declarations from CIM-XML (DSP0201): what a client learns about the classes of a server.

use super::classes::FLAG_QUALIFIERS;
use super::fault::{Fault, Result, kind};
use super::xml;
use crate::class::{Class, MethodDeclaration, PropertyDeclaration, Qualifier};
use omi::{Name, Type, Value, flags, text};
use roxmltree::Node;

/// Reads a `CLASS` element.
///
/// # Errors
/// SchemaValidationError when names or types are missing or unknown.
pub fn read_class(node: Node<'_, '_>) -> Result<Class> {
    if node.tag_name().name() != "CLASS" {
        return Err(wrong(format!("expected a CLASS element, found {}", node.tag_name().name())));
    }
    let name: Name = name(node)?;
    let qualifiers = qualifiers(node)?;
    let mut ancestors: Vec<Name> = match node.attribute("DERIVATION") {
        Some(list) => list.split([',', ' ']).filter(|name| !name.is_empty()).map(Into::into).collect(),
        None => Vec::new(),
    };
    if ancestors.is_empty() {
        ancestors.extend(node.attribute("SUPERCLASS").map(Name::from));
    }
    let mut class = Class {
        flags: flags::CLASS | flags_of(&qualifiers),
        name,
        ancestors,
        qualifiers,
        properties: Vec::new(),
        methods: Vec::new(),
    };
    for child in xml::elements(node) {
        match child.tag_name().name() {
            "METHOD" => class.methods.push(method(child)?),
            element if element.starts_with("PROPERTY") => class.properties.push(element_of(child, flags::PROPERTY)?),
            _ => {}
        }
    }
    Ok(class)
}

fn wrong(text: String) -> Fault {
    Fault::new(kind::SCHEMA_VALIDATION, text)
}

fn name(node: Node<'_, '_>) -> Result<Name> {
    node.attribute("NAME").map(Name::from).ok_or_else(|| wrong(format!("{} has no NAME", node.tag_name().name())))
}

fn method(node: Node<'_, '_>) -> Result<MethodDeclaration> {
    let qualifiers = qualifiers(node)?;
    let parameters = xml::elements(node).filter(|child| child.tag_name().name().starts_with("PARAMETER"));
    Ok(MethodDeclaration {
        name: name(node)?,
        flags: flags::METHOD | flags_of(&qualifiers),
        qualifiers,
        returns: kind_of(node)?,
        parameters: parameters.map(|child| element_of(child, flags::PARAMETER)).collect::<Result<_>>()?,
        origin: node.attribute("CLASSORIGIN").map(Name::from),
        propagator: None,
    })
}

/// A property or a parameter.
fn element_of(node: Node<'_, '_>, flag: u32) -> Result<PropertyDeclaration> {
    let element = node.tag_name().name();
    let is_array = element.ends_with("ARRAY");
    let qualifiers = qualifiers(node)?;
    let embedded = qualifiers
        .iter()
        .find(|it| it.name.eq_ignore_ascii_case("EmbeddedInstance") || it.name.eq_ignore_ascii_case("EmbeddedObject"));
    let scalar = if element.contains(".REF") {
        Type::Reference
    } else if embedded.is_some() {
        Type::Instance
    } else {
        kind_of(node)?
    };
    let embedded_class = match embedded.and_then(|it| it.value.as_ref()) {
        Some(Value::String(class)) => Some(Name::from(class.as_str())),
        _ => None,
    };
    let kind = if is_array { scalar.array() } else { scalar };
    let default = xml::elements(node).find(|it| it.tag_name().name().starts_with("VALUE"));
    Ok(PropertyDeclaration {
        name: name(node)?,
        flags: flag | flags_of(&qualifiers),
        qualifiers,
        kind,
        class_name: node.attribute("REFERENCECLASS").map(Name::from).or(embedded_class),
        subscript: node.attribute("ARRAYSIZE").and_then(|size| size.parse().ok()).unwrap_or(0),
        origin: node.attribute("CLASSORIGIN").map(Name::from),
        propagator: None,
        default: default.and_then(|node| value(node, kind)),
    })
}

fn kind_of(node: Node<'_, '_>) -> Result<Type> {
    let name = node.attribute("TYPE").unwrap_or("string");
    (0..16)
        .filter_map(Type::from_code)
        .find(|kind| kind.mof_name() == name)
        .ok_or_else(|| wrong(format!("the type {name:?} is not known")))
}

fn qualifiers(node: Node<'_, '_>) -> Result<Vec<Qualifier>> {
    let nodes = xml::elements(node).filter(|child| child.tag_name().name() == "QUALIFIER");
    nodes
        .map(|node| {
            let content = xml::elements(node).next();
            let is_array = content.is_some_and(|it| it.tag_name().name() == "VALUE.ARRAY");
            let kind = if is_array { kind_of(node)?.array() } else { kind_of(node)? };
            let says = |name: &str, word: &str, flag: u32| {
                if node.attribute(name).is_some_and(|it| it.eq_ignore_ascii_case(word)) { flag } else { 0 }
            };
            Ok(Qualifier {
                name: name(node)?,
                flavor: says("OVERRIDABLE", "false", flags::DISABLE_OVERRIDE)
                    | says("TOSUBCLASS", "false", flags::RESTRICTED)
                    | says("TRANSLATABLE", "true", flags::TRANSLATABLE),
                kind,
                value: content.and_then(|it| value(it, kind)),
            })
        })
        .collect()
}

fn flags_of(qualifiers: &[Qualifier]) -> u32 {
    let set = |name: &str| {
        qualifiers.iter().any(|it| it.name.eq_ignore_ascii_case(name) && it.value == Some(Value::Boolean(true)))
    };
    FLAG_QUALIFIERS.iter().filter(|(_, name)| set(name)).fold(0, |all, (flag, _)| all | flag)
}

/// The content of `VALUE` or `VALUE.ARRAY`. Values that cannot be read as their type are left out: they only describe.
fn value(node: Node<'_, '_>, kind: Type) -> Option<Value> {
    let scalar = |node: Node<'_, '_>| match kind.element() {
        Type::String => Some(Value::String(xml::raw_text(node).into_owned())),
        element => text::parse(element, &xml::text(node)).ok(),
    };
    if node.tag_name().name() == "VALUE.ARRAY" {
        return Value::from_elements(kind, xml::elements(node).filter_map(scalar).collect());
    }
    scalar(node)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wsman::classes::write_class;
    use crate::wsman::options::Options;

    const TEXT: &str = "<CLASS NAME=\"X_Disk\" SUPERCLASS=\"X_Device\" DERIVATION=\"X_Device,X_Element\">\
        <QUALIFIER NAME=\"Description\" TYPE=\"string\"><VALUE>A &lt;disk&gt;</VALUE></QUALIFIER>\
        <PROPERTY NAME=\"Id\" TYPE=\"string\" CLASSORIGIN=\"X_Element\">\
        <QUALIFIER NAME=\"Key\" TYPE=\"boolean\" OVERRIDABLE=\"false\"><VALUE>TRUE</VALUE></QUALIFIER></PROPERTY>\
        <PROPERTY.ARRAY NAME=\"Sizes\" TYPE=\"uint64\" ARRAYSIZE=\"3\">\
        <VALUE.ARRAY><VALUE>1</VALUE><VALUE>2</VALUE></VALUE.ARRAY></PROPERTY.ARRAY>\
        <PROPERTY.REFERENCE NAME=\"Host\" REFERENCECLASS=\"X_Host\"></PROPERTY.REFERENCE>\
        <PROPERTY NAME=\"Part\" TYPE=\"string\">\
        <QUALIFIER NAME=\"EmbeddedInstance\" TYPE=\"string\" OVERRIDABLE=\"false\"><VALUE>X_Part</VALUE></QUALIFIER></PROPERTY>\
        <METHOD NAME=\"Wipe\" TYPE=\"uint32\"><PARAMETER.ARRAY NAME=\"Blocks\" TYPE=\"uint32\">\
        <QUALIFIER NAME=\"In\" TYPE=\"boolean\" OVERRIDABLE=\"false\"><VALUE>TRUE</VALUE></QUALIFIER></PARAMETER.ARRAY></METHOD>\
        </CLASS>";

    #[test]
    fn a_class_goes_both_ways() {
        let document = xml::parse(TEXT).unwrap();
        let class = read_class(document.root_element()).unwrap();
        assert_eq!(class.keys().map(|key| key.name.as_ref()).collect::<Vec<_>>(), ["Id"]);
        assert_eq!(class.property("Part").unwrap().kind, Type::Instance);
        assert_eq!(class.property("sizes").unwrap().default, Some(Value::Uint64Array(vec![1, 2])));
        assert_eq!(class.method("Wipe").unwrap().parameters[0].kind, Type::Uint32Array);

        let all = Options {
            inheritance_hierarchy: true,
            inherited_elements: true,
            qualifiers: true,
            class_origin: true,
            ..Options::default()
        };
        let mut out = String::new();
        write_class(&mut out, &class, &all);
        assert_eq!(out, TEXT);
    }

    #[test]
    fn without_options_a_class_is_only_its_own_elements() {
        let document = xml::parse(TEXT).unwrap();
        let mut class = read_class(document.root_element()).unwrap();
        class.properties.truncate(2);
        class.properties[0].propagator = Some("X_Element".into());
        class.methods.clear();
        let mut out = String::new();
        write_class(&mut out, &class, &Options::default());
        assert_eq!(
            out,
            "<CLASS NAME=\"X_Disk\" SUPERCLASS=\"X_Device\"><PROPERTY.ARRAY NAME=\"Sizes\" TYPE=\"uint64\" ARRAYSIZE=\"3\">\
             <VALUE.ARRAY><VALUE>1</VALUE><VALUE>2</VALUE></VALUE.ARRAY></PROPERTY.ARRAY></CLASS>"
        );
    }

    #[test]
    fn a_flag_without_its_qualifier_is_shown_as_one() {
        let document = xml::parse("<CLASS NAME='C'><PROPERTY NAME='K' TYPE='uint8'/></CLASS>").unwrap();
        let mut class = read_class(document.root_element()).unwrap();
        class.properties[0].flags |= flags::KEY;
        let mut out = String::new();
        write_class(&mut out, &class, &Options { qualifiers: true, ..Options::default() });
        assert!(
            out.contains("<QUALIFIER NAME=\"Key\" TYPE=\"boolean\" OVERRIDABLE=\"false\"><VALUE>TRUE</VALUE>"),
            "{out}"
        );
    }
}

//! A class for people and for programs: its properties and methods with types, units and descriptions.

use crate::classes::Found;
use crate::failure::Result;
use crate::values::{ValueNames, printable, qualifier_text};
use crate::{json, table, terminal};
use omi::{Type, flags};
use omi_host::class::{MethodDeclaration, PropertyDeclaration, Qualifier};
use serde_json::{Map, Value as Json, json};
use std::io::{self, Write};

/// How far descriptions stand to the right of what they describe.
const INDENT: u16 = 6;

/// Writes a class for people.
pub fn write(out: &mut impl Write, found: &Found) -> Result<()> {
    let Found { namespace, class } = found;
    let lineage: Vec<&str> = [&class.name].into_iter().chain(&class.ancestors).map(|name| &**name).collect();
    writeln!(out, "{}  ({namespace})", lineage.join(" : "))?;
    paragraph(out, 0, qualifier_text(&class.qualifiers, "Description").unwrap_or_default())?;
    writeln!(out, "\nProperties")?;
    for property in &class.properties {
        let key = if property.flags & flags::KEY != 0 { ", key" } else { "" };
        let unit = unit(property).map_or_else(String::new, |unit| format!(", in {unit}"));
        writeln!(out, "  {}  {}{key}{unit}", printable(&property.name), type_name(property))?;
        explanation(out, "", &property.qualifiers)?;
    }
    if !class.methods.is_empty() {
        writeln!(out, "\nMethods")?;
    }
    for method in &class.methods {
        writeln!(out, "  {}", printable(&signature(method)))?;
        explanation(out, "", &method.qualifiers)?;
        for parameter in &method.parameters {
            explanation(out, &format!("{}: ", parameter.name), &parameter.qualifiers)?;
        }
    }
    Ok(())
}

/// The description of an element and the names of its values, each a paragraph.
fn explanation(out: &mut impl Write, label: &str, qualifiers: &[Qualifier]) -> io::Result<()> {
    if let Some(description) = qualifier_text(qualifiers, "Description") {
        paragraph(out, INDENT, &format!("{label}{description}"))?;
    }
    if let Some(names) = ValueNames::of(qualifiers) {
        let names: Vec<String> = names.entries().map(|(value, name)| format!("{value} = {name}")).collect();
        paragraph(out, INDENT, &format!("{label}{}.", names.join("; ")))?;
    }
    Ok(())
}

/// Text that is wrapped at the right edge of the terminal.
fn paragraph(out: &mut impl Write, indent: u16, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    let mut paragraph = table::plain(Some(terminal::width().unwrap_or_else(terminal::default_width)));
    paragraph.add_row([printable(text)]);
    if let Some(column) = paragraph.column_mut(0) {
        column.set_padding((indent, 0));
    }
    paragraph.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// `uint32 SendSignal(in uint32 Signal)`.
fn signature(method: &MethodDeclaration) -> String {
    let parameter = |it: &PropertyDeclaration| {
        let direction = match (it.flags & flags::IN != 0, it.flags & flags::OUT != 0) {
            (true, true) => "in out ",
            (false, true) => "out ",
            _ => "in ",
        };
        let required = if it.flags & flags::REQUIRED != 0 { "required " } else { "" };
        format!("{required}{direction}{} {}", type_name(it), it.name)
    };
    let parameters: Vec<String> = method.parameters.iter().map(parameter).collect();
    let is_static = if method.is_static() { "static " } else { "" };
    format!("{is_static}{} {}({})", method.returns, method.name, parameters.join(", "))
}

/// The type; of references and embedded instances also the class.
fn type_name(declared: &PropertyDeclaration) -> String {
    let array = if declared.kind.is_array() { "[]" } else { "" };
    match (declared.kind.element(), &declared.class_name) {
        (Type::Reference, Some(class)) => format!("{class} ref{array}"),
        (Type::Instance, Some(class)) => format!("{class}{array}"),
        _ => declared.kind.to_string(),
    }
}

/// The unit, as PUnit or Units says it.
fn unit(declared: &PropertyDeclaration) -> Option<&str> {
    qualifier_text(&declared.qualifiers, "PUnit").or_else(|| qualifier_text(&declared.qualifiers, "Units"))
}

/// Writes a class for programs.
pub fn write_json(out: &mut impl Write, found: &Found) -> Result<()> {
    let Found { namespace, class } = found;
    let ancestors: Vec<&str> = class.ancestors.iter().map(|name| &**name).collect();
    let method = |method: &MethodDeclaration| {
        json!({
            "name": *method.name,
            "returns": method.returns.to_string(),
            "static": method.is_static(),
            "parameters": method.parameters.iter().map(element).collect::<Json>(),
            "qualifiers": qualifiers(&method.qualifiers),
        })
    };
    let class = json!({
        "name": *class.name,
        "namespace": namespace,
        "ancestors": ancestors,
        "qualifiers": qualifiers(&class.qualifiers),
        "properties": class.properties.iter().map(element).collect::<Json>(),
        "methods": class.methods.iter().map(method).collect::<Json>(),
    });
    Ok(writeln!(out, "{class:#}")?)
}

/// A property or a parameter.
fn element(declared: &PropertyDeclaration) -> Json {
    let is = |flag| declared.flags & flag != 0;
    let mut element = Map::new();
    element.insert("name".to_owned(), (*declared.name).into());
    element.insert("type".to_owned(), type_name(declared).into());
    for (name, flag) in [("key", flags::KEY), ("required", flags::REQUIRED), ("in", flags::IN), ("out", flags::OUT)] {
        if is(flag) {
            element.insert(name.to_owned(), true.into());
        }
    }
    if let Some(default) = &declared.default {
        element.insert("default".to_owned(), json::value(Some(default)));
    }
    element.insert("qualifiers".to_owned(), qualifiers(&declared.qualifiers));
    Json::Object(element)
}

fn qualifiers(qualifiers: &[Qualifier]) -> Json {
    let member = |it: &Qualifier| (it.name.to_string(), json::value(it.value.as_ref()));
    Json::Object(qualifiers.iter().map(member).collect())
}

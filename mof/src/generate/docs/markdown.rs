//! The reference as Markdown (CommonMark with tables).

use super::entry::{
    Entry, in_parentheses, inherited, nature, own_methods, own_properties, paragraphs, references, subclasses,
    superclasses, tree,
};
use crate::model::{Class, Method, Schema};
use std::fmt::Write;

/// The class reference of a schema as Markdown.
pub fn markdown(schema: &Schema) -> String {
    let mut out = String::from("# Class reference\n\n");
    for (depth, class) in tree(schema) {
        let _ = writeln!(out, "{:1$}- {2}", "", 2 * depth, link(schema, &class.name));
    }
    for class in schema.classes() {
        write_class(schema, class, &mut out);
    }
    out
}

fn write_class(schema: &Schema, class: &Class, out: &mut String) {
    let _ = writeln!(out, "\n## {}\n\n{}", escape(&class.name), escape(&nature(class)));
    let links = |names: Vec<&str>, separator: &str| {
        names.into_iter().map(|name| link(schema, name)).collect::<Vec<_>>().join(separator)
    };
    let above = superclasses(schema, class);
    if !above.is_empty() {
        let _ = writeln!(out, "\nInherits: {} → {}", links(above, " → "), escape(&class.name));
    }
    let below = subclasses(schema, class);
    if !below.is_empty() {
        let _ = writeln!(out, "\nSubclasses: {}", links(below, ", "));
    }
    let linked = references(schema, class).into_iter();
    let linked: Vec<_> = linked.map(|(other, end)| format!("{} ({})", link(schema, other), escape(end))).collect();
    if !linked.is_empty() {
        let _ = writeln!(out, "\nAssociations: {}", linked.join(", "));
    }
    for paragraph in paragraphs(&class.qualifiers) {
        let _ = writeln!(out, "\n{}", escape(&paragraph));
    }
    let properties = own_properties(class);
    if !properties.is_empty() {
        out.push_str("\n### Properties\n");
        write_table("Property", &properties, out);
    }
    for method in own_methods(class) {
        write_method(method, out);
    }
    for (above, names) in inherited(schema, class) {
        let names: Vec<_> = names.into_iter().map(escape).collect();
        let _ = writeln!(out, "\nInherited from {}: {}", link(schema, above), names.join(", "));
    }
}

fn write_method(method: &Method, out: &mut String) {
    let entry = Entry::method(method);
    let _ = writeln!(out, "\n### Method {}{}", escape(&method.name), in_parentheses(&entry.marks));
    for paragraph in &entry.description {
        let _ = writeln!(out, "\n{}", escape(paragraph));
    }
    let returns = std::iter::once(format!("Returns {}", escape(&entry.kind.to_string())));
    let _ = writeln!(out, "\n{}", returns.chain(facts(&entry)).collect::<Vec<_>>().join(". "));
    let parameters: Vec<_> = method.parameters.iter().map(Entry::parameter).collect();
    if !parameters.is_empty() {
        write_table("Parameter", &parameters, out);
    }
}

fn write_table(what: &str, entries: &[Entry<'_>], out: &mut String) {
    let _ = writeln!(out, "\n| {what} | Type | Unit | Description |\n| --- | --- | --- | --- |");
    for entry in entries {
        let name = format!("{}{}", escape(entry.name), in_parentheses(&entry.marks));
        let (kind, unit) = (escape(&entry.kind.to_string()), escape(entry.unit.unwrap_or_default()));
        let description = entry.description.iter().map(|paragraph| escape(paragraph)).chain(facts(entry));
        let description = description.collect::<Vec<_>>().join("<br>");
        let _ = writeln!(out, "| {name} | {kind} | {unit} | {description} |");
    }
}

/// Default, named values and sources, each as a phrase.
fn facts(entry: &Entry<'_>) -> Vec<String> {
    let default = entry.default.as_deref().map(|value| format!("Default: {}", escape(value)));
    let values = entry.values.iter().map(|(value, name)| format!("{} {}", escape(value), escape(name)));
    let values = list("Values", values.map(|value| value.trim_end().to_owned()).collect());
    let sources = list("Source", entry.sources.iter().map(|source| escape(source)).collect());
    [default, values, sources].into_iter().flatten().collect()
}

fn list(title: &str, items: Vec<String>) -> Option<String> {
    (!items.is_empty()).then(|| format!("{title}: {}", items.join(", ")))
}

/// A link to the heading of a class. Such anchors are the heading in small letters.
fn link(schema: &Schema, name: &str) -> String {
    match schema.class(name) {
        Some(class) => format!("[{}](#{})", escape(&class.name), class.name.to_lowercase()),
        None => escape(name),
    }
}

/// Text in which nothing is Markdown or HTML, wherever in a line or table it stands.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    // Only at the start does a number with a dot or parenthesis make a list.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits > 0 && text[digits..].starts_with(['.', ')']) {
        escaped += &text[..digits];
        escaped.push('\\');
        rest = &text[digits..];
    }
    for (place, character) in rest.char_indices() {
        let is_markup = "\\`*_[]<>|&~#!$".contains(character) || place == 0 && "-+=:".contains(character);
        if is_markup {
            escaped.push('\\');
        }
        escaped.push(if character.is_control() { ' ' } else { character });
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(escape("<b>&lt; a|b"), r"\<b\>\&lt; a\|b");
        assert_eq!(escape("![x](http://a)"), r"\!\[x\](http://a)");
        assert_eq!(escape("1. a"), r"1\. a");
        assert_eq!(escape("- a-b"), r"\- a-b");
        assert_eq!(escape("a\n# b"), r"a \# b");
    }
}

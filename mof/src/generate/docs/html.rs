//! The reference as one HTML page that needs nothing else, with a search field.

use super::entry::{
    Entry, in_parentheses, inherited, nature, own_methods, own_properties, paragraphs, references, subclasses,
    superclasses, tree,
};
use crate::model::{Class, Method, Schema};
use crate::types::Type;
use std::fmt::{self, Display, Write};

/// Nothing may be loaded from anywhere, even if a text of the schema asked for it.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'";

/// The class reference of a schema as an HTML page with style and script in it.
pub fn html(schema: &Schema) -> String {
    let mut page = Page { schema, text: String::new() };
    page.line(format_args!("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"));
    page.line(format_args!("<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">"));
    page.line("<meta name=\"viewport\" content=\"width=device-width\">\n<title>Class reference</title>");
    page.line(format_args!("<style>\n{}</style>\n</head>\n<body>", include_str!("style.css")));
    page.line("<nav>\n<input id=\"search\" type=\"search\" placeholder=\"Search\" aria-label=\"Search\" autofocus>");
    page.line("<p id=\"count\" aria-live=\"polite\"></p>\n<ul>");
    for class in schema.classes() {
        page.line(format_args!("<li>{}</li>", page.class_link(&class.name)));
    }
    page.line("</ul>\n</nav>\n<main>\n<h1>Class reference</h1>");
    page.tree();
    for class in schema.classes() {
        page.class(class);
    }
    page.line(format_args!("</main>\n<script>\n{}</script>\n</body>\n</html>", include_str!("search.js")));
    page.text
}

struct Page<'a> {
    schema: &'a Schema,
    text: String,
}

impl<'a> Page<'a> {
    fn line(&mut self, line: impl Display) {
        let _ = writeln!(self.text, "{line}");
    }

    /// The hierarchy of all classes as lists in lists.
    fn tree(&mut self) {
        self.line("<div id=\"tree\">");
        let mut open = 0;
        for (depth, class) in tree(self.schema) {
            // A list of subclasses stands inside the item of the superclass.
            while open > depth + 1 {
                self.line("</ul>");
                open -= 1;
            }
            if open <= depth {
                self.line("<ul>");
                open += 1;
            }
            self.line(format_args!("<li>{}", self.class_link(&class.name)));
        }
        self.line("</ul>".repeat(open));
        self.line("</div>");
    }

    fn class(&mut self, class: &'a Class) {
        let name = Escaped(&class.name);
        self.line(format_args!(
            "<section id=\"{name}\">\n<div class=\"about\">\n<h2><a href=\"#{name}\">{name}</a></h2>"
        ));
        self.line(format_args!("<p class=\"nature\">{}</p>", Escaped(&nature(class))));
        let above = superclasses(self.schema, class);
        if !above.is_empty() {
            self.line(format_args!("<p class=\"path\">{} → {name}</p>", self.class_links(&above, " → ")));
        }
        let below = subclasses(self.schema, class);
        if !below.is_empty() {
            self.line(format_args!("<p class=\"path\">Subclasses: {}</p>", self.class_links(&below, ", ")));
        }
        let linked = references(self.schema, class).into_iter();
        let linked: Vec<_> =
            linked.map(|(other, end)| format!("{} ({})", self.class_link(other), Escaped(end))).collect();
        if !linked.is_empty() {
            self.line(format_args!("<p class=\"path\">Associations: {}</p>", linked.join(", ")));
        }
        self.paragraphs(&paragraphs(&class.qualifiers));
        self.line("</div>");
        self.table("Property", &own_properties(class));
        for method in own_methods(class) {
            self.method(method);
        }
        for (above, names) in inherited(self.schema, class) {
            let (above, names) = (self.class_link(above), names.join(", "));
            self.line(format_args!("<p class=\"inherited\">Inherited from {above}: {}</p>", Escaped(&names)));
        }
        self.line("</section>");
    }

    fn method(&mut self, method: &'a Method) {
        let entry = Entry::method(method);
        let (name, marks) = (Escaped(&method.name), marks(&entry));
        self.line(format_args!("<div class=\"item\">\n<h3>{name}(){marks}</h3>"));
        self.paragraphs(&entry.description);
        self.line(format_args!("<p>Returns {}</p>", self.kind(entry.kind)));
        self.facts(&entry);
        self.table("Parameter", &method.parameters.iter().map(Entry::parameter).collect::<Vec<_>>());
        self.line("</div>");
    }

    fn table(&mut self, what: &str, entries: &[Entry<'_>]) {
        if entries.is_empty() {
            return;
        }
        self.line(format_args!("<table>\n<thead><tr><th>{what}<th>Type<th>Unit<th>Description</thead>\n<tbody>"));
        for entry in entries {
            let (name, marks) = (Escaped(entry.name), marks(entry));
            let (kind, unit) = (self.kind(entry.kind), Escaped(entry.unit.unwrap_or_default()));
            // A parameter is found with its method.
            let item = if what == "Property" { " class=\"item\"" } else { "" };
            self.line(format_args!("<tr{item}><td><b>{name}</b>{marks}<td>{kind}<td>{unit}<td>"));
            self.paragraphs(&entry.description);
            self.facts(entry);
            self.line("</tr>");
        }
        self.line("</tbody>\n</table>");
    }

    /// Default, named values and sources.
    fn facts(&mut self, entry: &Entry<'_>) {
        if let Some(default) = &entry.default {
            self.line(format_args!("<p>Default: <code>{}</code></p>", Escaped(default)));
        }
        if !entry.values.is_empty() {
            self.line("<ul class=\"values\">");
            for (value, name) in &entry.values {
                self.line(format_args!("<li><code>{}</code> {}</li>", Escaped(value), Escaped(name)));
            }
            self.line("</ul>");
        }
        for source in &entry.sources {
            self.line(format_args!("<p class=\"source\">Source: <code>{}</code></p>", Escaped(source)));
        }
    }

    fn paragraphs(&mut self, paragraphs: &[String]) {
        for paragraph in paragraphs {
            self.line(format_args!("<p>{}</p>", Escaped(paragraph)));
        }
    }

    /// The type, with a link to the class that it names.
    fn kind(&self, kind: &Type) -> String {
        let text = kind.to_string();
        let Some(class) = kind.class_name() else { return Escaped(&text).to_string() };
        let (before, rest) = text.split_at(if kind.is_reference() { 0 } else { "instance of ".len() });
        format!("{before}{}{}", self.class_link(class), Escaped(&rest[class.len()..]))
    }

    fn class_links(&self, names: &[&str], separator: &str) -> String {
        names.iter().map(|name| self.class_link(name)).collect::<Vec<_>>().join(separator)
    }

    fn class_link(&self, name: &str) -> String {
        match self.schema.class(name) {
            Some(class) => format!("<a href=\"#{0}\">{0}</a>", Escaped(&class.name)),
            None => Escaped(name).to_string(),
        }
    }
}

fn marks(entry: &Entry<'_>) -> String {
    if entry.marks.is_empty() {
        return String::new();
    }
    format!("<small>{}</small>", in_parentheses(&entry.marks))
}

/// Text of the schema, as text of an element or an attribute in double quotes.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '&' => f.write_str("&amp;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                control if control.is_control() => f.write_char(' ')?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(Escaped("<a href=\"x\">'&\u{1}").to_string(), "&lt;a href=&quot;x&quot;&gt;&#39;&amp; ");
    }
}

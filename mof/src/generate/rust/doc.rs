//! Doc comments, from the Description and the other qualifiers of an element.

use crate::generate::writer::Writer;
use crate::model::Qualifiers;
use crate::types::Type;

/// Writes the Description, or `otherwise` if there is none.
pub(super) fn description(qualifiers: &Qualifiers, otherwise: &str, out: &mut Writer) {
    match text(qualifiers) {
        Some(text) => paragraphs(text, out),
        None => out.line(format!("/// {otherwise}")),
    }
}

fn text(qualifiers: &Qualifiers) -> Option<&str> {
    qualifiers.text("Description").filter(|text| !text.trim().is_empty())
}

/// Writes the Description of a field, and then its type, unit and source.
pub(super) fn field(name: &str, kind: &Type, qualifiers: &Qualifiers, out: &mut Writer) {
    if let Some(text) = text(qualifiers) {
        paragraphs(text, out);
        out.line("///");
    }
    let mut facts = format!("{}: {}", code(name), code(&kind.to_string()));
    for flag in ["Key", "Required"] {
        if qualifiers.flag(flag) {
            facts += &format!(", {}", flag.to_lowercase());
        }
    }
    facts.push('.');
    if let Some(unit) = qualifiers.text("PUnit").or_else(|| qualifiers.text("Units")) {
        facts += &format!(" Unit: {}.", code(unit));
    }
    let sources: Vec<_> = qualifiers.texts("MappingStrings").into_iter().map(code).collect();
    if !sources.is_empty() {
        facts += &format!(" Source: {}.", sources.join(", "));
    }
    lines(facts.split(' ').map(str::to_owned), out);
}

/// Writes what the type of a value map is, and the ranges of values that have one name together.
pub(super) fn value_map(name: &str, ranges: &[(&str, &str)], out: &mut Writer) {
    let mut facts = format!("The named values of {}.", code(name));
    if !ranges.is_empty() {
        let ranges: Vec<_> = ranges.iter().map(|(range, text)| format!("{} {}", code(range), escape(text))).collect();
        facts += &format!(" Ranges: {}.", ranges.join(", "));
    }
    lines(facts.split_whitespace().map(str::to_owned), out);
}

/// Writes a short text as code.
pub(super) fn short(text: &str, out: &mut Writer) {
    out.line(format!("/// {}", code(text)));
}

/// Text as code; backticks would end it.
fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").split_whitespace().collect::<Vec<_>>().join(" "))
}

/// Writes each line of the text as a paragraph, so that nothing in it is taken for Markdown.
fn paragraphs(text: &str, out: &mut Writer) {
    let mut first = true;
    for paragraph in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !first {
            out.line("///");
        }
        first = false;
        lines(paragraph.split_whitespace().map(escape), out);
    }
}

/// Writes words in lines that are not too long.
fn lines(words: impl Iterator<Item = String>, out: &mut Writer) {
    let mut line = String::new();
    for word in words {
        if !line.is_empty() && line.len() + word.len() + 5 > out.width() {
            out.line(format!("/// {line}"));
            line.clear();
        }
        if line.is_empty() {
            line.push_str(&start_of_line(&word));
        } else {
            line.push(' ');
            line.push_str(&word);
        }
    }
    out.line(format!("/// {line}"));
}

/// A word in which rustdoc sees no link, tag or code block.
fn escape(word: &str) -> String {
    if let Some((before, address)) = word.split_once("http").filter(|(_, rest)| rest.contains("://")) {
        let end = address.trim_end_matches(|last: char| !last.is_alphanumeric() && last != '/').len();
        let (address, after) = address.split_at(end);
        return format!("{}<http{address}>{}", escape(before), escape(after));
    }
    let mut escaped = String::with_capacity(word.len());
    for character in word.replace("``", "").chars() {
        if matches!(character, '[' | ']' | '<' | '>' | '*' | '_' | '\\') {
            escaped.push('\\');
        }
        escaped.push(if character.is_control() { ' ' } else { character });
    }
    escaped
}

/// A word that does not make its line a list item or a heading.
fn start_of_line(word: &str) -> String {
    let digits = word.chars().take_while(char::is_ascii_digit).count();
    match word[digits..].chars().next() {
        Some('-' | '+' | '#' | '=' | '|' | '~') if digits == 0 => format!("\\{word}"),
        Some('.' | ')') if digits > 0 => format!("{}\\{}", &word[..digits], &word[digits..]),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_in_descriptions_is_taken_literally() {
        assert_eq!(escape("argv[0]"), r"argv\[0\]");
        assert_eq!(escape("<b>"), r"\<b\>");
        assert_eq!(escape("(https://dmtf.org/x)."), "(<https://dmtf.org/x>).");
        assert_eq!(start_of_line("1."), r"1\.");
        assert_eq!(start_of_line("-"), r"\-");
        assert_eq!(start_of_line("10"), "10");
    }
}

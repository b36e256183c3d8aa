//! Reads the crate's sources as text: what they define, with the types as they are written there.
//!
//! Good for the form that rustfmt gives them, no more.

use std::fs;
use std::path::Path;

/// A struct or union, or a row of `arrays!` or `fields!`.
pub struct Struct {
    pub name: String,
    /// Name and type of each field.
    pub fields: Vec<(String, String)>,
}

/// The text of `src/PATH` without comments.
pub fn text(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(path);
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// The text of all modules of `src/types`.
pub fn types_text() -> String {
    text("types/mod.rs")
        .lines()
        .filter_map(|line| line.strip_prefix("mod ")?.strip_suffix(';'))
        .map(|module| text(&format!("types/{module}.rs")))
        .collect()
}

/// All structs and unions with public fields.
pub fn structs() -> Vec<Struct> {
    let text = types_text();
    let mut structs = table_rows(&text, "arrays! {\n", "data", &[("size", "MI_Uint32")]);
    structs.extend(table_rows(&text, "fields! {\n", "value", &[("exists", "MI_Boolean"), ("flags", "MI_Uint8")]));
    for part in text.replace("pub union ", "pub struct ").split("\npub struct ").skip(1) {
        let Some((name, rest)) = part.split_once(" {\n") else { continue };
        let body = rest.split("\n}\n").next().expect("split yields at least one part");
        let fields: Vec<_> = split_top_level(body).iter().filter_map(|field| public_field(field)).collect();
        if !fields.is_empty() {
            structs.push(Struct { name: name.to_owned(), fields });
        }
    }
    structs
}

/// The structs that a table defines: each row gives a name and the type of the `first` field.
fn table_rows(text: &str, head: &str, first: &str, rest: &[(&str, &str)]) -> Vec<Struct> {
    let tables = text.split(head).skip(1).map(|part| part.split("\n}").next().expect("split yields at least one part"));
    let rows = tables.flat_map(str::lines).map(|row| {
        let (name, ty) = row.trim().trim_end_matches(';').split_once(": ").expect("a row is `name: type;`");
        let mut fields = vec![(first.to_owned(), ty.to_owned())];
        fields.extend(rest.iter().map(|(name, ty)| (name.to_string(), ty.to_string())));
        Struct { name: name.to_owned(), fields }
    });
    rows.collect()
}

/// All `pub type NAME = TYPE;`.
pub fn aliases() -> Vec<(String, String)> {
    let text = types_text();
    let aliases = text.split("\npub type ").skip(1).map(|part| {
        let (alias, _) = part.split_once(';').expect("a type alias ends with `;`");
        let (name, ty) = alias.split_once('=').expect("a type alias has `=`");
        (name.trim().to_owned(), one_line(ty))
    });
    aliases.collect()
}

/// The values of `pub const NAME: &CStr = c"VALUE";` in `src/PATH`.
pub fn strings(path: &str) -> Vec<(String, String)> {
    let text = text(path);
    let strings = text.lines().filter_map(|line| {
        let (name, value) = line.strip_prefix("pub const ")?.split_once(": &CStr = c\"")?;
        Some((name.to_owned(), value.strip_suffix("\";")?.to_owned()))
    });
    strings.collect()
}

/// The names of the `pub const`s in `text`.
pub fn constants(text: &str) -> Vec<String> {
    let names = text.lines().filter_map(|line| line.strip_prefix("pub const ")?.split_once(':'));
    names.filter(|(name, _)| !name.contains('(')).map(|(name, _)| name.to_owned()).collect()
}

/// Splits at the commas that are not inside brackets.
pub fn split_top_level(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    let mut depth = 0;
    for (position, character) in text.char_indices() {
        match character {
            '(' | '[' | '<' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if !text[..position].ends_with('-') => depth -= 1,
            ',' if depth == 0 => {
                parts.push(String::new());
                continue;
            }
            _ => {}
        }
        parts.last_mut().expect("never empty").push(character);
    }
    parts.into_iter().map(|part| one_line(&part)).filter(|part| !part.is_empty()).collect()
}

fn public_field(field: &str) -> Option<(String, String)> {
    let (name, ty) = field.strip_prefix("pub ")?.split_once(": ")?;
    Some((name.to_owned(), ty.to_owned()))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

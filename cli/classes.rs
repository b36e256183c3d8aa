//! `lumi classes`: which classes there are, and what a class declares.

use crate::args::{Classes, Common};
use crate::failure::Result;
use crate::source::Source;
use crate::values::{printable, qualifier_text};
use crate::{describe, table};
use comfy_table::CellAlignment;
use omi::{Error, ResultCode};
use omi_host::class::SharedClass;
use serde_json::{Value as Json, json};
use std::io::{self, BufWriter, Write};

/// A class and the namespace that it was found in.
pub struct Found {
    pub namespace: String,
    pub class: SharedClass,
}

/// Runs the command.
pub fn run(common: &Common, classes: &Classes) -> Result<()> {
    let source = Source::open(common)?;
    let namespaces = match &common.namespace {
        Some(namespace) => vec![namespace.clone()],
        None => source.namespaces.clone(),
    };
    let mut out = BufWriter::new(io::stdout().lock());
    match classes.pattern.as_deref() {
        Some(name) if !is_pattern(name) => {
            let found = one(&source, &namespaces, name)?;
            if common.json { describe::write_json(&mut out, &found)? } else { describe::write(&mut out, &found)? }
        }
        pattern => {
            let found = matching(&source, &namespaces, pattern.unwrap_or("*"))?;
            if common.json { write_json(&mut out, &found)? } else { write(&mut out, &found)? }
        }
    }
    Ok(out.flush()?)
}

/// The class of this name in the first namespace that has it.
fn one(source: &Source, namespaces: &[String], name: &str) -> omi::Result<Found> {
    let mut first_error = None;
    for namespace in namespaces {
        match source.class(namespace, name) {
            Ok(class) => return Ok(Found { namespace: namespace.clone(), class }),
            Err(error) => first_error = first_error.or(Some(error)),
        }
    }
    Err(first_error.unwrap_or_else(|| Error::from_code(ResultCode::INVALID_NAMESPACE)))
}

fn matching(source: &Source, namespaces: &[String], pattern: &str) -> omi::Result<Vec<Found>> {
    let mut found = Vec::new();
    for namespace in namespaces {
        let classes = source.classes(namespace)?.into_iter().filter(|class| matches(pattern, &class.name));
        found.extend(classes.map(|class| Found { namespace: namespace.clone(), class }));
    }
    if found.is_empty() {
        let message = format!("no class matches {pattern:?} in {}", namespaces.join(", "));
        return Err(Error::new(ResultCode::INVALID_CLASS, message));
    }
    Ok(found)
}

fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?'])
}

/// Whether a name fits a pattern in which `*` is any text and `?` any letter; ASCII case does not matter.
fn matches(pattern: &str, name: &str) -> bool {
    let (pattern, name) = (pattern.as_bytes(), name.as_bytes());
    let (mut p, mut n) = (0, 0);
    // Where to go on after the last star when what followed it does not fit.
    let mut retry = None;
    while n < name.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p + 1, n + 1));
                p += 1;
            }
            Some(letter) if *letter == b'?' || letter.eq_ignore_ascii_case(&name[n]) => {
                p += 1;
                n += 1;
            }
            _ => match retry {
                Some((after_star, next)) => {
                    (p, n) = (after_star, next);
                    retry = Some((after_star, next + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|letter| *letter == b'*')
}

fn write(out: &mut impl Write, found: &[Found]) -> Result<()> {
    let mut table = table::plain(None);
    table.set_header(["Class", "Superclass", "Namespace", "Properties", "Methods"]);
    for Found { namespace, class } in found {
        table.add_row([
            printable(&class.name),
            class.ancestors.first().map_or_else(String::new, |superclass| printable(superclass)),
            printable(namespace),
            class.properties.len().to_string(),
            class.methods.len().to_string(),
        ]);
    }
    for number in [3, 4] {
        if let Some(column) = table.column_mut(number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    Ok(table::write(out, &mut table)?)
}

fn write_json(out: &mut impl Write, found: &[Found]) -> Result<()> {
    let class = |Found { namespace, class }: &Found| {
        json!({
            "name": *class.name,
            "superclass": class.ancestors.first().map(|superclass| &**superclass),
            "namespace": namespace,
            "description": qualifier_text(&class.qualifiers, "Description"),
            "properties": class.properties.len(),
            "methods": class.methods.len(),
        })
    };
    Ok(writeln!(out, "{:#}", found.iter().map(class).collect::<Json>())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_is_any_text_and_a_question_mark_any_letter() {
        assert!(matches("*", "Linux_Process"));
        assert!(matches("linux_*", "Linux_Process"));
        assert!(matches("*process", "CIM_UnixProcess"));
        assert!(matches("*_*ss", "CIM_UnixProcess"));
        assert!(matches("???_Process", "CIM_Process"));
        assert!(!matches("???_Process", "Linux_Process"));
        assert!(!matches("Linux_", "Linux_Process"));
        assert!(!matches("*x", "Linux_Process"));
    }
}

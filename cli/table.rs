//! Instances for people: many as a table, one as a list.

use crate::values::{names_of, printable, shown};
use comfy_table::{CellAlignment, ContentArrangement, Row, Table};
use omi::{Instance, Property, Type, Value};
use omi_host::class::Class;
use std::io::{self, Write};

/// Between two columns.
const GAP: usize = 2;

/// Wider columns can be cut; when columns are chosen, they count for as much as it takes to be of use.
const WIDE: usize = 40;
const WIDE_AT_LEAST: usize = 20;

/// A table without lines, for a terminal of `width` columns; `None` for one as wide as its content.
pub fn plain(width: Option<usize>) -> Table {
    let mut table = Table::new();
    table.load_style(comfy_table::presets::NOTHING).set_truncation_indicator("…");
    match width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(u16::try_from(width).unwrap_or(u16::MAX))
        }
        None => table.set_content_arrangement(ContentArrangement::Disabled),
    };
    table
}

/// Writes a table that [`plain`] began, without blanks at the ends of lines.
pub fn write(out: &mut impl Write, table: &mut Table) -> io::Result<()> {
    let last = table.column_count().saturating_sub(1);
    for column in table.column_iter_mut() {
        let gap = if column.index == last { 0 } else { GAP as u16 };
        column.set_padding((0, gap));
    }
    table.lines().try_for_each(|line| writeln!(out, "{}", line.trim_end()))
}

/// Writes one instance, a property on each line.
pub fn write_list(out: &mut impl Write, instance: &Instance, class: Option<&Class>) -> io::Result<()> {
    let longest = instance.properties().iter().map(|property| property.name.len()).max().unwrap_or(0);
    for property in instance.properties() {
        let text = shown(property, names_of(class, &property.name).as_ref());
        writeln!(out, "{}", format!("{:longest$} : {text}", property.name).trim_end())?;
    }
    Ok(())
}

/// Writes an instance under its class, a property on each line, and embedded instances in the same way. What is NULL is
/// left out.
pub fn write_nested(out: &mut impl Write, instance: &Instance) -> io::Result<()> {
    fn write(out: &mut impl Write, instance: &Instance, depth: usize) -> io::Result<()> {
        let indent = "  ".repeat(depth);
        writeln!(out, "{}", printable(instance.class_name()))?;
        for property in instance.properties().iter().filter(|property| property.value.is_some()) {
            write!(out, "{indent}  {} : ", property.name)?;
            match &property.value {
                Some(Value::Instance(embedded)) => write(out, embedded, depth + 1)?,
                _ => writeln!(out, "{}", shown(property, None))?,
            }
        }
        Ok(())
    }
    write(out, instance, 0)
}

/// Writes instances as a table of the named properties. Texts are cut where the terminal ends.
pub fn write_table(
    out: &mut impl Write,
    instances: &[Instance],
    columns: &[Column],
    width: Option<usize>,
) -> io::Result<()> {
    let mut table = plain(width);
    table.set_header(columns.iter().map(|column| column.name.as_str()));
    for index in 0..instances.len() {
        let mut row = Row::from(columns.iter().map(|column| column.texts[index].as_str()));
        if width.is_some() {
            row.max_height(1);
        }
        table.add_row(row);
    }
    for (column, content) in table.column_iter_mut().zip(columns) {
        if content.is_number {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    write(out, &mut table)
}

/// A property of several instances.
pub struct Column {
    name: String,
    texts: Vec<String>,
    is_number: bool,
}

impl Column {
    /// The property of this name.
    pub fn new(name: &str, instances: &[Instance], class: Option<&Class>) -> Self {
        let names = names_of(class, name);
        let properties: Vec<Option<&Property>> = instances.iter().map(|instance| instance.property(name)).collect();
        let text = |it: &Option<&Property>| it.map_or_else(String::new, |it| shown(it, names.as_ref()));
        Self {
            // As the class spells it, whatever the command line says.
            name: properties.iter().flatten().next().map_or(name, |it| &it.name).to_owned(),
            texts: properties.iter().map(text).collect(),
            is_number: names.is_none() && properties.iter().flatten().next().is_some_and(|it| is_number(it.kind)),
        }
    }

    fn width(&self) -> usize {
        let texts = self.texts.iter().map(|text| text.chars().count());
        texts.chain([self.name.len()]).max().unwrap_or(0)
    }

    /// Whether all instances have the same value.
    fn is_constant(&self) -> bool {
        self.texts.windows(2).all(|pair| pair[0] == pair[1])
    }

    fn is_wide(&self) -> bool {
        self.width() > WIDE
    }
}

fn is_number(kind: Type) -> bool {
    use Type::{Real32, Real64, Sint8, Sint16, Sint32, Sint64, Uint8, Uint16, Uint32, Uint64};
    matches!(kind, Uint8 | Sint8 | Uint16 | Sint16 | Uint32 | Sint32 | Uint64 | Sint64 | Real32 | Real64)
}

/// Chooses columns that fit `width`: the keys and Name first, then the properties of the class itself, of its superclass
/// and so on. Left out are arrays, properties that tell no instance from another, and those that say the same as a
/// column before. Long texts other than keys go to the right.
pub fn choose(instances: &[Instance], class: Option<&Class>, width: usize) -> Vec<Column> {
    let Some(first) = instances.first() else { return Vec::new() };
    let mut candidates: Vec<&Property> = first.properties().iter().filter(|it| !it.kind.is_array()).collect();
    candidates.sort_by_key(|property| rank(property, class));
    let mut chosen: Vec<Column> = Vec::new();
    let mut used = 0;
    for candidate in candidates {
        let column = Column::new(&candidate.name, instances, class);
        if column.is_constant() || chosen.iter().any(|other| other.texts == column.texts) {
            continue;
        }
        let counted = GAP + if column.is_wide() { WIDE_AT_LEAST } else { column.width() };
        // Without its keys and its Name a person cannot tell what a line is about, so these are cut rather than left out.
        let is_identity = rank(candidate, class) <= NAME_RANK;
        if chosen.is_empty() || is_identity || used + counted <= width + GAP {
            used += counted;
            chosen.push(column);
        }
    }
    if chosen.is_empty() {
        // All instances look the same; their keys at least say what they are.
        let keys = first.properties().iter().filter(|it| it.is_key() || first.properties().len() == 1);
        chosen.extend(keys.map(|key| Column::new(&key.name, instances, class)));
    }
    let keys: Vec<&str> = first.properties().iter().filter(|it| it.is_key()).map(|it| it.name.as_ref()).collect();
    chosen.sort_by_key(|column| column.is_wide() && !keys.contains(&column.name.as_str()));
    chosen
}

const NAME_RANK: usize = 1;

/// Keys first, then Name, then by how near to the class the property was first declared.
fn rank(property: &Property, class: Option<&Class>) -> usize {
    if property.is_key() {
        return 0;
    }
    if property.name.eq_ignore_ascii_case("Name") {
        return NAME_RANK;
    }
    let Some(class) = class else { return NAME_RANK + 1 };
    let origin = class.property(&property.name).and_then(|declared| declared.origin.as_deref()).unwrap_or(&class.name);
    let distance = class.ancestors.iter().position(|ancestor| ancestor.eq_ignore_ascii_case(origin));
    NAME_RANK + 1 + distance.map_or(0, |distance| distance + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn processes() -> Vec<Instance> {
        [
            (1_u32, "init", Some("S")),
            (20, "kthreadd", None),
            (300, "a long name that goes on and on and on, and on", None),
        ]
        .into_iter()
        .map(|(id, name, state)| {
            let mut process = Instance::new("X_Process")
                .with_key("System", "here")
                .with_key("Handle", id.to_string().as_str())
                .with("Caption", name)
                .with("Id", id)
                .with("Threads", id / 2)
                .with("Arguments", vec![name.to_owned()])
                .with("Name", name);
            process.push(Property {
                name: "State".into(),
                kind: Type::String,
                flags: 0,
                value: state.map(omi::Value::from),
            });
            process
        })
        .collect()
    }

    fn table(instances: &[Instance], columns: &[Column], width: Option<usize>) -> String {
        let mut out = Vec::new();
        write_table(&mut out, instances, columns, width).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn chosen_columns_tell_instances_apart_and_fit() {
        let processes = processes();
        let columns = choose(&processes, None, 60);
        insta::assert_snapshot!(table(&processes, &columns, None), @r"
        Handle  Threads  State  Name
        1             0  S      init
        20           10         kthreadd
        300         150         a long name that goes on and on and on, and on
        ");
        let narrow: Vec<String> = choose(&processes, None, 10).into_iter().map(|column| column.name).collect();
        assert_eq!(narrow, ["Handle", "Name"]);
    }

    #[test]
    fn a_terminal_gets_one_line_for_each_instance() {
        let processes = processes();
        let columns = ["State", "name"].map(|name| Column::new(name, &processes, None));
        insta::assert_snapshot!(table(&processes, &columns, Some(30)), @r"
        State  Name
        S      init
               kthreadd
               a long name that goes…
        ");
    }

    #[test]
    fn one_instance_is_a_list_in_which_null_is_empty() {
        let mut out = Vec::new();
        write_list(&mut out, &processes()[1], None).unwrap();
        insta::assert_snapshot!(String::from_utf8(out).unwrap(), @r"
        System    : here
        Handle    : 20
        Caption   : kthreadd
        Id        : 20
        Threads   : 10
        Arguments : {kthreadd}
        Name      : kthreadd
        State     :
        ");
    }
}

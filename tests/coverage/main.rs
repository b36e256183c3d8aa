//! Which of the things that an administrator asks of Linux the classes cover: `docs/coverage.md`, made from the schema and
//! from [`rows::ROWS`]. With LUMI_BLESS=1 the test writes it.

mod rows;

use omi_mof::Schema;
use rows::{ROWS, Row};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The rows that have to be covered; those after them come as they are asked for.
const REQUIRED: u32 = 31;

const HEAD: &str = "\
# What an administrator asks of Linux, and which class answers

The rows are in the order in which they are asked most. Each names its classes with the methods that they have of their own, and
tests that show it at work; a class is tested by more than is named here. The test `coverage` makes this table from the schema and
from `tests/coverage/rows.rs`: `LUMI_BLESS=1 cargo test --test coverage` writes it anew. Tests that look at a real systemd, at rpm or
at another root directory need what the README's table of deeper checks says.

| row | thing | classes and their methods | tested by |
|---|---|---|---|
";

fn top() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn schema() -> Schema {
    omi_mof::compile(&top().join("schema/lumi.mof")).unwrap()
}

/// The classes that lie in `schema/linux`.
fn own_classes() -> BTreeSet<String> {
    let files = fs::read_dir(top().join("schema/linux")).unwrap().map(|file| file.unwrap().path());
    files.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

/// The class, with the methods that it declares itself: those that it only inherits do nothing.
fn with_methods(schema: &Schema, name: &str) -> String {
    let class = schema.class(name).unwrap();
    let own = class.methods.iter().filter(|method| method.propagator.eq_ignore_ascii_case(name));
    let methods = own.map(|method| method.name.as_str()).collect::<Vec<_>>().join(", ");
    if methods.is_empty() { format!("`{name}`") } else { format!("`{name}` ({methods})") }
}

fn table(schema: &Schema) -> String {
    let mut text = HEAD.to_owned();
    for Row { number, thing, classes, tests } in ROWS {
        let classes = classes.iter().map(|class| with_methods(schema, class)).collect::<Vec<_>>().join(", ");
        let tests = tests.iter().map(|test| format!("`{test}`")).collect::<Vec<_>>().join(", ");
        let or_none = |cell: String| if cell.is_empty() { "-".to_owned() } else { cell };
        writeln!(text, "| {number} | {thing} | {} | {} |", or_none(classes), or_none(tests)).unwrap();
    }
    text
}

#[test]
fn the_table_is_that_of_the_schema() {
    let (file, table) = (top().join("docs/coverage.md"), table(&schema()));
    if std::env::var_os("LUMI_BLESS").is_some() {
        fs::write(&file, &table).unwrap();
    }
    let written = fs::read_to_string(&file).unwrap();
    assert_eq!(written, table, "LUMI_BLESS=1 writes what was found to {}", file.display());
}

#[test]
fn the_rows_count_from_1_and_none_of_those_that_have_to_be_covered_is_empty() {
    for (row, number) in ROWS.iter().zip(1..) {
        assert_eq!(row.number, number, "{}", row.thing);
        assert!(number > REQUIRED || !row.classes.is_empty(), "row {number}, {}, has no class", row.thing);
        assert_eq!(row.classes.is_empty(), row.tests.is_empty(), "row {number}: what is there is tested");
    }
    assert!(ROWS.len() >= REQUIRED as usize);
}

#[test]
fn every_class_of_a_row_is_in_the_schema_and_every_class_of_linux_in_a_row() {
    let named: BTreeSet<String> = ROWS.iter().flat_map(|row| row.classes).map(|class| (*class).to_owned()).collect();
    let own = own_classes();
    let unknown: Vec<_> = named.difference(&own).collect();
    assert!(unknown.is_empty(), "schema/linux has no file of {unknown:?}");
    let forgotten: Vec<_> = own.difference(&named).collect();
    assert!(forgotten.is_empty(), "add {forgotten:?} to a row in tests/coverage/rows.rs, then LUMI_BLESS=1");
}

#[test]
fn every_test_that_is_named_exists() {
    for test in ROWS.iter().flat_map(|row| row.tests) {
        let (file, name) = test.split_once("::").unwrap_or_else(|| panic!("{test:?} should be FILE::NAME"));
        let text = fs::read_to_string(top().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert!(text.contains(&format!("fn {name}(")), "{file} has no test {name}");
    }
}

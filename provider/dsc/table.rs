//! The table of docs/dsc-resources.md is true: each cell names tests that there are, and no resource is left out.

use super::RESOURCES;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const HEAD: &str = "| resource | Get | Test | Set | idempotent | bad input | rollback |";

fn home() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The rows: the resource, and its cells.
fn rows(text: &str) -> Vec<(String, Vec<String>)> {
    let table = text.lines().skip_while(|line| *line != HEAD).skip(2).take_while(|line| line.starts_with('|'));
    let cells = |row: &str| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    table.map(cells).map(|mut cells| (cells.remove(0), cells)).collect()
}

/// The names of the functions with `#[test]` in all files of a folder.
fn collect_tests(folder: &Path, tests: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_tests(&path, tests);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            tests.extend(tests_in(&fs::read_to_string(path).unwrap()));
        }
    }
}

fn tests_in(source: &str) -> impl Iterator<Item = String> {
    let mut is_test = false;
    source.lines().filter_map(move |line| {
        let line = line.trim();
        is_test |= line == "#[test]";
        let name = line.strip_prefix("fn ").filter(|_| is_test)?.split('(').next()?;
        is_test = false;
        Some(name.to_owned())
    })
}

#[test]
fn each_cell_of_the_table_names_tests_and_each_resource_has_its_row() {
    let mut tests = BTreeSet::new();
    for folder in ["provider/dsc", "provider/linux", "tests"] {
        collect_tests(&home().join(folder), &mut tests);
    }
    let rows = rows(&fs::read_to_string(home().join("docs/dsc-resources.md")).unwrap());
    let mut wrong = Vec::new();
    for resource in RESOURCES {
        let name = resource.friendly_name();
        if rows.iter().filter(|(row, _)| *row == name).count() != 1 {
            wrong.push(format!("{name} should have one row"));
        }
    }
    for (resource, cells) in &rows {
        if !RESOURCES.iter().any(|it| it.friendly_name() == *resource) {
            wrong.push(format!("there is no resource {resource}"));
        }
        let columns = HEAD.matches('|').count() - 2;
        if cells.len() != columns {
            wrong.push(format!("{resource} should have {columns} cells and has {}", cells.len()));
        }
        let named = cells.iter().flat_map(|cell| cell.split(", "));
        for name in named.filter(|name| !tests.contains(*name)) {
            wrong.push(format!("{resource}: there is no test {name:?}"));
        }
    }
    assert_eq!(wrong, [""; 0]);
}

#[test]
fn only_functions_with_the_attribute_are_tests() {
    let source = "#[test]\n#[ignore]\n    fn one() {\nfn helper() {}\n// #[test]\nfn other(\n#[test]\nfn two() {}";
    assert_eq!(tests_in(source).collect::<Vec<_>>(), ["one", "two"]);
}

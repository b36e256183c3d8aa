//! What `docs/scxcore.md` says that lumi does better is held by tests, and they are where it says.

use std::collections::BTreeSet;

#[test]
fn each_weakness_of_scxcore_has_tests_that_exist() {
    let text = include_str!("../docs/scxcore.md");
    let rows = text.lines().filter_map(|line| {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let number: u32 = cells[0].parse().ok()?;
        Some((number, *cells.last()?))
    });
    let mut numbers = BTreeSet::new();
    for (number, tests) in rows {
        assert!(numbers.insert(number), "weakness {number} is there twice");
        for test in tests.split(", ") {
            let (file, name) = test.trim_matches('`').split_once("::").unwrap_or_else(|| panic!("{number}: {test}"));
            let source = std::fs::read_to_string(file).unwrap_or_else(|error| panic!("{number}: {file}: {error}"));
            assert!(source.contains(&format!("fn {name}(")), "{number}: {file} has no test {name}");
        }
    }
    assert_eq!(numbers, (1..=24).collect(), "all that is known of SCXcore");
}

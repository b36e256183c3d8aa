//! `docs/conformance.md`.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::Path;

/// The hosts and clients.
pub(super) const COLUMNS: [&str; 4] =
    ["lumi by `lumi`", "lumi by pypsrp", "omiserver by omicli", "omiserver by pypsrp"];

/// What was found for each call, by its name.
pub(super) type Cells = BTreeMap<String, String>;

const HEAD: &str = "\
# What works where: the calls of MI_Context

A provider calls its host through the 31 functions of `MI_ContextFT`. The conformance provider (`examples/conformance`) makes
each of them, in lumi's host and in Microsoft's omiserver, and a client looks what comes of it. The test `conformance` makes
this table: every cell is what that run saw. `LUMI_BLESS=1 cargo test --test conformance` writes it anew.

- *works*: the call did what it is for, and the client has the proof.
- *unsupported (NOT_SUPPORTED)*: the host answered that it has no such call. The operation goes on and succeeds.
- *not disturbed*: the client did not ask to be told, so it was told nothing, and the operation succeeded. A question was then
  answered by the host; which way, the cell says.
- *deaf*: what the same client gets when it does not register for what a provider says.

The clients: `lumi --url` and pypsrp speak WS-Man and register for messages, errors, streamed parameters, progress and questions
as MS-WSMV has it. `lumi` runs at a terminal, whose user answers questions with no; pypsrp answers questions and errors with no.
omicli speaks OMI's binary protocol, and can neither hear nor be asked.

";

/// The document as text.
pub(super) struct Document(String);

impl Document {
    /// Lists the calls in this order.
    pub(super) fn new(calls: &[String], columns: &[Cells]) -> Self {
        let mut text = String::from(HEAD);
        let _ = writeln!(text, "| call | {} |\n|---|{}", COLUMNS.join(" | "), "---|".repeat(COLUMNS.len()));
        for call in calls {
            let cells: Vec<&str> = columns.iter().map(|column| column[call].as_str()).collect();
            let _ = writeln!(text, "| {call} | {} |", cells.join(" | "));
        }
        Self(text)
    }

    /// What stands in the file; an empty document without one.
    pub(super) fn read(file: &Path) -> Self {
        Self(std::fs::read_to_string(file).unwrap_or_default())
    }

    pub(super) fn write(&self, file: &Path) {
        std::fs::write(file, &self.0).unwrap();
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// The cells of a column.
    pub(super) fn column(&self, title: &str) -> Cells {
        let rows = self.0.lines().filter(|line| line.starts_with("| "));
        let mut rows = rows.map(|line| line.trim_matches('|').split(" | ").map(str::trim).collect::<Vec<_>>());
        let place = rows.next().and_then(|titles| titles.iter().position(|it| *it == title));
        let place = place.unwrap_or_else(|| panic!("docs/conformance.md has no column {title}"));
        rows.map(|cells| (cells[0].to_owned(), cells[place].to_owned())).collect()
    }
}

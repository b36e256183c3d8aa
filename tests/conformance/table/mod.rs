//! The table 'call x host x client': what each call of MI_Context does, as a provider and its client see it. Every cell comes
//! from a run. The table stands in `docs/conformance.md`; with LUMI_BLESS=1 the test writes it.

mod calls;
mod cli;
mod client;
mod document;
mod omicli_client;
mod wsman_client;

use crate::built;
use crate::in_omiserver::omiserver;
use crate::python::PYPSRP;
use crate::serve::Server;
use cli::Cli;
use document::{COLUMNS, Cells, Document};
use omicli_client::Omicli;
use std::path::Path;
use wsman_client::Pypsrp;

#[test]
fn the_table_of_docs_conformance_is_what_clients_see() {
    let Some(library) = built::example("conformance") else { return };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    let known = Document::read(&file);
    let cells: Vec<Cells> = columns(&library)
        .into_iter()
        .zip(COLUMNS)
        .map(|(column, title)| column.unwrap_or_else(|| known.column(title)))
        .collect();
    let table = Document::new(&calls::names(), &cells);
    if std::env::var_os("LUMI_BLESS").is_some() {
        table.write(&file);
    }
    assert_eq!(table.text(), Document::read(&file).text(), "LUMI_BLESS=1 writes what was found to {}", file.display());
}

/// What each client finds, in the order of the columns; `None` where it or its server is not installed, which is said.
fn columns(library: &Path) -> [Option<Cells>; 4] {
    let server = Server::with_provider(library);
    let omi = omiserver();
    let omi = omi.as_ref();
    let has_pypsrp = PYPSRP.is_installed();
    [
        Some(calls::cells(&mut Cli::new(&server))),
        has_pypsrp.then(|| calls::cells(&mut Pypsrp::of_ours(&server))),
        omi.map(|omi| calls::cells(&mut Omicli::new(omi))),
        omi.filter(|_| has_pypsrp).map(|omi| calls::cells(&mut Pypsrp::of_omiserver(omi))),
    ]
}

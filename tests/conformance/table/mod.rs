//! The table 'call x host x client': what each call of MI_Context does, as a provider and its client see it. Every cell comes
//! from a run. The table stands in `docs/conformance.md`; with LUMI_BLESS=1 the test writes it.

mod calls;
mod cli;
mod client;
mod document;
mod omicli_client;
mod wsman_client;

use crate::NAMESPACE;
use crate::built;
use crate::omiserver::Omi;
use crate::python::PYPSRP;
use crate::serve::Server;
use client::Client;
use document::{COLUMNS, Cells, Document};
use std::path::Path;

#[test]
fn the_table_of_docs_conformance_is_what_clients_see() {
    let Some(library) = built::example("conformance") else { return };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/conformance.md");
    let known = Document::read(&file);
    let [ours_by_cli, ours_by_pypsrp, theirs_by_omicli, theirs_by_pypsrp] = columns(&library);
    let found = [ours_by_cli, ours_by_pypsrp, theirs_by_omicli, theirs_by_pypsrp];
    let cells: Vec<Cells> =
        found.into_iter().zip(COLUMNS).map(|(column, title)| column.unwrap_or_else(|| known.column(title))).collect();
    let table = Document::new(&calls::names(), &cells);
    if std::env::var_os("LUMI_BLESS").is_some() {
        table.write(&file);
    }
    assert_eq!(table.text(), Document::read(&file).text(), "LUMI_BLESS=1 writes what was found to {}", file.display());
}

/// What each client finds; `None` where it or its server is not installed, which is said.
fn columns(library: &Path) -> [Option<Cells>; 4] {
    let ours = || Server::with_provider(library);
    let pypsrp = PYPSRP.is_installed();
    let omiserver = || {
        let mut omi = Omi::prepare()?;
        omi.omireg(NAMESPACE, library);
        omi.start();
        Some(omi)
    };
    let cells = |client: &mut dyn Client| calls::cells(client);
    let server = ours();
    let by_cli = cells(&mut cli::Cli::new(&server));
    let by_pypsrp = pypsrp.then(|| cells(&mut wsman_client::Pypsrp::of_ours(&server)));
    let Some(omi) = omiserver() else { return [Some(by_cli), by_pypsrp, None, None] };
    let by_omicli = cells(&mut omicli_client::Omicli::new(&omi));
    let theirs_by_pypsrp = pypsrp.then(|| cells(&mut wsman_client::Pypsrp::of_omiserver(&omi)));
    [Some(by_cli), by_pypsrp, Some(by_omicli), theirs_by_pypsrp]
}

//! Linux_OSProcess: from the operating system to its processes, and back.

use super::association::{self, Pairs, Take};
use super::{operating_system, process};
use crate::linux::Root;
use crate::schema::LinuxOsProcess;
use crate::schema::linux_os_process::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Query, Result, Sink};

/// Serves Linux_OSProcess.
#[derive(Default)]
pub(crate) struct OsProcesses {
    root: Root,
}

impl Pairs for OsProcesses {
    const ENDS: [&'static str; 2] = ["GroupComponent", "PartComponent"];

    fn each(&self, source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let system = operating_system::instance(&self.root, true)?.to_instance()?;
        let pid = source.and_then(|source| source.text("Handle")?.parse().ok());
        match pid {
            // From one process it is not far to its system.
            Some(pid) => take([system, process::whole(&self.root, pid)?.to_instance()?]),
            // Who lists the associations sees no more than the keys of processes.
            None => process::each(&self.root, source.is_some(), &mut |process| {
                take([system.clone(), process.to_instance()?])
            }),
        }
    }
}

impl Associate<LinuxOsProcess> for OsProcesses {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, LinuxOsProcess>) -> Result<()> {
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

impl Enumerate<LinuxOsProcess> for OsProcesses {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxOsProcess>) -> Result<()> {
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

fn instance([group_component, part_component]: [Instance; 2]) -> LinuxOsProcess {
    LinuxOsProcess::new(Keys { group_component, part_component })
}

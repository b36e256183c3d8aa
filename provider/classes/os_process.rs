//! Linux_OSProcess: from the operating system to its processes, and back.

use super::association::{Pairs, Plain, Take};
use super::{operating_system, process};
use crate::linux::Root;
use crate::schema::LinuxOsProcess;
use crate::schema::linux_os_process::Keys;
use omi::{Class, Instance, Result};

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

impl Plain for OsProcesses {
    type Class = LinuxOsProcess;

    fn instance([group_component, part_component]: [Instance; 2]) -> LinuxOsProcess {
        LinuxOsProcess::new(Keys { group_component, part_component })
    }
}

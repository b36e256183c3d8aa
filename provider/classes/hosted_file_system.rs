//! Linux_HostedFileSystem: from the computer to the file systems that are mounted, and back.

use super::association::{Pairs, Plain, Take};
use super::{computer_system, file_system};
use crate::linux::Root;
use crate::linux::filesystem::FileSystems;
use crate::schema::LinuxHostedFileSystem;
use crate::schema::linux_hosted_file_system::Keys;
use omi::{Class, Instance, Result};

/// Serves Linux_HostedFileSystem.
pub(crate) struct HostedFileSystems {
    root: Root,
    reader: FileSystems,
}

impl Default for HostedFileSystems {
    fn default() -> Self {
        let root = Root::host();
        Self { reader: FileSystems::new(root.clone()), root }
    }
}

impl Pairs for HostedFileSystems {
    const ENDS: [&'static str; 2] = ["GroupComponent", "PartComponent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let system = computer_system::instance(&self.root)?.to_instance()?;
        let file_systems = file_system::all(&self.reader, &self.root)?;
        file_systems.into_iter().try_for_each(|(_, instance)| take([system.clone(), instance.to_instance()?]))
    }
}

impl Plain for HostedFileSystems {
    type Class = LinuxHostedFileSystem;

    fn instance([group_component, part_component]: [Instance; 2]) -> LinuxHostedFileSystem {
        LinuxHostedFileSystem::new(Keys { group_component, part_component })
    }
}

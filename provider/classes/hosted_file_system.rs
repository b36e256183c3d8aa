//! Linux_HostedFileSystem: from the computer to the file systems that are mounted, and back.

use super::association::{self, Pairs, Take};
use super::{computer_system, file_system};
use crate::linux::Root;
use crate::linux::filesystem::FileSystems;
use crate::schema::LinuxHostedFileSystem;
use crate::schema::linux_hosted_file_system::Keys;
use omi::association::Traversal;
use omi::{AnySink, Associate, Class, Enumerate, Instance, Query, Result, Sink};

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

impl Associate<LinuxHostedFileSystem> for HostedFileSystems {
    fn associators(&self, from: &Traversal, _query: &Query<'_>, out: &mut AnySink<'_>) -> Result<()> {
        association::associators(self, from, out)
    }

    fn references(&self, from: &Traversal, query: &Query<'_>, out: &mut Sink<'_, LinuxHostedFileSystem>) -> Result<()> {
        association::references(self, from, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

impl Enumerate<LinuxHostedFileSystem> for HostedFileSystems {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxHostedFileSystem>) -> Result<()> {
        association::all(self, query.namespace(), &mut |ends| out.post(instance(ends)))
    }
}

fn instance([group_component, part_component]: [Instance; 2]) -> LinuxHostedFileSystem {
    LinuxHostedFileSystem::new(Keys { group_component, part_component })
}

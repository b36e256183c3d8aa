//! Linux_SystemDevice: from the computer system to its devices and back.

use super::association::{Pairs, Plain, Take};
use super::network::port;
use super::{computer_system, disk_drive, host_name, processor, storage_extent};
use crate::linux::Root;
use crate::schema::LinuxSystemDevice;
use crate::schema::linux_system_device::Keys;
use omi::{Class, Instance, Result};

/// Serves Linux_SystemDevice.
#[derive(Default)]
pub(crate) struct SystemDevices {
    root: Root,
}

impl Pairs for SystemDevices {
    const ENDS: [&'static str; 2] = ["GroupComponent", "PartComponent"];

    fn each(&self, _source: Option<&Instance>, take: &mut Take<'_>) -> Result<()> {
        let system = computer_system::instance(&self.root)?.to_instance()?;
        let host = host_name(&self.root)?;
        let extents = storage_extent::devices(&self.root, |_| true)?.into_iter();
        let extents = extents.map(|device| storage_extent::any_instance(&host, device));
        let processors = processor::all(&self.root)?;
        let processors = processors.iter().map(Class::to_instance);
        let drives = disk_drive::all(&self.root)?;
        let drives = drives.iter().map(Class::to_instance);
        let mut devices = extents.chain(drives).chain(processors).chain(port::all(&self.root)?);
        devices.try_for_each(|device| take([system.clone(), device?]))
    }
}

impl Plain for SystemDevices {
    type Class = LinuxSystemDevice;

    fn instance([group_component, part_component]: [Instance; 2]) -> LinuxSystemDevice {
        LinuxSystemDevice::new(Keys { group_component, part_component })
    }
}

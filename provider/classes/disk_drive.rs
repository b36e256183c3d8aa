//! Linux_DiskDrive: the block devices that hardware is behind.

use super::{fits, host_name};
use crate::linux::Root;
use crate::linux::block_device::{self, BlockDevice, Kind};
use crate::schema::LinuxDiskDrive;
use crate::schema::linux_disk_drive::{Capabilities, Keys, OperationalStatus};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_DiskDrive.
#[derive(Default)]
pub(crate) struct DiskDrives {
    root: Root,
}

impl Enumerate<LinuxDiskDrive> for DiskDrives {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxDiskDrive>) -> Result<()> {
        all(&self.root)?.into_iter().try_for_each(|drive| out.post(drive))
    }
}

impl Get<LinuxDiskDrive> for DiskDrives {
    fn get(&self, key: LinuxDiskDrive, _query: &Query<'_>) -> Result<LinuxDiskDrive> {
        let id = key
            .device_id
            .as_deref()
            .ok_or_else(|| Error::invalid_parameter("Linux_DiskDrive is found by its key DeviceID, such as sda"))?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host_name(&self.root)?)
            && fits(&key.creation_class_name, "Linux_DiskDrive");
        let found = all(&self.root)?.into_iter().find(|drive| ours && drive.device_id.as_deref() == Some(id));
        found.ok_or_else(|| not_found::<LinuxDiskDrive>(&[("DeviceID", id)]))
    }
}

/// All drives, each with its partitions.
pub(super) fn all(root: &Root) -> Result<Vec<LinuxDiskDrive>> {
    let host = host_name(root)?;
    let names = block_device::names(root)?;
    let devices: Vec<BlockDevice> = names.iter().filter_map(|name| block_device::read(root, name)).collect();
    let drives = devices.iter().filter(|device| device.kind == Kind::Disk);
    let partitions_of = |drive: &BlockDevice| {
        let own = devices.iter().filter(|device| device.partition.disk.as_ref() == Some(&drive.name));
        own.map(|device| device.name.clone()).collect()
    };
    Ok(drives.map(|drive| instance(&host, drive.clone(), partitions_of(drive))).collect())
}

fn instance(host: &str, drive: BlockDevice, partitions: Vec<String>) -> LinuxDiskDrive {
    let path = format!("/dev/{}", drive.name);
    let hardware = drive.hardware;
    let mut capabilities = vec![Capabilities::RANDOM_ACCESS];
    if drive.read_only == Some(false) {
        capabilities.push(Capabilities::SUPPORTS_WRITING);
    }
    if drive.removable == Some(true) {
        capabilities.push(Capabilities::SUPPORTS_REMOVEABLE_MEDIA);
    }
    let status = hardware.state.as_deref().map(|state| match state {
        "running" | "live" => OperationalStatus::OK,
        "offline" | "transport-offline" | "dead" => OperationalStatus::LOST_COMMUNICATION,
        _ => OperationalStatus::ERROR,
    });
    LinuxDiskDrive {
        caption: hardware.model.clone().or_else(|| Some(path.clone())),
        name: Some(path.clone()),
        element_name: Some(path),
        capabilities: Some(capabilities),
        max_media_size: drive.size.filter(|_| drive.removable == Some(false)).map(|bytes| bytes / 1000),
        default_block_size: drive.logical_block_size,
        operational_status: status.map(|status| vec![status]),
        size: drive.size,
        manufacturer: hardware.vendor,
        model: hardware.model,
        serial_number: hardware.serial,
        firmware_revision: hardware.revision,
        world_wide_id: hardware.wwid,
        is_rotational: drive.rotational,
        is_removable: drive.removable,
        partitions: Some(partitions),
        ..LinuxDiskDrive::new(Keys { system_name: host.to_owned(), device_id: drive.name })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn drives() -> Vec<LinuxDiskDrive> {
        all(&machine("rhel8")).unwrap()
    }

    #[test]
    fn drives_are_those_with_hardware_and_name_their_partitions() {
        let drives = drives();
        let ids: Vec<_> = drives.iter().filter_map(|drive| drive.device_id.as_deref()).collect();
        assert_eq!(ids, ["sda", "sr0"]);
        assert_eq!(drives[0].partitions, Some(vec!["sda1".to_owned(), "sda2".to_owned()]));
        assert_eq!(drives[1].partitions, Some(Vec::new()));
    }

    #[test]
    fn the_size_of_a_medium_is_in_kbytes_of_1000_bytes() {
        let drives = drives();
        assert_eq!(drives[0].max_media_size, Some((20 << 30) / 1000));
        assert_eq!(drives[1].max_media_size, None, "the largest disc that a drive takes is not known");
    }

    #[test]
    fn a_drive_that_runs_is_ok() {
        assert_eq!(drives()[0].operational_status, Some(vec![OperationalStatus::OK]));
        assert_eq!(drives()[0].model.as_deref(), Some("PERC H730 Mini"));
    }
}

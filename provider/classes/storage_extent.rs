//! Linux_StorageExtent: disks, partitions and other block devices.

use super::{fits, host_name};
use crate::linux::Root;
use crate::linux::block_device::{self, BlockDevice, Kind};
use crate::linux::block_volume::{Raid, Technology, Volume};
use crate::schema::LinuxStorageExtent;
use crate::schema::linux_storage_extent::{Access, DeviceType, ExtentStatus, Keys, VolumeType};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// Serves Linux_StorageExtent.
#[derive(Default)]
pub(crate) struct StorageExtents {
    root: Root,
}

impl Enumerate<LinuxStorageExtent> for StorageExtents {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxStorageExtent>) -> Result<()> {
        all(&self.root)?.into_iter().try_for_each(|extent| out.post(extent))
    }
}

impl Get<LinuxStorageExtent> for StorageExtents {
    fn get(&self, key: LinuxStorageExtent, _query: &Query<'_>) -> Result<LinuxStorageExtent> {
        let id = key.device_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_StorageExtent is found by its key DeviceID, such as sda1")
        })?;
        let missing = || not_found::<LinuxStorageExtent>(&[("DeviceID", id)]);
        let host = host_name(&self.root)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host)
            && fits(&key.creation_class_name, "Linux_StorageExtent");
        // Only a name that the kernel lists becomes part of a path.
        let known = ours && block_device::names(&self.root)?.iter().any(|name| name == id);
        let device = if known { block_device::read(&self.root, id) } else { None };
        Ok(instance(&host, device.ok_or_else(missing)?))
    }
}

/// All devices. One that was unplugged since the names were read is left out.
pub(super) fn all(root: &Root) -> Result<Vec<LinuxStorageExtent>> {
    let host = host_name(root)?;
    let names = block_device::names(root)?.into_iter();
    Ok(names.filter_map(|name| Some(instance(&host, block_device::read(root, &name)?))).collect())
}

/// The device of this name, which is one that the kernel lists.
pub(super) fn find(root: &Root, name: &str) -> Result<Option<LinuxStorageExtent>> {
    let host = host_name(root)?;
    Ok(block_device::read(root, name).map(|device| instance(&host, device)))
}

fn instance(host: &str, device: BlockDevice) -> LinuxStorageExtent {
    let path = format!("/dev/{}", device.name);
    let volume = device.volume;
    let BlockDevice { hardware, partition, .. } = device;
    let mut extent = LinuxStorageExtent {
        name: Some(path.clone()),
        caption: Some(path.clone()),
        element_name: Some(path),
        access: device
            .read_only
            .map(|read_only| if read_only { Access::READABLE } else { Access::READ_WRITE_SUPPORTED }),
        block_size: device.logical_block_size,
        number_of_blocks: device.size.zip(device.logical_block_size).and_then(|(size, block)| size.checked_div(block)),
        primordial: Some(device.kind == Kind::Disk),
        device_type: Some(match device.kind {
            Kind::Disk => DeviceType::DISK,
            Kind::Partition => DeviceType::PARTITION,
            Kind::Virtual => DeviceType::VIRTUAL,
        }),
        device_number: device.number,
        size: device.size,
        physical_block_size: device.physical_block_size,
        is_rotational: device.rotational,
        is_removable: device.removable,
        vendor: hardware.vendor,
        model: hardware.model,
        firmware_revision: hardware.revision,
        serial_number: hardware.serial,
        world_wide_id: hardware.wwid,
        driver_state: hardware.state,
        disk_id: partition.disk,
        partition_number: partition.number,
        starting_offset: partition.start,
        partition_name: partition.name,
        mapped_name: device.mapped_name,
        made_of: Some(device.slaves),
        part_of: Some(device.holders),
        ..LinuxStorageExtent::new(Keys { system_name: host.to_owned(), device_id: device.name })
    };
    if let Some(volume) = volume {
        set_volume(&mut extent, volume);
    }
    extent
}

fn set_volume(extent: &mut LinuxStorageExtent, volume: Volume) {
    extent.volume_type = Some(match volume.technology {
        Technology::LogicalVolume => VolumeType::LVM_LOGICAL_VOLUME,
        Technology::Encrypted => VolumeType::ENCRYPTED,
        Technology::Multipath => VolumeType::MULTIPATH,
        Technology::Raid => VolumeType::RAID,
        Technology::Mapped => VolumeType::OTHER_MAPPED_DEVICE,
    });
    extent.volume_id = volume.id;
    extent.volume_name = volume.name;
    extent.volume_group = volume.group;
    extent.encryption_format = volume.encryption;
    extent.is_suspended = volume.suspended;
    if let Some(raid) = volume.raid {
        set_raid(extent, raid);
    }
}

fn set_raid(extent: &mut LinuxStorageExtent, raid: Raid) {
    extent.extent_status = raid.degraded.map(|missing| {
        let rebuilds = matches!(raid.action.as_deref(), Some("recover" | "resync"));
        let mut status = if missing > 0 { vec![ExtentStatus::EXPOSED] } else { Vec::new() };
        if rebuilds {
            status.push(ExtentStatus::REBUILD);
        } else if raid.action.as_deref() == Some("check") {
            status.push(ExtentStatus::VERIFY_IN_PROGRESS);
        }
        if status.is_empty() { vec![ExtentStatus::NONE_NOT_APPLICABLE] } else { status }
    });
    extent.raid_level = raid.level;
    extent.raid_state = raid.state;
    extent.raid_devices = raid.devices;
    extent.raid_missing_devices = raid.degraded;
    extent.raid_action = raid.action;
    extent.raid_percent_complete = raid.percent;
    extent.raid_mismatches = raid.mismatches;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};

    fn find(name: &str) -> LinuxStorageExtent {
        instance("server", block_device::read(&machine("rhel8"), name).unwrap())
    }

    #[test]
    fn the_blocks_of_a_drive_with_large_blocks_make_up_its_size() {
        let drive = find("sr0");
        let (block_size, number) = (drive.block_size.unwrap(), drive.number_of_blocks.unwrap());
        assert_eq!((block_size, number), (2048, 2_097_151 / 4));
        assert!(drive.size.unwrap() - block_size * number < block_size);
    }

    #[test]
    fn a_partition_leads_to_its_disk() {
        let partition = find("sda1");
        assert_eq!((partition.device_type, partition.primordial), (Some(DeviceType::PARTITION), Some(false)));
        let disk = find(partition.disk_id.as_deref().unwrap());
        assert_eq!((disk.device_type, disk.primordial), (Some(DeviceType::DISK), Some(true)));
        assert_eq!(disk.name.as_deref(), Some("/dev/sda"));
        assert!(partition.starting_offset.unwrap() + partition.size.unwrap() <= disk.size.unwrap());
    }

    #[test]
    fn a_raid_that_misses_a_device_is_exposed_and_says_that_it_is_rebuilt() {
        let files: [(&str, &[u8]); 4] = [
            ("/sys/class/block/md0/md/level", b"raid1\n"),
            ("/sys/class/block/md0/md/degraded", b"1\n"),
            ("/sys/class/block/md0/md/sync_action", b"recover\n"),
            ("/sys/class/block/md0/md/sync_completed", b"1 / 2\n"),
        ];
        let (_dir, root) = machine_with(&files);
        let raid = instance("server", block_device::read(&root, "md0").unwrap());
        assert_eq!((raid.volume_type, raid.raid_level.as_deref()), (Some(VolumeType::RAID), Some("raid1")));
        assert_eq!(raid.extent_status, Some(vec![ExtentStatus::EXPOSED, ExtentStatus::REBUILD]));
        assert_eq!((raid.raid_missing_devices, raid.raid_percent_complete), (Some(1), Some(50)));
    }

    #[test]
    fn a_mapped_device_and_its_partition_name_each_other() {
        assert_eq!(find("dm-0").made_of, Some(vec!["sda2".to_owned()]));
        assert_eq!(find("sda2").part_of, Some(vec!["dm-0".to_owned()]));
    }
}

//! Linux_StorageExtent: disks and other whole block devices; partitions are left to Linux_DiskPartition.

use super::{disk_partition, fits, host_name};
use crate::linux::Root;
use crate::linux::block_device::{self, BlockDevice, Kind};
use crate::linux::block_volume::{Raid, Technology, Volume};
use crate::schema::LinuxStorageExtent;
use crate::schema::linux_storage_extent::{Access, DeviceType, ExtentStatus, Keys, VolumeType};
use omi::{Class, Enumerate, Error, Get, Instance, Query, Result, Sink, not_found};

/// Serves Linux_StorageExtent.
#[derive(Default)]
pub(crate) struct StorageExtents {
    root: Root,
}

impl Enumerate<LinuxStorageExtent> for StorageExtents {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxStorageExtent>) -> Result<()> {
        let host = host_name(&self.root)?;
        devices(&self.root, |kind| kind != Kind::Partition)?
            .into_iter()
            .try_for_each(|it| out.post(instance(&host, it)))
    }
}

impl Get<LinuxStorageExtent> for StorageExtents {
    fn get(&self, key: LinuxStorageExtent, _query: &Query<'_>) -> Result<LinuxStorageExtent> {
        let id = key
            .device_id
            .as_deref()
            .ok_or_else(|| Error::invalid_parameter("Linux_StorageExtent is found by its key DeviceID, such as sda"))?;
        let missing = || not_found::<LinuxStorageExtent>(&[("DeviceID", id)]);
        let host = host_name(&self.root)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host)
            && fits(&key.creation_class_name, "Linux_StorageExtent");
        // Only a name that the kernel lists becomes part of a path.
        let known = ours && block_device::names(&self.root)?.iter().any(|name| name == id);
        let device = if known { block_device::read(&self.root, id) } else { None };
        let device = device.filter(|device| device.kind != Kind::Partition);
        Ok(instance(&host, device.ok_or_else(missing)?))
    }
}

/// The devices of the kinds that are wanted. One that was unplugged since the names were read is left out.
pub(super) fn devices(root: &Root, wants: impl Fn(Kind) -> bool) -> Result<Vec<BlockDevice>> {
    let names = block_device::names(root)?.into_iter();
    let names = names.filter(|name| block_device::kind(root, name).is_some_and(&wants));
    Ok(names.filter_map(|name| block_device::read(root, &name)).collect())
}

/// The device as an instance of its class: Linux_DiskPartition or Linux_StorageExtent.
pub(super) fn any_instance(host: &str, device: BlockDevice) -> Result<Instance> {
    match device.kind {
        Kind::Partition => disk_partition::instance(host, device).to_instance(),
        Kind::Disk | Kind::Virtual => instance(host, device).to_instance(),
    }
}

fn instance(host: &str, device: BlockDevice) -> LinuxStorageExtent {
    let path = format!("/dev/{}", device.name);
    let volume = device.volume;
    let BlockDevice { hardware, format, .. } = device;
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
        device_type: Some(if device.kind == Kind::Disk { DeviceType::DISK } else { DeviceType::VIRTUAL }),
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
        format_type: format.kind,
        format_uuid: format.uuid,
        format_label: format.label,
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
    fn a_disk_is_primordial_and_a_partition_is_none_of_these() {
        let disk = find("sda");
        assert_eq!((disk.device_type, disk.primordial), (Some(DeviceType::DISK), Some(true)));
        assert_eq!(disk.name.as_deref(), Some("/dev/sda"));
        let names = |devices: Vec<BlockDevice>| devices.into_iter().map(|device| device.name).collect::<Vec<_>>();
        let root = machine("rhel8");
        assert_eq!(names(devices(&root, |kind| kind != Kind::Partition).unwrap()), ["dm-0", "sda", "sr0"]);
        assert_eq!(names(devices(&root, |kind| kind == Kind::Partition).unwrap()), ["sda1", "sda2"]);
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
    fn a_mapped_device_names_what_it_is_made_of() {
        assert_eq!(find("dm-0").made_of, Some(vec!["sda2".to_owned()]));
    }
}

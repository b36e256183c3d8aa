//! Linux_DiskPartition: the partitions of disks.

use super::storage_extent::devices;
use super::{fits, host_name};
use crate::linux::Root;
use crate::linux::block_device::{BlockDevice, Kind, TableEntry};
use crate::schema::LinuxDiskPartition;
use crate::schema::linux_disk_partition::{Access, Keys, PartitionSubtype, PartitionType};
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};

/// The types that a partition of MS-DOS has which others lie in.
const EXTENDED: [u16; 3] = [0x05, 0x0f, 0x85];

/// How many partitions there can be beside those that lie in an extended one.
const PRIMARIES: u32 = 4;

/// The mark to start from: the byte in a table of MS-DOS, and bit 2 of the attributes in a GPT.
const ACTIVE: u64 = 0x80;
const LEGACY_BIOS_BOOTABLE: u64 = 1 << 2;

/// Serves Linux_DiskPartition.
#[derive(Default)]
pub(crate) struct DiskPartitions {
    root: Root,
}

impl Enumerate<LinuxDiskPartition> for DiskPartitions {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxDiskPartition>) -> Result<()> {
        let host = host_name(&self.root)?;
        partitions(&self.root)?.into_iter().try_for_each(|partition| out.post(instance(&host, partition)))
    }
}

impl Get<LinuxDiskPartition> for DiskPartitions {
    fn get(&self, key: LinuxDiskPartition, _query: &Query<'_>) -> Result<LinuxDiskPartition> {
        let id = key.device_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter("Linux_DiskPartition is found by its key DeviceID, such as sda1")
        })?;
        let host = host_name(&self.root)?;
        let ours = fits(&key.system_creation_class_name, "Linux_ComputerSystem")
            && fits(&key.system_name, &host)
            && fits(&key.creation_class_name, "Linux_DiskPartition");
        let found = partitions(&self.root)?.into_iter().find(|partition| ours && partition.name == id);
        let found = found.ok_or_else(|| not_found::<LinuxDiskPartition>(&[("DeviceID", id)]))?;
        Ok(instance(&host, found))
    }
}

fn partitions(root: &Root) -> Result<Vec<BlockDevice>> {
    devices(root, |kind| kind == Kind::Partition)
}

pub(super) fn instance(host: &str, device: BlockDevice) -> LinuxDiskPartition {
    let path = format!("/dev/{}", device.name);
    let BlockDevice { partition, format, .. } = device;
    let mut instance = LinuxDiskPartition {
        name: Some(path.clone()),
        caption: Some(path.clone()),
        element_name: Some(path),
        access: device
            .read_only
            .map(|read_only| if read_only { Access::READABLE } else { Access::READ_WRITE_SUPPORTED }),
        block_size: device.logical_block_size,
        number_of_blocks: device.size.zip(device.logical_block_size).and_then(|(size, block)| size.checked_div(block)),
        device_number: device.number,
        size: device.size,
        disk_id: partition.disk,
        partition_number: partition.number,
        starting_offset: partition.start,
        partition_name: partition.name,
        partition_uuid: partition.uuid,
        format_type: format.kind,
        format_uuid: format.uuid,
        format_label: format.label,
        part_of: Some(device.holders),
        ..LinuxDiskPartition::new(Keys { system_name: host.to_owned(), device_id: device.name })
    };
    if let Some(entry) = partition.entry {
        set_entry(&mut instance, entry);
    }
    instance
}

/// What the partition table says.
fn set_entry(instance: &mut LinuxDiskPartition, entry: TableEntry) {
    if entry.scheme == "dos" {
        let digits = entry.type_id.as_deref().and_then(|id| id.strip_prefix("0x"));
        let subtype = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok());
        instance.partition_subtype = subtype.map(PartitionSubtype);
        instance.partition_type = Some(match instance.partition_number {
            Some(number) if number > PRIMARIES => PartitionType::LOGICAL,
            _ if subtype.is_some_and(|subtype| EXTENDED.contains(&subtype)) => PartitionType::EXTENDED,
            _ => PartitionType::PRIMARY,
        });
        instance.bootable = Some(entry.flags & ACTIVE != 0);
    } else if entry.scheme == "gpt" {
        instance.bootable = Some(entry.flags & LEGACY_BIOS_BOOTABLE != 0);
    }
    instance.partition_scheme = Some(entry.scheme);
    instance.partition_type_id = entry.type_id;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn a_partition_tells_where_it_lies_what_it_is_and_what_is_on_it() {
        let all = partitions(&machine("rhel8")).unwrap();
        let partition = instance("server", all[0].clone());
        assert_eq!((partition.device_id.as_deref(), partition.disk_id.as_deref()), (Some("sda1"), Some("sda")));
        assert_eq!((partition.starting_offset, partition.partition_number), (Some(2048 * 512), Some(1)));
        assert_eq!((partition.bootable, partition.partition_type), (Some(true), Some(PartitionType::PRIMARY)));
        assert_eq!(partition.partition_subtype.map(|it| it.0), Some(0x83));
        assert_eq!(
            (partition.format_type.as_deref(), partition.format_label.as_deref()),
            (Some("xfs"), Some("Boot Files"))
        );
        assert_eq!(partition.partition_uuid.as_deref(), Some("7a3c9f10-01"));
        let other = instance("server", all[1].clone());
        assert_eq!((other.bootable, other.part_of), (Some(false), Some(vec!["dm-0".to_owned()])));
    }

    #[test]
    fn primary_extended_and_logical_are_told_apart_and_a_gpt_knows_none_of_them() {
        let kind = |number, scheme: &str, type_id: &str, flags| {
            let mut instance = LinuxDiskPartition { partition_number: Some(number), ..LinuxDiskPartition::default() };
            set_entry(&mut instance, TableEntry { scheme: scheme.into(), type_id: Some(type_id.into()), flags });
            (instance.partition_type, instance.bootable)
        };
        assert_eq!(kind(1, "dos", "0x83", 0), (Some(PartitionType::PRIMARY), Some(false)));
        assert_eq!(kind(2, "dos", "0xf", 0), (Some(PartitionType::EXTENDED), Some(false)));
        assert_eq!(kind(5, "dos", "0x83", 0x80), (Some(PartitionType::LOGICAL), Some(true)));
        assert_eq!(kind(5, "gpt", "0fc63daf-8483-4772-8e79-3d69d8477de4", 4), (None, Some(true)));
        assert_eq!(kind(1, "sun", "0x2", 4), (None, None));
    }
}

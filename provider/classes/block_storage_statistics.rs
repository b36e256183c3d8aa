//! Linux_BlockStorageStatisticalData: what block devices read and wrote.

use super::datetime;
use crate::linux::Root;
use crate::linux::block_device::{self, Kind};
use crate::linux::diskstats::{self, DiskStatistics};
use crate::schema::LinuxBlockStorageStatisticalData;
use crate::schema::linux_block_storage_statistical_data::ElementType;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

const ID_PREFIX: &str = "Linux:BlockDevice:";

/// Serves Linux_BlockStorageStatisticalData.
#[derive(Default)]
pub(crate) struct BlockStorageStatistics {
    root: Root,
}

impl Enumerate<LinuxBlockStorageStatisticalData> for BlockStorageStatistics {
    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxBlockStorageStatisticalData>) -> Result<()> {
        for disk in diskstats::read(&self.root)? {
            out.post(instance(&self.root, disk))?;
        }
        Ok(())
    }
}

impl Get<LinuxBlockStorageStatisticalData> for BlockStorageStatistics {
    fn get(
        &self,
        key: LinuxBlockStorageStatisticalData,
        _query: &Query<'_>,
    ) -> Result<LinuxBlockStorageStatisticalData> {
        let asked = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_BlockStorageStatisticalData is found by its key InstanceID, such as Linux:BlockDevice:sda",
            )
        })?;
        let mut disks = diskstats::read(&self.root)?.into_iter();
        let found = disks.find(|disk| id(disk) == asked);
        let disk = found.ok_or_else(|| not_found::<LinuxBlockStorageStatisticalData>(&[("InstanceID", asked)]))?;
        Ok(instance(&self.root, disk))
    }
}

fn id(disk: &DiskStatistics) -> String {
    format!("{ID_PREFIX}{}", disk.name)
}

fn instance(root: &Root, disk: DiskStatistics) -> LinuxBlockStorageStatisticalData {
    let DiskStatistics { reads, writes, discards, flushes, .. } = disk;
    let element_type = block_device::kind(root, &disk.name).map(|kind| match kind {
        Kind::Disk => ElementType::DISK_DRIVE,
        Kind::Partition | Kind::Virtual => ElementType::EXTENT,
    });
    LinuxBlockStorageStatisticalData {
        instance_id: Some(id(&disk)),
        element_name: Some(disk.name),
        statistic_time: datetime(SystemTime::now()),
        element_type,
        device_number: Some(format!("{}:{}", disk.device.0, disk.device.1)),
        total_ios: sum(reads.completed, writes.completed),
        k_bytes_transferred: sum(reads.bytes, writes.bytes).map(|bytes| bytes / 1024),
        k_bytes_read: reads.bytes.map(|bytes| bytes / 1024),
        k_bytes_written: writes.bytes.map(|bytes| bytes / 1024),
        io_time_counter: sum(reads.milliseconds, writes.milliseconds),
        read_ios: reads.completed,
        read_io_time_counter: reads.milliseconds,
        write_ios: writes.completed,
        write_io_time_counter: writes.milliseconds,
        bytes_read: reads.bytes,
        bytes_written: writes.bytes,
        merged_reads: reads.merged,
        merged_writes: writes.merged,
        ios_in_progress: disk.in_progress,
        busy_time: disk.busy,
        weighted_io_time: disk.weighted,
        discard_ios: discards.completed,
        merged_discards: discards.merged,
        bytes_discarded: discards.bytes,
        discard_time: discards.milliseconds,
        flush_ios: flushes.completed,
        flush_time: flushes.milliseconds,
        ..LinuxBlockStorageStatisticalData::default()
    }
}

fn sum(reads: Option<u64>, writes: Option<u64>) -> Option<u64> {
    reads?.checked_add(writes?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn find(machine_name: &str, name: &str) -> LinuxBlockStorageStatisticalData {
        let root = machine(machine_name);
        let disk = diskstats::read(&root).unwrap().into_iter().find(|disk| disk.name == name).unwrap();
        instance(&root, disk)
    }

    #[test]
    fn a_kbyte_has_1024_bytes_and_totals_are_reads_and_writes() {
        let disk = find("debian12", "vda");
        assert_eq!((disk.k_bytes_read, disk.bytes_read), (Some(3_525_962), Some(7_051_925 * 512)));
        assert_eq!(disk.total_ios, Some(126_761 + 111_045));
        assert_eq!(disk.k_bytes_transferred, Some((7_051_925 + 119_958_320) / 2));
        assert_eq!(disk.io_time_counter, Some(258_877 + 620_915));
    }

    #[test]
    fn a_disk_and_its_partition_have_their_roles() {
        assert_eq!(find("rhel8", "sda").element_type, Some(ElementType::DISK_DRIVE));
        assert_eq!(find("rhel8", "sda1").element_type, Some(ElementType::EXTENT));
        assert_eq!(find("rhel8", "dm-0").element_type, Some(ElementType::EXTENT));
        assert_eq!(find("debian12", "vda").element_type, None, "this machine hides /sys/class/block");
    }
}

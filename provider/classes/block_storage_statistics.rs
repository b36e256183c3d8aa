//! Linux_BlockStorageStatisticalData: what block devices read and wrote.

use super::datetime;
use crate::linux::Root;
use crate::linux::block_device::{self, Kind};
use crate::linux::diskstats::{self, DiskStatistics, Requests};
use crate::linux::sampling::{Pair, Sampler, per_second, percent};
use crate::schema::LinuxBlockStorageStatisticalData;
use crate::schema::linux_block_storage_statistical_data::ElementType;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::{Duration, SystemTime};

const ID_PREFIX: &str = "Linux:BlockDevice:";

/// What a second reading is made for.
const RATES: &[&str] = &[
    "BytesReadPerSecond",
    "BytesWrittenPerSecond",
    "ReadIOsPerSecond",
    "WriteIOsPerSecond",
    "PercentBusyTime",
    "AverageReadTime",
    "AverageWriteTime",
    "SampleInterval",
];

/// Serves Linux_BlockStorageStatisticalData.
#[derive(Default)]
pub(crate) struct BlockStorageStatistics {
    root: Root,
    sampler: Sampler<Vec<DiskStatistics>>,
}

impl Enumerate<LinuxBlockStorageStatisticalData> for BlockStorageStatistics {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, LinuxBlockStorageStatisticalData>) -> Result<()> {
        let disks = self.read(query)?.into_iter();
        disks.map(|(disk, before)| with_rates(&self.root, disk, before)).try_for_each(|statistics| out.post(statistics))
    }
}

impl Get<LinuxBlockStorageStatisticalData> for BlockStorageStatistics {
    fn get(
        &self,
        key: LinuxBlockStorageStatisticalData,
        query: &Query<'_>,
    ) -> Result<LinuxBlockStorageStatisticalData> {
        let asked = key.instance_id.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "Linux_BlockStorageStatisticalData is found by its key InstanceID, such as Linux:BlockDevice:sda",
            )
        })?;
        let found = self.read(query)?.into_iter().find(|(disk, _)| id(disk) == asked);
        let missing = || not_found::<LinuxBlockStorageStatisticalData>(&[("InstanceID", asked)]);
        let (disk, before) = found.ok_or_else(missing)?;
        Ok(with_rates(&self.root, disk, before))
    }
}

/// The statistics of a device before, and how long ago that was.
type Before = Option<(DiskStatistics, Duration)>;

impl BlockStorageStatistics {
    /// The statistics of all devices, with earlier ones if rates are wanted.
    fn read(&self, query: &Query<'_>) -> Result<Vec<(DiskStatistics, Before)>> {
        let read = || diskstats::read(&self.root);
        if !query.wants_any(RATES) {
            return Ok(read()?.into_iter().map(|disk| (disk, None)).collect());
        }
        let Pair { earlier, later, elapsed } = self.sampler.sample(read)?;
        let before = |disk: &DiskStatistics| {
            let same = earlier.iter().find(|before| before.device == disk.device && before.name == disk.name);
            same.map(|before| (before.clone(), elapsed))
        };
        Ok(later.into_iter().map(|disk| (before(&disk), disk)).map(|(before, disk)| (disk, before)).collect())
    }
}

fn with_rates(root: &Root, disk: DiskStatistics, before: Before) -> LinuxBlockStorageStatisticalData {
    let Some((before, elapsed)) = before else { return instance(root, disk) };
    let rate = |before: Option<u64>, now: Option<u64>| per_second(before?, now?, elapsed);
    let (reads, writes, busy) = (disk.reads, disk.writes, disk.busy);
    LinuxBlockStorageStatisticalData {
        sample_interval: Some(elapsed.into()),
        bytes_read_per_second: rate(before.reads.bytes, reads.bytes),
        bytes_written_per_second: rate(before.writes.bytes, writes.bytes),
        read_ios_per_second: rate(before.reads.completed, reads.completed),
        write_ios_per_second: rate(before.writes.completed, writes.completed),
        percent_busy_time: growth(before.busy, busy).and_then(|busy| percent(Duration::from_millis(busy), elapsed)),
        average_read_time: average(&before.reads, &reads),
        average_write_time: average(&before.writes, &writes),
        ..instance(root, disk)
    }
}

/// `None` for a counter that the kernel does not write, or that went back.
fn growth(before: Option<u64>, now: Option<u64>) -> Option<u64> {
    now?.checked_sub(before?)
}

/// How many milliseconds a request took that was completed in between. `None` if there was none.
fn average(before: &Requests, now: &Requests) -> Option<f32> {
    let completed = growth(before.completed, now.completed).filter(|completed| *completed > 0)?;
    Some((growth(before.milliseconds, now.milliseconds)? as f64 / completed as f64) as f32)
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
        // The default of the standard, 0, would say that nothing is sampled.
        sample_interval: None,
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
    fn rates_are_what_grew_in_the_time_between() {
        let requests = |completed, bytes, milliseconds| Requests {
            completed: Some(completed),
            merged: None,
            bytes: Some(bytes),
            milliseconds: Some(milliseconds),
        };
        let reading = |reads, busy| DiskStatistics {
            name: "sda".to_owned(),
            reads,
            writes: requests(7, 7, 7),
            busy: Some(busy),
            ..DiskStatistics::default()
        };
        let before = (reading(requests(100, 4096, 30), 1000), Duration::from_millis(500));
        let now = reading(requests(104, 8192, 40), 1100);
        let disk = with_rates(&machine("debian12"), now, Some(before));
        assert_eq!((disk.bytes_read_per_second, disk.read_ios_per_second), (Some(8192), Some(8)));
        assert_eq!((disk.average_read_time, disk.percent_busy_time), (Some(2.5), Some(20.0)));
        assert_eq!((disk.write_ios_per_second, disk.average_write_time), (Some(0), None), "nothing was written");
        assert_eq!((disk.bytes_read, disk.bytes_written), (Some(8192), Some(7)));
    }

    #[test]
    fn a_device_without_an_earlier_reading_has_no_rates() {
        let disk = with_rates(&machine("debian12"), DiskStatistics::default(), None);
        assert_eq!((disk.sample_interval, disk.read_ios_per_second, disk.percent_busy_time), (None, None, None));
    }

    #[test]
    fn a_disk_and_its_partition_have_their_roles() {
        assert_eq!(find("rhel8", "sda").element_type, Some(ElementType::DISK_DRIVE));
        assert_eq!(find("rhel8", "sda1").element_type, Some(ElementType::EXTENT));
        assert_eq!(find("rhel8", "dm-0").element_type, Some(ElementType::EXTENT));
        assert_eq!(find("debian12", "vda").element_type, None, "this machine hides /sys/class/block");
    }
}

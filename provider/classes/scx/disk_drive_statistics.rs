//! SCX_DiskDriveStatisticalInformation: how busy disks are.

use super::TOTAL;
use super::io::{Activity, RATES, Rates};
use crate::linux::Root;
use crate::linux::block_device::{self, Kind};
use crate::linux::diskstats::{self, DiskStatistics};
use crate::linux::sampling::{Pair, Sampler};
use crate::schema::ScxDiskDriveStatisticalInformation;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::time::Duration;

/// Serves SCX_DiskDriveStatisticalInformation.
#[derive(Default)]
pub(crate) struct DiskDriveStatistics {
    root: Root,
    sampler: Sampler<Vec<DiskStatistics>>,
}

impl Enumerate<ScxDiskDriveStatisticalInformation> for DiskDriveStatistics {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxDiskDriveStatisticalInformation>) -> Result<()> {
        self.read(query)?.into_iter().try_for_each(|statistics| out.post(statistics))
    }
}

impl Get<ScxDiskDriveStatisticalInformation> for DiskDriveStatistics {
    fn get(
        &self,
        key: ScxDiskDriveStatisticalInformation,
        query: &Query<'_>,
    ) -> Result<ScxDiskDriveStatisticalInformation> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter("SCX_DiskDriveStatisticalInformation is found by its key Name, sda or _Total")
        })?;
        let found = self.read(query)?.into_iter().find(|it| it.name.as_deref() == Some(name));
        found.ok_or_else(|| not_found::<ScxDiskDriveStatisticalInformation>(&[("Name", name)]))
    }
}

impl DiskDriveStatistics {
    fn read(&self, query: &Query<'_>) -> Result<Vec<ScxDiskDriveStatisticalInformation>> {
        let read = || diskstats::read(&self.root);
        let pair = if query.wants_any(RATES) {
            self.sampler.sample(read)?
        } else {
            Pair { earlier: Vec::new(), later: read()?, elapsed: Duration::ZERO }
        };
        Ok(statistics(&self.root, pair))
    }
}

/// One for each disk, then that of all.
fn statistics(root: &Root, pair: Pair<Vec<DiskStatistics>>) -> Vec<ScxDiskDriveStatisticalInformation> {
    let Pair { earlier, later, elapsed } = pair;
    let mut total = None;
    let mut all = Vec::new();
    for disk in later.iter().filter(|disk| is_disk(root, disk, &later)) {
        let before = earlier.iter().find(|before| before.device == disk.device && before.name == disk.name);
        let activity = before.and_then(|before| Activity::between(before, disk));
        total = total.into_iter().chain(activity).reduce(|a: Activity, b| a + b);
        all.push(instance(disk.name.clone(), activity.map(|it| it.rates(elapsed)).unwrap_or_default()));
    }
    let total = instance(TOTAL.to_owned(), total.map(|it| it.rates(elapsed)).unwrap_or_default());
    all.push(ScxDiskDriveStatisticalInformation { is_aggregate: Some(true), ..total });
    all
}

/// Whether hardware is behind a device. Where `/sys` is hidden, its name must tell.
fn is_disk(root: &Root, disk: &DiskStatistics, all: &[DiskStatistics]) -> bool {
    const MADE_BY_THE_KERNEL: &[&str] = &["dm-", "drbd", "loop", "md", "nbd", "ram", "zd", "zram"];
    if let Some(kind) = block_device::kind(root, &disk.name) {
        return kind == Kind::Disk;
    }
    let is_part_of = |whole: &DiskStatistics| {
        let rest = disk.name.strip_prefix(whole.name.as_str()).filter(|rest| !rest.is_empty());
        let number = rest.map(|rest| rest.strip_prefix('p').unwrap_or(rest));
        number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_digit()))
    };
    !MADE_BY_THE_KERNEL.iter().any(|prefix| disk.name.starts_with(prefix)) && !all.iter().any(is_part_of)
}

fn instance(name: String, rates: Rates) -> ScxDiskDriveStatisticalInformation {
    ScxDiskDriveStatisticalInformation {
        name: Some(name),
        is_aggregate: Some(false),
        is_online: Some(true),
        percent_busy_time: rates.percent_busy_time,
        percent_idle_time: rates.percent_idle_time,
        bytes_per_second: rates.bytes,
        read_bytes_per_second: rates.bytes_read,
        write_bytes_per_second: rates.bytes_written,
        transfers_per_second: rates.transfers,
        reads_per_second: rates.reads,
        writes_per_second: rates.writes,
        average_read_time: rates.read_time,
        average_write_time: rates.write_time,
        average_transfer_time: rates.transfer_time,
        average_disk_queue_length: rates.queue_length,
        ..ScxDiskDriveStatisticalInformation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::io::testing::reading;
    use super::*;
    use crate::linux::testing::machine;

    fn disks(machine_name: &str, names: &[&str]) -> Vec<ScxDiskDriveStatisticalInformation> {
        let read = |count| names.iter().map(|name| reading(name, (8, 0), count)).collect();
        statistics(&machine(machine_name), Pair { earlier: read(0), later: read(500), elapsed: Duration::from_secs(1) })
    }

    fn names(all: &[ScxDiskDriveStatisticalInformation]) -> Vec<&str> {
        all.iter().filter_map(|it| it.name.as_deref()).collect()
    }

    #[test]
    fn the_total_is_that_of_the_disks_and_not_of_their_partitions() {
        let all = disks("rhel8", &["sda", "sda1", "dm-0"]);
        assert_eq!(names(&all), ["sda", "_Total"]);
        assert_eq!((all[1].reads_per_second, all[1].is_aggregate), (Some(500), Some(true)));
        assert_eq!((all[0].percent_busy_time, all[0].percent_idle_time), (Some(50), Some(50)));
    }

    #[test]
    fn where_sysfs_is_hidden_the_names_tell_what_is_a_disk() {
        let all = disks("alpine", &["loop0", "nvme0n1", "nvme0n1p1", "vda", "vda1", "zram0"]);
        assert_eq!(names(&all), ["nvme0n1", "vda", "_Total"]);
    }

    #[test]
    fn without_an_earlier_reading_there_are_no_rates() {
        let later = vec![reading("vda", (254, 0), 5)];
        let all = statistics(&machine("alpine"), Pair { earlier: Vec::new(), later, elapsed: Duration::ZERO });
        assert_eq!((all[0].reads_per_second, all[1].percent_idle_time), (None, None));
    }
}

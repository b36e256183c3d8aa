//! SCX_FileSystemStatisticalInformation: how full and how busy file systems are.

use super::file_system::{list, mount_point};
use super::io::{Activity, RATES, Rates};
use super::{TOTAL, mebibytes, rest};
use crate::classes::file_system::percent;
use crate::linux::Root;
use crate::linux::diskstats::{self, DiskStatistics};
use crate::linux::filesystem::{self, Capacity, FileSystem};
use crate::linux::sampling::{Pair, Sampler};
use crate::schema::ScxFileSystemStatisticalInformation;
use omi::{Enumerate, Error, Get, Query, Result, Sink, not_found};
use std::collections::BTreeMap;

/// Serves SCX_FileSystemStatisticalInformation.
pub(crate) struct FileSystemStatistics {
    root: Root,
    /// Kept, because it remembers which file systems hang.
    reader: filesystem::FileSystems,
    sampler: Sampler<Vec<DiskStatistics>>,
}

impl Default for FileSystemStatistics {
    fn default() -> Self {
        let root = Root::host();
        Self { reader: filesystem::FileSystems::new(root.clone()), root, sampler: Sampler::default() }
    }
}

impl Enumerate<ScxFileSystemStatisticalInformation> for FileSystemStatistics {
    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxFileSystemStatisticalInformation>) -> Result<()> {
        self.read(query)?.into_iter().try_for_each(|statistics| out.post(statistics))
    }
}

impl Get<ScxFileSystemStatisticalInformation> for FileSystemStatistics {
    fn get(
        &self,
        key: ScxFileSystemStatisticalInformation,
        query: &Query<'_>,
    ) -> Result<ScxFileSystemStatisticalInformation> {
        let name = key.name.as_deref().ok_or_else(|| {
            Error::invalid_parameter(
                "SCX_FileSystemStatisticalInformation is found by its key Name, a mount point or _Total",
            )
        })?;
        let found = self.read(query)?.into_iter().find(|it| it.name.as_deref() == Some(name));
        found.ok_or_else(|| not_found::<ScxFileSystemStatisticalInformation>(&[("Name", name)]))
    }
}

impl FileSystemStatistics {
    fn read(&self, query: &Query<'_>) -> Result<Vec<ScxFileSystemStatisticalInformation>> {
        // A machine that hides its devices has file systems all the same.
        let read = || diskstats::read(&self.root);
        let pair = if query.wants_any(RATES) { self.sampler.sample(read).ok() } else { None };
        Ok(statistics(&list(&self.reader)?, pair.as_ref()))
    }
}

/// One for each file system, then that of all.
fn statistics(
    file_systems: &[FileSystem],
    pair: Option<&Pair<Vec<DiskStatistics>>>,
) -> Vec<ScxFileSystemStatisticalInformation> {
    let rates = |activity: Option<Activity>| match (activity, pair) {
        (Some(activity), Some(pair)) => activity.rates(pair.elapsed),
        _ => Rates::default(),
    };
    // Several file systems, such as the subvolumes of btrfs, can have one device.
    let mut devices = BTreeMap::new();
    let mut whole = Usage::default();
    let mut all = Vec::new();
    for file_system in file_systems {
        let found = pair.and_then(|pair| activity(file_system, pair));
        let usage = file_system.capacity().map(Usage::of).unwrap_or_default();
        let rates = rates(found.as_ref().map(|(_, activity)| *activity));
        all.push(instance(mount_point(file_system), file_system.capacity().is_some(), &usage, rates));
        devices.extend(found);
        whole.add(&usage);
    }
    let total = devices.into_values().reduce(|a, b| a + b);
    let total = instance(TOTAL.to_owned(), true, &whole, rates(total));
    all.push(ScxFileSystemStatisticalInformation { is_aggregate: Some(true), ..total });
    all
}

/// The device of a file system, by number or by name, with what it did.
fn activity(file_system: &FileSystem, pair: &Pair<Vec<DiskStatistics>>) -> Option<(String, Activity)> {
    let mount = &file_system.mount;
    let named = mount.source.as_ref().and_then(|source| source.strip_prefix("/dev/"));
    let is_device = |disk: &&DiskStatistics| disk.device == mount.device || Some(disk.name.as_str()) == named;
    let now = pair.later.iter().find(is_device)?;
    let before = pair.earlier.iter().find(|before| before.device == now.device && before.name == now.name)?;
    Some((now.name.clone(), Activity::between(before, now)?))
}

/// How much is used of what: bytes, and inodes where they are counted.
#[derive(Default)]
struct Usage {
    used: u64,
    available: u64,
    inodes: u64,
    free_inodes: u64,
}

impl Usage {
    fn of(capacity: &Capacity) -> Self {
        Self {
            used: capacity.total_bytes.saturating_sub(capacity.free_bytes),
            available: capacity.available_bytes,
            inodes: capacity.total_inodes.unwrap_or(0),
            free_inodes: capacity.free_inodes.unwrap_or(0),
        }
    }

    fn add(&mut self, other: &Self) {
        self.used = self.used.saturating_add(other.used);
        self.available = self.available.saturating_add(other.available);
        self.inodes = self.inodes.saturating_add(other.inodes);
        self.free_inodes = self.free_inodes.saturating_add(other.free_inodes);
    }
}

fn instance(name: String, is_online: bool, usage: &Usage, rates: Rates) -> ScxFileSystemStatisticalInformation {
    let used_space = percent(usage.used, usage.used.saturating_add(usage.available));
    let used_inodes = percent(usage.inodes.saturating_sub(usage.free_inodes), usage.inodes);
    ScxFileSystemStatisticalInformation {
        name: Some(name),
        is_aggregate: Some(false),
        is_online: Some(is_online),
        free_megabytes: is_online.then(|| mebibytes(usage.available)),
        used_megabytes: is_online.then(|| mebibytes(usage.used)),
        percent_used_space: used_space,
        percent_free_space: used_space.map(rest),
        percent_used_inodes: used_inodes,
        percent_free_inodes: used_inodes.map(rest),
        percent_busy_time: rates.percent_busy_time,
        percent_idle_time: rates.percent_idle_time,
        bytes_per_second: rates.bytes,
        read_bytes_per_second: rates.bytes_read,
        write_bytes_per_second: rates.bytes_written,
        transfers_per_second: rates.transfers,
        reads_per_second: rates.reads,
        writes_per_second: rates.writes,
        average_transfer_time: rates.transfer_time,
        average_disk_queue_length: rates.queue_length,
        ..ScxFileSystemStatisticalInformation::default()
    }
}

#[cfg(test)]
mod tests {
    use super::super::file_system::testing::{capacity, reader};
    use super::super::io::testing::reading;
    use super::*;
    use crate::linux::testing::machine_with;
    use std::time::Duration;

    const MOUNTS: &[u8] = b"1 0 8:1 / / rw - ext4 /dev/sda1 rw\n\
        2 1 0:30 /@a /a rw - btrfs /dev/sdb1 rw,subvol=/@a\n\
        3 1 0:30 /@b /b rw - btrfs /dev/sdb1 rw,subvol=/@b\n";

    const SIZES: &[(&str, Capacity)] = &[
        ("/", capacity(100 << 30, 50 << 30, 45 << 30, 1000)),
        ("/a", capacity(100 << 30, 100 << 30, 100 << 30, 0)),
        ("/b", capacity(100 << 30, 100 << 30, 100 << 30, 0)),
    ];

    fn all() -> Vec<ScxFileSystemStatisticalInformation> {
        let (_dir, root) = machine_with(&[("/proc/self/mountinfo", MOUNTS)]);
        let disks = |count| vec![reading("sda1", (8, 1), count), reading("sdb1", (8, 17), count)];
        let pair = Pair { earlier: disks(100), later: disks(200), elapsed: Duration::from_secs(1) };
        statistics(&list(&reader(&root, SIZES)).unwrap(), Some(&pair))
    }

    #[test]
    fn the_total_is_the_sum_with_the_shares_of_the_sum() {
        let all = all();
        let total = all.last().unwrap();
        assert_eq!((total.name.as_deref(), total.is_aggregate), (Some("_Total"), Some(true)));
        assert_eq!((total.used_megabytes, total.free_megabytes), (Some(50 << 10), Some(245 << 10)));
        assert_eq!((total.percent_used_inodes, total.percent_free_inodes), (Some(50), Some(50)));
        assert_eq!(total.reads_per_second, Some(200), "the device of two subvolumes counts once");
    }

    #[test]
    fn free_space_is_what_the_file_system_itself_says() {
        let first = all().remove(0);
        assert_eq!(first.free_megabytes, Some(45 << 10));
        assert_eq!((first.percent_used_space, first.percent_free_space), (Some(53), Some(47)), "df says 53 %");
        assert_eq!(first.reads_per_second, Some(100));
    }

    #[test]
    fn a_file_system_without_a_fixed_number_of_inodes_has_no_share_of_them() {
        let second = all().remove(1);
        assert_eq!((second.percent_used_inodes, second.percent_free_inodes), (None, None));
    }
}

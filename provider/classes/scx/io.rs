//! What block devices did between two readings, as the statistics of disks and file systems tell it.

use super::{rest, whole};
use crate::linux::diskstats::DiskStatistics;
use crate::linux::sampling::{per_second, percent};
use std::ops::Add;
use std::time::Duration;

/// What a second reading is made for.
pub(super) const RATES: &[&str] = &[
    "PercentBusyTime",
    "PercentIdleTime",
    "BytesPerSecond",
    "ReadBytesPerSecond",
    "WriteBytesPerSecond",
    "TransfersPerSecond",
    "ReadsPerSecond",
    "WritesPerSecond",
    "AverageReadTime",
    "AverageWriteTime",
    "AverageTransferTime",
    "AverageDiskQueueLength",
];

/// What the counters of one device, or of several, grew by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Activity {
    devices: u32,
    reads: u64,
    writes: u64,
    bytes_read: u64,
    bytes_written: u64,
    /// All times are milliseconds.
    read_time: u64,
    write_time: u64,
    busy_time: u64,
    weighted_time: u64,
}

impl Activity {
    /// `None` if the kernel does not count all of it, or the device was replaced meanwhile.
    pub(super) fn between(before: &DiskStatistics, now: &DiskStatistics) -> Option<Self> {
        let growth = |counter: fn(&DiskStatistics) -> Option<u64>| counter(now)?.checked_sub(counter(before)?);
        Some(Self {
            devices: 1,
            reads: growth(|it| it.reads.completed)?,
            writes: growth(|it| it.writes.completed)?,
            bytes_read: growth(|it| it.reads.bytes)?,
            bytes_written: growth(|it| it.writes.bytes)?,
            read_time: growth(|it| it.reads.milliseconds)?,
            write_time: growth(|it| it.writes.milliseconds)?,
            busy_time: growth(|it| it.busy)?,
            weighted_time: growth(|it| it.weighted)?,
        })
    }

    pub(super) fn rates(self, elapsed: Duration) -> Rates {
        let rate = |growth: u64| per_second(0, growth, elapsed);
        let whole_time = elapsed.saturating_mul(self.devices.max(1));
        let busy = percent(Duration::from_millis(self.busy_time), whole_time).map(whole);
        Rates {
            percent_busy_time: busy,
            percent_idle_time: busy.map(rest),
            bytes: rate(self.bytes_read.saturating_add(self.bytes_written)),
            bytes_read: rate(self.bytes_read),
            bytes_written: rate(self.bytes_written),
            transfers: rate(self.reads.saturating_add(self.writes)),
            reads: rate(self.reads),
            writes: rate(self.writes),
            read_time: Some(mean(self.read_time, self.reads)),
            write_time: Some(mean(self.write_time, self.writes)),
            transfer_time: Some(mean(self.read_time + self.write_time, self.reads + self.writes)),
            queue_length: Some(self.weighted_time as f64 / 1000.0 / elapsed.as_secs_f64()).filter(|it| it.is_finite()),
        }
    }
}

impl Add for Activity {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self {
            devices: self.devices + other.devices,
            reads: self.reads.saturating_add(other.reads),
            writes: self.writes.saturating_add(other.writes),
            bytes_read: self.bytes_read.saturating_add(other.bytes_read),
            bytes_written: self.bytes_written.saturating_add(other.bytes_written),
            read_time: self.read_time.saturating_add(other.read_time),
            write_time: self.write_time.saturating_add(other.write_time),
            busy_time: self.busy_time.saturating_add(other.busy_time),
            weighted_time: self.weighted_time.saturating_add(other.weighted_time),
        }
    }
}

/// Seconds for each of `count`; 0 of none.
fn mean(milliseconds: u64, count: u64) -> f64 {
    if count == 0 { 0.0 } else { milliseconds as f64 / 1000.0 / count as f64 }
}

/// The same per second and per request. All `None` without two readings.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Rates {
    pub(super) percent_busy_time: Option<u8>,
    pub(super) percent_idle_time: Option<u8>,
    pub(super) bytes: Option<u64>,
    pub(super) bytes_read: Option<u64>,
    pub(super) bytes_written: Option<u64>,
    pub(super) transfers: Option<u64>,
    pub(super) reads: Option<u64>,
    pub(super) writes: Option<u64>,
    /// Seconds, as the next two.
    pub(super) read_time: Option<f64>,
    pub(super) write_time: Option<f64>,
    pub(super) transfer_time: Option<f64>,
    pub(super) queue_length: Option<f64>,
}

/// Readings of devices whose counters are set one by one.
#[cfg(test)]
pub(super) mod testing {
    use crate::linux::diskstats::{DiskStatistics, Requests};

    pub(in crate::classes::scx) fn reading(name: &str, device: (u32, u32), count: u64) -> DiskStatistics {
        let requests =
            Requests { completed: Some(count), merged: None, bytes: Some(4096 * count), milliseconds: Some(2 * count) };
        DiskStatistics {
            name: name.to_owned(),
            device,
            reads: requests,
            writes: requests,
            busy: Some(count),
            weighted: Some(4 * count),
            ..DiskStatistics::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::reading;
    use super::*;

    #[test]
    fn rates_are_of_the_time_that_passed_and_rounded() {
        let activity = Activity::between(&reading("sda", (8, 0), 100), &reading("sda", (8, 0), 130)).unwrap();
        let rates = activity.rates(Duration::from_secs(60));
        assert_eq!((rates.reads, rates.transfers), (Some(1), Some(1)), "30 reads and 30 writes in a minute");
        let rates = activity.rates(Duration::from_millis(300));
        assert_eq!((rates.bytes_read, rates.percent_busy_time), (Some(409_600), Some(10)));
        assert_eq!((rates.percent_idle_time, rates.read_time), (Some(90), Some(0.002)));
        assert_eq!(rates.queue_length, Some(0.4));
    }

    #[test]
    fn two_disks_are_busy_when_both_are() {
        let activity = Activity::between(&reading("sda", (8, 0), 0), &reading("sda", (8, 0), 100)).unwrap();
        let rates = (activity + activity).rates(Duration::from_millis(100));
        assert_eq!((rates.percent_busy_time, rates.reads), (Some(100), Some(2000)));
    }

    #[test]
    fn a_device_that_was_replaced_has_no_activity() {
        assert_eq!(Activity::between(&reading("sda", (8, 0), 9), &reading("sda", (8, 0), 1)), None);
    }
}

//! What block devices read and wrote: `/proc/diskstats`.

use super::error::Parsed;
use super::{Error, Result, Root};

const DISKSTATS: &str = "/proc/diskstats";

/// The unit of the kernel's counters of data, whatever the device's own sectors are.
const SECTOR: u64 = 512;

/// What happened to one kind of request since the device appeared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// How many were completed.
    pub completed: Option<u64>,
    /// How many were merged into a neighbouring one before.
    pub merged: Option<u64>,
    /// How many bytes they were about.
    pub bytes: Option<u64>,
    /// How many milliseconds they took from queue to completion, added up.
    pub milliseconds: Option<u64>,
}

/// One line of `/proc/diskstats`. What the kernel does not write is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskStatistics {
    /// Major and minor number.
    pub device: (u32, u32),
    /// The kernel's name, such as "sda1".
    pub name: String,
    /// Reads.
    pub reads: Requests,
    /// Writes.
    pub writes: Requests,
    /// Requests that are under way now.
    pub in_progress: Option<u64>,
    /// Milliseconds with at least one request under way.
    pub busy: Option<u64>,
    /// Milliseconds with requests under way, times their number.
    pub weighted: Option<u64>,
    /// Discards, since Linux 4.18.
    pub discards: Requests,
    /// Flushes, since Linux 5.5; only those completed and their time are counted.
    pub flushes: Requests,
}

/// The statistics of all block devices as they are now.
pub fn read(root: &Root) -> Result<Vec<DiskStatistics>> {
    let text = root.read_text(DISKSTATS)?;
    let lines: Parsed<_> = text.lines().map(parse).collect();
    lines.map_err(|what| Error::parse(root.path(DISKSTATS), what))
}

fn parse(line: &str) -> Parsed<DiskStatistics> {
    let mut words = line.split_ascii_whitespace();
    let wrong = || format!("{line:?} should be like \"8 0 sda 5 0 40 2 3 1 24 9 0 11 11\"");
    let mut head = || {
        let device = (words.next()?.parse().ok()?, words.next()?.parse().ok()?);
        Some((device, words.next()?.to_owned()))
    };
    let (device, name) = head().ok_or_else(wrong)?;
    let counters: Vec<u64> = words.map(|word| word.parse().map_err(|_| wrong())).collect::<Parsed<_>>()?;
    // The first counter is field 4 of the line.
    let field = |number: usize| counters.get(number - 4).copied();
    let requests = |first: usize| Requests {
        completed: field(first),
        merged: field(first + 1),
        bytes: field(first + 2).and_then(|sectors| sectors.checked_mul(SECTOR)),
        milliseconds: field(first + 3),
    };
    Ok(DiskStatistics {
        device,
        name,
        reads: requests(4),
        writes: requests(8),
        in_progress: field(12),
        busy: field(13),
        weighted: field(14),
        discards: requests(15),
        flushes: Requests { completed: field(19), milliseconds: field(20), ..Requests::default() },
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::{machine, machine_with};

    fn find(machine_name: &str, name: &str) -> DiskStatistics {
        read(&machine(machine_name)).unwrap().into_iter().find(|disk| disk.name == name).unwrap()
    }

    #[test]
    fn each_number_comes_from_its_field() {
        let disk = find("debian12", "vda");
        assert_eq!(disk.device, (254, 0));
        let requests = |completed, merged, sectors: u64, milliseconds| Requests {
            completed: Some(completed),
            merged: Some(merged),
            bytes: Some(sectors * 512),
            milliseconds: Some(milliseconds),
        };
        assert_eq!(disk.reads, requests(126_761, 7_014, 7_051_925, 258_877));
        assert_eq!(disk.writes, requests(111_045, 255_048, 119_958_320, 620_915));
        assert_eq!((disk.in_progress, disk.busy, disk.weighted), (Some(2), Some(195_476), Some(906_604)));
        assert_eq!(disk.discards, requests(117, 41, 545_446, 265));
        assert_eq!((disk.flushes.completed, disk.flushes.milliseconds), (Some(5_134), Some(378)));
    }

    #[test]
    fn what_an_old_kernel_does_not_count_is_none() {
        let disk = find("rhel8", "sda1");
        assert_eq!(disk.discards.completed, Some(0), "4.18 counts discards");
        assert_eq!(disk.flushes, Requests::default(), "but no flushes");
        let older = parse("8 0 sda 5 0 40 2 3 1 24 9 0 11 11").unwrap();
        assert_eq!((older.weighted, older.discards), (Some(11), Requests::default()));
    }

    #[test]
    fn a_line_that_makes_no_sense_is_an_error_that_shows_it() {
        let (_dir, root) = machine_with(&[(DISKSTATS, b"8 0 sda 5 x 40\n")]);
        assert!(read(&root).unwrap_err().to_string().contains("5 x 40"));
    }

    #[test]
    fn the_counters_of_this_machine_are_read() {
        assert!(read(&Root::host()).is_ok());
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(line in "[0-9]{1,11} [0-9]{1,11} \\PC{0,9}( [0-9]{1,22}){0,20}|\\PC*") {
            let _ = parse(&line);
        }
    }
}

//! Where memory is swapped to: `/proc/swaps`.

use super::error::Parsed;
use super::mounts::unescape;
use super::root::lossy;
use super::{Error, Result, Root};

const SWAPS: &str = "/proc/swaps";

/// A partition or file in use for swapping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwapArea {
    /// The path of the device or file.
    pub path: String,
    /// "partition" (any block device) or "file".
    pub kind: String,
    /// Bytes that can be swapped to it.
    pub size: u64,
    /// Bytes that are.
    pub used: u64,
    /// Areas with a higher priority are filled first; negative where the kernel chose it.
    pub priority: i32,
}

/// The swap areas in use; none where the kernel cannot swap.
pub fn read(root: &Root) -> Result<Vec<SwapArea>> {
    let Some(text) = root.read_text_if_present(SWAPS)? else { return Ok(Vec::new()) };
    let areas: Parsed<_> = text.lines().skip(1).map(parse).collect();
    areas.map_err(|what| Error::parse(root.path(SWAPS), what))
}

fn parse(line: &str) -> Parsed<SwapArea> {
    let parsed = || {
        let mut fields = line.split_ascii_whitespace();
        let (path, kind) = (fields.next()?, fields.next()?);
        let mut bytes = || fields.next()?.parse::<u64>().ok()?.checked_mul(1024);
        Some(SwapArea {
            path: lossy(unescape(path.as_bytes())),
            kind: kind.to_owned(),
            size: bytes()?,
            used: bytes()?,
            priority: fields.next()?.parse().ok()?,
        })
    };
    parsed().ok_or_else(|| format!("{line:?} should be like \"/dev/sda2 partition 998396 0 -2\""))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::{machine, machine_with};

    #[test]
    fn each_area_is_told_in_bytes() {
        let areas = read(&machine("debian12")).unwrap();
        let (size, used) = (949_244 * 1024, 87_296 * 1024);
        let partition = SwapArea { path: "/dev/vda5".into(), kind: "partition".into(), size, used, priority: -2 };
        assert_eq!(areas[0], partition);
        assert_eq!((areas[1].path.as_str(), areas[1].priority), ("/var/swap file", 5), "\\040 is a blank");
        let total: u64 = areas.iter().map(|area| area.size).sum();
        assert_eq!(total, crate::linux::memory::read(&machine("debian12")).unwrap().swap_total);
    }

    #[test]
    fn without_swap_there_is_no_area() {
        assert_eq!(read(&machine("alpine")).unwrap(), []);
        let (_dir, no_file) = machine_with(&[]);
        assert_eq!(read(&no_file).unwrap(), []);
    }

    #[test]
    fn a_line_that_is_cut_off_is_an_error_that_shows_it() {
        let (_dir, root) = machine_with(&[(SWAPS, b"Filename\tType\n/dev/sda2 partition 5\n")]);
        assert!(read(&root).unwrap_err().to_string().contains("/dev/sda2 partition 5"));
    }

    proptest! {
        #[test]
        fn no_line_makes_the_parser_panic(line in "(\\PC|\\\\[0-9]{0,3}| [0-9]{1,22})*") {
            let _ = parse(&line);
        }
    }
}

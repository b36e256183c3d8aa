//! Memory and swap: `/proc/meminfo`.

use super::error::Parsed;
use super::{Error, Result, Root};

const MEMINFO: &str = "/proc/meminfo";

/// What `/proc/meminfo` says, in bytes (the file has KiB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Memory {
    /// `MemTotal`: physical memory without what the kernel itself was loaded into.
    pub total: u64,
    /// `MemFree`: memory that nothing uses.
    pub free: u64,
    /// `MemAvailable` (since Linux 3.14): what programs can have without swapping. Estimated on older kernels, as free
    /// memory plus the page cache and reclaimable slabs without shared memory.
    pub available: u64,
    /// `Buffers`: cached blocks of devices.
    pub buffers: u64,
    /// `Cached`: cached contents of files, shared memory included.
    pub cached: u64,
    /// `Shmem`: memory that programs share, and files of tmpfs; a part of `cached`. 0 where the kernel does not tell.
    pub shared: u64,
    /// `SwapTotal`; 0 on a machine without swap.
    pub swap_total: u64,
    /// `SwapFree`.
    pub swap_free: u64,
}

/// Memory as it is now.
pub fn read(root: &Root) -> Result<Memory> {
    parse(&Meminfo::read(root)?).map_err(|what| Error::parse(root.path(MEMINFO), what))
}

/// All that `/proc/meminfo` says, by the kernel's names.
#[derive(Clone, Debug)]
pub struct Meminfo {
    text: String,
}

impl Meminfo {
    /// The file as it is now.
    pub fn read(root: &Root) -> Result<Self> {
        Ok(Self { text: root.read_text(MEMINFO)? })
    }

    /// The size that a line such as "MemFree: 512 kB" gives, in bytes. `None` if this kernel has no such line.
    pub fn bytes(&self, name: &str) -> Option<u64> {
        self.value(name)?.strip_suffix("kB")?.trim_end().parse::<u64>().ok()?.checked_mul(1024)
    }

    /// The number that a line without a unit gives, such as "HugePages_Total: 4". `None` if there is no such line.
    pub fn count(&self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
    }
}

fn parse(meminfo: &Meminfo) -> Parsed<Memory> {
    let optional = |name: &str| meminfo.bytes(name);
    let required = |name: &str| optional(name).ok_or_else(|| format!("there should be a line \"{name}: NUMBER kB\""));
    let (free, buffers, cached) = (required("MemFree")?, required("Buffers")?, required("Cached")?);
    let shared = optional("Shmem").unwrap_or(0);
    let estimate = || {
        let reclaimable = buffers.saturating_add(cached).saturating_add(optional("SReclaimable").unwrap_or(0));
        free.saturating_add(reclaimable.saturating_sub(shared))
    };
    Ok(Memory {
        total: required("MemTotal")?,
        free,
        available: optional("MemAvailable").unwrap_or_else(estimate),
        buffers,
        cached,
        shared,
        swap_total: required("SwapTotal")?,
        swap_free: required("SwapFree")?,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn the_kernel_s_kib_become_bytes() {
        let memory = read(&machine("debian12")).unwrap();
        assert_eq!((memory.total, memory.free), (4_014_276 * 1024, 412_388 * 1024));
        assert_eq!(memory.available, 2_911_044 * 1024);
        assert_eq!((memory.swap_total, memory.swap_free), (998_396 * 1024, 911_100 * 1024));
    }

    #[test]
    fn without_mem_available_it_is_estimated() {
        let memory = read(&machine("alpine")).unwrap();
        assert_eq!(memory.available, (301_208 + 8_012 + 92_104 + 10_220 - 1_204) * 1024);
        assert_eq!(memory.swap_total, 0);
    }

    #[test]
    fn a_missing_line_is_named() {
        assert!(parse(&Meminfo { text: "MemTotal: 1 kB\n".to_owned() }).unwrap_err().contains("MemFree"));
    }

    #[test]
    fn sizes_and_counts_are_told_apart_and_names_are_whole() {
        let meminfo = Meminfo { text: "Active:  8 kB\nActive(anon):  3 kB\nHugePages_Total:   4\n".to_owned() };
        assert_eq!((meminfo.bytes("Active"), meminfo.bytes("Active(anon)")), (Some(8 * 1024), Some(3 * 1024)));
        assert_eq!((meminfo.count("HugePages_Total"), meminfo.bytes("HugePages_Total")), (Some(4), None));
        assert_eq!((meminfo.bytes("Zswap"), meminfo.count("Active")), (None, None));
    }

    #[test]
    fn this_machine_has_memory() {
        let memory = read(&Root::host()).unwrap();
        assert!(0 < memory.available && memory.available <= memory.total);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "((MemFree|Buffers|Cached|Shmem): +[0-9]{1,22} kB\n|\\PC*)*") {
            let _ = parse(&Meminfo { text });
        }
    }
}

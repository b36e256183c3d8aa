//! Linux_MemoryStatisticalData: how memory is used, and what the kernel did with it.

use super::{datetime, fits};
use crate::linux::Root;
use crate::linux::memory::Meminfo;
use crate::linux::vmstat::Vmstat;
use crate::schema::LinuxMemoryStatisticalData;
use omi::{Enumerate, Get, Query, Result, Sink, not_found};
use std::time::SystemTime;

const ID: &str = "Linux:Memory";

/// Serves Linux_MemoryStatisticalData.
#[derive(Default)]
pub(crate) struct Memory {
    root: Root,
}

impl Enumerate<LinuxMemoryStatisticalData> for Memory {
    const INLINE: Option<fn(&Self) -> bool> = Some(|_| true);

    fn enumerate(&self, _query: &Query<'_>, out: &mut Sink<'_, LinuxMemoryStatisticalData>) -> Result<()> {
        out.post(instance(&self.root)?)
    }
}

impl Get<LinuxMemoryStatisticalData> for Memory {
    fn get(&self, key: LinuxMemoryStatisticalData, _query: &Query<'_>) -> Result<LinuxMemoryStatisticalData> {
        if fits(&key.instance_id, ID) {
            instance(&self.root)
        } else {
            Err(not_found::<LinuxMemoryStatisticalData>(&[("InstanceID", key.instance_id.as_deref().unwrap_or(ID))]))
        }
    }
}

fn instance(root: &Root) -> Result<LinuxMemoryStatisticalData> {
    let mut instance = LinuxMemoryStatisticalData {
        instance_id: Some(ID.to_owned()),
        element_name: Some("memory".to_owned()),
        statistic_time: datetime(SystemTime::now()),
        page_size: Some(root.facts().page_size),
        ..LinuxMemoryStatisticalData::default()
    };
    set_sizes(&mut instance, &Meminfo::read(root)?);
    if let Some(vmstat) = Vmstat::read_if_present(root)? {
        set_counters(&mut instance, &vmstat);
    }
    Ok(instance)
}

fn set_sizes(instance: &mut LinuxMemoryStatisticalData, meminfo: &Meminfo) {
    instance.total_memory = meminfo.bytes("MemTotal");
    instance.free_memory = meminfo.bytes("MemFree");
    instance.available_memory = meminfo.bytes("MemAvailable");
    instance.buffers = meminfo.bytes("Buffers");
    instance.cached = meminfo.bytes("Cached");
    instance.swap_cached = meminfo.bytes("SwapCached");
    instance.active = meminfo.bytes("Active");
    instance.inactive = meminfo.bytes("Inactive");
    instance.active_anonymous = meminfo.bytes("Active(anon)");
    instance.inactive_anonymous = meminfo.bytes("Inactive(anon)");
    instance.active_file = meminfo.bytes("Active(file)");
    instance.inactive_file = meminfo.bytes("Inactive(file)");
    instance.unevictable = meminfo.bytes("Unevictable");
    instance.locked = meminfo.bytes("Mlocked");
    instance.dirty = meminfo.bytes("Dirty");
    instance.writeback = meminfo.bytes("Writeback");
    instance.anonymous_memory = meminfo.bytes("AnonPages");
    instance.mapped = meminfo.bytes("Mapped");
    instance.shared_memory = meminfo.bytes("Shmem");
    instance.reclaimable_kernel_memory = meminfo.bytes("KReclaimable");
    instance.slab = meminfo.bytes("Slab");
    instance.reclaimable_slab = meminfo.bytes("SReclaimable");
    instance.unreclaimable_slab = meminfo.bytes("SUnreclaim");
    instance.kernel_stacks = meminfo.bytes("KernelStack");
    instance.page_tables = meminfo.bytes("PageTables");
    instance.commit_limit = meminfo.bytes("CommitLimit");
    instance.committed = meminfo.bytes("Committed_AS");
    instance.corrupted_memory = meminfo.bytes("HardwareCorrupted");
    instance.anonymous_huge_pages = meminfo.bytes("AnonHugePages");
    instance.huge_page_size = meminfo.bytes("Hugepagesize");
    instance.huge_pool_memory = meminfo.bytes("Hugetlb");
    instance.total_swap = meminfo.bytes("SwapTotal");
    instance.free_swap = meminfo.bytes("SwapFree");
    instance.zswap_pool = meminfo.bytes("Zswap");
    instance.zswap_stored = meminfo.bytes("Zswapped");
    instance.total_huge_pages = meminfo.count("HugePages_Total");
    instance.free_huge_pages = meminfo.count("HugePages_Free");
    instance.reserved_huge_pages = meminfo.count("HugePages_Rsvd");
    instance.surplus_huge_pages = meminfo.count("HugePages_Surp");
}

fn set_counters(instance: &mut LinuxMemoryStatisticalData, vmstat: &Vmstat) {
    // The kernel counts sectors of 512 bytes but writes KiB here, whatever the size of a page is.
    let kib = |name: &str| vmstat.counter(name)?.checked_mul(1024);
    instance.block_bytes_read = kib("pgpgin");
    instance.block_bytes_written = kib("pgpgout");
    instance.pages_swapped_in = vmstat.counter("pswpin");
    instance.pages_swapped_out = vmstat.counter("pswpout");
    instance.page_faults = vmstat.counter("pgfault");
    instance.major_page_faults = vmstat.counter("pgmajfault");
    instance.pages_freed = vmstat.counter("pgfree");
    instance.pages_activated = vmstat.counter("pgactivate");
    instance.pages_deactivated = vmstat.counter("pgdeactivate");
    instance.pages_scanned_in_background = vmstat.counter("pgscan_kswapd");
    instance.pages_scanned_directly = vmstat.counter("pgscan_direct");
    instance.pages_reclaimed_in_background = vmstat.counter("pgsteal_kswapd");
    instance.pages_reclaimed_directly = vmstat.counter("pgsteal_direct");
    instance.anonymous_refaults = vmstat.counter("workingset_refault_anon");
    instance.file_refaults = vmstat.counter("workingset_refault_file");
    instance.oom_kills = vmstat.counter("oom_kill");
    instance.allocation_stalls = vmstat.sum("allocstall_");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn sizes_are_bytes_and_counters_of_pages_stay_pages() {
        let memory = instance(&machine("debian12")).unwrap();
        assert_eq!((memory.free_memory, memory.free_swap), (Some(412_388 * 1024), Some(911_100 * 1024)));
        assert_eq!((memory.pages_swapped_out, memory.page_size), (Some(23_110), Some(4096)));
        assert_eq!(memory.block_bytes_read, Some(4_120_331 * 1024), "the kernel counts KiB");
    }

    #[test]
    fn what_a_kernel_does_not_tell_is_null() {
        let memory = instance(&machine("rhel8")).unwrap();
        assert_eq!((memory.file_refaults, memory.zswap_pool), (None, None));
        assert_eq!((memory.allocation_stalls, memory.oom_kills), (Some(25), Some(0)));
        assert_eq!((memory.total_huge_pages, memory.huge_pool_memory), (Some(8), Some(16 << 20)));
    }

    #[test]
    fn without_vmstat_the_sizes_are_told_all_the_same() {
        let memory = instance(&machine("alpine")).unwrap();
        assert_eq!((memory.total_memory, memory.page_faults), (Some(506_580 * 1024), None));
        assert_eq!(memory.available_memory, None, "this kernel does not estimate it");
    }
}

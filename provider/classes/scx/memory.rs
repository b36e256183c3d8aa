//! SCX_MemoryStatisticalInformation: how memory and swap are used.

use super::{mebibytes, rest, share};
use crate::classes::fits;
use crate::linux::Root;
use crate::linux::memory::{self, Memory as Sizes};
use crate::linux::sampling::{Pair, Sampler, per_second};
use crate::linux::vmstat::Vmstat;
use crate::schema::ScxMemoryStatisticalInformation;
use omi::{Enumerate, Get, Query, Result, Sink, not_found};

const NAME: &str = "Memory";

/// What a second reading is made for.
const RATES: &[&str] = &["PagesPerSec", "PagesReadPerSec", "PagesWrittenPerSec"];

/// Serves SCX_MemoryStatisticalInformation.
#[derive(Default)]
pub(crate) struct Memory {
    root: Root,
    sampler: Sampler<Paging>,
}

/// Pages from and to swap since the start of the system.
#[derive(Clone, Copy)]
struct Paging {
    read: u64,
    written: u64,
}

impl Enumerate<ScxMemoryStatisticalInformation> for Memory {
    const INLINE: Option<fn(&Self) -> bool> = Some(|this| this.sampler.is_ready());

    fn enumerate(&self, query: &Query<'_>, out: &mut Sink<'_, ScxMemoryStatisticalInformation>) -> Result<()> {
        out.post(self.read(query)?)
    }
}

impl Get<ScxMemoryStatisticalInformation> for Memory {
    fn get(&self, key: ScxMemoryStatisticalInformation, query: &Query<'_>) -> Result<ScxMemoryStatisticalInformation> {
        if fits(&key.name, NAME) {
            self.read(query)
        } else {
            let name = key.name.as_deref().unwrap_or(NAME);
            Err(not_found::<ScxMemoryStatisticalInformation>(&[("Name", name)]))
        }
    }
}

impl Memory {
    fn read(&self, query: &Query<'_>) -> Result<ScxMemoryStatisticalInformation> {
        // There is nothing to wait for where the kernel does not count.
        let paging = || paging(&self.root).ok_or(());
        let pair = if query.wants_any(RATES) { self.sampler.sample(paging).ok() } else { None };
        let mut instance = instance(&memory::read(&self.root)?);
        if let Some(pair) = pair {
            set_rates(&mut instance, &pair);
        }
        Ok(instance)
    }
}

fn paging(root: &Root) -> Option<Paging> {
    let vmstat = Vmstat::read_if_present(root).ok()??;
    Some(Paging { read: vmstat.counter("pswpin")?, written: vmstat.counter("pswpout")? })
}

fn instance(memory: &Sizes) -> ScxMemoryStatisticalInformation {
    // Contents of files and devices, without what programs share there.
    let cache = memory.buffers.saturating_add(memory.cached).saturating_sub(memory.shared);
    let available = share(memory.available, memory.total);
    let free_swap = share(memory.swap_free, memory.swap_total);
    ScxMemoryStatisticalInformation {
        is_aggregate: Some(true),
        available_memory: Some(mebibytes(memory.available)),
        used_memory: Some(mebibytes(memory.total.saturating_sub(memory.available))),
        percent_available_memory: available,
        percent_used_memory: available.map(rest),
        percent_used_by_cache: share(cache, memory.total),
        available_swap: Some(mebibytes(memory.swap_free)),
        used_swap: Some(mebibytes(memory.swap_total.saturating_sub(memory.swap_free))),
        percent_available_swap: free_swap,
        percent_used_swap: free_swap.map(rest),
        ..ScxMemoryStatisticalInformation::default()
    }
}

fn set_rates(instance: &mut ScxMemoryStatisticalInformation, pair: &Pair<Paging>) {
    let (before, now) = (pair.earlier, pair.later);
    instance.pages_read_per_sec = per_second(before.read, now.read, pair.elapsed);
    instance.pages_written_per_sec = per_second(before.written, now.written, pair.elapsed);
    let total = |paging: Paging| paging.read.saturating_add(paging.written);
    instance.pages_per_sec = per_second(total(before), total(now), pair.elapsed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::{machine, machine_with};
    use std::time::Duration;

    #[test]
    fn shares_add_up_and_the_cache_is_seen() {
        let root = machine("debian12");
        let memory = instance(&memory::read(&root).unwrap());
        assert_eq!(memory.percent_available_memory.unwrap() + memory.percent_used_memory.unwrap(), 100);
        assert_eq!(memory.percent_available_swap.unwrap() + memory.percent_used_swap.unwrap(), 100);
        assert!(memory.percent_used_by_cache.unwrap() > 0);
        assert_eq!(memory.available_swap, Some(911_100 / 1024));
    }

    #[test]
    fn paging_is_about_swap_and_not_about_the_input_of_block_devices() {
        let vmstat = b"pgpgin 999999\npgpgout 999999\npswpin 30\npswpout 70\n";
        let (_dir, root) = machine_with(&[("/proc/vmstat", vmstat)]);
        let before = Paging { read: 10, written: 10 };
        let pair = Pair { earlier: before, later: paging(&root).unwrap(), elapsed: Duration::from_secs(2) };
        let mut instance = ScxMemoryStatisticalInformation::default();
        set_rates(&mut instance, &pair);
        assert_eq!((instance.pages_read_per_sec, instance.pages_written_per_sec), (Some(10), Some(30)));
        assert_eq!(instance.pages_per_sec, Some(40));
    }

    #[test]
    fn without_swap_nothing_is_a_share_of_it() {
        let sizes = Sizes { swap_total: 0, swap_free: 0, ..memory::read(&machine("debian12")).unwrap() };
        let memory = instance(&sizes);
        assert_eq!((memory.percent_used_swap, memory.used_swap), (None, Some(0)));
    }
}

//! What the kernel did with memory since the start of the system: `/proc/vmstat`.

use super::{Result, Root};

/// The counters of `/proc/vmstat`, by the kernel's names.
#[derive(Clone, Debug)]
pub struct Vmstat {
    text: String,
}

impl Vmstat {
    /// The counters as they are now. `None` where there is no such file, as in some sandboxes.
    pub fn read_if_present(root: &Root) -> Result<Option<Self>> {
        Ok(root.read_text_if_present("/proc/vmstat")?.map(|text| Self { text }))
    }

    /// The counter with this name. `None` if this kernel does not count it.
    pub fn counter(&self, name: &str) -> Option<u64> {
        self.counters().find_map(|(own, value)| (own == name).then_some(value))
    }

    /// The sum of the counters whose names begin so, one for each memory zone. `None` if there is none.
    pub fn sum(&self, prefix: &str) -> Option<u64> {
        let parts = self.counters().filter_map(|(own, value)| own.starts_with(prefix).then_some(value));
        parts.reduce(u64::wrapping_add)
    }

    fn counters(&self) -> impl Iterator<Item = (&str, u64)> {
        self.text.lines().filter_map(|line| {
            let (name, value) = line.split_once(' ')?;
            Some((name, value.parse().ok()?))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    fn of(name: &str) -> Vmstat {
        Vmstat::read_if_present(&machine(name)).unwrap().unwrap()
    }

    #[test]
    fn a_counter_is_found_by_its_whole_name() {
        let vmstat = of("debian12");
        assert_eq!(vmstat.counter("pgfault"), Some(84_120_551));
        assert_eq!(vmstat.counter("pgscan_direct"), Some(20_114), "not pgscan_direct_throttle");
    }

    #[test]
    fn zones_are_added_up() {
        let vmstat = of("debian12");
        assert_eq!(vmstat.sum("allocstall_"), Some(2 + 37 + 11));
    }

    #[test]
    fn what_an_old_kernel_does_not_count_is_none() {
        let vmstat = of("rhel8");
        assert_eq!(vmstat.counter("workingset_refault"), Some(918_233));
        assert_eq!((vmstat.counter("workingset_refault_anon"), vmstat.sum("zswp")), (None, None));
    }

    #[test]
    fn this_machine_has_page_faults() {
        let vmstat = Vmstat::read_if_present(&Root::host()).unwrap().unwrap();
        assert!(vmstat.counter("pgfault").unwrap() > 0);
    }
}

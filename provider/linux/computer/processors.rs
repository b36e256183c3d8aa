//! How many processors there are: `/sys/devices/system/cpu`, or `/proc/cpuinfo` where sysfs is hidden.

use std::collections::HashSet;

use crate::linux::{Result, Root};

pub(super) const SYSFS: &str = "/sys/devices/system/cpu";

/// How many processors there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Processors {
    /// Logical processors that are online, hardware threads counted each. `None` if no file tells.
    pub online: Option<usize>,
    /// Packages (sockets) that these lie in. `None` where the hardware does not say, as on many ARM boards.
    pub packages: Option<usize>,
}

/// Counts them.
pub fn processors(root: &Root) -> Result<Processors> {
    let Some(online) = online(root) else {
        let text = root.read_text_if_present("/proc/cpuinfo")?.unwrap_or_default();
        return Ok(from_cpuinfo(&text));
    };
    let package = |cpu: &u32| root.number::<i32>(&format!("{SYSFS}/cpu{cpu}/topology/physical_package_id"));
    // The kernel says -1 for a processor whose package it does not know.
    let packages: HashSet<i32> = online.iter().filter_map(package).filter(|package| *package >= 0).collect();
    Ok(Processors { online: Some(online.len()), packages: (!packages.is_empty()).then_some(packages.len()) })
}

/// The numbers of the logical processors that are online, in order. `None` where sysfs is hidden.
pub(super) fn online(root: &Root) -> Option<Vec<u32>> {
    parse_list(&root.value(&format!("{SYSFS}/online"))?)
}

fn from_cpuinfo(text: &str) -> Processors {
    let values = |name: &'static str| {
        text.lines()
            .filter_map(move |line| line.split_once(':').filter(|(key, _)| key.trim_end() == name))
            .map(|(_, value)| value)
    };
    let (online, packages) = (values("processor").count(), values("physical id").collect::<HashSet<_>>().len());
    Processors { online: (online > 0).then_some(online), packages: (packages > 0).then_some(packages) }
}

/// A list such as "0-3,8,10-11".
fn parse_list(list: &str) -> Option<Vec<u32>> {
    /// No kernel is built for more; a longer range is no list of processors.
    const MOST: u32 = 1 << 16;
    let mut processors = Vec::new();
    for range in list.split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
        if last >= MOST {
            return None;
        }
        processors.extend(first..=last);
    }
    Some(processors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::testing::machine;

    #[test]
    fn packages_are_counted_once_each() {
        assert_eq!(processors(&machine("ubuntu2204")).unwrap(), Processors { online: Some(4), packages: Some(2) });
        assert_eq!(processors(&machine("debian12")).unwrap(), Processors { online: Some(2), packages: Some(1) });
    }

    #[test]
    fn where_sysfs_is_hidden_cpuinfo_tells() {
        assert_eq!(processors(&machine("rhel8")).unwrap(), Processors { online: Some(4), packages: Some(2) });
        assert_eq!(processors(&machine("alpine")).unwrap(), Processors { online: Some(1), packages: None });
    }

    #[test]
    fn a_list_may_have_holes() {
        assert_eq!(parse_list("0-3,8,10-11"), Some(vec![0, 1, 2, 3, 8, 10, 11]));
        for wrong in ["", "x", "0-", "0-4294967295", "1,,2"] {
            assert_eq!(parse_list(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn this_machine_has_the_processors_that_sysconf_counts() {
        let online = nix::unistd::sysconf(nix::unistd::SysconfVar::_NPROCESSORS_ONLN).unwrap();
        assert_eq!(processors(&Root::host()).unwrap().online, online.map(|online| online as usize));
    }
}
